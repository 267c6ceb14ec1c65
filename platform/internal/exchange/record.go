package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"smarthall/platform/internal/access"
)

// What departments share nobody brings: a clerk's page asks the members that
// share it, while she waits.

// RecordOrder asks for what somebody has about an applicant, and says why.
type RecordOrder struct {
	Purpose string `json:"purpose"`
	CaseNo  string `json:"caseNo"`
	// Material is what the guide calls it, Body whose it is.
	Material   string `json:"material"`
	Body       string `json:"body,omitempty"`
	Name       string `json:"name"`
	IDNumber   string `json:"idNumber"`
	LegalName  string `json:"legalName,omitempty"`
	CreditCode string `json:"creditCode,omitempty"`
	// Region is where the case is; it isn't sent.
	Region string `json:"-"`
}

// String tells nothing about the applicant.
func (o RecordOrder) String() string { return "order of " + o.Material }

// Record is what a member answered.
type Record struct {
	Number string        `json:"number"`
	Body   string        `json:"body"`
	Fields []RecordField `json:"fields,omitempty"`
	// Member is who answered.
	Member string `json:"-"`
}

// RecordField is one thing that a record says.
type RecordField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// recordTold is the answer to an order.
type recordTold struct {
	Found  bool    `json:"found"`
	Record *Record `json:"record,omitempty"`
}

// FetchRecord asks the members that share records in the order's region, the
// body's own system first, then the other departments', the platforms above
// last. It returns ErrNoRecord if none of those who answered has it, ErrService
// if nobody shares records, and ErrAway if nobody who might have it answers.
func (s *Service) FetchRecord(ctx context.Context, o RecordOrder) (Record, error) {
	members, err := s.sharers(ctx, o)
	if err != nil {
		return Record{}, err
	}
	if len(members) == 0 {
		return Record{}, ErrService
	}
	var silent error
	for _, m := range members {
		r, err := s.fetchFrom(ctx, m, o)
		if err == nil {
			return r, nil
		}
		if ctx.Err() != nil {
			return Record{}, ErrAway.Because(ctx.Err())
		}
		if !errors.Is(err, ErrNoRecord) {
			silent = err
		}
	}
	if silent != nil {
		return Record{}, ErrAway.Because(silent)
	}
	return Record{}, ErrNoRecord
}

// sharers are the members to ask, in their order.
func (s *Service) sharers(ctx context.Context, o RecordOrder) ([]Member, error) {
	members, err := s.Members(ctx)
	if err != nil {
		return nil, err
	}
	members = slices.DeleteFunc(members, func(m Member) bool {
		_, ok := m.grant(ServiceRecord)
		return !ok || !m.Active || m.Address == "" || m.Region != "" && !access.Within(o.Region, m.Region)
	})
	place := func(m Member) int {
		switch {
		case m.Kind == Department && o.Body != "" && strings.Contains(m.Name, o.Body):
			return 0
		case m.Kind == Department:
			return 1
		default:
			return 2
		}
	}
	slices.SortStableFunc(members, func(a, b Member) int { return place(a) - place(b) })
	return members, nil
}

// fetchFrom asks one member.
func (s *Service) fetchFrom(ctx context.Context, m Member, o RecordOrder) (Record, error) {
	receipt, err := s.Ask(ctx, m, ServiceRecord, o)
	if err != nil {
		return Record{}, err
	}
	var told recordTold
	if err := json.Unmarshal(receipt.Data, &told); err != nil || told.Found != (told.Record != nil) {
		return Record{}, ErrAway.With("对方的应答有误").Because(err)
	}
	if !told.Found {
		return Record{}, ErrNoRecord
	}
	told.Record.Member = m.Code
	return *told.Record, nil
}
