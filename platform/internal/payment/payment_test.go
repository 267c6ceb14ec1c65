package payment_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/payment"
	"smarthall/platform/internal/store"
)

// bank is a provider whose books the test writes.
type bank struct {
	mu    sync.Mutex
	away  bool
	books map[string]payment.Status
	asked int
	// refunds are lines of a day's statement.
	refunds map[string][]payment.Entry
}

func (b *bank) Name() string { return "bank" }
func (b *bank) Demo() bool   { return false }

func (b *bank) Create(_ context.Context, i payment.Intent) (string, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return "", "", errors.New("no route to the bank")
	}
	reference := "R-" + i.Order
	if _, ok := b.books[reference]; !ok {
		b.books[reference] = payment.Status{}
	}
	return reference, "https://bank.example/" + reference, nil
}

func (b *bank) Query(_ context.Context, reference string) (payment.Status, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.away {
		return payment.Status{}, errors.New("no route to the bank")
	}
	return b.books[reference], nil
}

func (b *bank) Refund(_ context.Context, reference, _ string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return errors.New("no route to the bank")
	}
	st := b.books[reference]
	st.Paid, st.Refunded = false, true
	b.books[reference] = st
	return nil
}

func (b *bank) Statement(_ context.Context, day calendar.Day) ([]payment.Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []payment.Entry
	for reference, st := range b.books {
		if (st.Paid || st.Refunded) && calendar.On(st.At.In(time.FixedZone("CST", 8*3600))) == day {
			list = append(list, payment.Entry{Reference: reference, Amount: st.Amount})
		}
	}
	return append(list, b.refunds[day.String()]...), nil
}

func (b *bank) Callback(_ *http.Request, body []byte) (string, error) {
	if !bytes.HasPrefix(body, []byte("R-")) {
		return "", payment.ErrForged
	}
	return string(body), nil
}

// pays books a payment at the bank.
func (b *bank) pays(reference string, amount int64, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.books[reference] = payment.Status{Paid: true, Amount: amount, At: at}
}

func (b *bank) set(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = away
}

// desk is the context with all it needs.
type desk struct {
	*payment.Service
	t     testing.TB
	store *store.Store
	bank  *bank

	mu   sync.Mutex
	now  time.Time
	told []string
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) forward(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func open(t testing.TB, target string, change ...func(*payment.Config)) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), bank: &bank{books: map[string]payment.Status{}}}
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: d.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	d.store = st
	log, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := keys.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	conf := payment.Config{
		Store: st, Keys: secret, Audit: log, Provider: d.bank, BaseURL: "https://donghu.example", Log: slog.New(slog.DiscardHandler),
		Told: func(_ context.Context, _ *store.Tx, caseID, order string) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.told = append(d.told, caseID+" "+order)
			return nil
		},
		Body: func(context.Context, string) (string, error) { return "东湖区市场监督管理局", nil },
		Frame: func(w http.ResponseWriter, _ *http.Request, status int, title string, body template.HTML) error {
			w.WriteHeader(status)
			_, err := fmt.Fprintf(w, "<title>%s</title>%s", template.HTMLEscapeString(title), body)
			return err
		},
	}
	for _, f := range change {
		f(&conf)
	}
	if d.Service, err = payment.Open(t.Context(), conf); err != nil {
		t.Fatal(err)
	}
	return d
}

func request() payment.Request {
	return payment.Request{
		Case: "01CASE", CaseNo: "NO-1", Title: "居民身份证补领", Organisation: "police", Region: "330102", Person: "lin", Payer: "林小雨",
		Lines: []payment.Line{{Fee: "card", Name: "身份证工本费", Amount: 4000, Basis: "发改价格〔2003〕2322号"}, {Fee: "post", Name: "邮寄费", Amount: 1250}},
	}
}

func (d *desk) order(r payment.Request) (o payment.Order, err error) {
	err = d.store.Write(d.t.Context(), "order", func(tx *store.Tx) error {
		o, err = d.Order(d.t.Context(), tx, r)
		return err
	})
	return o, err
}

func person(t testing.TB, id, legal string) context.Context {
	return access.With(t.Context(), access.Caller{Kind: access.Person, ID: id, For: legal})
}

func chief(t testing.TB, org string) context.Context {
	return access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "chief", Org: org, Region: "330102", Roles: []access.Role{access.RoleChief}})
}

func (d *desk) state(id string) payment.State {
	d.t.Helper()
	o, err := d.Get(person(d.t, "lin", ""), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return o.State
}

// begun is an order whose payer is at the bank.
func (d *desk) begun() (payment.Order, string) {
	d.t.Helper()
	o, err := d.order(request())
	if err != nil {
		d.t.Fatal(err)
	}
	page, err := d.Pay(person(d.t, "lin", ""), o.ID)
	if err != nil || page != "https://bank.example/R-"+o.ID {
		d.t.Fatal(page, err)
	}
	return o, "R-" + o.ID
}

func TestPaidOrderIsBookedOnceHoweverOftenItIsTold(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target)
		o, reference := d.begun()
		if o.Amount != 5250 {
			t.Errorf("%d fen", o.Amount)
		}
		if _, err := d.Pay(person(t, "lin", ""), o.ID); err != nil {
			t.Errorf("going to the bank again: %v", err)
		}
		d.bank.pays(reference, 5250, d.clock())
		router := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Caller: func(*http.Request) (access.Caller, error) { return access.Caller{}, nil }})
		d.Routes(router)
		var wait sync.WaitGroup
		for range 5 {
			wait.Go(func() {
				w := httptest.NewRecorder()
				router.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/payments/callback/bank", strings.NewReader(reference)))
				if w.Code != http.StatusNoContent {
					t.Errorf("callback: %d %s", w.Code, w.Body)
				}
			})
		}
		wait.Wait()
		got, err := d.Get(person(t, "lin", ""), o.ID)
		if err != nil || got.State != payment.Paid || got.Receipt != "票〔2026〕000001" || got.Paid.IsZero() {
			t.Errorf("%+v, %v", got, err)
		}
		if len(d.told) != 1 || d.told[0] != "01CASE "+o.ID {
			t.Errorf("the case was told %v", d.told)
		}
	})
}

func TestLostCallbackIsMadeUpByAsking(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target)
		o, reference := d.begun()
		d.bank.set(true)
		d.forward(time.Minute)
		if err := d.LookAll(t.Context()); err == nil {
			t.Error("the bank is away and nobody says so")
		}
		d.bank.set(false)
		d.bank.pays(reference, 5250, d.clock())
		if err := d.LookAll(t.Context()); err != nil || d.state(o.ID) != payment.Paying {
			t.Errorf("asked again at once: %s, %v", d.state(o.ID), err)
		}
		d.forward(time.Minute)
		if err := d.LookAll(t.Context()); err != nil || d.state(o.ID) != payment.Paid {
			t.Errorf("%s, %v", d.state(o.ID), err)
		}
	})
}

func TestBankThatIsAwayIsToldInWords(t *testing.T) {
	d := open(t, t.TempDir()+"/p.db")
	o, err := d.order(request())
	if err != nil {
		t.Fatal(err)
	}
	d.bank.set(true)
	if _, err := d.Pay(person(t, "lin", ""), o.ID); !errors.Is(err, payment.ErrProvider) {
		t.Error(err)
	}
	if got := d.state(o.ID); got != payment.Created {
		t.Errorf("%s", got)
	}
}

func TestAnotherAmountIsNotTaken(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target)
		o, reference := d.begun()
		d.bank.pays(reference, 1, d.clock())
		if err := d.Look(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		if got := d.state(o.ID); got != payment.Paying || len(d.told) != 0 {
			t.Errorf("one fen for %d: %s", o.Amount, got)
		}
	})
}

func TestUnpaidOrderIsClosedAndWhoPaysLaterGetsItBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target)
		o, reference := d.begun()
		d.forward(15*24*time.Hour + time.Second)
		if err := d.Expire(t.Context()); err != nil || d.state(o.ID) != payment.Closed {
			t.Fatalf("%s, %v", d.state(o.ID), err)
		}
		d.bank.pays(reference, 5250, d.clock())
		if err := d.Look(t.Context(), o.ID); err != nil || d.state(o.ID) != payment.Refunded {
			t.Errorf("%s, %v", d.state(o.ID), err)
		}
		if len(d.told) != 0 {
			t.Errorf("the case was told %v", d.told)
		}
	})
}

// The case of an order that lapsed still waits for its fees: without this it
// could never be delivered.
func TestWhoComesTooLateCanStillPay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target)
		o, reference := d.begun()
		d.forward(15*24*time.Hour + time.Second)
		if err := d.Expire(t.Context()); err != nil || d.state(o.ID) != payment.Closed {
			t.Fatalf("%s, %v", d.state(o.ID), err)
		}
		if _, err := d.Pay(person(t, "chen", ""), o.ID); !errors.Is(err, payment.ErrUnknown) || d.state(o.ID) != payment.Closed {
			t.Errorf("another renews it: %s, %v", d.state(o.ID), err)
		}
		if _, err := d.Pay(person(t, "lin", ""), o.ID); err != nil || d.state(o.ID) != payment.Paying {
			t.Fatalf("%s, %v", d.state(o.ID), err)
		}
		d.bank.pays(reference, 5250, d.clock())
		if err := d.Look(t.Context(), o.ID); err != nil || d.state(o.ID) != payment.Paid || len(d.told) != 1 {
			t.Errorf("%s, told %v, %v", d.state(o.ID), d.told, err)
		}
	})
}

func TestRefundIsTheOfficesAndWaitsForTheBank(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target)
		o, reference := d.begun()
		if _, err := d.Refund(chief(t, "police"), o.ID, "多收费"); !errors.Is(err, payment.ErrState) {
			t.Errorf("refunded before it was paid: %v", err)
		}
		d.bank.pays(reference, 5250, d.clock())
		if err := d.Look(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			who    context.Context
			reason string
			want   error
		}{
			"the payer": {person(t, "lin", ""), "我要退款", payment.ErrUnknown}, "another body": {chief(t, "civil"), "多收费", payment.ErrUnknown}, "without a reason": {chief(t, "police"), " ", payment.ErrRequest},
		} {
			if _, err := d.Refund(tt.who, o.ID, tt.reason); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		d.bank.set(true)
		if got, err := d.Refund(chief(t, "police"), o.ID, "多收费"); err != nil || got.State != payment.Refunding {
			t.Errorf("%+v, %v", got, err)
		}
		d.bank.set(false)
		d.forward(time.Hour)
		if err := d.LookAll(t.Context()); err != nil || d.state(o.ID) != payment.Refunded {
			t.Errorf("%s, %v", d.state(o.ID), err)
		}
	})
}

func TestWindowBooksWhatWasPaidThere(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target)
		o, err := d.order(request())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.PaidAtWindow(chief(t, "civil"), o.ID, "现金"); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("another body books: %v", err)
		}
		if got, err := d.PaidAtWindow(chief(t, "police"), o.ID, "银行回单 0012"); err != nil || got.State != payment.Paid || got.Receipt == "" || len(d.told) != 1 {
			t.Errorf("%+v, %v, told %v", got, err, d.told)
		}
		if _, err := d.PaidAtWindow(chief(t, "police"), o.ID, "again"); !errors.Is(err, payment.ErrState) {
			t.Errorf("booked twice: %v", err)
		}
		away, _ := d.begun()
		if _, err := d.PaidAtWindow(chief(t, "police"), away.ID, "现金"); !errors.Is(err, payment.ErrState) {
			t.Errorf("booked while the payer is at the bank: %v", err)
		}
	})
}

func TestBooksThatDifferAreFound(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target)
		day := calendar.On(d.clock().In(time.FixedZone("CST", 8*3600)))
		same, first := d.begun()
		less, second := d.begun()
		gone, third := d.begun()
		for o, reference := range map[string]string{same.ID: first, less.ID: second, gone.ID: third} {
			d.bank.pays(reference, 5250, d.clock())
			if err := d.Look(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
		d.bank.pays(second, 5000, d.clock())
		delete(d.bank.books, third)
		d.bank.pays("R-unknown", 100, d.clock())
		r, err := d.Reconcile(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, diff := range r.Differences {
			found[diff.Kind] = diff.Reference
		}
		if len(r.Differences) != 3 || found["amount"] != second || found["ours-only"] != third || found["theirs-only"] != "R-unknown" || r.Count != 3 || r.Amount != 10350 {
			t.Errorf("%+v", r)
		}
		if list, err := d.Reconciliations(t.Context(), 10); err != nil || len(list) != 1 || len(list[0].Differences) != 3 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestWrongOrdersAreNotTaken(t *testing.T) {
	d := open(t, t.TempDir()+"/p.db")
	for name, change := range map[string]func(*payment.Request){
		"nothing to pay": func(r *payment.Request) { r.Lines = nil }, "a negative fee": func(r *payment.Request) { r.Lines[0].Amount = -1 },
		"a free fee": func(r *payment.Request) { r.Lines[0].Amount = 0 }, "more than there is": func(r *payment.Request) { r.Lines[0].Amount = 1 << 62 },
		"two that overflow": func(r *payment.Request) { r.Lines[0].Amount, r.Lines[1].Amount = 1_000_000_000_00, 1_000_000_000_00 },
		"nobody":            func(r *payment.Request) { r.Payer = "" }, "no case": func(r *payment.Request) { r.Case = "" },
	} {
		r := request()
		change(&r)
		if _, err := d.order(r); !errors.Is(err, payment.ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOthersSeeNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		d := open(t, target)
		o, _ := d.begun()
		r := request()
		r.Legal = "restaurant"
		legal, err := d.order(r)
		if err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			who  context.Context
			id   string
			want error
		}{
			"her own": {person(t, "lin", ""), o.ID, nil}, "another's": {person(t, "chen", ""), o.ID, payment.ErrUnknown}, "nobody": {t.Context(), o.ID, payment.ErrUnknown},
			"her company's, as herself": {person(t, "lin", ""), legal.ID, payment.ErrUnknown}, "her company's, for it": {person(t, "guo", "restaurant"), legal.ID, nil},
			"the body": {chief(t, "police"), o.ID, nil}, "another body": {chief(t, "civil"), o.ID, payment.ErrUnknown}, "no such": {person(t, "lin", ""), "' OR 1=1", payment.ErrUnknown},
		} {
			if _, err := d.Get(tt.who, tt.id); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.Pay(person(t, "chen", ""), o.ID); !errors.Is(err, payment.ErrUnknown) {
			t.Errorf("another pays: %v", err)
		}
	})
}

func TestForgedCallbacksChangeNothing(t *testing.T) {
	d := open(t, t.TempDir()+"/p.db")
	o, reference := d.begun()
	d.bank.pays(reference, 5250, d.clock())
	asked := d.bank.asked
	router := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Caller: func(*http.Request) (access.Caller, error) { return access.Caller{}, nil }})
	d.Routes(router)
	for name, tt := range map[string]struct{ path, body string }{
		"not signed": {"/payments/callback/bank", "paid!"}, "another provider": {"/payments/callback/other", reference}, "unknown": {"/payments/callback/bank", "R-nothing"},
		"huge": {"/payments/callback/bank", "R-" + strings.Repeat("x", 1<<17)}, "empty": {"/payments/callback/bank", ""},
	} {
		w := httptest.NewRecorder()
		router.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, tt.path, strings.NewReader(tt.body)))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if d.bank.asked != asked || d.state(o.ID) != payment.Paying {
		t.Errorf("%s, the bank was asked %d times", d.state(o.ID), d.bank.asked-asked)
	}
}

func TestDemoProviderSaysThatItIsOne(t *testing.T) {
	d := open(t, t.TempDir()+"/p.db", func(c *payment.Config) { c.Provider = nil })
	o, err := d.order(request())
	if err != nil {
		t.Fatal(err)
	}
	page, err := d.Pay(person(t, "lin", ""), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	who := person(t, "lin", "")
	router := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Caller: func(r *http.Request) (access.Caller, error) { return access.From(r.Context()), nil }})
	d.Routes(router)
	do := func(ctx context.Context, method, path, site string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(ctx, method, path, nil)
		if site != "" {
			req.Header.Set("Sec-Fetch-Site", site)
		}
		w := httptest.NewRecorder()
		router.Handler().ServeHTTP(w, req)
		return w
	}
	if w := do(who, http.MethodGet, page, ""); w.Code != 200 || !strings.Contains(w.Body.String(), "不会发生真实扣款") || !strings.Contains(w.Body.String(), "52.50 元") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := do(person(t, "chen", ""), http.MethodPost, page, ""); w.Code != http.StatusNotFound {
		t.Errorf("another pays: %d", w.Code)
	}
	if w := do(who, http.MethodPost, page, "cross-site"); w.Code != http.StatusForbidden || d.state(o.ID) != payment.Paying {
		t.Errorf("another site pays: %d", w.Code)
	}
	if w := do(who, http.MethodPost, page, "same-origin"); w.Code != http.StatusSeeOther || d.state(o.ID) != payment.Paid {
		t.Errorf("%d, %s", w.Code, d.state(o.ID))
	}
	w := do(who, http.MethodGet, "/payment-receipts/"+o.ID, "")
	if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "%PDF-") {
		t.Errorf("receipt: %d", w.Code)
	}
}

func TestYuan(t *testing.T) {
	for fen, want := range map[int64]string{0: "0.00", 5: "0.05", 4000: "40.00", 123450: "1,234.50", 100000000: "1,000,000.00"} {
		if got := payment.Yuan(fen); got != want {
			t.Errorf("%d: %s, want %s", fen, got, want)
		}
	}
}
