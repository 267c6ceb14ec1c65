package codes_test

import (
	"strings"
	"testing"

	"smarthall/internal/codes"
)

// Two identifiers of licences that were published.
var published = []string{
	"1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
	"1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
}

func TestPublishedLicenceIdentifiersAreRead(t *testing.T) {
	for _, text := range published {
		l, err := codes.ParseLicenceID(text)
		if err != nil || l.String() != text {
			t.Errorf("%s: %+v, %v", text, l, err)
		}
	}
}

func TestChangedLicenceIdentifierIsFoundOut(t *testing.T) {
	for _, text := range published {
		for i := len("1.2.156.3005.2."); i < len(text); i++ {
			for _, c := range "07AZ" {
				changed := text[:i] + string(c) + text[i+1:]
				if text[i] == '.' || changed == text {
					continue
				}
				if _, err := codes.ParseLicenceID(changed); err == nil {
					t.Errorf("%s is taken for %s", changed, text)
				}
			}
		}
	}
}

func TestTextsThatAreNoLicenceIdentifier(t *testing.T) {
	for _, text := range []string{"", "1.2.156.3005.2.", published[0] + ".", strings.ToLower(published[0]), published[0][1:], "1.2.156.3005.2.a.b.c.d.e", strings.Repeat("1.", 500)} {
		if _, err := codes.ParseLicenceID(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if text := (codes.LicenceID{Type: "short", Issuer: "11430000006122244L", Serial: "1", Version: "001"}).String(); text != "" {
		t.Errorf("%q is written", text)
	}
}

func FuzzParseLicenceID(f *testing.F) {
	for _, text := range published {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := codes.ParseLicenceID(text); err == nil && l.String() != text {
			t.Errorf("%q is read as %q", text, l)
		}
	})
}
