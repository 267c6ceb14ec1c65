package view

import (
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// anomaly says why a window's attendance is not as it should be (考勤异常), in
// Chinese and by a code; empty and nil if it is.
func (v *Viewer) anomaly(s *queue.State, w *queue.Window, now queue.Time) (string, *link.Sentence) {
	conf := s.Config.Window(w.ID)
	if conf == nil || conf.Disabled {
		return "", nil
	}
	if w.Paused && s.Config.Rules.PauseLimit > 0 && now.Sub(w.Since) > s.Config.Rules.PauseLimit {
		return "暂停时间过长", &link.Sentence{Code: "attendance.long-pause"}
	}
	if w.Staff == "" {
		local := now.Std().In(s.Config.Location())
		minute := local.Hour()*60 + local.Minute()
		for _, h := range conf.Attendance {
			if minute >= h.From && minute < h.To {
				return "应到岗未登录", &link.Sentence{Code: "attendance.absent"}
			}
		}
		return v.missing(string(w.ID), w.Since.Std(), now.Std())
	}
	if since, lost := v.Registry.Lost(string(w.ID)); lost && now.Std().Sub(since) > lostAfter {
		return "窗口终端掉线", &link.Sentence{Code: "attendance.terminal-away"}
	}
	return "", nil
}

// missing says whom the roster misses at a window where nobody has been signed in
// since.
func (v *Viewer) missing(window string, since, now time.Time) (string, *link.Sentence) {
	h := v.Hall.Hall()
	duty, ok := h.Missing(window, now)
	if !ok {
		return "", nil
	}
	clock := func(t time.Time) string { return t.In(h.Location()).Format("15:04") }
	said := &link.Sentence{
		Code: "attendance.late",
		Vars: map[string]string{"who": duty.Who(), "from": clock(duty.From), "to": clock(duty.To), "since": clock(since)},
	}
	if since.After(duty.From) {
		said.Code = "attendance.left"
	}
	return h.MissingText(window, since, now), said
}
