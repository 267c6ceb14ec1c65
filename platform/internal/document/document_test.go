package document_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/document"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// office is the context with all it needs.
type office struct {
	*document.Service
	t     testing.TB
	store *store.Store

	mu  sync.Mutex
	now time.Time
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func open(t testing.TB, target string) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2026, 12, 31, 15, 0, 0, 0, time.UTC)} // 23:00 at the hall
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: o.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	o.store = st
	log, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := keys.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	frame := func(w http.ResponseWriter, _ *http.Request, status int, title string, body template.HTML) error {
		w.WriteHeader(status)
		_, err := fmt.Fprintf(w, "<title>%s</title>%s", template.HTMLEscapeString(title), body)
		return err
	}
	o.Service, err = document.Open(t.Context(), document.Config{
		Store: st, Keys: secret, Audit: log, Frame: frame, BaseURL: "https://donghu.example", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func order(kind document.Kind) document.Order {
	return document.Order{
		Kind: kind, Case: "01CASE", CaseNo: "113301020000000000202611220001", Item: "食品经营许可（新办）", Region: "330102",
		Organisation: document.Organisation{ID: "market", Name: "东湖市市场监督管理局"}, Addressee: "林小雨",
		Body: []document.Block{
			{Text: "您于2026年11月22日提交的食品经营许可（新办）申请，材料齐全、符合法定形式，现予受理。"},
			{Head: []string{"材料名称", "形式", "备注"}, Rows: [][]string{{"食品经营许可申请书", "原件 1 份", ""}, {"经营场所平面图和设备布局", "复印件 1 份", "容缺，应于2026年11月29日前补交"}}},
			{Text: "承诺办结时限为 5 个工作日。办理进度可以凭查询码随时查询。"},
		},
	}
}

func (o *office) issue(order document.Order) (d document.Document, err error) {
	err = o.store.Write(o.t.Context(), "issue", func(tx *store.Tx) error {
		d, err = o.Issue(o.t.Context(), tx, order)
		return err
	})
	return d, err
}

func TestNumbersCountByOrganisationKindAndYear(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		o := open(t, target)
		number := func(order document.Order) string {
			d, err := o.issue(order)
			if err != nil {
				t.Fatal(err)
			}
			return d.Number
		}
		other := order(document.Acceptance)
		other.Organisation = document.Organisation{ID: "civil", Name: "东湖市民政局"}
		got := []string{number(order(document.Acceptance)), number(order(document.Acceptance)), number(order(document.Approval)), number(other)}
		o.mu.Lock()
		o.now = o.now.Add(2 * time.Hour) // past midnight at the hall, 17:00 of the old year at Greenwich
		o.mu.Unlock()
		got = append(got, number(order(document.Acceptance)))
		want := []string{"东湖市市场监督管理局受〔2026〕00001号", "东湖市市场监督管理局受〔2026〕00002号", "东湖市市场监督管理局准〔2026〕00001号", "东湖市民政局受〔2026〕00001号", "东湖市市场监督管理局受〔2027〕00001号"}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("got  %v\nwant %v", got, want)
		}
	})
}

func TestNumberOfAChangeThatFailedIsGivenAgain(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		o := open(t, target)
		failed := errors.New("the case can't be accepted")
		err := o.store.Write(t.Context(), "accept", func(tx *store.Tx) error {
			if _, err := o.Issue(t.Context(), tx, order(document.Acceptance)); err != nil {
				return err
			}
			return failed
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		d, err := o.issue(order(document.Acceptance))
		if err != nil || !strings.HasSuffix(d.Number, "00001号") {
			t.Errorf("%s, %v", d.Number, err)
		}
	})
}

func TestNumbersAreNeverGivenTwice(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		o := open(t, target)
		var wait sync.WaitGroup
		numbers := make([]string, 24)
		for i := range numbers {
			wait.Go(func() {
				d, err := o.issue(order(document.Receipt))
				if err != nil {
					t.Error(err)
				}
				numbers[i] = d.Number
			})
		}
		wait.Wait()
		seen := map[string]bool{}
		for _, n := range numbers {
			if seen[n] {
				t.Errorf("%s is given twice", n)
			}
			seen[n] = true
		}
		if !seen["东湖市市场监督管理局收〔2026〕00024号"] {
			t.Errorf("24 documents don't end with the 24th: %v", numbers)
		}
	})
}

func TestWhoVerifiesSeesWhatItIsButNotWhose(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		o := open(t, target)
		d, err := o.issue(order(document.Approval))
		if err != nil {
			t.Fatal(err)
		}
		typed := strings.ToLower(d.Code[:4] + " " + d.Code[4:8] + "-" + d.Code[8:])
		v, err := o.Verify(t.Context(), typed)
		if err != nil || v.Number != d.Number || v.Addressee != "林*" || v.Withdrawn != "" {
			t.Errorf("%+v, %v", v, err)
		}
		err = o.store.Write(t.Context(), "withdraw", func(tx *store.Tx) error { return o.Withdraw(t.Context(), tx, d.ID, "申请人撤回申请") })
		if err != nil {
			t.Fatal(err)
		}
		if v, err := o.Verify(t.Context(), d.Code); err != nil || v.Withdrawn != "申请人撤回申请" {
			t.Errorf("%+v, %v", v, err)
		}
		again := o.store.Write(t.Context(), "withdraw", func(tx *store.Tx) error { return o.Withdraw(t.Context(), tx, d.ID, "again") })
		if !errors.Is(again, document.ErrState) {
			t.Errorf("withdrawn twice: %v", again)
		}
	})
}

// Whoever changes a row of the database can't make a document say something
// else.
func TestChangedDocumentIsFoundOut(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		o := open(t, target)
		one, err := o.issue(order(document.Rejection))
		if err != nil {
			t.Fatal(err)
		}
		other, err := o.issue(order(document.Approval))
		if err != nil {
			t.Fatal(err)
		}
		err = o.store.Write(t.Context(), "tamper", func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE document_issued SET content = (SELECT content FROM document_issued WHERE id = $1) WHERE id = $2`, other.ID, one.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Verify(t.Context(), one.Code); !errors.Is(err, document.ErrForged) {
			t.Errorf("a changed document: %v", err)
		}
		if err := o.PDF(t.Context(), io.Discard, one.ID); !errors.Is(err, document.ErrForged) {
			t.Errorf("a changed document is printed: %v", err)
		}
	})
}

func TestWrongOrdersIssueNothing(t *testing.T) {
	o := open(t, t.TempDir()+"/p.db")
	for name, change := range map[string]func(*document.Order){
		"an unknown kind": func(o *document.Order) { o.Kind = "letter" },
		"no addressee":    func(o *document.Order) { o.Addressee = "" },
		"no organisation": func(o *document.Order) { o.Organisation = document.Organisation{} },
		"nothing to say":  func(o *document.Order) { o.Body = nil },
		"a ragged table": func(o *document.Order) {
			o.Body = []document.Block{{Head: []string{"a", "b"}, Rows: [][]string{{"1"}}}}
		},
		"too many columns":  func(o *document.Order) { o.Body = []document.Block{{Head: make([]string, 9)}} },
		"an endless text":   func(o *document.Order) { o.Body = []document.Block{{Text: strings.Repeat("长", 4001)}} },
		"too many to print": func(o *document.Order) { o.Body = make([]document.Block, 61) },
	} {
		wrong := order(document.Acceptance)
		change(&wrong)
		if _, err := o.issue(wrong); !errors.Is(err, document.ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d, err := o.issue(order(document.Acceptance)); err != nil || !strings.HasSuffix(d.Number, "00001号") {
		t.Errorf("wrong orders took a number: %s, %v", d.Number, err)
	}
}

// Where the file is asked for, it is left for eyes.
func TestPrintedDocumentSaysAllOfIt(t *testing.T) {
	o := open(t, t.TempDir()+"/p.db")
	long := order(document.Deferred)
	long.Sign = true
	for i := range 60 {
		long.Body[1].Rows = append(long.Body[1].Rows, []string{fmt.Sprintf("第%d项材料", i+3), "复印件 1 份", strings.Repeat("备注", i%9)})
	}
	for _, want := range []document.Order{order(document.Acceptance), long} {
		d, err := o.issue(want)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := o.PDF(t.Context(), &b, d.ID); err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv("SMARTHALL_DOCUMENTS"); dir != "" {
			if err := os.WriteFile(dir+"/"+string(want.Kind)+".pdf", b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(b.Bytes(), []byte("%PDF-")) || b.Len() < 10_000 {
			t.Errorf("%s is %d bytes", want.Kind, b.Len())
		}
	}
}

func TestVerificationPage(t *testing.T) {
	o := open(t, t.TempDir()+"/p.db")
	d, err := o.issue(order(document.Acceptance))
	if err != nil {
		t.Fatal(err)
	}
	router := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Caller: func(*http.Request) (access.Caller, error) { return access.Caller{}, nil }})
	o.Routes(router)
	get := func(path string) (int, string) {
		req := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, nil)
		req.Header.Set("Accept", "text/html")
		w := httptest.NewRecorder()
		router.Handler().ServeHTTP(w, req)
		return w.Code, w.Body.String()
	}
	if code, body := get("/verify/" + d.Code); code != http.StatusOK || !strings.Contains(body, d.Number) || strings.Contains(body, "小雨") {
		t.Errorf("%d %s", code, body)
	}
	for name, path := range map[string]string{
		"a forged code": "/verify/" + strings.Repeat("Z", 16), "script": "/verify?code=%3Cscript%3Ealert(1)%3C/script%3E", "SQL": "/verify?code=%27%20OR%201=1--",
		"a code cut short": "/verify/" + d.Code[:15], "bytes that are no text": "/verify?code=%ff%fe", "a huge one": "/verify?code=" + strings.Repeat("A", 9000),
	} {
		code, body := get(path)
		if code != http.StatusNotFound || strings.Contains(body, "<script") || strings.Contains(body, d.Number) || len(body) > 4000 {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
	if code, body := get("/verify"); code != http.StatusOK || !strings.Contains(body, "16 位核验码") {
		t.Errorf("%d %s", code, body)
	}
	if _, err := o.Verify(t.Context(), ""); fault.Of(err) == nil {
		t.Error(err)
	}
}
