package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/delivery"
	"smarthall/platform/internal/evaluation"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/files"
	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/payment"
	"smarthall/platform/internal/store"
	"smarthall/platform/internal/supervision"
)

// Line is the line of cases that the city's life runs along.
type Line struct {
	Store       *store.Store
	Identity    *identity.Service
	Items       *item.Service
	Cases       *cases.Service
	Flow        *flow.Service
	Files       *files.Service
	Payments    *payment.Service
	Deliveries  *delivery.Service
	Evaluation  *evaluation.Service
	Supervision *supervision.Service
	// Calendar is the working days of a region.
	Calendar func(ctx context.Context, region string) (*calendar.Calendar, error)
}

// region is the city's district.
const region = "330102"

// life is what has happened in the city before anybody comes.
type life struct {
	Flows []struct {
		Name  string            `yaml:"name"`
		Copy  string            `yaml:"copy"`
		Item  string            `yaml:"item"`
		Seats map[string]string `yaml:"seats"` // organisations by node
		Names map[string]string `yaml:"names"`
	} `yaml:"flows"`
	Bindings  map[string]string `yaml:"bindings"` // templates by item
	Questions []struct {
		By     string `yaml:"by"`
		Item   string `yaml:"item"`
		Ago    int    `yaml:"ago"`
		Title  string `yaml:"title"`
		Body   string `yaml:"body"`
		From   string `yaml:"from"`
		Answer string `yaml:"answer"`
	} `yaml:"questions"`
	Stories []story `yaml:"stories"`
}

// story is one case: who applies for what, how many working days ago, and what
// was done.
type story struct {
	Item  string `yaml:"item"`
	Ago   int    `yaml:"ago"`
	Who   string `yaml:"who"`   // name, ID number and telephone of somebody without an account
	By    string `yaml:"by"`    // or one of the city's people
	Legal string `yaml:"legal"` // name and credit code of the body it is for
	Form  string `yaml:"form"`  // food: the item's own form; empty: the general one
	// Answers are to the item's questions; others get the first one that fits.
	Answers item.Answers `yaml:"answers"`
	Way     []string     `yaml:"way"`
}

// Live gives the city a past, once: cases in all states, questions and answers,
// made through the contexts as people make them, by a clock that is turned back.
// Nothing else may use the contexts meanwhile. A city with a past keeps it.
func (c City) Live(ctx context.Context, on Line) error {
	return led(ctx, on.Store, "demo-life", func(ctx context.Context) error {
		l, err := c.begin(ctx, on)
		if err != nil {
			return fmt.Errorf("give the demo city a past: %w", err)
		}
		if lived, err := l.lived(ctx); err != nil || lived {
			return err
		}
		back := on.Store.Rewind(func() time.Time { return l.now })
		defer back()
		if err := l.run(ctx); err != nil {
			return fmt.Errorf("give the demo city a past: %w", err)
		}
		back()
		return l.hear(ctx)
	})
}

// living is a life on its way.
type living struct {
	Line
	life
	calendar *calendar.Calendar
	staff    map[string]access.Caller // by account
	people   map[string]identity.Person
	now      time.Time
	today    calendar.Day
	at       []moment
	cases    []string // by story: the case's id, once it has one
}

// moment is something to be done at a time.
type moment struct {
	when time.Time
	what string
	do   func(ctx context.Context) error
}

// begin gathers who lives in the city.
func (c City) begin(ctx context.Context, on Line) (*living, error) {
	l := &living{
		Line: on, life: c.life, staff: map[string]access.Caller{}, people: map[string]identity.Person{}, now: on.Store.Now(), cases: make([]string, len(c.life.Stories)),
	}
	l.today = calendar.On(l.now.In(zone))
	var err error
	if l.calendar, err = on.Calendar(ctx, region); err != nil {
		return nil, err
	}
	members, err := on.Identity.Members(access.With(ctx, access.Caller{Kind: access.Staff, Region: "000000"}))
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		l.staff[m.Account] = access.Caller{Kind: access.Staff, ID: m.ID, Org: m.Organisation, Region: m.Region, Roles: m.Roles}
	}
	for _, p := range c.people.People {
		if l.people[p.ID], err = on.Identity.PersonByNumber(ctx, p.Number); err != nil {
			return nil, fmt.Errorf("person %s: %w", p.ID, err)
		}
	}
	return l, nil
}

// lived tells whether the city has a past: the first story's applicant has a
// case. She has no account, so that nobody else made it.
func (l *living) lived(ctx context.Context) (bool, error) {
	who, err := l.Stories[0].applicant()
	if err != nil {
		return false, err
	}
	found, err := l.Cases.Find(l.as(ctx, clerk), cases.Filter{Text: who.IDNumber})
	return len(found.Cases) > 0, err
}

// clerk sits at the window, supervisor watches over all.
const (
	clerk      = "shouli"
	supervisor = "jiancha"
)

// as is the context of a request by one of the staff.
func (l *living) as(ctx context.Context, account string) context.Context {
	return access.With(ctx, l.staff[account])
}

// of is the member of an organisation who has a role; a chief only where the
// chief is asked for.
func (l *living) of(organisation string, chief bool) (string, error) {
	found := ""
	for account, c := range l.staff {
		if c.Org == organisation && c.Has(access.RoleApprover) && c.Has(access.RoleChief) == chief && (found == "" || account < found) {
			found = account
		}
	}
	if found == "" {
		return "", fmt.Errorf("nobody of %s examines cases", organisation)
	}
	return found, nil
}

// Between two steps of a day, and between two stories.
const (
	stepPause  = 25 * time.Minute
	storyPause = 7 * time.Minute
	opening    = 9 * time.Hour
)

// plan says when what is done. What would come later than now is left out: the
// city is in the middle of it.
func (l *living) plan() error {
	for i, s := range l.Stories {
		day, later := l.ago(s.Ago), time.Duration(0)
		for _, step := range s.Way {
			verb, rest, _ := strings.Cut(step, " ")
			if days, ok := strings.CutPrefix(verb, "+"); ok {
				n, err := strconv.Atoi(days)
				if err != nil {
					return fmt.Errorf("story %d: %q: %w", i+1, step, err)
				}
				if day, err = l.calendar.Add(day, n); err != nil {
					return err
				}
				later = 0
				verb, rest, _ = strings.Cut(rest, " ")
			}
			do, ok := deeds[verb]
			if !ok {
				return fmt.Errorf("story %d: nobody can %q", i+1, verb)
			}
			when := day.In(zone).Add(opening + time.Duration(i)*storyPause + later)
			later += stepPause
			l.add(when, fmt.Sprintf("story %d (%s): %s", i+1, s.Item, step), func(ctx context.Context) error { return do(ctx, l, i, rest) })
		}
	}
	for _, q := range l.Questions {
		asked := l.ago(q.Ago)
		answered, err := l.calendar.Add(asked, 1)
		if err != nil {
			return err
		}
		var voice string
		l.add(asked.In(zone).Add(opening), "question: "+q.Title, func(ctx context.Context) error {
			v, _, err := l.Evaluation.Raise(as(ctx, l.people[q.By].ID), evaluation.Ask{Kind: evaluation.Consultation, Item: q.Item, Title: q.Title, Body: q.Body, Consent: true})
			voice = v.ID
			return err
		})
		l.add(answered.In(zone).Add(opening), "answer: "+q.Title, func(ctx context.Context) error {
			_, err := l.Evaluation.Answer(l.as(ctx, q.From), voice, q.Answer)
			return err
		})
	}
	slices.SortStableFunc(l.at, func(a, b moment) int { return a.when.Compare(b.when) })
	return nil
}

func (l *living) add(when time.Time, what string, do func(context.Context) error) {
	if when.Before(l.now) {
		l.at = append(l.at, moment{when, what, do})
	}
}

// ago is the n-th working day before today.
func (l *living) ago(n int) calendar.Day {
	d := l.today
	for n > 0 {
		if d = d.Add(-1); l.calendar.IsWorkday(d) {
			n--
		}
	}
	return d
}

// run does what was planned. At the end of each day the contexts hear each
// other, and the clocks are looked at.
func (l *living) run(ctx context.Context) error {
	if err := l.plan(); err != nil {
		return err
	}
	var day calendar.Day
	if len(l.at) > 0 {
		l.now = l.at[0].when
		day = calendar.On(l.now.In(zone))
	}
	if err := l.drawFlows(ctx); err != nil {
		return err
	}
	for _, m := range l.at {
		if next := calendar.On(m.when.In(zone)); next != day {
			l.now, day = day.In(zone).Add(19*time.Hour), next
			if err := l.hear(ctx); err != nil {
				return err
			}
		}
		l.now = m.when
		if err := m.do(ctx); err != nil {
			return fmt.Errorf("%s: %w%s", m.what, err, wrong(err))
		}
	}
	if err := l.hear(ctx); err != nil {
		return err
	}
	return l.tidy(ctx)
}

// tidy lets the supervisor close the signals of cases that have ended.
func (l *living) tidy(ctx context.Context) error {
	over := map[string]bool{}
	for _, id := range l.cases {
		c, err := l.Cases.Mine(l.as(ctx, clerk), id)
		if errors.Is(err, cases.ErrUnknown) {
			continue // it isn't at the window
		}
		if err != nil {
			return err
		}
		over[id] = c.State.Over()
	}
	ctx = l.as(ctx, supervisor)
	list, err := l.Supervision.Signals(ctx, "open", "", 500)
	if err != nil {
		return err
	}
	for _, g := range list {
		if !over[g.Case] {
			continue
		}
		if _, err := l.Supervision.Close(ctx, g.ID); err != nil {
			return err
		}
	}
	return nil
}

// wrong tells which fields a fault is about.
func wrong(err error) (words string) {
	if f := fault.Of(err); f != nil {
		for _, field := range f.Fields {
			words += "; " + field.Name + ": " + field.Message
		}
	}
	return words
}

// hear lets the contexts hear each other, and do what is due.
func (l *living) hear(ctx context.Context) error {
	for range 10 {
		n, err := l.Store.Deliver(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	_, err := l.Supervision.Turn(ctx)
	return errors.Join(l.Cases.Dun(ctx), err)
}

// led does a job while no other process does it.
func led(ctx context.Context, st *store.Store, name string, job func(context.Context) error) error {
	leading, done := context.WithCancel(ctx)
	defer done()
	err := context.Canceled // unless the job tells otherwise
	lead := st.Lead(leading, name, func(held context.Context) error {
		err = job(held)
		if err != nil && held.Err() != nil && ctx.Err() == nil {
			return err // the lease is lost: whoever has it goes on, then we look again
		}
		done()
		return nil
	})
	return errors.Join(lead, err)
}
