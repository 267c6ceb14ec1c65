package hub_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/hub"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

func TestAnAgentMustBeWhoItsTokenSays(t *testing.T) {
	f := newFixture(t, options{})
	hello := func(change func(*link.Hello)) string {
		h := link.Hello{Versions: [2]int{1, 1}, Agent: "kiosk-1", Role: link.RoleKiosk}
		change(&h)
		return fmt.Sprintf(`{"type":"hello","body":{"versions":[%d,%d],"agent":%q,"role":%q}}`, h.Versions[0], h.Versions[1], h.Agent, h.Role)
	}
	tests := []struct {
		name, first, code string
	}{
		{"no JSON", "hello", "link.no-hello"},
		{"another message first", `{"type":"ticket.take","id":"1","body":{}}`, "link.no-hello"},
		{"a hello of the wrong shape", `{"type":"hello","body":[1]}`, "link.no-hello"},
		{"another role", hello(func(h *link.Hello) { h.Role = link.RoleDisplay }), "link.other-agent"},
		{"another name", hello(func(h *link.Hello) { h.Agent = "kiosk-2" }), "link.other-agent"},
		{"no name", hello(func(h *link.Hello) { h.Agent = "" }), "link.other-agent"},
		{"too new", hello(func(h *link.Hello) { h.Versions = [2]int{link.Version + 1, link.Version + 2} }), "link.version"},
		{"too old", hello(func(h *link.Hello) { h.Versions = [2]int{0, link.Version - 1} }), "link.version"},
		{"too long", `{"type":"hello","x":"` + strings.Repeat("x", link.MaxUp) + `"}`, "link.no-hello"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := f.dial("/link", who{role: access.Kiosk, name: "kiosk-1"})
			l.raw(tt.first)
			m, err := l.read(patience)
			if len(tt.first) > link.MaxUp {
				if !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
					t.Errorf("got %v, want a close that says too big", err)
				}
				return
			}
			var p link.Problem
			l.into(m, &p)
			if m.Type != link.TypeRefused || p.Code != tt.code || p.Detail == "" {
				t.Errorf("got %s %+v, want %s", m.Type, p, tt.code)
			}
			if _, err := l.read(patience); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
				t.Errorf("after the refusal: got %v, want a close", err)
			}
		})
	}
	if n := f.hub.Sessions(); n != 0 {
		t.Errorf("got %d sessions of refused agents", n)
	}
}

func TestOnlyAgentsTokensOpenTheLink(t *testing.T) {
	f := newFixture(t, options{})
	for _, w := range []who{
		{role: access.Manager, name: "zhou"},
		{role: access.Admin, name: "admin"},
		{role: access.Clerk, name: "li"}, // a clerk who signed in on a page: no window
		{},
	} {
		header := http.Header{"X-Role": {string(w.role)}, "X-Name": {w.name}}
		_, resp, err := websocket.DefaultDialer.Dial(f.url+"/link", header)
		if err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
			t.Errorf("%+v: got %v, want 403", w, resp)
		}
	}
	_, resp, err := websocket.DefaultDialer.Dial(f.url+"/board", http.Header{"Origin": {"http://elsewhere.example"}})
	if err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another site: got %v, want 403", resp)
	}
}

func TestASnapshotComesFirstAndDeltasAfterIt(t *testing.T) {
	f := newFixture(t, options{})
	f.take("T1", "tax")
	l, snap := f.join(who{role: access.Display, name: "display-1"})
	if len(snap.Services) != 9 || len(snap.Windows) != 12 || snap.Hall.Day != "2026-11-23" || snap.Prints != nil || snap.Queue != nil {
		t.Errorf("got %+v", snap)
	}
	if l.welcome.Resumed || l.welcome.Epoch == "" || l.welcome.Agent != "display-1" {
		t.Errorf("got %+v", l.welcome)
	}
	f.take("T2", "tax")
	l.until("two people waiting", func(m link.Message) bool {
		var c link.ServicesChanged
		if m.Type != link.TypeServicesChanged {
			return false
		}
		l.into(m, &c)
		return len(c.Services) == 1 && c.Services[0].ID == "tax" && c.Services[0].Waiting == 2
	})
	counter, snap := f.join(who{role: access.Clerk, name: "counter-4", window: "4"})
	if len(snap.Windows) != 1 || snap.Windows[0].ID != "4" || snap.Queue == nil || snap.Queue.Total != 2 || counter.welcome.Window != "4" {
		t.Errorf("counter: got %+v", snap)
	}
}

func TestAnAgentThatComesBackMissesNothingAndGetsNothingTwice(t *testing.T) {
	f := newFixture(t, options{})
	stays := f.display("display-1")
	goes := f.display("display-2")
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	type seen struct {
		Seq  uint64
		Type link.Type
	}
	var all, parts []seen
	collect := func(l *line, into *[]seen, last uint64) {
		t.Helper()
		for l.last < last {
			m := l.next()
			*into = append(*into, seen{m.Seq, m.Type})
		}
	}
	pauses := 0
	pause := func(l *line) uint64 { // a delta that can be told from all others
		pauses++
		text := fmt.Sprintf("暂停 %d", pauses)
		f.do(queue.Pause{Window: "4", Text: text})
		m := l.until(text, func(m link.Message) bool {
			keep := seen{m.Seq, m.Type}
			all = append(all, keep)
			return m.Type == link.TypeWindowChanged && strings.Contains(string(m.Body), text)
		})
		return m.Seq
	}
	for round := range 8 {
		mark := pause(stays)
		collect(goes, &parts, mark)
		_ = goes.ws.Close()
		for range round {
			mark = pause(stays)
		}
		had := goes.last
		goes = f.connect(who{role: access.Display, name: "display-2", epoch: goes.welcome.Epoch, last: had})
		if !goes.welcome.Resumed {
			t.Fatalf("round %d: not resumed", round)
		}
		goes.last = had // what comes must be beyond it
		collect(goes, &parts, mark)
	}
	if d := cmp.Diff(all, parts); d != "" {
		t.Errorf("the agent that came and went saw another stream (-stayed +went):\n%s", d)
	}
}

func TestAnAgentThatCannotResumeGetsASnapshot(t *testing.T) {
	f := newFixture(t, options{})
	l := f.display("display-1")
	for name, w := range map[string]who{
		"another epoch": {epoch: "01OTHER", last: l.last},
		"the future":    {epoch: l.welcome.Epoch, last: l.last + 1000},
	} {
		t.Run(name, func(t *testing.T) {
			w.role, w.name = access.Display, "display-2"
			if l, _ := f.join(w); l.welcome.Resumed {
				t.Error("resumed")
			}
		})
	}
	f.hub.Reset() // nothing before can be resumed
	l.want(link.TypeSnapshot)
	again, _ := f.join(who{role: access.Display, name: "display-3", epoch: l.welcome.Epoch, last: l.last - 1})
	if again.welcome.Resumed {
		t.Error("resumed over a change of the hall")
	}
}

func TestASlowReaderGetsAFreshSnapshotAndItsQueueStaysSmall(t *testing.T) {
	f := newFixture(t, options{narrow: true})
	slow := f.display("slow")
	shrink(t, slow)
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	const changes = 6 * hub.QueueLen
	for i := range changes {
		f.do(queue.Pause{Window: "4", Text: fmt.Sprintf("第 %d 次", i+1)})
		if n := f.hub.Queued(); n > hub.QueueLen {
			t.Fatalf("%d frames wait for one session", n)
		}
	}
	last := fmt.Sprintf("第 %d 次", changes)
	read, fresh := 0, false
	slow.until("the last change", func(m link.Message) bool {
		read++
		if m.Type == link.TypeSnapshot {
			fresh = true
		}
		return strings.Contains(string(m.Body), last)
	})
	if !fresh || read >= changes {
		t.Errorf("read %d messages for %d changes, a snapshot among them: %v", read, changes, fresh)
	}
	f.do(queue.Pause{Window: "4", Text: "之后"})
	slow.until("deltas go on", func(m link.Message) bool {
		return m.Type == link.TypeWindowChanged && strings.Contains(string(m.Body), "之后")
	})
}

// shrink makes the client's receive buffer small.
func shrink(t *testing.T, l *line) {
	t.Helper()
	if err := l.ws.NetConn().(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
}

func TestAStuckAgentDelaysNobody(t *testing.T) {
	f := newFixture(t, options{narrow: true})
	stuck := f.display("stuck")
	shrink(t, stuck)
	quick := f.display("quick")
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	for i := range 3 * hub.QueueLen {
		text := fmt.Sprintf("第 %d 次", i+1)
		f.do(queue.Pause{Window: "4", Text: text})
		// Who waited for the stuck one would wait for an hour.
		quick.until(text, func(m link.Message) bool { return strings.Contains(string(m.Body), text) })
	}
}

func TestAnswersAndDeltasDoNotMix(t *testing.T) {
	f := newFixture(t, options{narrow: true})
	slow := f.display("slow")
	shrink(t, slow)
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	const asked = 300
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range asked {
			text := fmt.Sprintf(`{"type":"no.such","id":"%d"}`, i)
			if slow.ws.WriteMessage(websocket.TextMessage, []byte(text)) != nil {
				return
			}
		}
	}()
	for i := range asked {
		f.do(queue.Pause{Window: "4", Text: strings.Repeat("长", 50) + fmt.Sprint(i)})
	}
	answers := 0
	slow.until("all answers, whole", func(m link.Message) bool {
		if m.Type == link.TypeError && m.Re == fmt.Sprint(answers) {
			answers++
		}
		return answers == asked
	})
	<-done
}

func TestANewerConnectionReplacesAnAgentsOldOne(t *testing.T) {
	f := newFixture(t, options{})
	old := f.kiosk("kiosk-1")
	for range 20 {
		next := f.kiosk("kiosk-1")
		for {
			_, err := old.read(patience)
			if err == nil {
				continue
			}
			var closed *websocket.CloseError
			if !errors.As(err, &closed) || !strings.Contains(closed.Text, "replaced") {
				t.Fatalf("the old connection: got %v, want a close that says why", err)
			}
			break
		}
		_ = old.ws.Close()
		old = next
	}
	if online, _ := f.reg.Online("kiosk-1"); !online || f.hub.Sessions() != 1 {
		t.Errorf("online %v with %d sessions", online, f.hub.Sessions())
	}
	old.ask(link.TypeTicketTake, "1", link.TakeTicket{Service: "tax", Channel: link.ChannelPhone})
	_ = old.ws.Close()
	waitFor(t, "the agent is offline", func() bool { online, _ := f.reg.Online("kiosk-1"); return !online })
}

// In the hall's own setting, by a clock that no other program delays.
func TestASilentAgentIsShownOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, options{memory: true})
		board := f.board()
		f.kiosk("kiosk-1") // reads nothing from now on, so it answers no ping
		begun := time.Now()
		alive := f.kiosk("kiosk-2")
		done := make(chan error, 1)
		go func() { // answers pings
			for {
				if _, err := alive.read(time.Hour); err != nil {
					done <- err
					return
				}
			}
		}()
		board.until("kiosk-1 is offline", func(m link.Message) bool {
			var a link.AgentView
			if m.Type != link.TypeAgentChanged {
				return false
			}
			board.into(m, &a)
			return a.ID == "kiosk-1" && !a.Online
		})
		if took := time.Since(begun); took < 2*link.HeartbeatEvery || took > 15*time.Second {
			t.Errorf("shown offline after %v, want within 15 s", took)
		}
		for time.Since(begun) < 10*time.Minute {
			m, err := board.read(patience)
			if err != nil {
				t.Fatal(err)
			}
			var a link.AgentView
			if m.Type == link.TypeAgentChanged {
				board.into(m, &a)
			}
			if a.ID == "kiosk-2" && !a.Online {
				t.Fatalf("the agent that answers is shown offline after %v", time.Since(begun))
			}
		}
		_ = alive.ws.Close()
		<-done
	})
}
