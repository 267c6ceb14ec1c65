package bus_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"smarthall/internal/bus"
	"smarthall/internal/bus/bustest"
)

func join(t *testing.T, c *bustest.Cluster) *bus.Bus {
	t.Helper()
	b, err := bus.Join(bus.Joining{Domain: "platform", Servers: c.Servers(), Key: key, Admit: admit, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAClusterCarriesEventsWhileItsServersComeAndGo(t *testing.T) {
	c := bustest.Start(t, "platform", key)
	one, two := join(t, c), join(t, c)
	defer closed(t, one)
	defer closed(t, two)
	const name = "hall-east"
	l := leaf(t, name, t.TempDir(), c.Leaves(0))
	defer closed(t, l)
	stream := bus.StreamFor(name)
	eventually(t, "the stream", func() bool { return one.Ensure(t.Context(), stream) == nil && two.Ensure(t.Context(), stream) == nil })
	ctx, cancel := context.WithCancel(t.Context())
	up, down := newLedger(), newLedger()
	done := make(chan error, 2)
	go func() { done <- two.Follow(ctx, name, bus.StreamUp, bus.Cursor{}, up.take) }()
	go func() { done <- l.Follow(ctx, "platform", stream, bus.Cursor{}, down.take) }()
	const events = 60
	for i := range events {
		if i == events/3 {
			c.Stop(2)
		}
		id := fmt.Sprint(i)
		eventually(t, "the cluster takes an event", func() bool { return one.Publish(ctx, stream, "x", id, []byte("down")) == nil })
		if err := l.Publish(ctx, bus.StreamUp, "x", id, []byte("up")); err != nil {
			t.Fatal(err)
		}
	}
	c.Restart(2)
	eventually(t, "all events", func() bool { return up.count() == events && down.count() == events })
	cancel()
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for i := range events {
		if up.order[i] != fmt.Sprint(i) || down.order[i] != fmt.Sprint(i) {
			t.Fatalf("event %d: up %s, down %s", i, up.order[i], down.order[i])
		}
	}
}

func TestAClusterLetsInOnlyHallsAndToTheirOwn(t *testing.T) {
	c := bustest.Start(t, "platform", key)
	hub := join(t, c)
	defer closed(t, hub)
	for _, name := range []string{"hall-east", "hall-west"} {
		eventually(t, "the stream", func() bool { return hub.Ensure(t.Context(), bus.StreamFor(name)) == nil })
		if err := hub.Publish(t.Context(), bus.StreamFor(name), "x", name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, options := range map[string][]nats.Option{
		"a hall's token as a client": {nats.UserInfo("hall-east", "pw-hall-east")},
		"a wrong password":           {nats.UserInfo("platform", "x")},
		"nobody":                     nil,
	} {
		conn, err := nats.Connect("nats://"+c.Client(0), append(options, nats.MaxReconnects(0), nats.Timeout(3*time.Second))...)
		if err == nil {
			conn.Close()
			t.Errorf("%s came in", name)
		}
	}
	stranger, err := bus.Start(bus.Config{Domain: "hall-north", Key: key, Dir: t.TempDir(), Hub: "nats-leaf://hall-north:wrong@" + c.Leaves(1), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, stranger)
	l := leaf(t, "hall-east", t.TempDir(), c.Leaves(1))
	defer closed(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	own, other := newLedger(), newLedger()
	done := make(chan error, 2)
	go func() { done <- l.Follow(ctx, "platform", bus.StreamFor("hall-east"), bus.Cursor{}, own.take) }()
	go func() { done <- l.Follow(ctx, "platform", bus.StreamFor("hall-west"), bus.Cursor{}, other.take) }()
	eventually(t, "its own event", func() bool { return own.count() == 1 })
	time.Sleep(2 * time.Second)
	cancel()
	<-done
	<-done
	if other.count() != 0 || stranger.Linked() {
		t.Errorf("it heard %d events of another hall; a stranger is linked: %v", other.count(), stranger.Linked())
	}
}

func TestTheClustersAddressKeepsItsSecret(t *testing.T) {
	for _, servers := range []string{"", "geheim", "http://u:geheim@h:1", "nats://u:geheim@h:1,ftp://x"} {
		_, err := bus.Join(bus.Joining{Domain: "platform", Servers: servers, Key: key, Log: slog.New(slog.DiscardHandler)})
		if err == nil || bytes.Contains([]byte(err.Error()), []byte("geheim")) {
			t.Errorf("%q: %v", servers, err)
		}
	}
}
