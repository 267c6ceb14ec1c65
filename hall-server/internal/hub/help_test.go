package hub_test

import (
	"slices"
	"strings"
	"testing"

	"smarthall/internal/link"
)

// helpWanted are the calls for help on a board's view of an agent.
func helpWanted(a link.AgentView) (details []string) {
	for _, t := range a.Troubles {
		if t.Code == "kiosk.help" {
			details = append(details, t.Detail)
		}
	}
	return details
}

func TestHelpReachesTheBoardOnceAndGoesWhenStaffAnswer(t *testing.T) {
	f := newFixture(t, options{})
	f.reg.Expect([]link.AgentView{{ID: "kiosk-1", Role: link.RoleKiosk}}, f.core.Now())
	kiosk, board := f.kiosk("kiosk-1"), f.board()
	onBoard := func(what string, want ...string) {
		t.Helper()
		board.until(what, func(m link.Message) bool {
			var a link.AgentView
			if m.Type != link.TypeAgentChanged || m.Into(&a) != nil || a.ID != "kiosk-1" {
				return false
			}
			return slices.Equal(helpWanted(a), want)
		})
	}

	if f.hub.AnswerHelp("kiosk-1", "张科") || f.hub.AnswerHelp("nobody", "张科") {
		t.Error("help was answered that nobody asked for")
	}
	for _, id := range []string{"help-1", "help-2"} {
		kiosk.ask(link.TypeKioskHelp, id, link.KioskHelp{})
	}
	onBoard("the call", "1 号取号机（一楼正门）有人需要帮助")
	if !f.hub.AnswerHelp("kiosk-1", "张科") {
		t.Error("the call wasn't there to answer")
	}
	var answered link.KioskHelped
	if m := kiosk.want(link.TypeKioskHelped); m.Into(&answered) != nil || answered.By != "张科" {
		t.Errorf("who comes: %+v", answered)
	}
	onBoard("the answer")

	kiosk.ask(link.TypeKioskHelp, "help-3", link.KioskHelp{})
	onBoard("the second call", "1 号取号机（一楼正门）有人需要帮助")
	kiosk.ask(link.TypeKioskHelp, "help-4", link.KioskHelp{Cancel: true})
	onBoard("the second call taken back")
}

func TestTheCallButtonOfADisplayReachesTheBoard(t *testing.T) {
	f := newFixture(t, options{})
	f.reg.Expect([]link.AgentView{{ID: "display-1", Role: link.RoleDisplay}}, f.core.Now())
	display := f.display("display-1")
	calls := func() (details []string) {
		for _, a := range f.reg.Agents() {
			details = append(details, helpWanted(a)...)
		}
		return details
	}
	display.ask(link.TypeKioskHelp, "help-1", link.KioskHelp{})
	if got := calls(); len(got) != 1 || !strings.HasSuffix(got[0], "有人需要帮助") {
		t.Errorf("calls %q", got)
	}
	display.ask(link.TypeKioskHelp, "help-2", link.KioskHelp{Cancel: true})
	if got := calls(); len(got) != 0 {
		t.Errorf("calls that were taken back: %q", got)
	}
}

func TestACallForHelpThatCantBeReadIsNone(t *testing.T) {
	f := newFixture(t, options{})
	kiosk := f.kiosk("kiosk-1")
	kiosk.raw(`{"type":"kiosk.help","id":"help-2","at":"2026-11-23T09:00:00+08:00","body":"` + strings.Repeat("x", 2000) + `"}`)
	kiosk.wantProblem("link.malformed", "help-2")
	for _, a := range f.reg.Agents() {
		if len(helpWanted(a)) > 0 {
			t.Errorf("%s calls for help", a.ID)
		}
	}
}
