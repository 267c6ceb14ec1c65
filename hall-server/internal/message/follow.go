package message

import (
	"context"
	"log/slog"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/privacy"
)

// gather is how long changes are collected, so that a busy hall's messages
// share a commit; again is the pause after a fault of the table.
const (
	gather = 100 * time.Millisecond
	again  = time.Second
)

// life is how long a message is of use if its ticket stays as it is.
const life = 15 * time.Minute

// follower turns what is committed into rows of the table.
type follower struct {
	*Service
	seq uint64
	// whole asks to look at every ticket: at the start, and after having been
	// left behind.
	whole bool
	day   queue.Day
	// seen are the occasions that need no further look today.
	seen map[seenKey]bool
}

type seenKey struct {
	ticket queue.TicketID
	occasion
}

// found is an occasion with all that its messages need; made inside the core's
// lock, used outside.
type found struct {
	seenKey
	number string
	person queue.Person
	vars   Vars
}

func (s *Service) follow(ctx context.Context) {
	f := &follower{Service: s, whole: true, seen: make(map[seenKey]bool)}
	commits, stop := s.conf.Core.Watch()
	defer stop()
	for {
		pause := gather
		if err := f.step(ctx); err != nil && ctx.Err() == nil {
			s.conf.Log.Error("keep messages", slog.Any("error", err))
			f.whole, pause = true, again
		}
		if !sleep(ctx, pause) {
			return
		}
		if f.whole {
			continue
		}
		select {
		case <-commits:
		case <-ctx.Done():
			return
		}
	}
}

// sleep waits for d; false means that ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// step looks at what was committed since the last one.
func (f *follower) step(ctx context.Context) error {
	list, day := f.look()
	if day != f.day {
		if err := f.open(ctx, day); err != nil {
			return err
		}
		list, _ = f.look() // now with the day's choices
	}
	now := f.now()
	var messages []Message
	settings := f.conf.Settings()
	for i := range list {
		messages = append(messages, f.compose(&list[i], &settings, day, now)...)
	}
	if len(messages) > 0 {
		if err := f.conf.Table.AddMessages(ctx, messages); err != nil {
			return err
		}
		f.rouse()
	}
	for i := range list {
		f.seen[list[i].seenKey] = true
	}
	return nil
}

// open begins a business day.
func (f *follower) open(ctx context.Context, day queue.Day) error {
	choices, err := f.conf.Table.Choices(ctx, day)
	if err != nil {
		return err
	}
	if err := f.conf.Table.ForgetPhones(ctx, day); err != nil {
		return err
	}
	f.mu.Lock()
	clear(f.choices)
	for _, c := range choices {
		f.choices[choiceKey{c.Ticket, c.Channel}] = c.Wanted
	}
	f.mu.Unlock()
	clear(f.seen)
	f.day, f.whole = day, true
	return nil
}

// look finds the occasions since seq.
func (f *follower) look() (list []found, day queue.Day) {
	soon := f.conf.Settings().Soon
	f.conf.Core.Follow(f.seq, func(records []core.Record, whole bool, s *queue.State, now queue.Time) {
		day = s.Day
		c := newTouched()
		c.note(records)
		if whole = whole && !f.whole && !c.day; !whole {
			list = f.lookAt(s, now, soon, nil)
		} else {
			list = f.lookAt(s, now, soon, c)
		}
		if n := len(records); n > 0 {
			f.seq = records[n-1].Seq
		}
	})
	f.whole = false
	return list, day
}

// lookAt finds the occasions of what c names, of every ticket if c is nil.
func (f *follower) lookAt(s *queue.State, now queue.Time, soon int, c *touched) []found {
	var list []found
	if s.Config == nil {
		return nil
	}
	add := func(t *queue.Ticket, o occasion) {
		key := seenKey{t.ID, o}
		if t.Person.Sealed != "" && !f.seen[key] {
			list = append(list, found{seenKey: key, number: t.Number, person: t.Person, vars: f.conf.Vars(s, t, now)})
		}
	}
	tell := func(t *queue.Ticket) {
		if o, ok := occasionOf(t); ok {
			add(t, o)
		}
	}
	if c == nil {
		for _, t := range s.Tickets {
			tell(t)
		}
	} else {
		for id := range c.tickets {
			if t := s.Tickets[id]; t != nil {
				c.services[t.Service] = true
				tell(t)
			}
		}
	}
	for i := range s.Config.Services {
		id := s.Config.Services[i].ID
		if c != nil && !c.services[id] {
			continue
		}
		for ahead, t := range front(s, id, soon+1) {
			if _, told := occasionOf(t); !told && near(t, ahead, soon) {
				add(t, occasion{Soon, 0})
			}
		}
	}
	return list
}

// compose writes the messages of one occasion, one for each channel that is on
// and wanted.
func (f *follower) compose(o *found, settings *Settings, day queue.Day, now queue.Time) []Message {
	var out []Message
	var phone Phone
	for _, c := range Channels() {
		conf := settings.Channel(c)
		if !conf.carries(o.event, o.vars.Zone) || !f.wants(conf, o.ticket, c) {
			continue
		}
		if phone == "" {
			digits, err := f.conf.Vault.Open(PhoneKind, o.person.Sealed)
			if err != nil {
				// Of another hall's key, say. It won't open later either.
				f.conf.Log.Warn("a phone number can't be read", slog.String("ticket", string(o.ticket)), slog.Any("error", err))
				return nil
			}
			phone = Phone(digits)
		}
		template := settings.Template(o.event)
		out = append(out, Message{
			ID: ulid.Make().String(), Ticket: o.ticket, Number: o.number, Day: day,
			Event: o.event, Call: o.call, Channel: c,
			Version: template.Version, Code: template.Code, Text: template.Render(o.vars), Vars: o.vars,
			To: o.person.Sealed, Masked: privacy.MaskPhone(phone.Digits()), Person: f.conf.Vault.Key(PhoneKind, phone.Digits()),
			State: Pending, Created: now, Due: now, Expires: now.Add(life), Changed: now,
		})
	}
	return out
}
