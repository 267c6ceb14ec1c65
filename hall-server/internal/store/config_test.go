package store_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/store"
)

func TestVersionsOfTheHallFileAreOnlyAdded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	s, ctx := open(t, path), t.Context()
	if _, _, ok, err := s.LastHallVersion(ctx); ok || err != nil {
		t.Fatalf("a new hall has a version: %t, %v", ok, err)
	}
	at := time.UnixMilli(1_790_000_000_000).UTC()
	first := hall.Version{At: at, By: "hall", Name: "系统", Cause: hall.CauseFirst, Tag: `"a"`}
	second := hall.Version{
		At: at.Add(time.Hour), By: "admin:zhou", Name: "周", Note: "加开窗口", Cause: hall.CauseRestore, Restored: 1,
		Changes: []string{"新增窗口 13 号", "<script>"}, Tag: `"b"`,
	}
	for i, v := range []*hall.Version{&first, &second} {
		id, err := s.AddHallVersion(ctx, *v, []byte("name: x\n"))
		if err != nil || id != int64(i+1) {
			t.Fatalf("got id %d, %v", id, err)
		}
		v.ID = id
	}
	first.Changes = []string{}
	list, err := s.HallVersions(ctx, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]hall.Version{second, first}, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if list, err = s.HallVersions(ctx, 2, 10); err != nil || len(list) != 1 || list[0].ID != 1 {
		t.Errorf("before 2: %v, %v", list, err)
	}
	if _, text, ok, err := s.LastHallVersion(ctx); !ok || err != nil || string(text) != "name: x\n" {
		t.Errorf("last: %q, %t, %v", text, ok, err)
	}
	if _, _, err := s.HallVersion(ctx, 3); !errors.Is(err, store.ErrNoVersion) {
		t.Errorf("got %v", err)
	}
	if _, err := s.AddHallVersion(ctx, hall.Version{Cause: "magic"}, nil); err == nil {
		t.Error("a version of an unknown cause was kept")
	}
	for _, change := range []string{`UPDATE hall_version SET note = 'x'`, `DELETE FROM hall_version WHERE id = 1`} {
		if err := sql(t, path, change); err == nil {
			t.Errorf("%s went through", change)
		}
	}
}

func TestTheLastSignInCounts(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hall.db"))
	late := time.UnixMilli(1_790_000_000_000).UTC()
	for _, at := range []time.Time{late.Add(-time.Hour), late, late.Add(-time.Minute)} { // a clock that went back
		if err := s.StaffSeen(t.Context(), "li", at); err != nil {
			t.Fatal(err)
		}
	}
	seen, err := s.LastSeen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]time.Time{"li": late}, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
