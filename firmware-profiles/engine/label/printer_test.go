package label_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/label"
	"smarthall/firmware-profiles/engine/tspl"
	"smarthall/firmware-profiles/engine/zpl"
	spec "smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// fake is the printer's side of a line: it collects what comes and answers
// questions with what it is told to.
type fake struct {
	mu     sync.Mutex
	got    []byte
	asked  int // questions in got that were looked at
	answer string
	// cutAfter closes the line, once, when so many bytes came after this text;
	// empty never.
	cutAfter string
	cutBytes int
	cutOff   [][]byte // what came on the lines that were cut
}

// cuts tells whether the line is to be closed now. The caller holds mu.
func (f *fake) cuts() bool {
	at := strings.Index(string(f.got), f.cutAfter)
	return f.cutAfter != "" && at >= 0 && len(f.got) >= at+f.cutBytes
}

func (f *fake) say(answer string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

func (f *fake) received() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return bytes.Clone(f.got)
}

// serve answers on the connections that come.
func (f *fake) serve(conns <-chan net.Conn, question string) {
	for conn := range conns {
		buf := make([]byte, 512)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				break
			}
			f.mu.Lock()
			f.got = append(f.got, buf[:n]...)
			cut := f.cuts()
			count := strings.Count(string(f.got), question)
			answers := strings.Repeat(f.answer, count-f.asked)
			f.asked = count
			if cut {
				f.cutOff = append(f.cutOff, f.got)
				f.got, f.asked, f.cutAfter = nil, 0, ""
			}
			f.mu.Unlock()
			if cut {
				_ = conn.Close()
				break
			}
			if _, err := conn.Write([]byte(answers)); err != nil {
				break
			}
		}
	}
}

const ready = "\x02030,0,0,0320,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x020000,0\x03\r\n"

// soon is how long the printers of most tests have for an answer: less than a
// busy machine may need, and those tests don't mind.
const soon = 60 * time.Millisecond

// begin runs a printer of a profile on a fake one.
func begin(t *testing.T, profile string, lang label.Language, answer string) (*label.Printer, *fake, *enginetest.Sink) {
	t.Helper()
	return beginWithin(t, profile, lang, answer, soon)
}

// beginWithin is begin with so much time for each answer.
func beginWithin(t *testing.T, profile string, lang label.Language, answer string, wait time.Duration) (*label.Printer, *fake, *enginetest.Sink) {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, ok := cat.Get(profile)
	if !ok {
		t.Fatalf("no profile %s", profile)
	}
	quick := *p
	quick.Timing.Status, quick.Status.Poll = spec.Duration(wait), 50e6 // 50 ms
	address, conns := enginetest.Listen(t)
	f := &fake{answer: answer}
	served := make(chan struct{})
	relay := make(chan net.Conn)
	done := make(chan struct{})
	go func() { defer close(served); f.serve(relay, string(lang.Question())) }()
	go func() {
		defer close(relay)
		for {
			select {
			case c := <-conns:
				relay <- c
			case <-done:
				return
			}
		}
	}()
	printer, err := label.New(&quick, device.Config{ID: "labels", Profile: profile, Port: address}, lang, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	sink := &enginetest.Sink{}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		for ctx.Err() == nil {
			if err := printer.Run(ctx, sink); ctx.Err() == nil {
				sink.State(device.StateOf(err), "")
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ran
		close(done)
		<-served
	})
	return printer, f, sink
}

func waitState(t *testing.T, s *enginetest.Sink, want device.State) {
	t.Helper()
	enginetest.WaitFor(t, "state "+string(want), func() bool { return s.Last().State == want })
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), enginetest.Patience)
	t.Cleanup(cancel)
	return ctx
}

// Zebra's printers say nothing at all while paper is out or the head is open.
func TestAZebraThatFallsSilentIsInTrouble(t *testing.T) {
	p, f, s := begin(t, "generic/zpl-203", zpl.Language{}, ready)
	waitState(t, s, device.Online)
	f.say("")
	waitState(t, s, device.Fault)
	if detail := s.Last().Detail; !strings.Contains(detail, "缺纸") {
		t.Errorf("the clerk reads %q", detail)
	}
	if err := p.PrintLabel(within(t), visit); !errors.Is(err, device.ErrFault) && !errors.Is(err, device.ErrOffline) && !errors.Is(err, device.ErrTimeout) {
		t.Errorf("printing says %v", err)
	}
	f.say(ready)
	waitState(t, s, device.Online)
}

func TestATSPLPrinterThatFallsSilentIsGone(t *testing.T) {
	_, f, s := begin(t, "generic/tspl-203", tspl.Language{}, "\x00")
	waitState(t, s, device.Online)
	f.say("")
	waitState(t, s, device.Offline)
	f.say("\x00")
	waitState(t, s, device.Online)
}

// Nothing that isn't one clean byte changes the state.
func TestNoiseIsNoStatus(t *testing.T) {
	_, f, s := begin(t, "generic/tspl-203", tspl.Language{}, "\x00")
	waitState(t, s, device.Online)
	f.say("\x04\x04\xFF")
	waitState(t, s, device.Offline)
	for _, r := range s.States() {
		if r.State != device.Online && r.State != device.Offline {
			t.Errorf("noise was read as %s", r.State)
		}
	}
}

// A label that was cut short leaves the printer waiting for the rest of a
// picture. The next one ends that first.
func TestALabelAfterOneThatWasCutShortIsWhole(t *testing.T) {
	p, f, s := beginWithin(t, "generic/tspl-203", tspl.Language{}, "\x00", enginetest.Patience)
	waitState(t, s, device.Online)
	f.mu.Lock()
	f.cutAfter, f.cutBytes = "BITMAP ", 500
	f.mu.Unlock()
	l := visit
	l.QR = `"` + strings.Repeat("x", 200) // drawn by us, so there is a long picture
	if err := p.PrintLabel(within(t), l); !errors.Is(err, device.ErrPartly) {
		t.Fatalf("a label that was cut short says %v", err)
	}
	// Until the line is open again nothing is printed, and nothing is lost.
	enginetest.WaitFor(t, "the next label", func() bool {
		err := p.PrintLabel(within(t), visit)
		if err != nil && !errors.Is(err, device.ErrOffline) {
			t.Fatal(err)
		}
		return err == nil
	})
	got := f.received()
	recovered := bytes.Index(got, []byte("\xFF\r\nCLS\r\n"))
	if begins := bytes.Index(got, []byte("SIZE ")); recovered < 0 || recovered > begins {
		t.Errorf("the picture of the label before isn't ended: %.60q", got)
	}
}

// What ends the picture of a label may be lost with the next label. It is sent
// again, as long as it was.
func TestWhatALabelLacksIsOwedUntilOneCameOut(t *testing.T) {
	p, f, s := beginWithin(t, "generic/tspl-203", tspl.Language{}, "\x00", enginetest.Patience)
	waitState(t, s, device.Online)
	long := visit
	long.QR = `"` + strings.Repeat("x", 200)
	cut := func(l device.Label, after string, bytes int) {
		t.Helper()
		f.mu.Lock()
		f.cutAfter, f.cutBytes = after, bytes
		f.mu.Unlock()
		enginetest.WaitFor(t, "a label that is cut short", func() bool {
			return errors.Is(p.PrintLabel(within(t), l), device.ErrPartly)
		})
	}
	cut(long, "BITMAP ", 500)
	cut(visit, "SIZE ", 0)
	enginetest.WaitFor(t, "a whole label", func() bool { return p.PrintLabel(within(t), visit) == nil })
	f.mu.Lock()
	defer f.mu.Unlock()
	filled := func(got []byte) int {
		before, _, ended := bytes.Cut(got, []byte("\r\nCLS\r\n"))
		if !ended {
			return 0
		}
		return len(before) - len(bytes.TrimRight(before, "\xFF"))
	}
	if first, second := filled(f.cutOff[1]), filled(f.got); first == 0 || second < first {
		t.Errorf("filled up with %d bytes, which were lost, then with %d", first, second)
	}
}

func TestABusyPrinterIsWaitedFor(t *testing.T) {
	p, f, s := begin(t, "generic/tspl-203", tspl.Language{}, "\x20")
	waitState(t, s, device.Online)
	printed := make(chan error, 1)
	go func() { printed <- p.PrintLabel(within(t), visit) }()
	enginetest.WaitFor(t, "the label", func() bool { return bytes.Contains(f.received(), []byte("PRINT 1,1")) })
	select {
	case err := <-printed:
		t.Fatalf("a label that is being printed counts as printed: %v", err)
	case <-time.After(400 * time.Millisecond):
	}
	f.say("\x00")
	if err := <-printed; err != nil {
		t.Error(err)
	}
}
