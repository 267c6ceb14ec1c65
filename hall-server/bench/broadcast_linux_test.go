package bench_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/hub"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

const (
	blocks = 3 // hub and bare writes in turn
	calls  = 7 // in each
	mark   = `"type":"ticket.called"`
)

// BenchmarkBroadcast measures a call to many displays beside bare writes of the
// same bytes to as many sockets, and what an idle agent costs.
func BenchmarkBroadcast(b *testing.B) {
	limit, err := raiseLimit()
	if err != nil {
		b.Fatal(err)
	}
	rows := []string{"agents\tbare writes\thub\tof bare writes\tKiB per idle agent"}
	for _, n := range []int{1000, 10000} {
		if n > limit-500 {
			fmt.Printf("only %d sockets may be open: %d agents instead of %d\n", limit, limit-500, n)
			n = limit - 500
		}
		var ratios, memory []float64
		var hubs, bares []time.Duration
		for range blocks {
			f := newFloor(b, false)
			took, each, bytes := f.broadcast(n)
			f.close()
			bare := bareBroadcast(b, n, bytes)
			ratios = append(ratios, float64(took)/float64(bare))
			memory = append(memory, each)
			hubs, bares = append(hubs, took), append(bares, bare)
		}
		rows = append(rows, fmt.Sprintf("%d\t%s\t%s\t%.2f\t%.1f", n, ms(median(bares)), ms(median(hubs)), median(ratios), median(memory)))
		b.ReportMetric(median(ratios), fmt.Sprintf("of-bare-%d", n))
		b.ReportMetric(median(memory), fmt.Sprintf("KiB-per-agent-%d", n))
	}
	table("A call to every display, until the last has it (aims: 1.30 of bare writes, 12 KiB per idle agent)", rows...)
}

// BenchmarkStuckAgent measures the same call with and without a display that
// reads nothing.
func BenchmarkStuckAgent(b *testing.B) {
	const n = 100
	rows := []string{"displays\tstuck\tlast receipt"}
	var without, with []time.Duration
	for range blocks {
		for _, stuck := range []bool{false, true} {
			f := newFloor(b, true)
			f.clients.ask("connect %s %d display", f.addr, n)
			f.arrived(n)
			if stuck {
				f.clients.ask("stick %s stuck", f.addr)
				f.arrived(n + 1)
			}
			for i := range 400 { // until the stuck one's buffers and queue are full
				f.do(queue.Pause{Window: "4", Text: strconv.Itoa(i)})
			}
			f.do(queue.Continue{Window: "4"})
			took := f.calls(calls)
			if stuck {
				with = append(with, took)
			} else {
				without = append(without, took)
			}
			f.close()
		}
	}
	rows = append(rows, fmt.Sprintf("%d\t0\t%s", n, ms(median(without))), fmt.Sprintf("%d\t1\t%s", n, ms(median(with))))
	table("A call beside an agent that reads nothing (aim: no difference)", rows...)
	b.ReportMetric(float64(median(with))/float64(median(without)), "with-stuck")
}

// floor is a hub with a core and its clients in another process.
type floor struct {
	b       *testing.B
	hub     *hub.Hub
	core    *core.Core
	addr    string
	clients *remote
	close   func()
	number  int
}

// newFloor starts a hub on the demo hall. Its data are in memory if they can
// be: the disk has a benchmark of its own. With narrow, the server's send
// buffers are small.
func newFloor(b *testing.B, narrow bool) *floor {
	ctx, cancel := context.WithCancel(context.Background())
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	dir, err := os.MkdirTemp(memory(), "smarthall-bench-")
	must(err)
	db, err := store.Open(ctx, filepath.Join(dir, "hall.db"))
	must(err)
	live, err := hall.Open(filepath.Join(dir, "hall.yaml"), hall.Demo)
	must(err)
	log := slog.New(slog.DiscardHandler)
	c, err := core.Open(ctx, core.Config{Journal: db, Clock: time.Now, Log: log, Promise: estimate.Plain})
	must(err)
	reg := registry.New()
	h := hub.New(hub.Config{
		Core: c, View: &view.Viewer{Hall: live, Registry: reg}, Registry: reg, Door: access.NewDoor(live),
		Vault: privacy.NewVault(make([]byte, 32)), Log: log,
		Heartbeat: time.Minute, // pings have no counterpart among bare writes
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	f := &floor{b: b, hub: h, core: c, addr: listener.Addr().String(), clients: startClients(b)}
	if narrow {
		listener = narrowed{listener}
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims := access.Claims{Role: access.Display, Subject: r.Header.Get("X-Agent")}
		h.ServeAgent(w, r.WithContext(access.With(r.Context(), claims)))
	})}
	done := make(chan error, 3)
	hubCtx, stopHub := context.WithCancel(ctx)
	go func() { done <- c.Run(ctx) }()
	f.do(queue.Configure{Config: live.Hall().Queue()})
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	go func() { done <- h.Run(hubCtx) }()
	go func() { _ = server.Serve(listener) }()
	f.close = func() {
		f.clients.stop()
		stopHub()
		must(<-done)
		_ = server.Close()
		cancel()
		must(<-done)
		must(db.Close())
		must(os.RemoveAll(dir))
	}
	return f
}

// memory is a folder that is in memory, or "" if this machine has none.
func memory() string {
	const shm = "/dev/shm"
	if info, err := os.Stat(shm); err == nil && info.IsDir() {
		return shm
	}
	return ""
}

// narrowed is a listener whose connections can't send much ahead.
type narrowed struct{ net.Listener }

func (n narrowed) Accept() (net.Conn, error) {
	conn, err := n.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return conn, conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
}

func (f *floor) do(cmd queue.Command) {
	f.b.Helper()
	if _, err := f.core.Do(context.Background(), core.Request{Actor: "bench", Command: cmd}); err != nil {
		f.b.Fatal(err)
	}
}

// arrived waits until n agents are connected and nothing is on its way.
func (f *floor) arrived(n int) {
	f.b.Helper()
	for deadline := time.Now().Add(time.Minute); f.hub.Sessions() < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.b.Fatalf("%d of %d agents came", f.hub.Sessions(), n)
		}
	}
	quiet()
}

// quiet lets everything that is on its way arrive.
func quiet() { time.Sleep(500 * time.Millisecond) }

// broadcast connects n displays and calls tickets; it returns the median time
// to the last receipt, what each agent keeps in memory in KiB, and the bytes
// that went to each.
func (f *floor) broadcast(n int) (took time.Duration, each float64, bytes []byte) {
	before := inUse()
	f.clients.ask("connect %s %d display", f.addr, n)
	f.arrived(n)
	each = float64(inUse()-before) / float64(n) / 1024
	bytes = f.sample()
	return f.calls(calls), each, bytes
}

// inUse is the memory of heap and stacks after a collection.
func inUse() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// calls calls n tickets one after another and returns the median time to the
// last receipt.
func (f *floor) calls(n int) time.Duration {
	var all []time.Duration
	for range n {
		id := f.waiting()
		quiet()
		result := f.clients.await()
		begun := monotonic()
		f.do(queue.CallNext{Window: "4"})
		all = append(all, time.Duration(result()-begun))
		quiet()
		f.served(id)
	}
	return median(all)
}

// waiting takes a ticket; served ends its visit.
func (f *floor) waiting() queue.TicketID {
	f.number++
	id := queue.TicketID(fmt.Sprintf("01KAS1Q4S0Z0V5M9Y3W8%06d", f.number))
	f.do(queue.TakeTicket{ID: id, Service: "tax", Channel: "phone"})
	return id
}

func (f *floor) served(id queue.TicketID) {
	f.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: id, Window: "4"})
	f.do(queue.Finish{Ticket: id, Window: "4"})
}

// sample is what one call sends to a display: the frames of the call and of its
// window, as they are on the wire.
func (f *floor) sample() []byte {
	ws, resp, err := websocket.DefaultDialer.Dial("ws://"+f.addr+"/link", http.Header{"X-Agent": {"sample"}})
	if err != nil {
		f.b.Fatal(err)
	}
	defer ws.Close()
	_ = resp.Body.Close()
	hello, err := link.New(link.TypeHello, time.Now(), link.Hello{Versions: [2]int{1, 1}, Agent: "sample", Role: link.RoleDisplay})
	if err != nil {
		f.b.Fatal(err)
	}
	if err := ws.WriteJSON(hello); err != nil {
		f.b.Fatal(err)
	}
	id := f.waiting()
	quiet()
	f.do(queue.CallNext{Window: "4"})
	var out []byte
	for {
		_, text, err := ws.ReadMessage()
		if err != nil {
			f.b.Fatal(err)
		}
		if len(out) > 0 || strings.Contains(string(text), mark) {
			out = append(out, framed(text)...)
		}
		if len(out) > 0 && strings.Contains(string(text), `"window.changed"`) {
			break
		}
	}
	quiet()
	f.served(id)
	return out
}

// framed is a server's frame around text.
func framed(text []byte) []byte {
	head := []byte{0x81, 126}
	return append(binary.BigEndian.AppendUint16(head, uint16(len(text))), text...)
}

// bareBroadcast writes data to n sockets in a loop and returns the median time
// to the last receipt.
func bareBroadcast(b *testing.B, n int, data []byte) time.Duration {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	cs := startClients(b)
	defer cs.stop()
	conns := make([]net.Conn, 0, n)
	accepted := make(chan error, 1)
	go func() {
		for range n {
			conn, err := listener.Accept()
			if err != nil {
				accepted <- err
				return
			}
			conns = append(conns, conn)
		}
		accepted <- nil
	}()
	cs.ask("connect %s %d -", listener.Addr(), n)
	if err := <-accepted; err != nil {
		b.Fatal(err)
	}
	defer func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	var all []time.Duration
	for range calls {
		quiet()
		result := cs.await()
		begun := monotonic()
		for _, conn := range conns {
			if _, err := conn.Write(data); err != nil {
				b.Fatal(err)
			}
		}
		all = append(all, time.Duration(result()-begun))
	}
	return median(all)
}

// remote is the process of the clients.
type remote struct {
	b     *testing.B
	cmd   *exec.Cmd
	in    *bufio.Writer
	out   *bufio.Scanner
	close func() error
}

func startClients(b *testing.B) *remote {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), clientRole+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	return &remote{b: b, cmd: cmd, in: bufio.NewWriter(in), out: bufio.NewScanner(out), close: in.Close}
}

func (r *remote) stop() {
	_ = r.close()
	if err := r.cmd.Wait(); err != nil {
		r.b.Errorf("clients: %v", err)
	}
}

// ask sends a command and waits until it is done.
func (r *remote) ask(format string, args ...any) {
	r.b.Helper()
	r.send(format, args...)
	r.expect("ok")
}

func (r *remote) send(format string, args ...any) {
	r.b.Helper()
	fmt.Fprintf(r.in, format+"\n", args...)
	if err := r.in.Flush(); err != nil {
		r.b.Fatalf("tell the clients: %v", err)
	}
}

func (r *remote) expect(prefix string) string {
	r.b.Helper()
	if !r.out.Scan() || !strings.HasPrefix(r.out.Text(), prefix) {
		r.b.Fatalf("the clients said %q, want %s: %v", r.out.Text(), prefix, r.out.Err())
	}
	return strings.TrimSpace(strings.TrimPrefix(r.out.Text(), prefix))
}

// await makes the clients watch for the mark; the function it returns waits
// until all have it and tells when that was.
func (r *remote) await() func() int64 {
	r.b.Helper()
	r.send("await %s", mark)
	r.expect("ready")
	return func() int64 {
		r.b.Helper()
		at, err := strconv.ParseInt(r.expect("at"), 10, 64)
		if err != nil {
			r.b.Fatal(err)
		}
		return at
	}
}
