package signage_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"smarthall/display/signage"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a display in its surroundings.
type rig struct {
	display *signage.Signage
	hall    *agenttest.Hall
	fakes   agenttest.Devices
}

var window3 = link.WindowView{ID: "w3", Number: "3", Name: "社会保险", State: link.WindowIdle}

// start starts a display with the usual strips and more.
func start(t *testing.T, more ...device.Config) *rig {
	t.Helper()
	r := &rig{hall: agenttest.NewHall(t)}
	r.hall.SetSnapshot(link.Snapshot{Windows: []link.WindowView{window3}})
	s, err := signage.New(signage.Options{
		Config: &agent.Config{
			Agent: "display-1", Hall: r.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: t.TempDir(),
			Voice: agent.Voice{Enabled: true, Volume: 80},
			Devices: append([]device.Config{
				{ID: "strip-3", Profile: "led", Window: "3"}, {ID: "strip-4", Profile: "led", Window: "4"}, {ID: "strip-x", Profile: "led"},
			}, more...),
		},
		Open: r.fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.display = s
	agenttest.Start(t, s, s.Agent().Ready())
	agenttest.WaitFor(t, "the link is up", s.Agent().Client.Online)
	return r
}

// acks returns what the hall was told, without the time.
func (r *rig) acks(t *testing.T, channel link.CallChannel) (list []link.CallShown) {
	t.Helper()
	for _, m := range r.hall.Up(link.TypeCallShown) {
		var s link.CallShown
		if err := m.Into(&s); err != nil {
			t.Fatal(err)
		}
		if s.Channel == channel {
			list = append(list, s)
		}
	}
	return list
}

func (r *rig) call(id string) { r.push(id, nil) }

// push calls A012 to window 3 by some channels; nil means all.
func (r *rig) push(id string, channels []link.CallChannel) {
	now := time.Now()
	ticket := link.TicketView{ID: "t1", Number: "A012", State: "called", Call: id, CalledAt: &now}
	w := window3
	w.State, w.Ticket = link.WindowServing, &ticket
	r.hall.Push(link.TypeTicketCalled, link.CallView{
		ID: id, Ticket: "t1", Number: "A012", Window: "w3", WindowNumber: "3", At: now, Channels: channels,
	})
	r.hall.Push(link.TypeWindowChanged, w)
}

func TestCallReachesStripVoiceAndPages(t *testing.T) {
	r := start(t)
	strip := r.fakes.Get("strip-3")
	agenttest.WaitFor(t, "the idle text", func() bool { return slices.Equal(strip.Texts(), []string{"社会保险"}) })
	agenttest.WaitFor(t, "the text above an unknown window", func() bool {
		return slices.Equal(r.fakes.Get("strip-4").Texts(), []string{"未开放"})
	})
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	page.Send(link.TypePageReady, "1", link.PageReady{Screen: "board-A", Sound: true})
	page.Answer("1", nil)
	r.call("c1")
	var call link.CallView
	page.Next(link.TypeTicketCalled, &call)
	var play link.VoicePlay
	page.Next(link.TypeVoicePlay, &play)
	if play.Call != "c1" || play.Text != "请A012号到3号窗口办理" || play.URL != "/voice/c1.wav" {
		t.Errorf("got %+v", play)
	}
	resp, err := http.Get("http://" + r.display.Agent().Addr().String() + play.URL)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "audio/wav" || len(data) < 50_000 {
		t.Errorf("got %s, %d bytes, %v", resp.Status, len(data), err)
	}
	page.Send(link.TypeVoicePlayed, "", link.VoicePlayed{Call: "c1"})
	page.Send(link.TypeCallShown, "", link.CallShown{Call: "c1", Channel: link.CallBoard, Device: "somebody else"})
	page.Send(link.TypeCallShown, "2", link.CallShown{Call: "c1", Channel: link.CallBoard})
	page.Answer("2", nil)
	for channel, dev := range map[link.CallChannel]string{
		link.CallBoard: "board-A", link.CallVoice: "display-1/voice", link.CallLED: "display-1/strip-3",
	} {
		agenttest.WaitFor(t, "the acknowledgement of "+string(channel), func() bool { return len(r.acks(t, channel)) > 0 })
		want := []link.CallShown{{Call: "c1", Channel: channel, Device: dev}}
		if got := r.acks(t, channel); !slices.Equal(got, want) {
			t.Errorf("told %+v, want %+v", got, want)
		}
	}
	if got := strip.Texts(); !slices.Equal(got, []string{"社会保险", "请A012到3号窗口"}) {
		t.Errorf("the strip showed %v", got)
	}
	if got := r.fakes.Get("strip-x").Texts(); len(got) != 0 {
		t.Errorf("a strip above no window showed %v", got)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestPagesSpeakForThemselvesOnly(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	for _, tt := range []struct {
		name string
		t    link.Type
		body any
		code string
	}{
		{"before it says who it is", link.TypeCallShown, link.CallShown{Call: "c", Channel: link.CallBoard}, "screen.unknown"},
		{"without a name", link.TypePageReady, link.PageReady{}, "screen.invalid"},
		{"for the voice", link.TypeCallShown, link.CallShown{Call: "c", Channel: link.CallVoice}, "channel.invalid"},
		{"for no call", link.TypeCallShown, link.CallShown{Channel: link.CallWindow}, "call.invalid"},
		{"a command", link.TypeWindowCallNext, nil, "message.unsupported"},
		{"wrong body", link.TypePageReady, []int{1}, "message.malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page.Send(tt.t, "1", tt.body)
			var p link.Problem
			page.Answer("1", &p)
			if p.Code != tt.code {
				t.Errorf("got %+v, want %s", p, tt.code)
			}
		})
	}
	if n := len(r.hall.Up(link.TypeCallShown)); n != 0 {
		t.Errorf("the hall was told %d times", n)
	}
}

func TestCallsMissedWhileTheLinkWasDownAreAnnounced(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	page.Send(link.TypePageReady, "1", link.PageReady{Screen: "board", Sound: true})
	page.Answer("1", nil)
	now := time.Now()
	view := func(id string, at time.Time, ended bool) link.CallView {
		return link.CallView{ID: id, Ticket: "t-" + id, Number: "A1", WindowNumber: "3", At: at, Ended: ended}
	}
	r.hall.SetSnapshot(link.Snapshot{Calls: []link.CallView{
		view("c4", now, false), view("c3", now, true), view("c2", now, false), view("c1", now.Add(-time.Minute), false),
	}})
	r.hall.Restart()
	for _, want := range []string{"c2", "c4"} {
		var play link.VoicePlay
		page.Next(link.TypeVoicePlay, &play)
		if play.Call != want {
			t.Errorf("announced %s, want %s", play.Call, want)
		}
		page.Send(link.TypeVoicePlayed, "", link.VoicePlayed{Call: play.Call})
	}
	agenttest.WaitFor(t, "both acknowledgements", func() bool { return len(r.acks(t, link.CallVoice)) == 2 })
}

// TestACallUsesItsChannelsOnly: what isn't asked for is neither shown nor
// acknowledged.
func TestACallUsesItsChannelsOnly(t *testing.T) {
	r := start(t)
	agenttest.WaitFor(t, "the strip at rest", func() bool { return len(r.fakes.Get("strip-3").Texts()) > 0 })
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	page.Send(link.TypePageReady, "1", link.PageReady{Screen: "board", Sound: true})
	page.Answer("1", nil)
	channels := map[string][]link.CallChannel{
		"quiet": {link.CallBoard, link.CallWindow, link.CallLED}, "heard": {link.CallVoice}, "none": {},
	}
	for _, id := range []string{"quiet", "none", "heard"} {
		r.push(id, channels[id])
		agenttest.WaitFor(t, "the strip", func() bool { return len(r.acks(t, link.CallLED)) == 1 })
	}
	var play link.VoicePlay
	page.Next(link.TypeVoicePlay, &play)
	if play.Call != "heard" {
		t.Errorf("announced %s", play.Call)
	}
	page.Send(link.TypeVoicePlayed, "", link.VoicePlayed{Call: "heard"})
	for _, id := range []string{"heard", "none", "quiet"} {
		page.Send(link.TypeCallShown, id, link.CallShown{Call: id, Channel: link.CallBoard})
		page.Answer(id, nil)
	}
	for channel, want := range map[link.CallChannel]string{link.CallVoice: "heard", link.CallBoard: "quiet", link.CallLED: "quiet"} {
		agenttest.WaitFor(t, "the acknowledgement of "+string(channel), func() bool { return len(r.acks(t, channel)) > 0 })
		if got := r.acks(t, channel); len(got) != 1 || got[0].Call != want {
			t.Errorf("%s: told %+v, want %s only", channel, got, want)
		}
	}
	agenttest.WaitFor(t, "the strip's text at rest after calls without strips", func() bool {
		texts := r.fakes.Get("strip-3").Texts()
		return texts[len(texts)-1] == "社会保险"
	})
}

// TestTwoPostsThatCallAtTheSameMoment: their citizens are called one after
// the other, side by side on the strip they share, and one who comes takes
// nothing from the other (一屏双号双呼).
func TestTwoPostsThatCallAtTheSameMoment(t *testing.T) {
	r := start(t)
	agenttest.WaitFor(t, "the strip at rest", func() bool { return len(r.fakes.Get("strip-3").Texts()) > 0 })
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	page.Send(link.TypePageReady, "1", link.PageReady{Screen: "board", Sound: true})
	page.Answer("1", nil)
	at := time.Now()
	post := func(n int, number, state string) link.WindowView {
		ticket := link.TicketView{ID: "t-" + number, Number: number, State: state, Call: "c-" + number}
		return link.WindowView{
			ID: fmt.Sprintf("3-%d", n), Number: "3", Post: n, Screen: "3", State: link.WindowServing, Ticket: &ticket,
		}
	}
	call := func(n int, number string) link.CallView {
		return link.CallView{
			ID: "c-" + number, Ticket: "t-" + number, Number: number, Window: fmt.Sprintf("3-%d", n), WindowNumber: "3", At: at,
		}
	}
	idle := window3
	idle.ID, idle.Screen, idle.State = "w3", "3", link.WindowSignedOut
	r.hall.Push(link.TypeWindowChanged, idle)
	for n, number := range []string{"A012", "A013"} {
		r.hall.Push(link.TypeTicketCalled, call(n+1, number))
	}
	for n, number := range []string{"A012", "A013"} {
		r.hall.Push(link.TypeWindowChanged, post(n+1, number, "called"))
	}
	var play link.VoicePlay
	page.Next(link.TypeVoicePlay, &play)
	if play.Call != "c-A012" {
		t.Errorf("first announced %s", play.Call)
	}
	strip := r.fakes.Get("strip-3")
	agenttest.WaitFor(t, "both numbers on the strip", func() bool {
		return slices.Contains(strip.Texts(), "请A012、A013到3号窗口")
	})
	r.hall.Push(link.TypeCallEnded, link.CallEnded{Call: "c-A012", Ticket: "t-A012", Window: "3-1"})
	r.hall.Push(link.TypeWindowChanged, post(1, "A012", "serving"))
	agenttest.WaitFor(t, "the other number alone", func() bool {
		texts := strip.Texts()
		return texts[len(texts)-1] == "请A013到3号窗口"
	})
	page.Send(link.TypeVoicePlayed, "", link.VoicePlayed{Call: "c-A012"})
	page.Next(link.TypeVoicePlay, &play)
	if play.Call != "c-A013" {
		t.Errorf("then announced %s", play.Call)
	}
	page.Send(link.TypeVoicePlayed, "", link.VoicePlayed{Call: "c-A013"})
	for _, channel := range []link.CallChannel{link.CallVoice, link.CallLED} {
		agenttest.WaitFor(t, "both acknowledgements of "+string(channel), func() bool { return len(r.acks(t, channel)) == 2 })
	}
}

func TestVoiceFolderIsCheckedAtTheStart(t *testing.T) {
	var fakes agenttest.Devices
	_, err := signage.New(signage.Options{
		Config: &agent.Config{Agent: "d", Voice: agent.Voice{Enabled: true, Clips: t.TempDir()}},
		Open:   fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err == nil {
		t.Error("an empty folder was taken as a voice")
	}
}

func TestSilentDisplayHasNoVoice(t *testing.T) {
	var fakes agenttest.Devices
	hall := agenttest.NewHall(t)
	s, err := signage.New(signage.Options{
		Config: &agent.Config{Agent: "d", Hall: hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: t.TempDir()},
		Open:   fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	agenttest.Start(t, s, s.Agent().Ready())
	agenttest.WaitFor(t, "the link is up", s.Agent().Client.Online)
	hall.Push(link.TypeTicketCalled, link.CallView{ID: "c1", Number: "A1", At: time.Now()})
	agenttest.WaitFor(t, "the call", func() bool {
		h, ok := s.Agent().Hall()
		return ok && len(h.Calls) == 1
	})
	if n := len(hall.Up(link.TypeCallShown)); n != 0 {
		t.Errorf("a silent display told the hall %d times", n)
	}
}
