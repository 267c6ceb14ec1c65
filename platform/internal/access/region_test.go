package access_test

import (
	"strings"
	"testing"

	"smarthall/platform/internal/access"
)

func TestARegionHoldsWhatIsBelowItAndNoNeighbour(t *testing.T) {
	for _, c := range []struct {
		name, outer, inner string
		want               bool
	}{
		{"itself", "330110", "330110", true},
		{"the county's number ends in zero", "330110", "330111", false},
		{"and another of the same ten", "330110", "330119", false},
		{"its township", "330110", "330110003", true},
		{"its village, written whole", "330110000000", "330110003001", true},
		{"the city's number ends in zero", "331000", "331002", true},
		{"and the next city", "331000", "331102", false},
		{"the province's cities that begin alike", "371000", "371300", false},
		{"the province's number ends in zero", "500000", "500101", true},
		{"and the next province", "500000", "510100", false},
		{"a province", "330000", "330102", true},
		{"a city isn't its province", "330100", "330000", false},
		{"a township whose number ends in zeros", "330102100", "330102101", false},
		{"a zone right below its city", "330100", "330100051000", true},
		{"the country", "000000", "510100", true},
		{"a short code", "33", "330102", true},
		{"nothing said", "", "330102", false},
		{"nothing asked", "330000", "", false},
		{"nothing at all", "", "", false},
		{"a pattern", "33%", "330102", false},
		{"half a level", "3301020", "330102003", false},
		{"half a level within", "330102", "3301020", false},
	} {
		if got := access.Within(c.inner, c.outer); got != c.want {
			t.Errorf("%s: %s in %s is %v, want %v", c.name, c.inner, c.outer, got, c.want)
		}
		staff := access.Caller{Kind: access.Staff, Region: c.outer}
		if got := staff.Covers(c.inner); got != c.want {
			t.Errorf("%s: staff of %s cover %s is %v, want %v", c.name, c.outer, c.inner, got, c.want)
		}
	}
	if (access.Caller{Kind: access.Person, Region: "000000"}).Covers("330102") {
		t.Error("a person has no region")
	}
}

// numbers is the model: a code as the numbers of its levels, nil for none.
func numbers(code string) []string {
	var list []string
	for _, n := range []int{2, 2, 2, 3, 3} {
		if len(code) == 0 {
			break
		}
		if len(code) < n {
			return nil
		}
		for _, r := range code[:n] {
			if r < '0' || r > '9' {
				return nil
			}
		}
		list, code = append(list, code[:n]), code[n:]
	}
	if code != "" {
		return nil
	}
	return list
}

func FuzzWithin(f *testing.F) {
	for _, pair := range [][2]string{{"330110", "330111"}, {"331000", "331102"}, {"000000", "33"}, {"", "330102"}, {"330102003000", "330102003001"}, {"33%", "330102"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, outer, inner string) {
		want := numbers(outer) != nil && numbers(inner) != nil
		below := numbers(inner)
		all := numbers(outer)
		for len(all) > 0 && strings.Trim(all[len(all)-1], "0") == "" {
			all = all[:len(all)-1]
		}
		for i, number := range all {
			want = want && i < len(below) && below[i] == number
		}
		if got := access.Within(inner, outer); got != want {
			t.Fatalf("%q in %q is %v, want %v", inner, outer, got, want)
		}
		from, to := access.Span(outer)
		if numbers(inner) != nil && (inner >= from && inner < to) != want {
			// A code above its own region begins with less than the stem of it.
			t.Fatalf("%q between %q and %q is %v, want %v", inner, from, to, !want, want)
		}
	})
}
