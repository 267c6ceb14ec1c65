package cases_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/fault"
)

// at is a standing in a state.
func at(s cases.State, more ...func(*cases.Standing)) cases.Standing {
	v := cases.Standing{State: s, Mode: cases.Verification}
	switch s {
	case cases.Accepted, cases.Decided, cases.Closed, cases.Terminated:
		v.Taken = true
	}
	for _, f := range more {
		f(&v)
	}
	return v
}

func inMode(m cases.Mode) func(*cases.Standing) { return func(s *cases.Standing) { s.Mode = m } }

// TestTheLaw reads like it: who stands where, what is done, what becomes of it.
func TestTheLaw(t *testing.T) {
	held := func(s *cases.Standing) { s.Held = true }
	asked := func(s *cases.Standing) { s.Asked = 1 }
	taken := func(s *cases.Standing) { s.Taken = true }
	extended := func(s *cases.Standing) { s.Extended = true }
	deferred := func(s *cases.Standing) { s.Deferred = 1 }
	unpaid := func(s *cases.Standing) { s.Unpaid = true }
	originals := func(s *cases.Standing) { s.Originals = 1 }
	instant := func(s *cases.Standing) { s.Instant = true }
	cmd := func(v cases.Verb) cases.Command { return cases.Command{Verb: v} }
	for _, c := range []struct {
		rule string
		from cases.Standing
		do   cases.Command
		to   cases.State
		err  error
	}{
		{"an applicant hands her draft in", at(cases.Draft), cmd(cases.Submit), cases.Submitted, nil},
		{"a submission isn't handed in twice", at(cases.Submitted), cmd(cases.Submit), cases.Submitted, cases.ErrState},
		{"all that is missing is told", at(cases.Submitted), cmd(cases.Ask), cases.Supplementing, nil},
		{"it is told once", at(cases.Submitted, asked), cmd(cases.Ask), cases.Submitted, cases.ErrAskedOnce},
		{"a head may give a reason for a second time", at(cases.Submitted, asked), cases.Command{Verb: cases.Ask, Head: true}, cases.Supplementing, nil},
		{"a supplement leads back to the examination of materials", at(cases.Supplementing), cmd(cases.Supplement), cases.Submitted, nil},
		{"a supplement during the examination leads back there", at(cases.Supplementing, taken), cmd(cases.Supplement), cases.Accepted, nil},
		{"a pre-review is passed", at(cases.Submitted, inMode(cases.PreReview)), cmd(cases.Prepare), cases.Prepared, nil},
		{"other modes have no pre-review", at(cases.Submitted), cmd(cases.Prepare), cases.Submitted, cases.ErrMode},
		{"originals are seen before a pre-reviewed case is accepted", at(cases.Submitted, inMode(cases.PreReview)), cmd(cases.Accept), cases.Submitted, cases.ErrOriginals},
		{"or the applicant stands there with them", at(cases.Submitted, inMode(cases.PreReview)), cases.Command{Verb: cases.Accept, Present: true}, cases.Accepted, nil},
		{"what was prepared is accepted when she comes", at(cases.Prepared, inMode(cases.PreReview)), cases.Command{Verb: cases.Accept, Present: true}, cases.Accepted, nil},
		{"and not without her", at(cases.Prepared, inMode(cases.PreReview)), cmd(cases.Accept), cases.Prepared, cases.ErrOriginals},
		{"what needs no visit before is accepted on line", at(cases.Submitted), cmd(cases.Accept), cases.Accepted, nil},
		{"silence for five working days is acceptance", at(cases.Submitted, inMode(cases.PreReview)), cmd(cases.AcceptLate), cases.Accepted, nil},
		{"but not while the applicant owes a supplement", at(cases.Supplementing), cmd(cases.AcceptLate), cases.Supplementing, cases.ErrState},
		{"an application may be refused", at(cases.Submitted), cmd(cases.Refuse), cases.NotAccepted, nil},
		{"not once it was accepted", at(cases.Accepted), cmd(cases.Refuse), cases.Accepted, cases.ErrState},
		{"not even while a supplement is awaited", at(cases.Supplementing, taken), cmd(cases.Refuse), cases.Supplementing, cases.ErrState},
		{"an applicant takes her application back", at(cases.Accepted), cmd(cases.Withdraw), cases.Withdrawn, nil},
		{"even during a special procedure", at(cases.Accepted, held), cmd(cases.Withdraw), cases.Withdrawn, nil},
		{"not what was decided", at(cases.Decided), cmd(cases.Withdraw), cases.Decided, cases.ErrState},
		{"a special procedure stops the clock", at(cases.Accepted), cmd(cases.Hold), cases.Accepted, nil},
		{"once at a time", at(cases.Accepted, held), cmd(cases.Hold), cases.Accepted, cases.ErrHeld},
		{"nothing is decided meanwhile", at(cases.Accepted, held), cases.Command{Verb: cases.Decide, Approved: true}, cases.Accepted, cases.ErrHeld},
		{"it goes on", at(cases.Accepted, held), cmd(cases.Resume), cases.Accepted, nil},
		{"what isn't held can't go on", at(cases.Accepted), cmd(cases.Resume), cases.Accepted, cases.ErrNotHeld},
		{"the term is extended", at(cases.Accepted), cmd(cases.Extend), cases.Accepted, nil},
		{"once", at(cases.Accepted, extended), cmd(cases.Extend), cases.Accepted, cases.ErrExtended},
		{"the flow decides", at(cases.Accepted), cases.Command{Verb: cases.Decide, Approved: true}, cases.Decided, nil},
		{"not for it while a deferred material is owed", at(cases.Accepted, deferred), cases.Command{Verb: cases.Decide, Approved: true}, cases.Accepted, cases.ErrDeferred},
		{"against it all the same", at(cases.Accepted, deferred), cmd(cases.Decide), cases.Decided, nil},
		{"not for it while a fee that is due is owed", at(cases.Accepted, unpaid), cases.Command{Verb: cases.Decide, Approved: true}, cases.Accepted, cases.ErrUnpaid},
		{"a window decides what is decided on the spot", at(cases.Accepted, instant), cases.Command{Verb: cases.DecideNow, Approved: true}, cases.Decided, nil},
		{"and nothing else", at(cases.Accepted), cases.Command{Verb: cases.DecideNow, Approved: true}, cases.Accepted, cases.ErrNotInstant},
		{"a result is delivered", at(cases.Decided), cmd(cases.Deliver), cases.Closed, nil},
		{"after it was paid for", at(cases.Decided, unpaid), cmd(cases.Deliver), cases.Decided, cases.ErrUnpaid},
		{"after its originals were compared", at(cases.Decided, originals), cmd(cases.Deliver), cases.Decided, cases.ErrCompare},
		{"they are compared one by one", at(cases.Decided, originals), cmd(cases.Compare), cases.Decided, nil},
		{"what has none isn't compared", at(cases.Decided), cmd(cases.Compare), cases.Decided, cases.ErrState},
		{"nor before it is decided", at(cases.Accepted, originals), cmd(cases.Compare), cases.Accepted, cases.ErrState},
		{"an examination is ended", at(cases.Accepted), cmd(cases.Terminate), cases.Terminated, nil},
		{"also while a supplement is awaited", at(cases.Supplementing, taken), cmd(cases.Terminate), cases.Terminated, nil},
		{"what wasn't accepted can't be ended so", at(cases.Supplementing), cmd(cases.Terminate), cases.Supplementing, cases.ErrState},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := cases.Step(c.from, c.do)
			if !errors.Is(err, c.err) || got.State != c.to {
				t.Errorf("got %s, %v; want %s, %v", got.State, err, c.to, c.err)
			}
			if err != nil && got != c.from {
				t.Errorf("a refused step changed %+v to %+v", c.from, got)
			}
		})
	}
}

// TestEveryVerbInEveryState holds that what isn't allowed says so in one
// Chinese sentence and that nothing happens to a case that is over.
func TestEveryVerbInEveryState(t *testing.T) {
	for _, s := range cases.States() {
		for _, v := range cases.Verbs() {
			from := at(s)
			to, err := cases.Step(from, cases.Command{Verb: v, Approved: true, Present: true, Head: true})
			switch f := fault.Of(err); {
			case err == nil && s.Over():
				t.Errorf("%s in %s led to %s", v, s, to.State)
			case err != nil && (f == nil || f.Kind != fault.Conflict || f.Detail == ""):
				t.Errorf("%s in %s says %v", v, s, err)
			case err != nil && to != from:
				t.Errorf("%s in %s changed something", v, s)
			}
		}
	}
}

// model is the law written once more, as a list of what leads where.
var model = map[string][]string{
	"draft":         {"submit>submitted"},
	"submitted":     {"ask>supplementing", "prepare>prepared", "accept>accepted", "accept-late>accepted", "refuse>not-accepted", "withdraw>withdrawn"},
	"supplementing": {"supplement>submitted", "supplement>accepted", "refuse>not-accepted", "withdraw>withdrawn", "terminate>terminated"},
	"prepared":      {"ask>supplementing", "accept>accepted", "refuse>not-accepted", "withdraw>withdrawn"},
	"accepted": {
		"ask-again>supplementing", "hold>accepted", "resume>accepted", "extend>accepted", "decide>decided", "decide-now>decided", "withdraw>withdrawn",
		"terminate>terminated",
	},
	"decided": {"deliver>closed"},
}

func TestRandomStepsKeepToTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := cases.Standing{
			State: cases.Draft, Mode: rapid.SampledFrom([]cases.Mode{cases.PreReview, cases.Verification, cases.Online, cases.Window}).Draw(t, "mode"),
			Instant: rapid.Bool().Draw(t, "instant"),
		}
		accepted, notices, extensions, decisions := 0, 0, 0, 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 8).Draw(t, "outside") {
			case 0:
				s.Deferred = rapid.IntRange(0, 2).Draw(t, "deferred")
			case 1:
				s.Unpaid = !s.Unpaid
			}
			c := cases.Command{
				Verb: rapid.SampledFrom(cases.Verbs()).Draw(t, "verb"), Approved: rapid.Bool().Draw(t, "approved"),
				Present: rapid.Bool().Draw(t, "present"), Head: rapid.IntRange(0, 3).Draw(t, "head") == 0,
			}
			next, err := cases.Step(s, c)
			if err != nil {
				if next != s {
					t.Fatalf("%s was refused and changed %+v to %+v", c.Verb, s, next)
				}
				continue
			}
			if !slices.Contains(model[string(s.State)], fmt.Sprintf("%s>%s", c.Verb, next.State)) {
				t.Fatalf("%s led from %s to %s", c.Verb, s.State, next.State)
			}
			switch c.Verb {
			case cases.Accept, cases.AcceptLate:
				accepted++
			case cases.Ask:
				if !c.Head {
					notices++
				}
			case cases.Extend:
				extensions++
			case cases.Decide, cases.DecideNow:
				decisions++
				if s.Held || c.Approved && (s.Deferred > 0 || s.Unpaid) {
					t.Fatalf("decided %+v", s)
				}
			}
			s = next
		}
		if accepted > 1 || notices > 1 || extensions > 1 || decisions > 1 {
			t.Fatalf("accepted %d, told %d, extended %d, decided %d times", accepted, notices, extensions, decisions)
		}
		if (s.State == cases.Accepted || s.State == cases.Decided || s.State == cases.Closed || s.State == cases.Terminated) && !s.Taken {
			t.Fatalf("%+v wasn't accepted", s)
		}
		if s.Held && s.State != cases.Accepted {
			t.Fatalf("%+v is held", s)
		}
	})
}

// TestEveryStateTellsTheApplicantWhatToDo holds ON-09, and that no sentence
// promises more visits than the mode has.
func TestEveryStateTellsTheApplicantWhatToDo(t *testing.T) {
	modes := []cases.Mode{cases.PreReview, cases.Verification, cases.Online, cases.Window}
	for _, s := range cases.States() {
		for _, m := range modes {
			for _, way := range []cases.Way{cases.Collect, cases.ByPost, cases.Electronic} {
				v := at(s, inMode(m))
				g := cases.Guide(v, way, false)
				if g.Text == "" || !strings.ContainsAny(g.Text, "。）") || strings.Contains(g.Text, "%") {
					t.Errorf("%s by %s says %q", s, m, g.Text)
				}
				if m == cases.Online && way == cases.Collect {
					continue // her own choice
				}
				if g.Visits > m.Visits() || g.Visits < 0 {
					t.Errorf("%s by %s promises %d visits, the mode has %d", s, m, g.Visits, m.Visits())
				}
				if m == cases.Online && strings.Contains(g.Text, "大厅") && !strings.Contains(g.Text, "不用来大厅") && s != cases.Prepared {
					t.Errorf("%s on line sends her to the hall: %s", s, g.Text)
				}
			}
		}
	}
}

func TestTheSentencesOfTheThreeModes(t *testing.T) {
	for _, c := range []struct {
		name string
		v    cases.Standing
		way  cases.Way
		want string
	}{
		{"whole process on line", at(cases.Submitted, inMode(cases.Online)), cases.ByPost, "您不用来大厅"},
		{"originals at collection", at(cases.Submitted, inMode(cases.Verification)), cases.Collect, "最多来 1 次"},
		{"pre-review", at(cases.Submitted, inMode(cases.PreReview)), cases.Collect, "最多来 2 次"},
		{"pre-review by post", at(cases.Submitted, inMode(cases.PreReview)), cases.ByPost, "最多来 1 次"},
		{"prepared", at(cases.Prepared, inMode(cases.PreReview)), cases.Collect, "带齐材料原件"},
		{"originals before it is posted", at(cases.Decided, func(s *cases.Standing) { s.Originals = 2 }), cases.ByPost, "原件到大厅窗口核验"},
		{"posted after they were compared", at(cases.Decided), cases.ByPost, "正在邮寄"},
		{"refused", at(cases.Decided, func(s *cases.Standing) { s.Result = cases.Refused }), cases.Collect, "60 日内申请行政复议"},
		{"to be paid", at(cases.Decided, func(s *cases.Standing) { s.Unpaid = true }), cases.Collect, "缴费"},
		{"a material is awaited", at(cases.Accepted, func(s *cases.Standing) { s.Deferred = 1 }), cases.Collect, "补交容缺材料"},
	} {
		if g := cases.Guide(c.v, c.way, false); !strings.Contains(g.Text, c.want) {
			t.Errorf("%s: %q lacks %q", c.name, g.Text, c.want)
		}
	}
}
