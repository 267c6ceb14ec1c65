package signage

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"smarthall/firmware-profiles/engine/audio"
	"smarthall/internal/link"
	"smarthall/internal/screen"
)

const (
	// staleCall is the age at which a call is no longer announced: its
	// citizen has read it on the board long since.
	staleCall = 30 * time.Second
	// playSlack is how long after a file's own length its end must be heard of.
	playSlack = 3 * time.Second
	// longestCall is how long a strip may speak.
	longestCall = 12 * time.Second
	keepFiles   = 32  // announcements that can be fetched
	keepKnown   = 512 // calls that are remembered as announced
)

// Why a call wasn't announced, as the board shows it.
const (
	failedNoSpeaker = "没有可用的播放设备"
	failedSilent    = "播放设备没有回应"
	failedLate      = "排队过久，未播报"
	failedQuiet     = "本时段设为不播报"
)

// speaker is a page that can play, or a loudspeaker of the box.
type speaker interface {
	Send(t link.Type, body any)
}

// announcer speaks calls, one after another. Its methods return at once and
// may be called from any goroutine.
type announcer struct {
	device string           // of its acknowledgements
	voice  audio.Voice      // nil for a strip that speaks itself
	volume int              // percent
	now    func() time.Time // the hall's clock
	shown  func(link.CallShown)
	// rule is how calls of a zone are spoken now; nil is as usual.
	rule func(zone string) screen.Voice
	log  *slog.Logger
	wake chan struct{}

	mu       sync.Mutex
	queue    []link.CallView   // next first; guarded by mu
	known    []string          // keys of calls that were queued, oldest first; guarded by mu
	files    map[string][]byte // by call; guarded by mu
	order    []string          // of files, oldest first; guarded by mu
	speakers []speaker         // the first is used; guarded by mu
	closed   bool              // it takes no more calls; guarded by mu
	current  *announcement     // being played; guarded by mu
	// failed is why the latest call was not announced. Run's goroutine only.
	failed string
}

// announcement is one call on one speaker.
type announcement struct {
	call   string
	on     speaker
	result chan result // buffered, takes the first result
}

// result is what became of an announcement; the zero value is success.
type result struct {
	failed string
	// again is true if another speaker may try, for this one surely didn't play.
	again bool
}

func newAnnouncer(device string, voice audio.Voice, volume int) *announcer {
	return &announcer{
		device: device, voice: voice, volume: volume,
		wake: make(chan struct{}, 1), files: map[string][]byte{},
	}
}

// spoken is how a call is spoken now.
func (v *announcer) spoken(c link.CallView) screen.Voice {
	if v.rule == nil {
		return screen.VoiceAt(nil, c.Zone, time.Time{})
	}
	return v.rule(c.Zone)
}

// add queues a call behind all others whose zone isn't behind its own, once. A
// recall is a call of its own. It is false if it takes no calls any more.
func (v *announcer) add(c link.CallView) bool {
	key, order := callKey(c), v.spoken(c).Order
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return false
	}
	if c.Ended || slices.Contains(v.known, key) {
		return true
	}
	v.known = append(v.known, key)
	if len(v.known) > keepKnown {
		v.known = v.known[1:]
	}
	at := slices.IndexFunc(v.queue, func(other link.CallView) bool { return v.spoken(other).Order > order })
	if at < 0 {
		at = len(v.queue)
	}
	v.queue = slices.Insert(v.queue, at, c)
	select {
	case v.wake <- struct{}{}:
	default:
	}
	return true
}

// close has it take no more calls, and returns those that it hasn't begun.
func (v *announcer) close() []link.CallView {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	left := v.queue
	v.queue = nil
	return left
}

func callKey(c link.CallView) string { return c.ID + "/" + strconv.Itoa(c.Recall) }

// ended takes calls that are over out of the queue: the one named, and others
// of its ticket.
func (v *announcer) ended(e link.CallEnded) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.queue = slices.DeleteFunc(v.queue, func(c link.CallView) bool {
		return c.ID == e.Call || e.Ticket != "" && c.Ticket == e.Ticket
	})
}

// ready enters or removes one among the speakers. A new page goes before the
// others: its user has just opened it.
func (v *announcer) ready(s speaker, sound bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	has := slices.Contains(v.speakers, s)
	if sound && !has {
		v.speakers = slices.Insert(v.speakers, v.front(s), s)
	}
	if !sound && has {
		v.remove(s)
	}
}

// front is the place for a new speaker: loudspeakers of the box come before
// pages.
func (v *announcer) front(s speaker) int {
	if _, own := s.(*loudspeaker); own {
		return 0
	}
	for i, other := range v.speakers {
		if _, own := other.(*loudspeaker); !own {
			return i
		}
	}
	return len(v.speakers)
}

// gone removes a page that was closed.
func (v *announcer) gone(s speaker) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.remove(s)
}

func (v *announcer) remove(s speaker) {
	v.speakers = slices.DeleteFunc(v.speakers, func(o speaker) bool { return o == s })
	if v.current != nil && v.current.on == s {
		v.current.end(result{failed: failedSilent, again: true})
	}
}

// played takes a speaker's report. Reports of others than the call in hand are
// too late to matter.
func (v *announcer) played(s speaker, p link.VoicePlayed) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.current == nil || v.current.on != s || v.current.call != p.Call {
		return
	}
	v.current.end(result{failed: p.Failed, again: p.Failed != ""})
}

func (a *announcement) end(r result) {
	select {
	case a.result <- r:
	default:
	}
}

// run announces until ctx ends.
func (v *announcer) run(ctx context.Context) error {
	for {
		c, ok := v.next()
		if ok {
			v.announce(ctx, c)
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-v.wake:
		}
	}
}

// next takes the next call out of the queue.
func (v *announcer) next() (link.CallView, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.queue) == 0 {
		return link.CallView{}, false
	}
	c := v.queue[0]
	v.queue = v.queue[1:]
	return c, true
}

// announce speaks one call on the first speaker that can, and reports it.
func (v *announcer) announce(ctx context.Context, c link.CallView) {
	ack := link.CallShown{Call: c.ID, Channel: link.CallVoice, Device: v.device}
	if v.now().Sub(c.At) > staleCall {
		ack.Failed = failedLate
		v.shown(ack)
		return
	}
	how := v.spoken(c)
	if how.Volume == 0 {
		ack.Failed = failedQuiet
		v.shown(ack)
		return
	}
	length := longestCall * time.Duration(how.Repeat)
	if v.voice != nil {
		var data []byte
		sentence := slices.Repeat(audio.Sentence(c.Number, c.WindowNumber), how.Repeat)
		data, length = v.voice.WAV(sentence, v.volume*how.Volume/100)
		v.keep(c.ID, data)
	}
	sentence := "请" + c.Number + "号到" + c.WindowNumber + "号窗口办理"
	play := link.VoicePlay{
		Call: c.ID,
		URL:  "/voice/" + url.PathEscape(c.ID) + ".wav",
		Text: strings.Join(slices.Repeat([]string{sentence}, how.Repeat), "，"),
	}
	v.mu.Lock()
	tries := max(1, len(v.speakers))
	v.mu.Unlock()
	r := result{}
	for range tries {
		r = v.play(ctx, play, length+playSlack)
		if ctx.Err() != nil {
			return
		}
		if !r.again {
			break
		}
	}
	v.note(c.ID, r.failed)
	ack.Failed = r.failed
	v.shown(ack)
}

// play has the first speaker play and waits for its report. A speaker that
// fails goes to the end.
func (v *announcer) play(ctx context.Context, p link.VoicePlay, wait time.Duration) result {
	v.mu.Lock()
	if len(v.speakers) == 0 {
		v.mu.Unlock()
		return result{failed: failedNoSpeaker}
	}
	a := &announcement{call: p.Call, on: v.speakers[0], result: make(chan result, 1)}
	v.current = a
	v.mu.Unlock()
	a.on.Send(link.TypeVoicePlay, p)
	late := time.NewTimer(wait)
	defer late.Stop()
	r := result{failed: failedSilent}
	select {
	case r = <-a.result:
	case <-late.C:
	case <-ctx.Done():
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.current = nil
	if i := slices.Index(v.speakers, a.on); r.failed != "" && i >= 0 {
		v.speakers = append(slices.Delete(v.speakers, i, i+1), a.on)
	}
	return r
}

// keep makes a file fetchable and drops the oldest.
func (v *announcer) keep(call string, data []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.files[call]; !ok {
		v.order = append(v.order, call)
	}
	v.files[call] = data
	if len(v.order) > keepFiles {
		delete(v.files, v.order[0])
		v.order = v.order[1:]
	}
}

// ServeHTTP serves /voice/{file}: the announcement of a call, CALL.wav.
func (v *announcer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	data, ok := v.files[strings.TrimSuffix(r.PathValue("file"), ".wav")]
	v.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(data)
}

// note logs what changed: a loudspeaker that is away is one fault, not one for
// every call.
func (v *announcer) note(call, failed string) {
	if failed == v.failed {
		return
	}
	v.failed = failed
	if failed == "" {
		v.log.Info("calls are announced again", slog.String("call", call))
		return
	}
	v.log.Warn("calls are not announced", slog.String("call", call), slog.String("failed", failed))
}
