package licence_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/codes"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/licence"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// library is the context with all it needs.
type library struct {
	*licence.Service
	t     testing.TB
	store *store.Store

	mu   sync.Mutex
	now  time.Time
	sent []message.Notice
}

func (l *library) clock() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

func (l *library) forward(years, days int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.now.AddDate(years, 0, days)
}

// Send implements message.Sender.
func (l *library) Send(_ context.Context, _ *store.Tx, n message.Notice) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, n)
	return nil
}

func open(t testing.TB, target string) *library {
	t.Helper()
	l := &library{t: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: l.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	l.store = st
	log, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := keys.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l.Service, err = licence.Open(t.Context(), licence.Config{
		Store: st, Keys: secret, Audit: log, Messages: l, BaseURL: "https://donghu.example", Log: slog.New(slog.DiscardHandler),
		Prints: licence.DefaultPrints,
		Hall:   func(context.Context, string) (string, error) { return "东湖区政务服务中心", nil },
		Body: func(_ context.Context, id string) (licence.Body, error) {
			if id == "nameless" {
				return licence.Body{ID: id, Name: "无代码机构"}, nil
			}
			return licence.Body{ID: id, Name: "东湖市市场监督管理局", Code: "11330102MB0000014K"}, nil
		},
		Frame: func(w http.ResponseWriter, _ *http.Request, status int, title string, body template.HTML) error {
			w.WriteHeader(status)
			_, err := fmt.Fprintf(w, "<title>%s</title>%s", template.HTMLEscapeString(title), body)
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func order() licence.Order {
	return licence.Order{
		Type: "food-licence", Case: "01CASE", CaseNo: "NO-1", Item: "食品经营许可（新办）", Organisation: "market", Region: "330102",
		Holder: licence.Holder{Person: "lin", Name: "林小雨", Number: "330100199005200128", Address: "东湖区人民路 100 号"},
		Values: map[string]any{"name": "东湖市小雨餐饮管理有限公司", "items": []any{"热食类食品制售", "冷食类食品制售"}},
	}
}

func (l *library) issue(o licence.Order) (made licence.Licence, err error) {
	err = l.store.Write(l.t.Context(), "issue", func(tx *store.Tx) error {
		made, err = l.Issue(l.t.Context(), tx, o)
		return err
	})
	return made, err
}

func (l *library) must(o licence.Order) licence.Licence {
	l.t.Helper()
	made, err := l.issue(o)
	if err != nil {
		l.t.Fatal(err)
	}
	return made
}

func chief(t testing.TB) context.Context {
	return access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "shoudai", Org: "market", Region: "330102", Roles: []access.Role{access.RoleChief}})
}

func person(t testing.TB, id, legal string) context.Context {
	return access.With(t.Context(), access.Caller{Kind: access.Person, ID: id, For: legal})
}

func TestLicenceStatesWhatTheCaseDecided(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		l := open(t, target)
		made := l.must(order())
		var facts []string
		for _, line := range made.Lines {
			facts = append(facts, line.Label+"="+line.Text)
		}
		want := "经营者名称=东湖市小雨餐饮管理有限公司 法定代表人（负责人）=林小雨 经营场所=东湖区人民路 100 号 经营项目=热食类食品制售、冷食类食品制售"
		if got := strings.Join(facts, " "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if made.From != "2026-11-22" || made.Until != "2031-11-21" {
			t.Errorf("valid from %s until %s", made.From, made.Until)
		}
		id, err := codes.ParseLicenceID(made.Identifier)
		if err != nil || id.Issuer != "11330102MB0000014K" {
			t.Errorf("%s: %+v, %v", made.Identifier, id, err)
		}
		if second := l.must(order()); second.Number == made.Number || second.Identifier == made.Identifier || second.Code == made.Code {
			t.Errorf("two licences share a number: %+v %+v", made, second)
		}
	})
}

func TestKindThatNobodyKnowsIsIssuedAsAGeneralOne(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	o := order()
	o.Type = "unheard-of"
	if made := l.must(o); made.Type != "general" || made.Lines[1].Text != "食品经营许可（新办）" {
		t.Errorf("%+v", made)
	}
}

func TestWhatIsIncompleteIsNotIssued(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	for name, change := range map[string]func(*licence.Order){
		"no case":                 func(o *licence.Order) { o.Case = "" },
		"nobody":                  func(o *licence.Order) { o.Holder.Name = "" },
		"no number":               func(o *licence.Order) { o.Holder.Number = "" },
		"a body without its code": func(o *licence.Order) { o.Organisation = "nameless" },
		"no body":                 func(o *licence.Order) { o.Organisation = "" },
	} {
		o := order()
		change(&o)
		if _, err := l.issue(o); !errors.Is(err, licence.ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if made := l.must(order()); !strings.HasSuffix(made.Number, "00000001") {
		t.Errorf("what wasn't issued took a number: %s", made.Number)
	}
}

func TestHolderUsesItAgainWhileItIsValid(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		l := open(t, target)
		made := l.must(order())
		held := func() error {
			_, err := l.Held(t.Context(), "food-licence", " 330100199005200128 ")
			return err
		}
		if err := held(); err != nil {
			t.Error(err)
		}
		if _, err := l.Held(t.Context(), "food-licence", "330100198503110171"); !errors.Is(err, licence.ErrNotHeld) {
			t.Errorf("another's: %v", err)
		}
		for _, step := range []struct {
			to   licence.State
			want error
		}{{licence.Suspended, licence.ErrNotHeld}, {licence.Valid, nil}, {licence.Revoked, licence.ErrNotHeld}} {
			if _, err := l.Change(chief(t), made.ID, step.to, "监督检查"); err != nil {
				t.Fatalf("%s: %v", step.to, err)
			}
			if err := held(); !errors.Is(err, step.want) {
				t.Errorf("%s: %v", step.to, err)
			}
		}
		if _, err := l.Change(chief(t), made.ID, licence.Valid, "again"); !errors.Is(err, licence.ErrState) {
			t.Errorf("a revoked licence is restored: %v", err)
		}
		if history, err := l.History(t.Context(), made.ID); err != nil || len(history) != 3 || history[2].State != licence.Revoked {
			t.Errorf("%+v, %v", history, err)
		}
		if len(l.sent) != 3 || l.sent[0].To.Person != "lin" || l.sent[0].Vars["state"] != "暂停" {
			t.Errorf("told: %+v", l.sent)
		}
	})
}

func TestOneOfAKindTakesTheOldersPlace(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		l := open(t, target)
		o := order()
		o.Type = "disabled-card"
		first, second := l.must(o), l.must(o)
		list, err := l.Mine(person(t, "lin", ""))
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		for _, one := range list {
			want := licence.Valid
			if one.ID == first.ID {
				want = licence.Replaced
			}
			if one.State != want {
				t.Errorf("%s (second is %s): %s", one.ID, second.ID, one.State)
			}
		}
	})
}

func TestLicenceEndsAndItsHolderIsToldBefore(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		l := open(t, target)
		made := l.must(order())
		remind := func() int {
			n, err := l.Remind(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := remind(); n != 0 {
			t.Errorf("told five years before: %d", n)
		}
		l.forward(5, -20)
		if n, again := remind(), remind(); n != 1 || again != 0 {
			t.Errorf("told %d times, then %d", n, again)
		}
		if v, err := l.Verify(t.Context(), made.Code); err != nil || !v.Stands() {
			t.Errorf("%+v, %v", v, err)
		}
		l.forward(0, 20)
		if v, err := l.Verify(t.Context(), made.Code); err != nil || v.State != licence.Expired {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

func TestOthersSeeAndChangeNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		l := open(t, target)
		made := l.must(order())
		o := order()
		o.Holder.Legal = "restaurant"
		legal := l.must(o)
		router := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Caller: func(r *http.Request) (access.Caller, error) { return access.From(r.Context()), nil }})
		l.Routes(router)
		get := func(ctx context.Context, id string) int {
			w := httptest.NewRecorder()
			router.Handler().ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/licence-files/"+id, nil))
			return w.Code
		}
		for name, tt := range map[string]struct {
			who  context.Context
			id   string
			want int
		}{
			"her own": {person(t, "lin", ""), made.ID, 200}, "another's": {person(t, "chen", ""), made.ID, 404}, "nobody": {t.Context(), made.ID, 401},
			"her company's, as herself": {person(t, "lin", ""), legal.ID, 404}, "her company's, for it": {person(t, "lin", "restaurant"), legal.ID, 200},
			"the body that issued it": {chief(t), made.ID, 200},
			"another body":            {access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "x", Org: "civil", Region: "330102", Roles: []access.Role{access.RoleChief}}), made.ID, 404},
			"another region":          {access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "x", Org: "market", Region: "330200", Roles: []access.Role{access.RoleChief}}), made.ID, 404},
		} {
			if got := get(tt.who, tt.id); got != tt.want {
				t.Errorf("%s: %d, want %d", name, got, tt.want)
			}
		}
		other := access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "x", Org: "civil", Region: "330102", Roles: []access.Role{access.RoleChief}})
		if _, err := l.Change(other, made.ID, licence.Revoked, "x"); !errors.Is(err, licence.ErrUnknown) {
			t.Errorf("another body revokes: %v", err)
		}
		if list, err := l.Find(other, "330100199005200128"); err != nil || len(list) != 0 {
			t.Errorf("another body finds %+v, %v", list, err)
		}
		far := access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "x", Org: "market", Region: "330200", Roles: []access.Role{access.RoleChief}})
		if list, err := l.Find(far, "330100199005200128"); err != nil || len(list) != 0 {
			t.Errorf("another region finds %+v, %v", list, err)
		}
		if list, err := l.Find(chief(t), "330100199005200128"); err != nil || len(list) != 2 {
			t.Errorf("the body finds %+v, %v", list, err)
		}
	})
}

func TestChangedLicenceIsFoundOut(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		l := open(t, target)
		first, second := l.must(order()), l.must(order())
		err := l.store.Write(t.Context(), "tamper", func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE licence_issued SET content = (SELECT content FROM licence_issued WHERE id = $1) WHERE id = $2`, second.ID, first.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Verify(t.Context(), first.Code); !errors.Is(err, licence.ErrForged) {
			t.Errorf("a changed licence: %v", err)
		}
	})
}

func TestForgedCodesFindNothing(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	made := l.must(order())
	router := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Caller: func(*http.Request) (access.Caller, error) { return access.Caller{}, nil }})
	l.Routes(router)
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		router.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	if code, body := get("/licences/verify/" + made.Code); code != 200 || !strings.Contains(body, made.Identifier) || strings.Contains(body, "小雨") {
		t.Errorf("%d %s", code, body)
	}
	for name, path := range map[string]string{
		"forged": "/licences/verify/" + strings.Repeat("Z", 16), "script": "/licences/verify?code=%3Cscript%3E", "SQL": "/licences/verify?code=%27%20OR%201=1--", "cut": "/licences/verify/" + made.Code[:15],
	} {
		if code, body := get(path); code != 404 || strings.Contains(body, "<script") || strings.Contains(body, made.Number) {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
}

func TestWrongKindsAreNotTaken(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	good := licence.Type{ID: "bus-pass", Name: "老年公交卡", Holder: "person", Authority: "11330100MB0000006A", Code: "0A1", Fields: []licence.Field{{ID: "name", Label: "姓名", From: "holder.name"}}}
	if err := l.PutType(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*licence.Type){
		"an id with SQL": func(t *licence.Type) { t.ID = "x'; --" }, "no name": func(t *licence.Type) { t.Name = " " }, "no holder": func(t *licence.Type) { t.Holder = "pet" },
		"a short authority": func(t *licence.Type) { t.Authority = "1" }, "a long code": func(t *licence.Type) { t.Code = "0001" }, "no fields": func(t *licence.Type) { t.Fields = nil },
		"a field from nowhere": func(t *licence.Type) { t.Fields = []licence.Field{{ID: "a", Label: "a", From: "env.SECRET"}} }, "for ever and longer": func(t *licence.Type) { t.Years = 1000 },
	} {
		bad := good
		change(&bad)
		if err := l.PutType(t.Context(), bad); !errors.Is(err, licence.ErrType) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Where the file is asked for, it is left for eyes.
func TestPrintedLicence(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	made := l.must(order())
	var b bytes.Buffer
	if err := l.PDF(t.Context(), &b, made.ID); err != nil {
		t.Fatal(err)
	}
	if path := os.Getenv("SMARTHALL_LICENCE"); path != "" {
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.HasPrefix(b.Bytes(), []byte("%PDF-")) || b.Len() < 10_000 {
		t.Errorf("%d bytes", b.Len())
	}
}
