package cases_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"smarthall/platform/internal/cases"
)

// department answers as a test wants.
type department func(ctx context.Context, o cases.RecordOrder) (cases.Record, error)

func (d department) Fetch(ctx context.Context, o cases.RecordOrder) (cases.Record, error) {
	return d(ctx, o)
}

// shared is the material that departments share.
func shared(t *testing.T, d cases.Case) cases.Material {
	t.Helper()
	for _, m := range d.Dossier.Materials {
		if m.ID == "shared" {
			return m
		}
	}
	t.Fatal("no shared material")
	return cases.Material{}
}

func TestASharedMaterialIsBelievedOnceItsRecordIsThere(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.submitted(1)
		if m := shared(t, d); m.Source != cases.Shared || m.Trust != "" || m.Record != nil {
			t.Fatalf("before anybody asked: %+v", m)
		}
		c.Sharing = cases.DemoSharing{}
		_, err := c.FetchShared(c.staff("police", "330102"), d.ID, "shared")
		c.refused(err, cases.ErrUnknown)
		_, err = c.FetchShared(c.clerk(), d.ID, "form")
		c.refused(err, cases.ErrSource)
		_, err = c.FetchShared(c.clerk(), d.ID, "nothing")
		c.refused(err, cases.ErrMaterial)
		d, err = c.FetchShared(c.clerk(), d.ID, "shared")
		c.must(err)
		m := shared(t, d)
		if m.Trust != cases.TrustA || m.Record == nil || !m.Record.Demo || m.Record.Number == "" || m.Record.Body == "" || !m.Record.At.Equal(c.clock()) {
			t.Errorf("%+v, record %+v", m, m.Record)
		}
		if n := c.count(`SELECT count(*) FROM audit WHERE action = 'cases.fetch-shared' AND outcome = 'done'`); n != 1 {
			t.Errorf("%d fetches are logged", n)
		}
	})
}

// Whatever the department does, the clerk goes on, and nothing is believed.
func TestADepartmentThatDoesNotAnswerLeavesTheMaterialOpen(t *testing.T) {
	c := lone(t)
	d := c.submitted(1)
	c.SharingWait = 50 * time.Millisecond
	good := cases.Record{Number: "1", Body: "市场监管"}
	long := good
	long.Fields = []cases.RecordField{{Name: "x", Value: strings.Repeat("长", 1000)}}
	zero := good
	zero.Body = "a\x00b"
	answer := func(r cases.Record, err error) cases.Sharing {
		return department(func(context.Context, cases.RecordOrder) (cases.Record, error) { return r, err })
	}
	tried := 0
	for name, try := range map[string]struct {
		sharing cases.Sharing
		want    error
	}{
		"nothing is connected": {nil, cases.ErrNoSharing},
		"it hangs": {department(func(ctx context.Context, _ cases.RecordOrder) (cases.Record, error) {
			<-ctx.Done()
			return cases.Record{}, ctx.Err()
		}), cases.ErrSharing},
		"it is broken":         {answer(good, errors.New("no route")), cases.ErrSharing},
		"it has no such thing": {answer(cases.Record{}, cases.ErrNoRecord), cases.ErrNoRecord},
		"it says nothing":      {answer(cases.Record{}, nil), cases.ErrSharing},
		"it says too much":     {answer(long, nil), cases.ErrSharing},
		"it says garbage":      {answer(zero, nil), cases.ErrSharing},
	} {
		c.Sharing = try.sharing
		tried++
		_, err := c.FetchShared(c.clerk(), d.ID, "shared")
		if !errors.Is(err, try.want) {
			t.Errorf("%s: %v", name, err)
		}
		if m := shared(t, c.get(d.ID)); m.Trust != "" || m.Record != nil {
			t.Errorf("%s: believed %+v", name, m)
		}
	}
	if n := c.count(`SELECT count(*) FROM audit WHERE action = 'cases.fetch-shared' AND outcome = 'refused'`); n != tried {
		t.Errorf("%d of %d attempts are logged", n, tried)
	}
	// She has seen to it by hand.
	d, err := c.Examine(c.clerk(), d.ID, []cases.Finding{{Material: "shared", Result: cases.Good}})
	c.must(err)
	if m := shared(t, d); m.Trust != cases.TrustB {
		t.Errorf("%+v", m)
	}
}

// A card of somebody else opens nothing, and what the clerk says is kept apart
// from what the card said.
func TestWhoTakesAResultIsCompared(t *testing.T) {
	c := lone(t)
	d := c.accepted(1)
	c.must(c.decide(d.ID))
	for name, try := range map[string]struct {
		taker cases.Taker
		want  error
	}{
		"another's card":       {cases.Taker{By: cases.ByCard, IDNumber: number(2)}, cases.ErrTaker},
		"no number":            {cases.Taker{By: cases.ByCard}, cases.ErrTaking},
		"no card's number":     {cases.Taker{By: cases.ByCard, IDNumber: "330102199001010000"}, cases.ErrTaking},
		"words instead":        {cases.Taker{By: cases.ByCard, IDNumber: "刷身份证", Note: "本人"}, cases.ErrTaking},
		"nobody says how":      {cases.Taker{By: cases.ByOther, Note: "  "}, cases.ErrTaking},
		"no way":               {cases.Taker{Note: "本人"}, cases.ErrTaking},
		"a script":             {cases.Taker{By: cases.ByOther, Note: "<script>"}, cases.ErrTaking},
		"an endless agent":     {cases.Taker{By: cases.ByOther, Name: strings.Repeat("张", 51), Note: "x"}, cases.ErrTaking},
		"an agent of no paper": {cases.Taker{By: cases.ByOther, Name: "李四"}, cases.ErrTaking},
	} {
		if _, err := c.HandOver(c.clerk(), d.ID, try.taker); !errors.Is(err, try.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c.get(d.ID).State != cases.Decided {
		t.Fatal("it was handed over")
	}
	d, err := c.HandOver(c.clerk(), d.ID, cases.Taker{By: cases.ByCard, IDNumber: strings.ToLower(number(1))})
	c.must(err)
	if d.State != cases.Closed {
		t.Errorf("%+v", d.Standing)
	}
}
