package hub

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// codeHelp is the trouble of somebody at a machine who wants staff to come. It
// goes when staff have said that they saw it, or she doesn't need them any more.
const codeHelp = "kiosk.help"

// helpRoles are the machines where people can call for staff: at a kiosk's page,
// and with a call button at any of them.
var helpRoles = []link.Role{link.RoleKiosk, link.RoleCounter, link.RoleDisplay}

// maxHelped is how many answers to calls for help may wait to be told.
const maxHelped = 64

// help shows on the board that somebody at a machine wants staff to come, once
// however often she asks, or that she doesn't any more.
func (h *Hub) help(s *session, m link.Message) {
	var body link.KioskHelp
	switch err := m.Into(&body); {
	case !slices.Contains(helpRoles, s.role):
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
			Advice: "请派工作人员到那里",
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

// answered is a call for help that staff have seen.
type answered struct{ agent, by string }

// AnswerHelp notes that staff go to a machine, and lets the person there know;
// by is who goes, if that is known. It is false if nobody there has asked.
func (h *Hub) AnswerHelp(agent, by string) bool {
	if !h.conf.Registry.Resolve(agent, codeHelp) {
		return false
	}
	select {
	case h.helped <- answered{agent, by}:
	default:
		h.conf.Log.Warn("a machine isn't told that help comes", slog.String("agent", agent))
	}
	return true
}
