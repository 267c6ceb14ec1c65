package signage_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/display/signage"
	"smarthall/firmware-profiles/engine/bx5"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/screen"
)

func plan(rev string, layouts []link.LayoutView, screens ...link.ScreenPlan) link.LayoutSet {
	return link.LayoutSet{Rev: rev, Layouts: layouts, Screens: screens}
}

func show(name, layout string) link.ScreenPlan {
	return link.ScreenPlan{Screen: name, Slots: []link.ShowSlot{{Layout: layout}}}
}

var (
	pageLayout  = link.LayoutView{ID: "p", Name: "p", Kind: link.LayoutScreen, Width: 1920, Height: 1080, Version: 1}
	stripLayout = link.LayoutView{ID: "s", Name: "s", Kind: link.LayoutStrip, Width: 64, Height: 16, Version: 1, Strip: &link.StripLayout{
		Called: []link.StripPage{{Text: "{number}", Seconds: 1}, {Text: "到{window}号", Seconds: 1}},
		Idle:   []link.StripPage{{Text: "欢迎", Seconds: 5}},
	}}
)

func TestAPageIsToldItsLayoutAndWhenItEnds(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	page.Send(link.TypePageReady, "1", link.PageReady{Screen: "board-A"})
	page.Answer("1", nil)
	r.hall.Push(link.TypeLayoutsChanged, plan("1", []link.LayoutView{pageLayout}, show("board-A", "p"), show("board-B", "p")))
	var told link.LayoutShow
	page.Next(link.TypeLayoutShow, &told)
	if told.Layout == nil || told.Layout.ID != "p" {
		t.Errorf("got %+v", told)
	}
	newer := pageLayout
	newer.Version = 2
	r.hall.Push(link.TypeLayoutsChanged, plan("2", []link.LayoutView{newer}, show("board-A", "p")))
	page.Next(link.TypeLayoutShow, &told)
	if told.Layout == nil || told.Layout.Version != 2 {
		t.Errorf("got %+v", told)
	}
	// A strip's layout is nothing for a page.
	r.hall.Push(link.TypeLayoutsChanged, plan("3", []link.LayoutView{stripLayout}, show("board-A", "s")))
	told = link.LayoutShow{}
	page.Next(link.TypeLayoutShow, &told)
	if told.Layout != nil {
		t.Errorf("got %+v", told.Layout)
	}
}

func TestAStripSaysItsPagesInTurn(t *testing.T) {
	r := start(t)
	strip := r.fakes.Get("strip-3")
	r.hall.Push(link.TypeLayoutsChanged, plan("1", []link.LayoutView{stripLayout}, show("display-1/strip-3", "s")))
	said := func(texts ...string) func() bool {
		return func() bool {
			got := strip.Texts()
			for _, text := range texts {
				if !slices.Contains(got, text) {
					return false
				}
			}
			return true
		}
	}
	agenttest.WaitFor(t, "the layout's idle text", said("欢迎"))
	r.call("c1")
	agenttest.WaitFor(t, "both pages of a call", said("A012", "到3号"))
	agenttest.WaitFor(t, "the call is acknowledged", func() bool { return len(r.acks(t, link.CallLED)) == 1 })
	agenttest.WaitFor(t, "the first page again", func() bool {
		n := 0
		for _, text := range strip.Texts() {
			if text == "A012" {
				n++
			}
		}
		return n > 1
	})
	if got := r.acks(t, link.CallLED); len(got) != 1 {
		t.Errorf("a call of two pages is acknowledged %d times", len(got))
	}
	if got := r.fakes.Get("strip-4").Texts(); slices.Contains(got, "欢迎") {
		t.Errorf("a strip without a layout shows %v", got)
	}
}

func TestAreasAreShownByStripsThatHaveThem(t *testing.T) {
	r := start(t, device.Config{ID: "strip-wide", Profile: agenttest.AreaStrip, Window: "3"})
	divided := stripLayout
	divided.Strip = &link.StripLayout{Idle: []link.StripPage{{Text: "{window}号窗口", Seconds: 5, Areas: []link.StripArea{
		{W: 32, H: 16, Text: "{window}号"}, {X: 32, W: 32, H: 16, Text: "{name}"},
	}}}}
	r.hall.Push(link.TypeLayoutsChanged, plan("1", []link.LayoutView{divided}, show("display-1/strip-3", "s"), show("display-1/strip-wide", "s")))
	agenttest.WaitFor(t, "both areas", func() bool { return slices.Contains(r.fakes.Get("strip-wide").Texts(), "3号|社会保险") })
	agenttest.WaitFor(t, "the text of a strip of one area", func() bool { return slices.Contains(r.fakes.Get("strip-3").Texts(), "3号窗口") })
}

// TestThePreviewFollowsTheCard holds that the hall's drawing and the card's own
// bytes agree on characters and widths.
func TestThePreviewFollowsTheCard(t *testing.T) {
	for _, text := range []string{"A012", "请到3号窗口", "a\\b\tc", "龘㐂𠮷", "“”…—·", "１２３", "", strings.Repeat("窗", 20), "~\x7f"} {
		if got, want := screen.Width(text), bx5.TextWidth(text); got != want {
			t.Errorf("%q is drawn %d dots wide, the card takes %d", text, got, want)
		}
		if got, want := screen.Shown(text), bx5.DecodeText(bx5.EncodeText(text, bx5.Red)); got != want {
			t.Errorf("%q is drawn as %q, the card is sent %q", text, got, want)
		}
	}
}

func TestFilesOfLayoutsComeWholeOrNotAtAll(t *testing.T) {
	good := bytes.Repeat([]byte("picture "), 1000)
	sum := sha256.Sum256(good)
	id := hex.EncodeToString(sum[:])
	lie := strings.Repeat("ab", 32)
	hall := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write(good) // whatever is asked for
	}))
	defer hall.Close()
	f := signage.OpenFiles(t, "ws"+strings.TrimPrefix(hall.URL, "http")+"/link", "secret")
	f.Set([]link.LayoutFile{
		{ID: lie, Type: "image/png", Size: int64(len(good))},
		{ID: id, Type: "image/png", Size: int64(len(good))},
		{ID: "../../etc/passwd", Type: "image/png", Size: 10},
	})
	get := func(id string) (int, string, string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/files/x", nil)
		r.SetPathValue("id", id)
		f.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		return w.Code, w.Header().Get("Content-Type"), string(body)
	}
	agenttest.WaitFor(t, "the file has come", func() bool { code, _, _ := get(id); return code == http.StatusOK })
	if _, kind, body := get(id); kind != "image/png" || body != string(good) {
		t.Errorf("got %d bytes of %s", len(body), kind)
	}
	for _, id := range []string{lie, "../../etc/passwd", strings.Repeat("cd", 32)} {
		if code, _, _ := get(id); code != http.StatusNotFound {
			t.Errorf("%s: got %d", id, code)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestVoiceKeepsToItsRules(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	page.Send(link.TypePageReady, "1", link.PageReady{Screen: "board-A", Sound: true})
	page.Answer("1", nil)
	speak := func(id string) link.VoicePlay {
		r.hall.Push(link.TypeTicketCalled, link.CallView{ID: id, Ticket: id, Number: "A012", WindowNumber: "3", Zone: "A", At: time.Now()})
		var play link.VoicePlay
		page.Next(link.TypeVoicePlay, &play)
		page.Send(link.TypeVoicePlayed, "", link.VoicePlayed{Call: id})
		return play
	}
	r.hall.Push(link.TypeLayoutsChanged, link.LayoutSet{Rev: "1", Voice: []link.VoiceRule{{Zone: "A", Volume: 50, Repeat: 2}}})
	if play := speak("c1"); strings.Count(play.Text, "请A012号到3号窗口办理") != 2 {
		t.Errorf("it says %q", play.Text)
	}
	r.hall.Push(link.TypeLayoutsChanged, link.LayoutSet{Rev: "2", Voice: []link.VoiceRule{{Zone: "A", Volume: 0}}})
	r.hall.Push(link.TypeTicketCalled, link.CallView{ID: "c2", Ticket: "c2", Number: "A013", WindowNumber: "3", Zone: "A", At: time.Now()})
	agenttest.WaitFor(t, "the silent call is reported", func() bool {
		return slices.ContainsFunc(r.acks(t, link.CallVoice), func(s link.CallShown) bool { return s.Call == "c2" && s.Failed != "" })
	})
	r.hall.Push(link.TypeLayoutsChanged, link.LayoutSet{Rev: "3"})
	if play := speak("c3"); play.Call != "c3" {
		t.Errorf("after the silence it plays %+v", play)
	}
}
