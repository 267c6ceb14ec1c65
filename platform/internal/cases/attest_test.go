package cases_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/item"
)

// standing is the context of person n at a self-service terminal.
func (c *city) standing(n int) context.Context {
	caller := access.From(c.person(n))
	caller.Kiosk = "east/kiosk-1"
	return access.With(c.tb.Context(), caller)
}

// png is a signature that person n has uploaded.
func (c *city) png(n int) string {
	id := c.upload(c.person(n))
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.files[id]
	f.Type = "image/png"
	c.files[id] = f
	return id
}

func TestAnApplicationAtATerminalIsSignedAndSaysWhereItCameFrom(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.filled(1)
		ctx := c.standing(1)
		first, second := c.png(1), c.png(1)
		if _, err := c.Attest(ctx, d.ID, first, nil); err != nil {
			t.Fatal(err)
		}
		face := &cases.FaceCheck{Result: cases.FaceSame, Score: 0.71, Threshold: 0.55}
		got, err := c.Attest(ctx, d.ID, second, face)
		if err != nil {
			t.Fatal(err)
		}
		if a := got.Dossier.Attested; a.Signature.ID != second || *a.Face != *face || a.Kiosk != "east/kiosk-1" {
			t.Errorf("got %+v", a)
		}
		if owners := c.files[first].owners; len(owners) != 0 {
			t.Errorf("the signature that was written over is still owned by %v", owners)
		}
		if !slices.Equal(c.files[second].owners, []string{d.ID}) {
			t.Errorf("the signature is owned by %v", c.files[second].owners)
		}
		if _, err := c.SetDelivery(ctx, d.ID, cases.Delivery{Way: cases.Collect}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Submit(ctx, d.ID, ""); err != nil {
			t.Fatal(err)
		}
		h, _ := c.api()
		v := decode[cases.View](t, ask(h, centreClerk, http.MethodGet, "/acceptance/cases/"+d.ID, ""), http.StatusOK)
		if v.Channel != cases.ByKiosk || v.Kiosk != "east/kiosk-1" || v.Attested == nil || v.Attested.Face.Score != 0.71 {
			t.Errorf("the clerk sees channel %q of %q, %+v", v.Channel, v.Kiosk, v.Attested)
		}
		if a := ask(h, centreClerk, http.MethodGet, "/acceptance/cases/"+d.ID+"/files/"+second, ""); a.status != http.StatusOK {
			t.Errorf("the clerk asks for the signature: %v", a)
		}
		if a := ask(h, "p2", http.MethodGet, "/cases/"+d.ID+"/files/"+second, ""); a.status != http.StatusNotFound {
			t.Errorf("somebody else asks for the signature: %v", a)
		}
	})
}

func TestOneSignatureStandsForAPackageAndAllItsParts(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d, ctx, signature := c.shop(), c.standing(1), c.png(1)
		if _, err := c.Attest(ctx, d.ID, signature, nil); err != nil {
			t.Fatal(err)
		}
		whole, _, err := c.Submit(ctx, d.ID, "")
		c.must(err)
		parts, err := c.Children(ctx, c.Store.Read(), d.ID)
		c.must(err)
		owners := []string{d.ID}
		for _, p := range append(parts, whole) {
			if a := p.Dossier.Attested; a == nil || a.Signature.ID != signature || a.Kiosk != "east/kiosk-1" || p.Dossier.Kiosk != "east/kiosk-1" {
				t.Errorf("%s is signed by %+v at %q", p.ItemName, a, p.Dossier.Kiosk)
			}
			if p.ID != d.ID {
				owners = append(owners, p.ID)
			}
		}
		got := slices.Sorted(slices.Values(c.files[signature].owners))
		if slices.Sort(owners); len(parts) != 2 || !slices.Equal(got, owners) {
			t.Errorf("the signature is owned by %v, want %v", got, owners)
		}
	})
}

func TestPackagesWithoutAClerkAreThoseWhoseItemsAreAllTakenOnLine(t *testing.T) {
	c := lone(t)
	offered := func() (ids []string) {
		list, err := c.PackageOffers(t.Context())
		c.must(err)
		for _, p := range list {
			ids = append(ids, p.ID)
		}
		return ids
	}
	if got := offered(); !slices.Equal(got, []string{"shop"}) {
		t.Errorf("offered %v", got)
	}
	stamp := c.items["stamp"]
	for name, change := range map[string]func(*item.Item){
		"one is taken at the window alone":    func(it *item.Item) { it.Form = item.AtWindow },
		"one is taken by another system":      func(it *item.Item) { it.OnlineURL = "https://example.org" },
		"one isn't in use for the time being": func(it *item.Item) { it.State = item.Suspended },
	} {
		changed := stamp
		change(&changed)
		c.items["stamp"] = changed
		if got := offered(); len(got) != 0 {
			t.Errorf("%s, and offered is %v", name, got)
		}
	}
}

func TestADraftThatIsDeletedLetsItsSignatureGo(t *testing.T) {
	c := lone(t)
	d := c.filled(1)
	file := c.png(1)
	if _, err := c.Attest(c.standing(1), d.ID, file, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(c.person(1), d.ID); err != nil {
		t.Fatal(err)
	}
	if owners := c.files[file].owners; len(owners) != 0 {
		t.Errorf("owned by %v", owners)
	}
}

func TestAttestationsThatAreRefused(t *testing.T) {
	c := lone(t)
	d := c.filled(1)
	own, others := c.png(1), c.png(2)
	scan := c.upload(c.person(1))
	at := c.standing
	tests := []struct {
		name      string
		ctx       context.Context
		signature string
		face      *cases.FaceCheck
		want      error
	}{
		{"at home", c.person(1), own, nil, cases.ErrAttest},
		{"somebody else at the terminal", at(2), own, nil, cases.ErrUnknown},
		{"another person's picture", at(1), others, nil, errNoFile},
		{"no picture", at(1), "nothing", nil, errNoFile},
		{"a file that is no PNG", at(1), scan, nil, cases.ErrSignature},
		{"a score below its threshold", at(1), own, &cases.FaceCheck{Result: cases.FaceSame, Score: 0.5, Threshold: 0.55}, cases.ErrFace},
		{"a threshold of nothing", at(1), own, &cases.FaceCheck{Result: cases.FaceSame, Score: 0.5}, cases.ErrFace},
		{"a score that is no number", at(1), own, &cases.FaceCheck{Result: cases.FaceSame, Score: math.NaN(), Threshold: 0.5}, cases.ErrFace},
		{"a score beyond one", at(1), own, &cases.FaceCheck{Result: cases.FaceSame, Score: 1.5, Threshold: 0.5}, cases.ErrFace},
		{"vouched for by nobody", at(1), own, &cases.FaceCheck{Result: cases.FaceVouched, Threshold: 0.5}, cases.ErrFace},
		{"vouched for by a novel", at(1), own, &cases.FaceCheck{Result: cases.FaceVouched, Threshold: 0.5, By: strings.Repeat("长", 61)}, cases.ErrFace},
		{"an unknown result", at(1), own, &cases.FaceCheck{Result: "perhaps", Score: 1, Threshold: 0.5}, cases.ErrFace},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := c.Attest(tt.ctx, d.ID, tt.signature, tt.face); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if got, err := c.Mine(c.person(1), d.ID); err != nil || got.Dossier.Attested != nil || got.Edition != d.Edition {
				t.Errorf("something changed: %+v, %v", got.Dossier.Attested, err)
			}
		})
	}
	if _, err := c.SetDelivery(at(1), d.ID, cases.Delivery{Way: cases.Collect}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Submit(at(1), d.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Attest(at(1), d.ID, own, nil); !errors.Is(err, cases.ErrState) {
		t.Errorf("after the submission: got %v, want %v", err, cases.ErrState)
	}
}
