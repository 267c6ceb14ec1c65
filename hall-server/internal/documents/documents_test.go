package documents_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/privacy"
)

// fixture is a service on a real database with a clock in the test's hands.
type fixture struct {
	*testing.T
	*documents.Service
	dir  string
	open func() *documents.Service

	mu  sync.Mutex
	now time.Time
	day queue.Day
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{T: t, dir: filepath.Join(t.TempDir(), "documents"), now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), day: "2026-11-23"}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	f.open = func() *documents.Service {
		s, err := documents.New(documents.Config{
			Dir: f.dir, Table: db, Vault: privacy.NewVault(bytes.Repeat([]byte("k"), 32)), Log: slog.New(slog.DiscardHandler),
			Now: f.clock, Day: f.today, KeepDays: func() int { return 30 },
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	f.Service = f.open()
	return f
}

func (f *fixture) clock() queue.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return queue.TimeOf(f.now)
}

func (f *fixture) today() queue.Day {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.day
}

func (f *fixture) later(d time.Duration, day queue.Day) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now, f.day = f.now.Add(d), day
}

// pdfOf is a file that begins and ends as PDF files do.
func pdfOf(size int) []byte {
	tail := "\nstartxref\n9\n%%EOF\n"
	return []byte("%PDF-1.4\n" + strings.Repeat("王小明 ", size)[:max(0, size-9-len(tail))] + tail)
}

func picture(t testing.TB, width, height int) image.Image {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.Set(x, y, color.RGBA{uint8(x * 7), uint8(y * 5), uint8(x ^ y), 255})
		}
	}
	return m
}

func jpegOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, picture(t, width, height), nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func pngOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, picture(t, width, height)); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func describe(kind string, data []byte) documents.Document {
	sum := sha256.Sum256(data)
	return documents.Document{
		ID: ulid.Make().String(), Ticket: "T1", Day: "2026-11-23", Kind: documents.Material, Name: "王小明的身份证", Type: kind,
		Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Window: "3", By: "clerk:counter-3",
	}
}

// send brings data in parts of size and returns the first error.
func (f *fixture) send(d documents.Document, data []byte, size int) (documents.Document, error) {
	d, err := f.Begin(f.Context(), d)
	for err == nil && d.State != documents.Stored {
		end := min(d.Received+int64(size), d.Size)
		d, err = f.Append(f.Context(), d.ID, d.Received, data[d.Received:end])
	}
	return d, err
}

func (f *fixture) content(id string) []byte {
	f.Helper()
	var buf bytes.Buffer
	if err := f.Copy(f.Context(), id, &buf); err != nil {
		f.Fatal(err)
	}
	return buf.Bytes()
}

// nothing checks that neither the table nor the disk has anything.
func (f *fixture) nothing() {
	f.Helper()
	if list, err := f.List(f.Context(), "T1"); err != nil || len(list) > 0 {
		f.Errorf("the table has %+v, %v", list, err)
	}
	files, err := filepath.Glob(filepath.Join(f.dir, "*", "*"))
	if err != nil || len(files) > 0 {
		f.Errorf("the disk has %v, %v", files, err)
	}
}

func TestADocumentComesInPartsAndGoesOutWhole(t *testing.T) {
	f := newFixture(t)
	for _, tt := range []struct {
		name, kind string
		data       []byte
		part       int
	}{
		{"PDF in one part", "application/pdf", pdfOf(5000), documents.MaxPart},
		{"PDF in many parts", "application/pdf", pdfOf(3 << 20), 256 << 10},
		{"PDF in the smallest parts", "application/pdf", pdfOf(100_000), documents.MinPart},
		{"JPEG", "image/jpeg", jpegOf(t, 640, 480), 16 << 10},
		{"PNG", "image/png", pngOf(t, 200, 100), 1 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := f.send(describe(tt.kind, tt.data), tt.data, tt.part)
			if err != nil || d.State != documents.Stored || d.Received != d.Size {
				t.Fatalf("got %+v, %v", d, err)
			}
			if !bytes.Equal(f.content(d.ID), tt.data) {
				t.Error("something else came out")
			}
			if got, err := f.Get(t.Context(), d.ID); err != nil || got.Name != "王小明的身份证" || got.Window != "3" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestNeitherDiskNorTableCanBeRead(t *testing.T) {
	f := newFixture(t)
	data := pdfOf(100_000)
	if _, err := f.send(describe("application/pdf", data), data, 64<<10); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(f.dir, "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || bytes.Contains(text, []byte("PDF")) || bytes.Contains(text, []byte("王小明")) {
		t.Errorf("the file tells what is in it (%v)", err)
	}
}

func TestWhatIsNotADocumentLeavesNothing(t *testing.T) {
	f := newFixture(t)
	jpg, pdf, pic := jpegOf(t, 64, 64), pdfOf(40_000), pngOf(t, 64, 64)
	big := bytes.Clone(pic)
	copy(big[16:24], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65536 × 65536 pixels, with a wrong checksum
	wrongHash := func(d *documents.Document) { d.SHA256 = strings.Repeat("0", 64) }
	for _, tt := range []struct {
		name, kind string
		data       []byte
		change     func(*documents.Document)
		want       error
	}{
		{"a program as PDF", "application/pdf", []byte("MZ\x90\x00 this program cannot be run"), nil, documents.ErrType},
		{"a page as picture", "image/jpeg", []byte("<html><script>alert(1)</script></html>"), nil, documents.ErrType},
		{"a PNG as JPEG", "image/jpeg", pic, nil, documents.ErrType},
		{"a type that isn't taken", "image/svg+xml", []byte("<svg/>"), nil, documents.ErrType},
		{"a PDF that was cut off", "application/pdf", pdf[:len(pdf)-2000], nil, documents.ErrDamaged},
		{"a JPEG that was cut off", "image/jpeg", jpg[:len(jpg)-100], nil, documents.ErrDamaged},
		{"a JPEG of a head", "image/jpeg", jpg[:20], nil, documents.ErrDamaged},
		{"a PNG that was cut off", "image/png", pic[:len(pic)-8], nil, documents.ErrDamaged},
		{"a PNG with a wrong checksum", "image/png", big, nil, documents.ErrDamaged},
		{"a program behind a JPEG", "image/jpeg", append(bytes.Clone(jpg), bytes.Repeat([]byte("MZ"), 100)...), nil, documents.ErrType},
		{"a program behind a PNG", "image/png", append(bytes.Clone(pic), bytes.Repeat([]byte("MZ"), 100)...), nil, documents.ErrType},
		{"another content than announced", "application/pdf", pdf, wrongHash, documents.ErrHash},
		{"nothing", "application/pdf", pdf, func(d *documents.Document) { d.Size = 0 }, documents.ErrSize},
		{"less than nothing", "application/pdf", pdf, func(d *documents.Document) { d.Size = -1 }, documents.ErrSize},
		{"too much", "application/pdf", pdf, func(d *documents.Document) { d.Size = documents.MaxSize + 1 }, documents.ErrSize},
		{"a path as id", "application/pdf", pdf, func(d *documents.Document) { d.ID = "../../../etc/passwd" }, documents.ErrInvalid},
		{"no hash", "application/pdf", pdf, func(d *documents.Document) { d.SHA256 = "" }, documents.ErrInvalid},
		{"a hash in capitals", "application/pdf", pdf, func(d *documents.Document) { d.SHA256 = strings.Repeat("A", 64) }, documents.ErrInvalid},
		{"a name of a novel", "application/pdf", pdf, func(d *documents.Document) { d.Name = strings.Repeat("长", 101) }, documents.ErrInvalid},
		{"a kind that isn't one", "application/pdf", pdf, func(d *documents.Document) { d.Kind = "diary" }, documents.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := describe(tt.kind, tt.data)
			if tt.change != nil {
				tt.change(&d)
			}
			if _, err := f.send(d, tt.data, 16<<10); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			(&fixture{T: t, Service: f.Service, dir: f.dir}).nothing()
		})
	}
}

func TestPartsThatDontFitChangeNothing(t *testing.T) {
	f := newFixture(t)
	data := pdfOf(200_000)
	d, err := f.Begin(t.Context(), describe("application/pdf", data))
	if err != nil {
		t.Fatal(err)
	}
	if d, err = f.Append(t.Context(), d.ID, 0, data[:64<<10]); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		offset int64
		part   []byte
		want   error
	}{
		{"from the beginning again", 0, data[:64<<10], documents.ErrOffset},
		{"a gap", 100 << 10, data[100<<10 : 150<<10], documents.ErrOffset},
		{"before the beginning", -1, data[:64<<10], documents.ErrOffset},
		{"a crumb", 64 << 10, data[64<<10 : 65<<10], documents.ErrPart},
		{"nothing", 64 << 10, nil, documents.ErrPart},
		{"beyond the end", 64 << 10, append(bytes.Clone(data[64<<10:]), 'x'), documents.ErrPart},
		{"too large", 64 << 10, make([]byte, documents.MaxPart+1), documents.ErrPart},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := f.Append(t.Context(), d.ID, tt.offset, tt.part); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if got, err := f.Get(t.Context(), d.ID); err != nil || got.Received != 64<<10 {
				t.Errorf("has %d bytes, %v", got.Received, err)
			}
		})
	}
	if _, err := f.Append(t.Context(), d.ID, 64<<10, data[64<<10:]); err != nil {
		t.Error(err)
	}
	if _, err := f.Append(t.Context(), d.ID, 64<<10, data[64<<10:]); err != nil {
		t.Errorf("the last part again: %v", err)
	}
	if !bytes.Equal(f.content(d.ID), data) {
		t.Error("something else came out")
	}
	if err := f.Copy(t.Context(), ulid.Make().String(), &bytes.Buffer{}); !errors.Is(err, documents.ErrUnknown) {
		t.Errorf("an id that isn't there: %v", err)
	}
}

func TestAnnouncingAgainSaysHowMuchHasCome(t *testing.T) {
	f := newFixture(t)
	data := pdfOf(200_000)
	d := describe("application/pdf", data)
	if _, err := f.Begin(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Append(t.Context(), d.ID, 0, data[:128<<10]); err != nil {
		t.Fatal(err)
	}
	// A crash cuts the next part off.
	path := filepath.Join(f.dir, "2026-11-23", d.ID)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte{0, 1, 0, 0, 1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
	f.Service = f.open()
	got, err := f.send(d, data, 64<<10)
	if err != nil || got.State != documents.Stored {
		t.Fatalf("got %+v, %v", got, err)
	}
	if !bytes.Equal(f.content(d.ID), data) {
		t.Error("something else came out")
	}
	other := d
	other.Ticket = "T2"
	if _, err := f.Begin(t.Context(), other); !errors.Is(err, documents.ErrTaken) {
		t.Errorf("its id for another visit: %v", err)
	}
}

func TestWhatTheDiskSpoiltIsNoticed(t *testing.T) {
	f := newFixture(t)
	data := pdfOf(200_000)
	spoil := func(id string) {
		t.Helper()
		path := filepath.Join(f.dir, "2026-11-23", id)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text[1000] ^= 1
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := f.send(describe("application/pdf", data), data, 64<<10)
	if err != nil {
		t.Fatal(err)
	}
	spoil(stored.ID)
	if err := f.Copy(t.Context(), stored.ID, &bytes.Buffer{}); !errors.Is(err, privacy.ErrSealed) {
		t.Errorf("a spoilt document: %v", err)
	}
	d, err := f.Begin(t.Context(), describe("application/pdf", data))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Append(t.Context(), d.ID, 0, data[:128<<10]); err != nil {
		t.Fatal(err)
	}
	spoil(d.ID)
	if _, err := f.Append(t.Context(), d.ID, 128<<10, data[128<<10:]); !errors.Is(err, documents.ErrOffset) {
		t.Errorf("spoilt while it came: %v", err)
	}
	if got, err := f.send(d, data, 64<<10); err != nil || got.State != documents.Stored {
		t.Errorf("sent anew: %+v, %v", got, err)
	}
}

func TestDocumentsGoWhenTheirTimeIsOver(t *testing.T) {
	f := newFixture(t)
	data := pdfOf(20_000)
	old, err := f.send(describe("application/pdf", data), data, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	half, err := f.Begin(t.Context(), describe("application/pdf", data))
	if err != nil {
		t.Fatal(err)
	}
	sweep := func(want int) {
		t.Helper()
		if n, err := f.Sweep(t.Context()); err != nil || n != want {
			t.Errorf("deleted %d, %v; want %d", n, err, want)
		}
	}
	sweep(0)
	f.later(11*24*time.Hour, "2026-12-04")
	sweep(1) // what never came whole
	if _, err := f.Get(t.Context(), half.ID); !errors.Is(err, documents.ErrUnknown) {
		t.Errorf("half a document: %v", err)
	}
	f.later(0, "2026-12-23")
	sweep(0)
	if _, err := f.Get(t.Context(), old.ID); err != nil {
		t.Errorf("on the thirtieth day: %v", err)
	}
	f.later(0, "2026-12-24")
	sweep(1)
	f.nothing()
	if days, err := os.ReadDir(f.dir); err != nil || len(days) > 0 {
		t.Errorf("folders %v, %v", days, err)
	}
}

func TestAVisitHasABound(t *testing.T) {
	f := newFixture(t)
	data := pdfOf(20_000)
	for range 200 {
		if _, err := f.Begin(t.Context(), describe("application/pdf", data)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Begin(t.Context(), describe("application/pdf", data)); !errors.Is(err, documents.ErrFull) {
		t.Errorf("document 201: %v", err)
	}
	other := describe("application/pdf", data)
	other.Ticket = "T2"
	if _, err := f.Begin(t.Context(), other); err != nil {
		t.Errorf("another visit: %v", err)
	}
}

func TestPartsOfManyDocumentsAtOnce(t *testing.T) {
	f := newFixture(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			data := pdfOf(100_000 + i)
			d, err := f.send(describe("application/pdf", data), data, 16<<10)
			if err != nil {
				t.Error(err)
				return
			}
			var buf bytes.Buffer
			if err := f.Copy(context.Background(), d.ID, &buf); err != nil || !bytes.Equal(buf.Bytes(), data) {
				t.Errorf("document %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if list, err := f.List(t.Context(), "T1"); err != nil || len(list) != 8 {
		t.Errorf("%d documents, %v", len(list), err)
	}
}

func TestACodeIsForOnePhoneAndTenMinutes(t *testing.T) {
	f := newFixture(t)
	jpg := jpegOf(t, 64, 64)
	open := f.Phones.Open(documents.PhoneUpload{Ticket: "T1", Day: "2026-11-23", Number: "A001", By: "clerk:3"})
	if len(open.Code) != 16 {
		t.Errorf("code %q", open.Code)
	}
	id := ulid.Make().String()
	device, err := f.Picture(t.Context(), open.Code, "", id, jpg)
	if err != nil || device == "" {
		t.Fatalf("the first picture: %q, %v", device, err)
	}
	for _, tt := range []struct {
		name, code, device, id string
		data                   []byte
		want                   error
	}{
		{"the same picture again", open.Code, device, id, jpg, nil},
		{"in capitals", strings.ToUpper(open.Code), device, ulid.Make().String(), jpg, nil},
		{"another phone", open.Code, "", ulid.Make().String(), jpg, documents.ErrOther},
		{"another phone that guesses", open.Code, strings.Repeat("a", 32), ulid.Make().String(), jpg, documents.ErrOther},
		{"another code", "aaaaaaaaaaaaaaaa", device, ulid.Make().String(), jpg, documents.ErrCode},
		{"a PDF", open.Code, device, ulid.Make().String(), pdfOf(100), documents.ErrType},
		{"a path as id", open.Code, device, "../x", jpg, documents.ErrInvalid},
		{"half a picture", open.Code, device, ulid.Make().String(), jpg[:len(jpg)/2], documents.ErrDamaged},
		{"a picture with a film behind it", open.Code, device, ulid.Make().String(), append(bytes.Clone(jpg), make([]byte, 5000)...), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := f.Picture(t.Context(), tt.code, tt.device, tt.id, tt.data); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	list, err := f.List(t.Context(), "T1")
	if err != nil || len(list) != 3 || slices.ContainsFunc(list, func(d documents.Document) bool { return d.Kind != documents.Phone }) {
		t.Errorf("%d pictures, %v", len(list), err)
	}
	if got, ok := f.Phones.Of("T1"); !ok || got.Pictures != 3 {
		t.Errorf("counted %+v, %v", got, ok)
	}
	f.later(10*time.Minute, "2026-11-23")
	if _, err := f.Picture(t.Context(), open.Code, device, ulid.Make().String(), jpg); !errors.Is(err, documents.ErrCode) {
		t.Errorf("after ten minutes: %v", err)
	}
	if _, err := f.Phones.Look(open.Code); !errors.Is(err, documents.ErrCode) {
		t.Errorf("after ten minutes: %v", err)
	}
}

func TestANewCodeEndsTheOldOne(t *testing.T) {
	f := newFixture(t)
	first := f.Phones.Open(documents.PhoneUpload{Ticket: "T1"})
	other := f.Phones.Open(documents.PhoneUpload{Ticket: "T2"})
	second := f.Phones.Open(documents.PhoneUpload{Ticket: "T1"})
	for _, tt := range []struct {
		name, code string
		want       error
	}{{"the old one", first.Code, documents.ErrCode}, {"the new one", second.Code, nil}, {"another visit's", other.Code, nil}} {
		if _, err := f.Phones.Look(tt.code); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	f.Phones.Close("T1")
	if _, ok := f.Phones.Of("T1"); ok {
		t.Error("it was closed and holds")
	}
}

func TestAPhoneCantFlood(t *testing.T) {
	f := newFixture(t)
	open := f.Phones.Open(documents.PhoneUpload{Ticket: "T1", Day: "2026-11-23"})
	jpg := jpegOf(t, 16, 16)
	device := ""
	var err error
	sent := 0
	send := func() error {
		device, err = f.Picture(t.Context(), open.Code, device, ulid.Make().String(), jpg)
		if err == nil {
			sent++
		}
		return err
	}
	for range 12 {
		if err := send(); err != nil {
			t.Fatalf("picture %d: %v", sent+1, err)
		}
	}
	kept := device
	if err := send(); !errors.Is(err, documents.ErrRate) {
		t.Errorf("picture 13 at once: %v", err)
	}
	for device = kept; sent < 40; {
		f.later(3*time.Second, "2026-11-23")
		if err := send(); err != nil {
			t.Fatalf("picture %d: %v", sent+1, err)
		}
	}
	f.later(3*time.Second, "2026-11-23")
	if err := send(); !errors.Is(err, documents.ErrMany) {
		t.Errorf("picture 41: %v", err)
	}
}

func FuzzContent(f *testing.F) {
	jpg, pic := jpegOf(f, 16, 16), pngOf(f, 16, 16)
	f.Add("image/jpeg", jpg)
	f.Add("image/jpeg", jpg[:len(jpg)-2])
	f.Add("image/png", pic)
	f.Add("application/pdf", pdfOf(200))
	f.Add("image/jpeg", []byte{0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff})
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		if trimmed := documents.Trimmed(data); len(trimmed) > len(data) || !bytes.HasPrefix(data, trimmed) {
			t.Error("a picture grew")
		}
		if err := documents.CheckContent(kind, data); err == nil && documents.TypeOf(data) != kind {
			t.Errorf("%q taken as %s", documents.TypeOf(data), kind)
		}
	})
}

func ExampleTypeOf() {
	fmt.Println(documents.TypeOf([]byte("%PDF-1.7\n")), documents.TypeOf([]byte("MZ")) == "")
	// Output: application/pdf true
}
