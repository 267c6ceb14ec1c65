package view

import (
	"fmt"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// shutText tells people before a closed hall when it gives tickets again; next
// is 0 if nobody knows.
func (v *Viewer) shutText(next, now queue.Time) string {
	if next == 0 {
		return opensText("", "")
	}
	loc := v.Hall.Hall().Location()
	return opensText(next.Std().In(loc).Format(opensLayout), now.Std().In(loc).Format(time.DateOnly))
}

// shutSaid is shutText by its code. The time is the hall's.
func (v *Viewer) shutSaid(next queue.Time) *link.Sentence {
	said := &link.Sentence{Code: "service.shut"}
	if next != 0 {
		said = &link.Sentence{Code: "service.opens", Vars: map[string]string{"at": next.Std().In(v.Hall.Hall().Location()).Format(opensLayout)}}
	}
	return said
}

// opensLayout is how a refusal carries a time.
const opensLayout = "2006-01-02 15:04"

// opensText words when tickets are given again; today is the day that needn't
// be named.
func opensText(opens, today string) string {
	at, err := time.Parse(opensLayout, opens)
	if err != nil {
		return "现在不在取号时间，请咨询工作人员"
	}
	when := fmt.Sprintf("%d 月 %d 日 %s", at.Month(), at.Day(), at.Format("15:04"))
	switch today {
	case at.Format(time.DateOnly):
		when = at.Format("15:04")
	case at.AddDate(0, 0, -1).Format(time.DateOnly):
		when = "明天 " + at.Format("15:04")
	}
	return "现在不在取号时间，" + when + " 开始取号"
}
