package hub

import (
	"cmp"
	"fmt"
	"log/slog"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// codeHelp is the trouble of somebody at a kiosk who wants staff to come. It
// goes when staff have said that they saw it, or she doesn't need them any more.
const codeHelp = "kiosk.help"

// maxHelped is how many answers to calls for help may wait to be told.
const maxHelped = 64

// help shows on the board that somebody at a kiosk wants staff to come, once
// however often she asks, or that she doesn't any more.
func (h *Hub) help(s *session, m link.Message) {
	var body link.KioskHelp
	switch err := m.Into(&body); {
	case s.role != link.RoleKiosk:
		h.answer(s, m, nil, queue.Refuse(queue.Invalid, "link.unsupported"))
		return
	case err != nil:
		h.answer(s, m, nil, malformed(err))
		return
	}
	if body.Cancel {
		h.conf.Registry.Resolve(s.agent, codeHelp)
	} else {
		h.conf.Registry.TroubleOnce(s.agent, link.TroubleView{
			Code: codeHelp, Since: h.conf.Core.Now(), Detail: helpText(h.conf.View.Hall.Hall(), s.agent),
			Said:   &link.Sentence{Code: codeHelp},
			Advice: "请派工作人员到机器旁",
		})
		h.conf.Log.Info("help wanted", slog.String("agent", s.agent))
	}
	h.reply(s, m, link.TypeAnswer, link.Answer{})
}

// helpText says at which machine somebody waits.
func helpText(conf *hall.Hall, agent string) string {
	name, place := agent, ""
	for _, a := range conf.Agents {
		if a.ID == agent {
			name = cmp.Or(a.Name, agent)
			if a.Place != "" {
				place = fmt.Sprintf("（%s）", a.Place)
			}
		}
	}
	return name + place + "有人需要帮助"
}

// AnswerHelp notes that staff go to a kiosk, and lets the person there know;
// false if nobody there has asked.
func (h *Hub) AnswerHelp(agent string) bool {
	if !h.conf.Registry.Resolve(agent, codeHelp) {
		return false
	}
	select {
	case h.helped <- agent:
	default:
		h.conf.Log.Warn("a kiosk isn't told that help comes", slog.String("agent", agent))
	}
	return true
}
