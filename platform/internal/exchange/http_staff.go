package exchange

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
)

// staffRoutes are what administrators do; whoever examines a case sees what its
// department's system said of it.
func (s *Service) staffRoutes(r *httpd.Router, op describe) {
	admin := access.StaffWith(access.RoleSystemAdmin)
	made := func(o httpd.Operation) httpd.Operation { o.Status = http.StatusCreated; return o }
	httpd.Register(r, op("get-exchange", http.MethodGet, "/exchange", "This platform's key, and the services", admin), s.getExchange)
	httpd.Register(r, op("list-exchange-members", http.MethodGet, "/exchange/members", "List the systems that messages are exchanged with", admin), s.getMembers)
	httpd.Register(r, made(op("add-exchange-member", http.MethodPost, "/exchange/members", "Add a system", admin)), s.postMember)
	httpd.Register(r, op("change-exchange-member", http.MethodPut, "/exchange/members/{code}", "Change a system, its key and its rights", admin), s.putMember)
	httpd.Register(r, op("check-exchange-member", http.MethodPost, "/exchange/members/{code}/check", "Ask a system whether it is there", admin), s.postCheck)
	httpd.Register(r, op("reconcile-exchange-member", http.MethodPost, "/exchange/members/{code}/reconciliations", "Compare a day with a platform above, and send what it lacks", admin), s.postReconciliation)
	httpd.Register(r, op("list-exchange-messages", http.MethodGet, "/exchange/messages", "List messages, the newest first", admin), s.getMessages)
	httpd.Register(r, op("get-exchange-message", http.MethodGet, "/exchange/messages/{key}", "A message with its way", admin), s.getMessage)
	httpd.Register(r, op("replay-exchange-message", http.MethodPost, "/exchange/messages/{key}/replay", "Send a message again", admin), s.postReplay)
	httpd.Register(r, op("abandon-exchange-message", http.MethodPost, "/exchange/messages/{key}/abandon", "Give a dead message up", admin), s.postAbandon)
	httpd.Register(r, op("replay-exchange-messages", http.MethodPost, "/exchange/replays", "Send the messages of a span again", admin), s.postReplays)
	httpd.Register(r, op("count-exchange-messages", http.MethodGet, "/exchange/counts", "Messages by day, system, service and state", admin), s.getCounts)
	httpd.Register(r, op("list-exchange-calls", http.MethodGet, "/exchange/calls", "Who asked for shared data, and why",
		access.StaffWith(access.RoleSystemAdmin, access.RoleAuditor)), s.getCalls)
	httpd.Register(r, op("verify-exchange", http.MethodPost, "/exchange/verification", "Check that the ledger is as it was written",
		access.StaffWith(access.RoleSystemAdmin, access.RoleAuditor)), s.postVerification)
	httpd.Register(r, op("list-open-keys", http.MethodGet, "/exchange/keys", "List the keys of the open API", admin), s.getKeys)
	httpd.Register(r, made(op("add-open-key", http.MethodPost, "/exchange/keys", "Make a key; its secret is shown once", admin)), s.postKey)
	httpd.Register(r, op("change-open-key", http.MethodPut, "/exchange/keys/{id}", "Change a key", admin), s.putKey)
	examiners := access.StaffWith(access.RoleClerk, access.RoleApprover, access.RoleChief)
	httpd.Register(r, op("get-case-exchange", http.MethodGet, "/exchange/cases/{id}", "What a department's system said of a case", examiners), s.getTold)
}

func copyFile(w io.Writer, r io.Reader) error {
	if _, err := io.Copy(w, r); err != nil {
		return fmt.Errorf("serve a file: %w", err)
	}
	return nil
}

type none struct{}

type exchangeOutput struct {
	Body struct {
		PublicKey string  `json:"publicKey"`
		Address   string  `json:"address" doc:"Where this platform takes messages"`
		Services  []Offer `json:"services"`
	}
}

func (s *Service) getExchange(context.Context, *none) (*exchangeOutput, error) {
	out := &exchangeOutput{}
	out.Body.PublicKey, out.Body.Address, out.Body.Services = s.Public(), s.BaseURL+httpd.Prefix, Offers()
	return out, nil
}

type membersOutput struct {
	Body struct {
		Members []Member `json:"members"`
	}
}

func (s *Service) getMembers(ctx context.Context, _ *none) (*membersOutput, error) {
	list, err := s.Members(ctx)
	for i := range list {
		if list[i].Account != "" {
			list[i].Account = s.Accounts.Name(ctx, list[i].Account)
		}
	}
	out := &membersOutput{}
	out.Body.Members = list
	return out, err
}

// Described is what an administrator says of a member.
type Described struct {
	Name         string  `json:"name" maxLength:"120"`
	KnownAs      string  `json:"knownAs" maxLength:"40"`
	Address      string  `json:"address,omitempty" maxLength:"300"`
	PublicKey    string  `json:"publicKey" maxLength:"200"`
	Region       string  `json:"region" maxLength:"12"`
	Organisation string  `json:"organisation,omitempty" maxLength:"80"`
	Account      string  `json:"account,omitempty" maxLength:"40" doc:"The name of the service account"`
	Grants       []Grant `json:"grants" maxItems:"20"`
}

func (d Described) member(code string) Member {
	return Member{
		Code: code, Name: d.Name, KnownAs: d.KnownAs, Address: d.Address, PublicKey: d.PublicKey, Region: d.Region, Organisation: d.Organisation,
		Account: d.Account, Grants: d.Grants,
	}
}

type memberInput struct {
	Body struct {
		Code string `json:"code" maxLength:"40"`
		Kind Kind   `json:"kind" enum:"upper,lower,department"`
		Described
	}
}

type memberOutput struct{ Body Member }

func (s *Service) postMember(ctx context.Context, in *memberInput) (*memberOutput, error) {
	m := in.Body.member(in.Body.Code)
	m.Kind = in.Body.Kind
	m, err := s.AddMember(ctx, m)
	return &memberOutput{m}, err
}

type changeInput struct {
	Code string `path:"code" maxLength:"40"`
	Body struct {
		Active bool `json:"active"`
		Described
	}
}

func (s *Service) putMember(ctx context.Context, in *changeInput) (*memberOutput, error) {
	m := in.Body.member(in.Code)
	m.Active = in.Body.Active
	m, err := s.ChangeMember(ctx, m)
	return &memberOutput{m}, err
}

type codeInput struct {
	Code string `path:"code" maxLength:"40"`
}

func (s *Service) postCheck(ctx context.Context, in *codeInput) (*none, error) {
	return nil, s.Check(ctx, in.Code)
}

type reconcileInput struct {
	Code string `path:"code" maxLength:"40"`
	Body struct {
		Day string `json:"day" maxLength:"10"`
	}
}

type reconciledOutput struct{ Body Reconciliation }

func (s *Service) postReconciliation(ctx context.Context, in *reconcileInput) (*reconciledOutput, error) {
	r, err := s.Reconcile(ctx, in.Code, in.Body.Day)
	return &reconciledOutput{r}, err
}

type lookInput struct {
	Member    string    `query:"member" maxLength:"40"`
	Direction Direction `query:"direction" enum:"in,out" required:"false"`
	State     State     `query:"state" enum:"waiting,sent,acknowledged,refused,dead" required:"false"`
	Service   string    `query:"service" maxLength:"40"`
	Day       string    `query:"day" maxLength:"10"`
	Subject   string    `query:"subject" maxLength:"80" doc:"A case"`
	Before    string    `query:"before" maxLength:"40"`
	Limit     int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type messagesOutput struct {
	Body struct {
		Messages []Message `json:"messages"`
	}
}

func (s *Service) getMessages(ctx context.Context, in *lookInput) (*messagesOutput, error) {
	out := &messagesOutput{}
	var err error
	out.Body.Messages, err = s.Messages(ctx, Look(*in))
	return out, err
}

type keyInput struct {
	Key string `path:"key" maxLength:"40"`
}

type detailOutput struct{ Body Detail }

func (s *Service) getMessage(ctx context.Context, in *keyInput) (*detailOutput, error) {
	d, err := s.Message(ctx, in.Key)
	return &detailOutput{d}, err
}

func (s *Service) postReplay(ctx context.Context, in *keyInput) (*none, error) {
	return nil, s.Replay(ctx, in.Key)
}

func (s *Service) postAbandon(ctx context.Context, in *keyInput) (*none, error) {
	return nil, s.Abandon(ctx, in.Key)
}

type spanInput struct {
	Body struct {
		Member  string `json:"member" maxLength:"40"`
		From    string `json:"from" maxLength:"10"`
		Until   string `json:"until" maxLength:"10"`
		Service string `json:"service,omitempty" maxLength:"40"`
		State   State  `json:"state,omitempty" enum:",acknowledged,refused,dead" doc:"Empty: refused and dead ones"`
	}
}

type spanOutput struct {
	Body struct {
		Messages int  `json:"messages"`
		More     bool `json:"more" doc:"There are more than one request sends again"`
	}
}

func (s *Service) postReplays(ctx context.Context, in *spanInput) (*spanOutput, error) {
	out := &spanOutput{}
	var err error
	out.Body.Messages, out.Body.More, err = s.ReplaySpan(ctx, Span(in.Body))
	return out, err
}

type countsInput struct {
	From  string `query:"from" maxLength:"10"`
	Until string `query:"until" maxLength:"10"`
}

type countsOutput struct {
	Body struct {
		Counts []Count `json:"counts"`
	}
}

func (s *Service) getCounts(ctx context.Context, in *countsInput) (*countsOutput, error) {
	out := &countsOutput{}
	var err error
	out.Body.Counts, err = s.Counts(ctx, in.From, in.Until)
	return out, err
}

type callsInput struct {
	Member string `query:"member" maxLength:"40"`
	Before string `query:"before" maxLength:"40"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type callsOutput struct {
	Body struct {
		Calls []Called `json:"calls"`
	}
}

func (s *Service) getCalls(ctx context.Context, in *callsInput) (*callsOutput, error) {
	out := &callsOutput{}
	var err error
	out.Body.Calls, err = s.Calls(ctx, in.Member, in.Before, in.Limit)
	return out, err
}

type verificationOutput struct {
	Body struct {
		Whole   bool   `json:"whole"`
		Entries int64  `json:"entries"`
		Problem string `json:"problem,omitempty"`
	}
}

// postVerification checks the ledger, and writes into the audit log that
// somebody did.
func (s *Service) postVerification(ctx context.Context, _ *none) (*verificationOutput, error) {
	n, err := s.VerifyLedger(ctx)
	broken := fault.Of(err)
	if err != nil && broken == nil {
		return nil, err
	}
	out := &verificationOutput{}
	out.Body.Entries, out.Body.Whole = n, err == nil
	outcome := audit.Done
	if broken != nil {
		out.Body.Problem, outcome = broken.Detail, audit.Refused
	}
	return out, s.Audit.Write(ctx, audit.Entry{Action: "exchange.verify", Object: "ledger", Outcome: outcome})
}

type keysOutput struct {
	Body struct {
		Keys []Key `json:"keys"`
	}
}

func (s *Service) getKeys(ctx context.Context, _ *none) (*keysOutput, error) {
	out := &keysOutput{}
	var err error
	out.Body.Keys, err = s.KeyList(ctx)
	return out, err
}

type newKeyInput struct {
	Body struct {
		Name    string `json:"name" maxLength:"120"`
		Contact string `json:"contact" maxLength:"120"`
		PerDay  int64  `json:"perDay"`
	}
}

type newKeyOutput struct {
	Body struct {
		Key    Key    `json:"key"`
		Secret string `json:"secret"`
	}
}

func (s *Service) postKey(ctx context.Context, in *newKeyInput) (*newKeyOutput, error) {
	out := &newKeyOutput{}
	var err error
	out.Body.Key, out.Body.Secret, err = s.AddKey(ctx, Key{Name: in.Body.Name, Contact: in.Body.Contact, PerDay: in.Body.PerDay})
	return out, err
}

type changeKeyInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Name    string `json:"name" maxLength:"120"`
		Contact string `json:"contact" maxLength:"120"`
		PerDay  int64  `json:"perDay"`
		Active  bool   `json:"active"`
	}
}

func (s *Service) putKey(ctx context.Context, in *changeKeyInput) (*none, error) {
	return nil, s.ChangeKey(ctx, Key{ID: in.ID, Name: in.Body.Name, Contact: in.Body.Contact, PerDay: in.Body.PerDay, Active: in.Body.Active})
}

type caseInput struct {
	ID string `path:"id" maxLength:"80"`
}

type toldOutput struct {
	Body struct {
		Told []Told `json:"told"`
	}
}

// getTold is for those who may look at the case; the look is logged there, once
// there is anything to see.
func (s *Service) getTold(ctx context.Context, in *caseInput) (*toldOutput, error) {
	told, err := s.ToldOf(ctx, in.ID)
	if err == nil && len(told) > 0 {
		err = s.Cases.Look(ctx, in.ID)
	}
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for i := range told {
		code := told[i].Member
		if _, known := names[code]; !known {
			names[code] = code
			if m, err := s.Member(ctx, code); err == nil {
				names[code] = m.Name
			}
		}
		told[i].MemberName = names[code]
	}
	out := &toldOutput{}
	out.Body.Told = told
	return out, nil
}
