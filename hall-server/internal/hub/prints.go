package hub

import (
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// codePaper is the trouble of a ticket whose paper ended half-way, or may have.
// It goes once the ticket was printed again, at whichever kiosk.
const codePaper = "print.partial"

// notePaper tells the board of a paper that is of no use to its holder, and
// that it was replaced.
func (h *Hub) notePaper(agent string, done queue.RecordPrint) {
	number := ""
	h.conf.Core.Read(func(s *queue.State, _ queue.Time) {
		if t := s.Tickets[done.Ticket]; t != nil {
			number = t.Number
		}
	})
	if number == "" {
		return // of a day that has ended
	}
	half := number + " 号的号票只打印了一半"
	unsure := number + " 号的号票不知道有没有打印完"
	switch link.PrintOutcome(done.Outcome) {
	case link.PrintPrinted:
		h.conf.Registry.Settled(codePaper, half)
		h.conf.Registry.Settled(codePaper, unsure)
	case link.PrintPartial:
		h.trouble(agent, half, "print.half", number)
	case link.PrintUnknown:
		h.trouble(agent, unsure, "print.unsure", number)
	}
}

// trouble shows a paper on the board, once however often it is reported.
func (h *Hub) trouble(agent, detail, code, number string) {
	h.conf.Registry.Settled(codePaper, detail)
	h.conf.Registry.Trouble(agent, link.TroubleView{
		Code: codePaper, Since: h.conf.Core.Now(), Detail: detail,
		Said:   &link.Sentence{Code: code, Vars: map[string]string{"number": number}},
		Advice: "请看出票口，取走没打完的号票；处理好打印机后，可在取号机或窗口补打",
	})
}
