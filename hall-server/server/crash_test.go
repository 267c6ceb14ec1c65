package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The load of the crash test: what each of six windows serves, and eight
// kiosks that give tickets for all of it.
var (
	crashWindows  = []string{"1", "3", "5", "7", "10", "12"}
	crashServices = []string{
		"business-licence", "food-licence", "tax", "real-estate", "social-insurance", "social-card", "medical-insurance", "id-card", "exit-entry",
	}
)

const (
	crashKiosks = 8
	crashRounds = 7
)

// TestNothingAcknowledgedIsLostBySIGKILL runs the real program under load from
// eight kiosks and six windows, kills it at random moments and starts it again
// on the same data. Nothing acknowledged may be lost, no number given twice, no
// ticket be at two windows; a retried key gets its first answer; and the log
// alone explains the state.
func TestNothingAcknowledgedIsLostBySIGKILL(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and loads it for 20 s")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	h := newCrashHall(t, rand.New(rand.NewPCG(seed, 0)))
	h.start()
	load, stop := context.WithCancel(t.Context())
	defer stop()
	var group sync.WaitGroup
	for i := range crashKiosks {
		group.Go(func() { h.kiosk(load, i, rand.New(rand.NewPCG(seed, uint64(i)+1))) })
	}
	for i, w := range crashWindows {
		group.Go(func() { h.window(load, w, rand.New(rand.NewPCG(seed, uint64(i)+100))) })
	}
	for round := range crashRounds {
		time.Sleep(time.Duration(500+h.rand.IntN(2000)) * time.Millisecond) // the load runs
		// Once in a while a clean stop, so that a snapshot stands in between.
		if round == crashRounds/2 {
			h.end(syscall.SIGTERM)
		} else {
			h.end(syscall.SIGKILL)
		}
		h.gate.Lock() // what was under way has failed; nobody begins anew
		h.start()
		h.verify(fmt.Sprintf("round %d", round+1))
		h.gate.Unlock()
		if t.Failed() {
			break
		}
	}
	stop()
	group.Wait()
	h.verify("at the end")
	h.wantNothingUncertain()
	h.end(syscall.SIGTERM)
	h.verifyLog()
}

// crashHall is the program with the account of what it acknowledged.
type crashHall struct {
	t      *testing.T
	rand   *rand.Rand
	binary string
	data   string
	addr   string
	client *http.Client
	admin  string
	tokens map[string]string
	cmd    *exec.Cmd
	log    bytes.Buffer
	// gate is held for reading during a request, for writing while the program
	// is away.
	gate sync.RWMutex

	mu sync.Mutex
	// keys are the take requests by key with the ticket they got; nil is not
	// known yet.
	keys map[string]*taken
	// tickets are the same by id.
	tickets map[string]*taken
	// calling are the windows whose call-next has no answer yet.
	calling map[string]bool
	kills   int
}

// taken is a ticket as its kiosk and windows know it.
type taken struct {
	key, service string
	id, number   string
	// state and window are what was acknowledged last; maybe is what a request
	// without an answer may have made of it.
	state, window string
	maybe         []string
	// holder is the window that was told it has the ticket, begun the one whose
	// request is under way.
	holder, begun string
}

// unknown is the key of a ticket that was called before its kiosk had heard of
// it.
const unknown = "unknown"

func newCrashHall(t *testing.T, random *rand.Rand) *crashHall {
	t.Helper()
	h := &crashHall{
		t: t, rand: random, data: t.TempDir(), binary: filepath.Join(t.TempDir(), "hall-server"),
		client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}},
		tokens: make(map[string]string), keys: make(map[string]*taken), tickets: make(map[string]*taken), calling: make(map[string]bool),
	}
	t.Cleanup(h.client.CloseIdleConnections)
	build := exec.CommandContext(t.Context(), "go", "build", "-race", "-o", h.binary, "smarthall/hall-server")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range crashKiosks {
		name := fmt.Sprint("kiosk-", i)
		h.tokens[name] = h.token("--role", "kiosk", "--name", name)
	}
	for _, w := range crashWindows {
		h.tokens[w] = h.token("--role", "clerk", "--window", w)
	}
	h.admin = h.token("--role", "admin")
	t.Cleanup(func() {
		if h.cmd != nil {
			_ = h.cmd.Process.Kill()
			_ = h.cmd.Wait()
		}
		if t.Failed() {
			t.Logf("the program's last words:\n%s", tail(h.log.String(), 4000))
		}
	})
	return h
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

func (h *crashHall) token(args ...string) string {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), h.binary, append([]string{"token", "--data", h.data}, args...)...)
	cmd.Env = append(cmd.Environ(), "GORACE=atexit_sleep_ms=0") // or each takes a second
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("make a token: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// start runs the program until it is ready.
func (h *crashHall) start() {
	h.t.Helper()
	h.cmd = exec.Command(h.binary, "--data", h.data, "--listen", h.addr, "--clock", "2026-11-23T09:00:00+08:00")
	h.cmd.Stderr = &h.log
	if err := h.cmd.Start(); err != nil {
		h.t.Fatalf("start the program: %v", err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		res, err := h.client.Get("http://" + h.addr + "/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("the program doesn't get ready: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// end sends the program a signal and waits until it is gone.
func (h *crashHall) end(signal syscall.Signal) {
	h.t.Helper()
	if err := h.cmd.Process.Signal(signal); err != nil {
		h.t.Fatalf("signal the program: %v", err)
	}
	err := h.cmd.Wait()
	if signal == syscall.SIGTERM && err != nil {
		h.t.Errorf("a clean stop ended with %v", err)
	}
	if strings.Contains(h.log.String(), "DATA RACE") || strings.Contains(h.log.String(), "panic:") {
		h.t.Error("the program raced or panicked")
	}
	h.kills++
	h.cmd = nil
}

// ticket is the part of a ticket's view that counts here.
type ticket struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	State  string `json:"state"`
	Window string `json:"window"`
}

// request sends one request and decodes the answer into out.
func (h *crashHall) request(method, token, path, key string, body, out any) (int, error) {
	var payload io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		payload = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, "http://"+h.addr+"/api/v1"+path, payload)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := h.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if res.StatusCode >= 300 {
		return res.StatusCode, fmt.Errorf("%s %s: %s: %s", method, path, res.Status, data)
	}
	if out == nil || len(data) == 0 {
		return res.StatusCode, nil
	}
	return res.StatusCode, json.Unmarshal(data, out)
}

// insist sends a command again and again, under one key, until there is an
// answer. Only a program that is away or going may be the reason for another
// try.
func (h *crashHall) insist(token, path, key string, body, out any) int {
	for {
		h.gate.RLock()
		status, err := h.request(http.MethodPost, token, path, key, body, out)
		h.gate.RUnlock()
		if err == nil {
			return status
		}
		if status != 0 && status != http.StatusServiceUnavailable {
			h.t.Errorf("key %s: %v", key, err)
			return status
		}
		time.Sleep(5 * time.Millisecond) // it is being started
	}
}

// kiosk takes tickets and, now and then, sends an old request again.
func (h *crashHall) kiosk(ctx context.Context, i int, random *rand.Rand) {
	name := fmt.Sprint("kiosk-", i)
	var mine []string
	for n := 0; ctx.Err() == nil; n++ {
		if len(mine) > 0 && random.IntN(5) == 0 {
			h.retry(name, mine[random.IntN(len(mine))])
			continue
		}
		key := fmt.Sprintf("%s-%d", name, n)
		asked := &taken{key: key, service: crashServices[random.IntN(len(crashServices))]}
		h.mu.Lock()
		h.keys[key] = asked
		h.mu.Unlock()
		var got ticket
		if status := h.take(name, asked, &got); status >= 300 {
			return
		}
		mine = append(mine, key)
		h.note(asked, got)
	}
}

func (h *crashHall) take(name string, asked *taken, got *ticket) int {
	body := map[string]any{"service": asked.service, "channel": "staff"}
	return h.insist(h.tokens[name], "/tickets", asked.key, body, got)
}

// note keeps what a kiosk was told.
func (h *crashHall) note(asked *taken, got ticket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	asked.id, asked.number = got.ID, got.Number
	switch other := h.tickets[got.ID]; {
	case other == nil:
		asked.state = "waiting"
	case other.key == unknown:
		asked.state, asked.window, asked.maybe, asked.holder, asked.begun = other.state, other.window, other.maybe, other.holder, other.begun
	default:
		h.t.Errorf("keys %s and %s got one ticket", asked.key, other.key)
	}
	h.tickets[got.ID] = asked
}

func (h *crashHall) retry(name, key string) {
	h.mu.Lock()
	asked := h.keys[key]
	h.mu.Unlock()
	var got ticket
	if status := h.take(name, asked, &got); status < 300 && (got.ID != asked.id || got.Number != asked.number) {
		h.t.Errorf("key %s got %s first and %s later", key, asked.number, got.Number)
	}
}

// step is a verb with the state it leads to.
type step struct{ verb, state string }

// crashVisits are what may become of somebody who is called.
var crashVisits = [][]step{
	{{"arrive", "serving"}, {"finish", "finished"}},
	{{"arrive", "serving"}, {"finish", "finished"}},
	{{"arrive", "serving"}, {"finish", "finished"}},
	{{"no-show", "missed"}},
	{{"put-back", "waiting"}},
}

// window signs in and serves whoever comes.
func (h *crashHall) window(ctx context.Context, w string, random *rand.Rand) {
	token := h.tokens[w]
	if h.insist(token, "/windows/"+w+"/sign-in", "in-"+w, nil, nil) >= 300 {
		return
	}
	for n := 0; ctx.Err() == nil; n++ {
		key := func(verb string) string { return fmt.Sprintf("%s-%s-%d", verb, w, n) }
		var called struct {
			Ticket ticket `json:"ticket"`
		}
		h.mu.Lock()
		h.calling[w] = true
		h.mu.Unlock()
		status := h.insist(token, "/windows/"+w+"/call-next", key("call"), nil, &called)
		if status >= 300 {
			return
		}
		if status == http.StatusNoContent {
			h.mu.Lock()
			h.calling[w] = false
			h.mu.Unlock()
			time.Sleep(time.Millisecond)
			continue
		}
		h.hold(w, called.Ticket)
		id := called.Ticket.ID
		for _, s := range crashVisits[random.IntN(len(crashVisits))] {
			h.begin(w, id, s.state)
			if h.insist(token, "/tickets/"+id+"/"+s.verb, key(s.verb), nil, nil) >= 300 {
				return
			}
			h.settle(w, id, s.state)
		}
	}
}

// hold notes that w was told it has a ticket.
func (h *crashHall) hold(w string, got ticket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calling[w] = false
	t := h.tickets[got.ID]
	if t == nil {
		t = &taken{key: unknown, id: got.ID, number: got.Number}
		h.tickets[got.ID] = t
	}
	if t.holder != "" {
		h.t.Errorf("%s is at windows %s and %s", got.Number, t.holder, w)
	}
	t.holder, t.begun, t.window, t.state, t.maybe = w, "", w, "called", nil
}

// begin notes what a verb that w now sends would make of a ticket.
func (h *crashHall) begin(w, id, state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.tickets[id]
	t.begun, t.maybe = w, []string{state}
	if state != "serving" {
		t.holder = "" // another window may have it before the answer is here
	}
}

// settle notes that w's verb was acknowledged. After a put-back another window
// may have the ticket already.
func (h *crashHall) settle(w, id, state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tickets[id]; t.begun == w {
		t.state, t.maybe, t.begun = state, nil, ""
		if state == "waiting" {
			t.window = ""
		}
	}
}
