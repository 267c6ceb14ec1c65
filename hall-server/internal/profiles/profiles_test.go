package profiles_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/firmware-profiles/catalog"
	"smarthall/hall-server/internal/profiles"
	"smarthall/internal/device"
)

func open(t *testing.T, dir string) *profiles.Service {
	t.Helper()
	s, err := profiles.Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// own is a shipped profile under an id of the hall's own.
func own(t *testing.T) string {
	t.Helper()
	text, err := catalog.FS.ReadFile("pad/generic-pad-5key-bin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := strings.Replace(string(text), "id: generic/pad-5key-bin", "id: acme/pad", 1)
	if !strings.Contains(out, "\nclass: ") {
		out = strings.Replace(out, "id: acme/pad", "id: acme/pad\nclass: pad", 1)
	}
	return out
}

func TestAProfileIsKeptOverARestartAndShownWithItsRevision(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "profiles")
	s := open(t, dir)
	report, err := s.Save([]byte(own(t)))
	if err != nil || report.Model == nil || report.Model.ID != "acme/pad" || !report.Model.Own || len(report.Model.Revision) != 12 {
		t.Fatalf("saved %+v, %v", report, err)
	}
	if again, err := s.Save([]byte(own(t))); err != nil || again.Changed {
		t.Errorf("saved again: %+v, %v", again, err)
	}
	s = open(t, dir)
	if class, ok := s.Class("acme/pad"); !ok || class != device.ClassPad {
		t.Errorf("class %q after a restart", class)
	}
	if texts := s.Texts([]string{"acme/pad", "generic/pad-5key-bin", "no/such"}); len(texts) != 1 || texts[0].Text != own(t) {
		t.Errorf("agents are sent %+v", texts)
	}
	if ok, err := s.Remove("acme/pad"); !ok || err != nil {
		t.Errorf("removed: %v, %v", ok, err)
	}
	if _, ok := open(t, dir).Class("acme/pad"); ok {
		t.Error("it is there again after a restart")
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
		report, err := s.Save([]byte(text))
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
		if _, err := open(t, filepath.Join(dir, "in")).Save([]byte(text)); err != nil {
			t.Error(err)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) > 1 {
			t.Errorf("left %v, %v", left, err)
		}
	})
}
