package store_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/profiles/history"
)

func TestVersionsOfDeviceModelsAreKeptAsTheyWere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	s, ctx := open(t, path), t.Context()
	at := time.UnixMilli(1_790_000_000_000).UTC()
	want := []history.Version{
		{ID: 3, Profile: "acme/pad", At: at, By: "admin:zhou", Name: "周", Note: "<b>", Cause: history.CauseRemove, Lines: []history.Line{{Was: 1, Old: "x"}}, More: 7},
		{ID: 2, Profile: "acme/led", At: at, By: "hall", Name: "系统", Cause: history.CauseDisk, Revision: "def", Lines: []history.Line{}},
		{ID: 1, Profile: "acme/pad", At: at, By: "hall", Name: "系统", Cause: history.CauseRestore, Restored: 9, Revision: "abc", Lines: []history.Line{}},
	}
	texts := map[int64]string{1: "id: acme/pad\n", 2: "id: acme/led\n", 3: ""}
	for i := len(want) - 1; i >= 0; i-- {
		if id, err := s.AddProfileVersion(ctx, want[i], []byte(texts[want[i].ID])); err != nil || id != want[i].ID {
			t.Fatalf("got id %d, %v", id, err)
		}
	}
	list, err := s.ProfileVersions(ctx, "", 0, 10)
	if diff := cmp.Diff(want, list); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if list, err = s.ProfileVersions(ctx, "acme/pad", 3, 10); err != nil || len(list) != 1 || list[0].ID != 1 {
		t.Errorf("of one profile before 3: %+v, %v", list, err)
	}
	if list, err = s.NewestProfileVersions(ctx); err != nil || len(list) != 2 || list[0].ID != 2 || list[1].ID != 3 {
		t.Errorf("the newest: %+v, %v", list, err)
	}
	if v, text, err := s.ProfileVersion(ctx, 2); err != nil || v.Profile != "acme/led" || string(text) != texts[2] {
		t.Errorf("got %+v %q, %v", v, text, err)
	}
	if _, _, err := s.ProfileVersion(ctx, 4); !errors.Is(err, history.ErrNone) {
		t.Errorf("got %v", err)
	}
	if err := sql(t, path, `UPDATE profile_version SET note = 'x'`); err == nil {
		t.Error("a version was changed")
	}
	if _, err := s.AddProfileVersion(ctx, history.Version{Cause: "magic"}, nil); err == nil {
		t.Error("a version of an unknown cause was kept")
	}
}

// The oldest versions go when there are too many; what is in force stays.
func TestVersionsOfDeviceModelsStayWithinTheirBounds(t *testing.T) {
	s, ctx := open(t, filepath.Join(t.TempDir(), "hall.db")), t.Context()
	add := func(profile, revision, text string) {
		t.Helper()
		if _, err := s.AddProfileVersion(ctx, history.Version{Profile: profile, Cause: history.CauseUpload, Revision: revision}, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	add("old/in-force", "r", "x")
	add("old/gone", "r", "x")
	add("old/gone", "", "")
	for range history.MaxEach + 5 {
		add("acme/pad", "r", "x")
	}
	if list, err := s.ProfileVersions(ctx, "acme/pad", 0, 1000); err != nil || len(list) != history.MaxEach || list[0].ID != history.MaxEach+8 {
		t.Errorf("%d versions of one profile, %v", len(list), err)
	}
	large := strings.Repeat("x", history.MaxBytes/8)
	for range 9 {
		add("acme/large", "r", large)
	}
	list, err := s.ProfileVersions(ctx, "", 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, v := range list {
		count[v.Profile]++
	}
	// Of the last, one of nine went over; all that is older went but what is in force.
	if want := map[string]int{"acme/large": 8, "acme/pad": 1, "old/in-force": 1}; cmp.Diff(want, count) != "" {
		t.Errorf("kept %v, want %v", count, want)
	}
}
