package kiosk_test

import (
	"testing"

	"smarthall/internal/agent/agenttest"
	"smarthall/internal/link"
)

func TestACallForHelpGoesToTheHallAndItsAnswerToThePage(t *testing.T) {
	r := start(t)
	page, snapshot := agenttest.Open(t, r.kiosk.Agent().Addr())
	if s := snapshot.Kiosk; s == nil || s.Mode != link.KioskQueue || s.Voice != "off" {
		t.Errorf("settings of the page %+v", s)
	}
	r.hall.OnCommand(func(m link.Message) (link.Type, any) {
		var ask link.KioskHelp
		if m.Type != link.TypeKioskHelp || m.Into(&ask) != nil {
			t.Errorf("the hall got %s %s", m.Type, m.Body)
		}
		return link.TypeAnswer, link.Answer{}
	})
	for id, ask := range map[string]link.KioskHelp{"help": {}, "no-help": {Cancel: true}} {
		page.Send(link.TypeKioskHelp, id, ask)
		if m := page.Answer(id, nil); m.Type != link.TypeAnswer {
			t.Errorf("%+v was answered with %s %s", ask, m.Type, m.Body)
		}
	}
	r.hall.Push(link.TypeKioskHelped, nil)
	page.Next(link.TypeKioskHelped, nil)

	r.hall.OnCommand(func(link.Message) (link.Type, any) {
		return link.TypeError, link.Problem{Status: 422, Code: "link.malformed", Detail: "内容无法识别"}
	})
	page.Send(link.TypeKioskHelp, "refused", link.KioskHelp{})
	if m := page.Answer("refused", nil); m.Type != link.TypeError {
		t.Errorf("a refused call was answered with %s", m.Type)
	}
}
