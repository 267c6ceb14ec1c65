package supervision

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/limit"
)

// maxExport is how many cases a workbook holds, exportPage how many are read
// at once.
const (
	maxExport  = 20_000
	exportPage = 500
)

// stateWords are the states of cases for people.
var stateWords = map[string]string{
	"submitted": "待受理", "supplementing": "补正中", "prepared": "预审通过", "accepted": "办理中", "held": "已挂起", "decided": "已决定", "closed": "办结",
	"not-accepted": "不予受理", "withdrawn": "已撤回", "terminated": "已终止",
}

// Export writes the cases of a filter as a workbook, what turns red first, and
// tells how many it wrote: no more than a workbook is good for.
func (s *Service) Export(ctx context.Context, w io.Writer, f Filter) (int, error) {
	file := excelize.NewFile()
	defer file.Close() //nolint:errcheck // closing lets go of its temporary files
	out, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		return 0, fmt.Errorf("export cases: %w", err)
	}
	if err := out.SetColWidth(1, 13, 20); err != nil {
		return 0, fmt.Errorf("export cases: %w", err)
	}
	n := 0
	row := func(cells ...any) error {
		n++
		if err := out.SetRow(fmt.Sprintf("A%d", n), cells); err != nil {
			return fmt.Errorf("export cases: %w", err)
		}
		return nil
	}
	if err := row("申请编号", "办件编号", "事项", "部门", "大厅", "申请人", "状态", "红绿灯", "承诺期限", "法定期限", "说明", "受理时间", "办结时间"); err != nil {
		return 0, err
	}
	f.Limit = exportPage
	for f.After = ""; n <= maxExport; {
		page, err := s.Cases(ctx, f)
		if err != nil {
			return 0, err
		}
		for _, c := range page.Cases {
			if err := row(c.ApplicationNo, c.CaseNo, c.ItemName, c.OrganisationName, c.Hall, c.Applicant, stateOf(c.State), c.Light.Word(),
				c.Promised.Due, c.Statutory.Due, reason(c), s.stamp(c.Accepted), s.stamp(c.Ended)); err != nil {
				return 0, err
			}
		}
		if f.After = page.Next; f.After == "" {
			break
		}
	}
	if err := out.Flush(); err != nil {
		return 0, fmt.Errorf("export cases: %w", err)
	}
	if _, err := file.WriteTo(w); err != nil {
		return 0, fmt.Errorf("export cases: %w", err)
	}
	return n - 1, s.Audit.Write(ctx, audit.Entry{Action: "supervision.export", Detail: fmt.Sprintf("%d 件", n-1)})
}

// stateOf is a state as people read it.
func stateOf(state string) string {
	if words, ok := stateWords[state]; ok {
		return words
	}
	return state
}

// reason is why a case's light is what it is.
func reason(v View) string {
	if v.Statutory.Light == limit.Red {
		return v.Statutory.Words
	}
	return v.Promised.Words
}

// stamp is a moment as people read it; empty for none.
func (s *Service) stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.Zone).Format("2006-01-02 15:04")
}
