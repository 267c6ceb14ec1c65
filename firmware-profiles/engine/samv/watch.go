package samv

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// presence is what is known of the place where cards are laid.
type presence int

const (
	absent  presence = iota // no card
	present                 // a card was read and lies there
	failed                  // a card lies there and can't be read
)

// probe is how to tell that a card that was read still lies there.
//
// "Find card" alone can't: some modules answer 9F as long as the card lies,
// others answer 80 from the moment it was read, as if it were gone. "Read
// additional address" (30 03) can: after a read it answers 90 or 91 without a
// new find and select until the card leaves the field, and 41 afterwards.
// Whether a module knows it is tried once right after a read, when the card is
// surely there. Where it doesn't, find is asked: a module that goes on
// answering 9F tells the lift by 80; of one that answers 80 at once the lift
// can't be seen, and the card counts as gone after timing.hold or when the
// next one is found, whichever is first. In neither case is a card that stays
// read twice.
type probe int

const (
	byAddress probe = iota
	byFind
)

// misses is how many "nothing there" in a row mean that a card was taken away:
// one may be a card that is moved.
const misses = 2

// selectTries is how often a card that is found may fail to be selected.
const selectTries = 3

// watch is the polling loop over one open connection.
type watch struct {
	conn *conn
	p    *profile.Profile
	sink device.Sink

	state  device.State // last reported
	detail string
	errors int // questions in a row that failed

	place        presence
	probe        probe
	addressWorks bool // 30 03 was seen to work on this module
	addressMute  bool // the module stays silent on 30 03
	since        time.Time
	missed       int  // "nothing there" in a row
	seen         bool // find answered 9F since the card was read
	selects      int  // failed selects in a row
}

// run asks until ctx ends or too many questions in a row fail.
func (w *watch) run(ctx context.Context) error {
	if err := w.question(ctx, w.module); err != nil {
		return err
	}
	poll := w.p.Timing.Poll.Or(defaultPoll)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		step := w.stepAbsent
		switch {
		case w.state != device.Online:
			step = w.module
		case w.place == present && w.probe == byAddress:
			step = w.stepAddress
		case w.place == present:
			step = w.stepFind
		case w.place == failed:
			step = w.stepFailed
		}
		if err := w.question(ctx, step); err != nil {
			return err
		}
		timer.Reset(poll)
	}
}

// question runs one step. Errors of a single question are forgiven until there
// are too many; a dead line isn't.
func (w *watch) question(ctx context.Context, step func(context.Context) error) error {
	err := step(ctx)
	switch {
	case err == nil:
		w.errors = 0
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, device.ErrOffline):
		return err
	}
	if w.errors++; w.errors >= maxErrors {
		return device.Temporary(fmt.Errorf("%d questions in a row failed: %w", w.errors, err))
	}
	return nil
}

// module asks for the module's own health and reports it.
func (w *watch) module(ctx context.Context) error {
	a, err := w.conn.ask(ctx, ReadStatus, w.p.Timing.Status.Or(defaultStatus))
	if err != nil {
		return err
	}
	w.report(a.SW3)
	return nil
}

// report tells the sink the state that a status word means, if it is news.
func (w *watch) report(sw3 Status) {
	state, detail := w.neutral(sw3), ""
	if state != device.Online {
		detail = sw3.String()
	}
	if state == w.state && detail == w.detail {
		return
	}
	w.state, w.detail = state, detail
	w.sink.State(state, detail)
}

// neutral is the state of a status word: the profile's map goes before the
// table of the protocol.
func (w *watch) neutral(sw3 Status) device.State {
	if s, ok := w.p.Status.Map[fmt.Sprintf("%02X", byte(sw3))]; ok {
		return s
	}
	return sw3.Neutral()
}

// find asks whether a card can be found. A module that is broken is reported
// and finds nothing.
func (w *watch) find(ctx context.Context) (bool, error) {
	a, err := w.conn.ask(ctx, FindCard, w.p.Timing.Find.Or(defaultFind))
	if err != nil {
		return false, err
	}
	w.report(a.SW3)
	return a.SW3 == CardFound, nil
}

// stepAbsent waits for a card and reads it.
func (w *watch) stepAbsent(ctx context.Context) error {
	found, err := w.find(ctx)
	if err != nil || !found {
		w.selects = 0
		return err
	}
	return w.read(ctx)
}

// read selects and reads the card that was just found.
func (w *watch) read(ctx context.Context) error {
	a, err := w.conn.ask(ctx, SelectCard, w.p.Timing.Select.Or(defaultFind))
	if err != nil {
		return w.fail(ctx, err)
	}
	if a.SW3 != OK {
		if w.selects++; w.selects < selectTries {
			return nil // it may still be moving
		}
		return w.fail(ctx, &statusError{"select card", a.SW3})
	}
	a, err = w.conn.ask(ctx, ReadCard, w.p.Timing.Read.Or(defaultRead))
	if err != nil {
		return w.fail(ctx, err)
	}
	w.report(a.SW3)
	if a.SW3 != OK {
		return w.fail(ctx, &statusError{"read card", a.SW3})
	}
	id, err := ParseCard(a.Data)
	if err != nil {
		return w.fail(ctx, err)
	}
	// The address is asked for before anybody hears of the card: forms take it.
	id.NewAddress, err = w.chooseProbe(ctx)
	w.lay(present)
	w.sink.Event(device.CardPresent{Identity: id})
	return err
}

// fail reports a card that can't be read and waits for it to be lifted: the
// protocol demands that it is laid again. A dead line is no fault of the card.
func (w *watch) fail(ctx context.Context, cause error) error {
	if ctx.Err() != nil || errors.Is(cause, device.ErrOffline) {
		return cause
	}
	w.lay(failed)
	w.sink.Event(device.CardFailed{Cause: cause})
	return nil
}

func (w *watch) lay(p presence) {
	w.place, w.since = p, time.Now()
	w.missed, w.selects, w.seen = 0, 0, false
}

// lifted reports that a card is gone, if there was one.
func (w *watch) lifted() {
	if w.place == absent {
		return
	}
	w.lay(absent)
	w.sink.Event(device.CardRemoved{})
}

// chooseProbe tries 30 03 on the card that was just read, and returns the
// additional address if there is one.
func (w *watch) chooseProbe(ctx context.Context) (address string, err error) {
	w.probe = byFind
	if w.p.Has(profile.QuirkNoAppRead) || w.addressMute {
		return "", nil
	}
	there, address, err := w.addressed(ctx)
	if there || w.addressWorks {
		w.probe, w.addressWorks = byAddress, true
	}
	if errors.Is(err, device.ErrTimeout) {
		// An old module may stay silent on an unknown command; it isn't asked
		// again, so that the next card needn't wait for it.
		w.addressMute = !w.addressWorks
		return "", nil
	}
	return address, err
}

// addressed tells whether the card answers for its additional address, and what
// that is.
func (w *watch) addressed(ctx context.Context) (there bool, address string, err error) {
	a, err := w.conn.ask(ctx, ReadAddress, w.p.Timing.Status.Or(defaultStatus))
	if err != nil {
		return false, "", err
	}
	w.report(a.SW3)
	if a.SW3 != OK {
		return a.SW3 == NoContent, "", nil
	}
	if address, err = ParseAddress(a.Data); err != nil {
		return true, "", nil // a card without one that can be read is a card all the same
	}
	return true, address, nil
}

// stepAddress waits for the lift by 30 03.
func (w *watch) stepAddress(ctx context.Context) error {
	there, _, err := w.addressed(ctx)
	if err != nil {
		return err
	}
	w.miss(there)
	return nil
}

// miss counts how often nothing was there and reports the lift.
func (w *watch) miss(there bool) {
	if there {
		w.missed = 0
		return
	}
	if w.missed++; w.missed >= misses {
		w.lifted()
	}
}

// stepFind waits for the lift by find.
func (w *watch) stepFind(ctx context.Context) error {
	found, err := w.find(ctx)
	if err != nil {
		return err
	}
	if found && !w.seen && w.missed > 0 {
		w.lifted() // it answered 80 all the time: 9F is a card laid anew
		return w.read(ctx)
	}
	w.seen = w.seen || found
	if w.seen {
		w.miss(found)
		return nil
	}
	w.missed++
	if time.Since(w.since) >= w.p.Timing.Hold.Or(defaultHold) {
		w.lifted()
	}
	return nil
}

// stepFailed waits until a card that can't be read is lifted. A module that
// answers 80 for it at once shows the new one by 9F, so there is no harm.
func (w *watch) stepFailed(ctx context.Context) error {
	found, err := w.find(ctx)
	if err != nil {
		return err
	}
	w.miss(found)
	return nil
}
