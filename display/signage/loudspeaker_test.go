package signage_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/fstest"

	"smarthall/display/signage"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// startWith is start with other devices.
func startWith(t *testing.T, voice bool, devices ...device.Config) *rig {
	t.Helper()
	r := &rig{hall: agenttest.NewHall(t)}
	r.hall.SetSnapshot(link.Snapshot{Windows: []link.WindowView{window3}})
	s, err := signage.New(signage.Options{
		Config: &agent.Config{
			Agent: "display-1", Hall: r.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: t.TempDir(),
			Voice: agent.Voice{Enabled: voice, Volume: 80}, Devices: devices,
		},
		Open: r.fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.display = s
	agenttest.Start(t, s, s.Agent().Ready())
	agenttest.WaitFor(t, "the link is up", s.Agent().Client.Online)
	for _, d := range s.Agent().Devices.All() {
		agenttest.WaitFor(t, "the devices work", func() bool { return d.State().Works() && (!d.Speaks() || s.Speaks(d.Config.ID)) })
	}
	return r
}

// heard is what the hall was told of the voice.
func (r *rig) heard(t *testing.T, want link.CallShown) {
	t.Helper()
	want.Channel = link.CallVoice
	agenttest.WaitFor(t, "the acknowledgement of the voice", func() bool { return len(r.acks(t, link.CallVoice)) > 0 })
	if got := r.acks(t, link.CallVoice); !slices.Equal(got, []link.CallShown{want}) {
		t.Errorf("told %+v, want %+v", got, want)
	}
}

const sentenceA012 = "请A012号到3号窗口办理"

func TestSpeakerOfTheBoxSaysTheCallBeforeAnyPage(t *testing.T) {
	r := startWith(t, true, device.Config{ID: "speaker", Profile: string(device.ClassSpeaker)})
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	page.Send(link.TypePageReady, "1", link.PageReady{Screen: "board-A", Sound: true})
	page.Answer("1", nil)
	r.call("c1")
	r.heard(t, link.CallShown{Call: "c1", Device: "display-1/voice"})
	if got := r.fakes.Get("speaker").Said(); !slices.Equal(got, []string{sentenceA012}) {
		t.Errorf("said %q", got)
	}
}

func TestPageTakesOverFromASpeakerThatFails(t *testing.T) {
	r := startWith(t, true, device.Config{ID: "speaker", Profile: string(device.ClassSpeaker)})
	r.fakes.Get("speaker").OnSay(func(context.Context, string) error { return device.ErrFault })
	page, _ := agenttest.Open(t, r.display.Agent().Addr())
	page.Send(link.TypePageReady, "1", link.PageReady{Screen: "board-A", Sound: true})
	page.Answer("1", nil)
	r.call("c1")
	var play link.VoicePlay
	page.Next(link.TypeVoicePlay, &play)
	page.Send(link.TypeVoicePlayed, "", link.VoicePlayed{Call: play.Call})
	r.heard(t, link.CallShown{Call: "c1", Device: "display-1/voice"})
}

func TestStripThatSpeaksSaysTheCallsOfItsWindow(t *testing.T) {
	r := startWith(t, true,
		device.Config{ID: "strip-3", Profile: agenttest.TalkingStrip, Window: "3"},
		device.Config{ID: "strip-4", Profile: agenttest.TalkingStrip, Window: "4"},
		device.Config{ID: "speaker", Profile: string(device.ClassSpeaker)})
	r.call("c1")
	r.heard(t, link.CallShown{Call: "c1", Device: "display-1/strip-3"})
	if got := r.fakes.Get("strip-3").Said(); !slices.Equal(got, []string{sentenceA012}) {
		t.Errorf("strip 3 said %q", got)
	}
	if texts := r.fakes.Get("strip-3").Texts(); texts[len(texts)-1] != "请A012到3号窗口" {
		t.Errorf("strip 3 showed %q", texts)
	}
	if got := append(r.fakes.Get("strip-4").Said(), r.fakes.Get("speaker").Said()...); len(got) > 0 {
		t.Errorf("others said %q", got)
	}
}

func TestStripThatSpeaksNeedsNoVoiceOfTheBox(t *testing.T) {
	r := startWith(t, false, device.Config{ID: "strip-3", Profile: agenttest.TalkingStrip, Window: "3"})
	r.fakes.Get("strip-3").OnSay(func(context.Context, string) error { return errors.New("hoarse") })
	r.call("c1")
	r.heard(t, link.CallShown{Call: "c1", Device: "display-1/strip-3", Failed: "播放设备没有回应"})
}

func TestLoudspeakerSaysWhatAStripThatIsAwayCannot(t *testing.T) {
	r := startWith(t, true,
		device.Config{ID: "strip-3", Profile: agenttest.TalkingStrip, Window: "3"},
		device.Config{ID: "speaker", Profile: string(device.ClassSpeaker)})
	r.fakes.Get("strip-3").Unplug()
	agenttest.WaitFor(t, "the strip is away", func() bool { return !r.display.Agent().Devices.All()[0].State().Works() })
	r.call("c1")
	r.heard(t, link.CallShown{Call: "c1", Device: "display-1/voice"})
}

func TestCallWithoutVoiceIsSaidByNobody(t *testing.T) {
	r := startWith(t, true,
		device.Config{ID: "strip-3", Profile: agenttest.TalkingStrip, Window: "3"},
		device.Config{ID: "speaker", Profile: string(device.ClassSpeaker)})
	r.push("c1", []link.CallChannel{link.CallLED})
	agenttest.WaitFor(t, "the strip's acknowledgement", func() bool { return len(r.acks(t, link.CallLED)) > 0 })
	r.push("c2", nil)
	agenttest.WaitFor(t, "the next call", func() bool { return len(r.fakes.Get("strip-3").Said()) > 0 })
	if got := r.acks(t, link.CallVoice); slices.ContainsFunc(got, func(s link.CallShown) bool { return s.Call == "c1" }) {
		t.Errorf("told %+v", got)
	}
}
