package proof_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
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

// process is a program that can be killed and started again.
type process struct {
	t     *testing.T
	name  string
	make  func() *exec.Cmd
	ready func() bool

	mu  sync.Mutex
	log bytes.Buffer // guarded by mu
	cmd *exec.Cmd
}

// Write implements io.Writer: what the program says.
func (p *process) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(data)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

func (p *process) start() {
	p.t.Helper()
	p.cmd = p.make()
	p.cmd.Stderr = p
	if err := p.cmd.Start(); err != nil {
		p.t.Fatalf("start %s: %v", p.name, err)
	}
	eventually(p.t, p.name+" is ready", p.ready)
}

func (p *process) end(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("signal %s: %v", p.name, err)
	}
	err := p.cmd.Wait()
	if s == syscall.SIGTERM && err != nil {
		p.t.Errorf("a clean stop of %s ended with %v", p.name, err)
	}
	if said := p.said(); strings.Contains(said, "DATA RACE") || strings.Contains(said, "panic:") {
		p.t.Errorf("%s raced or panicked", p.name)
	}
	p.cmd = nil
}

func (p *process) clean() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
	if said := p.said(); p.t.Failed() {
		p.t.Logf("the last words of %s:\n%s", p.name, said[max(0, len(said)-4000):])
	}
}

// patience is how long the two sides may take to agree; a cut of minutes takes
// its time to be caught up on.
var patience = time.Minute

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// hallProcess is the real hall-server with its load.
type hallProcess struct {
	process
	binary, data, addr, admin string
	// clerks are the tokens of windows.
	clerks map[string]string
	client *http.Client
}

func newHall(t *testing.T, platform string) *hallProcess {
	t.Helper()
	h := &hallProcess{
		binary: hallBinary(t), data: t.TempDir(), addr: freeAddr(t),
		client: &http.Client{Timeout: 10 * time.Second},
	}
	out, err := exec.CommandContext(t.Context(), h.binary, "token", "--data", h.data, "--role", "admin").Output()
	if err != nil {
		t.Fatalf("make a token: %v", err)
	}
	h.admin, h.clerks = strings.TrimSpace(string(out)), map[string]string{}
	for _, window := range []string{"1", "4", "8"} {
		out, err := exec.CommandContext(t.Context(), h.binary, "token", "--data", h.data, "--role", "clerk", "--window", window, "--name", "counter-"+window).Output()
		if err != nil {
			t.Fatalf("make a token: %v", err)
		}
		h.clerks[window] = strings.TrimSpace(string(out))
	}
	h.process = process{
		t: t, name: "the hall", ready: func() bool {
			res, err := h.client.Get("http://" + h.addr + "/readyz")
			return err == nil && res.Body.Close() == nil && res.StatusCode == http.StatusOK
		},
		make: func() *exec.Cmd {
			cmd := exec.Command(h.binary, "--data", h.data, "--listen", h.addr, "--clock", "2026-11-23T09:00:00+08:00",
				"--platform-pages", "http://127.0.0.1:9")
			cmd.Env = append(cmd.Environ(), "SMARTHALL_PLATFORM=nats-leaf://"+hallID+":"+hallToken+"@"+platform)
			return cmd
		},
	}
	t.Cleanup(h.clean)
	t.Cleanup(h.client.CloseIdleConnections)
	return h
}

// built is the hall-server of all tests, in a folder that TestMain makes.
var built struct {
	sync.Mutex
	dir, binary string
}

// hallBinary builds the hall-server, once.
func hallBinary(t *testing.T) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if built.binary != "" {
		return built.binary
	}
	binary := filepath.Join(built.dir, "hall-server")
	args := []string{"build", "-o", binary, "smarthall/hall-server"}
	if raced {
		args = append([]string{"build", "-race"}, args[1:]...)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("build the hall-server: %v\n%s", err, out)
	}
	built.binary = binary
	return binary
}

// freeAddr is an address of this machine that nobody listens at.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// post sends a command; body and out may be nil.
func (h *hallProcess) post(ctx context.Context, path string, body, out any) error {
	if body == nil {
		body = struct{}{} // some operations want an object
	}
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+h.addr+"/api/v1"+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+h.admin)
	req.Header.Set("Content-Type", "application/json")
	res, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s: %s %s", path, res.Status, answer)
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// visits runs a window until ctx ends: people come, are called, served, and
// rate. What fails while the hall is away isn't tried again: the hall's log is
// the truth.
func (h *hallProcess) visits(ctx context.Context, window, service string) {
	for ctx.Err() == nil {
		if err := h.visit(ctx, window, service); err != nil {
			_ = h.post(ctx, "/windows/"+window+"/sign-in", map[string]any{"staff": "li"}, nil)
			sleep(ctx, 20*time.Millisecond)
		}
		sleep(ctx, 10*time.Millisecond)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (h *hallProcess) visit(ctx context.Context, window, service string) error {
	if err := h.post(ctx, "/tickets", map[string]any{"service": service, "channel": "staff"}, nil); err != nil {
		return err
	}
	var called struct {
		Ticket struct{ ID string }
	}
	err := h.post(ctx, "/windows/"+window+"/call-next", nil, &called)
	if err != nil || called.Ticket.ID == "" {
		// Somebody may be at the window since before a restart.
		var list struct {
			Tickets []struct{ ID, State, Window string }
		}
		if err := h.get(ctx, "/tickets", &list); err != nil {
			return err
		}
		for _, t := range list.Tickets {
			if t.Window == window && (t.State == "called" || t.State == "serving") {
				called.Ticket.ID = t.ID
			}
		}
	}
	if called.Ticket.ID == "" {
		return err
	}
	at := "/tickets/" + called.Ticket.ID
	_ = h.post(ctx, at+"/arrive", nil, nil) // it may have been done before a restart
	h.receive(ctx, window, called.Ticket.ID)
	if err := h.post(ctx, at+"/finish", nil, nil); err != nil {
		return err
	}
	return h.post(ctx, at+"/rate", map[string]any{"score": 5}, nil)
}

func (h *hallProcess) get(ctx context.Context, path string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.addr+"/api/v1"+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+h.admin)
	res, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(out)
}
