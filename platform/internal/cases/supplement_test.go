package cases_test

import (
	"slices"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
)

// asked is submitted by the i-th person, with the form found wrong and the
// lease missing.
func (c *city) asked(i int) cases.Case {
	c.tb.Helper()
	d := c.submitted(i)
	_, err := c.Examine(c.clerk(), d.ID, []cases.Finding{
		{Material: "form", Result: cases.Wrong, Note: "没有签字"}, {Material: "lease", Result: cases.Missing}, {Material: "clean", Result: cases.Good},
	})
	c.must(err)
	d, err = c.Notify(c.clerk(), d.ID, cases.Notice{})
	c.must(err)
	return d
}

func TestASupplementIsHandedInAtATerminal(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.asked(1)
		ctx := c.standing(1)
		for _, m := range []string{"form", "lease"} {
			_, err := c.Provide(ctx, d.ID, m, cases.Provide{Files: []string{c.upload(ctx)}})
			c.must(err)
		}
		_, err := c.Attest(ctx, d.ID, c.png(1), nil)
		c.must(err)
		d, _, err = c.Submit(ctx, d.ID, "")
		c.must(err)
		if d.State != cases.Submitted || d.Dossier.Missing != nil || d.Dossier.Attested == nil {
			t.Errorf("supplemented: %+v, missing %v, attested %v", d.Standing, d.Dossier.Missing, d.Dossier.Attested)
		}
		if _, err := c.Provide(ctx, d.ID, "form", cases.Provide{Files: []string{c.upload(ctx)}}); err == nil {
			t.Error("what was handed in can still be changed")
		}
	})
}

func TestWhatWasAskedForStaysAskedForWhenItIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.asked(1)
		ctx := c.person(1)
		for _, m := range []string{"form", "lease"} {
			_, err := c.Provide(ctx, d.ID, m, cases.Provide{Files: []string{c.upload(ctx)}})
			c.must(err)
		}
		d, err := c.Unprovide(ctx, d.ID, "lease")
		c.must(err)
		i := slices.IndexFunc(d.Dossier.Materials, func(m cases.Material) bool { return m.ID == "lease" })
		if m := d.Dossier.Materials[i]; m.Source != cases.NotProvided || m.Review != cases.Missing {
			t.Errorf("taken back: source %q, review %q", m.Source, m.Review)
		}
		_, _, err = c.Submit(ctx, d.ID, "")
		c.refused(err, cases.ErrMissing)
		_, err = c.Provide(ctx, d.ID, "lease", cases.Provide{Files: []string{c.upload(ctx)}})
		c.must(err)
		_, _, err = c.Submit(ctx, d.ID, "")
		c.must(err)
	})
}

func TestAtATerminalSomebodyAppliesForACompanyOnlyAsFarAsItsDelegationGoes(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		caller := access.From(c.actingFor(1, "company", "food"))
		caller.Kiosk = "east/kiosk-1"
		ctx := access.With(t.Context(), caller)
		d, _, err := c.Draft(ctx, cases.Application{Item: "food", Answers: map[string]string{"kind": "own"}}, "")
		c.must(err)
		if d.Legal != "company" || d.Applicant.LegalName == "" {
			t.Errorf("the draft is for %q, %q", d.Legal, d.Applicant.LegalName)
		}
		_, _, err = c.Draft(ctx, cases.Application{Item: "stamp", Answers: map[string]string{"where": "n"}}, "")
		c.refused(err, cases.ErrScope)
		caller.For = ""
		if list, err := c.Own(access.With(t.Context(), caller), ""); err != nil || len(list) != 0 {
			t.Errorf("among her own cases: %v, %v", list, err)
		}
		c.mu.Lock()
		delete(c.scopes, [2]string{caller.ID, "company"})
		c.mu.Unlock()
		_, err = c.Mine(ctx, d.ID)
		c.refused(err, cases.ErrUnknown)
	})
}
