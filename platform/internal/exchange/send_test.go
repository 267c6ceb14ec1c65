package exchange_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/awaytest"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/store"
)

func TestTheProvinceHearsOfCasesInTheirOrderAndOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, province := two(t, target)
		city.tell("case.accepted", "c1", nil)
		city.tell("case.accepted", "c2", nil)
		city.tell("flow.task-done", "c1", map[string]any{"name": "审查", "result": "approve", "opinion": "林晓的材料齐全"})
		city.tell("case.decided", "c1", map[string]any{"approved": true})
		city.tell("case.delivered", "c1", nil)
		city.tell("case.accepted", "elsewhere", map[string]any{"region": "330202"})
		city.tell("case.submitted", "c3", nil)
		city.send()
		city.send()
		var heard []string
		for _, m := range province.messages(exchange.In) {
			d, err := province.Message(t.Context(), m.Key)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(d.Body, "林") || strings.Contains(d.Body, "applicant") {
				t.Errorf("the province hears who applies: %s", d.Body)
			}
			event, _, _ := strings.Cut(strings.TrimPrefix(d.Body, `{"event":"`), `"`)
			heard = append(heard, m.Subject+" "+event)
		}
		want := "c1 case.accepted; c2 case.accepted; c1 flow.task-done; c1 case.decided; c1 case.delivered"
		if got := strings.Join(heard, "; "); got != want {
			t.Errorf("the province heard %q, want %q", got, want)
		}
		if got := city.states(exchange.Out); got != strings.TrimSpace(strings.Repeat("acknowledged ", 5)) {
			t.Errorf("messages are %s", got)
		}
		for _, p := range []*platform{city, province} {
			if n, err := p.VerifyLedger(t.Context()); err != nil || n == 0 {
				t.Errorf("the ledger of %d entries: %v", n, err)
			}
		}
	})
}

func TestAMessageWaitsForItsMemberAndHoldsBackThoseOfItsCase(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, province := two(t, target)
		first := true
		city.line.cut(func(e exchange.Envelope) error {
			if e.Subject == "c1" && first {
				first = false
				return errCut
			}
			return nil
		}, nil)
		city.tell("case.accepted", "c1", nil)
		city.tell("case.decided", "c1", nil)
		city.tell("case.accepted", "c2", nil)
		city.send()
		if got := city.states(exchange.Out); got != "waiting waiting waiting" {
			t.Fatalf("after a silence messages are %s", got)
		}
		m, err := city.Member(t.Context(), "province")
		if err != nil || m.Trouble == "" || !m.Until.After(city.world.clock()) {
			t.Errorf("the member's silence isn't shown: %+v, %v", m, err)
		}
		city.send() // it has a pause
		if got := city.line.carried; len(got) != 1 {
			t.Errorf("a silent member was asked %v", got)
		}
		city.world.forward(time.Minute)
		city.send()
		if got := city.states(exchange.Out); got != "acknowledged acknowledged acknowledged" {
			t.Errorf("after the member came back messages are %s", got)
		}
		if list := province.messages(exchange.In); len(list) != 3 || list[0].Subject != "c1" || list[0].Series != 1 || list[1].Series != 2 {
			t.Errorf("the province has %+v", list)
		}
	})
}

func TestACrashBetweenSendingAndTheReceiptDoublesNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, province := two(t, target)
		ctx, crash := context.WithCancel(t.Context())
		city.line.cut(nil, func(exchange.Envelope) error { crash(); return errors.New("killed") })
		city.tell("case.accepted", "c1", nil)
		if err := city.SendAll(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("sending ended with %v", err)
		}
		if got := city.states(exchange.Out) + "; " + province.states(exchange.In); got != "sent; acknowledged" {
			t.Fatalf("after the crash messages are %s", got)
		}
		city.line.cut(nil, nil)
		city = city.twin()
		city.send() // somebody may still be at it
		if got := city.states(exchange.Out); got != "sent" {
			t.Errorf("the message is %s", got)
		}
		city.world.forward(3 * time.Minute)
		city.send()
		if got := city.states(exchange.Out) + "; " + province.states(exchange.In); got != "acknowledged; acknowledged" {
			t.Errorf("after the restart messages are %s", got)
		}
		if m := city.messages(exchange.Out)[0]; m.Attempts != 2 || city.line.carried[m.ID] != 2 {
			t.Errorf("it was sent %d times, noted as %d", city.line.carried[m.ID], m.Attempts)
		}
	})
}

func TestTwoProcessesOnOneDatabaseSendEachMessageOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, province := two(t, target)
		other := city.twin()
		for _, id := range []string{"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"} {
			city.tell("case.accepted", id, nil)
			city.tell("case.decided", id, nil)
		}
		var wg sync.WaitGroup
		for _, p := range []*platform{city, other, city, other} {
			wg.Go(func() {
				if err := p.SendAll(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		city.send()
		for id, n := range city.line.carried {
			if n != 1 {
				t.Errorf("message %s was sent %d times", id, n)
			}
		}
		list := province.messages(exchange.In)
		last := map[string]int64{}
		for _, m := range list {
			if m.Series != last[m.Subject]+1 {
				t.Errorf("message %d of %s came after %d", m.Series, m.Subject, last[m.Subject])
			}
			last[m.Subject] = m.Series
		}
		if len(list) != 16 {
			t.Errorf("the province has %d messages, want 16", len(list))
		}
		if _, err := city.VerifyLedger(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestAMessageThatNobodyTakesDiesAndIsReplayedOrAbandoned(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, province := two(t, target)
		city.line.cut(always, nil)
		city.tell("case.accepted", "c1", nil)
		city.tell("case.accepted", "c2", nil)
		city.world.forward(6 * 24 * time.Hour)
		city.send()
		city.world.forward(time.Hour)
		city.tell("case.decided", "c1", nil)
		city.tell("case.decided", "c2", nil)
		city.send()
		if got := city.states(exchange.Out); got != "dead dead waiting waiting" {
			t.Fatalf("messages are %s", got)
		}
		city.line.cut(nil, nil)
		city.world.forward(time.Hour)
		city.send()
		if got := province.states(exchange.In); got != "" {
			t.Fatalf("those behind a dead one went: %s", got)
		}
		ctx := admin(t.Context())
		out := city.messages(exchange.Out)
		if err := city.Replay(ctx, out[0].Key); err != nil {
			t.Fatal(err)
		}
		if err := city.Abandon(ctx, out[1].Key); err != nil {
			t.Fatal(err)
		}
		if err := city.Abandon(ctx, out[1].Key); !errors.Is(err, exchange.ErrState) {
			t.Errorf("abandoning twice: %v", err)
		}
		if err := city.Replay(ctx, out[2].Key); !errors.Is(err, exchange.ErrState) {
			t.Errorf("replaying what waits: %v", err)
		}
		city.send()
		if got := city.states(exchange.Out); got != "acknowledged refused acknowledged acknowledged" {
			t.Errorf("messages are %s", got)
		}
		if list := province.messages(exchange.In); len(list) != 3 || list[0].Subject != "c1" || list[0].Series != 1 {
			t.Errorf("the province has %+v", list)
		}
		entries, err := city.audit.Of(t.Context(), out[0].Key, 10)
		if err != nil || len(entries) != 1 || entries[0].Action != "exchange.replay" || entries[0].Actor.ID != "admin" {
			t.Errorf("the audit log has %+v, %v", entries, err)
		}
	})
}

func TestASpanIsReplayedUnderItsOldIdsAndTakenOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, province := two(t, target)
		city.tell("case.accepted", "c1", nil)
		city.send()
		city.world.forward(24 * time.Hour)
		city.tell("case.accepted", "c2", nil)
		city.send()
		ctx := admin(t.Context())
		if _, _, err := city.ReplaySpan(ctx, exchange.Span{Member: "province", From: "2026-11-24", Until: "2026-11-23"}); !errors.Is(err, exchange.ErrInput) {
			t.Errorf("a span that ends before it begins: %v", err)
		}
		if n, _, err := city.ReplaySpan(ctx, exchange.Span{Member: "province", From: "2026-11-23", Until: "2026-11-24"}); n != 0 || err != nil {
			t.Errorf("nothing was refused, yet %d are replayed, %v", n, err)
		}
		n, more, err := city.ReplaySpan(ctx, exchange.Span{Member: "province", From: "2026-11-24", Until: "2026-11-24", State: exchange.Acknowledged})
		if n != 1 || more || err != nil {
			t.Fatalf("replayed %d, %t, %v", n, more, err)
		}
		city.send()
		if got := city.states(exchange.Out) + "; " + province.states(exchange.In); got != "acknowledged acknowledged; acknowledged acknowledged" {
			t.Errorf("messages are %s", got)
		}
	})
}

func TestADayIsComparedAndWhatIsMissingIsSentAgain(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, province := two(t, target)
		for _, id := range []string{"c1", "c2", "c3"} {
			city.tell("case.accepted", id, nil)
		}
		city.send()
		lost := province.messages(exchange.In)[1]
		if err := province.store.Write(t.Context(), "test", func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `DELETE FROM exchange_message WHERE key = $1`, lost.Key)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		r, err := city.Reconcile(admin(t.Context()), "province", "2026-11-23")
		if want := (exchange.Reconciliation{Day: "2026-11-23", Ours: 3, Theirs: 2, Again: 1}); r != want || err != nil {
			t.Fatalf("compared %+v, %v, want %+v", r, err, want)
		}
		city.send()
		r, err = city.Reconcile(admin(t.Context()), "province", "2026-11-23")
		if want := (exchange.Reconciliation{Day: "2026-11-23", Ours: 3, Theirs: 3}); r != want || err != nil {
			t.Errorf("compared again %+v, %v, want %+v", r, err, want)
		}
		counts, err := city.Counts(t.Context(), "2026-11-23", "2026-11-23")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts {
			if c.Service == exchange.ServiceReport && (c.N != 3 || c.State != exchange.Acknowledged) {
				t.Errorf("counted %+v", c)
			}
		}
		city.line.cut(always, nil)
		if _, err := city.Reconcile(admin(t.Context()), "province", "2026-11-23"); !errors.Is(err, exchange.ErrAway) {
			t.Errorf("comparing with nobody: %v", err)
		}
	})
}

func TestAnAnswerThatTheMemberDidNotSignIsNone(t *testing.T) {
	for name, spoil := range map[string]func(e *exchange.Envelope){
		"somebody else's key": func(e *exchange.Envelope) { _ = e.Sign(newSigner(t, 9)) },
		"another body":        func(e *exchange.Envelope) { e.Body = `{"outcome":"refused"}` },
		"another message":     func(e *exchange.Envelope) { e.Re = "message-9999"; _ = e.Sign(newSigner(t, 7)) },
		"another time":        func(e *exchange.Envelope) { e.At = "2026-11-23T08:00:00.000+08:00"; _ = e.Sign(newSigner(t, 7)) },
		"no receipt":          func(e *exchange.Envelope) { e.Service = "case.step"; _ = e.Sign(newSigner(t, 7)) },
		"no outcome":          func(e *exchange.Envelope) { e.Body = `{}`; _ = e.Sign(newSigner(t, 7)) },
	} {
		t.Run(name, func(t *testing.T) {
			city, s := department(t, sqldbtest.File(t))
			city.line.to["https://medicare.example"] = func(ctx context.Context, data []byte) ([]byte, error) {
				answer, err := s.take(ctx, data)
				if err != nil {
					return nil, err
				}
				return spoiled(t, answer, spoil), nil
			}
			if err := city.Check(admin(t.Context()), "medicare-system"); !errors.Is(err, exchange.ErrAway) {
				t.Errorf("it counts as an answer: %v", err)
			}
		})
	}
}

// TestOuterSystemsOnTheirWorstDays: whoever is asked may say nothing, a letter at
// a time or nonsense; the platform gives up in its time and sends it again later.
func TestOuterSystemsOnTheirWorstDays(t *testing.T) {
	for _, server := range awaytest.Servers(t) {
		t.Run(server.Name, func(t *testing.T) {
			w := &world{now: start, cases: map[string]exchange.Handover{}, steps: map[string][]exchange.Step{}}
			city := open(t, sqldbtest.File(t), w, newLine())
			city.conf.Carrier = exchange.NewHTTP(500 * time.Millisecond)
			city.conf.Wait = 500 * time.Millisecond
			city.again()
			city.add(exchange.Member{
				Code: "province", Name: "省平台", Kind: exchange.Upper, KnownAs: "city", Address: "http://" + server.Addr, PublicKey: newSigner(t, 7).Public(), Region: "330100",
			}, exchange.ServiceReport)
			city.tell("case.accepted", "c1", nil)
			ctx, cancel := context.WithTimeout(t.Context(), awaytest.Patience)
			defer cancel()
			if err := city.SendAll(ctx); err != nil {
				t.Fatal(err)
			}
			m, err := city.Member(t.Context(), "province")
			if err != nil || m.Trouble == "" {
				t.Errorf("nobody sees the trouble: %+v, %v", m, err)
			}
			if got := city.states(exchange.Out); got != "waiting" {
				t.Errorf("the message is %s", got)
			}
		})
	}
}
