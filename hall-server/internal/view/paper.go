package view

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
	"smarthall/internal/sticker"
)

// paperLife is how long after taking a ticket its paper is still of use.
const paperLife = 60 * 1000

// Paper is the content of t's paper ticket.
func (v *Viewer) Paper(t *queue.Ticket) link.PrintJob {
	h := v.Hall.Hall()
	job := v.PaperOf(t, h.Ticket.Paper())
	label := sticker.Of(v.TicketOf(h.Day(t.Taken), t), h.Location())
	job.Label = &label
	return job
}

// PaperOf is t's paper as lines make it.
func (v *Viewer) PaperOf(t *queue.Ticket, lines []hall.TicketLine) link.PrintJob {
	h := v.Hall.Hall()
	svc, _ := h.Service(t.Service)
	job := link.PrintJob{Job: string(t.ID) + "/1", Ticket: string(t.ID), Expires: (t.Taken + paperLife).Std()}
	for _, l := range lines {
		switch l.Show {
		case hall.ShowRule:
			job.Lines = append(job.Lines, link.PrintLine{Rule: true})
		case hall.ShowFeed:
			job.Lines = append(job.Lines, link.PrintLine{Feed: max(l.Feed, 1)})
		case hall.ShowQR:
			job.Lines = append(job.Lines, link.PrintLine{QR: v.url(t.ID), Align: l.Align})
		default:
			for _, text := range v.paperTexts(h, t, &svc, &l) {
				job.Lines = append(job.Lines, link.PrintLine{Text: text, Size: l.Size, Bold: l.Bold, Align: l.Align})
			}
		}
	}
	return job
}

// paperTexts are the texts of a line of t's paper; none if it doesn't apply.
func (v *Viewer) paperTexts(h *hall.Hall, t *queue.Ticket, svc *hall.Service, l *hall.TicketLine) []string {
	one := func(text string) []string {
		if text == "" {
			return nil
		}
		return []string{text}
	}
	switch l.Show {
	case hall.ShowText:
		return one(l.Text)
	case hall.ShowHall:
		return one(h.Name)
	case hall.ShowService:
		return one(svc.Name)
	case hall.ShowNumber:
		return one(t.Number)
	case hall.ShowPriority:
		return one(v.priorityName(t.Priority))
	case hall.ShowTime:
		return one(t.Taken.Std().In(h.Location()).Format("2006-01-02 15:04:05"))
	case hall.ShowWindows:
		return one(windowsText(h, svc))
	case hall.ShowWay:
		return one(wayText(h, svc))
	case hall.ShowSlot:
		if t.Slot != 0 {
			return one("预约 " + t.Slot.Std().In(h.Location()).Format("15:04"))
		}
	case hall.ShowMaterials:
		if materials := v.Materials(svc); len(materials) > 0 {
			return one("请准备：" + strings.Join(materials, "、"))
		}
	case hall.ShowAhead:
		if t.Offline { // a copy: the kiosk that gave it could promise nothing
			return []string{"离线号", "请留意叫号"}
		}
		return one(fmt.Sprintf("您前面还有 %d 位", t.Promise.Ahead))
	case hall.ShowWait:
		if !t.Offline {
			return one(waitText(t.Promise))
		}
	}
	return nil
}

// Copy is the n-th copy of t's paper, printed again for its holder.
func (v *Viewer) Copy(t *queue.Ticket, n int, now queue.Time) link.PrintJob {
	job := v.Paper(t)
	job.Job, job.Expires = fmt.Sprintf("%s/copy-%d", t.ID, n), (now + paperLife).Std()
	mark := link.PrintLine{Text: "（补打，号码不变）", Size: 1, Bold: true, Align: "center"}
	at := slices.IndexFunc(job.Lines, func(l link.PrintLine) bool { return l.Text == t.Number })
	job.Lines = slices.Insert(job.Lines, at+1, mark)
	job.Label.Lines = append(job.Label.Lines, mark.Text)
	return job
}

func waitText(p queue.Promise) string {
	switch {
	case p.Minutes < 0:
		return "窗口开放后按顺序叫号"
	case p.High > 0 && p.High > p.Low:
		return fmt.Sprintf("预计等候 %d–%d 分钟", p.Low, p.High)
	case p.Minutes == 0:
		return "预计马上叫到您"
	default:
		return "预计等候约 " + strconv.Itoa(p.Minutes) + " 分钟"
	}
}

func (v *Viewer) priorityName(id string) string {
	for _, p := range v.Hall.Hall().Priorities {
		if p.ID == id {
			return p.Name
		}
	}
	return ""
}

// windowsText names the windows of a service and their zone.
func windowsText(h *hall.Hall, svc *hall.Service) string {
	var numbers []string
	for i := range h.Windows {
		w := &h.Windows[i]
		if !w.Disabled && slices.Contains(w.Services, svc.ID) && !slices.Contains(numbers, w.Number) { // its posts share one
			numbers = append(numbers, w.Number)
		}
	}
	return "办理窗口：" + strings.Join(numbers, "、") + " 号（" + h.ZoneName(svc.Zone) + "）"
}

// wayText tells how to get to the windows of a service; empty if nobody said.
func wayText(h *hall.Hall, svc *hall.Service) string {
	var ways []string
	for i := range h.Windows {
		w := &h.Windows[i]
		if !w.Disabled && slices.Contains(w.Services, svc.ID) && w.Direction != "" && !slices.Contains(ways, w.Direction) {
			ways = append(ways, w.Direction)
		}
	}
	if len(ways) == 0 {
		return ""
	}
	return "怎么走：" + strings.Join(ways, "；")
}
