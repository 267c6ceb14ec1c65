package counter

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
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/imaging"
	"smarthall/internal/link"
)

// fakeCamera sees one picture.
type fakeCamera struct {
	jpeg []byte
	err  error

	mu      sync.Mutex
	viewing int // previews that run; guarded by mu
	clashes int // pictures taken beside a preview; guarded by mu
}

func (c *fakeCamera) Capture(context.Context) (device.Image, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.viewing > 0 {
		c.clashes++
	}
	return device.Image{JPEG: c.jpeg, Time: time.Now()}, c.err
}

func (c *fakeCamera) Preview(ctx context.Context, show func([]byte) error) error {
	c.count(1)
	defer c.count(-1)
	for ctx.Err() == nil {
		if err := show(bytes.Clone(c.jpeg)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Millisecond):
		}
	}
	return ctx.Err()
}

func (c *fakeCamera) count(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.viewing += n
}

// fakeScanner has some pages and an end.
type fakeScanner struct {
	pages [][]byte
	err   error
}

func (s fakeScanner) Scan(_ context.Context, _ device.ScanSettings, page func(device.Image) error) (int, error) {
	for i, p := range s.pages {
		if err := page(device.Image{JPEG: p, DPI: 200}); err != nil {
			return i, err
		}
	}
	return len(s.pages), s.err
}

// fakeHall is the hall as the agent's queue knows it.
type fakeHall struct {
	mu       sync.Mutex
	added    []agent.Document
	pictures map[string][]byte // by document
	opened   int
	err      error
}

func (h *fakeHall) Add(_ context.Context, d agent.Document) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return "", h.err
	}
	if !slices.ContainsFunc(h.added, func(o agent.Document) bool { return o.ID == d.ID }) {
		h.added = append(h.added, d)
	}
	return d.ID, nil
}

func (h *fakeHall) Drop(string) error { return nil }

func (h *fakeHall) List(_ context.Context, ticket string) ([]link.DocumentView, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := []link.DocumentView{}
	for id := range h.pictures {
		list = append(list, link.DocumentView{ID: id, Ticket: ticket, Kind: kindPhone, Stored: true})
	}
	for _, d := range h.added {
		list = append(list, link.DocumentView{ID: d.ID, Ticket: ticket, Kind: d.Kind, Name: d.Name, Stored: true})
	}
	return list, h.err
}

func (h *fakeHall) Content(_ context.Context, id string) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pictures[id], h.err
}

func (h *fakeHall) Remove(_ context.Context, id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pictures, id)
	return h.err
}

func (h *fakeHall) OpenPhone(context.Context, string) (link.PaperPhone, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened++
	return link.PaperPhone{URL: "http://hall/u/code", Until: time.Now().Add(time.Minute)}, h.err
}

func (h *fakeHall) ClosePhone(context.Context, string) error { return h.err }

// desk is the papers of one counter in a test.
type desk struct {
	*testing.T
	*papers
	dir    string
	hall   *fakeHall
	camera *fakeCamera
	scan   *fakeScanner
	// process makes pages; imaging.Process where its outcome matters.
	process func(context.Context, []byte, imaging.Edit) (imaging.Page, error)
	// pageBytes is what the hall says of a page's size.
	pageBytes atomic.Int64

	mu   sync.Mutex
	last map[string]link.Papers
	stop func()
}

const visitID = "01JD0V4Q4E8K5C2V6Z9Y3X7W1A"

func sheet(t *testing.T) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 600, 800))
	for y := range 800 {
		for x := range 600 {
			c := uint8(60)
			if x > 80 && x < 520 && y > 90 && y < 710 {
				c = 245
			}
			m.Set(x, y, color.Gray{c})
		}
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, m, nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// copied makes a page of a picture without looking at it.
func copied(_ context.Context, src []byte, _ imaging.Edit) (imaging.Page, error) {
	return imaging.Page{JPEG: src, Width: 600, Height: 800, DPI: 200, Found: true}, nil
}

func newDesk(t *testing.T) *desk { return newDeskWith(t, copied) }

func newDeskWith(t *testing.T, process func(context.Context, []byte, imaging.Edit) (imaging.Page, error)) *desk {
	t.Helper()
	d := &desk{
		process: process,
		T:       t, dir: t.TempDir(), hall: &fakeHall{pictures: map[string][]byte{}}, camera: &fakeCamera{jpeg: sheet(t)},
		scan: &fakeScanner{}, last: map[string]link.Papers{},
	}
	d.start()
	t.Cleanup(func() { d.stop() })
	return d
}

// start starts the papers on the folder, as a new process would.
func (d *desk) start() {
	d.Helper()
	log := slog.New(slog.DiscardHandler)
	store, err := openPapers(d.dir, "token", log)
	if err != nil {
		d.Fatal(err)
	}
	d.papers = newPapers(papersConfig{
		Store: store, Hall: d.hall, Process: d.process, Number: func(string) string { return "A001" }, Log: log, Now: time.Now,
		Camera: func() camera { return d.camera }, Scanner: func() scanner { return *d.scan }, Tell: d.tell, PageBytes: func() int { return int(d.pageBytes.Load()) },
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { d.run(ctx); close(done) }()
	d.stop = sync.OnceFunc(func() { cancel(); <-done })
	<-d.begin
}

func (d *desk) tell(p link.Papers) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last[p.Ticket] = p
}

func (d *desk) view() link.Papers {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last[visitID]
}

// ask sends a command as the clerk's page does.
func (d *desk) ask(t link.Type, body any) error {
	d.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		d.Fatal(err)
	}
	known, err := d.command(context.Background(), link.Message{Type: t, ID: ulid.Make().String(), Body: data})
	if !known {
		d.Fatalf("%s isn't known", t)
	}
	return err
}

func (d *desk) must(t link.Type, body any) {
	d.Helper()
	if err := d.ask(t, body); err != nil {
		d.Fatalf("%s: %v", t, err)
	}
}

func (d *desk) until(what string, ok func(link.Papers) bool) link.Papers {
	d.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(2 * time.Millisecond) {
		v := d.view()
		if ok(v) {
			return v
		}
		if time.Now().After(end) {
			d.Fatalf("waited in vain: %s; there is %+v", what, v)
		}
	}
}

// pages waits until so many pages are ready.
func (d *desk) pages(n int) link.Papers {
	d.Helper()
	return d.until("pages are ready", func(v link.Papers) bool {
		return len(v.Pages) == n && !slices.ContainsFunc(v.Pages, func(p link.PaperPage) bool { return p.State != pageReady })
	})
}

func refusedAs(err error, code string) bool {
	var refused *agent.RefusedError
	return errors.As(err, &refused) && refused.Problem.Code == code
}

func TestAPictureBecomesAPageAndPagesADocument(t *testing.T) {
	d := newDeskWith(t, imaging.Process)
	ref := link.TicketRef{Ticket: visitID}
	d.must(link.TypePapersCapture, ref)
	d.must(link.TypePapersCapture, ref)
	v := d.pages(2)
	if p := v.Pages[0]; !p.Found || len(p.Corners) != 4 || math.Abs(p.Corners[0].X-0.133) > 0.02 || math.Abs(p.Corners[0].Y-0.1125) > 0.02 {
		t.Errorf("the sheet's corners: %+v", p)
	}
	d.must(link.TypePapersFinish, link.PapersFinish{Ticket: visitID, Name: " 身份证复印件 "})
	d.until("the draft is empty", func(v link.Papers) bool { return len(v.Pages) == 0 })
	if len(d.hall.added) != 1 {
		t.Fatalf("%d documents", len(d.hall.added))
	}
	doc := d.hall.added[0]
	if doc.Name != "身份证复印件" || doc.Ticket != visitID || doc.Kind != agent.KindMaterial || doc.Type != "application/pdf" ||
		!bytes.HasPrefix(doc.Data, []byte("%PDF-")) || bytes.Count(doc.Data, []byte("/Type /Page\n")) != 2 {
		t.Errorf("document %q of %s, %d bytes", doc.Name, doc.Ticket, len(doc.Data))
	}
	if left, err := os.ReadDir(d.dir); err != nil || len(left) > 0 {
		t.Errorf("left on the disk: %v, %v", left, err)
	}
}

func TestPagesOutliveARestartAndCantBeRead(t *testing.T) {
	d := newDesk(t)
	d.must(link.TypePapersCapture, link.TicketRef{Ticket: visitID})
	before := d.pages(1)
	d.stop()
	err := filepath.WalkDir(d.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("\xff\xd8\xff")) || bytes.Contains(data, []byte("A001")) {
			t.Errorf("%s can be read", e.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.start()
	d.must(link.TypePapersOpen, link.TicketRef{Ticket: visitID})
	after := d.pages(1)
	if after.Pages[0].ID != before.Pages[0].ID || after.Pages[0].Bytes != before.Pages[0].Bytes {
		t.Errorf("before %+v, after %+v", before.Pages[0], after.Pages[0])
	}
	other := strings.Replace(visitID, "01JD", "01JE", 1)
	d.must(link.TypePapersOpen, link.TicketRef{Ticket: other})
	d.mu.Lock()
	left := d.last[other].Left
	d.mu.Unlock()
	if len(left) != 1 || left[0] != (link.PapersLeft{Ticket: visitID, Number: "A001", Pages: 1}) {
		t.Errorf("the next visit is told of %+v", left)
	}
}

func TestAPageThatWasInTheWorksIsMadeAfterARestart(t *testing.T) {
	d := newDesk(t)
	d.stop()
	if _, err := d.cfg.Store.add(visitID, "A001", page{PaperPage: link.PaperPage{
		ID: ulid.Make().String(), From: "camera", State: pageWorking, Look: link.LookColour,
	}}, d.camera.jpeg); err != nil {
		t.Fatal(err)
	}
	d.start()
	d.pages(1)
}

func TestADocumentThatWasHandedOverIsNotMadeTwice(t *testing.T) {
	d := newDesk(t)
	d.must(link.TypePapersCapture, link.TicketRef{Ticket: visitID})
	d.pages(1)
	first, _, err := d.cfg.Store.close(visitID, ulid.Make().String())
	if err != nil {
		t.Fatal(err)
	}
	d.stop() // the power goes between handing over and clearing
	d.start()
	d.must(link.TypePapersFinish, link.PapersFinish{Ticket: visitID, Name: "材料"})
	if len(d.hall.added) != 1 || d.hall.added[0].ID != first {
		t.Errorf("handed over %d, want %s", len(d.hall.added), first)
	}
}

func TestEditingAPage(t *testing.T) {
	d := newDeskWith(t, imaging.Process)
	d.must(link.TypePapersCapture, link.TicketRef{Ticket: visitID})
	id := d.pages(1).Pages[0].ID
	edit := func(e link.PapersEdit) link.PaperPage {
		t.Helper()
		e.Ticket, e.Page = visitID, id
		rev := d.view().Pages[0].Rev
		d.must(link.TypePapersEdit, e)
		return d.until("the page is made anew", func(v link.Papers) bool {
			return v.Pages[0].State == pageReady && v.Pages[0].Rev > rev
		}).Pages[0]
	}
	upright := d.view().Pages[0]
	quarter := 90
	if p := edit(link.PapersEdit{Turn: &quarter}); (p.Width > p.Height) == (upright.Width > upright.Height) {
		t.Errorf("turned: %d×%d, before %d×%d", p.Width, p.Height, upright.Width, upright.Height)
	}
	d.must(link.TypePapersCapture, link.TicketRef{Ticket: visitID})
	if p := d.pages(2).Pages[1]; p.Turn != 90 {
		t.Errorf("the next picture is turned by %d", p.Turn)
	}
	d.must(link.TypePapersDelete, link.PageRef{Ticket: visitID, Page: d.view().Pages[1].ID})
	// By hand, in any order.
	corners := []link.PaperPoint{{X: 0.9, Y: 0.9}, {X: 0.1, Y: 0.2}, {X: 0.9, Y: 0.1}, {X: 0.1, Y: 0.8}}
	p := edit(link.PapersEdit{Corners: corners})
	want := []link.PaperPoint{{X: 0.1, Y: 0.2}, {X: 0.9, Y: 0.1}, {X: 0.9, Y: 0.9}, {X: 0.1, Y: 0.8}}
	if !p.ByHand || !slices.Equal(p.Corners, want) {
		t.Errorf("corners %+v, by hand %v", p.Corners, p.ByHand)
	}
	if p := edit(link.PapersEdit{Look: link.LookBlack}); p.Look != link.LookBlack || !p.ByHand {
		t.Errorf("black: %+v", p)
	}
	if p := edit(link.PapersEdit{Auto: true}); p.ByHand || !p.Found {
		t.Errorf("found again: %+v", p)
	}
	if p := edit(link.PapersEdit{Whole: true}); p.ByHand || p.Found {
		t.Errorf("whole: %+v", p)
	}
	skew := 45
	for _, tt := range []struct {
		name string
		in   link.PapersEdit
		code string
	}{
		{"three corners", link.PapersEdit{Page: id, Corners: corners[:3]}, "papers.edit"},
		{"a corner outside", link.PapersEdit{Page: id, Corners: []link.PaperPoint{{X: 2}, {}, {}, {}}}, "papers.edit"},
		{"half a turn of a quarter", link.PapersEdit{Page: id, Turn: &skew}, "papers.edit"},
		{"a look that isn't one", link.PapersEdit{Page: id, Look: "sepia"}, "papers.edit"},
		{"a page that isn't there", link.PapersEdit{Page: ulid.Make().String(), Auto: true}, "papers.no-page"},
	} {
		tt.in.Ticket = visitID
		before := d.view().Pages[0]
		if err := d.ask(link.TypePapersEdit, tt.in); !refusedAs(err, tt.code) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.code)
		}
		if after := d.view().Pages[0]; after.Rev != before.Rev {
			t.Errorf("%s: the page changed", tt.name)
		}
	}
}

func TestOrderingAndDeletingPages(t *testing.T) {
	d := newDesk(t)
	for range 3 {
		d.must(link.TypePapersCapture, link.TicketRef{Ticket: visitID})
	}
	v := d.pages(3)
	ids := []string{v.Pages[2].ID, v.Pages[0].ID, v.Pages[1].ID}
	d.must(link.TypePapersOrder, link.PapersOrder{Ticket: visitID, Pages: ids})
	for i, p := range d.view().Pages {
		if p.ID != ids[i] {
			t.Errorf("page %d is %s, want %s", i+1, p.ID, ids[i])
		}
	}
	for _, wrong := range [][]string{ids[:2], {ids[0], ids[0], ids[1]}, {ids[0], ids[1], ulid.Make().String()}, nil} {
		if err := d.ask(link.TypePapersOrder, link.PapersOrder{Ticket: visitID, Pages: wrong}); !refusedAs(err, "papers.order") {
			t.Errorf("order %v: %v", wrong, err)
		}
	}
	d.must(link.TypePapersDelete, link.PageRef{Ticket: visitID, Page: ids[1]})
	if v := d.view(); len(v.Pages) != 2 || v.Pages[1].ID != ids[2] {
		t.Errorf("left %+v", v.Pages)
	}
	if err := d.ask(link.TypePapersDelete, link.PageRef{Ticket: visitID, Page: ids[1]}); !refusedAs(err, "papers.no-page") {
		t.Errorf("deleted twice: %v", err)
	}
}

func TestScanningManyPagesTellsHowItEnded(t *testing.T) {
	d := newDesk(t)
	d.scan.pages, d.scan.err = [][]byte{d.camera.jpeg, d.camera.jpeg}, device.ErrJam
	d.must(link.TypePapersScan, link.PapersScan{Ticket: visitID, Source: "feeder", TwoSided: true})
	v := d.until("the scan ends", func(v link.Papers) bool { return v.Working == "" && v.Problem != "" })
	if !strings.Contains(v.Problem, "卡纸") {
		t.Errorf("problem %q", v.Problem)
	}
	d.pages(2)
	d.scan.err = nil
	if err := d.ask(link.TypePapersScan, link.PapersScan{Ticket: visitID, Source: "drum"}); !refusedAs(err, "papers.scan") {
		t.Errorf("from a drum: %v", err)
	}
}

func TestPicturesOfAPhoneBecomePages(t *testing.T) {
	d := newDesk(t)
	d.must(link.TypePapersPhone, link.PapersPhone{Ticket: visitID, Open: true})
	d.until("the code is shown", func(v link.Papers) bool { return v.Phone != nil && v.Phone.URL == "http://hall/u/code" })
	d.hall.mu.Lock()
	id := ulid.Make().String()
	d.hall.pictures[id] = d.camera.jpeg
	d.hall.mu.Unlock()
	v := d.pages(1)
	if v.Pages[0].ID != id || v.Pages[0].From != "phone" {
		t.Errorf("page %+v", v.Pages[0])
	}
	d.until("it is counted and gone from the hall", func(v link.Papers) bool {
		d.hall.mu.Lock()
		defer d.hall.mu.Unlock()
		return v.Phone != nil && v.Phone.Pictures == 1 && len(d.hall.pictures) == 0
	})
	d.must(link.TypePapersPhone, link.PapersPhone{Ticket: visitID})
	d.until("the code is gone", func(v link.Papers) bool { return v.Phone == nil })
}

func TestWhatGoesWrongIsSaidAndNothingIsLost(t *testing.T) {
	d := newDeskWith(t, imaging.Process)
	ref := link.TicketRef{Ticket: visitID}
	if err := d.ask(link.TypePapersFinish, link.PapersFinish{Ticket: visitID, Name: "材料"}); !refusedAs(err, "papers.empty") {
		t.Errorf("no pages: %v", err)
	}
	d.camera.err = device.ErrOffline
	if err := d.ask(link.TypePapersCapture, ref); !refusedAs(err, "papers.capture") || !strings.Contains(d.view().Problem, "没有连接") {
		t.Errorf("an unplugged camera: %v, %q", err, d.view().Problem)
	}
	d.camera.err = nil
	d.must(link.TypePapersCapture, ref)
	d.pages(1)
	for _, name := range []string{"", "  ", strings.Repeat("长", 101)} {
		if err := d.ask(link.TypePapersFinish, link.PapersFinish{Ticket: visitID, Name: name}); !refusedAs(err, "papers.name") {
			t.Errorf("name %q: %v", name, err)
		}
	}
	d.hall.err = agent.ErrDocumentsFull
	if err := d.ask(link.TypePapersFinish, link.PapersFinish{Ticket: visitID, Name: "材料"}); !refusedAs(err, "papers.finish") {
		t.Errorf("a full queue: %v", err)
	}
	d.hall.err = errors.New("no route to host")
	if err := d.ask(link.TypePapersPhone, link.PapersPhone{Ticket: visitID, Open: true}); !errors.Is(err, agent.ErrAway) {
		t.Errorf("no hall: %v", err)
	}
	d.hall.err = nil
	if v := d.pages(1); v.Working != "" {
		t.Errorf("still %s", v.Working)
	}
	for _, ticket := range []string{"", "..", "../../etc", "A001"} {
		if err := d.ask(link.TypePapersCapture, link.TicketRef{Ticket: ticket}); !refusedAs(err, "ticket.missing") {
			t.Errorf("visit %q: %v", ticket, err)
		}
	}
	d.camera.jpeg = []byte("\xff\xd8\xff not a picture")
	d.must(link.TypePapersCapture, ref)
	v := d.until("the page failed", func(v link.Papers) bool { return len(v.Pages) == 2 && v.Pages[1].State == pageFailed })
	if !strings.Contains(v.Pages[1].Detail, "无法识别") {
		t.Errorf("detail %q", v.Pages[1].Detail)
	}
	if err := d.ask(link.TypePapersFinish, link.PapersFinish{Ticket: visitID, Name: "材料"}); !refusedAs(err, "papers.not-ready") {
		t.Errorf("a page that failed: %v", err)
	}
}

func TestOldPagesAreForgotten(t *testing.T) {
	d := newDesk(t)
	d.must(link.TypePapersCapture, link.TicketRef{Ticket: visitID})
	d.pages(1)
	d.cfg.Store.sweep(time.Now().Add(keepPapers - time.Minute))
	if n := len(d.cfg.Store.pages(visitID)); n != 1 {
		t.Fatalf("%d pages before their time is over", n)
	}
	d.cfg.Store.sweep(time.Now().Add(keepPapers + time.Minute))
	if n := len(d.cfg.Store.pages(visitID)); n != 0 {
		t.Errorf("%d pages after their time is over", n)
	}
}

func TestThePreviewMakesWayForAPicture(t *testing.T) {
	d := newDesk(t)
	mux := http.NewServeMux()
	d.routes(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	resp, err := http.Get(server.URL + "/papers/camera")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "multipart/x-mixed-replace") {
		t.Fatalf("content type %s", kind)
	}
	frames := func(n int) {
		t.Helper()
		if _, err := io.CopyN(io.Discard, resp.Body, int64(n*len(d.camera.jpeg))); err != nil {
			t.Fatal(err)
		}
	}
	frames(2)
	go func() { _, _ = io.Copy(io.Discard, resp.Body) }()
	for range 3 {
		d.must(link.TypePapersCapture, link.TicketRef{Ticket: visitID})
	}
	d.camera.mu.Lock()
	clashes := d.camera.clashes
	d.camera.mu.Unlock()
	if clashes > 0 {
		t.Errorf("%d pictures were taken beside a preview", clashes)
	}
	d.until("the preview goes on", func(link.Papers) bool {
		d.camera.mu.Lock()
		defer d.camera.mu.Unlock()
		return d.camera.viewing == 1
	})
	_ = resp.Body.Close()
	d.until("the preview ends with its page", func(link.Papers) bool {
		d.camera.mu.Lock()
		defer d.camera.mu.Unlock()
		return d.camera.viewing == 0
	})
}

func TestPicturesAreServedToTheClerkOnly(t *testing.T) {
	d := newDesk(t)
	d.must(link.TypePapersCapture, link.TicketRef{Ticket: visitID})
	id := d.pages(1).Pages[0].ID
	mux := http.NewServeMux()
	d.routes(mux)
	for _, tt := range []struct {
		path   string
		status int
	}{
		{"/papers/" + visitID + "/" + id + "/page", 200},
		{"/papers/" + visitID + "/" + id + "/source", 200},
		{"/papers/" + visitID + "/" + ulid.Make().String() + "/page", 404},
		{"/papers/..%2f..%2fetc/passwd/page", 404},
		{"/papers/" + visitID + "/index/source", 404},
		{"/documents/..%2fpasswd", 404},
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", tt.path, nil))
		if w.Code != tt.status {
			t.Errorf("%s: got %d, want %d", tt.path, w.Code, tt.status)
		}
		if h := w.Header(); w.Code == 200 && (h.Get("Content-Type") != "image/jpeg" || h.Get("Cache-Control") != "no-store") {
			t.Errorf("%s: %v", tt.path, h)
		}
	}
}
