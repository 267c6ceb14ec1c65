package simulator_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

const (
	stripID   = "onbon/bx-5k-64x16"
	padID     = "generic/pad-5key-bin"
	scannerID = "generic/scanner-serial"
)

func strip(t *testing.T, sim *simulator.Device) (device.Strip, *sink) {
	t.Helper()
	d, ok := open(t, sim).(device.Strip)
	if !ok {
		t.Fatal("engine made no strip")
	}
	s := run(t, d)
	waitState(t, s, device.Online)
	return d, s
}

func TestStripShowsTheText(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, stripID, transport)
			d, _ := strip(t, sim)
			for _, text := range []string{"A012", "请A012到3号窗口", "暂停办理", ""} {
				must(t, d.Show(within(t, time.Minute), text))
				if got := sim.Snapshot().Display; got.Text != text || got.Width != 64 || got.Height != 16 {
					t.Errorf("shows %+v, want %q", got, text)
				}
			}
		})
	}
}

func TestStripShowsItsAreasSideBySide(t *testing.T) {
	t.Parallel()
	sim := start(t, "onbon/bx-5k-192x16-areas", "tcp")
	d, _ := strip(t, sim)
	areas, ok := d.(device.AreaStrip)
	if !ok || areas.Areas() != 4 {
		t.Fatalf("%T has no areas", d)
	}
	ctx := within(t, time.Minute)
	left, right := device.StripArea{W: 40, H: 16, Text: "A012"}, device.StripArea{X: 40, W: 152, H: 16, Text: "请到3号窗口"}
	must(t, areas.ShowAreas(ctx, []device.StripArea{left, right}))
	want := []simulator.AreaView{{Width: 40, Height: 16, Text: "A012"}, {X: 40, Width: 152, Height: 16, Text: "请到3号窗口"}}
	if got := sim.Snapshot().Display; !slices.Equal(got.Areas, want) || got.Text != "A012 请到3号窗口" {
		t.Errorf("shows %+v", got)
	}
	// Fewer areas leave nothing of the others behind.
	must(t, d.Show(ctx, "暂停办理"))
	if got := sim.Snapshot().Display; got.Text != "暂停办理" || len(got.Areas) != 1 || got.Areas[0].Width != 192 {
		t.Errorf("shows %+v", got)
	}
	// What an earlier run left is gone with the first text, too.
	must(t, areas.ShowAreas(ctx, []device.StripArea{left, right}))
	again, _ := strip(t, sim)
	must(t, again.Show(ctx, "A013"))
	if got := sim.Snapshot().Display; got.Text != "A013" {
		t.Errorf("shows %+v", got)
	}
}

func TestStripRefusesAreasItHasNot(t *testing.T) {
	t.Parallel()
	sim := start(t, stripID, "tcp")
	d, _ := strip(t, sim)
	areas, ok := d.(device.AreaStrip)
	if !ok || areas.Areas() != 1 {
		t.Fatalf("%T says that it can be divided", d)
	}
	half := device.StripArea{W: 32, H: 16, Text: "A012"}
	for name, list := range map[string][]device.StripArea{
		"more than it has": {half, {X: 32, W: 32, H: 16, Text: "3"}},
		"none":             {},
		"outside":          {{X: 40, W: 32, H: 16, Text: "A012"}},
		"negative":         {{X: -8, W: 32, H: 16, Text: "A012"}},
		"empty":            {{W: 0, H: 16, Text: "A012"}},
	} {
		if err := areas.ShowAreas(within(t, time.Minute), list); !errors.Is(err, device.ErrNoArea) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got := sim.Snapshot().Display.Text; got != "" {
		t.Errorf("shows %q", got)
	}
}

func TestStripIsAskedTwiceAndThenGivenUp(t *testing.T) {
	t.Parallel()
	sim := start(t, stripID, "tcp")
	d, s := strip(t, sim)

	must(t, sim.WrongChecksum())
	must(t, d.Show(within(t, time.Minute), "A001"))
	must(t, sim.Garbage())
	must(t, d.Show(within(t, time.Minute), "A002"))
	if got := sim.Snapshot().Display.Text; got != "A002" {
		t.Errorf("shows %q", got)
	}

	must(t, sim.Refuse(true))
	wantErr(t, d.Show(within(t, time.Minute), "A003"), device.ErrFault)
	must(t, sim.Refuse(false))

	sim.Stall()
	// Its line is closed when a ping, which may come first, has waited in vain.
	if err := d.Show(within(t, 5*time.Second), "A004"); !errors.Is(err, device.ErrTimeout) && !errors.Is(err, device.ErrOffline) {
		t.Errorf("got %v", err)
	}
	waitState(t, s, device.Offline)
	sim.Resume()
	waitState(t, s, device.Online)
	must(t, d.Show(within(t, time.Minute), "A005"))
}

func TestStripComesBackAfterReplug(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, stripID, transport)
			d, s := strip(t, sim)
			sim.Unplug()
			waitFor(t, "error", func() bool { return d.Show(within(t, time.Minute), "A001") != nil })
			waitState(t, s, device.Offline)
			must(t, sim.Plug())
			waitState(t, s, device.Online)
			must(t, d.Show(within(t, time.Minute), "A002"))
		})
	}
}

func pad(t *testing.T, sim *simulator.Device) device.Pad {
	t.Helper()
	d, ok := open(t, sim).(device.Pad)
	if !ok {
		t.Fatal("engine made no pad")
	}
	waitState(t, run(t, d), device.Online)
	return d
}

// ask asks the pad in the background; the answer comes on the channel.
func ask(t *testing.T, d device.Pad, sim *simulator.Device) <-chan any {
	t.Helper()
	out := make(chan any, 1)
	ctx := within(t, time.Minute)
	go func() {
		score, err := d.Ask(ctx)
		if err != nil {
			out <- err
			return
		}
		out <- score
	}()
	waitFor(t, "armed pad", func() bool { return *sim.Snapshot().Armed })
	return out
}

func TestPadKeysAreScores(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, padID, transport)
			d := pad(t, sim)
			must(t, sim.Press(3)) // nobody asked: nothing is sent
			for score := 1; score <= 5; score++ {
				answer := ask(t, d, sim)
				must(t, sim.Press(score))
				if got := <-answer; got != score {
					t.Errorf("got %v, want score %d", got, score)
				}
				if *sim.Snapshot().Armed {
					t.Error("pad stays armed")
				}
			}
			if err := sim.Press(6); !errors.Is(err, simulator.ErrArgument) {
				t.Errorf("key 6: %v", err)
			}
		})
	}
}

func TestPadIgnoresKeysUnlessAsked(t *testing.T) {
	t.Parallel()
	sim := start(t, padID, "tcp")
	d := pad(t, sim)
	must(t, sim.Press(1))
	answer := ask(t, d, sim)
	must(t, sim.Press(5))
	if got := <-answer; got != 5 {
		t.Errorf("got %v, want the answer to the question", got)
	}
}

func TestScannerSendsWhatItSees(t *testing.T) {
	t.Parallel()
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			sim := start(t, scannerID, transport)
			d := open(t, sim)
			s := run(t, d)
			waitState(t, s, device.Online)
			texts := []string{"http://127.0.0.1:8080/t/01JD3Q8Y5Z", "预约号 20261122-007"}
			for i, text := range texts {
				// A scanner can't tell whether anybody listens: hold the code
				// there until it is heard.
				waitFor(t, "scan", func() bool {
					must(t, sim.Scan(text))
					time.Sleep(50 * time.Millisecond)
					return count[device.CodeScanned](s) > i
				})
				codes := s.all()
				if got := codes[len(codes)-1]; got != (device.CodeScanned{Text: text}) {
					t.Errorf("got %v", got)
				}
				s.mu.Lock()
				s.events = s.events[:i+1]
				s.mu.Unlock()
			}
			sim.Unplug()
			waitState(t, s, device.Offline)
			if err := sim.Scan("x"); !errors.Is(err, simulator.ErrUnplugged) {
				t.Errorf("scan of an unplugged scanner: %v", err)
			}
			must(t, sim.Plug())
			waitState(t, s, device.Online)
		})
	}
}

func TestActionsOfOtherKindsAreRefused(t *testing.T) {
	t.Parallel()
	sim := start(t, scannerID, "tcp")
	for name, err := range map[string]error{
		"paper": sim.PaperOut(), "card": sim.Lift(), "key": sim.Press(1), "checksum": sim.WrongChecksum(), "refuse": sim.Refuse(true),
	} {
		if !errors.Is(err, simulator.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBrokenScoreIsNoScore(t *testing.T) {
	t.Parallel()
	sim := start(t, padID, "tcp")
	d := pad(t, sim)
	out := make(chan error, 1)
	ctx := within(t, time.Second)
	go func() {
		_, err := d.Ask(ctx)
		out <- err
	}()
	waitFor(t, "armed pad", func() bool { return *sim.Snapshot().Armed })
	time.Sleep(50 * time.Millisecond) // the confirmation is on its way
	must(t, sim.WrongChecksum())
	must(t, sim.Press(5))
	if err := <-out; err == nil {
		t.Error("a broken frame was taken for a score")
	}
}
