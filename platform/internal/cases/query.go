package cases

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// pageSize is how many cases a list has at most.
const pageSize = 50

// Own are the cases of the context's caller, or of the legal person that she
// acts for, the newest first, after the one with the id before. Those of a
// package stand in it.
func (s *Service) Own(ctx context.Context, before string) ([]Case, error) {
	caller := access.From(ctx)
	if before == "" {
		before = "~" // after every id
	}
	if caller.For == "" {
		return s.list(ctx, `person = $1 AND person <> '' AND legal = '' AND parent = '' AND id < $2 ORDER BY id DESC LIMIT $3`, caller.ID, before, pageSize)
	}
	list, err := s.list(ctx, `legal = $1 AND legal <> '' AND parent = '' AND id < $2 ORDER BY id DESC LIMIT $3`, caller.For, before, pageSize)
	if err != nil {
		return nil, err
	}
	scope, err := s.People.MayActFor(ctx, caller.ID, caller.For)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(c Case) bool { return c.Item != "" && !scope.Covers(c.Item) }), nil
}

// List names cases that wait for the window.
type List string

// The lists.
const (
	ToReview List = "review"   // applications to look at; of packages only their items
	Awaiting List = "deferred" // accepted, with materials that come later (容缺)
	ToHand   List = "hand"     // results to hand over; of packages the whole
	Going    List = "going"    // begun or asked about, and packages on their way
)

// waits are the looks at the tables that make a list: each a state, and what
// else holds.
var waits = map[List][]wait{
	ToReview: {{Submitted, `package = ''`}},
	Awaiting: {{Accepted, `deferred > 0`}},
	ToHand:   {{Decided, `parent = ''`}},
	Going:    {{Draft, atWindow}, {Prepared, ""}, {Supplementing, ""}, {Submitted, `package <> ''`}},
}

// atWindow are drafts that clerks made, in the words of their indexes.
const atWindow = `mode = 'window' AND state = 'draft'`

type wait struct {
	state State
	also  string
}

// Filter is what a clerk looks for: a text, else a list, else a state.
type Filter struct {
	State State
	List  List
	// Text is a number of a case or an application, what a visit's label says, or
	// an ID number.
	Text string
	// After continues a list: the Next of the one before.
	After string
}

// looks are what a filter without a text looks at.
func (f Filter) looks() []wait {
	switch {
	case f.List != "":
		return waits[f.List]
	case f.State == Draft:
		return []wait{{Draft, atWindow}} // those on line are their applicants'
	case f.State == "":
		return []wait{{Submitted, ""}}
	default:
		return []wait{{f.State, ""}}
	}
}

// Found is a part of a list.
type Found struct {
	Cases []Case
	// Next continues it; empty: that was all.
	Next string
}

// Find lists cases of the caller's organisation or, for a centre's clerks, of
// her region: what is due first comes first, the green channel before all.
func (s *Service) Find(ctx context.Context, f Filter) (Found, error) {
	if f.Text != "" {
		return s.byText(ctx, strings.ToUpper(strings.TrimSpace(f.Text)))
	}
	rank, id, err := after(f.After)
	if err != nil {
		return Found{}, err
	}
	column, value, region := s.reach(access.From(ctx))
	found := Found{Cases: []Case{}}
	looks := f.looks()
	for _, w := range looks {
		also := ""
		if w.also != "" {
			also = " AND " + w.also
		}
		list, err := s.list(ctx, column+` = $1 AND state = $2 AND region LIKE $3 AND (rank, id) > ($4, $5)`+also+` ORDER BY rank, id LIMIT $6`,
			value, string(w.state), region+"%", rank, id, pageSize+1)
		if err != nil {
			return Found{}, err
		}
		found.Cases = append(found.Cases, list...)
	}
	if len(looks) > 1 {
		slices.SortFunc(found.Cases, func(a, b Case) int { return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(a.ID, b.ID)) })
	}
	if len(found.Cases) > pageSize {
		found.Cases = found.Cases[:pageSize]
		last := found.Cases[pageSize-1]
		found.Next = strconv.FormatInt(last.order(), 10) + "." + last.ID
	}
	return found, nil
}

// reach is which cases a clerk finds: a column with its value, and the
// beginning of their regions.
func (s *Service) reach(caller access.Caller) (column, value, region string) {
	region = access.Stem(caller.Region)
	switch {
	case !slices.Contains(s.Centres, caller.Org):
		return "organisation", caller.Org, region
	case len(region) <= 4:
		return "city", first(caller.Region, 4), region
	default:
		// A district's number may end in zeros itself.
		return "district", first(caller.Region, 6), region
	}
}

// after reads where a list continues.
func after(text string) (rank int64, id string, err error) {
	if text == "" {
		return -1 << 62, "", nil
	}
	number, id, ok := strings.Cut(text, ".")
	rank, err = strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || len(id) > 40 {
		return 0, "", ErrInput.Wrong("after", "列表位置有误")
	}
	return rank, id, nil
}

// byText finds cases by a number that the applicant shows, or by what stands on
// the label or the ticket of the visit that they came from.
func (s *Service) byText(ctx context.Context, text string) (Found, error) {
	list, err := s.numbered(ctx, text)
	if err != nil {
		return Found{}, err
	}
	if len(list) == 0 {
		if list, err = s.ofVisit(ctx, text); err != nil {
			return Found{}, err
		}
	}
	if len(list) == 0 {
		list, err = s.list(ctx, `holder = $1 ORDER BY id DESC LIMIT $2`, s.vault.Key(kindID, text), pageSize)
		if err != nil {
			return Found{}, err
		}
	}
	caller := access.From(ctx)
	list = slices.DeleteFunc(list, func(c Case) bool { return !s.covers(caller, &c) })
	return Found{Cases: list}, s.Audit.Write(ctx, audit.Entry{Action: "cases.find", Detail: fmt.Sprintf("%d found", len(list))})
}

// numbered are the cases with a number, of the case or of the application.
func (s *Service) numbered(ctx context.Context, number string) ([]Case, error) {
	if number == "" || len(number) > 60 {
		return nil, nil
	}
	list, err := s.list(ctx, `number = $1`, number)
	if err != nil || len(list) > 0 {
		return list, err
	}
	return s.list(ctx, `case_no = $1`, number)
}

// Wrong guesses of a case's code before it is locked, and for how long.
const (
	maxGuesses = 5
	guessWait  = 30 * time.Minute
)

// Query returns a case to whoever knows its number, or has the label of the
// visit that it came from, and knows its query code or the last four characters
// of the applicant's ID number.
func (s *Service) Query(ctx context.Context, number, code, tail string) (Case, error) {
	number, code, tail = clean(number), clean(code), clean(tail)
	if number == "" || code == "" && len(tail) != 4 {
		return Case{}, ErrQuery
	}
	c, err := s.look(ctx, number)
	if errors.Is(err, ErrUnknown) {
		return s.queryVisit(ctx, number, code, tail)
	}
	if err != nil {
		return Case{}, err
	}
	return s.guessAt(ctx, c, code, tail)
}

// queryVisit is Query by the label of a visit: a visit may have led to several
// cases, and each counts the guess.
func (s *Service) queryVisit(ctx context.Context, label, code, tail string) (Case, error) {
	list, err := s.ofVisit(ctx, label)
	if err != nil {
		return Case{}, err
	}
	err = ErrQuery
	for _, c := range list {
		if c.Number == "" {
			continue // a draft is nobody's but its applicant's
		}
		if c, err = s.one(ctx, s.Store.Read(), `id = $1`, c.ID); err != nil {
			return Case{}, err
		}
		found, wrong := s.guessAt(ctx, c, code, tail)
		if wrong == nil {
			return found, nil
		}
		if err = wrong; !errors.Is(err, ErrQuery) && !errors.Is(err, ErrGuesses) {
			return Case{}, err
		}
	}
	return Case{}, err
}

// guessAt is a case for whoever knows its query code or the last four
// characters of the applicant's ID number.
func (s *Service) guessAt(ctx context.Context, c Case, code, tail string) (Case, error) {
	// Of guesses at one case one is looked at at a time, so that a crowd of them
	// doesn't get through before the first is counted.
	turn := &s.guessing[c.ID[len(c.ID)-1]%turns]
	turn.Lock()
	defer turn.Unlock()
	locked, err := s.locked(ctx, c.ID)
	if err != nil {
		return Case{}, err
	}
	if locked {
		return Case{}, ErrGuesses
	}
	ending := c.Applicant.IDNumber
	ending = ending[max(0, len(ending)-4):]
	if code != "" && equal(code, c.QueryCode) || code == "" && equal(tail, ending) {
		return c, nil
	}
	return Case{}, s.guessed(ctx, c.ID)
}

// maxSeen is how many cases that were queried are kept decoded: who waits for a
// decision asks often, and a case seldom changes.
const maxSeen = 500

// look returns the case with a number, of the case or of the application, or
// ErrUnknown. Nobody changes what it returns.
func (s *Service) look(ctx context.Context, number string) (c Case, err error) {
	if len(number) > 60 {
		return c, ErrUnknown
	}
	var id string
	var revision int64
	for _, column := range []string{"number", "case_no"} {
		err = s.Store.Read().QueryRowContext(ctx, `SELECT id, revision FROM case_record WHERE `+column+` = $1`, number).Scan(&id, &revision)
		if err == nil || !store.IsNone(err) {
			break
		}
	}
	if store.IsNone(err) {
		return c, ErrUnknown
	}
	if err != nil {
		return c, fmt.Errorf("find a case by its number: %w", err)
	}
	if c, ok := s.looked.Get(id, revision); ok {
		return c, nil
	}
	if c, err = s.one(ctx, s.Store.Read(), `id = $1`, id); err != nil {
		return c, err
	}
	s.looked.Put(id, c.revision, c)
	return c, nil
}

// clean is what somebody typed, as it is stored.
func clean(text string) string { return strings.ToUpper(strings.TrimSpace(text)) }

// equal compares in the same time whatever is different.
func equal(a, b string) bool { return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// locked tells whether a case was guessed at too often.
func (s *Service) locked(ctx context.Context, id string) (bool, error) {
	var wrong, since int64
	err := s.Store.Read().QueryRowContext(ctx, `SELECT wrong, since FROM case_guess WHERE case_id = $1`, id).Scan(&wrong, &since)
	if store.IsNone(err) {
		return false, nil
	}
	return wrong >= maxGuesses && s.Store.Now().Before(store.Time(since).Add(guessWait)), err
}

// guessed counts a wrong guess and returns ErrQuery.
func (s *Service) guessed(ctx context.Context, id string) error {
	err := s.Store.Write(ctx, "count a wrong guess", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO case_guess (case_id, wrong, since) VALUES ($1, 1, $2)
			ON CONFLICT (case_id) DO UPDATE SET wrong = CASE WHEN case_guess.since < $3 THEN 1 ELSE case_guess.wrong + 1 END, since = excluded.since`,
			id, store.Millis(tx.Now), store.Millis(tx.Now.Add(-guessWait)))
		return err
	})
	if err != nil {
		return err
	}
	return ErrQuery
}
