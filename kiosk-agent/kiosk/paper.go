package kiosk

import (
	"strings"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/link"
	"smarthall/internal/sticker"
)

// paperLife is how long after giving a ticket its paper is still of use.
const paperLife = time.Minute

// paper is an offline ticket's paper. It looks like the hall's own but for its
// mark, and promises nothing: how many people are before it nobody knows here.
func paper(hall link.Snapshot, service link.ServiceView, t agent.OfflineTicket, at time.Time) link.PrintJob {
	job := link.PrintJob{Job: link.OfflinePrint(t.ID), Ticket: t.ID, Expires: at.Add(paperLife)}
	add := func(l link.PrintLine) { job.Lines = append(job.Lines, l) }
	centre := func(text string, size int, bold bool) {
		add(link.PrintLine{Text: text, Size: size, Bold: bold, Align: "center"})
	}
	centre(hall.Hall.Name, 2, true)
	add(link.PrintLine{Rule: true})
	centre(service.Name, 1, true)
	centre(t.Number, 4, true)
	centre("离线号", 2, true)
	centre("请留意叫号", 2, false)
	centre("按取号时间排队，不必重新取号", 1, false)
	add(link.PrintLine{Rule: true})
	for _, z := range hall.Hall.Zones {
		if z.ID == service.Zone {
			add(link.PrintLine{Text: "办理区域：" + z.Name})
		}
	}
	if len(service.Materials) > 0 {
		add(link.PrintLine{Text: "请准备：" + strings.Join(service.Materials, "、")})
	}
	centre(at.Format("2006-01-02 15:04:05"), 1, false)
	add(link.PrintLine{Feed: 3})
	label := sticker.Of(link.TicketView{Number: t.Number, ServiceName: service.Name, Day: t.Day, TakenAt: at}, zone(hall))
	label.Lines = append(label.Lines, "离线号，请留意叫号")
	job.Label = &label
	return job
}
