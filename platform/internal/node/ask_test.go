package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"smarthall/internal/bus"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/node"
)

// TestAHallIsAnsweredAtOnce asks over a real link, rightly and wrongly, and
// after the hall was closed.
func TestAHallIsAnsweredAtOnce(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	s.OnAsk("weather", func(ctx context.Context, from string, body json.RawMessage) (any, error) {
		caller := access.From(ctx)
		switch string(body) {
		case `"fault"`:
			return nil, fault.New(fault.TooMany, "weather.often", "太频繁了")
		case `"broken"`:
			return nil, errors.New("a secret of the database")
		}
		return map[string]string{"hall": caller.ID, "kind": string(caller.Kind), "from": from}, nil
	})
	token := add(t, s, east)
	quiet := slog.New(slog.DiscardHandler)
	platform, err := bus.Start(bus.Config{Domain: "platform", Key: make([]byte, 32), Dir: t.TempDir(), Leaves: "127.0.0.1:0", Admit: s.Admit, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer platform.Close()
	hall, err := bus.Start(bus.Config{Domain: node.Domain("east"), Key: make([]byte, 32), Dir: t.TempDir(), Hub: "nats-leaf://east:" + token + "@" + platform.LeavesAddr(), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer hall.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { _ = s.Run(ctx, platform) })
	ask := func(topic, question string) (r bus.Reply) {
		t.Helper()
		data, err := hall.Ask(ctx, topic, []byte(question))
		for errors.Is(err, bus.ErrAway) && ctx.Err() == nil { // the link comes up
			data, err = hall.Ask(ctx, topic, []byte(question))
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	if got := ask("weather", `{"from":"kiosk-1","body":{}}`); got.Problem != nil || string(got.Body) != `{"from":"kiosk-1","hall":"east","kind":"hall"}` {
		t.Errorf("%s %+v", got.Body, got.Problem)
	}
	for name, tt := range map[string]struct {
		topic, question, code string
		status                int
	}{
		"a fault":        {"weather", `{"body":"fault"}`, "weather.often", 429},
		"a defect":       {"weather", `{"body":"broken"}`, "internal", 500},
		"another topic":  {"stars", `{"body":{}}`, "node.topic", 404},
		"no JSON":        {"weather", `{`, "node.event", 422},
		"nothing at all": {"weather", ``, "node.event", 422},
	} {
		if got := ask(tt.topic, tt.question); got.Problem == nil || got.Problem.Code != tt.code || got.Problem.Status != tt.status || len(got.Body) > 0 {
			t.Errorf("%s: %s %+v", name, got.Body, got.Problem)
		}
	}
	closed := east
	closed.State = "closed"
	if _, err := s.Change(ctx, closed); err != nil {
		t.Fatal(err)
	}
	if got := ask("weather", `{"body":{}}`); got.Problem == nil || got.Problem.Code != "node.hall-token" {
		t.Errorf("a closed hall: %s %+v", got.Body, got.Problem)
	}
}
