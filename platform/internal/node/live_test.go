package node_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/node"
)

// As a hall and as a supervisor of a region.
func asHall(ctx context.Context, id string) context.Context {
	return access.With(ctx, access.Caller{Kind: access.Hall, ID: id})
}

func asSupervisor(ctx context.Context, region string) context.Context {
	return access.With(ctx, access.Caller{Kind: access.Staff, ID: "s", Region: region, Roles: []access.Role{access.RoleSupervisor}})
}

func TestEveryHallOfTheRegionIsSeenAsItIs(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		add(t, s, east)
		west := node.Hall{ID: "west", Name: "西城区政务服务中心", Region: "330203"}
		add(t, s, west)
		live := node.Live{
			Board: "http://10.0.0.1:8080/board", Waiting: 3, Serving: 1, Served: 40, Longest: 600, Alarms: 1, Worst: "2 号取号机 缺纸",
			Windows: []node.LiveWindow{{ID: "1", Number: "1", Name: "社保", State: "serving", Ticket: "A012"}},
		}
		for range 2 { // the second is the newer one
			body, err := json.Marshal(live)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.TakeLive(asHall(t.Context(), "east"), body); err != nil {
				t.Fatal(err)
			}
			live.Waiting++
		}
		list, err := s.LiveHalls(asSupervisor(t.Context(), "330102"))
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 1 || list[0].ID != "east" {
			t.Fatalf("a supervisor of the east sees %+v", list)
		}
		got := list[0]
		if got.Away || time.Since(got.At) > time.Minute || got.Live.Waiting != 4 || got.Live.Windows[0].Ticket != "A012" {
			t.Errorf("got %+v", got)
		}
		list, err = s.LiveHalls(asSupervisor(t.Context(), "330000"))
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 || !list[1].Away && !list[0].Away {
			t.Errorf("a hall that never spoke isn't away: %+v", list)
		}
	})
}

func TestWhatNoHallSaysIsRefused(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	add(t, s, east)
	for name, body := range map[string]string{
		"no JSON": "{", "a list": "[]", "a negative count": `{"waiting": -1}`, "an unknown state": `{"windows": [{"state": "on fire"}]}`,
		"a script for an address": `{"board": "javascript:alert(1)"}`, "a path for an address": `{"board": "/board"}`,
		"a novel":          `{"worst": "` + strings.Repeat("长", 201) + `"}`,
		"too many windows": `{"windows": [` + strings.Repeat(`{"state":"idle"},`, 1000) + `{"state":"idle"}]}`,
	} {
		if err := s.TakeLive(asHall(t.Context(), "east"), json.RawMessage(body)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	list, err := s.LiveHalls(asSupervisor(t.Context(), "330000"))
	if err != nil || len(list) != 1 || !list[0].At.IsZero() {
		t.Errorf("a refused one is kept: %+v, %v", list, err)
	}
}
