package supervision_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/xuri/excelize/v2"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/supervision"
)

func TestPreviewCountsAndChangesNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		for _, id := range []string{"c1", "c2"} {
			w.accept(id)
		}
		w.says("flow.task-opened", "c2", "task", "t1", "node", "survey", "name", "现场勘验", "organisation", "fire", "clock", w.clockOf(limit.WorkingDays, 2))
		w.says("flow.task-opened", "c2", "task", "t2", "node", "first", "name", "初审", "organisation", "market", "clock", w.clockOf(limit.WorkingDays, 4))
		w.says("case.submitted", "c3", "region", "330103")
		w.says("case.accepted", "c3", "region", "330103", "promised", w.clockOf(limit.WorkingDays, 5))
		for _, tt := range []struct {
			rule supervision.Rule
			want supervision.Preview
		}{
			{supervision.Rule{Region: "330100", Share: 20, Days: 1}, supervision.Preview{Looked: 3}},
			{supervision.Rule{Region: "330100", Share: 40, Days: 2}, supervision.Preview{Looked: 3, After: 1}}, // the survey's step
			{supervision.Rule{Region: "330102", Share: 90, Days: 5}, supervision.Preview{Looked: 2, After: 2}},
			{supervision.Rule{Region: "330100", Share: 90, Days: 5}, supervision.Preview{Looked: 3, After: 3}},
		} {
			got, err := w.Preview(w.supervisor(), tt.rule)
			if err != nil || got != tt.want {
				t.Errorf("%+v: %+v, %v", tt.rule, got, err)
			}
		}
		if rules, err := w.Rules(t.Context()); err != nil || len(rules) != 0 {
			t.Errorf("a preview left rules: %v, %v", rules, err)
		}
		if got := w.signals(); got != "" {
			t.Errorf("a preview gave signals: %s", got)
		}
		other := staff(t.Context(), "jiancha2", "government", "330103", access.RoleSupervisor)
		if _, err := w.Preview(other, supervision.Rule{Region: "330102", Share: 20, Days: 1}); !errors.Is(err, supervision.ErrUnknown) {
			t.Errorf("another region's: %v", err)
		}
	})
}

func TestExportHoldsWhatTheFilterLists(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		w.says("case.submitted", "c2", "organisation", "fire", "organisationName", "消防救援支队", "itemName", "=1+1")
		var out bytes.Buffer
		n, err := w.Export(w.supervisor(), &out, supervision.Filter{})
		if err != nil || n != 2 {
			t.Fatalf("%d, %v", n, err)
		}
		book, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		rows, err := book.GetRows("Sheet1")
		if err != nil || len(rows) != 3 || rows[1][1] != "NO-c1" || rows[1][3] != "市场监督管理局" || rows[1][5] != "林*" || rows[2][2] != "=1+1" {
			t.Errorf("%q, %v", rows, err)
		}
		if formula, err := book.GetCellFormula("Sheet1", "C3"); err != nil || formula != "" {
			t.Errorf("a name became the formula %q, %v", formula, err)
		}
		out.Reset()
		if n, err := w.Export(w.supervisor(), &out, supervision.Filter{Organisation: "fire"}); err != nil || n != 1 {
			t.Errorf("of one organisation: %d, %v", n, err)
		}
		var logged int
		if err := w.store.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM audit WHERE action = 'supervision.export' AND actor = 'jiancha'`).Scan(&logged); err != nil || logged != 2 {
			t.Errorf("%d exports are logged, %v", logged, err)
		}
	})
}

func TestWhatIsAboutNoCaseBecomesNone(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		for _, kind := range []string{"evaluation.rectification-opened", "evaluation.overdue"} {
			w.says(kind, "zx1", "case", "", "itemName", "", "number", "ZX20260302001")
		}
		page, err := w.Cases(w.supervisor(), supervision.Filter{Limit: 10})
		if err != nil || len(page.Cases) != 0 {
			t.Errorf("a consultation is watched as a case: %+v, %v", page, err)
		}
		list, err := w.Signals(w.supervisor(), "", "", 10)
		if err != nil || len(list) != 2 || list[0].Case != "" || list[0].Words != "ZX20260302001：咨询或投诉逾期未答复" {
			t.Errorf("signals %+v, %v", list, err)
		}
	})
}

func TestWhoHasAStepSeesTheCase(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		w.says("flow.task-opened", "c1", "task", "t1", "node", "survey", "name", "现场勘验", "organisation", "fire", "clock", w.clockOf(limit.WorkingDays, 2))
		for org, want := range map[string]error{"market": nil, "fire": nil, "civil": supervision.ErrUnknown} {
			if _, err := w.File(staff(t.Context(), "x", org, "330102", access.RoleApprover), "c1"); !errors.Is(err, want) {
				t.Errorf("%s: %v", org, err)
			}
		}
	})
}

func TestWhoHasTwoRolesIsRemindedOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := open(t, target)
		w.accept("c1")
		w.accept("c2")
		w.at("2026-03-06 09:00")
		both := staff(t.Context(), "x", "market", "330102", access.RoleChief, access.RoleApprover)
		if list, err := w.Reminders(both, 50); err != nil || len(list) != 2 {
			t.Errorf("two cases are near: %+v, %v", list, err)
		}
	})
}
