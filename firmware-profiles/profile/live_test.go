package profile_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/profile"
)

// folder is a technician's folder that a Live watches.
type folder struct {
	t    *testing.T
	dir  string
	live *profile.Live
	log  syncBuffer
}

// syncBuffer takes a log from any goroutine.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// shipped is a small catalogue: what the tests lay folders over.
func shipped(t *testing.T) *profile.Catalog {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"scanner/generic-scanner-serial.yaml", "printer/generic-escpos-80.yaml"} {
		data, err := catalog.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	base, err := profile.LoadAll(files)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// newFolder makes a folder with files and watches it until the test ends.
func newFolder(t *testing.T, files map[string]string, check func(*profile.Profile) error) *folder {
	t.Helper()
	f := &folder{t: t, dir: t.TempDir()}
	for name, text := range files {
		f.write(name, text)
	}
	f.live = profile.NewLive(shipped(t), f.dir, check, slog.New(slog.NewTextHandler(&f.log, nil)))
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { f.live.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return f
}

func (f *folder) write(name, text string) {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		f.t.Fatal(err)
	}
	// At once, as editors do, so that no half of it is ever read.
	if err := errors.Join(os.WriteFile(path+".new", []byte(text), 0o600), os.Rename(path+".new", path)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) get(id string) *profile.Profile {
	f.t.Helper()
	p, ok := f.live.Get(id)
	if !ok {
		f.t.Fatalf("no profile %s", id)
	}
	return p
}

// after does something and waits until id's source has told of it.
func (f *folder) after(id string, do func()) (revision, trouble string) {
	f.t.Helper()
	source := f.live.Source(id)
	before, beforeTrouble, changed := source.Now()
	do()
	for end := time.After(time.Minute); ; {
		select {
		case <-changed:
		case <-end:
			f.t.Fatalf("nothing is told of %s; log:\n%s", id, f.log.String())
		}
		revision, trouble, changed = source.Now()
		if revision != before || trouble != beforeTrouble {
			return revision, trouble
		}
	}
}

// child is a scanner that inherits a shipped one.
const child = `schema: hall.device/v1
id: test/own-scanner
inherits: generic/scanner-serial
names: {zh: 自配扫码器, en: own scanner}
timing: {idle: 80ms}
evidence: {timing: guess}
vectors:
  - {do: scan, in: "A1", out: "41310D0A"}
  - {do: scan, recv: "41310D0A", is: {code: "A1"}}
  - {do: scan, recv: "0D0A", is: {none: true}}
`

// shippedAgain is a shipped model, changed by the technician.
func shippedAgain(t *testing.T) string {
	t.Helper()
	text, err := catalog.FS.ReadFile("scanner/generic-scanner-serial.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(text), "zh: 二维码扫描器（通用，串口）", "zh: 本厅扫码器", 1)
}

func TestFolderIsLaidOverTheShippedProfiles(t *testing.T) {
	f := newFolder(t, map[string]string{
		"scanner/own.yaml": child, "scanner/same-id.yaml": shippedAgain(t), "notes.txt": "no profile", ".hidden.yaml": "id: [",
	}, nil)
	if got := f.get("test/own-scanner"); got.Names.ZH != "自配扫码器" || len(got.Caps.Terminators) == 0 {
		t.Errorf("own profile: %+v", got)
	}
	if got := f.get("generic/scanner-serial").Names.ZH; got != "本厅扫码器" {
		t.Errorf("the same id doesn't win: %s", got)
	}
	if got := f.get("generic/escpos-80"); got.Class != "printer" {
		t.Errorf("shipped profile: %+v", got)
	}
	if _, ok := f.live.Get("nobody/knows"); ok {
		t.Error("found a profile that nobody wrote")
	}
}

func TestChangedFileIsANewRevision(t *testing.T) {
	f := newFolder(t, map[string]string{"scanner/own.yaml": child}, nil)
	old := f.get("test/own-scanner").Revision()
	began := time.Now()
	revision, trouble := f.after("test/own-scanner", func() {
		f.write("scanner/own.yaml", strings.Replace(child, "80ms", "90ms", 1))
	})
	if trouble != "" || revision == old || len(revision) != 12 {
		t.Errorf("got %q, %q after %q", revision, trouble, old)
	}
	t.Logf("taken over after %v", time.Since(began).Round(time.Millisecond))
}

func TestBrokenFileKeepsTheLastGoodRevision(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"no YAML", strings.Replace(child, "names: {", "names: {{", 1), "scanner/own.yaml:"},
		{"unknown key", child + "colour: red\n", "scanner/own.yaml:11:"},
		{"wrong value", strings.Replace(child, "80ms", "soon", 1), "scanner/own.yaml:5:"},
		{"parent that isn't there", strings.Replace(child, "generic/scanner-serial", "generic/nothing", 1), "generic/nothing"},
		{"no vectors", child[:strings.Index(child, "vectors:")], "型号文件有错"},
		{"refused by the check", strings.Replace(child, "80ms", "81ms", 1), "样例不符"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFolder(t, map[string]string{"scanner/own.yaml": child}, func(p *profile.Profile) error {
				if p.Timing.Idle == profile.Duration(81*time.Millisecond) {
					return profile.Mistakes{{File: p.File, Line: 8, Column: 5, ZH: "样例不符", EN: "vector fails"}}
				}
				return nil
			})
			old := f.get("test/own-scanner").Revision()
			revision, trouble := f.after("test/own-scanner", func() { f.write("scanner/own.yaml", tt.text) })
			if revision != old || !strings.Contains(trouble, "仍用原版本") || !strings.Contains(trouble, tt.want) {
				t.Errorf("got %q, %q", revision, trouble)
			}
			if !strings.Contains(f.log.String(), "last good revision stays") || !strings.Contains(f.log.String(), "line=") {
				t.Errorf("log says\n%s", f.log.String())
			}
			if _, trouble = f.after("test/own-scanner", func() { f.write("scanner/own.yaml", child) }); trouble != "" {
				t.Errorf("put right, it still says %q", trouble)
			}
		})
	}
}

func TestBrokenFileOfAShippedIdKeepsTheShipped(t *testing.T) {
	f := newFolder(t, map[string]string{"scanner/same.yaml": "id: generic/scanner-serial\nengine: [\n"}, nil)
	if got := f.get("generic/scanner-serial").Names.ZH; got != "二维码扫描器（通用，串口）" {
		t.Errorf("got %s", got)
	}
	if _, trouble, _ := f.live.Source("generic/scanner-serial").Now(); !strings.Contains(trouble, "scanner/same.yaml:") {
		t.Errorf("trouble: %q", trouble)
	}
}

func TestTwoFilesOfOneIdAreAMistake(t *testing.T) {
	f := newFolder(t, map[string]string{"scanner/a.yaml": child, "scanner/b.yaml": child}, nil)
	if _, trouble, _ := f.live.Source("test/own-scanner").Now(); !strings.Contains(trouble, "scanner/b.yaml") {
		t.Errorf("trouble: %q", trouble)
	}
	f.get("test/own-scanner")
}

func TestDeletedFile(t *testing.T) {
	f := newFolder(t, map[string]string{"scanner/own.yaml": child, "scanner/same.yaml": shippedAgain(t)}, nil)
	mine := f.get("generic/scanner-serial").Revision()
	remove := func(name string) {
		if err := os.Remove(filepath.Join(f.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	revision, trouble := f.after("generic/scanner-serial", func() { remove("scanner/same.yaml") })
	if revision == mine || trouble != "" {
		t.Errorf("the shipped one doesn't come back: %q, %q", revision, trouble)
	}
	own := f.get("test/own-scanner").Revision()
	revision, trouble = f.after("test/own-scanner", func() { remove("scanner/own.yaml") })
	if revision != own || !strings.Contains(trouble, "删除") {
		t.Errorf("of a profile that runs: %q, %q", revision, trouble)
	}
}

func TestNewFolderInsideIsSeen(t *testing.T) {
	f := newFolder(t, nil, nil)
	text := strings.Replace(child, "timing:", "class: scanner\ntiming:", 1)
	if _, trouble := f.after("test/own-scanner", func() { f.write("scanner/deeper/own.yaml", text) }); trouble != "" {
		t.Error(trouble)
	}
}

func TestFolderThatIsNotThereLeavesTheShipped(t *testing.T) {
	var log syncBuffer
	l := profile.NewLive(shipped(t), filepath.Join(t.TempDir(), "nothing"), nil, slog.New(slog.NewTextHandler(&log, nil)))
	if _, ok := l.Get("generic/escpos-80"); !ok {
		t.Error("no shipped profile")
	}
	if !strings.Contains(log.String(), "can't be read") {
		t.Errorf("log: %s", log.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Run(ctx) // returns
}

func TestRefusalWithoutMistakesIsToldToo(t *testing.T) {
	f := newFolder(t, map[string]string{"scanner/own.yaml": child}, func(*profile.Profile) error { return errors.New("no engine") })
	if _, ok := f.live.Get("test/own-scanner"); ok {
		t.Error("a refused profile is used")
	}
	if _, trouble, _ := f.live.Source("test/own-scanner").Now(); !strings.Contains(trouble, "no engine") {
		t.Errorf("trouble: %q", trouble)
	}
}

// What the hall sends lies over the shipped profiles and below the folder; it is
// in force when Give returns.
func TestTheHallsProfilesLieBelowTheFolder(t *testing.T) {
	text := shippedAgain(t)
	own := strings.Replace(text, "id: generic/scanner-serial", "id: acme/scanner", 1)
	l := profile.NewLive(shipped(t), "", nil, slog.New(slog.DiscardHandler))
	l.Give(map[string]string{"acme/scanner": own})
	first, ok := l.Get("acme/scanner")
	if !ok {
		t.Fatal("the hall's profile isn't there")
	}
	_, _, changed := l.Source("acme/scanner").Now()
	l.Give(map[string]string{"acme/scanner": own + "\n# revised\n"})
	select {
	case <-changed:
	default:
		t.Error("nobody was told of the new revision")
	}
	if second, _ := l.Get("acme/scanner"); second.Revision() == first.Revision() {
		t.Error("the revision is the old one")
	}

	f := newFolder(t, map[string]string{"scanner/mine.yaml": own + "\n# the technician's\n"}, nil)
	mine := f.get("acme/scanner").Revision()
	f.live.Give(map[string]string{"acme/scanner": own})
	if got := f.get("acme/scanner").Revision(); got != mine {
		t.Errorf("the folder's revision %s gave way to %s", mine, got)
	}
	f.live.Give(map[string]string{"acme/broken": "id: acme/broken\nengine: none\n"})
	if _, ok := f.live.Get("acme/broken"); ok {
		t.Error("a profile with mistakes is in force")
	}
	if _, trouble, _ := f.live.Source("acme/broken").Now(); trouble == "" {
		t.Error("nobody is told what is wrong with it")
	}
}
