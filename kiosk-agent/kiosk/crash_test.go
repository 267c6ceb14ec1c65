package kiosk_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/link"
	"smarthall/kiosk-agent/kiosk"
)

// childEnv names the settings of a kiosk that this test binary runs as another
// process, so that it can be killed as a power cut kills it.
const childEnv = "SMARTHALL_TEST_KIOSK"

func runChild(file string) int {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c, err := agent.LoadConfig(file, link.RoleKiosk)
	if err != nil {
		log.Error("settings", slog.Any("err", err))
		return 2
	}
	open, err := all.Opener(log)
	if err != nil {
		log.Error("profiles", slog.Any("err", err))
		return 2
	}
	k, err := kiosk.New(kiosk.Options{Config: c, Open: open, Pages: fstest.MapFS{}, Log: log})
	if err == nil {
		err = k.Run(context.Background())
	}
	log.Error("ended", slog.Any("err", err))
	return 1
}

// wire stands between the kiosk's process and its printer, and stops the bytes
// where a test wants the power to fail.
type wire struct {
	address string
	printer string

	mu    sync.Mutex
	up    int           // bytes that may still pass to the printer; negative is all
	after []byte        // once these went up, nothing comes down; nil is never
	tail  []byte        // the last bytes that went up
	held  chan struct{} // closed when something is held back
}

func newWire(t *testing.T, printer string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{address: "tcp://" + l.Addr().String(), printer: strings.TrimPrefix(printer, "tcp://")}
	w.open()
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			host, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { w.serve(host) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	return w
}

func (w *wire) open() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.up, w.after, w.tail, w.held = -1, nil, nil, make(chan struct{})
}

// stopAfter holds back what goes to the printer after n more bytes.
func (w *wire) stopAfter(n int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.up = n
	return w.held
}

// stopAnswers holds back what the printer says once it was sent p.
func (w *wire) stopAnswers(p []byte) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.after = p
	return w.held
}

func (w *wire) hold() {
	select {
	case <-w.held:
	default:
		close(w.held)
	}
}

// upward is what of p may pass to the printer.
func (w *wire) upward(p []byte) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.up >= 0 {
		if len(p) > w.up {
			w.hold()
		}
		p = p[:min(len(p), w.up)]
		w.up -= len(p)
	}
	w.tail = append(w.tail, p...)
	if w.after != nil && bytes.Contains(w.tail, w.after) {
		w.hold()
	}
	w.tail = w.tail[max(0, len(w.tail)-16):]
	return p
}

func (w *wire) downward(p []byte) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.held:
		return nil
	default:
		return p
	}
}

func (w *wire) serve(host net.Conn) {
	defer func() { _ = host.Close() }()
	printer, err := net.Dial("tcp", w.printer)
	if err != nil {
		return
	}
	var wg sync.WaitGroup
	wg.Go(func() { pass(host, printer, w.downward) })
	pass(printer, host, w.upward)
	_ = printer.Close()
	wg.Wait()
}

func pass(to, from net.Conn, filter func([]byte) []byte) {
	defer func() { _ = to.Close() }()
	buf := make([]byte, 256)
	for {
		n, err := from.Read(buf)
		if _, werr := to.Write(filter(buf[:n])); err != nil || werr != nil {
			return
		}
	}
}

// machine is a kiosk in a process of its own, with a simulated printer.
type machine struct {
	hall    *agenttest.Hall
	printer *simulator.Device
	wire    *wire
	file    string
	child   *exec.Cmd
	log     lockedBuffer
}

func newMachine(t *testing.T, profile string) *machine {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	printer, err := simulator.Start(ctx, simulator.Config{ID: "printer", Profile: profile, Port: "tcp://127.0.0.1:0"})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		printer.Wait()
	})
	m := &machine{hall: agenttest.NewHall(t), printer: printer, wire: newWire(t, printer.Port())}
	m.file = filepath.Join(t.TempDir(), "kiosk.yaml")
	settings := fmt.Sprintf("agent: kiosk-1\nhall: %s\ntoken: %s\nlisten: 127.0.0.1:0\ndata: %s\ndevices:\n  - {id: printer, profile: %s, port: %q}\n",
		m.hall.URL, agenttest.Token, t.TempDir(), profile, m.wire.address)
	if err := os.WriteFile(m.file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.kill() })
	return m
}

// run starts the process and waits until it can print.
func (m *machine) run(t *testing.T) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from := len(m.log.String())
	m.child = exec.Command(exe)
	m.child.Env = append(os.Environ(), childEnv+"="+m.file)
	m.child.Stderr = io.Writer(&m.log)
	if err := m.child.Start(); err != nil {
		t.Fatal(err)
	}
	m.logged(t, from, "device=printer state=online")
	agenttest.WaitFor(t, "the link is up", func() bool { return m.hall.Connected() == 1 })
}

// logged waits for a line of the process's log.
func (m *machine) logged(t *testing.T, from int, text string) {
	t.Helper()
	agenttest.WaitFor(t, text, func() bool { return strings.Contains(m.log.String()[from:], text) })
}

// kill ends the process as SIGKILL does: it writes and says nothing more.
func (m *machine) kill() {
	if m.child == nil {
		return
	}
	_ = m.child.Process.Kill()
	_ = m.child.Wait()
	m.child = nil
}

// slip is a print job with much to print, a QR code as a bitmap included.
func slip(id, number string) link.PrintJob {
	return link.PrintJob{
		Job: id, Ticket: "t-" + id, Expires: time.Now().Add(time.Minute),
		Lines: []link.PrintLine{
			{Text: number, Size: 4, Bold: true, Align: "center"},
			{Text: "您前面还有 6 位"},
			{QR: "http://127.0.0.1:8080/t/01JD3Q8Y5ZK6X9V2B7N4M1C0HG", Align: "center"},
			{Text: "末行 " + number},
			{Feed: 1},
		},
	}
}

// pieces counts the papers in the tray that begin and that end a ticket.
func (m *machine) pieces(number string) (begun, whole int) {
	for _, t := range m.printer.Tickets() {
		has := map[string]bool{}
		for _, l := range t.Lines {
			has[l.Text] = true
			has["picture"] = has["picture"] || l.Image && l.Height > 200
		}
		if has[number] {
			begun++
		}
		if has[number] && has["picture"] && has["末行 "+number] && t.Cut != "" {
			whole++
		}
	}
	return begun, whole
}

func TestAPowerCutNeverPrintsAJobTwice(t *testing.T) {
	const bitmapProfile = "snbc/bt-t080" // its QR codes are bitmaps, which swallow what follows when they end early
	for _, tt := range []struct {
		name    string
		cut     func(t *testing.T, m *machine)
		outcome link.PrintOutcome
		// begun and whole are the papers that may be in the tray.
		begun, whole int
	}{
		{"before the first byte", func(t *testing.T, m *machine) {
			m.wire.stopAfter(0)
			from := len(m.log.String())
			m.hall.Push(link.TypeTicketPrint, slip("j1", "A012"))
			m.logged(t, from, "print job begun")
		}, link.PrintUnknown, 0, 0},
		{"inside of a bitmap", func(_ *testing.T, m *machine) {
			held := m.wire.stopAfter(1500)
			m.hall.Push(link.TypeTicketPrint, slip("j1", "A012"))
			<-held
		}, link.PrintUnknown, 1, 0},
		{"after the last byte, before the report", func(_ *testing.T, m *machine) {
			held := m.wire.stopAnswers([]byte{0x1D, 0x72, 0x01})
			m.hall.Push(link.TypeTicketPrint, slip("j1", "A012"))
			<-held
		}, link.PrintUnknown, 1, 1},
		{"after the report, before its receipt", func(t *testing.T, m *machine) {
			m.hall.SetMute(link.TypePrintDone)
			m.hall.Push(link.TypeTicketPrint, slip("j1", "A012"))
			agenttest.WaitFor(t, "the report", func() bool { return len(m.hall.Up(link.TypePrintDone)) > 0 })
		}, link.PrintPrinted, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, bitmapProfile)
			m.run(t)
			tt.cut(t, m)
			m.kill()
			want := tt.outcome
			if tt.begun == 0 && strings.Contains(m.log.String(), "print job ended") {
				want = link.PrintFailed // the machine was so slow that the program gave up, with reason, before it was killed
			}
			m.wire.open()
			m.hall.SetMute("")
			m.hall.SetSnapshot(link.Snapshot{Prints: []link.PrintJob{slip("j1", "A012")}}) // it has had no report
			m.run(t)
			m.hall.Push(link.TypeTicketPrint, slip("j1", "A012"))
			m.hall.Push(link.TypeTicketPrint, slip("j2", "A013"))

			r := &rig{hall: m.hall}
			if got := r.report(t, "j2"); got.Outcome != link.PrintPrinted {
				t.Errorf("the next ticket is %s: %s", got.Outcome, got.Detail)
			}
			for _, got := range append(r.reports(t, "j1"), r.report(t, "j1")) {
				if got.Outcome != want {
					t.Errorf("the job is reported %s, want %s", got.Outcome, want)
				}
			}
			if begun, whole := m.pieces("A012"); begun != tt.begun || whole != tt.whole {
				t.Errorf("its paper began %d times and is whole %d times, want %d and %d", begun, whole, tt.begun, tt.whole)
			}
			if begun, whole := m.pieces("A013"); begun != 1 || whole != 1 {
				t.Errorf("the next paper began %d times and is whole %d times", begun, whole)
			}
		})
	}
}
