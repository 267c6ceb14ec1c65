package cases

import (
	"context"
	"fmt"
	"net/http"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// Overdue is a deferred material that didn't come in time (容缺逾期), for the
// head that decides about it.
type Overdue struct {
	Case      string `json:"case"`
	CaseNo    string `json:"caseNo"`
	ItemName  string `json:"itemName"`
	Applicant string `json:"applicant" doc:"Masked"`
	Material  string `json:"material"`
	Name      string `json:"name" doc:"The material's"`
	Due       string `json:"due"`
	Extended  bool   `json:"extended,omitempty" doc:"Its time was extended before, which happens once"`
}

// Overdue lists the deferred materials of the caller's body that didn't come in
// time, the longest awaited first, and tells whether there are more. What is
// decided makes place for the next.
func (s *Service) Overdue(ctx context.Context) (list []Overdue, more bool, err error) {
	caller := access.From(ctx)
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT d.case_id, d.material FROM case_deferred d JOIN case_record c ON c.id = d.case_id
		WHERE d.wake = 0 AND c.organisation = $1 AND c.state = 'accepted' AND c.region LIKE $2 ORDER BY d.due, d.case_id, d.material LIMIT $3`,
		caller.Org, access.Stem(caller.Region)+"%", pageSize+1)
	if err != nil {
		return nil, false, fmt.Errorf("list overdue materials: %w", err)
	}
	ids, err := pairs(rows)
	if err != nil {
		return nil, false, fmt.Errorf("list overdue materials: %w", err)
	}
	more = len(ids) > pageSize
	list = []Overdue{}
	for _, id := range ids[:min(len(ids), pageSize)] {
		c, err := s.one(ctx, s.Store.Read(), `id = $1`, id[0])
		if err != nil {
			return nil, false, err
		}
		if m := c.material(id[1]); m != nil && m.Overdue { // it may have come meanwhile
			list = append(list, Overdue{c.ID, c.CaseNo, c.ItemName, masked(c.Applicant), m.ID, m.Name, m.Due, m.Extended})
		}
	}
	return list, more, nil
}

// WorkingDays are the days that a clerk may set as a case's last days: the
// working days from tomorrow on, by the calendar of its region.
func (s *Service) WorkingDays(ctx context.Context, id string) (list []calendar.Day, err error) {
	c, err := s.Mine(ctx, id)
	if err != nil {
		return nil, err
	}
	now := s.Store.Now()
	for n := 1; n <= maxDays; n++ {
		d, err := s.inWorkingDays(ctx, c.Region, now, n)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// overdueRoutes declares what a head decides about, and the calendar for it.
func (s *Service) overdueRoutes(r *httpd.Router, op describe) {
	httpd.Register(r, op("list-overdue-materials", http.MethodGet, "/acceptance/overdue", "List deferred materials of one's body that didn't come in time",
		access.StaffWith(access.RoleChief)), s.getOverdue)
	httpd.Register(r, op("list-working-days", http.MethodGet, "/acceptance/cases/{id}/working-days", "The next working days where a case is handled",
		access.StaffWith(access.RoleClerk, access.RoleChief)), s.getWorkingDays)
}

type overdueOutput struct {
	Body struct {
		Materials []Overdue `json:"materials"`
		More      bool      `json:"more,omitempty" doc:"There are more than these"`
	}
}

func (s *Service) getOverdue(ctx context.Context, _ *none) (*overdueOutput, error) {
	list, more, err := s.Overdue(ctx)
	out := &overdueOutput{}
	out.Body.Materials, out.Body.More = list, more
	return out, err
}

type workingDaysOutput struct {
	Body struct {
		Days []string `json:"days" doc:"From tomorrow on, such as 2026-11-24; the last is the latest that may be set"`
	}
}

func (s *Service) getWorkingDays(ctx context.Context, in *idInput) (*workingDaysOutput, error) {
	list, err := s.WorkingDays(ctx, in.ID)
	out := &workingDaysOutput{}
	for _, d := range list {
		out.Body.Days = append(out.Body.Days, d.String())
	}
	return out, err
}
