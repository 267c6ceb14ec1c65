package demo_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"smarthall/internal/codes"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/demo"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/portal"
)

// unserved are the themes that no body of the demo city has business of.
var unserved = []string{"p-intellectual", "l-customs", "l-climate", "l-intellectual", "l-other"}

// published are the city's items as the catalogue and the bodies complete them.
func published(t *testing.T) []item.Item {
	t.Helper()
	c := read(t)
	entries := map[string]item.Entry{}
	for _, e := range c.Items.Catalogue {
		if _, again := entries[e.BasicCode]; again {
			t.Errorf("catalogue entry %s is there twice", e.BasicCode)
		}
		entries[e.BasicCode] = e
	}
	list := slices.Clone(c.Items.Items)
	for i := range list {
		e, ok := entries[list[i].BasicCode]
		if !ok {
			t.Errorf("%s: no catalogue entry %s", list[i].ID, list[i].BasicCode)
		}
		list[i].Name, list[i].Type, list[i].Bases = e.Name, e.Type, e.Bases
	}
	return list
}

func TestEveryItemIsComplete(t *testing.T) {
	list := published(t)
	if len(list) < 60 {
		t.Errorf("%d items, want at least 60", len(list))
	}
	for _, it := range list {
		for _, gap := range item.Check(&it) {
			t.Errorf("%s: %s", it.ID, gap)
		}
		complete(t, it)
	}
}

// complete checks what the guide's rules leave to the body that writes it.
func complete(t *testing.T, it item.Item) {
	t.Helper()
	for what, empty := range map[string]bool{
		"content": it.Content == "", "materials": len(it.Materials) == 0, "places": len(it.Places) == 0, "result's validity": it.Result.Valid == "",
		"result's sample": it.Result.Sample.Text == "", "rights": len(it.Rights) == 0, "keywords": len(it.Keywords) == 0,
		"consultation on line":       !slices.ContainsFunc(it.Consultations, func(c item.Consultation) bool { return c.Way == item.ByOnline }),
		"consultation at the window": !slices.ContainsFunc(it.Consultations, func(c item.Consultation) bool { return c.Way == item.ByWindow }),
		"statutory limit":            it.Statutory.Unit == "", "promised limit": it.Promised.Unit == "",
	} {
		if empty {
			t.Errorf("%s has no %s", it.ID, what)
		}
	}
	for _, b := range it.Bases {
		if b.Law == "" || b.Article == "" || b.Text == "" {
			t.Errorf("%s: basis %+v", it.ID, b)
		}
	}
	for _, m := range it.Materials {
		if m.Instructions == "" && m.Standard == "" {
			t.Errorf("%s: nothing is said of %s", it.ID, m.ID)
		}
	}
}

func TestBasicCodesAreOfTheStandardAndSayTheItemsType(t *testing.T) {
	digits := map[item.Type]string{
		item.Permit: "01", item.Levy: "04", item.Benefit: "05", item.Confirmation: "07", item.OtherPower: "10", item.Filing: "10",
		item.PublicService: "20", item.Convenience: "20",
	}
	for _, e := range read(t).Items.Catalogue {
		code := item.ParseCode(e.BasicCode)
		if code.Rule == "" {
			t.Errorf("%s %s follows no rule", e.BasicCode, e.Name)
		}
		if got := code.Parts["type"]; got != digits[e.Type] {
			t.Errorf("%s %s: type %s, want %s of %s", e.BasicCode, e.Name, got, digits[e.Type], e.Type)
		}
	}
}

func TestItemsNameOnlyItemsThatAreThere(t *testing.T) {
	c := read(t)
	ids := map[string]bool{}
	for _, it := range c.Items.Items {
		if ids[it.ID] {
			t.Errorf("item %s is there twice", it.ID)
		}
		ids[it.ID] = true
	}
	known := func(from string, list ...string) {
		for _, id := range list {
			if !ids[id] || id == from {
				t.Errorf("%s names %s", from, id)
			}
		}
	}
	for _, it := range c.Items.Items {
		known(it.ID, it.Before...)
		known(it.ID, it.After...)
		for _, q := range it.Situation.Questions {
			for _, o := range q.Options {
				if o.Instead != "" {
					known(it.ID, o.Instead)
				}
			}
		}
	}
	if len(c.Items.Packages) < 5 {
		t.Errorf("%d packages", len(c.Items.Packages))
	}
	for _, p := range c.Items.Packages {
		known("package "+p.ID, p.Items...)
	}
	for _, d := range c.Delegated() {
		known("delegation", d...)
	}
}

// walk goes every way through a situation and calls end with its answers.
func walk(s item.Situation, id string, answers item.Answers, end func(item.Answers, item.Option)) {
	i := slices.IndexFunc(s.Questions, func(q item.Question) bool { return q.ID == id })
	for _, o := range s.Questions[i].Options {
		next := item.Answers{id: o.ID}
		for k, v := range answers {
			next[k] = v
		}
		if o.Refuse != "" || o.Next == "" {
			end(next, o)
			continue
		}
		walk(s, o.Next, next, end)
	}
}

func TestSituationsLeadToExactlyTheirMaterials(t *testing.T) {
	to := open(t, sqldbtest.File(t), start)
	c := read(t)
	must(t, c.Fill(t.Context(), to))
	trees, ways := 0, 0
	for _, it := range c.Items.Items {
		if len(it.Situation.Questions) == 0 {
			continue
		}
		trees++
		needed := map[string]bool{}
		walk(it.Situation, it.Situation.Questions[0].ID, nil, func(a item.Answers, last item.Option) {
			ways++
			out, err := to.Items.Outcome(t.Context(), it.ID, a)
			if err != nil {
				t.Errorf("%s %v: %v", it.ID, a, err)
				return
			}
			if !out.Done || out.Refuse != last.Refuse {
				t.Errorf("%s %v: ends with %+v", it.ID, a, out)
			}
			if last.Refuse == "" && len(out.Materials) == 0 {
				t.Errorf("%s %v: nothing to bring", it.ID, a)
			}
			for _, m := range out.Materials {
				needed[m.ID] = true
			}
		})
		for _, m := range it.Materials {
			if !needed[m.ID] {
				t.Errorf("%s: no situation needs %s", it.ID, m.ID)
			}
		}
	}
	if trees < 12 || ways < 100 {
		t.Errorf("%d situations with %d ways", trees, ways)
	}
	restaurant := item.Answers{"what": "restaurant", "cold": "no", "agent": "self"}
	out, err := to.Items.Outcome(t.Context(), "food-licence", restaurant)
	must(t, err)
	var got []string
	for _, m := range out.Materials {
		got = append(got, m.ID)
	}
	if want := []string{"application", "licence-copy", "plan", "rules", "health"}; !cmp.Equal(want, got) {
		t.Errorf("a restaurant without cold dishes brings %v, want %v", got, want)
	}
}

func TestEveryThemeAndDepartmentHasSomething(t *testing.T) {
	themes, bodies := map[string]int{}, map[string]int{}
	for _, it := range read(t).Items.Items {
		bodies[it.Organisation]++
		for _, id := range it.Themes {
			themes[id]++
		}
	}
	for _, theme := range item.Themes() {
		if none := themes[theme.ID] == 0; none != slices.Contains(unserved, theme.ID) {
			t.Errorf("theme %s %s has %d items", theme.ID, theme.Name, themes[theme.ID])
		}
	}
	for _, id := range []string{
		"market", "police", "hrss", "housing", "health", "civil", "disabled", "tax", "land", "city", "education", "medicare", "transport", "fund",
	} {
		if bodies[id] == 0 {
			t.Errorf("%s has no item", id)
		}
	}
}

func TestCitizensWordsFindTheirItem(t *testing.T) {
	c := read(t)
	if len(c.Items.Synonyms) < 120 {
		t.Errorf("%d words", len(c.Items.Synonyms))
	}
	seen := map[string]bool{}
	for _, s := range c.Items.Synonyms {
		if seen[s.Word] {
			t.Errorf("%s is there twice", s.Word)
		}
		seen[s.Word] = true
	}
	to := open(t, sqldbtest.File(t), start)
	must(t, c.Fill(t.Context(), to))
	for word, want := range map[string]string{
		"身份证丢了": "id-card-replace", "摆摊": "self-employed", "领证": "marriage", "公积金": "fund-rent", "开奶茶店": "food-licence", "异地看病": "medical-elsewhere",
		"房产过户": "real-estate-transfer", "残疾证": "disabled-card", "失业金": "unemployment", "转社保": "social-transfer", "上户口": "birth-registration",
		"施工证": "construction-permit", "驾照到期": "driving-licence", "教资": "teacher-qualification", "吃低保": "minimum-living", "跑滴滴": "ride-driver",
	} {
		found, err := to.Items.Search(t.Context(), item.Query{Text: word, Limit: 3})
		must(t, err)
		var ids []string
		for _, h := range found.Hits {
			ids = append(ids, h.ID)
		}
		if !slices.Contains(ids, want) {
			t.Errorf("%s finds %v, want %s among the first three", word, ids, want)
		}
	}
}

func TestNumbersAreWellFormedAndNobodys(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		to := open(t, target, start)
		must(t, read(t).Fill(t.Context(), to))
		bodies, err := to.Identity.Organisations(t.Context())
		must(t, err)
		for _, o := range bodies {
			if _, err := codes.ParseCredit(o.Code); err != nil {
				t.Errorf("%s: %v", o.Name, err)
			}
		}
		for _, number := range numbers {
			p, err := to.Identity.PersonByNumber(t.Context(), number)
			must(t, err)
			id, err := codes.ParseID(p.Number, start)
			must(t, err)
			// A city's own code: every real number begins with a county's.
			if id.Region != "330100" || !strings.HasPrefix(p.Phone, "1380000") {
				t.Errorf("%s: region %s, phone %s", p.Name, id.Region, p.Phone)
			}
		}
	})
}

var numbers = []string{
	"330100199005200128", "330100198503110171", "330100196811020232", "330100195507090311",
	"330100199909280466", "330100197802140528", "33010020030417069X", "330100194612250749",
}

// state counts what the contexts hold.
func state(t *testing.T, to demo.Contexts) map[string]int {
	t.Helper()
	got := map[string]int{}
	for _, table := range []string{
		"organisation", "staff", "person", "person_proof", "legal_person", "delegation", "node_hall", "item_head", "item_version", "item_package",
		"item_synonym", "item_count", "portal_article", "audit", "outbox",
	} {
		var n int
		must(t, to.Store.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n))
		got[table] = n
	}
	return got
}

func TestACityIsFilledOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		to := open(t, target, start)
		c := read(t)
		must(t, c.Fill(t.Context(), to))
		once := state(t, to)
		for table, n := range once {
			if n == 0 && table != "outbox" {
				t.Errorf("%s is empty", table)
			}
		}
		must(t, c.Fill(t.Context(), to))
		if diff := cmp.Diff(once, state(t, to)); diff != "" {
			t.Errorf("filling again changes (-once +twice):\n%s", diff)
		}
		it, err := to.Items.Get(t.Context(), "food-licence")
		must(t, err)
		if it.State != item.Published || it.OrganisationName != "东湖区市场监督管理局" || len(it.Code) != 31 {
			t.Errorf("food licence: %s, %s, code %s", it.State, it.OrganisationName, it.Code)
		}
	})
}

func TestWhatIsThereStaysAsItIs(t *testing.T) {
	to := open(t, sqldbtest.File(t), start)
	c := read(t)
	must(t, c.Fill(t.Context(), to))
	admin := access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "x", Region: "330000", Roles: []access.Role{access.RoleSecurityAdmin}})
	members, err := to.Identity.Members(admin)
	must(t, err)
	i := slices.IndexFunc(members, func(m identity.Member) bool { return m.Account == "shouli" })
	members[i].State = identity.Disabled
	_, err = to.Identity.ChangeMember(admin, members[i])
	must(t, err)
	must(t, c.Fill(t.Context(), to))
	m, err := to.Identity.Member(t.Context(), members[i].ID)
	must(t, err)
	if m.State != identity.Disabled {
		t.Error("a disabled member of staff is active again")
	}
}

func TestAFillThatWasInterruptedIsFinished(t *testing.T) {
	to := open(t, sqldbtest.File(t), start)
	c := read(t)
	for wait := time.Millisecond; ; wait *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		err := c.Fill(ctx, to)
		cancel()
		if err == nil {
			break
		}
		if wait > time.Minute {
			t.Fatal(err)
		}
	}
	whole := open(t, sqldbtest.File(t), start)
	must(t, c.Fill(t.Context(), whole))
	got, want := state(t, to), state(t, whole)
	for _, table := range []string{"audit", "item_count"} { // one line for each part that was added; readers are made up only once
		delete(got, table)
		delete(want, table)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-whole +interrupted):\n%s", diff)
	}
}

func TestProcessesFillTheCityTogether(t *testing.T) {
	target := sqldbtest.Postgres(t)
	whole := open(t, sqldbtest.File(t), start)
	c := read(t)
	must(t, c.Fill(t.Context(), whole))
	secrets := t.TempDir() // processes share their secret
	var group errgroup.Group
	var one demo.Contexts
	for range 2 {
		to := openWith(t, target, start, secrets)
		one = to
		group.Go(func() error { return c.Fill(t.Context(), to) })
	}
	must(t, group.Wait())
	got, want := state(t, one), state(t, whole)
	for _, table := range []string{"audit", "item_count"} {
		delete(got, table)
		delete(want, table)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-one process +two):\n%s", diff)
	}
}

func TestStaffOfEveryRoleSignIn(t *testing.T) {
	to := open(t, sqldbtest.File(t), start)
	must(t, read(t).Fill(t.Context(), to))
	held := map[access.Role]string{}
	members, err := to.Identity.Members(access.With(t.Context(), access.Caller{Kind: access.Staff, Region: "330102"}))
	must(t, err)
	for _, m := range members {
		for _, r := range m.Roles {
			held[r] = m.Account
		}
		if !strings.Contains(m.Name, "演示") {
			t.Errorf("%s isn't marked as made up", m.Name)
		}
	}
	for _, r := range access.Roles() {
		if held[r] == "" {
			t.Errorf("nobody is %s", r)
			continue
		}
		if _, _, _, err := to.Identity.LoginStaff(t.Context(), held[r], demo.Password, demo.Code); err != nil {
			t.Errorf("%s: %v", held[r], err)
		}
		if _, _, _, err := to.Identity.LoginStaff(t.Context(), held[r], demo.Password, "000000"); err == nil {
			t.Errorf("%s signs in with any code", held[r])
		}
	}
}

func TestPeopleSignInAndActForTheirCompanies(t *testing.T) {
	to := open(t, sqldbtest.File(t), start)
	must(t, read(t).Fill(t.Context(), to))
	acts := map[string]int{}
	for _, number := range numbers {
		_, p, err := to.Identity.Login(t.Context(), number, demo.Password, demo.Code)
		must(t, err)
		list, err := to.Identity.LegalPersons(t.Context(), p.ID)
		must(t, err)
		acts[p.Name] = len(list)
		for _, l := range list {
			if _, err := codes.ParseCredit(l.Code); err != nil || !strings.Contains(l.Name, "演示") {
				t.Errorf("%s: %v", l.Name, err)
			}
		}
	}
	want := map[string]int{"林小雨": 1, "陈志远": 1, "张桂英": 1, "王德福": 0, "徐晓萌": 0, "郭伟": 2, "何佳怡": 0, "罗守义": 0}
	if diff := cmp.Diff(want, acts); diff != "" {
		t.Errorf("companies (-want +got):\n%s", diff)
	}
	_, guo, err := to.Identity.Login(t.Context(), "13800000106", demo.Password, demo.Code)
	must(t, err)
	list, err := to.Identity.LegalPersons(t.Context(), guo.ID)
	must(t, err)
	depth := 0
	for _, l := range list {
		scope, err := to.Identity.MayActFor(t.Context(), guo.ID, l.ID)
		must(t, err)
		depth = max(depth, scope.Depth)
		if scope.Covers("marriage") {
			t.Errorf("the accountant may do everything for %s", l.Name)
		}
	}
	if depth != 2 {
		t.Errorf("delegations are %d deep, want 2", depth)
	}
}

func TestArticlesCanBeReadWhateverTheClockSays(t *testing.T) {
	for _, now := range []time.Time{start, start.AddDate(-1, 0, 0)} {
		to := open(t, sqldbtest.File(t), now)
		c := read(t)
		must(t, c.Fill(t.Context(), to))
		articles, err := c.Articles(now)
		must(t, err)
		kinds := map[portal.Kind]int{}
		for _, a := range articles {
			got, err := to.Portal.Article(t.Context(), a.Kind, a.ID)
			if err != nil {
				t.Errorf("%s: %v", a.ID, err)
				continue
			}
			kinds[a.Kind]++
			if got.Body == "" || got.Source == "" {
				t.Errorf("%s is empty", a.ID)
			}
		}
		if kinds[portal.Notice] < 8 || kinds[portal.Law] < 60 {
			t.Errorf("articles %v", kinds)
		}
	}
}

func TestThereAreHotItemsFromTheBeginning(t *testing.T) {
	to := open(t, sqldbtest.File(t), start)
	must(t, read(t).Fill(t.Context(), to))
	hot, err := to.Items.Hot(t.Context(), item.ForPerson, 3)
	must(t, err)
	var got []string
	for _, s := range hot {
		got = append(got, s.ID)
	}
	if want := []string{"id-card-replace", "social-card", "real-estate-transfer"}; !cmp.Equal(want, got) {
		t.Errorf("hot for people: %v, want %v", got, want)
	}
}

func TestBookableItemsHavePlacesInBothHalls(t *testing.T) {
	to := open(t, sqldbtest.File(t), start)
	c := read(t)
	must(t, c.Fill(t.Context(), to))
	at := map[string]int{}
	for _, it := range c.Items.Items {
		if !it.Bookable {
			continue
		}
		b, err := to.Items.Bookable(t.Context(), it.ID)
		must(t, err)
		for _, h := range b.Halls {
			at[fmt.Sprint(h.Hall, "/", h.Service)]++
		}
	}
	for _, where := range []string{
		"demo/business-licence", "demo/food-licence", "demo/tax", "demo/real-estate", "demo/social-insurance", "demo/social-card", "demo/medical-insurance",
		"demo/id-card", "demo/exit-entry", "west/construction", "west/civil-affairs", "west/education-health", "west/housing-fund", "west/city-transport",
		"west/business-licence", "west/id-card", "west/social-insurance", "west/medical-insurance",
	} {
		if at[where] == 0 {
			t.Errorf("nothing can be booked at %s", where)
		}
	}
}
