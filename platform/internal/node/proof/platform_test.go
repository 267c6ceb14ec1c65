package proof_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/internal/bus"
	"smarthall/internal/sqldb"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// This file is the platform of the proof: the test's own binary, started anew
// as a process that can be killed. It has the real store, bus and halls, and in
// place of contexts an accountant who writes down every event of the hall that
// it is given, and every event that it publishes, each in the transaction of
// what it tells of.

const (
	platformEnv = "SMARTHALL_PROOF_PLATFORM"
	hallID      = "demo"
	hallToken   = "token-of-the-hall"
)

// platformConf is what the process is told, as JSON in platformEnv. Bus names a
// cluster that it shares with other processes, instead of Leaves.
type platformConf struct{ Target, Dir, Leaves, Bus string }

func TestMain(m *testing.M) {
	if text := os.Getenv(platformEnv); text != "" {
		if err := runPlatform(text); err != nil {
			fmt.Fprintln(os.Stderr, "platform:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(proofs(m))
}

// proofs runs the tests, with a folder for the hall-server that they share.
func proofs(m *testing.M) int {
	dir, err := os.MkdirTemp("", "proof")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	built.dir = dir
	return m.Run()
}

// recorded are the types that the accountant asks for: all that the load can
// cause.
var recorded = []string{
	"ticket.taken", "ticket.called", "ticket.arrived", "ticket.finished", "visit.rated", "window.opened", "window.closed",
	"day.opened", "day.ended", "ticket.no-show", "ticket.expired", "ticket.closed", "appointment.refused", "appointment.booked",
	"appointment.cancelled", "appointment.missed", "appointment.checked-in", intakeMade,
}

const proofTables = `-- +goose Up
CREATE TABLE proof_taken (n BIGINT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL);
CREATE INDEX proof_taken_n ON proof_taken (n);
CREATE TABLE proof_brought (intake TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE proof_sent (n BIGINT PRIMARY KEY, appointment TEXT NOT NULL, slot BIGINT NOT NULL);
`

func runPlatform(text string) error {
	var conf platformConf
	if err := json.Unmarshal([]byte(text), &conf); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	st, err := store.Open(ctx, store.Config{Target: conf.Target, Log: log})
	if err != nil {
		return err
	}
	defer st.Close()
	s, err := openNode(ctx, st, conf, log)
	if err != nil {
		return err
	}
	b, err := openBus(conf, s, log)
	if err != nil {
		return err
	}
	defer b.Close()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { _ = s.Run(ctx, b) })
	publish, quiet := context.WithCancel(ctx)
	defer quiet()
	var published sync.WaitGroup
	published.Go(func() {
		if err := publishAll(publish, st); err != nil && publish.Err() == nil {
			log.Error("publish", slog.Any("err", err))
		}
	})
	fmt.Println("leaves", b.LeavesAddr())
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			quiet()
			published.Wait()
			fmt.Println("quiet")
		}
	}()
	<-ctx.Done()
	published.Wait()
	return nil
}

// busKey is the key of streams, or of answers to the cluster.
var busKey = make([]byte, 32)

// openBus starts the process's own bus, or joins the cluster.
func openBus(conf platformConf, s *node.Service, log *slog.Logger) (b *bus.Bus, err error) {
	if conf.Bus != "" {
		return bus.Join(bus.Joining{Domain: "platform", Servers: conf.Bus, Key: busKey, Admit: s.Admit, Log: log})
	}
	for range 4 { // somebody's connection may have our port for a moment
		b, err = bus.Start(bus.Config{Domain: "platform", Key: busKey, Dir: conf.Dir + "/bus", Leaves: conf.Leaves, Admit: s.Admit, Log: log})
		if err == nil {
			break
		}
		time.Sleep(time.Second)
	}
	return b, err
}

// openNode makes the halls' tables, the proof's, and the hall.
func openNode(ctx context.Context, st *store.Store, conf platformConf, log *slog.Logger) (*node.Service, error) {
	entries, err := audit.Open(ctx, st)
	if err != nil {
		return nil, err
	}
	k, err := keys.Load(conf.Dir)
	if err != nil {
		return nil, err
	}
	s, err := node.Open(ctx, node.Config{Store: st, Keys: k, Audit: entries, Log: log})
	if err != nil {
		return nil, err
	}
	if err := st.Migrate(ctx, "proof", fstest.MapFS{"0001_proof.sql": {Data: []byte(proofTables)}}); err != nil {
		return nil, err
	}
	for _, kind := range recorded {
		s.On(kind, record)
	}
	s.OnBegin(publishItem)
	s.OnAsk("case-intake", bring(st))
	return s, st.Write(ctx, "begin the proof", func(tx *store.Tx) error {
		if conf.Bus == "" {
			// The process before was killed: nobody waits for its lease to run out.
			if _, err := tx.ExecContext(ctx, `DELETE FROM lease`); err != nil {
				return err
			}
		}
		return s.AddDemo(ctx, tx, node.Hall{ID: hallID, Name: "东湖区政务服务中心", Region: "330102"}, hallToken)
	})
}

// record writes an event down. Nothing keeps it from writing one down twice.
func record(ctx context.Context, tx *store.Tx, _ string, e store.Event) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO proof_taken (n, id, type, subject)
		SELECT coalesce(max(n), 0) + 1, $1, $2, $3 FROM proof_taken`, e.ID, e.Type, e.Subject)
	return err
}

// slots is when the first appointment of the proof begins: on the day after the
// hall's.
var slots = time.Date(2026, 11, 24, 9, 0, 0, 0, time.FixedZone("CST", 8*60*60))

// publishAll books, moves and cancels appointments until ctx ends, or a process
// before had done enough.
func publishAll(ctx context.Context, st *store.Store) error {
	for {
		err := st.Write(ctx, "publish", func(tx *store.Tx) error {
			var n int64
			if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(n), -1) + 1 FROM proof_sent`).Scan(&n); err != nil {
				return err
			}
			return publishOne(ctx, tx, n)
		})
		if err != nil && !sqldb.IsDuplicate(err) { // another process was faster
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("enough")
		case <-time.After(6 * time.Millisecond):
		}
	}
}

// publishOne is step n: an appointment is booked and moved twice, and every
// second one is given up. A slot of 0 stands for that.
func publishOne(ctx context.Context, tx *store.Tx, n int64) error {
	booking, step := n/4, n%4
	id := fmt.Sprintf("A%06d", booking)
	from := slots.Add(time.Duration(booking%300)*time.Minute + time.Duration(step)*time.Second)
	slot := from.UnixMilli()
	kind, body := "appointment.booked", any(map[string]any{
		"id": id, "code": fmt.Sprintf("%08d", booking), "service": "tax", "from": from, "to": from.Add(10 * time.Minute), "via": "portal",
		"person": map[string]any{"name": "王小明", "phone": "13800138000"},
	})
	switch {
	case step == 3 && booking%2 == 0:
		kind, body, slot = "appointment.cancelled", map[string]any{"id": id, "reason": "改天再来"}, 0
	case step > 0:
		kind = "appointment.moved"
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO proof_sent (n, appointment, slot) VALUES ($1, $2, $3)`, n, id, slot); err != nil {
		return err
	}
	return tx.Publish(ctx, hallID, kind, id, body)
}
