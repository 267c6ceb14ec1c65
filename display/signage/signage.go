// Package signage is what everyone in the hall sees and hears. The hall's
// windows and calls flow down to board and window pages, to the LED strips
// above the windows and to one loudspeaker; up flows, for each call and each of
// these ways, whether it was shown.
package signage

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"smarthall/firmware-profiles/engine/audio"
	"smarthall/internal/agent"
	"smarthall/internal/calendar"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/screen"
)

// keepAcks is how many acknowledgements are remembered, so that each goes up
// once however often a page reloads.
const keepAcks = 1024

// Options is what New needs.
type Options struct {
	Config *agent.Config
	Open   device.Opener
	// Profiles takes the hall's own firmware profiles; see agent.Options.
	Profiles func([]link.ProfileText)
	// Pages has the built pages in its folder "dist".
	Pages fs.FS
	Log   *slog.Logger
}

// Signage is one display box.
type Signage struct {
	agent *agent.Agent
	name  string // of the agent
	log   *slog.Logger
	voice *announcer // nil if this box doesn't speak

	outs   atomic.Pointer[outputs]
	listed chan struct{} // has a token when devices came or went
	speaks sync.Mutex    // held while the voices' loudspeakers are brought in line with outs

	days  *calendar.Calendar // of layouts that are for working days
	files *files
	names screenList

	mu      sync.Mutex
	screens map[*agent.Page]string  // names; guarded by mu
	shows   map[*agent.Page]string  // stamps of layouts that pages were told; guarded by mu
	acked   []pageAck               // oldest first; guarded by mu
	trial   context.CancelCauseFunc // of a loudspeaker that is tried; nil for none; guarded by mu
}

// pageAck is one acknowledgement of a page.
type pageAck struct {
	call, device string
	channel      link.CallChannel
}

// New returns a display that is idle until Run. It fails if the voice lacks
// clips or a device's profile can't be used.
func New(opt Options) (*Signage, error) {
	s := &Signage{name: opt.Config.Agent, log: opt.Log, listed: make(chan struct{}, 1), screens: map[*agent.Page]string{}, shows: map[*agent.Page]string{}}
	s.names.until = map[string]time.Time{}
	if err := s.openVoice(opt.Config); err != nil {
		return nil, err
	}
	var err error
	if s.days, err = calendar.New(nil); err != nil {
		return nil, err
	}
	s.files, err = openFiles(filepath.Join(opt.Config.Data, "layout-files"), opt.Config.Hall, opt.Config.Token, opt.Log)
	if err != nil {
		return nil, err
	}
	a, err := agent.New(agent.Options{
		Config: opt.Config, Role: link.RoleDisplay, Program: agent.Version(),
		Open: opt.Open, Profiles: opt.Profiles, Dist: opt.Pages, Log: opt.Log,
		// A display that starts while the hall is away shows what it showed last.
		Keep: true,
		Hooks: agent.Hooks{
			Describe: s.describe,
			Hall:     s.fromHall,
			Changed:  s.deviceChanged,
			Devices:  s.devicesChanged,
			Notice:   s.notice,
			Gone:     s.gone,
			Screens:  s.screenNames,
			Try:      s.try,
			Run:      s.run,
			Routes:   s.routes,
		},
	})
	if err != nil {
		return nil, err
	}
	s.agent = a
	if s.voice != nil {
		s.voice.now, s.voice.shown, s.voice.log = a.Client.Now, a.Client.Shown, opt.Log
		s.voice.rule = s.voiceOf
	}
	s.outs.Store(s.outputsOf(&outputs{}))
	return s, nil
}

// openVoice loads the clips, if the display is to speak.
func (s *Signage) openVoice(c *agent.Config) error {
	if !c.Voice.Enabled {
		return nil
	}
	voice, err := audio.Shipped()
	if c.Voice.Clips != "" {
		voice, err = audio.LoadVoice(os.DirFS(c.Voice.Clips))
	}
	if err != nil {
		return err
	}
	s.voice = newAnnouncer(c.Agent+"/voice", voice, c.Voice.Volume)
	return nil
}

// Run works until ctx ends.
func (s *Signage) Run(ctx context.Context) error { return s.agent.Run(ctx) }

// Agent returns the runtime below.
func (s *Signage) Agent() *agent.Agent { return s.agent }

// run keeps the strips and the voice going until ctx ends.
func (s *Signage) run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { s.runOutputs(ctx) })
	wg.Go(func() { s.follow(ctx) })
	wg.Go(func() { s.files.run(ctx) })
	if s.voice == nil {
		return nil
	}
	return s.voice.run(ctx)
}

func (s *Signage) routes(mux *http.ServeMux) {
	mux.Handle("GET /files/{id}", s.files)
	if s.voice != nil {
		mux.Handle("GET /voice/{file}", s.voice)
	}
}

// fromHall brings strips and voice up to date.
func (s *Signage) fromHall(m link.Message) {
	switch m.Type {
	case link.TypeSnapshot:
		s.layoutsChanged()
		s.missedCalls()
	case link.TypeLayoutsChanged:
		s.layoutsChanged()
	case link.TypeWindowChanged:
		s.updateStrips()
	case link.TypeTicketCalled:
		s.updateStrips()
		var call link.CallView
		if err := m.Into(&call); err == nil {
			s.speak(call)
		}
	case link.TypeCallEnded:
		var end link.CallEnded
		if err := m.Into(&end); err == nil {
			s.callEnded(end)
		}
	}
}

// speak queues a call for the strip above its window, if that speaks, or else
// for the loudspeaker, if it is to be heard.
func (s *Signage) speak(call link.CallView) {
	if call.Uses(link.CallVoice) && !s.atWindow(call) && s.voice != nil {
		s.callComes()
		s.voice.add(call)
	}
}

// updateStrips tells each strip what hangs above its windows.
func (s *Signage) updateStrips() {
	hall, ok := s.agent.Hall()
	if !ok {
		return
	}
	for _, strip := range s.outs.Load().strips {
		l := s.layoutOf(hall, strip.name, link.LayoutStrip)
		strip.set(laidOut(l, below(strip.window, hall.Windows), hall.Calls, s.now(hall.Hall)))
	}
}

// layoutsChanged brings pages, strips and files up to date.
func (s *Signage) layoutsChanged() {
	s.updateStrips()
	s.updatePages()
	s.wantFiles()
}

// wantFiles has the files of the present layouts fetched.
func (s *Signage) wantFiles() {
	if hall, ok := s.agent.Hall(); ok && hall.Layouts != nil {
		s.files.set(hall.Layouts.Files)
	}
}

// voiceOf is how a call of a zone is spoken now.
func (s *Signage) voiceOf(zone string) screen.Voice {
	hall, _ := s.agent.Hall()
	return screen.VoiceAt(hall.Layouts, zone, s.now(hall.Hall))
}

// missedCalls queues the calls of a snapshot that came while the link was
// down, oldest first; what was announced, ended or is stale isn't repeated.
func (s *Signage) missedCalls() {
	hall, ok := s.agent.Hall()
	if !ok {
		return
	}
	for _, call := range slices.Backward(hall.Calls) {
		if call.Ended {
			s.callEnded(link.CallEnded{Call: call.ID})
			continue
		}
		if s.agent.Client.Now().Sub(call.At) <= staleCall {
			s.speak(call)
		}
	}
}

// deviceChanged wakes the strip that came back.
func (s *Signage) deviceChanged(v link.DeviceView) {
	if strip, ok := s.outs.Load().strips[v.ID]; ok {
		strip.changed(device.State(v.State))
	}
	s.speakerChanged(v.ID)
}

// notice handles what a page says of itself and of calls.
func (s *Signage) notice(p *agent.Page, m link.Message) (bool, error) {
	switch m.Type {
	case link.TypePageReady:
		var ready link.PageReady
		if err := m.Into(&ready); err != nil {
			return true, err
		}
		return true, s.pageReady(p, ready)
	case link.TypeCallShown:
		var shown link.CallShown
		if err := m.Into(&shown); err != nil {
			return true, err
		}
		return true, s.pageShown(p, shown)
	case link.TypeVoicePlayed:
		var played link.VoicePlayed
		if err := m.Into(&played); err != nil {
			return true, err
		}
		if s.voice != nil {
			s.voice.played(p, played)
		}
		return true, nil
	}
	return false, nil
}

// pageReady learns which screen a page is.
func (s *Signage) pageReady(p *agent.Page, ready link.PageReady) error {
	if ready.Screen == "" || len(ready.Screen) > link.MaxScreenName {
		return agent.Refuse(422, "screen.invalid", "页面没有说明是哪块屏幕")
	}
	hall, known := s.agent.Hall()
	s.mu.Lock()
	s.screens[p] = ready.Screen
	if known {
		s.tell(hall, p, ready.Screen)
	}
	s.mu.Unlock()
	s.tellScreens()
	if s.voice != nil {
		s.voice.ready(p, ready.Sound)
	}
	return nil
}

// pageShown passes a page's acknowledgement up, once for each call and screen.
// A page speaks for its own screen only; a call that isn't meant for screens of
// its kind needs none.
func (s *Signage) pageShown(p *agent.Page, shown link.CallShown) error {
	if shown.Channel != link.CallBoard && shown.Channel != link.CallWindow {
		return agent.Refuse(422, "channel.invalid", "页面不能确认这种方式的呼叫")
	}
	if shown.Call == "" || len(shown.Call) > link.MaxKey || len(shown.Failed) > 200 {
		return agent.Refuse(422, "call.invalid", "页面没有指明是哪次呼叫")
	}
	s.mu.Lock()
	screen, ok := s.screens[p]
	if !ok {
		s.mu.Unlock()
		return agent.Refuse(409, "screen.unknown", "页面没有说明是哪块屏幕")
	}
	shown.Device = screen
	ack := pageAck{call: shown.Call, device: screen, channel: shown.Channel}
	known := slices.Contains(s.acked, ack)
	if !known && shown.Failed == "" {
		s.acked = append(s.acked, ack)
		if len(s.acked) > keepAcks {
			s.acked = s.acked[1:]
		}
	}
	s.mu.Unlock()
	if !known && s.asks(shown) {
		s.agent.Client.Shown(shown)
	}
	return nil
}

// asks tells whether the call wants to hear of the channel.
func (s *Signage) asks(shown link.CallShown) bool {
	hall, _ := s.agent.Hall()
	i := slices.IndexFunc(hall.Calls, func(c link.CallView) bool { return c.ID == shown.Call })
	return i < 0 || hall.Calls[i].Uses(shown.Channel)
}

// gone forgets a page.
func (s *Signage) gone(p *agent.Page) {
	s.closed(p)
	if s.voice != nil {
		s.voice.gone(p)
	}
}
