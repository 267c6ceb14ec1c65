package counter

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// kindPhone is the hall's kind of pictures that came by phone.
const kindPhone = "phone"

// refresh asks the hall for a visit's documents. Pictures from a phone become
// pages: each leaves the hall only after it is kept here.
func (p *papers) refresh(ctx context.Context, ticket string) {
	ctx, cancel := context.WithTimeout(ctx, hallWithin)
	defer cancel()
	list, err := p.cfg.Hall.List(ctx, ticket)
	if err != nil {
		if ctx.Err() == nil {
			p.cfg.Log.Warn("documents not listed", slog.Any("err", err))
		}
		return
	}
	documents := make([]link.DocumentView, 0, len(list))
	came := 0
	for _, d := range list {
		switch {
		case d.Kind != kindPhone:
			if d.Stored {
				documents = append(documents, d)
			}
		case d.Stored && p.fetch(ctx, ticket, d.ID):
			came++
		}
	}
	p.note(ticket, func(v *visit) {
		v.documents = documents
		if v.phone != nil {
			phone := *v.phone
			phone.Pictures += came
			v.phone = &phone
		}
	})
}

// fetch makes a page of a picture that a phone sent to the hall.
func (p *papers) fetch(ctx context.Context, ticket, id string) bool {
	data, err := p.cfg.Hall.Content(ctx, id)
	if err == nil {
		err = p.add(ticket, id, fromPhone, device.Image{JPEG: data})
	}
	if err != nil {
		p.cfg.Log.Warn("picture of a phone not fetched", slog.String("document", id), slog.Any("err", err))
		p.note(ticket, func(v *visit) { v.fail = wordsOf(err) })
		return false
	}
	if err := p.cfg.Hall.Remove(ctx, id); err != nil && !gone(err) {
		p.cfg.Log.Warn("picture of a phone left at the hall", slog.String("document", id), slog.Any("err", err))
	}
	return true
}

// gone tells that the hall doesn't know what was named.
func gone(err error) bool {
	var refused *agent.RefusedError
	return errors.As(err, &refused) && refused.Problem.Status == http.StatusNotFound
}

// phone opens the upload by phone, or ends it.
func (p *papers) phone(ctx context.Context, r link.PapersPhone) error {
	if !isID(r.Ticket) {
		return errNoTicket
	}
	ctx, cancel := context.WithTimeout(ctx, hallWithin)
	defer cancel()
	if !r.Open {
		p.stopPhone(r.Ticket)
		return p.hallError(p.cfg.Hall.ClosePhone(ctx, r.Ticket))
	}
	phone, err := p.cfg.Hall.OpenPhone(ctx, r.Ticket)
	if err != nil {
		return p.hallError(err)
	}
	p.stopPhone(r.Ticket)
	return p.beside(func(ctx context.Context) {
		ctx, end := context.WithTimeout(ctx, phone.Until.Sub(p.cfg.Now()))
		defer end()
		p.note(r.Ticket, func(v *visit) { v.phone, v.endPhone, v.fail = &phone, end, "" })
		p.watch(ctx, r.Ticket)
		p.note(r.Ticket, func(v *visit) {
			if v.phone != nil && v.phone.URL == phone.URL {
				v.phone, v.endPhone = nil, nil
			}
		})
	})
}

// watch looks for pictures until ctx ends, and once more after it.
func (p *papers) watch(ctx context.Context, ticket string) {
	tick := time.NewTicker(phoneEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if p.ctx.Err() == nil {
				p.refresh(p.ctx, ticket)
			}
			return
		case <-tick.C:
			p.refresh(ctx, ticket)
		}
	}
}

// stopPhone ends looking for pictures.
func (p *papers) stopPhone(ticket string) {
	p.note(ticket, func(v *visit) {
		if v.endPhone != nil {
			v.endPhone()
		}
		v.phone, v.endPhone = nil, nil
	})
}

// delete deletes a document that the hall has.
func (p *papers) delete(ctx context.Context, r link.DocumentRef) error {
	if !isID(r.Ticket) || !isID(r.Document) {
		return errNoTicket
	}
	ctx, cancel := context.WithTimeout(ctx, hallWithin)
	defer cancel()
	if err := p.cfg.Hall.Remove(ctx, r.Document); err != nil && !gone(err) {
		return p.hallError(err)
	}
	return p.beside(func(ctx context.Context) { p.refresh(ctx, r.Ticket) })
}

// hallError is why the hall couldn't be asked: its own words, or that it is away.
func (p *papers) hallError(err error) error {
	var refused *agent.RefusedError
	if err == nil || errors.As(err, &refused) {
		return err
	}
	p.cfg.Log.Warn("hall not asked about documents", slog.Any("err", err))
	return agent.ErrAway
}
