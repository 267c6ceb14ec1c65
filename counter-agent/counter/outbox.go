package counter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/atomicfile"
	"smarthall/internal/link"
)

const (
	// maxKept is how many actions are kept for a hall that is away: a clerk has
	// one ticket in front, and can't get another without the hall.
	maxKept = 50
	// maxRefused is how many refusals are kept for a clerk who doesn't read them.
	maxRefused = 20
	// sendWithin bounds one try to send the first action, sendPause the time
	// between two tries that failed.
	sendWithin = 10 * time.Second
	sendPause  = time.Second
)

// kept is an action with what the hall is to be asked.
type kept struct {
	link.PendingAction
	Body json.RawMessage `json:"body,omitempty"`
}

// journal is the outbox's file.
type journal struct {
	Actions []kept                `json:"actions"`
	Refused []link.PendingRefused `json:"refused"`
}

// caller is what sends: the agent's client.
type caller interface {
	CallWithID(ctx context.Context, id string, t link.Type, body any) (link.Message, error)
}

// outbox keeps what a clerk did with the ticket in front while the hall was
// away. Actions leave in the order in which they came, each under its own id
// and only after the one before it was answered; they survive power cuts.
type outbox struct {
	path string
	log  *slog.Logger
	// tell takes the new state after each change; mu isn't held then.
	tell func(link.Pending)
	wake chan struct{}

	// turn is held while a change is made and told, so that the pages hear of
	// changes in their order. It is taken before mu.
	turn sync.Mutex
	mu   sync.Mutex
	j    journal // as in the file; guarded by mu
}

// openOutbox reads what an earlier process left in folder. A file that can't
// be understood is put aside: the clerk must be able to work.
func openOutbox(folder string, tell func(link.Pending), log *slog.Logger) (*outbox, error) {
	o := &outbox{path: filepath.Join(folder, "outbox.json"), log: log, tell: tell, wake: make(chan struct{}, 1)}
	data, err := os.ReadFile(o.path)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	if err := json.Unmarshal(data, &o.j); err != nil {
		o.j = journal{}
		log.Error("outbox put aside", slog.Any("err", err))
		return o, os.Rename(o.path, o.path+".unreadable")
	}
	o.stir()
	return o, nil
}

// add keeps an action; it is durable when add returns. The same id is kept
// once.
func (o *outbox) add(k kept) error {
	err := o.change(func(j *journal) error {
		switch {
		case slices.ContainsFunc(j.Actions, func(a kept) bool { return a.ID == k.ID }):
			return nil
		case j.supersedes(k):
			j.Actions = append(slices.Clone(j.Actions[:len(j.Actions)-1]), k)
			return nil
		case len(j.Actions) >= maxKept:
			return agent.Refuse(429, "pending.full", "待同步的操作太多，请等连接恢复")
		}
		j.Actions = append(slices.Clone(j.Actions), k)
		return nil
	})
	o.stir()
	return err
}

// supersedes tells whether k says anew what the last action said, which then
// needn't be sent: the ticks of a visit are always all of them. If that one is
// under way already the hall hears of both, in their order.
func (j *journal) supersedes(k kept) bool {
	if k.Type != link.TypeTicketMaterials || len(j.Actions) == 0 {
		return false
	}
	last := &j.Actions[len(j.Actions)-1]
	return last.Type == k.Type && last.Ticket == k.Ticket
}

// clear forgets the refusals.
func (o *outbox) clear() error {
	return o.change(func(j *journal) error {
		j.Refused = nil
		return nil
	})
}

// len counts what waits.
func (o *outbox) len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.j.Actions)
}

// view is the state for pages; nil if there is nothing to tell.
func (o *outbox) view() *link.Pending {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.j.Actions) == 0 && len(o.j.Refused) == 0 {
		return nil
	}
	p := o.j.pending()
	return &p
}

func (j *journal) pending() link.Pending {
	p := link.Pending{Refused: slices.Clone(j.Refused)}
	for _, k := range j.Actions {
		p.Actions = append(p.Actions, k.PendingAction)
	}
	return p
}

// change writes what fn makes of the journal and tells of it. If either fails
// everything stays as it was. fn replaces slices, it never writes to them.
func (o *outbox) change(fn func(*journal) error) error {
	o.turn.Lock()
	defer o.turn.Unlock()
	o.mu.Lock()
	next := o.j
	o.mu.Unlock()
	if err := fn(&next); err != nil {
		return err
	}
	if err := o.write(next); err != nil {
		return err
	}
	o.mu.Lock()
	o.j = next
	o.mu.Unlock()
	o.tell(next.pending())
	return nil
}

func (o *outbox) write(j journal) error {
	data, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encode outbox: %w", err)
	}
	return atomicfile.Write(o.path, data, 0o600)
}

func (o *outbox) stir() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run sends what is kept until ctx ends.
func (o *outbox) run(ctx context.Context, hall caller) {
	for ctx.Err() == nil {
		first, ok := o.first()
		if !ok {
			select {
			case <-ctx.Done():
			case <-o.wake:
			}
			continue
		}
		if o.send(ctx, hall, first) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(sendPause):
		}
	}
}

func (o *outbox) first() (kept, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.j.Actions) == 0 {
		return kept{}, false
	}
	return o.j.Actions[0], true
}

// send asks the hall once; false means that it is to be asked again.
func (o *outbox) send(ctx context.Context, hall caller, k kept) bool {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	_, err := hall.CallWithID(ctx, k.ID, k.Type, k.Body)
	var refused *agent.RefusedError
	switch {
	case err == nil:
	case errors.As(err, &refused) && !refused.Temporary():
		o.log.Warn("kept action refused",
			slog.String("type", string(k.Type)), slog.String("ticket", k.Ticket), slog.String("code", refused.Problem.Code))
	default:
		return errors.Is(err, agent.ErrAway) // it has waited long enough
	}
	err = o.change(func(j *journal) error {
		j.Actions = slices.DeleteFunc(slices.Clone(j.Actions), func(a kept) bool { return a.ID == k.ID })
		if refused != nil {
			j.Refused = append(slices.Clone(j.Refused), link.PendingRefused{
				Type: k.Type, Ticket: k.Ticket, Number: k.Number, Detail: refused.Problem.Detail,
			})
			j.Refused = j.Refused[max(0, len(j.Refused)-maxRefused):]
		}
		return nil
	})
	if err != nil {
		o.log.Error("outbox not written", slog.Any("err", err))
		return false // asked again under its id, the hall answers the same
	}
	return true
}
