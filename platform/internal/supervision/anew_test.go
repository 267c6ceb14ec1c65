package supervision_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
	"smarthall/platform/internal/supervision"
)

// happens publishes an event and lets this process hear what waits.
func (w *watch) happens(ctx context.Context, kind, id string, body map[string]any) error {
	err := w.store.Write(ctx, "publish", func(tx *store.Tx) error { return tx.Publish(ctx, "", kind, id, body) })
	if err == nil {
		_, err = w.store.Deliver(ctx)
	}
	return err
}

// live is a random history: cases of two bodies and three halls go all ways,
// steps are opened, done, returned and recalled, signals are explained and
// closed, notices are issued, answered, sent back and accepted.
func (w *watch) live(ctx context.Context, random *rand.Rand, steps int) error {
	kinds := []string{
		"case.submitted", "case.accepted", "case.supplement-asked", "case.held", "case.resumed", "case.extended", "case.not-accepted", "case.decided", "case.closed", "case.withdrawn",
		"case.terminated", "flow.task-opened", "flow.task-done", "flow.returned", "flow.recalled", "evaluation.overdue", "case.deferred-overdue",
	}
	supervisor := staff(ctx, "jiancha", "government", "330100", access.RoleSupervisor)
	for range steps {
		id := fmt.Sprintf("c%d", random.IntN(20))
		organisation := []string{"market", "civil"}[random.IntN(2)]
		body := map[string]any{
			"case": id, "item": "food-licence", "itemName": "食品经营许可", "organisation": organisation, "organisationName": organisation, "region": "330102",
			"hall": []string{"demo", "east", ""}[random.IntN(3)], "count": 1 + random.IntN(2),
		}
		kind := kinds[random.IntN(len(kinds))]
		switch kind {
		case "case.accepted":
			body["promised"] = limit.Clock{Begun: w.clock().AddDate(0, 0, -random.IntN(12)), Term: limit.Term{Unit: limit.WorkingDays, Days: 1 + random.IntN(6)}}
		case "flow.task-opened", "flow.task-done", "flow.returned", "flow.recalled":
			body["task"], body["name"] = fmt.Sprintf("%s-t%d", id, random.IntN(2)), "审查"
			body["clock"] = limit.Clock{Begun: w.clock().AddDate(0, 0, -random.IntN(6)), Term: limit.Term{Unit: limit.WorkingDays, Days: 2}}
		}
		if err := w.happens(ctx, kind, id, body); err != nil {
			return err
		}
		if err := w.answer(supervisor, random, organisation); err != nil {
			return err
		}
	}
	return nil
}

// answer does something at random with signals and urging notices. What another
// process did first is refused.
func (w *watch) answer(supervisor context.Context, random *rand.Rand, organisation string) error {
	chief := staff(supervisor, "shoudai", organisation, "330102", access.RoleChief)
	list, err := w.Signals(supervisor, "", "", 20)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		id := list[random.IntN(len(list))].ID
		_, explained := w.Explain(chief, id, "已经说明")
		_, closed := w.Close(supervisor, id)
		err = errors.Join(unless(explained, supervision.ErrState, supervision.ErrUnknown), unless(closed, supervision.ErrState))
	}
	if random.IntN(3) == 0 {
		_, issued := w.Issue(supervisor, supervision.Order{Organisation: organisation, Subject: "督促", Text: "请尽快办理", Due: w.clock().Format("2006-01-02")})
		err = errors.Join(err, issued)
	}
	orders, listed := w.Orders(supervisor, "", false, 20)
	if err = errors.Join(err, listed); err != nil || len(orders) == 0 {
		return err
	}
	o := orders[random.IntN(len(orders))]
	_, replied := w.Reply(staff(supervisor, "shoudai", o.Organisation, "330102", access.RoleChief), o.ID, "已经办理")
	_, verified := w.Verify(supervisor, o.ID, random.IntN(2) == 0, "同意", 0, w.clock().AddDate(0, 0, 1).Format("2006-01-02"))
	return errors.Join(unless(replied, supervision.ErrState), unless(verified, supervision.ErrState))
}

// unless is err if it is none of the ones that may come.
func unless(err error, may ...error) error {
	for _, m := range may {
		if errors.Is(err, m) {
			return nil
		}
	}
	return err
}

func TestCountsStayRightWhileSeveralProcessesCount(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		processes := []*watch{open(t, target), open(t, target)}
		for day := range 3 {
			var all sync.WaitGroup
			for i, w := range processes {
				all.Go(func() {
					if err := w.live(t.Context(), rand.New(rand.NewPCG(uint64(day), uint64(i))), 40); err != nil {
						t.Errorf("day %d, process %d: %v", day, i, err)
					}
				})
			}
			all.Wait()
			for _, w := range processes {
				w.at(w.clock().AddDate(0, 0, 1).Format("2006-01-02 15:04")) // lights turn, replies are late
			}
			places, err := processes[day%2].VerifyCounts(t.Context())
			if err != nil || places < 10 {
				t.Fatalf("day %d: %d places, %v", day, places, err)
			}
		}
		w := processes[0]
		_, err := w.Issue(w.supervisor(), supervision.Order{Organisation: "market", Subject: "督促", Text: "请尽快办理", Due: w.clock().Format("2006-01-02")})
		if err != nil {
			t.Fatal(err)
		}
		w.says("evaluation.overdue", "c1")
		var signals, orders int
		err = w.store.Read().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM supervision_signal WHERE state <> 'closed'),
			(SELECT count(*) FROM supervision_order WHERE state <> 'closed')`).Scan(&signals, &orders)
		o, seen := processes[1].Overview(processes[1].supervisor())
		if err = errors.Join(err, seen); err != nil || signals == 0 || orders == 0 || o.OpenSignals != signals || o.OpenOrders != orders {
			t.Errorf("shown %d and %d, there are %d and %d, %v", o.OpenSignals, o.OpenOrders, signals, orders, err)
		}
	})
}

func TestWrongCountsAreFoundAndMendedWhileCasesChange(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		one, two := open(t, target), open(t, target)
		if err := one.live(t.Context(), rand.New(rand.NewPCG(7, 7)), 60); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{
			`UPDATE supervision_count SET rest = rest + 3, ended = 0`, `DELETE FROM supervision_count`, `UPDATE supervision_open SET signals = signals - 1, orders = 99`,
			`DELETE FROM supervision_open`, `INSERT INTO supervision_count (day, organisation, hall, region, name, red, yellow, rest, accepted, ended, late) VALUES (5, 'none', '', '', '', 1, 0, 0, 0, 0, 0)`,
		} {
			err := one.store.Write(t.Context(), "spoil", func(tx *store.Tx) error {
				_, err := tx.ExecContext(t.Context(), wrong)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := one.VerifyCounts(t.Context()); !errors.Is(err, supervision.ErrCounts) {
				t.Errorf("%s isn't found: %v", wrong, err)
			}
			done := make(chan error, 1)
			go func() { done <- two.live(t.Context(), rand.New(rand.NewPCG(8, 8)), 10) }()
			mended, err := one.Recount(t.Context())
			if err = errors.Join(err, <-done); err != nil || mended == 0 {
				t.Fatalf("%s: %d mended, %v", wrong, mended, err)
			}
			if _, err := one.VerifyCounts(t.Context()); err != nil {
				t.Errorf("after %s: %v", wrong, err)
			}
		}
		if mended, err := one.Recount(t.Context()); err != nil || mended != 0 {
			t.Errorf("%d mended where nothing is wrong, %v", mended, err)
		}
	})
}
