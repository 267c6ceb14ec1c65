package kiosk

import (
	"context"

	"smarthall/internal/link"
)

// help tells the hall that somebody at the machine wants staff to come, or
// doesn't any more. The hall keeps one call however often she asks.
func (k *Kiosk) help(ctx context.Context, m link.Message) (any, error) {
	var ask link.KioskHelp
	if err := m.Into(&ask); err != nil {
		return nil, err
	}
	var answer link.Answer
	if err := k.ask(ctx, m.ID, link.TypeKioskHelp, ask, &answer); err != nil {
		return nil, err
	}
	return link.Answer{}, nil
}
