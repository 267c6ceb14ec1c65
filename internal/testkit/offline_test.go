package testkit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"smarthall/hall-server/server"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
	"smarthall/kiosk-agent/kiosk"
)

// machine is a kiosk of the demo hall with a fake printer.
type machine struct {
	t      *testing.T
	config *agent.Config
	fakes  agenttest.Devices
	kiosk  *kiosk.Kiosk
	stop   func()
}

// newMachine returns kiosk-1 of the hall at address; start starts it.
func newMachine(t *testing.T, address, token string) *machine {
	return &machine{t: t, config: &agent.Config{
		Agent: "kiosk-1", Hall: "ws://" + address + "/link", Token: token, Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute,
		Devices: []device.Config{{ID: "printer", Profile: "printer"}},
	}}
}

func (m *machine) start() {
	m.t.Helper()
	k, err := kiosk.New(kiosk.Options{Config: m.config, Open: m.fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		m.t.Fatal(err)
	}
	m.kiosk = k
	m.stop = agenttest.Start(m.t, k, k.Agent().Ready())
}

func (m *machine) waitOnline() {
	m.t.Helper()
	testkit.WaitFor(m.t, "the kiosk has its hall", func() bool {
		hall, ok := m.kiosk.Agent().Hall()
		return ok && hall.Offline != nil && m.kiosk.Agent().Client.Online()
	})
}

func (m *machine) waitAway() {
	m.t.Helper()
	testkit.WaitFor(m.t, "the hall is away", func() bool { return m.kiosk.Agent().Client.Away() })
}

// take takes the n-th citizen's ticket at the machine's page.
func (m *machine) take(n int) link.TicketView {
	m.t.Helper()
	page, _ := agenttest.Open(m.t, m.kiosk.Agent().Addr())
	defer page.Close()
	key := fmt.Sprintf("command-of-citizen-%d", n)
	page.Send(link.TypeTicketTake, key, link.TakeForSession{Service: "tax", Phone: fmt.Sprintf("138%08d", n)})
	var a link.Answer
	if got := page.Answer(key, &a); a.Ticket == nil {
		m.t.Fatalf("citizen %d got %s", n, got.Body)
	}
	return *a.Ticket
}

// waitPaper waits until n papers came out: a machine that is stopped while it
// prints rightly doesn't know what became of the paper.
func (m *machine) waitPaper(n int) {
	m.t.Helper()
	testkit.WaitFor(m.t, "the paper is out", func() bool { return len(m.fakes.Get("printer").Printed()) == n })
}

// left counts the tickets that the hall hasn't received.
func (m *machine) left() int {
	m.t.Helper()
	tickets, _, err := m.kiosk.Agent().Spool().Tickets(m.t.Context(), m.kiosk.Agent().Client.Now())
	if err != nil {
		m.t.Fatal(err)
	}
	return len(tickets)
}

// listen starts halls at a fixed address, so that the kiosk finds the next one.
func listen(address string) testkit.Option { return func(c *server.Config) { c.Listen = address } }

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// queued are the day's tickets in the order in which they were taken.
func queued(h *testkit.Running, token string) []link.TicketView {
	var list struct{ Tickets []link.TicketView }
	h.Must(200, testkit.Request{Method: "GET", Path: "/api/v1/tickets", Token: token}, &list)
	return list.Tickets
}

func TestTicketsOfAKioskWithoutItsHallAreMergedOnce(t *testing.T) {
	address := freeAddress(t)
	first := testkit.Hall(t, listen(address), testkit.Data(t.TempDir()))
	manager := first.Token("manager", "", "")
	m := newMachine(t, address, first.Token("kiosk", "", "kiosk-1"))
	m.start()
	m.waitOnline()
	online := m.take(1)
	m.waitPaper(1)
	first.Stop()
	m.waitAway()

	var given []link.TicketView
	for n := 2; n <= 3; n++ {
		given = append(given, m.take(n))
	}
	m.waitPaper(3)
	m.stop()
	m.start()
	m.waitAway()
	given = append(given, m.take(4))
	m.waitPaper(4)
	for i, want := range []string{"LA001", "LA002", "LA003"} {
		if given[i].Number != want || !given[i].Offline {
			t.Errorf("ticket %d is %+v, want %s", i+1, given[i], want)
		}
	}

	// While it was away the hall's clock was found to be 7 min slow.
	const slow = 7 * time.Minute
	right, began := m.kiosk.Agent().Client.Now().Add(slow), time.Now()
	next := testkit.Hall(t, listen(address), testkit.Data(first.Data), testkit.Clock(right))
	late := time.Since(began) // its clock stood still until it ran
	m.waitOnline()
	testkit.WaitFor(t, "the tickets are merged", func() bool { return m.left() == 0 })
	for range 2 { // the kiosk's line breaks, and breaks again: nothing is sent twice
		m.stop()
		m.start()
		m.waitOnline()
	}
	list := queued(next, manager)
	if len(list) != 4 || list[0].ID != online.ID {
		t.Fatalf("the hall has %d tickets, want 4: %+v", len(list), list)
	}
	for i, got := range list[1:] {
		want := given[i]
		if got.ID != want.ID || got.Number != want.Number || !got.Offline || got.Phone != want.Phone {
			t.Errorf("ticket %d is %+v, want %+v", i+1, got, want)
		}
		if off := got.TakenAt.Sub(want.TakenAt.Add(slow)).Abs(); off > late+2*time.Second {
			t.Errorf("%s was taken at %v by the hall's right clock, want %v", got.Number, got.TakenAt, want.TakenAt.Add(slow))
		}
	}
	testkit.WaitFor(t, "the hall knows of the paper", func() bool {
		for _, got := range queued(next, manager)[1:] {
			if got.Print != link.PrintPrinted {
				return false
			}
		}
		return true
	})
	if n := len(m.fakes.Get("printer").Printed()); n != 4 {
		t.Errorf("%d papers came out, want 4", n)
	}
}

// cutter passes bytes between a kiosk and its hall, and can keep back what the
// hall says.
type cutter struct {
	listener net.Listener
	// lost is what of the hall's words is lost: what contains it; nil is nothing.
	lost  atomic.Pointer[string]
	mu    sync.Mutex
	conns []net.Conn // guarded by mu
	wg    sync.WaitGroup
}

func newCutter(t *testing.T, hall string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: l}
	c.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.wg.Go(func() { c.join(conn, hall) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		c.cut()
		c.wg.Wait()
	})
	return c
}

func (c *cutter) join(agent net.Conn, hall string) {
	defer agent.Close()
	far, err := net.Dial("tcp", hall)
	if err != nil {
		return
	}
	defer far.Close()
	c.mu.Lock()
	c.conns = append(c.conns, agent, far)
	c.mu.Unlock()
	c.wg.Go(func() {
		_, _ = io.Copy(far, agent)
		_ = far.Close()
	})
	_, _ = io.Copy(muted{agent, &c.lost}, far)
}

// cut breaks every connection.
func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// lose makes the kiosk miss what the hall says with word in it.
func (c *cutter) lose(word string) { c.lost.Store(&word) }

// heal lets everything through again, over new connections.
func (c *cutter) heal() {
	c.lost.Store(nil)
	c.cut()
}

// muted loses some of what is written to it.
type muted struct {
	net.Conn
	lost *atomic.Pointer[string]
}

func (m muted) Write(data []byte) (int, error) {
	if lost := m.lost.Load(); lost != nil && strings.Contains(string(data), *lost) {
		return len(data), nil
	}
	return m.Conn.Write(data)
}

// program is the real hall-server, to be killed.
type program struct {
	t               *testing.T
	binary, address string
	data            string
	cmd             *exec.Cmd
}

func (p *program) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.binary, "--data", p.data, "--listen", p.address, "--clock", "2026-11-23T09:00:00+08:00")
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	testkit.WaitFor(p.t, "the program is ready", func() bool {
		res, err := http.Get("http://" + p.address + "/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

func (p *program) kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.cmd = nil
}

func (p *program) token(args ...string) string {
	p.t.Helper()
	out, err := exec.CommandContext(p.t.Context(), p.binary, append([]string{"token", "--data", p.data}, args...)...).Output()
	if err != nil {
		p.t.Fatalf("make a token: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func TestAHallKilledBetweenCommitAndReceiptAdoptsNothingTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	t.Cleanup(func() { goleak.VerifyNone(t) })
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	p := &program{t: t, binary: filepath.Join(t.TempDir(), "hall-server"), address: freeAddress(t), data: t.TempDir()}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", p.binary, "smarthall/hall-server")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	t.Cleanup(p.kill)
	manager := p.token("--role", "manager")
	p.start()
	line := newCutter(t, p.address)
	m := newMachine(t, line.listener.Addr().String(), p.token("--role", "kiosk", "--name", "kiosk-1"))
	m.start()
	m.waitOnline()
	p.kill()
	m.waitAway()
	for n := 1; n <= 3; n++ {
		m.take(n)
	}

	// The hall commits all three and dies before a receipt arrives.
	line.lose(string(link.TypeReceived))
	p.start()
	testkit.WaitFor(t, "the hall has committed", func() bool { return len(p.tickets(manager)) == 3 })
	p.kill()
	if n := m.left(); n != 3 {
		t.Fatalf("the kiosk keeps %d tickets without a receipt, want 3", n)
	}
	m.stop()
	line.heal()
	m.start()
	p.start()
	m.waitOnline()
	testkit.WaitFor(t, "the receipts arrive", func() bool { return m.left() == 0 })
	got := p.tickets(manager)
	if len(got) != 3 || got[0].Number != "LA001" || got[1].Number != "LA002" || got[2].Number != "LA003" {
		t.Errorf("the hall has %+v, want LA001 to LA003 once each", got)
	}
	m.stop()
}

// tickets are the day's.
func (p *program) tickets(token string) []link.TicketView {
	p.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+p.address+"/api/v1/tickets", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var list struct{ Tickets []link.TicketView }
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		p.t.Fatal(err)
	}
	return list.Tickets
}

func TestACitizenBeforeACutCableGetsOneTicket(t *testing.T) {
	h := testkit.Hall(t)
	manager := h.Token("manager", "", "")
	line := newCutter(t, strings.TrimPrefix(h.URL, "http://"))
	m := newMachine(t, line.listener.Addr().String(), h.Token("kiosk", "", "kiosk-1"))
	m.start()
	m.waitOnline()
	testkit.WaitFor(t, "the printer works", func() bool { return m.kiosk.Agent().Devices.All()[0].State() == device.Online })
	// Nothing of the hall arrives any more; the hall hears everything.
	line.lose("")
	given := m.take(1)
	if given.Number != "LA001" || !given.Offline {
		t.Fatalf("the citizen got %+v", given)
	}
	lost := queued(h, manager)
	if len(lost) != 1 || lost[0].State != "waiting" {
		t.Fatalf("the hall has %+v, want the ticket of the command it has heard", lost)
	}
	line.heal()
	testkit.WaitFor(t, "the ticket is merged", func() bool { return m.kiosk.Agent().Client.Online() && m.left() == 0 })
	states := map[string]string{}
	for _, got := range queued(h, manager) {
		states[got.Number] = got.State
	}
	if len(states) != 2 || states[lost[0].Number] != "cancelled" || states["LA001"] != "waiting" {
		t.Errorf("the hall has %v, want LA001 waiting and %s cancelled", states, lost[0].Number)
	}
	testkit.WaitFor(t, "the hall knows what became of both papers", func() bool {
		for _, got := range queued(h, manager) {
			if got.Print == "" {
				return false
			}
		}
		return true
	})
	if docs := m.fakes.Get("printer").Printed(); len(docs) != 1 || docs[0].Job != link.OfflinePrint(given.ID) {
		t.Errorf("%d papers came out, want that of LA001 only", len(docs))
	}
}
