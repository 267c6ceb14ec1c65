package supervision_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
	"smarthall/platform/internal/supervision"
)

var place = time.FixedZone("CST", 8*3600)

// watch is the context with its clock under the test's control.
type watch struct {
	*supervision.Service
	t     testing.TB
	store *store.Store
	days  map[calendar.Day]calendar.Rule // of all regions, besides the official ones

	mu  sync.Mutex
	now time.Time
}

func (w *watch) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// at moves the clock to a time at the hall and turns the lights.
func (w *watch) at(text string) {
	w.t.Helper()
	now, err := time.ParseInLocation("2006-01-02 15:04", text, place)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	w.now = now
	w.mu.Unlock()
	if _, err := w.Turn(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func open(t testing.TB, target string) *watch {
	t.Helper()
	w := &watch{t: t, now: time.Date(2026, 3, 2, 10, 0, 0, 0, place)} // a Monday
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: w.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	w.store = st
	log, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	w.Service, err = supervision.Open(t.Context(), supervision.Config{
		Store: st, Audit: log, Zone: place, Log: slog.New(slog.DiscardHandler),
		Calendar: func(context.Context, string) (*calendar.Calendar, error) { return calendar.New(w.days) },
		Body: func(_ context.Context, id string) (string, bool, error) {
			region, ok := map[string]string{"market": "330102", "civil": "330102", "fire": "330000", "health": "330102", "beside": "330200"}[id]
			return region, ok, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Listen()
	return w
}

// says publishes an event of a case and lets supervision hear it.
func (w *watch) says(kind, caseID string, more ...any) {
	w.t.Helper()
	body := map[string]any{
		"case": caseID, "item": "food-licence", "itemName": "食品经营许可", "organisation": "market", "organisationName": "市场监督管理局", "region": "330102",
		"applicationNo": "SQ20260302000001", "hall": "demo", "applicant": "林*",
	}
	for i := 0; i < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	err := w.store.Write(w.t.Context(), "publish", func(tx *store.Tx) error { return tx.Publish(w.t.Context(), "", kind, caseID, body) })
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.store.Deliver(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watch) clockOf(unit limit.Unit, days int) limit.Clock {
	return limit.Clock{Begun: w.clock(), Term: limit.Term{Unit: unit, Days: days}}
}

// accept lets a case be accepted now, with 5 working days promised and 20 by
// statute.
func (w *watch) accept(caseID string) {
	w.t.Helper()
	w.says("case.submitted", caseID)
	w.says("case.accepted", caseID, "caseNo", "NO-"+caseID, "promised", w.clockOf(limit.WorkingDays, 5), "statutory", w.clockOf(limit.WorkingDays, 20))
}

func staff(ctx context.Context, id, org, region string, roles ...access.Role) context.Context {
	return access.With(ctx, access.Caller{Kind: access.Staff, ID: id, Org: org, Region: region, Roles: roles})
}

func (w *watch) supervisor() context.Context {
	return staff(w.t.Context(), "jiancha", "government", "330100", access.RoleSupervisor)
}

func (w *watch) chief() context.Context {
	return staff(w.t.Context(), "shoudai", "market", "330102", access.RoleChief)
}

func (w *watch) light(caseID string) limit.Light {
	w.t.Helper()
	f, err := w.File(w.supervisor(), caseID)
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Case.Light
}

func (w *watch) signals() string {
	w.t.Helper()
	list, err := w.Signals(w.supervisor(), "", "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var kinds []string
	for i := len(list) - 1; i >= 0; i-- {
		kinds = append(kinds, string(list[i].Kind))
	}
	return strings.Join(kinds, " ")
}

func TestLightsTurnByTheirClockAlone(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		for _, tt := range []struct {
			now     string
			light   limit.Light
			signals string
		}{
			{"2026-03-03 09:00", limit.Green, ""},
			{"2026-03-05 23:59", limit.Green, ""},
			{"2026-03-06 00:00", limit.Yellow, "promise-near"},
			{"2026-03-09 23:59", limit.Yellow, "promise-near"},
			{"2026-03-10 00:00", limit.Red, "promise-near promise-late"},
			{"2026-03-31 09:00", limit.Red, "promise-near promise-late statute-late"},
		} {
			w.at(tt.now)
			if got := w.light("c1"); got != tt.light {
				t.Errorf("%s: %s", tt.now, got)
			}
			if got := w.signals(); got != tt.signals {
				t.Errorf("%s: signals %q, want %q", tt.now, got, tt.signals)
			}
		}
	})
}

func TestHeldCaseDoesNotTurnAndExtensionMovesIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		promised, statutory := w.clockOf(limit.WorkingDays, 5), w.clockOf(limit.WorkingDays, 20)
		w.at("2026-03-04 10:00")
		promised.Holds = []limit.Hold{{From: w.clock()}}
		statutory.Holds = promised.Holds
		w.says("case.held", "c1", "reason", "现场勘验", "promised", promised, "statutory", statutory)
		w.at("2026-03-20 10:00")
		if got := w.light("c1"); got != limit.Paused {
			t.Errorf("held: %s", got)
		}
		promised.Holds[0].To = w.clock()
		w.says("case.resumed", "c1", "promised", promised, "statutory", statutory)
		if got := w.light("c1"); got != limit.Green {
			t.Errorf("resumed: %s", got)
		}
		promised.Extra = 10
		w.says("case.extended", "c1", "days", 10, "promised", promised)
		f, err := w.File(w.supervisor(), "c1")
		if err != nil || f.Case.Promised.Due != "2026-04-09" || !strings.Contains(f.Case.Promised.Words, "延期 10 个工作日") {
			t.Errorf("%+v, %v", f.Case.Promised, err)
		}
		if got := w.signals(); got != "" {
			t.Errorf("signals %q", got)
		}
	})
}

func TestStepIsLateThoughTheCaseIsNot(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		w.says("flow.task-opened", "c1", "task", "t1", "node", "survey", "name", "现场勘验", "organisation", "fire", "clock", w.clockOf(limit.WorkingDays, 1))
		w.says("flow.task-claimed", "c1", "task", "t1", "node", "survey", "name", "现场勘验", "organisation", "fire", "by", "xiaofang")
		w.at("2026-03-04 00:01")
		if got := w.signals(); got != "step-near step-late" {
			t.Errorf("signals %q", got)
		}
		page, err := w.Cases(w.supervisor(), supervision.Filter{Light: limit.Red, Limit: 10})
		if err != nil || len(page.Cases) != 1 || page.Cases[0].Promised.Light != limit.Green {
			t.Errorf("%+v, %v", page, err)
		}
		// Reminded are the chief representatives of both bodies, and whoever
		// has the step.
		for name, who := range map[string]context.Context{
			"chief of the lead": w.chief(), "chief of the step": staff(t.Context(), "x", "fire", "330102", access.RoleChief), "who has it": staff(t.Context(), "xiaofang", "fire", "330102", access.RoleApprover),
		} {
			if list, err := w.Reminders(who, 10); err != nil || len(list) != 2 {
				t.Errorf("%s: %+v, %v", name, list, err)
			}
		}
		if list, err := w.Reminders(staff(t.Context(), "y", "civil", "330102", access.RoleChief, access.RoleApprover), 10); err != nil || len(list) != 0 {
			t.Errorf("others are reminded: %+v, %v", list, err)
		}
		w.says("flow.task-done", "c1", "task", "t1", "node", "survey", "name", "现场勘验", "organisation", "fire", "by", "xiaofang", "result", "pass", "opinion", "符合要求")
		if got := w.light("c1"); got != limit.Green {
			t.Errorf("done: %s", got)
		}
		f, err := w.File(w.supervisor(), "c1")
		if err != nil || len(f.Steps) != 1 || f.Steps[0].Result != "pass" || f.Steps[0].Done.IsZero() || f.Steps[0].Reading.Light != limit.Red {
			t.Errorf("%+v, %v", f.Steps, err)
		}
		last := f.Log[len(f.Log)-1]
		if last.Words != "完成环节：现场勘验（通过）：符合要求" || last.Staff != "xiaofang" {
			t.Errorf("%+v", last)
		}
	})
}

func TestWhatTheLawCallsWrongIsSignalledOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.says("case.submitted", "c1")
		w.says("case.supplement-asked", "c1", "count", 1)
		w.says("case.supplement-asked", "c1", "count", 2)
		w.says("case.supplement-asked", "c1", "count", 3)
		w.says("case.submitted", "c2")
		w.says("case.accepted", "c2", "tacit", true)
		w.says("case.submitted", "c3")
		w.says("case.not-accepted", "c3", "reason", " ")
		w.says("case.submitted", "c4")
		w.says("case.not-accepted", "c4", "reason", "不属于本机关职权范围")
		if got := w.signals(); got != "asked-twice tacit no-reason" {
			t.Errorf("signals %q", got)
		}
	})
}

func TestCaseThatIsOverTurnsNoMore(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		w.at("2026-03-05 10:00")
		w.says("case.decided", "c1", "approved", true)
		w.at("2026-05-05 10:00")
		if got := w.light("c1"); got != limit.Green {
			t.Errorf("%s", got)
		}
		o, err := w.Overview(w.supervisor())
		if err != nil || o.Total.Red+o.Total.Yellow+o.Total.Rest != 0 {
			t.Errorf("%+v, %v", o.Total, err)
		}
	})
}

func TestListShowsWhatTurnsRedFirstPageByPage(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		days := []int{9, 3, 30, 1, 12, 2, 7}
		for i, n := range days {
			id := fmt.Sprintf("01AAAAAAAAAAAAAAAAAAAAAAA%d", i)
			w.says("case.submitted", id)
			w.says("case.accepted", id, "promised", w.clockOf(limit.WorkingDays, n))
		}
		w.at("2026-03-04 10:00") // the one of a day is late, that of two is due
		var got []string
		for after := ""; ; {
			page, err := w.Cases(w.supervisor(), supervision.Filter{Limit: 2, After: after})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Cases {
				got = append(got, c.Promised.Due)
			}
			if after = page.Next; after == "" {
				break
			}
		}
		want := "2026-03-03 2026-03-04 2026-03-05 2026-03-11 2026-03-13 2026-03-18 2026-04-14"
		if strings.Join(got, " ") != want {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		for _, mark := range []string{"x", "1.2", "1.2.", "'; DROP TABLE", strings.Repeat("9", 70)} {
			if _, err := w.Cases(w.supervisor(), supervision.Filter{Limit: 2, After: mark}); !errors.Is(err, supervision.ErrInput) {
				t.Errorf("mark %q: %v", mark, err)
			}
		}
	})
}

func TestOthersSeeNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		w.at("2026-03-31 09:00")
		list, err := w.Signals(w.supervisor(), "", "", 10)
		if err != nil || len(list) == 0 {
			t.Fatal(err)
		}
		for name, who := range map[string]context.Context{
			"the supervisor of another region": staff(t.Context(), "a", "government", "330200", access.RoleSupervisor),
			"another body's chief":             staff(t.Context(), "b", "civil", "330102", access.RoleChief),
			"an editor of the same body":       staff(t.Context(), "c", "market", "330102", access.RoleItemEditor),
			"nobody":                           t.Context(),
		} {
			if _, err := w.File(who, "c1"); !errors.Is(err, supervision.ErrUnknown) {
				t.Errorf("%s reads the case: %v", name, err)
			}
			if _, err := w.Explain(who, list[0].ID, "因系统升级"); !errors.Is(err, supervision.ErrUnknown) {
				t.Errorf("%s explains: %v", name, err)
			}
			if _, err := w.Close(who, list[0].ID); !errors.Is(err, supervision.ErrUnknown) {
				t.Errorf("%s closes: %v", name, err)
			}
		}
		other := staff(t.Context(), "a", "government", "330200", access.RoleSupervisor)
		if page, err := w.Cases(other, supervision.Filter{Limit: 10}); err != nil || len(page.Cases) != 0 {
			t.Errorf("%+v, %v", page, err)
		}
		if o, err := w.Overview(other); err != nil || o.Total.Red != 0 || o.OpenSignals != 0 {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

func TestUrgingGoesRoundUntilTheReplyIsAccepted(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		w.at("2026-03-10 09:00")
		o, err := w.Issue(w.supervisor(), supervision.Order{Case: "c1", Subject: "食品经营许可超期", Text: "请说明原因并于期限内办结。", Due: "2026-03-12"})
		if err != nil || o.Number != "督〔2026〕0001号" || o.Organisation != "market" {
			t.Fatalf("%+v, %v", o, err)
		}
		if list, err := w.Reminders(w.chief(), 10); err != nil || !strings.Contains(list[0].Words, o.Number) {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := w.Verify(w.supervisor(), o.ID, true, "可", 0, ""); !errors.Is(err, supervision.ErrState) {
			t.Errorf("accepted before there was a reply: %v", err)
		}
		w.at("2026-03-13 09:00")
		if got := w.signals(); !strings.HasSuffix(got, "order-late") {
			t.Errorf("signals %q", got)
		}
		if o, err = w.Reply(w.chief(), o.ID, "申请材料需外部核查。"); err != nil || o.State != "replied" || !o.Overdue {
			t.Errorf("%+v, %v", o, err)
		}
		if _, err := w.Reply(w.chief(), o.ID, "again"); !errors.Is(err, supervision.ErrState) {
			t.Errorf("replied twice: %v", err)
		}
		if _, err := w.Verify(w.supervisor(), o.ID, false, "理由不充分", 0, "2026-03-01"); !errors.Is(err, supervision.ErrInput) {
			t.Errorf("sent back to a day that is past: %v", err)
		}
		if o, err = w.Verify(w.supervisor(), o.ID, false, "理由不充分", 0, "2026-03-16"); err != nil || o.State != "issued" || o.Due != "2026-03-16" || o.Overdue || o.Reply != "" || len(o.Rounds) != 2 {
			t.Errorf("%+v, %v", o, err)
		}
		if _, err = w.Reply(w.chief(), o.ID, "已办结。"); err != nil {
			t.Fatal(err)
		}
		if o, err = w.Verify(w.supervisor(), o.ID, true, "予以销号", 2, ""); err != nil || o.State != "closed" || o.Score != 2 {
			t.Errorf("%+v, %v", o, err)
		}
		second, err := w.Issue(w.supervisor(), supervision.Order{Organisation: "civil", Subject: "窗口缺岗", Text: "请说明。", Due: "2026-03-20"})
		if err != nil || second.Number != "督〔2026〕0002号" {
			t.Errorf("%+v, %v", second, err)
		}
	})
}

func TestWrongUrgingChangesNothing(t *testing.T) {
	w := open(t, t.TempDir()+"/p.db")
	w.accept("c1")
	for name, o := range map[string]supervision.Order{
		"no subject": {Case: "c1", Text: "x", Due: "2026-03-12"}, "no text": {Case: "c1", Subject: "x", Due: "2026-03-12"}, "no day": {Case: "c1", Subject: "x", Text: "x"},
		"a day that is past": {Case: "c1", Subject: "x", Text: "x", Due: "2026-03-01"}, "a day far away": {Case: "c1", Subject: "x", Text: "x", Due: "2036-03-01"},
		"to nobody": {Subject: "x", Text: "x", Due: "2026-03-12"}, "endless": {Case: "c1", Subject: strings.Repeat("长", 1001), Text: "x", Due: "2026-03-12"},
	} {
		if _, err := w.Issue(w.supervisor(), o); !errors.Is(err, supervision.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Issue(w.supervisor(), supervision.Order{Case: "nothing", Subject: "x", Text: "x", Due: "2026-03-12"}); !errors.Is(err, supervision.ErrUnknown) {
		t.Error(err)
	}
	if list, err := w.Orders(w.supervisor(), "", false, 10); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}
