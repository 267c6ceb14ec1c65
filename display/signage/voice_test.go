package signage

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smarthall/firmware-profiles/engine/audio"
	"smarthall/internal/link"
)

// speakerPage is a page that reports after it has played.
type speakerPage struct {
	v      *announcer
	length time.Duration
	failed string
	mute   bool // never reports

	mu   sync.Mutex
	said []string
	at   []time.Time
}

func (l *speakerPage) Send(t link.Type, body any) {
	p, ok := body.(link.VoicePlay)
	if !ok || t != link.TypeVoicePlay {
		panic("a speaker was sent " + string(t))
	}
	l.mu.Lock()
	l.said = append(l.said, p.Call)
	l.at = append(l.at, time.Now())
	l.mu.Unlock()
	if !l.mute {
		time.AfterFunc(l.length, func() { l.v.played(l, link.VoicePlayed{Call: p.Call, Failed: l.failed}) })
	}
}

func (l *speakerPage) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.said)
}

// acks records what the hall is told.
type acks struct {
	mu   sync.Mutex
	list []link.CallShown
}

func (a *acks) shown(s link.CallShown) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, s)
}

func (a *acks) all() []link.CallShown {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.list)
}

// speaking runs fn beside an announcer in a bubble with its own time.
func speaking(t *testing.T, fn func(v *announcer, told *acks)) {
	t.Helper()
	voice, err := audio.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var told acks
		v := newAnnouncer("display-1/voice", voice, 100)
		v.now, v.shown, v.log = time.Now, told.shown, slog.New(slog.DiscardHandler)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- v.run(ctx) }()
		fn(v, &told)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func callView(id, ticket string) link.CallView {
	return link.CallView{ID: id, Ticket: ticket, Number: "A012", WindowNumber: "3", At: time.Now()}
}

func TestCallsWaitForEachOther(t *testing.T) {
	speaking(t, func(v *announcer, told *acks) {
		l := &speakerPage{v: v, length: 4 * time.Second}
		v.ready(l, true)
		for _, id := range []string{"c1", "c2", "c3"} {
			v.add(callView(id, "t-"+id))
		}
		v.add(callView("c1", "t-c1")) // the hall repeated itself
		time.Sleep(time.Minute)
		if got := l.heard(); !slices.Equal(got, []string{"c1", "c2", "c3"}) {
			t.Errorf("heard %v", got)
		}
		for i := 1; i < len(l.at); i++ {
			if gap := l.at[i].Sub(l.at[i-1]); gap < 4*time.Second {
				t.Errorf("call %d cut off the one before after %v", i+1, gap)
			}
		}
		want := link.CallShown{Call: "c1", Channel: link.CallVoice, Device: "display-1/voice"}
		if got := told.all(); len(got) != 3 || got[0] != want {
			t.Errorf("told %+v", got)
		}
	})
}

func TestRecallGoesToTheEnd(t *testing.T) {
	speaking(t, func(v *announcer, _ *acks) {
		l := &speakerPage{v: v, length: time.Second}
		v.ready(l, true)
		v.add(callView("c1", "t1"))
		v.add(callView("c2", "t2"))
		recall := callView("c1", "t1")
		recall.Recall = 1
		v.add(recall)
		v.add(callView("c3", "t1"))
		time.Sleep(time.Minute)
		if got := l.heard(); !slices.Equal(got, []string{"c1", "c2", "c1", "c3"}) {
			t.Errorf("heard %v", got)
		}
	})
}

func TestEndedCallIsNotAnnounced(t *testing.T) {
	speaking(t, func(v *announcer, told *acks) {
		l := &speakerPage{v: v, length: 2 * time.Second}
		v.ready(l, true)
		v.add(callView("c1", "t1"))
		synctest.Wait()
		v.add(callView("c2", "t2"))
		v.add(callView("c3", "t3"))
		v.add(callView("c4", "t3"))
		v.ended(link.CallEnded{Call: "c2"})
		v.ended(link.CallEnded{Call: "c4", Ticket: "t3"})
		ended := callView("c5", "t5")
		ended.Ended = true
		v.add(ended)
		time.Sleep(time.Minute)
		if got := l.heard(); !slices.Equal(got, []string{"c1"}) {
			t.Errorf("heard %v", got)
		}
		if got := told.all(); len(got) != 1 {
			t.Errorf("told %+v", got)
		}
	})
}

func TestStaleCallIsNotAnnounced(t *testing.T) {
	speaking(t, func(v *announcer, told *acks) {
		l := &speakerPage{v: v, length: 20 * time.Second}
		v.ready(l, true)
		for _, id := range []string{"c1", "c2", "c3"} {
			c := callView(id, "t")
			c.Number = "A111222333444555666777888999" // lasts longer than 20 s less the slack
			v.add(c)
		}
		time.Sleep(2 * time.Minute)
		got := told.all()
		if len(got) != 3 || got[2].Failed != failedLate || got[2].Call != "c3" {
			t.Errorf("told %+v", got)
		}
		if heard := l.heard(); slices.Contains(heard, "c3") {
			t.Errorf("heard %v", heard)
		}
	})
}

func TestNoSpeaker(t *testing.T) {
	speaking(t, func(v *announcer, told *acks) {
		v.add(callView("c1", "t1"))
		synctest.Wait()
		if got := told.all(); len(got) != 1 || got[0].Failed != "没有可用的播放设备" {
			t.Errorf("told %+v", got)
		}
	})
}

func TestSilentSpeakerIsWaitedForItsLengthAndThreeSeconds(t *testing.T) {
	speaking(t, func(v *announcer, told *acks) {
		mute := &speakerPage{v: v, mute: true}
		v.ready(mute, true)
		_, length := v.voice.WAV(audio.Sentence("A012", "3"), 100)
		v.add(callView("c1", "t1"))
		time.Sleep(length + playSlack - time.Millisecond)
		synctest.Wait()
		if got := told.all(); len(got) != 0 {
			t.Errorf("given up too early: %+v", got)
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if got := told.all(); len(got) != 1 || got[0].Failed != failedSilent {
			t.Errorf("told %+v", got)
		}
		if heard := mute.heard(); len(heard) != 1 {
			t.Errorf("a call that may have been heard was played %d times", len(heard))
		}
	})
}

func TestAnotherSpeakerTakesOver(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first func(v *announcer) *speakerPage
		after func(v *announcer, first *speakerPage)
	}{
		{"when one fails", func(v *announcer) *speakerPage {
			return &speakerPage{v: v, failed: "浏览器不允许播放"}
		}, func(*announcer, *speakerPage) {}},
		{"when one is closed", func(v *announcer) *speakerPage {
			return &speakerPage{v: v, mute: true}
		}, func(v *announcer, first *speakerPage) { v.gone(first) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			speaking(t, func(v *announcer, told *acks) {
				good, first := &speakerPage{v: v, length: time.Second}, tt.first(v)
				v.ready(good, true)
				v.ready(first, true)
				v.ready(first, true) // pages say so again after each snapshot
				v.add(callView("c1", "t1"))
				synctest.Wait()
				tt.after(v, first)
				time.Sleep(2 * time.Second)
				if got := told.all(); len(got) != 1 || got[0].Failed != "" {
					t.Errorf("told %+v", got)
				}
				v.add(callView("c2", "t2"))
				time.Sleep(2 * time.Second)
				if got := good.heard(); !slices.Equal(got, []string{"c1", "c2"}) {
					t.Errorf("the good speaker played %v", got)
				}
				if got := first.heard(); !slices.Equal(got, []string{"c1"}) {
					t.Errorf("the first speaker played %v", got)
				}
			})
		})
	}
}

func TestOnlyTheSpeakerReports(t *testing.T) {
	speaking(t, func(v *announcer, told *acks) {
		l, other := &speakerPage{v: v, mute: true}, &speakerPage{v: v}
		v.ready(other, true)
		v.ready(l, true)
		v.add(callView("c1", "t1"))
		synctest.Wait()
		v.played(other, link.VoicePlayed{Call: "c1"})
		v.played(l, link.VoicePlayed{Call: "c0"})
		synctest.Wait()
		if got := told.all(); len(got) != 0 {
			t.Errorf("told %+v", got)
		}
		v.played(l, link.VoicePlayed{Call: "c1"})
		v.played(l, link.VoicePlayed{Call: "c1", Failed: "x"})
		synctest.Wait()
		if got := told.all(); len(got) != 1 || got[0].Failed != "" {
			t.Errorf("told %+v", got)
		}
		v.ready(l, false)
		v.ready(other, false)
		v.add(callView("c2", "t2"))
		synctest.Wait()
		if got := told.all(); len(got) != 2 || got[1].Failed != failedNoSpeaker {
			t.Errorf("without sound: told %+v", got)
		}
	})
}

func TestAnnouncerForgets(t *testing.T) {
	speaking(t, func(v *announcer, _ *acks) {
		for i := range keepKnown + 100 {
			v.add(callView(strconv.Itoa(i), ""))
			synctest.Wait()
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		if len(v.known) > keepKnown || len(v.files) > keepFiles || len(v.order) > keepFiles || len(v.queue) > 0 {
			t.Errorf("kept %d calls, %d files, %d in order, %d queued", len(v.known), len(v.files), len(v.order), len(v.queue))
		}
	})
}

func TestTwoPostsThatCallAtOnceWaitForEachOtherAndGoStaleEachAlone(t *testing.T) {
	speaking(t, func(v *announcer, told *acks) {
		l := &speakerPage{v: v, length: 4 * time.Second}
		v.ready(l, true)
		for _, n := range []string{"1", "2"} {
			c := callView("c"+n, "t"+n)
			c.Window, c.WindowNumber = "8-"+n, "8"
			v.add(c)
		}
		synctest.Wait() // the first is being played
		recall := callView("c3", "t1")
		recall.Recall = 1
		v.add(recall)
		v.ended(link.CallEnded{Call: "c3", Ticket: "t1", Window: "8-1"}) // he has come meanwhile
		late := callView("c4", "t4")
		late.At = late.At.Add(-staleCall)
		v.add(late)
		time.Sleep(time.Minute)
		if got := l.heard(); !slices.Equal(got, []string{"c1", "c2"}) {
			t.Errorf("heard %v", got)
		}
		if got := told.all(); len(got) != 3 || got[2].Call != "c4" || got[2].Failed != failedLate {
			t.Errorf("told %+v", got)
		}
	})
}
