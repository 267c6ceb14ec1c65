package webpad

import (
	"errors"
	"fmt"
	"time"

	"smarthall/internal/link"
)

// SetGrace sets how long a question waits for its page.
func SetGrace(p *Pad, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grace = d
}

// ErrNone is any cause for which a message isn't taken.
var ErrNone = errors.New("not taken")

// Taken reads a message as each kind of answer and draws what is a signature.
func Taken(data []byte) error {
	a, err := decodeAnswer(data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNone, err)
	}
	if goodScore(a) == nil && (a.Score < 1 || a.Score > 5) {
		return fmt.Errorf("score %d was taken", a.Score)
	}
	if goodConfirmation(a) == nil && a.Confirmed == nil {
		return errors.New("nothing was taken as a confirmation")
	}
	if goodSignature(a) != nil || a.Declined {
		return ErrNone
	}
	if len(a.Signature.Strokes) > maxStrokes || len(data) > link.MaxUp {
		return ErrNone
	}
	s, err := readSignature(*a.Signature)
	if err != nil {
		return fmt.Errorf("a good signature can't be read: %w", err)
	}
	_, err = picture(s)
	return err
}
