package kiosk

import (
	"log/slog"
	"net/http"
	"time"

	"smarthall/internal/agent"
)

// Remembers tells whether a lookup is still in mind.
func (k *Kiosk) Remembers() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.visits != nil
}

// Guides returns a hall's guides, and what makes the last ones old.
func Guides(conf *agent.Config, log *slog.Logger) (http.Handler, func(), error) {
	g, err := newGuides(conf, "items", log)
	return g, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.at = time.Time{}
	}, err
}

// Voice returns what serves the sentences that pages speak.
func Voice(folder string, log *slog.Logger) (http.Handler, error) { return newVoice(folder, log) }

// KnowsCases tells whether cases that were found are still in mind.
func (k *Kiosk) KnowsCases() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked != nil
}

// KnowsSession tells whether a card's session lasts.
func (k *Kiosk) KnowsSession(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.session != nil && k.session.read.Session == name
}
