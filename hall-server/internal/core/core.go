// Package core owns the hall's queue. One goroutine decides commands against
// the state; another makes the events of many commands durable in one commit
// (group commit); an answer leaves only after its events are on disk.
//
// What flows through: Do(request) → decide on the state ahead of the disk →
// batch → Journal.Commit → the committed state, which everybody reads → answer
// and watchers. A request with a key that was seen before gets the first
// answer and changes nothing.
package core

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"smarthall/hall-server/internal/queue"
)

// Clock tells the hall's time.
type Clock func() time.Time

// Record is one command's trace in the log.
type Record struct {
	Seq uint64
	At  queue.Time
	Day queue.Day
	// Key is the idempotency key with its owner; empty for internal commands.
	Key string
	// Print is a fingerprint of the command, to tell a retry from a mix-up.
	Print   uint64
	Actor   string
	Command string
	Events  queue.Events
	Answer  Answer
}

// Answer is what a command led to, as it was first told.
type Answer struct {
	// Day is the business day on which it was done; empty in answers from before
	// it was kept.
	Day    queue.Day     `json:"day,omitempty"`
	Ticket *queue.Ticket `json:"ticket,omitempty"`
	Window *queue.Window `json:"window,omitempty"`
	Reason *queue.Reason `json:"reason,omitempty"`
	// Appointment was booked, changed or given up.
	Appointment *queue.Appointment `json:"appointment,omitempty"`
	// None says that call-next found nobody.
	None bool `json:"none,omitempty"`
}

// Key is a remembered idempotency key.
type Key struct {
	Key   string
	Seq   uint64
	Print uint64
	Day   queue.Day
}

// Loaded is a hall as the journal has it.
type Loaded struct {
	State *queue.State
	Seq   uint64
	// Keys are those of the open business day and the one before.
	Keys []Key
}

// Part is some of the records of one commit.
type Part struct {
	Records []Record
	// Tickets are the states that the touched tickets have after Records.
	Tickets []queue.Ticket
}

// Journal keeps records for ever. Its methods are called by one goroutine at a
// time, but for Answer.
type Journal interface {
	// Commit makes the records of all parts durable, or none. It is called when
	// the first are at hand, and writes while more are decided; it returns nil
	// only after parts has ended and all is durable.
	Commit(ctx context.Context, parts iter.Seq[Part]) error
	// Load returns the state after the last record.
	Load(ctx context.Context) (Loaded, error)
	// Snapshot stores the state after seq, so that Load has less to replay.
	Snapshot(ctx context.Context, seq uint64, state []byte) error
	// Answer returns the answer of an earlier record.
	Answer(ctx context.Context, seq uint64) (Answer, error)
}

// Config is what a Core needs.
type Config struct {
	Journal Journal
	Clock   Clock
	Log     *slog.Logger
	// Promise returns the wait to promise to a ticket of service with ahead
	// people before it; Minutes is -1 if no window is open.
	Promise func(s *queue.State, service queue.ServiceID, ahead int, now queue.Time) queue.Promise
}

// Limits of the owner.
const (
	maxBatch      = 512
	maxQueued     = 4096
	snapshotEvery = 50000
	// snapshotPart keeps the work of snapshots a part of the work of records,
	// however many tickets a day has.
	snapshotPart = 2
	// gatherMost bounds how long a commit waits for company.
	gatherMost = 2 * time.Millisecond
	// partSize is how many records the journal gets at a time while more are
	// decided.
	partSize = 16
	ringSize = 4096
	// clockTolerance is how far the clock may step back without a word.
	clockTolerance = 5 * time.Minute
)

// ErrClosed says that the core isn't running any more.
var ErrClosed = errors.New("the hall-server is shutting down")

// Core is the owner. Make it with Open, then Run it.
type Core struct {
	conf     Config
	requests chan *request
	closed   chan struct{}

	// Owned by Run's goroutine.
	ahead *queue.State
	seq   uint64
	keys  keyring

	mu        sync.RWMutex
	committed *queue.State // guarded by mu
	records   ring         // guarded by mu
	watchers  map[chan struct{}]struct{}
}

// Request is a command with who asks and the key under which it is done once.
type Request struct {
	// Key may be empty: then a retry is a new command.
	Key     string
	Actor   string
	Command queue.Command
}

// Result is what Do returns.
type Result struct {
	Answer
	// Replayed says that the command had been done before.
	Replayed bool
}

type request struct {
	Request
	key   string       // Key with its owner, if there is one
	print uint64       // the command's fingerprint, if there is a key
	done  chan outcome // buffered, one outcome
}

type outcome struct {
	answer Answer
	dup    uint64 // seq of the record that has the answer; 0 if answer is it
	err    error
}

// Open loads the hall from its journal.
func Open(ctx context.Context, conf Config) (*Core, error) {
	c := &Core{
		conf:     conf,
		requests: make(chan *request, maxQueued),
		closed:   make(chan struct{}),
		watchers: make(map[chan struct{}]struct{}),
	}
	if err := c.load(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// load sets both states to what is durable.
func (c *Core) load(ctx context.Context) error {
	loaded, err := c.conf.Journal.Load(ctx)
	if err != nil {
		return fmt.Errorf("load the hall's log: %w", err)
	}
	c.ahead, c.seq, c.keys = loaded.State.Clone(), loaded.Seq, newKeyring(loaded.Keys, loaded.State.Day)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committed = loaded.State
	c.records = newRing(ringSize, loaded.Seq)
	return nil
}

// Do runs one command and returns after its events are durable. The error is a
// *queue.Refusal if the rules say no.
func (c *Core) Do(ctx context.Context, req Request) (Result, error) {
	r := &request{Request: req, done: make(chan outcome, 1)}
	if r.Key != "" {
		r.key, r.print = r.Actor+"/"+r.Key, fingerprint(req.Command)
	}
	select {
	case c.requests <- r:
	case <-c.closed:
		return Result{}, ErrClosed
	case <-ctx.Done():
		return Result{}, fmt.Errorf("hand %s to the queue: %w", req.Command.Name(), ctx.Err())
	}
	var out outcome
	select {
	case out = <-r.done:
	case <-c.closed:
		// Run answers everything it took before it closes.
		select {
		case out = <-r.done:
		default:
			return Result{}, ErrClosed
		}
	}
	if out.err != nil {
		return Result{}, out.err
	}
	if out.dup == 0 {
		return Result{Answer: out.answer}, nil
	}
	answer, err := c.conf.Journal.Answer(ctx, out.dup)
	if err != nil {
		return Result{}, fmt.Errorf("read the first answer to %s: %w", req.Command.Name(), err)
	}
	return Result{Answer: answer, Replayed: true}, nil
}

// Read lets f look at the committed state. f must not keep or change it.
func (c *Core) Read(f func(s *queue.State, now queue.Time)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f(c.committed, max(c.now(), c.committed.Last))
}

// Ready returns why commands would be refused now: the clock went back to an
// earlier business day.
func (c *Core) Ready() error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, err := steady(c.committed, c.now())
	return err
}

// Seq is the last durable record.
func (c *Core) Seq() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.records.last
}

// Since returns the records after seq, oldest first; false means that they are
// no longer at hand and the caller must begin anew from the state.
func (c *Core) Since(seq uint64) ([]Record, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.records.since(seq)
}

// Follow lets f look at the records after seq, oldest first, and at the state
// right after the last of them; whole is false if they are no longer at hand
// and f must begin anew from the state. f must not keep or change the state.
func (c *Core) Follow(seq uint64, f func(records []Record, whole bool, s *queue.State, now queue.Time)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	records, whole := c.records.since(seq)
	f(records, whole, c.committed, max(c.now(), c.committed.Last))
}

// Watch returns a channel that gets a value after commits, and a function that
// ends it. A watcher that is slow misses values, never records: it reads them
// by Since.
func (c *Core) Watch() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchers[ch] = struct{}{}
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, ch)
	}
}

// Now is the hall's clock.
func (c *Core) Now() time.Time { return c.conf.Clock() }

func (c *Core) now() queue.Time { return queue.TimeOf(c.conf.Clock()) }

// fingerprint tells two commands under one key apart. What is made anew for
// every try is left out: ids, promises, sealed numbers.
func fingerprint(cmd queue.Command) uint64 {
	h := fnv.New64a()
	switch c := cmd.(type) {
	case queue.TakeTicket:
		// The busiest command, without reflection.
		var buf [256]byte
		text := buf[:0]
		for _, part := range []string{
			c.Name(), string(c.Service), string(c.Channel), c.Person.Key, c.Person.Name, c.Person.Phone, c.Priority, c.Kiosk,
			string(c.Authoriser), c.Exceed,
		} {
			text = append(append(text, part...), 0)
		}
		text = strconv.AppendInt(text, int64(c.Slot), 10)
		text = strconv.AppendInt(text, int64(c.Age), 10)
		_, _ = h.Write(strconv.AppendBool(text, c.Silent))
		return h.Sum64() >> 1 // SQLite's integers are signed
	case queue.CheckIn:
		c.ID = ""
		cmd = c
	case queue.AdoptTicket:
		c.Person.Sealed = ""
		cmd = c
	case queue.BookAppointment:
		c.Appointment.ID, c.Appointment.Code, c.Appointment.Person.Sealed = "", "", ""
		cmd = c
	case queue.ImportAppointments:
		list := slices.Clone(c.List)
		for i := range list {
			list[i].Person.Sealed = ""
		}
		cmd = queue.ImportAppointments{List: list}
	}
	_, _ = h.Write([]byte(cmd.Name()))
	if err := json.NewEncoder(h).Encode(cmd); err != nil {
		panic(fmt.Sprintf("encode %s: %v", cmd.Name(), err)) // commands are plain values
	}
	return h.Sum64() >> 1
}
