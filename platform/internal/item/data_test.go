package item_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/item"
)

func TestAddDataPublishesAndTwiceChangesNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		it := c.load()
		if it.Name != "企业登记注册" || it.Title != "营业执照设立登记（有限责任公司）" || it.Type != item.Permit || len(it.Bases) != 2 {
			t.Errorf("the catalogue's part is %q %q %v", it.Name, it.Type, it.Bases)
		}
		if it.Code != credit+"4"+"000131001000" || it.OrganisationName != "市场监督管理局" || it.State != item.Published || it.Version != 1 {
			t.Errorf("got %s %s %s %d", it.Code, it.OrganisationName, it.State, it.Version)
		}
		c.load()
		history, err := c.History(t.Context(), it.ID)
		if err != nil || len(history) != 1 {
			t.Errorf("after loading twice there are %d versions, %v", len(history), err)
		}
		if got := c.events("demo"); !slices.Equal(got, []string{"item.published business-licence"}) {
			t.Errorf("the hall heard %v", got)
		}
		if n, err := c.audit.Verify(t.Context()); err != nil || n != 1 {
			t.Errorf("audit log: %d entries, %v", n, err)
		}
	})
}

func TestReadDataNamesAnUnknownKey(t *testing.T) {
	_, err := item.ReadData(strings.NewReader("items:\n  - id: a\n    naem: b\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3") || !strings.Contains(err.Error(), "naem") {
		t.Errorf("got %v", err)
	}
}

func TestExampleIsComplete(t *testing.T) {
	c := file(t)
	it := c.load()
	if gaps := item.Check(&it); len(gaps) > 0 {
		t.Errorf("gaps: %v", gaps)
	}
}

func TestSituationYieldsExactlyTheMaterials(t *testing.T) {
	c := file(t)
	c.load()
	cases := []struct {
		name    string
		answers item.Answers
		want    string
		next    string
		days    int
	}{
		{"nothing answered: what everybody needs", nil, "application charter identity", "owner", 1},
		{
			"a person with rooms of her own",
			item.Answers{"owner": "person", "premises": "own", "scope": "no", "agent": "self"},
			"application charter identity owner-identity own-premises", "", 1,
		},
		{
			"firms that rent, with a permit, by an agent",
			item.Answers{"owner": "legal", "premises": "rented", "scope": "yes", "agent": "agent"},
			"application charter identity owner-licence lease prior-permit mandate", "", 3,
		},
		{"half answered", item.Answers{"owner": "mixed"}, "application charter identity owner-identity owner-licence", "premises", 1},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			out, err := c.Outcome(t.Context(), "business-licence", tc.answers)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, m := range out.Materials {
				ids = append(ids, m.ID)
			}
			if got := strings.Join(ids, " "); got != tc.want {
				t.Errorf("materials %s, want %s", got, tc.want)
			}
			next := ""
			if out.Next != nil {
				next = out.Next.ID
			}
			if next != tc.next || out.Done != (tc.next == "") || out.Promised.Days != tc.days {
				t.Errorf("next %q, done %v, %d days", next, out.Done, out.Promised.Days)
			}
		})
	}
}

func TestSituationRefusesWhatIsNotAsked(t *testing.T) {
	c := file(t)
	c.load()
	out, err := c.Outcome(t.Context(), "business-licence", item.Answers{"owner": "none"})
	if err != nil || !out.Done || out.Refuse == "" || out.Instead != "self-employed" || len(out.Materials) != 0 {
		t.Errorf("the wrong item: %+v, %v", out, err)
	}
	hostile := []item.Answers{
		{"owner": "nobody"},
		{"owner": "' OR 1=1 --"},
		{"premises": "own"},
		{"owner": "none", "premises": "own"},
		{"owner": "person", "premises": "own", "scope": "no", "agent": "self", "more": "x"},
		{"<script>": "x"},
	}
	for _, a := range hostile {
		if _, err := c.Outcome(t.Context(), "business-licence", a); !errors.Is(err, item.ErrAnswer) {
			t.Errorf("%v: %v", a, err)
		}
	}
}
