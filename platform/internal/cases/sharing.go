package cases

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// What departments share (数据共享) nobody brings: a clerk fetches the record,
// and it is believed as what an organ issued once it is there. Until then, and
// where nothing is connected or nobody answers, the material is only promised by
// the guide, and says so.

// RecordOrder asks for what a department has about an applicant.
type RecordOrder struct {
	// Material is what the guide calls it, Body whose it is.
	Material, Body string
	Region         string
	Applicant      Applicant
	// Case and CaseNo are why it is asked, for the department's own log.
	Case, CaseNo string
}

// Record is what a department answered.
type Record struct {
	Number string        `json:"number"`
	Body   string        `json:"body" doc:"Whose it is"`
	At     time.Time     `json:"at" doc:"When it was fetched"`
	Fields []RecordField `json:"fields,omitempty"`
	// Demo tells that it is an example and no register's.
	Demo bool `json:"demo,omitempty"`
}

// RecordField is one thing that a record says.
type RecordField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Sharing is an outer system that departments share data by. Its calls end with
// their context.
type Sharing interface {
	// Fetch returns a record, ErrNoRecord if the department has none, or
	// ErrNoSharing if nobody shares it.
	Fetch(ctx context.Context, o RecordOrder) (Record, error)
}

// sharingWait is how long a clerk waits for a department.
const sharingWait = 6 * time.Second

// Bounds of what a department may answer.
const (
	maxRecordFields = 60
	maxRecordText   = 500
)

// The ways fetching a record fails.
var (
	ErrNoRecord  = fault.New(fault.Conflict, "cases.no-record", "共享部门没有查到申请人的这项记录，请人工核验，或请申请人提供")
	ErrNoSharing = fault.New(fault.Conflict, "cases.no-sharing", "尚未接通这项数据共享，请人工核验")
	ErrSharing   = fault.New(fault.Unavailable, "cases.sharing", "数据共享没有应答，请稍后再试，或人工核验")
)

// FetchShared fetches the record of a material that departments share. Each
// attempt is logged.
func (s *Service) FetchShared(ctx context.Context, id, material string) (c Case, err error) {
	if c, err = s.Mine(ctx, id); err != nil {
		return c, err
	}
	m := c.material(material)
	if m == nil {
		return c, ErrMaterial
	}
	if err := c.fetchable(m); err != nil {
		return c, err
	}
	record, err := s.fetch(ctx, &c, m)
	if err != nil {
		noted := s.Audit.Write(ctx, audit.Entry{Action: "cases.fetch-shared", Object: id, Outcome: audit.Refused, Detail: material})
		return c, errors.Join(err, noted)
	}
	err = s.change(ctx, "keep a shared record", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		m := owned.material(material)
		if m == nil {
			return ErrMaterial
		}
		if err := owned.fetchable(m); err != nil {
			return err
		}
		m.Record, m.Trust = &record, TrustA
		if err := s.save(ctx, tx, owned); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.fetch-shared", Object: id, Detail: material + " " + record.Number})
	})
	return c, err
}

// fetchable refuses a material that isn't shared, or is looked at no more.
func (c *Case) fetchable(m *Material) error {
	switch {
	case m.Source != Shared:
		return ErrSource.With("这项材料不由部门共享")
	case c.State != Draft && c.State != Submitted && c.State != Prepared && c.State != Supplementing && c.State != Accepted:
		return ErrState.With("办件" + c.State.Word() + "，不再调取共享数据")
	default:
		return nil
	}
}

// fetch asks the department, and doesn't believe an answer that says nothing.
func (s *Service) fetch(ctx context.Context, c *Case, m *Material) (Record, error) {
	if s.Sharing == nil {
		return Record{}, ErrNoSharing
	}
	wait := s.SharingWait
	if wait == 0 {
		wait = sharingWait
	}
	asked, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	record, err := s.Sharing.Fetch(asked, RecordOrder{
		Material: m.Name, Body: m.From, Region: c.Region, Applicant: c.Applicant, Case: c.ID, CaseNo: c.ShownNo(),
	})
	switch {
	case errors.Is(err, ErrNoRecord), errors.Is(err, ErrNoSharing):
		return record, err
	case err != nil:
		s.Log.Warn("a shared record can't be fetched", slog.String("material", m.ID), slog.Any("err", err))
		return record, ErrSharing.Because(err)
	}
	if err := record.check(); err != nil {
		s.Log.Warn("a shared record isn't one", slog.String("material", m.ID), slog.Any("err", err))
		return record, ErrSharing.Because(err)
	}
	record.At = s.Store.Now()
	return record, nil
}

// check refuses an answer that isn't a record.
func (r Record) check() error {
	good := func(text string) bool {
		return utf8.ValidString(text) && !strings.ContainsRune(text, 0) && utf8.RuneCountInString(text) <= maxRecordText
	}
	if strings.TrimSpace(r.Number) == "" || strings.TrimSpace(r.Body) == "" || !good(r.Number) || !good(r.Body) || len(r.Fields) > maxRecordFields {
		return errors.New("the record has no number or body, or is too large")
	}
	for _, f := range r.Fields {
		if !good(f.Name) || !good(f.Value) {
			return errors.New("a field of the record isn't a text")
		}
	}
	return nil
}

// DemoSharing answers in demo cities, and says that it is no register.
type DemoSharing struct{}

// Fetch implements Sharing.
func (DemoSharing) Fetch(_ context.Context, o RecordOrder) (Record, error) {
	body := o.Body
	if body == "" {
		body = "演示共享部门"
	}
	number := o.Applicant.IDNumber
	if o.Applicant.CreditCode != "" {
		number = o.Applicant.CreditCode
	}
	return Record{
		Number: "DEMO-" + number[max(0, len(number)-6):], Body: body, Demo: true,
		Fields: []RecordField{{"名称", o.Material}, {"持有人", o.Applicant.Called()}, {"状态", "有效"}, {"说明", "演示数据，不是真实登记信息"}},
	}, nil
}

type sharedInput struct {
	ID       string `path:"id" maxLength:"40"`
	Material string `path:"material" maxLength:"100"`
}

func (s *Service) postShared(ctx context.Context, in *sharedInput) (*viewOutput, error) {
	c, err := s.FetchShared(ctx, in.ID, in.Material)
	return s.answer(ctx, c, err)
}
