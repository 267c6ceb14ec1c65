package core

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/hall-server/internal/queue"
)

// Run owns the queue until ctx ends, then writes a last snapshot. It returns
// nil after a clean stop, or why the hall can't go on.
func (c *Core) Run(ctx context.Context) error {
	defer close(c.closed)
	var (
		next     = new(batch)
		spare    = new(batch)
		inflight *batch
		done     = make(chan error, 1)
		tick     = time.NewTicker(time.Second)
		sealed   time.Time
		unsaved  int
	)
	defer tick.Stop()
	for {
		if inflight == nil && !next.empty() {
			c.begin(next, done)
			next.seal()
			inflight, next = next, spare
			unsaved += len(inflight.records)
			sealed = time.Now()
		}
		requests := c.requests
		if next.full() {
			requests = nil
		}
		select {
		case r := <-requests:
			c.accept(next, r)
			c.drain(next)
		case <-tick.C:
			c.tick(next)
		case err := <-done:
			answered := len(inflight.waiters)
			if err != nil {
				if err := c.recover(ctx, err, inflight, next); err != nil {
					return err
				}
				next, answered = new(batch), 0
			}
			inflight, spare = nil, inflight.reset()
			if unsaved >= max(snapshotEvery, snapshotPart*len(c.ahead.Tickets)) {
				unsaved = 0
				c.snapshot(context.WithoutCancel(ctx))
			}
			c.gather(next, answered, time.Since(sealed), done)
		case <-ctx.Done():
			return c.stop(context.WithoutCancel(ctx), inflight, next, done)
		}
	}
}

// begin starts b's commit, unless it has been; done gets its outcome.
func (c *Core) begin(b *batch, done chan<- error) {
	if b.parts == nil {
		b.parts = make(chan Part, partsMost) // sending never waits
		go func() { done <- c.commit(b) }()
	}
}

// drain takes what else has come in already.
func (c *Core) drain(b *batch) {
	for !b.full() {
		select {
		case r := <-c.requests:
			c.accept(b, r)
		default:
			return
		}
	}
}

// gather waits a moment, at most for the time wait, for those who were just
// answered to ask again, so that they share the commit of those who asked in
// the meantime. Without it a busy hall falls into two halves that take turns,
// each with a sync to disk of its own. What there is goes to the journal
// meanwhile.
func (c *Core) gather(b *batch, answered int, wait time.Duration, done chan<- error) {
	want := min(len(b.waiters)+len(c.requests)+answered, maxBatch)
	over := time.NewTimer(min(wait, gatherMost))
	defer over.Stop()
	for len(b.waiters) < want {
		if len(b.records) > 0 {
			c.begin(b, done)
		}
		c.drain(b)
		if len(b.waiters) >= want {
			return
		}
		select {
		case r := <-c.requests:
			c.accept(b, r)
		case <-over.C:
			return
		}
	}
}

// stop finishes what was accepted and saves a snapshot.
func (c *Core) stop(ctx context.Context, inflight, next *batch, done chan error) error {
	if inflight != nil {
		if err := <-done; err != nil {
			fail(inflight, err)
			fail(next, err)
			return fmt.Errorf("commit on shutdown: %w", err)
		}
	}
	c.drain(next)
	if !next.empty() {
		c.begin(next, done)
		next.seal()
		if err := <-done; err != nil {
			fail(next, err)
			return fmt.Errorf("commit on shutdown: %w", err)
		}
	}
	c.snapshot(ctx)
	return nil
}

// accept decides one request against the state ahead of the disk. If b's commit
// has begun, the journal gets its records by and by.
func (c *Core) accept(b *batch, r *request) {
	out := c.decide(b, r)
	b.waiters = append(b.waiters, waiter{r, out})
	if b.parts != nil && len(b.records)-b.sent.records >= partSize {
		b.send()
	}
}

func (c *Core) decide(b *batch, r *request) outcome {
	if r.key != "" {
		if k, ok := c.keys.get(r.key); ok {
			if k.print != r.print {
				return outcome{err: queue.Refuse(queue.Conflict, "key.reused", "key", r.Key)}
			}
			return outcome{dup: k.seq}
		}
	}
	if _, ok := r.Command.(queue.AcceptClock); ok {
		return c.acceptClock(b, r)
	}
	now, err := c.time()
	if err != nil {
		return outcome{err: err}
	}
	if queue.DayOver(c.ahead, now) {
		if _, err := c.record(b, Record{Actor: "hall"}, queue.EndDay{Open: true}, now); err != nil {
			return outcome{err: err}
		}
	}
	answer, err := c.record(b, Record{Key: r.key, Print: r.print, Actor: r.Actor}, r.Command, now)
	return outcome{answer: answer, err: err}
}

// acceptClock ends the day that a wrong clock had opened and begins that of the
// clock as it is now.
func (c *Core) acceptClock(b *batch, r *request) outcome {
	now := c.now()
	if _, err := steady(c.ahead, now); err == nil {
		return outcome{err: queue.Refuse(queue.Conflict, "clock.fine")}
	}
	if _, err := c.record(b, Record{Actor: r.Actor}, queue.EndDay{}, c.ahead.Last); err != nil {
		return outcome{err: err}
	}
	answer, err := c.record(b, Record{Key: r.key, Print: r.print, Actor: r.Actor}, r.Command, now)
	return outcome{answer: answer, err: err}
}

// record decides cmd, applies its events and adds them to b.
func (c *Core) record(b *batch, rec Record, cmd queue.Command, now queue.Time) (Answer, error) {
	events, err := queue.Decide(c.ahead, c.promise(cmd, now), now)
	if err != nil {
		return Answer{}, err
	}
	if len(events) == 0 {
		return c.present(cmd), nil
	}
	for _, e := range events {
		if err := queue.Apply(c.ahead, e, now); err != nil {
			// Decide made an event that doesn't fit: the state can't be trusted.
			panic(fmt.Sprintf("apply own event: %v", err))
		}
		if t := c.ahead.Tickets[queue.TicketOf(e)]; t != nil {
			b.tickets = append(b.tickets, *t)
		}
		if _, ok := e.(queue.DayOpened); ok {
			c.keys.rotate()
		}
	}
	c.seq++
	rec.Seq, rec.At, rec.Day, rec.Command, rec.Events = c.seq, now, c.ahead.Day, cmd.Name(), events
	rec.Answer = c.answer(cmd, events)
	if rec.Key != "" {
		c.keys.add(&rec)
	}
	b.records = append(b.records, rec)
	return rec.Answer, nil
}

// promise adds what is promised to whoever takes a ticket.
func (c *Core) promise(cmd queue.Command, now queue.Time) queue.Command {
	if c.ahead.Config == nil {
		return cmd
	}
	switch t := cmd.(type) {
	case queue.TakeTicket:
		p := c.conf.Promise(c.ahead, t.Service, c.ahead.AheadOf(t, now), now)
		t.Minutes, t.Low, t.High = p.Minutes, p.Low, p.High
		return t
	case queue.CheckIn:
		if booked := c.ahead.Appointments[t.Appointment]; booked != nil {
			take := queue.TakeTicket{Service: booked.Service, Channel: queue.ChannelAppointment, Slot: booked.From, Priority: t.Priority, Age: t.Age}
			p := c.conf.Promise(c.ahead, booked.Service, c.ahead.AheadOf(take, now), now)
			t.Minutes, t.Low, t.High = p.Minutes, p.Low, p.High
		}
		return t
	}
	return cmd
}

// answer copies what events touched.
func (c *Core) answer(cmd queue.Command, events []queue.Event) Answer {
	a := c.present(cmd)
	a.None = false
	for _, e := range events {
		if t := c.ahead.Tickets[queue.TicketOf(e)]; t != nil {
			a.Ticket = brief(t)
		}
		if put, ok := e.(queue.AppointmentsPut); ok && len(put.List) == 1 {
			a.Appointment = c.appointment(put.List[0].ID)
		}
		if called, ok := e.(queue.TicketCalled); ok {
			a.Reason = &called.Reason
		}
	}
	return a
}

// present is the answer to a command that changed nothing.
func (c *Core) present(cmd queue.Command) Answer {
	a := Answer{Day: c.ahead.Day}
	switch cmd := cmd.(type) {
	case queue.CallNext:
		a.None = true
		a.Window = c.window(cmd.Window)
	case queue.CancelAppointment:
		a.Appointment = c.appointment(cmd.Appointment)
	case queue.CheckIn: // asked again: the same ticket
		if booked := c.ahead.Appointments[cmd.Appointment]; booked != nil {
			if t := c.ahead.Tickets[booked.Ticket]; t != nil {
				a.Ticket = brief(t)
			}
		}
	case queue.CallTicket:
		a.Window = c.window(cmd.Window)
	case queue.SignIn:
		a.Window = c.window(cmd.Window)
	case queue.SignOut:
		a.Window = c.window(cmd.Window)
	case queue.Pause:
		a.Window = c.window(cmd.Window)
	case queue.Continue:
		a.Window = c.window(cmd.Window)
	}
	return a
}

func (c *Core) window(id queue.WindowID) *queue.Window {
	w := c.ahead.Windows[id]
	if w == nil {
		return nil
	}
	out := *w
	return &out
}

func (c *Core) appointment(id queue.AppointmentID) *queue.Appointment {
	booked := c.ahead.Appointments[id]
	if booked == nil {
		return nil
	}
	out := *booked
	return &out
}

// brief is a ticket without the parts that grow and its place among the day's
// arrivals.
func brief(t *queue.Ticket) *queue.Ticket {
	out := *t
	out.Periods, out.Acks, out.Arrival = nil, nil, 0
	return &out
}

// time is now, never before the last event. A clock that went back to an
// earlier business day is refused: numbers could be given twice.
func (c *Core) time() (queue.Time, error) { return steady(c.ahead, c.now()) }

// steady is now as s may take it.
func steady(s *queue.State, now queue.Time) (queue.Time, error) {
	last := s.Last
	if now >= last {
		return now, nil
	}
	sameDay := s.Config != nil && s.Config.Day(now) == s.Day
	if last.Sub(now) <= clockTolerance || sameDay {
		return last, nil
	}
	loc := time.UTC
	if s.Config != nil {
		loc = s.Config.Location()
	}
	return 0, queue.Refuse(queue.Unavailable, "clock.went-back",
		"now", now.Std().In(loc).Format(time.DateTime), "last", last.Std().In(loc).Format(time.DateTime))
}

// tick ends the day and does what only time asks for.
func (c *Core) tick(b *batch) {
	now, err := c.time()
	if err != nil {
		c.conf.Log.Error("the clock went back", slog.Any("error", err))
		return
	}
	var cmd queue.Command = queue.Tick{}
	if queue.DayOver(c.ahead, now) {
		cmd = queue.EndDay{Open: true}
	}
	if c.ahead.Config == nil {
		return
	}
	if _, err := c.record(b, Record{Actor: "hall"}, cmd, now); err != nil {
		c.conf.Log.Error("tick", slog.Any("error", err))
	}
}

// commit makes b durable, lets everybody see it and answers. On an error
// nothing of b has happened. Until b's parts end b may only be sent from.
func (c *Core) commit(b *batch) error {
	if first, ok := <-b.parts; ok {
		parts := func(yield func(Part) bool) {
			for p, ok := first, true; ok; p, ok = <-b.parts {
				if !yield(p) {
					return
				}
			}
		}
		// A commit is never given up half-way: its waiters have no other truth.
		if err := c.conf.Journal.Commit(context.Background(), parts); err != nil {
			return err
		}
		c.publish(b.records)
	}
	for _, w := range b.waiters {
		w.req.done <- w.out
	}
	return nil
}

func (c *Core) publish(records []Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range records {
		for _, e := range records[i].Events {
			if err := queue.Apply(c.committed, e, records[i].At); err != nil {
				panic(fmt.Sprintf("apply committed event: %v", err))
			}
		}
		c.records.add(records[i])
	}
	for ch := range c.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// recover goes back to what is durable after a failed commit and tells the
// waiters. It returns an error if that can't be read either.
func (c *Core) recover(ctx context.Context, cause error, inflight, next *batch) error {
	c.conf.Log.Error("commit failed, nothing of it was kept", slog.Any("error", cause),
		slog.Int("commands", len(inflight.waiters)+len(next.waiters)))
	fail(inflight, cause)
	fail(next, cause)
	if err := c.load(ctx); err != nil {
		return errors.Join(cause, err)
	}
	return nil
}

// fail answers b's waiters after a failed commit. Refusals are taken back as
// well: they may rest on what was never kept.
func fail(b *batch, cause error) {
	err := fmt.Errorf("%w: %w", queue.Refuse(queue.Unavailable, "store.unavailable"), cause)
	for _, w := range b.waiters {
		w.req.done <- outcome{err: err}
	}
}

// snapshot saves the committed state. A failure costs only a longer restart.
func (c *Core) snapshot(ctx context.Context) {
	c.mu.RLock()
	seq := c.records.last
	data, err := json.Marshal(c.committed)
	c.mu.RUnlock()
	if err == nil {
		err = c.conf.Journal.Snapshot(ctx, seq, data)
	}
	if err != nil {
		c.conf.Log.Error("snapshot failed", slog.Any("error", err))
	}
}
