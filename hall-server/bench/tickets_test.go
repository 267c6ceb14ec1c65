//go:build linux

package bench_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/sqldb"
)

// maxBatch is the most requests that one commit carries, everywhere.
const maxBatch = 512

// BenchmarkTickets measures durable tickets beside the disk and the engine.
func BenchmarkTickets(b *testing.B) {
	rows := []string{"requesters\t\ttickets/s\tp50\tp99\tCPU each\tof the disk\tof the engine\terrors"}
	for _, n := range []int{1, 8, 64} {
		var disk, engine, full []sample
		for range rounds {
			disk = append(disk, diskSample(b, n))
			engine = append(engine, engineSample(b, n))
			full = append(full, coreSample(b, n))
		}
		line := func(name string, s sample, of ...string) {
			rows = append(rows, fmt.Sprintf("%d\t%s\t%.0f\t%s\t%s\t%s\t%s\t%s\t%d", n, name, s.perSecond, ms(s.p50), ms(s.p99), us(s.cpu), of[0], of[1], s.errors))
		}
		line("append + fsync", medians(disk), "", "")
		line("bare SQLite", medians(engine), fmt.Sprintf("%.2f", ratio(engine, disk)), "")
		s := medians(full)
		line("hall", s, fmt.Sprintf("%.2f", ratio(full, disk)), fmt.Sprintf("%.2f", ratio(full, engine)))
		b.ReportMetric(ratio(full, engine), fmt.Sprintf("of-engine-%d", n))
		if s.errors > 0 {
			b.Errorf("%d requesters: %d errors, such as %v", n, s.errors, s.first)
		}
	}
	table("Durable tickets (aim at 64 requesters: 0.80 of the engine, no errors)", rows...)
}

// group is a group commit: requesters hand in, one writer commits all that has
// come in, and each gets its answer after that.
type group struct {
	in   chan chan error
	stop chan struct{}
	done chan struct{}
}

func newGroup(commit func(n int) error) *group {
	g := &group{in: make(chan chan error, maxBatch), stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(g.done)
		var batch []chan error
		for {
			select {
			case r := <-g.in:
				batch = append(batch[:0], r)
			case <-g.stop:
				return
			}
			for more := true; more && len(batch) < maxBatch; {
				select {
				case r := <-g.in:
					batch = append(batch, r)
				default:
					more = false
				}
			}
			err := commit(len(batch))
			for _, r := range batch {
				r <- err
			}
		}
	}()
	return g
}

// requester hands in and waits.
func (g *group) requester(int) func() error {
	answer := make(chan error, 1)
	return func() error {
		g.in <- answer
		return <-answer
	}
}

func (g *group) close() {
	close(g.stop)
	<-g.done
}

// The rows of one ticket, as the hall writes them.
const (
	rowEvents = `[{"type":"ticket.taken","body":{"ticket":"01KAS1Q4S0Z0V5M9Y3W8C2B7XT","number":"A000001","series":"A","serial":1,` +
		`"service":"tax","channel":"phone","due":1795315500000,"promise":{"ahead":12,"minutes":-1}}}]`
	rowAnswer = `{"ticket":{"id":"01KAS1Q4S0Z0V5M9Y3W8C2B7XT","number":"A000001","service":"tax","channel":"phone","state":"waiting",` +
		`"arrival":1,"taken":1795314600000,"due":1795315500000,"promise":{"ahead":12,"minutes":-1}}}`
)

// diskSample appends the rows' bytes to a file and syncs it.
func diskSample(b *testing.B, n int) sample {
	f, err := os.Create(filepath.Join(folder(b), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	row := []byte(rowEvents + rowAnswer)
	buf := make([]byte, 0, maxBatch*len(row))
	g := newGroup(func(n int) error {
		buf = buf[:0]
		for range n {
			buf = append(buf, row...)
		}
		if _, err := f.Write(buf); err != nil {
			return err
		}
		return f.Sync()
	})
	defer g.close()
	return load(n, span, g.requester)
}

// engineSample inserts the rows that the hall writes, with prepared statements
// and a single writer, in the hall's own schema.
func engineSample(b *testing.B, n int) sample {
	ctx := context.Background()
	path := filepath.Join(folder(b), "engine.db")
	schema, err := store.Open(ctx, path)
	if err != nil {
		b.Fatal(err)
	}
	if err := schema.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sqldb.Open(ctx, path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	logRow, err := db.Write.PrepareContext(ctx, `INSERT INTO log (seq, at, day, key, print, actor, command, events, answer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)
	if err != nil {
		b.Fatal(err)
	}
	ticketRow, err := db.Write.PrepareContext(ctx, `INSERT INTO ticket (id, day, number, service, channel, state, win, taken, called, started, ended, score, print)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`)
	if err != nil {
		b.Fatal(err)
	}
	seq := 0
	g := newGroup(func(n int) error {
		tx, err := db.Write.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		logRow, ticketRow := tx.StmtContext(ctx, logRow), tx.StmtContext(ctx, ticketRow)
		for range n {
			seq++
			at := time.Now().UnixMilli()
			key, id := "kiosk-1/"+strconv.Itoa(seq), ulid.Make().String()
			if _, err := logRow.ExecContext(ctx, seq, at, "2026-11-23", key, seq*7919, "kiosk-1", "ticket.take", rowEvents, rowAnswer); err != nil {
				return err
			}
			if _, err := ticketRow.ExecContext(ctx, id, "2026-11-23", fmt.Sprintf("A%06d", seq), "tax", "phone", "waiting", "", at, 0, 0, 0, 0, ""); err != nil {
				return err
			}
		}
		return tx.Commit()
	})
	defer g.close()
	return load(n, span, g.requester)
}

// coreSample takes tickets as every agent does: through the core, with keys.
func coreSample(b *testing.B, n int) sample {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	db, err := store.Open(ctx, filepath.Join(folder(b), "hall.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	c, err := core.Open(ctx, core.Config{Journal: db, Clock: time.Now, Log: slog.New(slog.DiscardHandler), Promise: estimate.Plain})
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	if _, err := c.Do(ctx, core.Request{Actor: "hall", Command: queue.Configure{Config: roomyHall(b)}}); err != nil {
		b.Fatal(err)
	}
	var keys atomic.Int64
	s := load(n, span, func(int) func() error {
		return func() error {
			_, err := c.Do(ctx, core.Request{Key: strconv.FormatInt(keys.Add(1), 10), Actor: "kiosk-1", Command: queue.TakeTicket{
				ID: queue.TicketID(ulid.Make().String()), Service: "tax", Channel: "phone",
			}})
			return err
		}
	})
	cancel()
	if err := <-done; err != nil {
		b.Error(err)
	}
	return s
}

// roomyHall is the demo hall with series that no benchmark uses up.
func roomyHall(b *testing.B) queue.Config {
	h, err := hall.Parse(hall.Demo)
	if err != nil {
		b.Fatal(err)
	}
	config := h.Queue()
	for i := range config.Series {
		config.Series[i].Digits, config.Series[i].Last = 6, 999999
	}
	return config
}
