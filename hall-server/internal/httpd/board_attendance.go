package httpd

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
)

// attendanceInput names a business day.
type attendanceInput struct {
	Day string `query:"day" format:"date" doc:"Business day; today if absent"`
}

// attendanceView is one line of a day's attendance.
type attendanceView struct {
	Kind     hall.PresenceKind `json:"kind" enum:"signed-in,signed-out,late,early,absent,away,long-pause,stand-in"`
	Window   string            `json:"window"`
	Number   string            `json:"number" doc:"The window's"`
	Staff    string            `json:"staff,omitempty"`
	Name     string            `json:"name,omitempty" doc:"Who it was, or who was expected"`
	At       time.Time         `json:"at"`
	Until    time.Time         `json:"until,omitzero" doc:"Absent while it lasts"`
	Expected time.Time         `json:"expected,omitzero" doc:"When the duty begins or ends"`
	Minutes  int               `json:"minutes,omitempty"`
}

type attendanceOutput struct {
	Body struct {
		Day      string           `json:"day"`
		Rostered bool             `json:"rostered" doc:"There is a roster or hours of attendance to hold it against"`
		Events   []attendanceView `json:"events"`
	}
}

// attendance is that of day.
func (a *api) attendance(ctx context.Context, day queue.Day) ([]attendanceView, error) {
	h := a.Hall.Hall()
	noon, err := time.ParseInLocation("2006-01-02 15:04", string(day)+" 12:00", h.Location())
	if err != nil {
		return nil, newProblem(http.StatusUnprocessableEntity, "attendance.day", "日期应如 2026-11-23")
	}
	var changes []hall.WindowChange
	err = a.Store.WindowEvents(ctx, day, func(at queue.Time, events queue.Events) {
		for _, e := range events {
			if c, ok := windowChange(e); ok {
				c.At = at.Std()
				changes = append(changes, c)
			}
		}
	})
	if err != nil {
		return nil, a.problem(err)
	}
	now := a.Core.Now()
	if end := noon.AddDate(0, 0, 1); now.After(end) {
		now = end
	}
	out := []attendanceView{}
	for _, e := range h.Attendance(noon, changes, now) {
		w, _ := h.Window(queue.WindowID(e.Window))
		out = append(out, attendanceView{
			Kind: e.Kind, Window: e.Window, Number: w.Number, Staff: e.Staff, Name: e.Name,
			At: e.At, Until: e.Until, Expected: e.Expected, Minutes: e.Minutes,
		})
	}
	return out, nil
}

// windowChange is what e says of who sits at a window.
func windowChange(e queue.Event) (hall.WindowChange, bool) {
	switch e := e.(type) {
	case queue.WindowSignedIn:
		return hall.WindowChange{Window: string(e.Window), Staff: string(e.Staff), Name: e.StaffName, Open: true}, true
	case queue.WindowSignedOut:
		return hall.WindowChange{Window: string(e.Window)}, true
	case queue.WindowPaused:
		return hall.WindowChange{Window: string(e.Window), Paused: true}, true
	case queue.WindowContinued:
		return hall.WindowChange{Window: string(e.Window), Open: true}, true
	}
	return hall.WindowChange{}, false
}

// dayOf is the business day that text names.
func (a *api) dayOf(text string) queue.Day {
	if text != "" {
		return queue.Day(text)
	}
	return a.Hall.Hall().Day(queue.TimeOf(a.Core.Now()))
}

func (a *api) listAttendance(ctx context.Context, in *attendanceInput) (*attendanceOutput, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	out := &attendanceOutput{}
	day := a.dayOf(in.Day)
	events, err := a.attendance(ctx, day)
	if err != nil {
		return nil, err
	}
	out.Body.Day, out.Body.Events = string(day), events
	h := a.Hall.Hall()
	out.Body.Rostered = len(h.Roster) > 0
	for i := range h.Windows {
		out.Body.Rostered = out.Body.Rostered || len(h.Windows[i].Attendance) > 0
	}
	return out, nil
}

// csvType opens in spreadsheets; the mark at its beginning says that it is
// UTF-8.
const (
	csvType = "text/csv; charset=utf-8"
	csvMark = "\xef\xbb\xbf"
)

// presenceWords are what a spreadsheet calls the kinds.
var presenceWords = map[hall.PresenceKind]string{
	hall.SignedIn: "签到", hall.SignedOut: "签退", hall.Late: "迟到", hall.Early: "早退", hall.Absent: "缺勤",
	hall.Away: "离岗未暂停", hall.LongPause: "暂停超时", hall.Stand: "顶岗",
}

func (a *api) attendanceCSV(ctx context.Context, in *attendanceInput) (*fileOutput, error) {
	if err := manages(ctx); err != nil {
		return nil, err
	}
	day := a.dayOf(in.Day)
	events, err := a.attendance(ctx, day)
	if err != nil {
		return nil, err
	}
	clock := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(a.Hall.Hall().Location()).Format("15:04:05")
	}
	rows := [][]string{{"日期", "窗口", "姓名", "工号", "情况", "开始", "结束", "应到或应离", "分钟"}}
	for _, e := range events {
		minutes := ""
		if e.Minutes > 0 {
			minutes = strconv.Itoa(e.Minutes)
		}
		rows = append(rows, []string{
			string(day), cellText(e.Number), cellText(e.Name), cellText(e.Staff), presenceWords[e.Kind], clock(e.At), clock(e.Until), clock(e.Expected), minutes,
		})
	}
	var out bytes.Buffer
	out.WriteString(csvMark)
	w := csv.NewWriter(&out)
	if err := w.WriteAll(rows); err != nil {
		return nil, a.problem(err)
	}
	return &fileOutput{
		ContentType: csvType, Body: out.Bytes(), Disposition: `attachment; filename="attendance-` + string(day) + `.csv"`,
	}, nil
}
