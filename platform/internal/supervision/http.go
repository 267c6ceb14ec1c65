package supervision

import (
	"bytes"
	"context"
	"net/http"
	"net/url"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// Routes declares the context's operations. Supervisors see their region;
// approvers, clerks and chief representatives see their own organisation.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "supervision"}
	}
	seers := access.StaffWith(access.RoleSupervisor, access.RoleChief, access.RoleApprover, access.RoleClerk)
	supervisors := access.StaffWith(access.RoleSupervisor)
	chiefs := access.StaffWith(access.RoleChief)
	httpd.Register(r, op("get-supervision", http.MethodGet, "/supervision", "Count lights by organisation and hall", seers), s.getOverview)
	httpd.Register(r, op("list-watched-cases", http.MethodGet, "/supervision/cases", "List cases, what turns red first", seers), s.getCases)
	httpd.Register(r, op("export-watched-cases", http.MethodGet, "/supervision/export", "Cases of a filter as a workbook", supervisors), s.getExport)
	httpd.Register(r, op("get-watched-case", http.MethodGet, "/supervision/cases/{id}", "Get a case with every step and its times", seers), s.getCase)
	httpd.Register(r, op("list-signals", http.MethodGet, "/supervision/signals", "List signals, the newest first", seers), s.getSignals)
	httpd.Register(r, op("explain-signal", http.MethodPost, "/supervision/signals/{id}/explain", "Say why, for one's office", chiefs), s.postExplain)
	httpd.Register(r, op("close-signal", http.MethodPost, "/supervision/signals/{id}/close", "Take a signal as settled", supervisors), s.postClose)
	httpd.Register(r, op("list-orders", http.MethodGet, "/supervision/orders", "List urging notices", seers), s.getOrders)
	httpd.Register(r, op("issue-order", http.MethodPost, "/supervision/orders", "Issue an urging notice", supervisors), s.postOrder)
	httpd.Register(r, op("reply-order", http.MethodPost, "/supervision/orders/{id}/reply", "Reply to an urging notice", chiefs), s.postReply)
	httpd.Register(r, op("verify-order", http.MethodPost, "/supervision/orders/{id}/verify", "Accept a reply or send it back", supervisors), s.postVerify)
	httpd.Register(r, op("list-reminders", http.MethodGet, "/supervision/reminders", "List one's reminders, the newest first", access.StaffWith()), s.getReminders)
	httpd.Register(r, op("list-supervision-rules", http.MethodGet, "/supervision/rules", "List when lights turn yellow", seers), s.getRules)
	httpd.Register(r, op("put-supervision-rule", http.MethodPut, "/supervision/rules", "Set when lights turn yellow in a region", supervisors), s.putRule)
	httpd.Register(r, op("preview-supervision-rule", http.MethodPost, "/supervision/rules/preview", "Count what a rule would turn yellow, and change nothing", supervisors), s.postPreview)
}

type none struct{}

type overviewOutput struct{ Body Overview }

func (s *Service) getOverview(ctx context.Context, _ *none) (*overviewOutput, error) {
	o, err := s.Overview(ctx)
	return &overviewOutput{o}, err
}

// Filtered are an operation's parameters that say which cases are meant.
type Filtered struct {
	Light        string `query:"light" enum:"red,yellow,green" required:"false"`
	Organisation string `query:"organisation" maxLength:"40"`
	Hall         string `query:"hall" maxLength:"40"`
	Item         string `query:"item" maxLength:"40"`
	Number       string `query:"number" maxLength:"60"`
	Ended        bool   `query:"ended"`
}

func (in Filtered) filter() Filter {
	return Filter{Light: limit.Light(in.Light), Organisation: in.Organisation, Hall: in.Hall, Item: in.Item, Number: in.Number, Ended: in.Ended}
}

type casesInput struct {
	Filtered
	After string `query:"after" maxLength:"80"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type casesOutput struct{ Body Page }

func (s *Service) getCases(ctx context.Context, in *casesInput) (*casesOutput, error) {
	f := in.filter()
	f.After, f.Limit = in.After, in.Limit
	page, err := s.Cases(ctx, f)
	return &casesOutput{page}, err
}

type workbookOutput struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Cache       string `header:"Cache-Control"`
	Body        []byte
}

func (s *Service) getExport(ctx context.Context, in *Filtered) (*workbookOutput, error) {
	var out bytes.Buffer
	if _, err := s.Export(ctx, &out, in.filter()); err != nil {
		return nil, err
	}
	name := "监察-" + calendar.On(s.Store.Now().In(s.Zone)).String() + ".xlsx"
	return &workbookOutput{
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "attachment; filename*=UTF-8''" + url.PathEscape(name), "private, no-store", out.Bytes(),
	}, nil
}

type idInput struct {
	ID string `path:"id" maxLength:"40"`
}

type fileOutput struct{ Body File }

func (s *Service) getCase(ctx context.Context, in *idInput) (*fileOutput, error) {
	f, err := s.File(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &fileOutput{f}, s.Audit.Write(ctx, audit.Entry{Action: "supervision.look", Object: in.ID})
}

type signalsInput struct {
	State  string `query:"state" enum:"open,explained,closed" required:"false"`
	Before string `query:"before" maxLength:"40"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

type signalsOutput struct {
	Body struct {
		Signals []Signal `json:"signals"`
	}
}

func (s *Service) getSignals(ctx context.Context, in *signalsInput) (*signalsOutput, error) {
	list, err := s.Signals(ctx, in.State, in.Before, in.Limit)
	out := &signalsOutput{}
	out.Body.Signals = list
	return out, err
}

type explainInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Explanation string `json:"explanation" minLength:"1" maxLength:"1000"`
	}
}

type signalOutput struct{ Body Signal }

func (s *Service) postExplain(ctx context.Context, in *explainInput) (*signalOutput, error) {
	g, err := s.Explain(ctx, in.ID, in.Body.Explanation)
	return &signalOutput{g}, err
}

func (s *Service) postClose(ctx context.Context, in *idInput) (*signalOutput, error) {
	g, err := s.Close(ctx, in.ID)
	return &signalOutput{g}, err
}

type ordersInput struct {
	Closed bool `query:"closed"`
	Limit  int  `query:"limit" minimum:"1" maximum:"200" default:"100"`
}

type ordersOutput struct {
	Body struct {
		Orders []Order `json:"orders"`
	}
}

func (s *Service) getOrders(ctx context.Context, in *ordersInput) (*ordersOutput, error) {
	list, err := s.Orders(ctx, "", in.Closed, in.Limit)
	out := &ordersOutput{}
	out.Body.Orders = list
	return out, err
}

type orderInput struct {
	Body struct {
		Case         string `json:"case,omitempty" maxLength:"40"`
		Organisation string `json:"organisation,omitempty" maxLength:"40"`
		Subject      string `json:"subject" minLength:"1" maxLength:"100"`
		Text         string `json:"text" minLength:"1" maxLength:"1000"`
		Due          string `json:"due" maxLength:"10"`
	}
}

type orderOutput struct{ Body Order }

func (s *Service) postOrder(ctx context.Context, in *orderInput) (*orderOutput, error) {
	b := in.Body
	o, err := s.Issue(ctx, Order{Case: b.Case, Organisation: b.Organisation, Subject: b.Subject, Text: b.Text, Due: b.Due})
	return &orderOutput{o}, err
}

type replyInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Reply string `json:"reply" minLength:"1" maxLength:"1000"`
	}
}

func (s *Service) postReply(ctx context.Context, in *replyInput) (*orderOutput, error) {
	o, err := s.Reply(ctx, in.ID, in.Body.Reply)
	return &orderOutput{o}, err
}

type verifyInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Accept  bool   `json:"accept"`
		Verdict string `json:"verdict" minLength:"1" maxLength:"1000"`
		Score   int    `json:"score" minimum:"0" maximum:"10"`
		Due     string `json:"due,omitempty" maxLength:"10" doc:"The new last day, where it is sent back"`
	}
}

func (s *Service) postVerify(ctx context.Context, in *verifyInput) (*orderOutput, error) {
	o, err := s.Verify(ctx, in.ID, in.Body.Accept, in.Body.Verdict, in.Body.Score, in.Body.Due)
	return &orderOutput{o}, err
}

type remindersOutput struct {
	Body struct {
		Reminders []Reminder `json:"reminders"`
	}
}

func (s *Service) getReminders(ctx context.Context, _ *none) (*remindersOutput, error) {
	list, err := s.Reminders(ctx, 50)
	out := &remindersOutput{}
	out.Body.Reminders = list
	return out, err
}

type rulesOutput struct {
	Body struct {
		Rules []Rule `json:"rules"`
	}
}

func (s *Service) getRules(ctx context.Context, _ *none) (*rulesOutput, error) {
	list, err := s.Rules(ctx)
	out := &rulesOutput{}
	out.Body.Rules = list
	return out, err
}

type ruleInput struct{ Body Rule }

type previewOutput struct{ Body Preview }

func (s *Service) postPreview(ctx context.Context, in *ruleInput) (*previewOutput, error) {
	p, err := s.Preview(ctx, in.Body)
	return &previewOutput{p}, err
}

// putRule sets a region's rule. Cases take it when their lights are next
// looked at, which all of the region are at once.
func (s *Service) putRule(ctx context.Context, in *ruleInput) (*none, error) {
	if !access.From(ctx).Covers(in.Body.Region) {
		return nil, ErrUnknown
	}
	defer s.forget()
	return nil, s.Store.Write(ctx, "set when lights turn yellow", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO supervision_rule (region, share, days) VALUES ($1, $2, $3)
			ON CONFLICT (region) DO UPDATE SET share = excluded.share, days = excluded.days`, in.Body.Region, in.Body.Share, in.Body.Days)
		if err != nil {
			return err
		}
		// Later than any process takes the old rule for fresh.
		v := scopeOf(ctx)
		_, err = tx.ExecContext(ctx, `UPDATE supervision_case SET turns_at = $1 WHERE running = 1 AND region >= $2 AND region < $3`, store.Millis(tx.Now.Add(fresh)), v.from, v.to)
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "supervision.rule", Object: in.Body.Region})
	})
}
