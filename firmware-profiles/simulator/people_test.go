package simulator

import (
	"testing"
	"time"

	"smarthall/internal/codes"
	"smarthall/internal/device"
)

func TestSyntheticNumbersAreWellFormed(t *testing.T) {
	t.Parallel()
	var p people
	for kind, deck := range decks {
		for range 2 * len(deck) {
			id, err := p.next(kind)
			if err != nil {
				t.Fatal(err)
			}
			if kind == device.Foreigner2017 {
				if !codes.OldForeignerNumber(id.Number) {
					t.Errorf("%s of %s has the wrong shape", id.Number, id.Name)
				}
				continue
			}
			got, err := codes.ParseID(id.Number, time.Now())
			if err != nil {
				t.Errorf("%s of %s: %v", id.Number, id.Name, err)
				continue
			}
			if !got.Birth.Equal(id.Birth) {
				t.Errorf("%s of %s: born %v", id.Number, id.Name, got.Birth)
			}
		}
	}
}

func TestPersonChangesTheCard(t *testing.T) {
	t.Parallel()
	var p people
	base, err := p.next(device.Citizen)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Person{Name: "改名", Birth: "1950-06-07", ValidUntil: "长期"}.apply(base)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "改名" || got.Number[6:14] != "19500607" || !got.ValidUntil.IsZero() || got.Address != base.Address {
		t.Errorf("got %s born %s, number of %s", got.Name, got.Birth, got.Number[6:14])
	}
	for name, bad := range map[string]Person{
		"long name": {Name: "一二三四五六七八九十一二三四五六"},
		"no date":   {Birth: "1950-13-01"},
		"no term":   {ValidUntil: "soon"},
		"not UTF-8": {Address: "\xFF"},
	} {
		if _, err := bad.apply(base); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
