package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
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
	"testing/fstest"
	"time"
	"unicode"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// desk is a kiosk whose hall's API is the test's, with its terminal at work.
type desk struct {
	*Kiosk
	t    *testing.T
	mux  *http.ServeMux
	stop func()

	mu    sync.Mutex
	heard []string // by the hall: method and path
	sent  []string // bodies
	fail  int      // answers of the hall that fail
}

func newDesk(t *testing.T, change func(*agent.Config)) *desk {
	t.Helper()
	d := &desk{t: t, mux: http.NewServeMux()}
	hall := httptest.NewServer(http.HandlerFunc(d.hall))
	t.Cleanup(hall.Close)
	conf := &agent.Config{
		Agent: "kiosk-1", Hall: "ws" + strings.TrimPrefix(hall.URL, "http") + "/link", Token: "agents", Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute,
	}
	if change != nil {
		change(conf)
	}
	var err error
	d.Kiosk, err = New(Options{
		Config: conf, Open: func(device.Config) (device.Device, device.Info, error) { return nil, device.Info{}, errors.New("none") },
		Pages: fstest.MapFS{"dist/face.html": {Data: []byte("face")}}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.terminal.routes(d.mux)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); d.terminal.run(ctx) }()
	d.stop = func() { cancel(); <-done }
	t.Cleanup(d.stop)
	return d
}

func (d *desk) hall(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer agents" || r.Header.Get("Cookie") != "" {
		d.t.Errorf("the hall was asked with %v", r.Header)
	}
	if d.fail > 0 {
		d.fail--
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	d.heard = append(d.heard, r.Method+" "+strings.TrimPrefix(r.URL.RequestURI(), "/api/v1/terminal/visits/"))
	d.sent = append(d.sent, string(body))
	if r.Method == http.MethodPost && !strings.Contains(r.URL.Path, "/platform/") {
		w.WriteHeader(http.StatusCreated)
	}
	_, _ = w.Write([]byte(`{"name":"周*"}`))
}

func (d *desk) told() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.heard)
}

// until waits for the hall to have heard something.
func (d *desk) until(what string) {
	d.t.Helper()
	for end := time.Now().Add(time.Minute); !slices.Contains(d.told(), what); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("waited in vain for %q, the hall heard %q", what, d.told())
		}
	}
}

// lay lays a card and returns the name of its session.
func (d *desk) lay(name string) string {
	d.open(device.Identity{Kind: device.Citizen, Name: name, Number: "110000197903080003", Photo: []byte("wlt")})
	d.Kiosk.mu.Lock()
	defer d.Kiosk.mu.Unlock()
	return d.session.read.Session
}

func (d *desk) ask(method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Cookie", "a=b")
	d.mux.ServeHTTP(w, r)
	return w
}

func TestTheHallHearsWhoLaidTheCardAndThePageDoesNot(t *testing.T) {
	d := newDesk(t, nil)
	session := d.lay("周样例")
	w := d.ask("POST", "/terminal/"+session, "")
	if w.Code != http.StatusCreated || strings.Contains(w.Body.String(), "样例") {
		t.Errorf("the page got %d %s", w.Code, w.Body)
	}
	if want := `{"name":"周样例","number":"110000197903080003"}`; d.sent[0] != want {
		t.Errorf("the hall heard %s, want %s", d.sent[0], want)
	}
	if w := d.ask("PUT", "/terminal/"+session+"/platform/cases/c1/values?a=b", "{}"); w.Code != http.StatusOK {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	d.until("PUT " + session + "/platform/cases/c1/values?a=b")
}

func TestAVisitEndsWithTheSession(t *testing.T) {
	tests := []struct {
		name string
		end  func(d *desk)
	}{
		{"by a touch on 首页, or when the page waited long enough", func(d *desk) { d.clear() }},
		{"by another card", func(d *desk) { d.lay("钱样例") }},
		{"with the program", func(d *desk) { d.stop() }},
		{"although the hall is away for a moment", func(d *desk) {
			d.mu.Lock()
			d.fail = 1
			d.mu.Unlock()
			d.clear()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, nil)
			session := d.lay("周样例")
			d.ask("POST", "/terminal/"+session, "")
			tt.end(d)
			d.until("DELETE " + session)
		})
	}
}

func TestACardWithoutAVisitTellsTheHallNothing(t *testing.T) {
	d := newDesk(t, nil)
	d.lay("周样例")
	next := d.lay("钱样例")
	d.ask("POST", "/terminal/"+next, "")
	d.clear()
	d.until("DELETE " + next)
	if told := d.told(); len(told) != 2 {
		t.Errorf("the hall heard %q", told)
	}
}

func TestAPageThatWasLeftOpenGetsNothing(t *testing.T) {
	d := newDesk(t, nil)
	old := d.lay("周样例")
	d.lay("钱样例")
	for _, session := range []string{old, "", "x", "%2e%2e", strings.Repeat("a", 500)} {
		for _, op := range []string{"GET ", "POST ", "GET /platform/me/cases", "PUT /platform/cases/c/values", "GET /phone", "GET /frame", "POST /pages", "GET /pages/0", "POST /pages/0", "GET /photo", "POST /voucher", "POST /slip"} {
			method, rest, _ := strings.Cut(op, " ")
			if w := d.ask(method, "/terminal/"+session+rest, "{}"); w.Code < 300 {
				t.Errorf("%s of %.20s: %d %s", op, session, w.Code, w.Body)
			}
		}
	}
	if told := d.told(); len(told) > 0 {
		t.Errorf("the hall heard %q", told)
	}
}

func TestAPageInUseKeepsTheSessionOfACardThatWasTakenAway(t *testing.T) {
	d := newDesk(t, func(c *agent.Config) { c.Idle = 500 * time.Millisecond }) // sessions last 2 s
	session := d.lay("周样例")
	d.cardRemoved()
	for range 6 {
		time.Sleep(400 * time.Millisecond)
		if w := d.ask("GET", "/terminal/"+session, ""); w.Code != http.StatusOK {
			t.Fatalf("while the page is in use: %d %s", w.Code, w.Body)
		}
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		d.Kiosk.mu.Lock()
		gone := d.session == nil
		d.Kiosk.mu.Unlock()
		if gone {
			break
		}
		if time.Now().After(end) {
			t.Fatal("a session that nobody uses lasts")
		}
	}
}

func TestPhotosAreForTheComparisonAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(file, sheet(t, 60, 80), 0o600); err != nil {
		t.Fatal(err)
	}
	decoder := []string{"cat", file}
	d := newDesk(t, func(c *agent.Config) { c.PhotoDecoder = decoder })
	session := d.lay("周样例")
	if w := d.ask("GET", "/terminal/"+session+"/photo", ""); w.Code != http.StatusNotFound {
		t.Errorf("with faces off: %d", w.Code)
	}
	var about struct{ Face *struct{ Photo bool } }
	if w := d.ask("GET", "/terminal/"+session, ""); json.Unmarshal(w.Body.Bytes(), &about) != nil || about.Face != nil {
		t.Errorf("with faces off the page is told %s", w.Body)
	}
	d = newDesk(t, func(c *agent.Config) { c.Face = agent.Face{On: true, Threshold: 0.55} })
	session = d.lay("周样例")
	if w := d.ask("GET", "/terminal/"+session+"/photo", ""); w.Code != http.StatusNotFound {
		t.Errorf("without a decoder: %d", w.Code)
	}
	if w := d.ask("GET", "/terminal/"+session, ""); json.Unmarshal(w.Body.Bytes(), &about) != nil || about.Face == nil || about.Face.Photo {
		t.Errorf("without a decoder the page is told %s", w.Body)
	}
	d = newDesk(t, func(c *agent.Config) { c.Face, c.PhotoDecoder = agent.Face{On: true, Threshold: 0.55}, decoder })
	session = d.lay("周样例")
	if w := d.ask("GET", "/terminal/"+session+"/photo", ""); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/jpeg" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the photo: %d %v", w.Code, w.Header())
	}
}

// fakeCamera sees one sheet.
type fakeCamera struct{ jpeg []byte }

func (c fakeCamera) Capture(context.Context) (device.Image, error) {
	return device.Image{JPEG: c.jpeg}, nil
}

func (c fakeCamera) Preview(ctx context.Context, show func([]byte) error) error {
	for ctx.Err() == nil {
		if err := show(c.jpeg); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
	return ctx.Err()
}

// sheet is a picture of a white sheet on a dark table.
func sheet(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{60, 50, 45, 255}
			if x > w/8 && x < w-w/8 && y > h/8 && y < h-h/8 {
				c = color.RGBA{240, 240, 238, 255}
			}
			img.Set(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// frame asks until there is a frame, as the page does.
func (d *desk) frame(session string) *httptest.ResponseRecorder {
	d.t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		w := d.ask("GET", "/terminal/"+session+"/frame", "")
		if w.Code == http.StatusOK {
			return w
		}
		if w.Code != http.StatusNoContent || time.Now().After(end) {
			d.t.Fatalf("frame: %d", w.Code)
		}
	}
}

// A preview that begins while somebody is about to take a picture ends for it,
// like one that was there before.
func TestAPictureIsTakenHoweverOftenThePreviewBegins(t *testing.T) {
	c := newDocumentCamera(func() sheetCamera { return idleCamera{} }, slog.New(slog.DiscardHandler))
	c.asked = time.Now().Add(time.Hour) // somebody looks all the time
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { c.run(ctx) })
	c.wake <- struct{}{}
	for range 3000 {
		within, stop := context.WithTimeout(t.Context(), time.Minute)
		_, err := c.take(within, idleCamera{})
		stop()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// idleCamera sees nothing for as long as somebody looks.
type idleCamera struct{}

func (idleCamera) Capture(context.Context) (device.Image, error) { return device.Image{}, nil }

func (idleCamera) Preview(ctx context.Context, _ func([]byte) error) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestWhatTheCameraTookGoesWithItsPerson(t *testing.T) {
	d := newDesk(t, nil)
	d.terminal.camera.device = func() sheetCamera { return fakeCamera{sheet(t, 640, 480)} }
	session := d.lay("周样例")
	frame := d.frame(session)
	if len(strings.Fields(frame.Header().Get("Sheet"))) != 4 {
		t.Fatalf("frame: %d, sheet %q", frame.Code, frame.Header().Get("Sheet"))
	}
	if w := d.ask("POST", "/terminal/"+session+"/pages", ""); w.Code != http.StatusCreated || !strings.Contains(w.Body.String(), `"page":"0"`) {
		t.Fatalf("capture: %d %s", w.Code, w.Body)
	}
	if w := d.ask("GET", "/terminal/"+session+"/pages/0", ""); w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte{0xFF, 0xD8}) {
		t.Errorf("page: %d", w.Code)
	}
	if w := d.ask("POST", "/terminal/"+session+"/pages/0?name=a.jpg", ""); w.Code != http.StatusOK {
		t.Errorf("use: %d %s", w.Code, w.Body)
	}
	d.until("POST " + session + "/platform/files?name=a.jpg")
	for _, page := range []string{"1", "-1", "x", "99999999999999999999"} {
		if w := d.ask("GET", "/terminal/"+session+"/pages/"+page, ""); w.Code != http.StatusNotFound {
			t.Errorf("page %s: %d", page, w.Code)
		}
	}
	next := d.lay("钱样例")
	if w := d.ask("GET", "/terminal/"+next+"/pages/0", ""); w.Code != http.StatusNotFound {
		t.Errorf("the next person sees the page: %d", w.Code)
	}
}

func TestAPageIsMadeAnewAsItsPersonWantsIt(t *testing.T) {
	d := newDesk(t, nil)
	d.terminal.camera.device = func() sheetCamera { return fakeCamera{sheet(t, 640, 480)} }
	session := d.lay("周样例")
	at := "/terminal/" + session + "/pages"
	shown := func() (image.Image, []byte) {
		t.Helper()
		w := d.ask("GET", at+"/0", "")
		img, err := jpeg.Decode(bytes.NewReader(w.Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		return img, w.Body.Bytes()
	}
	if w := d.ask("POST", at, ""); w.Code != http.StatusCreated {
		t.Fatalf("capture: %d %s", w.Code, w.Body)
	}
	cut, first := shown()
	for _, bad := range []string{"", "[]", `{"light":"dark"}`, `{"crop":1}`, `{"turn":45}`, `{"turn":-90}`, `{"turn":360}`, `{"light":"` + strings.Repeat("x", 2<<10) + `"}`} {
		if w := d.ask("POST", at+"/0/look", bad); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%.30s: %d %s", bad, w.Code, w.Body)
		}
	}
	if _, now := shown(); !bytes.Equal(now, first) {
		t.Error("what was refused changed the page")
	}
	if w := d.ask("POST", at+"/0/look", `{"whole":true}`); w.Code != http.StatusOK {
		t.Fatalf("whole: %d %s", w.Code, w.Body)
	}
	if all, _ := shown(); all.Bounds().Dx() <= cut.Bounds().Dx() {
		t.Errorf("the whole picture is %v, the sheet %v", all.Bounds(), cut.Bounds())
	}
	if w := d.ask("POST", at+"/0/look", `{"turn":90}`); w.Code != http.StatusOK {
		t.Fatalf("turned: %d %s", w.Code, w.Body)
	}
	if turned, _ := shown(); turned.Bounds().Dx() != cut.Bounds().Dy() || turned.Bounds().Dy() != cut.Bounds().Dx() {
		t.Errorf("turned it is %v, the sheet %v", turned.Bounds(), cut.Bounds())
	}
	if w := d.ask("POST", at+"/0/look", `{}`); w.Code != http.StatusOK {
		t.Fatalf("as it was: %d %s", w.Code, w.Body)
	}
	if _, now := shown(); !bytes.Equal(now, first) {
		t.Error("a look that is taken back leaves another page")
	}
	if w := d.ask("POST", at, ""); w.Code != http.StatusCreated {
		t.Fatalf("another picture: %d %s", w.Code, w.Body)
	}
	for _, page := range []string{"0", "2", "x"} {
		if w := d.ask("POST", at+"/"+page+"/look", `{}`); w.Code != http.StatusNotFound {
			t.Errorf("page %s: %d", page, w.Code)
		}
	}
	next := d.lay("钱样例")
	if w := d.ask("POST", "/terminal/"+next+"/pages/1/look", `{}`); w.Code != http.StatusNotFound {
		t.Errorf("the next person changes the page: %d", w.Code)
	}
}

// pale is a page with a stroke that is hardly darker than its paper.
func pale(t *testing.T) device.Image {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 640, 480))
	for i := range img.Pix {
		img.Pix[i] = 235
	}
	for x := 100; x < 500; x++ {
		for y := 200; y < 206; y++ {
			img.SetGray(x, y, color.Gray{Y: 190})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return device.Image{JPEG: out.Bytes()}
}

func TestDeepMakesPaleWritingDarkerAndBrightMakesItLighter(t *testing.T) {
	c := newDocumentCamera(nil, slog.New(slog.DiscardHandler))
	ink := map[string]int{}
	for _, light := range []string{"", lightDeep, lightBright} {
		page, err := c.make(t.Context(), pale(t), look{Light: light, Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(page.JPEG))
		if err != nil {
			t.Fatal(err)
		}
		at := func(x, y int) int {
			b := img.Bounds()
			v, _, _, _ := img.At(x*b.Dx()/640, y*b.Dy()/480).RGBA()
			return int(v >> 8)
		}
		if paper := at(300, 100); paper < 240 {
			t.Errorf("%q: paper is %d", light, paper)
		}
		ink[light] = at(300, 203)
	}
	if ink[lightDeep] > ink[""]-20 || ink[lightBright] < ink[""]+10 {
		t.Errorf("ink %v", ink)
	}
}

func TestReceiptsThatAreRefused(t *testing.T) {
	d := newDesk(t, nil)
	session := d.lay("周样例")
	for _, body := range []string{
		"", "[]", `{"number":"x y"}`, `{"number":"SQ20261123000001","code":"<b>"}`, `{"number":"SQ20261123000001","kind":"other"}`, `{"number":"SQ20261123000001","brought":["x"]}`,
		`{"number":"SQ20261123000001","kind":"mend","brought":[` + strings.Repeat(`"x",`, maxBrought) + `"x"]}`,
		`{"number":"` + strings.Repeat("A", maxReceipt) + `"}`,
		`{"number":"SQ20261123000001","kind":"package"}`, `{"number":"SQ20261123000001","kind":"package","parts":[{"item":"x","body":"y","number":"<b>"}]}`,
		`{"number":"SQ20261123000001","parts":[{"item":"x","body":"y","number":"SQ20261123000002"}]}`,
		`{"number":"SQ20261123000001","kind":"booking"}`, `{"number":"SQ20261123000001","kind":"booking","when":"tomorrow"}`, `{"number":"SQ20261123000001","when":"2026-12-01 09:30"}`,
		`{"number":"SQ20261123000001","later":[{"name":"x","due":"soon"}]}`, `{"number":"SQ20261123000001","later":[{"name":"","due":""}]}`,
	} {
		if w := d.ask("POST", "/terminal/"+session+"/slip", body); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%.40s: %d %s", body, w.Code, w.Body)
		}
	}
	if w := d.ask("POST", "/terminal/"+session+"/slip", `{"number":"SQ20261123000001"}`); w.Code != http.StatusConflict {
		t.Errorf("without a printer: %d %s", w.Code, w.Body)
	}
}

func TestWhatReceiptsSay(t *testing.T) {
	d := newDesk(t, nil)
	tests := []struct {
		name string
		of   receipt
		want []string
	}{
		{"a package names its parts", receipt{
			Number: "SQ20261123000001", Code: "PY83QY2R", Item: "退休一件事", Kind: "package", Pages: "https://city.example",
			Parts: []receiptPart{{"企业职工退休申请", "人社局", "SQ20261123000002"}, {"高龄老人津贴", "民政局", "SQ20261123000003"}},
		}, []string{"套餐申请回执", "申请编号：SQ20261123000001", "1. 企业职工退休申请", "   人社局", "   SQ20261123000003", "https://city.example/progress?code=PY83QY2R&number=SQ20261123000001"}},
		{"what comes later stands there with its day, once it has one", receipt{
			Number: "SQ20261123000001", Later: []receiptLater{{"照片", ""}, {"学历证书", "2026-12-01"}},
		}, []string{"以后补交：照片（期限在受理时告知）", "学历证书 请在 2026-12-01 前补交"}},
		{"a booking says when to come", receipt{
			Number: "YY20261123000001", Code: "123456", Item: "身份证换领", Kind: "booking", When: "2026-12-01 09:30",
		}, []string{"预约回执", "请在 2026-12-01 09:30 到大厅", "预约号：YY20261123000001", "预约码：123456"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !tt.of.sound() {
				t.Fatal("it is refused")
			}
			got := printed(t, d, tt.of)
			for _, want := range tt.want {
				if !slices.Contains(got, want) {
					t.Errorf("%q isn't in %q", want, got)
				}
			}
		})
	}
}

// printed is what stands on a receipt, line by line.
func printed(t *testing.T, d *desk, of receipt) (got []string) {
	t.Helper()
	lines, err := d.receiptLines(of)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		got = append(got, l.Text+l.QR)
	}
	return got
}

func TestReceiptsSpeakTheLanguageOfThePage(t *testing.T) {
	d := newDesk(t, nil)
	words := func() *link.SlipWords {
		return &link.SlipWords{
			Hall: "Donghu Government Service Centre", Title: "Receipt", Scan: "Scan to follow it", Printed: "self-service",
			Lines: []link.SlipLine{{Text: "丧葬补助金", Bold: true}, {Text: "Application number: SQ20261123000001"}},
		}
	}
	of := receipt{Number: "SQ20261123000001", Code: "PY83QY2R", Item: "丧葬补助金", Next: "请等待", Pages: "https://city.example", Words: words()}
	got := printed(t, d, of)
	for _, want := range []string{"Receipt", "Application number: SQ20261123000001", "https://city.example/progress?code=PY83QY2R&number=SQ20261123000001", "Scan to follow it"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q isn't in %q", want, got)
		}
	}
	for _, line := range got {
		if line != "丧葬补助金" && strings.ContainsFunc(line, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%q is Chinese", line)
		}
	}

	booking := of
	booking.Kind, booking.When = "booking", "2026-12-01 09:30"
	if all := strings.Join(printed(t, d, booking), "\n"); strings.Contains(all, "https://") || strings.Contains(all, "Scan") || !strings.Contains(all, "Receipt") {
		t.Errorf("a booking has nothing to follow:\n%s", all)
	}

	of.Words.Lines[1].Text = "བོད་ཡིག" // no printer shapes these letters
	if got := printed(t, d, of); !slices.Contains(got, "申请回执") || slices.Contains(got, "Receipt") {
		t.Errorf("it says %q", got)
	}

	for name, change := range map[string]func(w *link.SlipWords){
		"no title":          func(w *link.SlipWords) { w.Title = "" },
		"nothing":           func(w *link.SlipWords) { w.Lines = nil },
		"a printer command": func(w *link.SlipWords) { w.Lines[0].Text = "a\x1b@b" },
		"too much":          func(w *link.SlipWords) { w.Lines = slices.Repeat(w.Lines, wordsLines) },
	} {
		of.Words = words()
		change(of.Words)
		if _, err := d.receiptLines(of); err == nil {
			t.Errorf("%s: it is printed", name)
		}
	}
}
