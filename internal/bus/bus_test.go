package bus_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/bus"
)

var key = make([]byte, 32)

// admit lets halls in whose password is their name backwards.
func admit(user, password string) (string, bool) {
	return user, strings.HasPrefix(user, "hall-") && password == "pw-"+user
}

func hub(t *testing.T, dir, leaves string) *bus.Bus {
	t.Helper()
	b, err := bus.Start(bus.Config{Domain: "platform", Key: key, Dir: dir, Leaves: leaves, Admit: admit, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func leaf(t *testing.T, name, dir, hub string) *bus.Bus {
	t.Helper()
	b, err := bus.Start(bus.Config{
		Domain: name, Key: key, Dir: dir, Hub: "nats-leaf://" + name + ":pw-" + name + "@" + hub, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Ensure(t.Context(), bus.StreamUp); err != nil {
		t.Fatal(err)
	}
	return b
}

func closed(t *testing.T, b *bus.Bus) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// ledger is a follower's data: what was taken, and the cursor with it.
type ledger struct {
	mu     sync.Mutex
	cursor bus.Cursor
	seen   map[string]int
	order  []string
	fail   func() bool // makes taking fail, before or after it was noted
}

func (l *ledger) take(_ context.Context, m bus.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil && l.fail() {
		return fmt.Errorf("no")
	}
	l.seen[m.ID]++
	if l.seen[m.ID] == 1 {
		l.order = append(l.order, m.ID)
	}
	l.cursor = m.Cursor
	return nil
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.order)
}

func (l *ledger) at() bus.Cursor {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cursor
}

func newLedger() *ledger { return &ledger{seen: map[string]int{}} }

// proxy is a line between two addresses that can be cut.
type proxy struct {
	net.Listener
	to string

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, to: to, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close(); p.cut(true) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.carry(c)
		}
	}()
	return p
}

func (p *proxy) carry(c net.Conn) {
	defer c.Close()
	d, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer d.Close()
	p.mu.Lock()
	if p.down {
		p.mu.Unlock()
		return
	}
	p.conns[c], p.conns[d] = true, true
	p.mu.Unlock()
	go func() { _, _ = io.Copy(d, c); _ = d.Close() }()
	_, _ = io.Copy(c, d)
}

func (p *proxy) cut(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

func TestBothSidesHearEachOtherInOrder(t *testing.T) {
	platform := hub(t, t.TempDir(), "127.0.0.1:0")
	defer closed(t, platform)
	if err := platform.Ensure(t.Context(), bus.StreamFor("hall-1")); err != nil {
		t.Fatal(err)
	}
	hall := leaf(t, "hall-1", t.TempDir(), platform.LeavesAddr())
	defer closed(t, hall)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	up, down := newLedger(), newLedger()
	wg.Go(func() { _ = platform.Follow(ctx, "hall-1", bus.StreamUp, bus.Cursor{}, up.take) })
	wg.Go(func() { _ = hall.Follow(ctx, "platform", bus.StreamFor("hall-1"), bus.Cursor{}, down.take) })
	for i := range 200 {
		if err := hall.Publish(ctx, bus.StreamUp, "visit.finished", fmt.Sprint("u", i), []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if err := platform.Publish(ctx, bus.StreamFor("hall-1"), "appointment.booked", fmt.Sprint("d", i), []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	if err := hall.Publish(ctx, bus.StreamUp, "visit.finished", "u0", []byte("{}")); err != nil {
		t.Errorf("the same message again: %v", err)
	}
	eventually(t, "all messages", func() bool { return up.count() == 200 && down.count() == 200 })
	for i := range 200 {
		if up.order[i] != fmt.Sprint("u", i) || down.order[i] != fmt.Sprint("d", i) {
			t.Fatalf("message %d is %s up and %s down", i, up.order[i], down.order[i])
		}
	}
}

func TestStrangersStayOutAndHallsReadNothingOfOthers(t *testing.T) {
	platform := hub(t, t.TempDir(), "127.0.0.1:0")
	defer closed(t, platform)
	for _, h := range []string{"hall-1", "hall-2"} {
		if err := platform.Ensure(t.Context(), bus.StreamFor(h)); err != nil {
			t.Fatal(err)
		}
	}
	if err := platform.Publish(t.Context(), bus.StreamFor("hall-1"), "appointment.booked", "1", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	stranger, err := bus.Start(bus.Config{
		Domain: "hall-9", Key: key, Dir: t.TempDir(), Hub: "nats-leaf://hall-9:guess@" + platform.LeavesAddr(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, stranger)
	one, two := leaf(t, "hall-1", t.TempDir(), platform.LeavesAddr()), leaf(t, "hall-2", t.TempDir(), platform.LeavesAddr())
	defer closed(t, one)
	defer closed(t, two)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	mine, theirs, nobodys := newLedger(), newLedger(), newLedger()
	wg.Go(func() { _ = one.Follow(ctx, "platform", bus.StreamFor("hall-1"), bus.Cursor{}, mine.take) })
	wg.Go(func() { _ = two.Follow(ctx, "platform", bus.StreamFor("hall-1"), bus.Cursor{}, theirs.take) })
	wg.Go(func() { _ = stranger.Follow(ctx, "platform", bus.StreamFor("hall-1"), bus.Cursor{}, nobodys.take) })
	wg.Go(func() { _ = two.Follow(ctx, "hall-1", bus.StreamUp, bus.Cursor{}, theirs.take) })
	if err := one.Publish(ctx, bus.StreamUp, "visit.finished", "2", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the hall's own message", func() bool { return mine.count() == 1 })
	time.Sleep(1500 * time.Millisecond) // the others try once more
	if theirs.count() != 0 || nobodys.count() != 0 || stranger.Linked() {
		t.Errorf("another hall read %d messages, a stranger %d, linked %v", theirs.count(), nobodys.count(), stranger.Linked())
	}
}

// TestNothingIsLostOrDoubledWhileTheLinkIsCut cuts the line again and again
// while both sides publish, restarts each side, and makes followers fail.
func TestNothingIsLostOrDoubledWhileTheLinkIsCut(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir()}
	platform := hub(t, dirs[0], "127.0.0.1:0")
	addr := platform.LeavesAddr()
	if err := platform.Ensure(t.Context(), bus.StreamFor("hall-1")); err != nil {
		t.Fatal(err)
	}
	line := newProxy(t, addr)
	hall := leaf(t, "hall-1", dirs[1], line.Addr().String())
	rnd := rand.New(rand.NewPCG(7, 7))
	up, down := newLedger(), newLedger()
	var coin sync.Mutex
	sometimes := func() bool { coin.Lock(); defer coin.Unlock(); return rnd.IntN(400) == 0 }
	up.fail, down.fail = sometimes, sometimes
	follow := func() (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = platform.Follow(ctx, "hall-1", bus.StreamUp, up.at(), up.take) })
		wg.Go(func() { _ = hall.Follow(ctx, "platform", bus.StreamFor("hall-1"), down.at(), down.take) })
		return func() { cancel(); wg.Wait() }
	}
	const rounds, each = 6, 150
	for round := range rounds {
		stop := follow()
		for i := range each {
			if i == each/3 {
				line.cut(true)
			}
			if i == 2*each/3 {
				line.cut(false)
			}
			id := fmt.Sprintf("%d-%03d", round, i)
			if err := hall.Publish(t.Context(), bus.StreamUp, "visit", id, []byte(id)); err != nil {
				t.Fatal(err)
			}
			if err := platform.Publish(t.Context(), bus.StreamFor("hall-1"), "booking", id, []byte(id)); err != nil {
				t.Fatal(err)
			}
		}
		stop()
		switch round {
		case 1:
			closed(t, hall)
			hall = leaf(t, "hall-1", dirs[1], line.Addr().String())
		case 3:
			closed(t, platform)
			platform = hub(t, dirs[0], addr)
		}
	}
	stop := follow()
	eventually(t, "all messages", func() bool { return up.count() == rounds*each && down.count() == rounds*each })
	stop()
	closed(t, hall)
	closed(t, platform)
	for name, l := range map[string]*ledger{"up": up, "down": down} {
		n := 0
		for round := range rounds {
			for i := range each {
				id := fmt.Sprintf("%d-%03d", round, i)
				if l.order[n] != id || l.seen[id] != 1 {
					t.Fatalf("%s: message %d is %s, %s came %d times", name, n, l.order[n], id, l.seen[id])
				}
				n++
			}
		}
	}
}

func TestAStreamMadeAnewIsFollowedFromItsBeginning(t *testing.T) {
	one := hub(t, t.TempDir(), "")
	if err := one.Ensure(t.Context(), bus.StreamUp); err != nil {
		t.Fatal(err)
	}
	if err := one.Publish(t.Context(), bus.StreamUp, "a", "1", nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l := newLedger()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = one.Follow(ctx, "platform", bus.StreamUp, bus.Cursor{Epoch: "old", Seq: 900}, l.take)
	}()
	eventually(t, "the first message", func() bool { return l.count() == 1 })
	cancel()
	<-done
	closed(t, one)
}

func TestAStreamMadeAnewBehindItsFollowerLosesNothing(t *testing.T) {
	platform := hub(t, t.TempDir(), "127.0.0.1:0")
	defer closed(t, platform)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	l := newLedger()
	wg.Go(func() { _ = platform.Follow(ctx, "hall-1", bus.StreamUp, bus.Cursor{}, l.take) })
	for life := range 2 {
		hall := leaf(t, "hall-1", t.TempDir(), platform.LeavesAddr())
		// The second life says more than the first, so that a follower that goes
		// on where it was would hear only a part.
		for i := range 5 + 5*life {
			if err := hall.Publish(ctx, bus.StreamUp, "visit", fmt.Sprintf("%d-%d", life, i), nil); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "all of this life", func() bool { return l.count() == 5+10*life })
		closed(t, hall)
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	for name, conf := range map[string]bus.Config{
		"no key":               {Domain: "a", Dir: t.TempDir()},
		"no domain":            {Dir: t.TempDir()},
		"a domain with a dot":  {Domain: "a.b", Dir: t.TempDir()},
		"a wildcard":           {Domain: ">", Dir: t.TempDir()},
		"no port for leaves":   {Domain: "a", Dir: t.TempDir(), Leaves: "127.0.0.1"},
		"a hub that is no URL": {Domain: "a", Dir: t.TempDir(), Hub: "nats-leaf://a:b@[::1"},
	} {
		conf.Log = slog.New(slog.DiscardHandler)
		if name != "no key" {
			conf.Key = key
		}
		if b, err := bus.Start(conf); err == nil {
			t.Errorf("%s: started", name)
			closed(t, b)
		}
	}
}

func TestStreamsAreUnreadableWithoutTheKey(t *testing.T) {
	dir := t.TempDir()
	b := hub(t, dir, "")
	if err := b.Ensure(t.Context(), bus.StreamUp); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(t.Context(), bus.StreamUp, "booking", "1", []byte("330102199001010017")); err != nil {
		t.Fatal(err)
	}
	closed(t, b)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("330102199001010017")) {
			t.Errorf("%s holds a person's number in clear", d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
