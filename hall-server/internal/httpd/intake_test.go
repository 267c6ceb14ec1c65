package httpd_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/intake"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/uplink"
	"smarthall/hall-server/server"
)

const (
	intakeRoot = api + "/intake"
	intakeID   = "0a4a56d6-8f3e-4f0c-9d2a-5b1c6d7e8f90"
)

// away is a hall whose platform can't be reached, with two numbers and the guide
// of one item.
func away(t *testing.T) func(*server.Config) {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.AskNumbers(t.Context(), store.Ask{Name: intake.Series, ID: "ask", Count: 2, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	for i, d := range []store.Down{
		{Range: &store.Range{Name: intake.Series, First: 1, Last: 2, Asked: "ask"}},
		{Item: &store.Item{ID: "tax-item", Name: "税务登记", Services: []string{"tax"}, Body: json.RawMessage(`{"materials":[{"id":"card","name":"身份证"}]}`)}},
	} {
		d.ID, d.At = "e"+string(rune('0'+i)), time.Now()
		if err := db.SaveDown(t.Context(), &d); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	platform, err := uplink.ParsePlatform("nats-leaf://demo:token@127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	return func(c *server.Config) { c.Data, c.Platform, c.PlatformPages = dir, platform, "http://127.0.0.1:9" }
}

func making(ticket string) map[string]any {
	return map[string]any{
		"ticket": ticket, "item": "tax-item", "seen": []string{"card"},
		"applicant": map[string]any{"name": "王小明", "idNumber": "11010519491231002X", "phone": "13800138000"},
	}
}

func TestReceivingIsForTheClerkWhoServesTheVisit(t *testing.T) {
	f := newFixture(t, away(t))
	ticket := f.ticket("serving") // at window 4
	for _, who := range everybody {
		for _, op := range []struct {
			method, path string
			body         any
			may          []string
		}{
			{"GET", "", nil, []string{clerk, other, manager, admin}},
			{"GET", "/items?service=tax", nil, []string{clerk, other, manager, admin}},
			{"POST", "/outcome", map[string]any{"item": "tax-item"}, []string{clerk, other, manager, admin}},
			{"PUT", "/" + intakeID, making(ticket), []string{clerk}},
			{"PUT", "/" + intakeID, making(ticket), []string{clerk}},
		} {
			got := f.as(who, op.method, intakeRoot+op.path, op.body)
			allowed := false
			for _, m := range op.may {
				allowed = allowed || m == who
			}
			switch refused := got.Status == http.StatusForbidden || got.Status == http.StatusUnauthorized || got.Status == http.StatusConflict; {
			case allowed && got.Status != http.StatusOK, !allowed && !refused:
				t.Errorf("%s %s by %s: %d %s", op.method, op.path, who, got.Status, got.Body)
			}
		}
	}
	for _, who := range []string{guest, kiosk, display, other} {
		for _, op := range [][2]string{{"POST", "/print"}, {"PUT", "/applicant"}, {"DELETE", ""}} {
			if got := f.as(who, op[0], intakeRoot+"/"+intakeID+op[1], map[string]any{}); got.Status != http.StatusForbidden && got.Status != http.StatusUnauthorized {
				t.Errorf("%s %s by %s: %d", op[0], op[1], who, got.Status)
			}
		}
	}
	// Another window sees nothing of it, the manager all.
	for who, want := range map[string]int{clerk: 1, other: 0, manager: 1} {
		var list struct {
			Linked  bool            `json:"linked"`
			Left    int64           `json:"left"`
			Low     bool            `json:"low"`
			Intakes []intake.Intake `json:"intakes"`
		}
		body := f.as(who, "GET", intakeRoot, nil).Body
		if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Intakes) != want || list.Linked || list.Left != 1 || !list.Low {
			t.Errorf("%s got %s, %v", who, body, err)
		}
		if strings.Contains(body, "11010519491231002X") || strings.Contains(body, "王小明") || strings.Contains(body, "13800138000") {
			t.Errorf("the list names somebody: %s", body)
		}
	}
}

func TestWhatIsReceivedWronglyGetsOneClearProblem(t *testing.T) {
	f := newFixture(t, away(t))
	ticket := f.ticket("serving")
	with := func(key string, value any) map[string]any {
		m := making(ticket)
		m[key] = value
		return m
	}
	for _, tt := range []struct {
		name, method, path string
		body               any
		code               string
	}{
		{"another window's visit", "PUT", "/" + intakeID, with("ticket", "x"), "intake.visit"},
		{"a field that isn't there", "PUT", "/" + intakeID, with("role", "admin"), "request.invalid"},
		{"no object", "PUT", "/" + intakeID, []int{1}, "request.invalid"},
		{"a huge body", "PUT", "/" + intakeID, with("item", strings.Repeat("x", 70<<10)), "request.invalid"},
		{"an unknown item", "PUT", "/" + intakeID, with("item", "'; --"), "intake.item"},
		{"script for a name", "PUT", "/" + intakeID, with("applicant", map[string]any{"name": "<script>", "idNumber": "11010519491231002X", "phone": "13800138000"}), "intake.applicant"},
		{"an id that others choose", "PUT", "/1", making(ticket), "intake.unknown"},
		{"an unknown intake", "POST", "/" + intakeID + "/print", map[string]any{}, "intake.unknown"},
		{"an unknown one to mend", "PUT", "/" + intakeID + "/applicant", map[string]any{}, "intake.unknown"},
		{"an unknown one to give up", "DELETE", "/" + intakeID, nil, "intake.unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := f.problem(f.as(clerk, tt.method, intakeRoot+tt.path, tt.body)); got.Code != tt.code {
				t.Errorf("got %s %q, want %s", got.Code, got.Detail, tt.code)
			}
		})
	}
	if got := f.as(clerk, "PUT", intakeRoot+"/"+intakeID, making(ticket)); got.Status != http.StatusOK {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	// No queue machine is connected: the clerk is told, and the number stands.
	if got := f.problem(f.as(clerk, "POST", intakeRoot+"/"+intakeID+"/print", map[string]any{})); got.Code != "intake.no-printer" {
		t.Errorf("got %+v", got)
	}
	// Only what the platform has refused is given up.
	if got := f.problem(f.as(clerk, "DELETE", intakeRoot+"/"+intakeID, nil)); got.Code != "intake.state" {
		t.Errorf("got %+v", got)
	}
	second, third := strings.Replace(intakeID, "0a", "0b", 1), strings.Replace(intakeID, "0a", "0c", 1)
	if got := f.as(clerk, "PUT", intakeRoot+"/"+second, making(ticket)); got.Status != http.StatusOK {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	if got := f.problem(f.as(clerk, "PUT", intakeRoot+"/"+third, making(ticket))); got.Code != "intake.no-numbers" {
		t.Errorf("got %+v", got)
	}
}

func TestAHallOnItsOwnReceivesNothing(t *testing.T) {
	f := newFixture(t)
	for _, op := range []struct{ method, path string }{{"GET", ""}, {"GET", "/items"}, {"DELETE", "/" + intakeID}} {
		if got := f.problem(f.as(clerk, op.method, intakeRoot+op.path, nil)); got.Code != "platform.none" {
			t.Errorf("%s %s: got %+v", op.method, op.path, got)
		}
	}
}
