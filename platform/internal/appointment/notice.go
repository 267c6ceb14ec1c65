package appointment

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"smarthall/platform/internal/message"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// The templates of this context's messages (M-01, AP-08).
const (
	noticeBooked    = "appointment.booked"
	noticeMoved     = "appointment.moved"
	noticeCancelled = "appointment.cancelled"
	noticeReminder  = "appointment.reminder"
	noticeMissed    = "appointment.missed"
	noticeSuspended = "appointment.suspended"
	noticeAppeal    = "appointment.appeal"
)

var weekdays = [...]string{"日", "一", "二", "三", "四", "五", "六"}

// slotText is 11月24日（周二）09:00–10:00.
func slotText(b Booking, place *time.Location) string {
	from, to := b.Begins.In(place), b.Ends.In(place)
	return fmt.Sprintf("%d月%d日（周%s）%s–%s", from.Month(), from.Day(), weekdays[from.Weekday()], from.Format("15:04"), to.Format("15:04"))
}

// to is whom a booking's messages are for.
func (b Booking) to() message.To { return message.To{Person: b.Person, Phone: b.Phone} }

// vars fill the templates about one booking.
func (s *Service) vars(h node.Hall, b Booking) map[string]string {
	return map[string]string{
		"number": b.Number, "code": b.Code, "item": b.ItemName, "hall": h.Name, "address": h.Address, "time": slotText(b, s.zone(h)),
	}
}

// notify tells the holder what happened to a booking.
func (s *Service) notify(ctx context.Context, tx *store.Tx, template string, h node.Hall, b Booking, reason string) error {
	n := message.Notice{Template: template, To: b.to(), Vars: s.vars(h, b)}
	if template == noticeCancelled {
		n.Vars["reason"] = reasonText(reason)
	}
	return s.Messages.Send(ctx, tx, n)
}

// reasonHallClosed is a hall's word for a day on which it never opened.
const reasonHallClosed = "hall-closed"

// reasonText is a reason for people; halls send words for machines.
func reasonText(reason string) string {
	switch {
	case reason == "":
		return "已按您的要求取消"
	case reason == reasonHallClosed:
		return "大厅当日未开放"
	case reason[0] < 0x80:
		return "大厅暂不能接待" // a code
	default:
		return reason
	}
}

// remind tells the holder that a visit is near.
func (s *Service) remind(ctx context.Context, tx *store.Tx, h node.Hall, b Booking, when string) error {
	n := message.Notice{Template: noticeReminder, Key: noticeReminder + "/" + b.ID + "/" + strconv.FormatInt(store.Millis(b.remind), 10), To: b.to(), Vars: s.vars(h, b)}
	n.Vars["when"] = when
	return s.Messages.Send(ctx, tx, n)
}

// notifyMissed tells the holder of a missed visit how many there are, and how
// many suspend her.
func (s *Service) notifyMissed(ctx context.Context, tx *store.Tx, h node.Hall, b Booking, n int, r Rules) error {
	if r.Misses == 0 {
		return nil // it has no consequence
	}
	m := message.Notice{Template: noticeMissed, Key: noticeMissed + "/" + b.ID, To: b.to(), Vars: s.vars(h, b)}
	m.Vars["count"], m.Vars["limit"] = strconv.Itoa(n), strconv.Itoa(r.Misses+1)
	return s.Messages.Send(ctx, tx, m)
}

func (s *Service) notifySuspended(ctx context.Context, tx *store.Tx, b Booking, v Suspension, r Rules) error {
	return s.Messages.Send(ctx, tx, message.Notice{Template: noticeSuspended, Key: noticeSuspended + "/" + v.ID, To: b.to(), Vars: map[string]string{
		"count": strconv.Itoa(v.Misses), "days": strconv.Itoa(r.Days), "until": v.Until.In(s.zone(node.Hall{})).Format("2006年1月2日"),
	}})
}

func (s *Service) notifyAppeal(ctx context.Context, tx *store.Tx, v Suspension, lifted bool, answer string) error {
	phone, err := s.vault.Open(kindPhone, v.phone)
	if err != nil {
		return fmt.Errorf("open suspension %s: %w", v.ID, err)
	}
	result := "维持"
	if lifted {
		result = "恢复"
	}
	return s.Messages.Send(ctx, tx, message.Notice{
		Template: noticeAppeal, Key: noticeAppeal + "/" + v.ID, To: message.To{Person: v.person, Phone: phone},
		Vars: map[string]string{"result": result, "answer": answer},
	})
}
