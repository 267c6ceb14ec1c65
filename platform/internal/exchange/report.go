package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Report is what a platform above is told of a case: who applies is nobody's
// business there.
type Report struct {
	Event            string    `json:"event"`
	At               time.Time `json:"at"`
	Day              string    `json:"day"`
	Case             string    `json:"case"`
	CaseNo           string    `json:"caseNo"`
	Item             string    `json:"item"`
	ItemName         string    `json:"itemName"`
	Organisation     string    `json:"organisation"`
	OrganisationName string    `json:"organisationName"`
	Region           string    `json:"region"`
	State            string    `json:"state,omitempty"`
	Mode             string    `json:"mode,omitempty"`
	PromisedDue      string    `json:"promisedDue,omitempty"`
	StatutoryDue     string    `json:"statutoryDue,omitempty"`
	// Step and Result are of a step that ended.
	Step   string `json:"step,omitempty"`
	Result string `json:"result,omitempty"`
	// Approved is of a decision, Days of an extension.
	Approved *bool `json:"approved,omitempty"`
	Days     int   `json:"days,omitempty"`
}

// happening is an event of a case or of its examination.
type happening struct {
	Case             string `json:"case"`
	CaseNo           string `json:"caseNo"`
	ApplicationNo    string `json:"applicationNo"`
	Item             string `json:"item"`
	ItemName         string `json:"itemName"`
	Organisation     string `json:"organisation"`
	OrganisationName string `json:"organisationName"`
	Region           string `json:"region"`
	State            string `json:"state"`
	Mode             string `json:"mode"`
	PromisedDue      string `json:"promisedDue"`
	StatutoryDue     string `json:"statutoryDue"`
	Name             string `json:"name"`
	Result           string `json:"result"`
	Approved         *bool  `json:"approved"`
	Days             int    `json:"days"`
}

// The events that are told on.
const (
	caseAccepted = "case.accepted"
	stepDone     = "flow.task-done"
)

var reported = []string{
	caseAccepted, "case.not-accepted", stepDone, "case.held", "case.resumed", "case.extended", "case.decided", "case.delivered", "case.withdrawn", "case.terminated",
}

// consumer is the name that what this context has yet to hear is stored by.
const consumer = "exchange"

func (s *Service) listen() {
	for _, kind := range reported {
		s.Store.On(kind, consumer, s.hear)
	}
}

// hear queues what members shall know of an event, in the transaction that takes
// the event: to each once, in the order of the case.
func (s *Service) hear(ctx context.Context, tx *store.Tx, e store.Event) error {
	var h happening
	if err := json.Unmarshal(e.Data, &h); err != nil {
		return fmt.Errorf("read event %s: %w", e.ID, err)
	}
	members, err := s.members(ctx, tx)
	if err != nil {
		return err
	}
	for _, m := range members {
		if !m.Active {
			continue
		}
		if err := s.hearFor(ctx, tx, &m, e, &h); err != nil {
			return err
		}
	}
	s.poke()
	return nil
}

func (s *Service) hearFor(ctx context.Context, tx *store.Tx, m *Member, e store.Event, h *happening) error {
	if _, ok := m.grant(ServiceReport); ok && m.Kind == Upper && access.Within(h.Region, m.Region) && h.Item != "" {
		if _, err := s.queue(ctx, tx, m.Code, ServiceReport, e.Subject, s.dayOf(e.At), s.report(e, h)); err != nil {
			return err
		}
	}
	grant, ok := m.grant(ServiceHandover)
	if !ok || m.Kind != Department || e.Type != caseAccepted || h.Organisation != m.Organisation || !grant.of(h.Item) || h.Item == "" {
		return nil
	}
	return s.handOver(ctx, tx, m, e)
}

func (s *Service) report(e store.Event, h *happening) Report {
	r := Report{
		Event: e.Type, At: e.At, Day: s.dayOf(e.At), Case: e.Subject, CaseNo: h.CaseNo, Item: h.Item, ItemName: h.ItemName, Organisation: h.Organisation,
		OrganisationName: h.OrganisationName, Region: h.Region, State: h.State, Mode: h.Mode, PromisedDue: h.PromisedDue, StatutoryDue: h.StatutoryDue,
		Approved: h.Approved, Days: h.Days,
	}
	if r.CaseNo == "" {
		r.CaseNo = h.ApplicationNo
	}
	if e.Type == stepDone {
		r.Step, r.Result, r.Approved = h.Name, h.Result, nil
	}
	return r
}

// takeReport keeps what a platform below tells of a case.
func (s *Service) takeReport(ctx context.Context, tx *store.Tx, c call) (any, error) {
	var r Report
	if err := c.read(&r); err != nil {
		return nil, err
	}
	day, err := time.Parse(time.DateOnly, r.Day)
	switch {
	case !slices.Contains(reported, r.Event):
		return nil, ErrBody.Wrong("event", "没有这种上报事件")
	case err != nil || day.After(tx.Now.AddDate(0, 0, 2)) || r.At.IsZero() || r.Case == "" || len(r.Case) > maxSubject || r.Case != c.message.Subject:
		return nil, ErrBody
	case !short(r.CaseNo, 60) || !short(r.Item, 80) || !short(r.ItemName, 200) || !short(r.Organisation, 80) || !short(r.OrganisationName, 200):
		return nil, ErrBody
	case !access.Within(r.Region, c.member.Region):
		return nil, ErrBody.With("上报的办件不属于该系统登记的行政区划")
	}
	if _, err := tx.ExecContext(ctx, `UPDATE exchange_message SET day = $1 WHERE key = $2`, r.Day, c.message.Key); err != nil {
		return nil, fmt.Errorf("keep a report: %w", err)
	}
	return nil, nil //nolint:nilnil // a receipt without data
}

// short tells whether a text can be one of a few characters.
func short(text string, most int) bool {
	return utf8.RuneCountInString(text) <= most && !strings.ContainsRune(text, 0)
}

// idsAsked asks which reports of a day the other has, after an id.
type idsAsked struct {
	Day   string `json:"day"`
	After string `json:"after,omitempty"`
}

// idsTold are ids in their order; Next is the After of the next question.
type idsTold struct {
	IDs  []string `json:"ids"`
	Next string   `json:"next,omitempty"`
}

// idsPage is how many ids are told at once.
const idsPage = 2000

// takeIDs tells which reports of a day this platform has of a member.
func (s *Service) takeIDs(ctx context.Context, tx *store.Tx, c call) (any, error) {
	var in idsAsked
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if _, err := time.Parse(time.DateOnly, in.Day); err != nil || len(in.After) > 64 {
		return nil, ErrBody
	}
	out := idsTold{IDs: []string{}}
	err := each(ctx, tx, `SELECT id FROM exchange_message WHERE day = $1 AND member = $2 AND direction = 'in' AND service = $3 AND state = 'acknowledged' AND id > $4
		ORDER BY id LIMIT $5`, func(row scanner) error {
		var id string
		err := row.Scan(&id)
		out.IDs = append(out.IDs, id)
		return err
	}, in.Day, c.member.Code, ServiceReport, in.After, idsPage)
	if len(out.IDs) == idsPage {
		out.Next = out.IDs[idsPage-1]
	}
	return out, err
}

// Reconciliation is what came of comparing a day.
type Reconciliation struct {
	Day string `json:"day"`
	// Ours were told by this platform, Theirs are there.
	Ours   int `json:"ours"`
	Theirs int `json:"theirs"`
	// Again are sent once more because they aren't there; Foreign are there and
	// not of this platform.
	Again   int `json:"again"`
	Foreign int `json:"foreign"`
	// Open were still on their way.
	Open int `json:"open"`
}

// maxIDs bounds how many ids of a day are believed.
const maxIDs = 500_000

// Reconcile asks a platform above which reports of a day it has, and sends again
// what isn't there, under its old id.
func (s *Service) Reconcile(ctx context.Context, code, day string) (r Reconciliation, err error) {
	r.Day = day
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return r, ErrInput.Wrong("day", "日期有误")
	}
	m, err := s.Member(ctx, code)
	if err != nil {
		return r, err
	}
	there, err := s.idsThere(ctx, m, day)
	if err != nil {
		return r, err
	}
	r.Theirs = len(there)
	missing, err := s.compare(ctx, &r, code, there)
	if err != nil {
		return r, err
	}
	return r, s.Store.Write(ctx, "send missing reports again", func(tx *store.Tx) error {
		r.Again = 0
		actor := audit.Actor{}
		if access.From(ctx).Kind == access.Nobody {
			actor = audit.System
		}
		detail := fmt.Sprintf("%s ours %d theirs %d missing %d", day, r.Ours, r.Theirs, len(missing))
		if err := s.Audit.Add(ctx, tx, audit.Entry{Actor: actor, Action: "exchange.reconcile", Object: code, Detail: detail}); err != nil {
			return err
		}
		for _, key := range missing {
			again, err := s.replay(ctx, tx, key)
			if err != nil && !errors.Is(err, ErrForgotten) {
				return err
			}
			if again {
				r.Again++
			}
		}
		s.poke()
		return nil
	})
}

// idsThere asks for all ids of a day.
func (s *Service) idsThere(ctx context.Context, m Member, day string) (map[string]bool, error) {
	there := map[string]bool{}
	for after := ""; ; {
		receipt, err := s.Ask(ctx, m, ServiceIDs, idsAsked{day, after})
		if err != nil {
			return nil, err
		}
		var told idsTold
		if err := json.Unmarshal(receipt.Data, &told); err != nil || len(there) > maxIDs || told.Next != "" && told.Next <= after {
			return nil, ErrAway.With("对方的对账应答有误").Because(err)
		}
		for _, id := range told.IDs {
			there[id] = true
		}
		if after = told.Next; after == "" {
			return there, nil
		}
	}
}

// compare finds the keys of what this platform told and the other doesn't have.
func (s *Service) compare(ctx context.Context, r *Reconciliation, code string, there map[string]bool) (missing []string, err error) {
	found := 0
	err = each(ctx, s.Store.Read(), `SELECT key, id, state FROM exchange_message WHERE day = $1 AND member = $2 AND direction = 'out' AND service = $3 ORDER BY key`,
		func(row scanner) error {
			var key, id string
			var state State
			if err := row.Scan(&key, &id, &state); err != nil {
				return err
			}
			r.Ours++
			switch {
			case there[id]:
				found++
			case state == Acknowledged || state == Dead:
				missing = append(missing, key)
			case state == Waiting || state == Sent:
				r.Open++
			}
			return nil
		}, r.Day, code, ServiceReport)
	if err != nil {
		return nil, fmt.Errorf("compare a day: %w", err)
	}
	r.Foreign = r.Theirs - found
	return missing, nil
}

// reconcileDays is how many days back a comparison that failed is made up for.
const reconcileDays = 7

// reconcileAll compares yesterday, and days before that couldn't be, with every
// platform above that hears reports.
func (s *Service) reconcileAll(ctx context.Context) error {
	members, err := s.Members(ctx)
	if err != nil {
		return err
	}
	today := s.Store.Now().In(s.Zone)
	for _, m := range members {
		_, reports := m.grant(ServiceReport)
		if _, asks := m.grant(ServiceIDs); !reports || !asks || m.Kind != Upper || !m.Active {
			continue
		}
		days := reconcileDays
		if m.Reconciled == "" { // it is new
			days = 1
		}
		for back := days; back > 0; back-- {
			day := today.AddDate(0, 0, -back).Format(time.DateOnly)
			if day <= m.Reconciled {
				continue
			}
			if _, err := s.Reconcile(ctx, m.Code, day); err != nil {
				s.Log.Warn("a day isn't compared", slog.String("member", m.Code), slog.String("day", day), slog.Any("err", err))
				break // the other members all the same
			}
			err := s.Store.Write(ctx, "note a compared day", func(tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, `UPDATE exchange_member SET reconciled = $1 WHERE code = $2 AND reconciled < $1`, day, m.Code)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
