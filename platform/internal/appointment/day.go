package appointment

import (
	"context"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"smarthall/internal/calendar"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
)

// maxDay is how many bookings of a day are listed at most.
const maxDay = 5000

// Day are a hall's bookings of a day, by their slots, for staff who manage the
// hall; an empty state or item means any. The look is audited.
func (s *Service) Day(ctx context.Context, hall string, day calendar.Day, state State, item string) ([]Booking, error) {
	if _, err := s.managed(ctx, hall); err != nil {
		return nil, err
	}
	list, err := s.list(ctx, s.Store.Read(), `hall = $1 AND day = $2 AND ($3 = '' OR state = $3) AND ($4 = '' OR item = $4) ORDER BY begins, id LIMIT $5`,
		hall, day.String(), string(state), item, maxDay)
	if err != nil {
		return nil, err
	}
	return list, s.look(ctx, "appointment.list", hall+"/"+day.String(), fmt.Sprintf("%d", len(list)))
}

// stateNames are the states for people.
var stateNames = map[State]string{
	Booked: "已预约", CheckedIn: "已签到", Served: "已办理", Missed: "未到", Unserved: "取号未办理", Cancelled: "已取消", Refused: "大厅未接受", Lapsed: "未反馈",
}

// viaNames are the channels for people.
var viaNames = map[string]string{ViaPortal: "门户网站", ViaApp: "手机应用", ViaWeChat: "微信", ViaTerminal: "自助终端", ViaPhone: "电话"}

// Export writes a hall's bookings of a day as a workbook, with masked numbers:
// it is read at the window beside the card.
func (s *Service) Export(ctx context.Context, w io.Writer, hall string, day calendar.Day) error {
	list, err := s.Day(ctx, hall, day, "", "")
	if err != nil {
		return err
	}
	file := excelize.NewFile()
	defer file.Close() //nolint:errcheck // it has no temporary files of this size
	const sheet = "Sheet1"
	out, err := file.NewStreamWriter(sheet)
	if err != nil {
		return fmt.Errorf("export appointments: %w", err)
	}
	if err := out.SetColWidth(1, 10, 18); err != nil {
		return fmt.Errorf("export appointments: %w", err)
	}
	rows := [][]any{{"预约号", "日期", "时段", "事项", "业务", "姓名", "身份证号", "电话", "渠道", "状态"}}
	for _, b := range list {
		rows = append(rows, []any{
			b.Number, b.Day, b.Start.String(), b.ItemName, b.Service, privacy.MaskName(b.Name), privacy.MaskNumber(b.IDNumber), privacy.MaskPhone(b.Phone),
			viaNames[b.Via], stateNames[b.State],
		})
	}
	for i, row := range rows {
		if err := out.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return fmt.Errorf("export appointments: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("export appointments: %w", err)
	}
	if _, err := file.WriteTo(w); err != nil {
		return fmt.Errorf("export appointments: %w", err)
	}
	return nil
}

// Count is how many bookings of a channel are in a state (AP-16).
type Count struct {
	Hall  string `json:"hall"`
	Item  string `json:"item" doc:"Empty: booked at the hall itself"`
	Via   string `json:"via"`
	State State  `json:"state"`
	Count int    `json:"count"`
}

// Statistics count the bookings of the visits between two days, both included,
// of one hall that the context's caller manages.
func (s *Service) Statistics(ctx context.Context, hall string, first, last calendar.Day) ([]Count, error) {
	if _, err := s.managed(ctx, hall); err != nil {
		return nil, err
	}
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT item, via, state, count(*) FROM (
			SELECT item, via, state FROM appointment WHERE hall = $1 AND day >= $2 AND day <= $3
			UNION ALL SELECT '' AS item, via, state FROM appointment_local WHERE hall = $1 AND day >= $2 AND day <= $3
		) AS booked GROUP BY item, via, state ORDER BY item, via, state`, hall, first.String(), last.String())
	if err != nil {
		return nil, fmt.Errorf("count appointments: %w", err)
	}
	defer rows.Close()
	list := []Count{}
	for rows.Next() {
		c := Count{Hall: hall}
		if err := rows.Scan(&c.Item, &c.Via, &c.State, &c.Count); err != nil {
			return nil, fmt.Errorf("count appointments: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// ByNumber returns the booking with a number that staff type, if they manage
// its hall, or ErrNone. The look is audited.
func (s *Service) ByNumber(ctx context.Context, number string) (Booking, error) {
	list, err := s.list(ctx, s.Store.Read(), `number = $1`, number)
	if err != nil {
		return Booking{}, err
	}
	if len(list) == 0 || access.From(ctx).Kind != access.Staff {
		return Booking{}, ErrNone
	}
	if err := s.mine(ctx, list[0]); err != nil {
		return Booking{}, err
	}
	return list[0], s.look(ctx, "appointment.look", list[0].ID, "")
}
