package cases

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// Proof is what somebody in front of a kiosk shows: her card, or the number of
// one case with what only its applicant knows.
type Proof struct {
	IDNumber string `json:"idNumber,omitempty" maxLength:"40" doc:"Of the card that was read"`
	Number   string `json:"number,omitempty" maxLength:"60" doc:"Of the case or the application"`
	Code     string `json:"code,omitempty" maxLength:"20" doc:"The query code"`
	IDTail   string `json:"idTail,omitempty" maxLength:"4" doc:"Instead of the code: the last four characters of the applicant's ID number"`
	// Kiosk is the machine's id in its hall. Guesses are counted for each.
	Kiosk string `json:"kiosk,omitempty" maxLength:"60" doc:"The machine's id in its hall"`
}

// Faults of kiosks.
var (
	ErrKiosk = fault.New(fault.TooMany, "cases.kiosk-limit", "这台机器查询次数过多，请过一会儿再试，或扫码在手机上查")
	ErrRated = fault.New(fault.Conflict, "cases.rated", "这件事已经评价过了，谢谢您")
)

// kioskList is how many cases a kiosk shows.
const kioskList = 20

// AtHall are the cases that a kiosk shows: of the card that was read, or with
// the number that was typed or scanned. Those of the card are recent ones. A
// machine that is wrong too often, or reads more cards than people can lay on
// it, is refused for a while with ErrKiosk, whatever it asks.
func (s *Service) AtHall(ctx context.Context, p Proof) ([]Case, error) {
	if len(p.IDNumber) > 40 || len(p.Number) > 60 || len(p.Code) > 20 || len(p.IDTail) > 4 || len(p.Kiosk) > 60 {
		return nil, ErrQuery
	}
	if p.IDNumber == "" {
		c, err := s.guess(ctx, p)
		if err != nil {
			return nil, err
		}
		return []Case{c}, nil
	}
	if !s.kiosks.take(ctx, cardsRead, p.Kiosk, s.Store.Now()) {
		return nil, ErrKiosk
	}
	list, err := s.list(ctx, `holder = $1 AND parent = '' AND submitted > 0 ORDER BY id DESC LIMIT $2`, s.vault.Key(kindID, clean(p.IDNumber)), kioskList)
	if err != nil {
		return nil, err
	}
	return list, s.Audit.Write(ctx, audit.Entry{Action: "cases.kiosk", Detail: fmt.Sprintf("%d shown", len(list))})
}

// guess is Query for a kiosk, which may be wrong only now and then.
func (s *Service) guess(ctx context.Context, p Proof) (Case, error) {
	if !s.kiosks.take(ctx, guesses, p.Kiosk, s.Store.Now()) {
		return Case{}, ErrKiosk
	}
	c, err := s.Query(ctx, p.Number, p.Code, p.IDTail)
	if err == nil {
		s.kiosks.giveBack(ctx, guesses, p.Kiosk)
	}
	return c, err
}

// RateAtHall takes the rating of a finished case from whoever proves at a kiosk
// that it is hers. number is the case's or the application's, as AtHall shows it.
func (s *Service) RateAtHall(ctx context.Context, p Proof, number string, score int, ticked []string) error {
	if s.Evaluations == nil {
		return ErrState
	}
	list, err := s.AtHall(ctx, p)
	if err != nil {
		return err
	}
	number = clean(number)
	i := slices.IndexFunc(list, func(c Case) bool { return number != "" && (c.Number == number || c.CaseNo == number) })
	if i < 0 {
		return ErrUnknown
	}
	c := list[i]
	if !c.rateable() {
		return ErrState.With("这件事还没有办结，办结后再请您评价")
	}
	return s.Store.Write(ctx, "rate a case at a kiosk", func(tx *store.Tx) error {
		fresh, err := s.Evaluations.Rate(ctx, tx, c.invitation(), score, ticked, "kiosk")
		if err == nil && !fresh {
			return ErrRated
		}
		return err
	})
}

// rateable tells whether an applicant may say how it went.
func (c *Case) rateable() bool { return c.State == Closed && c.Parent == "" }

// invitation is what a rating is about.
func (c *Case) invitation() Invitation {
	return Invitation{
		Case: c.ID, CaseNo: c.ShownNo(), Item: c.Item, ItemName: c.ItemName, Organisation: c.Organisation, Region: c.Region, Person: c.Person,
		Hall: c.Hall, Clerk: c.Dossier.Clerk,
	}
}

// Shown is a case as a kiosk shows it, in public: nothing in it names anybody.
type Shown struct {
	Progress
	// Left repeats the working days that are left of the promised term; absent
	// where none runs.
	Left *int `json:"left,omitempty" doc:"Working days left; negative: late"`
	// Todo is what the applicant has to do; none: to wait, or nothing any more.
	Todo []Todo `json:"todo"`
	// Documents are titles only.
	Documents []string `json:"documents"`
	// DocumentKinds are what they are, in the same order: receipt, acceptance and such.
	DocumentKinds []string `json:"documentKinds"`
	// Rate tells that it may be rated, Rated with how much it was.
	Rate  bool `json:"rate,omitempty"`
	Rated int  `json:"rated,omitempty"`
	// Link opens it on a phone, without the applicant having to type anything. It
	// begins with the path where the platform doesn't know its own address.
	Link string `json:"link,omitempty"`
}

// Todo is one thing that an applicant has to do.
type Todo struct {
	Kind string `json:"kind" enum:"supplement,deferred,pay,bring,collect"`
	// What are the materials that are missing.
	What []string `json:"what,omitempty"`
	// Lacks are what What says, one for one, where a notice asked for it.
	Lacks []Lack `json:"lacks,omitempty"`
	// Until is the last day, as 2026-11-24.
	Until string `json:"until,omitempty"`
	// Amount is what is to be paid, in fen.
	Amount int64 `json:"amount,omitempty"`
	// Online tells that it can be done on line as well.
	Online bool `json:"online,omitempty"`
}

// todo is what a case's applicant has to do now.
func (c *Case) todo() []Todo {
	d, list := c.Dossier, []Todo{}
	if c.State == Supplementing {
		list = append(list, Todo{Kind: "supplement", What: d.Missing, Lacks: d.Lacks, Until: d.MissingDue, Online: true})
	}
	if c.State == Accepted {
		for _, m := range d.Materials {
			if m.Source == Later {
				list = append(list, Todo{Kind: "deferred", What: []string{m.Name}, Until: m.Due, Online: m.Electronic})
			}
		}
	}
	if c.Unpaid && (c.State == Accepted || c.State == Decided) {
		pay := Todo{Kind: "pay", Online: true}
		for _, f := range d.Fees {
			pay.Amount += f.Amount
		}
		return append(list, pay)
	}
	switch {
	case c.State == Prepared:
		list = append(list, Todo{Kind: "bring"})
	case c.State == Decided && c.Parent == "" && (d.Delivery.Way == Collect || c.Originals > 0):
		list = append(list, Todo{Kind: "collect"})
	}
	return list
}

// shown is a case as a kiosk shows it.
func (s *Service) shown(ctx context.Context, c Case) (v Shown, err error) {
	if v.Progress, err = s.progress(ctx, c); err != nil {
		return v, err
	}
	v.Todo, v.Documents, v.DocumentKinds = c.todo(), []string{}, []string{}
	for _, d := range c.Dossier.Documents {
		v.Documents, v.DocumentKinds = append(v.Documents, d.Name), append(v.DocumentKinds, d.Kind)
	}
	if c.Time.Ended.IsZero() && v.Promised != nil && v.Promised.Due != "" && v.Promised.Light != limit.Off {
		v.Left, v.PromisedDue = &v.Promised.Left, v.Promised.Due
	}
	v.Link = s.progressLink(&c)
	if !c.rateable() || s.Evaluations == nil {
		return v, nil
	}
	v.Rated, err = s.Evaluations.Rated(ctx, c.ID)
	v.Rate = v.Rated == 0
	return v, err
}

// ShownAtHall is what AtHall finds, as a kiosk shows it, with what one can say
// of a finished case.
type ShownAtHall struct {
	Cases  []Shown `json:"cases"`
	Scores []Score `json:"scores" doc:"What a rating can say, the worst first"`
}

// ShowAtHall is AtHall for a screen that everybody sees.
func (s *Service) ShowAtHall(ctx context.Context, p Proof) (out ShownAtHall, err error) {
	list, err := s.AtHall(ctx, p)
	if err != nil {
		return out, err
	}
	out.Cases, out.Scores = make([]Shown, len(list)), []Score{}
	for i, c := range list {
		if out.Cases[i], err = s.shown(ctx, c); err != nil {
			return out, err
		}
	}
	if s.Evaluations != nil {
		out.Scores = s.Evaluations.Scores()
	}
	return out, nil
}

// Topics by which a hall asks over its link, for the person at a kiosk.
const (
	TopicQuery = "case-query" // Proof, answered by ShownAtHall
	TopicRate  = "case-rate"  // HallRating
)

// AskedQuery answers TopicQuery.
func (s *Service) AskedQuery(ctx context.Context, kiosk string, body json.RawMessage) (any, error) {
	var p Proof
	if err := json.Unmarshal(body, &p); err != nil {
		return nil, ErrQuery.Because(err)
	}
	p.Kiosk = kiosk
	return s.ShowAtHall(ctx, p)
}

// AskedRate answers TopicRate.
func (s *Service) AskedRate(ctx context.Context, kiosk string, body json.RawMessage) (any, error) {
	var r HallRating
	if err := json.Unmarshal(body, &r); err != nil || len(r.Tags) > 10 {
		return nil, ErrInput.Because(err)
	}
	r.Kiosk = kiosk
	return struct{}{}, s.RateAtHall(ctx, r.Proof, r.Case, r.Score, r.Tags)
}
