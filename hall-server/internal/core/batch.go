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

// reset empties b, whose commit has ended, for the next commands: a busy hall
// fills hundreds of batches a second.
func (b *batch) reset() *batch {
	clear(b.records) // what they point to may go
	clear(b.tickets)
	clear(b.waiters)
	*b = batch{records: b.records[:0], tickets: b.tickets[:0], waiters: b.waiters[:0]}
	return b
}

func (b *batch) empty() bool { return len(b.waiters) == 0 && len(b.records) == 0 }

func (b *batch) full() bool { return len(b.records) >= maxBatch || len(b.waiters) >= maxBatch }

// partsMost is how many parts a batch can have: all but the last have at least
// partSize records, and a command writes one or two.
const partsMost = 2*maxBatch/partSize + 1

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
