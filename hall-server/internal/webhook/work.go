package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/store"
)

// Why a worker ends by itself.
var (
	errSuspended = errors.New("the webhook is suspended")
	errGone      = errors.New("the receiver wants no more")
)

// Limits of a worker.
const (
	// readAtOnce is how many records are read from the database at a time.
	readAtOnce = 256
	// storeWait is the pause after the database failed.
	storeWait = time.Second
	// leastAttempts is how often a delivery is tried before the hall gives up: a
	// hall that is switched off at night doesn't count those hours.
	leastAttempts = 20
	// saveWait bounds the last save of a hall that stops.
	saveWait = 5 * time.Second
)

// Run delivers until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	defer s.client.CloseIdleConnections()
	var workers sync.WaitGroup
	defer workers.Wait()
	for {
		for _, h := range s.all() {
			if begun, ok := h.begin(ctx); ok {
				workers.Go(func() {
					defer s.wake() // it may have been resumed meanwhile
					defer h.end()
					s.work(begun, h)
				})
			}
		}
		select {
		case <-s.changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// begin marks h as worked on, unless it is already or mustn't be.
func (h *hook) begin(ctx context.Context) (context.Context, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.working || h.removed || !h.progress.Suspended.IsZero() || ctx.Err() != nil {
		return nil, false
	}
	h.working = true
	ctx, h.cancel = context.WithCancel(ctx)
	return ctx, true
}

func (h *hook) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.working = false
	h.cancel()
	h.cancel = nil
}

// work delivers what h wants until ctx ends, h is suspended or its receiver is
// gone.
func (s *Service) work(ctx context.Context, h *hook) {
	w := &worker{Service: s, hook: h, saved: time.Now()}
	defer w.keep(context.WithoutCancel(ctx))
	news, stop := s.conf.Core.Watch()
	defer stop()
	for {
		err := w.advance(ctx)
		switch {
		case ctx.Err() != nil, errors.Is(err, errSuspended):
			return
		case errors.Is(err, errGone):
			w.remove(context.WithoutCancel(ctx))
			return
		case err != nil:
			s.conf.Log.Error("webhook can't go on for now", slog.String("webhook", h.ID), slog.Any("error", err))
			w.rest(ctx, nil, storeWait)
		case w.dirty:
			w.rest(ctx, news, s.pace.Save)
		default:
			select {
			case <-news:
			case <-ctx.Done():
			}
		}
	}
}

// worker walks one webhook through the log.
type worker struct {
	*Service
	hook *hook
	// dirty says that progress was made since saved.
	dirty bool
	saved time.Time
}

// rest waits for news or d, then saves if it is time.
func (w *worker) rest(ctx context.Context, news <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-news:
	case <-timer.C:
	case <-ctx.Done():
		return
	}
	w.saveIfDue(ctx)
}

// advance goes through the log to its end.
func (w *worker) advance(ctx context.Context) error {
	for {
		p := w.hook.at()
		records, whole := w.conf.Core.Since(p.Seq)
		if !whole {
			var err error
			if records, err = w.conf.Store.Records(ctx, p.Seq, readAtOnce); err != nil {
				return err
			}
		}
		if len(records) == 0 {
			return nil
		}
		for i := range records {
			if err := w.deliverAll(ctx, &records[i]); err != nil {
				return err
			}
		}
	}
}

func (h *hook) at() store.WebhookProgress {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.progress
}

// move changes h's progress and returns what came of it.
func (h *hook) move(f func(p *store.WebhookProgress)) store.WebhookProgress {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(&h.progress)
	return h.progress
}

// deliverAll delivers the events of rec that are wanted and not yet delivered.
func (w *worker) deliverAll(ctx context.Context, rec *core.Record) error {
	for i := w.hook.at().Part; i < len(rec.Events); i++ {
		if e := rec.Events[i]; w.hook.wanted(e.Type()) {
			body, err := w.describe(ctx, rec, e)
			if err != nil {
				return err
			}
			if err := w.deliver(ctx, fmt.Sprintf("msg_%s_%d_%d", w.hook.ID, rec.Seq, i), body); err != nil {
				return err
			}
		}
		w.hook.move(func(p *store.WebhookProgress) { p.Part = i + 1 })
	}
	w.hook.move(func(p *store.WebhookProgress) { p.Seq, p.Part = rec.Seq, 0 })
	w.dirty = true
	w.saveIfDue(ctx)
	return nil
}

// deliver sends one event until the receiver takes it.
func (w *worker) deliver(ctx context.Context, id string, body []byte) error {
	for {
		if err := w.hook.wait(ctx); err != nil {
			return err
		}
		w.hook.calm()
		attempt, err := w.send(ctx, w.hook, id, body)
		if err != nil {
			return err
		}
		if attempt.OK() {
			w.succeed()
			return nil
		}
		w.conf.Log.Warn("webhook delivery failed", slog.String("webhook", w.hook.ID), slog.String("delivery", id),
			slog.String("failure", string(attempt.Failure)), slog.Int("status", attempt.Status))
		if attempt.Failure == FailedGone {
			return errGone
		}
		if w.fail(attempt) {
			w.conf.Log.Error("webhook suspended", slog.String("webhook", w.hook.ID), slog.String("failure", string(attempt.Failure)))
			return errSuspended
		}
		w.keep(ctx)
	}
}

// wait returns when the next attempt is due, or somebody hurries.
func (h *hook) wait(ctx context.Context) error {
	d := time.Until(h.at().NextTry)
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.nudge:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// calm forgets that somebody hurried: an attempt is being made anyhow.
func (h *hook) calm() {
	select {
	case <-h.nudge:
	default:
	}
}

func (w *worker) succeed() {
	now := time.Now().UTC()
	w.hook.move(func(p *store.WebhookProgress) {
		p.LastSuccess, p.Attempts, p.FailingSince, p.NextTry = now, 0, time.Time{}, time.Time{}
	})
	w.dirty = true
}

// fail notes a failed attempt and tells whether the hall gives up.
func (w *worker) fail(a Attempt) (suspended bool) {
	now := time.Now().UTC()
	w.dirty = true
	p := w.hook.move(func(p *store.WebhookProgress) {
		if p.FailingSince.IsZero() {
			p.FailingSince = now
		}
		p.LastFailure, p.Failure, p.Status = now, string(a.Failure), a.Status
		p.NextTry = now.Add(max(w.pace.wait(p.Attempts), a.after))
		p.Attempts++
		if now.Sub(p.FailingSince) >= w.pace.GiveUp && p.Attempts >= leastAttempts {
			p.Suspended, p.NextTry = now, time.Time{}
		}
	})
	return !p.Suspended.IsZero()
}

// wait is the pause after failures failed attempts and one more.
func (p Pace) wait(failures int) time.Duration {
	d := p.Most
	if failures < 30 { // no overflow
		d = min(p.First<<failures, p.Most)
	}
	return d/2 + rand.N(d/2+1)
}

// saveIfDue keeps the progress if it has been some time.
func (w *worker) saveIfDue(ctx context.Context) {
	if w.dirty && time.Since(w.saved) >= w.pace.Save {
		w.keep(ctx)
	}
}

// keep saves the progress. A failure costs only deliveries that come twice.
func (w *worker) keep(ctx context.Context) {
	if !w.dirty {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, saveWait)
	defer cancel()
	w.saved = time.Now()
	if err := w.hook.save(ctx, w.conf.Store); err != nil {
		w.conf.Log.Error("webhook progress not saved", slog.String("webhook", w.hook.ID), slog.Any("error", err))
		return
	}
	w.dirty = false
}

// save keeps h's progress as it is now, after whoever saves it already.
func (h *hook) save(ctx context.Context, to Store) error {
	h.saving.Lock()
	defer h.saving.Unlock()
	return to.SaveWebhook(ctx, h.ID, h.at())
}

// remove ends a webhook whose receiver answered 410.
func (w *worker) remove(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, saveWait)
	defer cancel()
	w.dirty = false
	if err := w.conf.Store.RemoveWebhook(ctx, w.hook.ID); err != nil {
		w.conf.Log.Error("webhook not removed", slog.String("webhook", w.hook.ID), slog.Any("error", err))
	}
	w.forget(w.hook)
	w.conf.Log.Info("webhook removed: its receiver is gone", slog.String("webhook", w.hook.ID))
}
