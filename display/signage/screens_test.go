package signage_test

import (
	"slices"
	"strings"
	"testing"

	"smarthall/internal/agent/agenttest"
	"smarthall/internal/link"
)

// told are the screens that the hall was told of last.
func (r *rig) told(t *testing.T) string {
	t.Helper()
	list := r.hall.Up(link.TypeDisplayScreens)
	if len(list) == 0 {
		return ""
	}
	var s link.DisplayScreens
	if err := list[len(list)-1].Into(&s); err != nil {
		t.Fatal(err)
	}
	return strings.Join(s.Screens, " ")
}

func TestTheHallKnowsWhichScreensADisplayHas(t *testing.T) {
	r := start(t)
	strips := "display-1/strip-3 display-1/strip-4"
	hello := r.hall.Hellos()[0]
	if hello.Screens == nil || strings.Join(hello.Screens.Screens, " ") != strips {
		t.Errorf("the hello says %+v, want the strips above windows", hello.Screens)
	}
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	page.Send(link.TypePageReady, "1", link.PageReady{Screen: "board-A"})
	page.Answer("1", nil)
	agenttest.WaitFor(t, "the page is told of", func() bool { return r.told(t) == "board-A "+strips })

	// A page that is loaded again doesn't lose its layout in between, and after a
	// break the hello has it.
	page.Close()
	second, _ := agenttest.Open(t, r.display.Agent().Addr())
	second.Send(link.TypePageReady, "1", link.PageReady{Screen: "window-3"})
	second.Answer("1", nil)
	agenttest.WaitFor(t, "both are told of", func() bool { return r.told(t) == "board-A "+strips+" window-3" })
	r.hall.Drop()
	agenttest.WaitFor(t, "a second hello", func() bool { return len(r.hall.Hellos()) > 1 })
	last := r.hall.Hellos()[1]
	if last.Screens == nil || !slices.Contains(last.Screens.Screens, "board-A") {
		t.Errorf("the second hello says %+v", last.Screens)
	}
}

func TestALayoutStaysWhileTheHallIsAway(t *testing.T) {
	r := start(t)
	r.hall.Push(link.TypeLayoutsChanged, plan("1", []link.LayoutView{pageLayout}, show("board-A", "p")))
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	var told link.LayoutShow
	page.Send(link.TypePageReady, "1", link.PageReady{Screen: "board-A"})
	page.Next(link.TypeLayoutShow, &told)
	r.hall.SetAway(true)
	r.hall.Drop()
	agenttest.WaitFor(t, "the hall is away", func() bool { return !r.display.Agent().Client.Online() })
	again, _ := agenttest.Open(t, r.display.Agent().Addr())
	told = link.LayoutShow{}
	again.Send(link.TypePageReady, "1", link.PageReady{Screen: "board-A"})
	again.Next(link.TypeLayoutShow, &told)
	if told.Layout == nil || told.Layout.ID != "p" {
		t.Errorf("a page of the time without the hall shows %+v", told.Layout)
	}
}
