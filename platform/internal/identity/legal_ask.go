package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/codes"
	"smarthall/internal/privacy"
	"smarthall/internal/sqldb"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// RequestState is how a request for a delegation stands.
type RequestState string

// The states of requests for delegations.
const (
	RequestWaiting   RequestState = "waiting"
	RequestGranted   RequestState = "granted"
	RequestRefused   RequestState = "refused"
	RequestWithdrawn RequestState = "withdrawn"
)

// maxRequests is how many requests of one person may wait at once, maxReason how
// many characters a refusal's reason may have.
const (
	maxRequests = 3
	maxReason   = 100
)

// The ways requests for delegations say no.
var (
	ErrAskedWhom  = ErrLegalUnknown.With("没有找到这个单位，请核对名称和代码；单位还没有登记的，请法定代表人先登记")
	ErrRequested  = fault.New(fault.Conflict, "identity.delegation-requested", "您已向该单位申请过，正在等待答复")
	ErrRequests   = fault.New(fault.Conflict, "identity.delegation-requests", "等待答复的申请较多，请先等答复或撤回其中一个")
	ErrRequest    = fault.New(fault.NotFound, "identity.delegation-request-unknown", "没有这个授权申请，或已有答复")
	ErrOwnRequest = fault.New(fault.Conflict, "identity.delegation-represents", "您是该单位的法定代表人，不需要申请授权")
)

// DelegationRequest is what somebody asks of a legal person (U-21).
type DelegationRequest struct {
	ID, Legal, Person string
	// LegalName is the legal person's name.
	LegalName string
	Role      DelegationRole
	Items     []string // empty: all
	Until     time.Time
	State     RequestState
	// Reason is why it was refused.
	Reason  string
	Created time.Time
	Decided time.Time // zero: nobody has
}

const selectRequest = `SELECT r.id, r.legal, r.person, l.name, r.role, r.items, r.valid_until, r.state, r.reason, r.created, r.decided
	FROM delegation_request r JOIN legal_person l ON l.id = r.legal`

func scanRequest(row interface{ Scan(...any) error }) (r DelegationRequest, err error) {
	var items string
	var until, created, decided int64
	if err := row.Scan(&r.ID, &r.Legal, &r.Person, &r.LegalName, &r.Role, &items, &until, &r.State, &r.Reason, &created, &decided); err != nil {
		return r, err
	}
	r.Until, r.Created, r.Decided = store.Time(until), store.Time(created), store.Time(decided)
	return r, json.Unmarshal([]byte(items), &r.Items)
}

// AskDelegation asks a legal person, named by its name and code, to let the
// context's caller act for it: as what, for which items, until when. Its
// representative is told.
func (s *Service) AskDelegation(ctx context.Context, name, code string, terms Delegation) (DelegationRequest, error) {
	caller := access.From(ctx)
	l, err := s.named(ctx, name, code)
	if err != nil {
		return DelegationRequest{}, err
	}
	if l.Representative == caller.ID {
		return DelegationRequest{}, ErrOwnRequest
	}
	if err := s.checkTerms(ctx, terms); err != nil {
		return DelegationRequest{}, err
	}
	asker, err := s.Person(ctx, caller.ID)
	if err != nil {
		return DelegationRequest{}, err
	}
	items, err := json.Marshal(append([]string{}, terms.Items...))
	if err != nil {
		return DelegationRequest{}, err
	}
	r := DelegationRequest{
		ID: store.NewID(), Legal: l.ID, LegalName: l.Name, Person: caller.ID, Role: terms.Role, Items: terms.Items, Until: terms.Until, State: RequestWaiting,
	}
	err = s.Store.Write(ctx, "ask for a delegation", func(tx *store.Tx) error {
		var waiting int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM delegation_request WHERE person = $1 AND state = 'waiting'`, caller.ID).Scan(&waiting); err != nil {
			return fmt.Errorf("count requests: %w", err)
		}
		if waiting >= maxRequests {
			return ErrRequests
		}
		r.Created = tx.Now
		_, err := tx.ExecContext(ctx, `INSERT INTO delegation_request (id, legal, person, role, items, valid_until, state, reason, created, decided)
			VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, 0)`, r.ID, r.Legal, r.Person, string(r.Role), string(items), store.Millis(r.Until), string(r.State), store.Millis(tx.Now))
		if err != nil {
			return err
		}
		if err := s.tellAsked(ctx, tx, l, asker); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.ask-delegation", Object: l.ID, Detail: "request " + r.ID})
	})
	if sqldb.IsDuplicate(err) {
		return r, ErrRequested
	}
	return r, err
}

// named is the active legal person with the name and the code.
func (s *Service) named(ctx context.Context, name, code string) (LegalPerson, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if _, err := codes.ParseCredit(code); err != nil && !isCheck(err) {
		return LegalPerson{}, ErrCreditCode
	}
	var l LegalPerson
	err := s.Store.Read().QueryRowContext(ctx, `SELECT id, name, COALESCE(representative, ''), state FROM legal_person WHERE code = $1`, code).
		Scan(&l.ID, &l.Name, &l.Representative, &l.State)
	if err != nil && !store.IsNone(err) {
		return l, fmt.Errorf("read a legal person: %w", err)
	}
	if err != nil || l.Name != strings.TrimSpace(name) || l.State != Active {
		return LegalPerson{}, ErrAskedWhom
	}
	return l, nil
}

// tellAsked tells the representative, if there is one, who asks.
func (s *Service) tellAsked(ctx context.Context, tx *store.Tx, l LegalPerson, asker Person) error {
	if l.Representative == "" {
		return nil
	}
	head, err := s.Person(ctx, l.Representative)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, head, "identity.delegation-asked", map[string]string{"legal": l.Name, "person": privacy.MaskName(asker.Name)})
}

// OwnRequests are what a person has asked for, the newest first.
func (s *Service) OwnRequests(ctx context.Context, person string) ([]DelegationRequest, error) {
	return s.requests(ctx, `r.person = $1 ORDER BY r.id DESC LIMIT 50`, person)
}

// RequestsTo are those of a legal person that wait. The context's caller is one
// who may grant, or it is ErrNoDelegate or ErrWider.
func (s *Service) RequestsTo(ctx context.Context, legal string) ([]DelegationRequest, error) {
	if _, err := s.mayGrant(ctx, legal); err != nil {
		return nil, err
	}
	return s.requests(ctx, `r.legal = $1 AND r.state = 'waiting' ORDER BY r.id LIMIT 200`, legal)
}

func (s *Service) requests(ctx context.Context, condition string, args ...any) ([]DelegationRequest, error) {
	rows, err := s.Store.Read().QueryContext(ctx, selectRequest+` WHERE `+condition, args...)
	if err != nil {
		return nil, fmt.Errorf("read requests for delegations: %w", err)
	}
	defer rows.Close()
	list := []DelegationRequest{}
	for rows.Next() {
		r, err := scanRequest(rows)
		if err != nil {
			return nil, fmt.Errorf("read requests for delegations: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// waitingRequest is a request to a legal person that waits, or ErrRequest.
func (s *Service) waitingRequest(ctx context.Context, legal, id string) (DelegationRequest, error) {
	r, err := scanRequest(s.Store.Read().QueryRowContext(ctx, selectRequest+` WHERE r.id = $1 AND r.legal = $2 AND r.state = 'waiting'`, id, legal))
	if store.IsNone(err) {
		return r, ErrRequest
	}
	if err != nil {
		return r, fmt.Errorf("read a request for a delegation: %w", err)
	}
	return r, nil
}

// GrantRequest lets who asked act for the legal person, on the terms given here,
// which need not be those she asked for. The rules are those of Grant.
func (s *Service) GrantRequest(ctx context.Context, legal, id string, terms Delegation) (Delegation, error) {
	r, err := s.waitingFor(ctx, legal, id)
	if err != nil {
		return terms, err
	}
	asker, err := s.Person(ctx, r.Person)
	if err != nil {
		return terms, err
	}
	return s.grantTo(ctx, legal, asker, terms, func(tx *store.Tx) error { return settleRequest(ctx, tx, id, RequestGranted, "") })
}

// waitingFor is a request that waits, for a caller who may grant.
func (s *Service) waitingFor(ctx context.Context, legal, id string) (DelegationRequest, error) {
	if _, err := s.mayGrant(ctx, legal); err != nil {
		return DelegationRequest{}, err
	}
	return s.waitingRequest(ctx, legal, id)
}

// RefuseRequest says no to who asked, with the reason.
func (s *Service) RefuseRequest(ctx context.Context, legal, id, reason string) error {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > maxReason {
		return ErrInput.Wrong("reason", fmt.Sprintf("请说明原因，不超过 %d 个字", maxReason))
	}
	r, err := s.waitingFor(ctx, legal, id)
	if err != nil {
		return err
	}
	asker, err := s.Person(ctx, r.Person)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "refuse a delegation", func(tx *store.Tx) error {
		if err := settleRequest(ctx, tx, id, RequestRefused, reason); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, asker, "identity.delegation-refused", map[string]string{"legal": r.LegalName}); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.refuse-delegation", Object: legal, Detail: "request " + id})
	})
}

// WithdrawRequest takes back what the context's caller had asked for.
func (s *Service) WithdrawRequest(ctx context.Context, id string) error {
	caller := access.From(ctx).ID
	own, err := s.requests(ctx, `r.id = $1 AND r.person = $2 AND r.state = 'waiting'`, id, caller)
	if err != nil {
		return err
	}
	if len(own) == 0 {
		return ErrRequest
	}
	return s.Store.Write(ctx, "withdraw a request for a delegation", func(tx *store.Tx) error {
		if err := settleRequest(ctx, tx, id, RequestWithdrawn, ""); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.withdraw-delegation", Object: own[0].Legal, Detail: "request " + id})
	})
}

// settleRequest ends a request that waits, or is ErrRequest: somebody else was
// faster.
func settleRequest(ctx context.Context, tx *store.Tx, id string, state RequestState, reason string) error {
	result, err := tx.ExecContext(ctx, `UPDATE delegation_request SET state = $1, reason = $2, decided = $3 WHERE id = $4 AND state = 'waiting'`,
		string(state), reason, store.Millis(tx.Now), id)
	if err != nil {
		return fmt.Errorf("settle a request for a delegation: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return ErrRequest.Because(err)
	}
	return nil
}
