package hub

import "smarthall/hall-server/internal/queue"

// changes are what a run of events touched. Steps keep the events' order, for
// a window may end one call and begin the next in one commit.
type changes struct {
	reset   bool
	steps   []step
	tickets map[queue.TicketID]bool
	windows map[queue.WindowID]bool
	totals  bool
	// strategies tells that windows choose in another way.
	strategies bool
}

// stepKind is what a step tells.
type stepKind int

const (
	stepPrint stepKind = iota
	stepCall
	stepEnd
	stepAck
)

// step is one thing that somebody must be told of at once.
type step struct {
	kind   stepKind
	ticket queue.TicketID
	// at is the step's place among the steps.
	at int
	// window is set where the ticket has forgotten its own.
	window queue.WindowID
	ack    queue.CallAcknowledged
	// kiosk prints, for stepPrint; copied is which copy it is, 0 for the original.
	kiosk  string
	copied int
}

func newChanges() *changes {
	return &changes{tickets: make(map[queue.TicketID]bool), windows: make(map[queue.WindowID]bool)}
}

func (c *changes) add(s step) {
	s.at = len(c.steps)
	c.steps = append(c.steps, s)
}

func (c *changes) note(e queue.Event) {
	id := queue.TicketOf(e)
	switch e := e.(type) {
	case queue.HallConfigured, queue.DayOpened:
		c.reset = true
	case queue.TicketTaken:
		if e.Kiosk != "" && !e.Offline {
			c.add(step{kind: stepPrint, ticket: id, kiosk: e.Kiosk})
		}
	case queue.TicketReprinted:
		c.add(step{kind: stepPrint, ticket: id, kiosk: e.Kiosk, copied: e.Copy})
	case queue.TicketCalled, queue.TicketRecalled:
		c.add(step{kind: stepCall, ticket: id})
	case queue.ServiceStarted, queue.TicketMissed, queue.TicketExpired:
		c.add(step{kind: stepEnd, ticket: id})
	case queue.TicketPutBack:
		c.add(step{kind: stepEnd, ticket: id, window: e.Window})
		c.windows[e.Window] = true
	case queue.TicketParked:
		c.add(step{kind: stepEnd, ticket: id, window: e.Window})
		c.windows[e.Window] = true
	case queue.TicketTransferred:
		c.windows[e.From] = true
		if e.For != "" {
			c.windows[e.For] = true
		}
	case queue.StrategyChanged:
		c.strategies = true
	case queue.CallAcknowledged:
		c.add(step{kind: stepAck, ticket: id, ack: e})
		return // nothing else changes
	case queue.TicketPrinted:
		c.totals = true
		return
	case queue.WindowSignedIn:
		c.windows[e.Window] = true
	case queue.WindowSignedOut:
		c.windows[e.Window] = true
	case queue.WindowPaused:
		c.windows[e.Window] = true
	case queue.WindowContinued:
		c.windows[e.Window] = true
	}
	if id != "" {
		c.tickets[id] = true
	}
	c.totals = true
}

// callAt is which of t's calls st is about: t counts them up to the end of c,
// so the calls after st are taken off.
func (c *changes) callAt(t *queue.Ticket, st step) int {
	later := 0
	for i := st.at + 1; i < len(c.steps); i++ {
		if c.steps[i].kind == stepCall && c.steps[i].ticket == t.ID {
			later++
		}
	}
	return t.Calls - later
}
