package webpad

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// How long people have at most, where neither the caller nor the profile says
// less.
const (
	rateWindow    = 30 * time.Second
	confirmWindow = 2 * time.Minute
	signWindow    = 3 * time.Minute
	// reloadGrace is how long a question waits for a page that was closed.
	reloadGrace = 5 * time.Second
)

// errBusy is the error of a question while another is asked.
var errBusy = errors.New("the page is asking already")

// errWrong says that an answer doesn't answer the question.
var errWrong = errors.New("answer doesn't fit the question")

// Ask implements device.Pad.
func (p *Pad) Ask(ctx context.Context) (int, error) {
	a, err := p.ask(ctx, link.PadFace{Show: link.PadRate}, p.window, goodScore)
	if err != nil {
		return 0, fmt.Errorf("ask for a rating: %w", err)
	}
	return a.Score, nil
}

func goodScore(a link.PadAnswer) error {
	if a.Score < 1 || a.Score > 5 || a.Confirmed != nil || a.Signature != nil || a.Declined {
		return fmt.Errorf("score %d: %w", a.Score, errWrong)
	}
	return nil
}

// Confirm implements device.Confirmer.
func (p *Pad) Confirm(ctx context.Context, sheet device.Sheet) error {
	face := link.PadFace{Show: link.PadConfirm, Title: sheet.Title}
	for _, row := range sheet.Rows {
		face.Rows = append(face.Rows, link.PadRow{Label: row.Label, Value: row.Value})
	}
	a, err := p.ask(ctx, face, confirmWindow, goodConfirmation)
	switch {
	case err != nil:
		return fmt.Errorf("ask to confirm: %w", err)
	case !*a.Confirmed:
		return device.ErrDeclined
	}
	return nil
}

func goodConfirmation(a link.PadAnswer) error {
	if a.Confirmed == nil || a.Score != 0 || a.Signature != nil || a.Declined {
		return fmt.Errorf("confirmation: %w", errWrong)
	}
	return nil
}

// Sign implements device.Signer.
func (p *Pad) Sign(ctx context.Context, text string) (device.Signature, error) {
	a, err := p.ask(ctx, link.PadFace{Show: link.PadSign, Text: text}, signWindow, goodSignature)
	if err != nil {
		return device.Signature{}, fmt.Errorf("ask to sign: %w", err)
	}
	if a.Declined {
		return device.Signature{}, device.ErrDeclined
	}
	s, err := readSignature(*a.Signature)
	if err != nil {
		return device.Signature{}, fmt.Errorf("read signature: %w", err) // it was good a moment ago
	}
	if s.PNG, err = picture(s); err != nil {
		return device.Signature{}, fmt.Errorf("draw signature: %w", err)
	}
	return s, nil
}

func goodSignature(a link.PadAnswer) error {
	if a.Score != 0 || a.Confirmed != nil || a.Declined == (a.Signature != nil) {
		return fmt.Errorf("signature: %w", errWrong)
	}
	if a.Declined {
		return nil
	}
	_, err := readSignature(*a.Signature)
	return err
}

// ask shows a face and waits for a good answer: at most window, and at most
// until ctx ends. Whatever comes of it, the page has forgotten the question
// when ask returns.
func (p *Pad) ask(ctx context.Context, face link.PadFace, window time.Duration, good func(link.PadAnswer) error) (link.PadAnswer, error) {
	select {
	case p.asking <- struct{}{}:
		defer func() { <-p.asking }()
	default:
		return link.PadAnswer{}, errBusy
	}
	waiting, cancel := context.WithTimeout(ctx, window)
	defer cancel()
	q := &question{id: rand.Text(), good: good, answer: make(chan answered, 1)}
	face.Ask = q.id
	face.Until, _ = waiting.Deadline()
	if err := p.begin(q, face); err != nil {
		return link.PadAnswer{}, err
	}
	select {
	case a := <-q.answer:
		return a.PadAnswer, a.err
	case <-waiting.Done():
	}
	if a, late := p.end(q); late {
		return a.PadAnswer, a.err // it came in the same moment
	}
	if err := waiting.Err(); !errors.Is(err, context.DeadlineExceeded) {
		return link.PadAnswer{}, err
	}
	return link.PadAnswer{}, device.ErrTimeout
}

// begin puts a question on the page.
func (p *Pad) begin(q *question, face link.PadFace) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.page == nil {
		return device.ErrOffline
	}
	p.question, p.face = q, face
	p.show()
	return nil
}

// end takes a question off the page; true if its answer has come meanwhile.
func (p *Pad) end(q *question) (answered, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.question != q {
		return <-q.answer, true // whoever took the question away has left one
	}
	p.question = nil
	p.face = link.PadFace{Show: link.PadIdle}
	p.show()
	return answered{}, false
}

// ShowDesk implements device.DeskDisplay. The page shows it once nothing is
// asked.
func (p *Pad) ShowDesk(_ context.Context, desk device.Desk) error {
	d := &link.PadDesk{
		Hall: desk.Hall, Window: desk.Window, Name: desk.Name, Clerk: desk.Clerk, Paused: desk.Paused,
		Number: desk.Number, Service: desk.Service, Serving: desk.Serving, Waiting: desk.Waiting, Notices: desk.Notices,
	}
	for _, g := range desk.Guides {
		d.Guides = append(d.Guides, link.PadGuide{Service: g.Service, Materials: g.Materials})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.desk = d
	if p.question == nil {
		p.show()
	}
	return nil
}
