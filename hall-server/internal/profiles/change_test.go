package profiles_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"smarthall/hall-server/internal/profiles"
	"smarthall/hall-server/internal/profiles/history"
	"smarthall/internal/device"
)

// forgetful is a keeper that keeps nothing; refuse has it fail.
type forgetful struct{ refuse error }

func (f *forgetful) AddProfileVersion(context.Context, history.Version, []byte) (int64, error) {
	return 1, f.refuse
}

func (*forgetful) NewestProfileVersions(context.Context) ([]history.Version, error) { return nil, nil }

func (*forgetful) ProfileVersion(context.Context, int64) (history.Version, []byte, error) {
	return history.Version{}, nil, history.ErrNone
}

func (*forgetful) ProfileVersions(context.Context, string, int64, int) ([]history.Version, error) {
	return nil, nil
}

// named is the hall's own profile with another Chinese name.
func named(t *testing.T, name string) string {
	t.Helper()
	text := own(t)
	at := strings.Index(text, "\nnames:")
	if at < 0 {
		at = strings.Index(text, "\nname:")
	}
	if at < 0 {
		t.Fatal("the profile has no name")
	}
	return text[:at] + "\n# " + name + text[at:]
}

// versions are what became of a profile, the newest first.
func versions(t *testing.T, s *profiles.Service) []history.Version {
	t.Helper()
	list, err := s.Versions(t.Context(), "acme/pad", 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestEveryChangeOfAProfileIsKeptWithWhoAndWhy(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	save(t, s, own(t), zhou(0, "新评价器"))
	save(t, s, named(t, "二版"), zhou(1, ""))
	if err := s.Remove(t.Context(), "acme/pad", zhou(2, "不用了")); err != nil {
		t.Fatal(err)
	}
	report, err := s.Restore(t.Context(), 1, zhou(3, "还要用"), false)
	if err != nil || !report.Changed {
		t.Fatalf("%+v, %v", report, err)
	}
	if text, _ := s.Text("acme/pad"); text != own(t) {
		t.Error("another text is in force than the one that was brought back")
	}
	if text, err := os.ReadFile(filepath.Join(dir, "acme", "pad.yaml")); err != nil || string(text) != own(t) {
		t.Errorf("another text is on disk: %v", err)
	}
	var said []string
	list := versions(t, s)
	for _, v := range list {
		said = append(said, string(v.Cause)+" "+v.Name+" "+v.Note)
		if v.By != "admin:zhou" || v.At.IsZero() || v.Gone() != (v.Cause == history.CauseRemove) {
			t.Errorf("kept %+v", v)
		}
	}
	if want := []string{"restore 周 还要用", "remove 周 不用了", "upload 周 ", "upload 周 新评价器"}; !slices.Equal(said, want) {
		t.Errorf("got %q, want %q", said, want)
	}
	if list[0].Restored != 1 || list[0].Revision != list[3].Revision {
		t.Errorf("brought back as %+v of %+v", list[0], list[3])
	}
	if l := list[2].Lines; len(l) != 1 || l[0].New != "# 二版" || l[0].Was != 0 || l[0].Now == 0 {
		t.Errorf("the second changed %+v", l)
	}
	if _, text, err := s.Version(t.Context(), 2); err != nil || string(text) != named(t, "二版") {
		t.Errorf("the second text isn't there any more: %v", err)
	}
	if _, err := s.Restore(t.Context(), 3, zhou(4, ""), false); !errors.Is(err, profiles.ErrGone) {
		t.Errorf("a removal has no text to bring back: %v", err)
	}
	if _, err := s.Restore(t.Context(), 99, zhou(4, ""), false); !errors.Is(err, history.ErrNone) {
		t.Errorf("a version that isn't there: %v", err)
	}
}

func TestOfTwoTechniciansTheSlowerIsTold(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, own(t), zhou(0, ""))
	const many = 8
	var wg sync.WaitGroup
	errs := make([]error, many)
	for i := range many {
		wg.Go(func() {
			if i%2 == 0 {
				_, errs[i] = s.Save(t.Context(), []byte(named(t, strings.Repeat("x", i+1))), zhou(1, ""))
				return
			}
			errs[i] = s.Remove(t.Context(), "acme/pad", zhou(1, ""))
		})
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		var changed *profiles.Changed
		switch {
		case err == nil:
			done++
		case errors.Is(err, profiles.ErrUnknown): // it was taken away
		case !errors.As(err, &changed) || changed.Newest.Name != "周" || changed.Newest.ID != 2:
			t.Errorf("got %v", err)
		}
	}
	if list := versions(t, s); done != 1 || len(list) != 2 {
		t.Errorf("%d changes went through, %d versions", done, len(list))
	}
}

func TestADeviceInUseIsNeverTakenItsModel(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, own(t), zhou(0, ""))
	seat := profiles.Seat{Agent: "1 号窗口", Device: device.Config{
		ID: "pad", Profile: "acme/pad", Port: "/dev/ttyUSB0", Params: map[string]string{"address": "1"},
	}}
	printer := strings.Replace(shipped(t, "printer/generic-escpos-80.yaml"), "id: generic/escpos-80", "id: acme/pad", 1)
	noParam := strings.ReplaceAll(own(t), "address", "station")
	for name, text := range map[string]string{"another class": printer, "without the parameter": noParam} {
		report := s.Check([]byte(text), []profiles.Seat{seat})
		if report.Model == nil {
			t.Fatalf("%s: %+v", name, report.Mistakes)
		}
		if len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Text, "1 号窗口的设备 pad 用不了") {
			t.Errorf("%s: %+v", name, report.Refused)
		}
		var refused *profiles.Refused
		if _, err := s.Save(t.Context(), []byte(text), zhou(1, "", seat)); !errors.As(err, &refused) {
			t.Errorf("%s: saved, %v", name, err)
		}
	}
	var refused *profiles.Refused
	if err := s.Remove(t.Context(), "acme/pad", zhou(1, "", seat)); !errors.As(err, &refused) || refused.Reasons[0].Text != "不能删除：1 号窗口的设备在用这个型号" {
		t.Errorf("removed: %v", err)
	}
	if text, _ := s.Text("acme/pad"); text != own(t) || len(versions(t, s)) != 1 {
		t.Error("what was refused changed something")
	}
}

func TestAProfileThatOthersInheritStaysFitForThem(t *testing.T) {
	s := open(t, t.TempDir())
	save(t, s, own(t), zhou(0, ""))
	heir := "schema: hall.device/v1\nid: acme/heir\ninherits: acme/pad\n" +
		"names: {zh: 后来的评价器, en: Later pad}\nevidence:\n  commands: {level: guess, note: of a test, zh: 测试用}\n" +
		"vectors:\n  - {do: arm, out: \"AA 01 01 00 00 55\", recv: \"AA 01 01 00 00 55\", is: {reply: true}}\n  - {recv: \"AA 01 02 01 02 55\", is: {score: 5}}\n"
	report, err := s.Save(t.Context(), []byte(heir), zhou(0, ""))
	if err != nil || report.Model == nil {
		t.Fatalf("%+v, %v", report, err)
	}
	before := report.Model.Revision
	var refused *profiles.Refused
	if err := s.Remove(t.Context(), "acme/pad", zhou(1, "")); !errors.As(err, &refused) || refused.Reasons[0].Code != "profile.inherited" {
		t.Errorf("removed: %v", err)
	}
	save(t, s, named(t, "二版"), zhou(1, ""))
	for _, m := range s.List() {
		if m.ID == "acme/heir" && m.Revision == before {
			t.Error("the heir is still the old one's")
		}
	}
}

func TestWhatCannotBeKeptAsAVersionIsTakenBack(t *testing.T) {
	dir := t.TempDir()
	k := &forgetful{}
	s := openWith(t, dir, k)
	save(t, s, own(t), zhou(0, ""))
	k.refuse = errors.New("disk full")
	if _, err := s.Save(t.Context(), []byte(named(t, "二版")), zhou(1, "")); !errors.Is(err, k.refuse) {
		t.Fatalf("saved: %v", err)
	}
	if err := s.Remove(t.Context(), "acme/pad", zhou(1, "")); !errors.Is(err, k.refuse) {
		t.Fatalf("removed: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "acme", "pad.yaml"))
	if now, _ := s.Text("acme/pad"); err != nil || string(text) != own(t) || now != own(t) {
		t.Errorf("in force is\n%s\non disk is\n%s, %v", now, text, err)
	}
}

// Somebody copies files while the hall is stopped, or the power fails between the
// file and its version: nothing is lost either way.
func TestWhatIsFoundOnDiskIsAVersionToo(t *testing.T) {
	dir, k := t.TempDir(), keeper(t, filepath.Join(t.TempDir(), "hall.db"))
	path := filepath.Join(dir, "acme", "pad.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(own(t))
	openWith(t, dir, k)
	write(named(t, "手改"))
	openWith(t, dir, k)
	write("half a file")
	openWith(t, dir, k) // in force no more, but not taken away either
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s := openWith(t, dir, k)
	var causes []string
	for _, v := range versions(t, s) {
		causes = append(causes, string(v.Cause)+map[bool]string{true: " gone"}[v.Gone()])
	}
	if want := []string{"disk gone", "disk", "first"}; !slices.Equal(causes, want) {
		t.Errorf("got %q, want %q", causes, want)
	}
	if _, err := s.Restore(t.Context(), 2, zhou(3, ""), false); err != nil {
		t.Error(err)
	}
	if text, _ := s.Text("acme/pad"); text != named(t, "手改") {
		t.Error("what was taken away on disk can't be brought back")
	}
}
