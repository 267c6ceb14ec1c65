package profiles_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/hall-server/internal/profiles"
	"smarthall/hall-server/internal/profiles/history"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/device"
)

func open(t *testing.T, dir string) *profiles.Service {
	t.Helper()
	return openWith(t, dir, keeper(t, filepath.Join(t.TempDir(), "hall.db")))
}

func openWith(t *testing.T, dir string, k history.Keeper) *profiles.Service {
	t.Helper()
	s, err := profiles.Open(t.Context(), profiles.Config{Dir: dir, Keeper: k, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// keeper is the hall's database.
func keeper(t *testing.T, path string) history.Keeper {
	t.Helper()
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// zhou changes a profile at a version.
func zhou(base int64, note string, seats ...profiles.Seat) profiles.Change {
	return profiles.Change{Base: base, By: "admin:zhou", Name: "周", Note: note, Seats: seats}
}

// save keeps a profile that has no mistakes.
func save(t *testing.T, s *profiles.Service, text string, c profiles.Change) profiles.Report {
	t.Helper()
	report, err := s.Save(t.Context(), []byte(text), c)
	if err != nil || report.Model == nil || !report.Changed {
		t.Fatalf("saved %+v, %v", report, err)
	}
	return report
}

func shipped(t *testing.T, file string) string {
	t.Helper()
	text, err := catalog.FS.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// own is a shipped profile under an id of the hall's own.
func own(t *testing.T) string {
	t.Helper()
	out := strings.Replace(shipped(t, "pad/generic-pad-5key-bin.yaml"), "id: generic/pad-5key-bin", "id: acme/pad", 1)
	if !strings.Contains(out, "\nclass: ") {
		out = strings.Replace(out, "id: acme/pad", "id: acme/pad\nclass: pad", 1)
	}
	return out
}

func TestAProfileIsKeptOverARestartAndShownWithItsRevision(t *testing.T) {
	dir, k := filepath.Join(t.TempDir(), "profiles"), keeper(t, filepath.Join(t.TempDir(), "hall.db"))
	s := openWith(t, dir, k)
	report := save(t, s, own(t), zhou(0, ""))
	if m := report.Model; m.ID != "acme/pad" || !m.Own || len(m.Revision) != 12 {
		t.Fatalf("saved %+v", m)
	}
	if again, err := s.Save(t.Context(), []byte(own(t)), zhou(1, "")); err != nil || again.Changed {
		t.Errorf("saved again: %+v, %v", again, err)
	}
	s = openWith(t, dir, k)
	if class, ok := s.Class("acme/pad"); !ok || class != device.ClassPad {
		t.Errorf("class %q after a restart", class)
	}
	if texts := s.Texts([]string{"acme/pad", "generic/pad-5key-bin", "no/such"}); len(texts) != 1 || texts[0].Text != own(t) {
		t.Errorf("agents are sent %+v", texts)
	}
	if err := s.Remove(t.Context(), "acme/pad", zhou(1, "")); err != nil {
		t.Errorf("removed: %v", err)
	}
	if _, ok := openWith(t, dir, k).Class("acme/pad"); ok {
		t.Error("it is there again after a restart")
	}
	if list, err := k.ProfileVersions(t.Context(), "", 0, 9); err != nil || len(list) != 2 {
		t.Errorf("a restart isn't a change: %+v, %v", list, err)
	}
}

func TestAProfileWithMistakesIsNotKept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for name, text := range map[string]string{
		"no YAML":            "a: [",
		"an unknown engine":  strings.Replace(own(t), "engine: framed-serial", "engine: nonsense", 1),
		"a vector that lies": strings.Replace(own(t), "vectors:", "vectors:\n  - {do: arm, out: \"00\"}", 1),
		"a path for an id":   strings.Replace(own(t), "id: acme/pad", "id: ../../x", 1),
		"an heir of nobody":  "schema: hall.device/v1\nid: acme/heir\ninherits: no/such\n",
	} {
		report, err := s.Save(t.Context(), []byte(text), zhou(0, ""))
		if err != nil || report.Model != nil || len(report.Mistakes) == 0 {
			t.Errorf("%s: %+v, %v", name, report, err)
			continue
		}
		if m := report.Mistakes[0]; m.Message == "" || m.MessageEN == "" || m.Line == 0 {
			t.Errorf("%s: the mistake is %+v", name, m)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("kept %v, %v", left, err)
	}
}

func TestParametersAreCheckedByTheModel(t *testing.T) {
	s := open(t, t.TempDir())
	for text, wrong := range map[string]bool{"1": false, "x": true, "-70000": true} {
		got := s.Misfits(device.Config{Profile: "generic/pad-5key-bin", Params: map[string]string{"address": text}})
		if (len(got) > 0) != wrong {
			t.Errorf("address %s: %v", text, got)
		}
	}
	if got := s.Misfits(device.Config{Profile: "generic/pad-5key-bin", Params: map[string]string{"addr": "1"}}); got["params/addr"] == "" {
		t.Errorf("a parameter that isn't there: %v", got)
	}
}

func TestTheCatalogueIsListedForPeople(t *testing.T) {
	s := open(t, t.TempDir())
	list := s.List()
	if len(list) < 50 {
		t.Fatalf("%d models", len(list))
	}
	for _, m := range list {
		if m.Name == "" || m.NameEN == "" || m.Class == "" || m.Revision == "" || m.Own || len(m.Transports) == 0 {
			t.Errorf("model %+v", m)
		}
	}
}

// FuzzSave: whatever is uploaded, nothing is written outside of the folder.
func FuzzSave(f *testing.F) {
	f.Add("schema: hall.device/v1\nid: ../x/y\n")
	f.Add("id: a/b\nclass: printer\n")
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		s := openWith(t, filepath.Join(dir, "in"), &forgetful{})
		if _, err := s.Save(t.Context(), []byte(text), zhou(0, "")); err != nil {
			t.Error(err)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) > 1 {
			t.Errorf("left %v, %v", left, err)
		}
	})
}
