package intake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/intake"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/privacy"
	"smarthall/internal/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Whoever comes in these tests, and what for.
const (
	idNumber = "11010519491231002X"
	phone    = "13800138000"
	name     = "王小明"
	address  = "东湖市湖滨路100号"
	first    = "0a4a56d6-8f3e-4f0c-9d2a-5b1c6d7e8f90"
	second   = "1b4a56d6-8f3e-4f0c-9d2a-5b1c6d7e8f91"
)

var guide = json.RawMessage(`{"materials":[{"id":"card","name":"身份证"},{"id":"lease","name":"租赁合同","optional":true},{"id":"photo","name":"照片","note":"1 份"}],
	"questions":[{"id":"kind","text":"场所是租的吗？","options":[{"id":"own","text":"自有","without":["photo"]},{"id":"rented","text":"租赁","materials":["lease"],"next":"old"},{"id":"none","text":"没有","refuse":"没有场所的不能办理。"}]},
	{"id":"old","text":"换证吗？","options":[{"id":"y","text":"是"},{"id":"n","text":"否"}]}]}`)

// hall is a hall whose platform and documents are under the test's control.
type hall struct {
	*intake.Service
	testing.TB
	store *store.Store
	dir   string
	log   bytes.Buffer // guarded by mu
	api   *httptest.Server

	mu       sync.Mutex
	now      time.Time
	linked   bool
	numbers  int64
	calls    []string // topics with the intake, in order
	asked    map[string]json.RawMessage
	refuse   error
	forgets  bool // the next upload is forgotten at once
	uploads  []string
	told     int
	papers   map[string]documents.Document
	contents map[string][]byte
}

func newHall(t testing.TB) *hall {
	t.Helper()
	h := &hall{
		TB: t, dir: t.TempDir(), now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*3600)), numbers: 3, asked: map[string]json.RawMessage{},
		papers: map[string]documents.Document{}, contents: map[string][]byte{},
	}
	h.api = httptest.NewServer(http.HandlerFunc(h.upload))
	t.Cleanup(h.api.Close)
	h.open()
	return h
}

// open begins, or goes on with, the hall.
func (h *hall) open() {
	h.Helper()
	var err error
	if h.store, err = store.Open(h.Context(), filepath.Join(h.dir, "hall.db")); err != nil {
		h.Fatal(err)
	}
	db := h.store
	h.Cleanup(func() { _ = db.Close() })
	h.Service = intake.New(intake.Config{
		Table: h.store, Numbers: h, City: h, Documents: h, Vault: privacy.NewVault([]byte(strings.Repeat("k", 32))),
		Linked:   func() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.linked },
		Items:    func(context.Context) ([]intake.Item, error) { return items(), nil },
		Seq:      func() uint64 { return 7 },
		Now:      func() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now },
		Platform: h.api.URL, Hall: "demo", Token: "secret", Log: slog.New(slog.NewTextHandler(h, &slog.HandlerOptions{Level: slog.LevelDebug})), Every: 5 * time.Millisecond,
	})
}

func items() []intake.Item {
	return []intake.Item{{ID: "food", Name: "食品经营许可", Services: []string{"market"}, Body: guide}, {ID: "plain", Name: "备案", Body: json.RawMessage(`{}`)}}
}

func (h *hall) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.log.Write(p)
}

// Next implements intake.Numbers; all others likewise.
func (h *hall) Next(_ context.Context, series string, _ int64) (int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.numbers == 0 || series != intake.Series {
		return 0, intake.ErrNoNumbers
	}
	h.numbers--
	return 100 - h.numbers, nil
}
func (h *hall) Keep(context.Context, string, int64) error { return nil }
func (h *hall) Left(context.Context, string) (int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.numbers, nil
}

// Announce implements intake.City, as do Ask and Linked: what was made is
// announced at once.
func (h *hall) Announce() {
	list, err := h.store.Announcements(h.Context())
	if err != nil {
		h.Error(err)
	}
	for _, a := range list {
		h.mu.Lock()
		h.told++
		h.mu.Unlock()
		if err := h.store.IntakeAnnounced(h.Context(), a.ID); err != nil {
			h.Error(err)
		}
	}
}

func (h *hall) Ask(_ context.Context, topic, from string, question, answer any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	data, err := json.Marshal(question)
	if err != nil {
		return err
	}
	if from != "3" {
		h.Errorf("asked from %q", from)
	}
	h.calls = append(h.calls, topic)
	if h.refuse != nil {
		return h.refuse
	}
	if topic == "case-intake-files" && h.forgets {
		h.forgets = false
		return problem.New(http.StatusNotFound, "files.unknown", "没有这个文件")
	}
	h.asked[topic] = data
	return json.Unmarshal([]byte(`{"case":"c1","number":"n"}`), answer)
}

// Get implements intake.Documents.
func (h *hall) Get(_ context.Context, id string) (documents.Document, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d, ok := h.papers[id]
	if !ok {
		return d, documents.ErrUnknown
	}
	return d, nil
}

func (h *hall) Copy(_ context.Context, id string, w io.Writer) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := w.Write(h.contents[id])
	return err
}

// paper adds a document of a visit.
func (h *hall) paper(id, ticket string, state documents.State) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.papers[id] = documents.Document{ID: id, Ticket: "t1", Name: "张三的合同", Size: 5, State: state}
	if ticket != "t1" {
		d := h.papers[id]
		d.Ticket = "t2"
		h.papers[id] = d
	}
	h.contents[id] = []byte("%PDF-")
}

// upload is the platform's.
func (h *hall) upload(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	user, token, _ := r.BasicAuth()
	body, err := io.ReadAll(r.Body)
	if err != nil || user != "demo" || token != "secret" || r.URL.Path != "/api/v1/files" || string(body) != "%PDF-" || r.URL.Query().Get("name") != "张三的合同" {
		h.Errorf("got %s from %s: %q, %v", r.URL, user, body, err)
	}
	h.uploads = append(h.uploads, r.URL.Query().Get("name"))
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"id":"f`+string(rune('0'+len(h.uploads)))+`"}`)
}

func (h *hall) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// run runs the hall until ok holds.
func (h *hall) run(what string, ok func() bool) {
	h.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := h.Run(ctx); err != nil {
			h.Error(err)
		}
	})
	defer running.Wait()
	defer cancel()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.Fatalf("never came: %s", what)
		}
	}
}

func (h *hall) state(id string) intake.State {
	h.Helper()
	in, err := h.Service.Get(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	return in.State
}

func visit() intake.Visit {
	return intake.Visit{Ticket: "t1", Number: "A012", Window: "3", Clerk: "li"}
}

func request() intake.Request {
	return intake.Request{
		Item: "food", Answers: map[string]string{"kind": "rented", "old": "n"}, Applicant: intake.Applicant{Name: name, IDNumber: idNumber, Phone: phone, Address: address},
		Seen: []string{"card"}, Files: []intake.FileOf{{Document: "d1", Material: "lease"}},
	}
}

func (h *hall) make(id string) intake.Intake {
	h.Helper()
	h.paper("d1", "t1", documents.Stored)
	in, err := h.Make(h.Context(), id, visit(), request())
	if err != nil {
		h.Fatal(err)
	}
	return in
}

func code(err error) string {
	var p *problem.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

func TestAnApplicationIsReceivedOnceUnderItsNumber(t *testing.T) {
	h := newHall(t)
	h.paper("d1", "t1", documents.Stored)
	var wg sync.WaitGroup
	got := make([]intake.Intake, 6)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = h.Make(t.Context(), first, visit(), request()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, in := range got {
		if in.Number != "SQ202611239000098" || in.Name != "王*" || in.State != intake.Waiting || len(in.Files) != 1 {
			t.Errorf("got %+v", in)
		}
	}
	if names := materials(got[0]); names != "card+ lease photo" {
		t.Errorf("got %q", names)
	}
	other := request()
	other.Applicant.Phone = "13800138001"
	if _, err := h.Make(t.Context(), first, visit(), other); code(err) != "intake.reused" {
		t.Errorf("got %v", err)
	}
	if h.told != 1 || h.numbers != 2 {
		t.Errorf("announced %d times, %d numbers left", h.told, h.numbers)
	}
}

func materials(in intake.Intake) string {
	var list []string
	for _, m := range in.Materials {
		if m.Seen {
			m.ID += "+"
		}
		list = append(list, m.ID)
	}
	return strings.Join(list, " ")
}

func TestWrongRequestsAreRefusedAndUseNoNumber(t *testing.T) {
	for _, tt := range []struct {
		name   string
		id     string
		change func(r *intake.Request)
		want   string
	}{
		{"a wrong check digit", first, func(r *intake.Request) { r.Applicant.IDNumber = "110105194912310021" }, "intake.applicant"},
		{"a name with script", first, func(r *intake.Request) { r.Applicant.Name = "<script>" }, "intake.applicant"},
		{"no name", first, func(r *intake.Request) { r.Applicant.Name = "" }, "intake.applicant"},
		{"letters for a telephone", first, func(r *intake.Request) { r.Applicant.Phone = "1380013800o" }, "intake.applicant"},
		{"an address without end", first, func(r *intake.Request) { r.Applicant.Address = strings.Repeat("路", 201) }, "intake.applicant"},
		{"an unknown item", first, func(r *intake.Request) { r.Item = "'; DROP TABLE intake" }, "intake.item"},
		{"an open question", first, func(r *intake.Request) { r.Answers = map[string]string{"kind": "rented"} }, "intake.answers"},
		{"an unknown answer", first, func(r *intake.Request) { r.Answers["kind"] = "x" }, "intake.answers"},
		{"an answer too many", first, func(r *intake.Request) { r.Answers = map[string]string{"kind": "own", "old": "y"} }, "intake.answers"},
		{"the wrong item", first, func(r *intake.Request) { r.Answers = map[string]string{"kind": "none"} }, "intake.wrong-item"},
		{"a material that isn't asked for", first, func(r *intake.Request) { r.Seen = []string{"gone"} }, "intake.material"},
		{"a document without material", first, func(r *intake.Request) { r.Files[0].Material = "" }, "intake.material"},
		{"a document twice", first, func(r *intake.Request) { r.Files = append(r.Files, r.Files[0]) }, "intake.document"},
		{"an unknown document", first, func(r *intake.Request) { r.Files[0].Document = "d9" }, "intake.document"},
		{"another visit's document", first, func(r *intake.Request) { r.Files[0].Document = "d2" }, "intake.document"},
		{"half a document", first, func(r *intake.Request) { r.Files[0].Document = "d3" }, "intake.document"},
		{"too many documents", first, func(r *intake.Request) { r.Files = make([]intake.FileOf, 61) }, "intake.document"},
		{"an id that others choose, too", "1", func(*intake.Request) {}, "intake.unknown"},
		{"an id with a path", "../../../../../../etc/passwd", func(*intake.Request) {}, "intake.unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHall(t)
			h.paper("d1", "t1", documents.Stored)
			h.paper("d2", "t2", documents.Stored)
			h.paper("d3", "t1", documents.Uploading)
			r := request()
			tt.change(&r)
			if _, err := h.Make(t.Context(), tt.id, visit(), r); code(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if list, err := h.List(t.Context(), ""); err != nil || len(list) != 0 || h.numbers != 3 {
				t.Errorf("got %v, %v, %d numbers left", list, err, h.numbers)
			}
		})
	}
}

func TestWithoutNumbersNothingIsReceivedAndTheBoardKnows(t *testing.T) {
	h := newHall(t)
	h.set(func() { h.numbers = 40 })
	h.paper("d1", "t1", documents.Stored)
	if s, err := h.Status(t.Context()); err != nil || s.Low || s.Left != 40 {
		t.Errorf("got %+v, %v", s, err)
	}
	h.set(func() { h.numbers = 1 })
	h.make(first)
	if left, few := h.NumbersLow(); left != 0 || !few {
		t.Errorf("got %d, %v", left, few)
	}
	_, err := h.Make(t.Context(), second, visit(), request())
	if code(err) != "intake.no-numbers" {
		t.Errorf("got %v", err)
	}
	h.make(first) // it has its number
}

func TestWhatWasReceivedComesToThePlatformAndIsForgottenHere(t *testing.T) {
	h := newHall(t)
	in := h.make(first)
	h.run("some rounds without the platform", func() bool { h.set(func() {}); return h.state(first) == intake.Waiting })
	if h.calls != nil {
		t.Errorf("asked %v while the platform was away", h.calls)
	}
	// A restart goes on where it was; what passes is tried again.
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	h.open()
	for _, passing := range []error{
		problem.New(http.StatusServiceUnavailable, "platform.away", "连不上"), problem.New(http.StatusServiceUnavailable, "cases.intake-early", "还没有送达"),
		problem.New(http.StatusNotFound, "node.topic", "还不支持"), problem.New(http.StatusUnauthorized, "node.hall-token", "凭证无效"), errors.New("a broken line"),
	} {
		n := 0
		h.set(func() { h.linked, h.refuse, n = true, passing, len(h.calls) })
		h.run("another try", func() (ok bool) { h.set(func() { ok = len(h.calls) > n+1 }); return ok })
		if h.state(first) != intake.Waiting {
			t.Errorf("after %v it is %s", passing, h.state(first))
		}
	}
	h.set(func() { h.refuse, h.forgets = nil, true })
	h.run("the file", func() bool {
		got, err := h.Service.Get(t.Context(), first)
		return err == nil && got.State == intake.Taken && got.Files[0].State == intake.Taken
	})
	var body map[string]any
	if err := json.Unmarshal(h.asked["case-intake"], &body); err != nil {
		t.Fatal(err)
	}
	if body["intake"] != first || body["name"] != name || body["idNumber"] != idNumber || body["phone"] != phone || len(body["code"].(string)) != 8 {
		t.Errorf("got %v", body)
	}
	if got := string(h.asked["case-intake-files"]); got != `{"intake":"`+first+`","material":"lease","files":["f2"]}` {
		t.Errorf("got %s", got) // f1 was forgotten
	}
	if _, err := h.Slip(t.Context(), in.ID, "市民中心", "3", time.UTC); code(err) != "intake.sent" {
		t.Errorf("got %v", err)
	}
	h.nowhere(name, idNumber, phone, address)
}

// nowhere holds that secrets stand neither in the hall's files nor in its log.
func (h *hall) nowhere(secrets ...string) {
	h.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, "*"))
	if err != nil {
		h.Fatal(err)
	}
	texts := map[string]string{"log": h.log.String()}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			h.Fatal(err)
		}
		texts[f] = string(data)
	}
	for where, text := range texts {
		for _, secret := range append(secrets, "张三的合同") {
			if strings.Contains(text, secret) {
				h.Errorf("%s has %q", where, secret)
			}
		}
	}
}

func TestARefusalComesBackAndIsMendedOrGivenUp(t *testing.T) {
	h := newHall(t)
	refused := problem.New(http.StatusUnprocessableEntity, "cases.person", "申请人信息有误")
	refused.Errors = []problem.FieldError{{Location: "name", Message: "姓名与身份证号不符"}}
	h.set(func() { h.linked, h.refuse = true, refused })
	h.make(first)
	h.make(second)
	for _, id := range []string{first, second} {
		if _, err := h.Correct(t.Context(), id, request().Applicant); code(err) != "intake.state" {
			t.Errorf("got %v", err)
		}
		if _, err := h.GiveUp(t.Context(), id); code(err) != "intake.state" {
			t.Errorf("got %v", err)
		}
	}
	h.run("both refused", func() bool { return h.state(first) == intake.Refused && h.state(second) == intake.Refused })
	in, err := h.Service.Get(t.Context(), first)
	if err != nil || in.Reason != "cases.person" || in.Detail != "申请人信息有误；姓名与身份证号不符" {
		t.Errorf("got %+v, %v", in, err)
	}
	wrong := request().Applicant
	wrong.IDNumber = "1"
	if _, err := h.Correct(t.Context(), first, wrong); code(err) != "intake.applicant" {
		t.Errorf("got %v", err)
	}
	right := request().Applicant
	right.Name = "王晓明"
	h.set(func() { h.refuse = nil })
	if _, err := h.Correct(t.Context(), first, right); err != nil {
		t.Fatal(err)
	}
	if in, err = h.GiveUp(t.Context(), second); err != nil || in.State != intake.Void {
		t.Errorf("got %+v, %v", in, err)
	}
	h.run("taken", func() bool { return h.state(first) == intake.Taken })
	var body map[string]any
	if err := json.Unmarshal(h.asked["case-intake"], &body); err != nil || body["name"] != "王晓明" {
		t.Errorf("got %v, %v", body, err)
	}
	if h.state(second) != intake.Void {
		t.Error("what was given up came to life")
	}
	h.nowhere(idNumber, phone)
}

func TestAVisitsOrderIsKeptAndOthersGoOn(t *testing.T) {
	h := newHall(t)
	h.set(func() { h.linked = true })
	h.make(first)
	h.make(second)
	h.run("both", func() bool { return h.state(first) == intake.Taken && h.state(second) == intake.Taken })
	list, err := h.List(t.Context(), "3")
	if err != nil || len(list) != 2 {
		t.Fatalf("got %v, %v", list, err)
	}
	if i := slices.IndexFunc(list, func(in intake.Intake) bool { return in.Number == "SQ202611239000098" }); i < 0 {
		t.Errorf("got %v", list)
	}
	if list, err = h.List(t.Context(), "4"); err != nil || len(list) != 0 {
		t.Errorf("another window has %v, %v", list, err)
	}
}

func TestTheReceiptSaysWhatWasReceivedAndNamesNobody(t *testing.T) {
	h := newHall(t)
	in := h.make(first)
	lines, err := h.Slip(t.Context(), in.ID, "市民中心", "3", time.FixedZone("CST", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	var text, qr string
	for _, l := range lines {
		text += l.Text + "\n"
		qr += l.QR
	}
	for _, want := range []string{"市民中心", "收件凭证", in.Number, "食品经营许可", "身份证（纸质）", "租赁合同（扫描件）", "2026-11-23 09:00", "A012"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q isn't in\n%s", want, text)
		}
	}
	if strings.Contains(text, "照片") || !strings.HasPrefix(qr, h.api.URL+"/progress?number="+in.Number+"&code=") {
		t.Errorf("got %s\n%s", qr, text)
	}
	for _, secret := range []string{name, idNumber, phone, address} {
		if strings.Contains(text, secret) {
			t.Errorf("it names %s", secret)
		}
	}
}

func TestAHallWithoutPlatformReceivesNothing(t *testing.T) {
	var none *intake.Service
	ctx := t.Context()
	for what, err := range map[string]error{
		"make": second1(none.Make(ctx, first, visit(), request())), "list": second1(none.List(ctx, "3")), "get": second1(none.Get(ctx, first)),
		"status": second1(none.Status(ctx)), "items": second1(none.Items(ctx, "market")), "outcome": second1(none.Outcome(ctx, "food", nil)),
		"slip": second1(none.Slip(ctx, first, "", "", time.UTC)), "correct": second1(none.Correct(ctx, first, intake.Applicant{})), "give up": second1(none.GiveUp(ctx, first)),
	} {
		if code(err) != "platform.none" {
			t.Errorf("%s: got %v", what, err)
		}
	}
	if _, few := none.NumbersLow(); few || none.Run(ctx) != nil {
		t.Error("it wants numbers")
	}
}

func second1[T any](_ T, err error) error { return err }
