package core

import "smarthall/hall-server/internal/queue"

// batch is what one commit carries. The journal writes its parts while the rest
// is decided.
type batch struct {
	records []Record
	// tickets are as each event left them.
	tickets []queue.Ticket
	waiters []waiter
	// parts go to the journal; nil until the first. sent are how many records
	// and tickets it was given.
	parts chan Part
	sent  struct{ records, tickets int }
}

type waiter struct {
	req *request
	out outcome
}

// newBatch returns a batch with room for n commands.
func newBatch(n int) *batch {
	return &batch{
		records: make([]Record, 0, n), tickets: make([]queue.Ticket, 0, n),
		waiters: make([]waiter, 0, n),
	}
}

func (b *batch) empty() bool { return len(b.waiters) == 0 && len(b.records) == 0 }

func (b *batch) full() bool { return len(b.records) >= maxBatch || len(b.waiters) >= maxBatch }

// send hands the journal what was decided since the last time. What was sent
// is never changed again.
func (b *batch) send() {
	records, tickets := b.records[b.sent.records:], b.tickets[b.sent.tickets:]
	if len(records) == 0 {
		return
	}
	b.parts <- Part{records, tickets}
	b.sent.records, b.sent.tickets = len(b.records), len(b.tickets)
}

// seal hands over the rest: the batch is whole.
func (b *batch) seal() {
	b.send()
	close(b.parts)
}
