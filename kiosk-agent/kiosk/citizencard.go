package kiosk

import (
	"context"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/citizencard"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// shownCode is the code of a citizen card that was scanned. The page knows its
// handle alone, and names it as soon as it is ready to wait for the answer. It is
// of whoever comes next: a page that goes home at that moment doesn't end it.
type shownCode struct {
	handle, code string
	end          *time.Timer
}

// codeKept is how long a page has to name a code.
const codeKept = 15 * time.Second

// handlePrefix begins handles, which the page gives more time than other codes.
const handlePrefix = "card:"

// scannedCard is what the page is told of a scanned text that is the code of a
// citizen card: a handle of it. It is false for any other text.
func (k *Kiosk) scannedCard(text string) (link.Scanned, bool) {
	hall, ok := k.agent.Hall()
	if !ok || !citizencard.Is(&hall.Hall, text) {
		return link.Scanned{}, false
	}
	shown := &shownCode{handle: handlePrefix + agent.NewSession(), code: text}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dropShown()
	shown.end = time.AfterFunc(codeKept, func() { k.takeShown(shown.handle) })
	k.shown = shown
	return link.Scanned{Text: shown.handle, Kind: link.ScannedCard}, true
}

// dropShown forgets a code that no page has named. The caller holds mu.
func (k *Kiosk) dropShown() {
	if k.shown != nil {
		k.shown.end.Stop()
	}
	k.shown = nil
}

// takeShown gives the code with a handle, once.
func (k *Kiosk) takeShown(handle string) (string, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.shown
	if s == nil || s.handle != handle {
		return "", false
	}
	k.dropShown()
	return s.code, true
}

// showCard makes whoever showed the code with a handle the person in front of the
// machine, as if she had laid her ID card and taken it again.
func (k *Kiosk) showCard(ctx context.Context, handle string) (*session, device.Identity, error) {
	code, ok := k.takeShown(handle)
	if !ok {
		return nil, device.Identity{}, agent.Refuse(410, "session.gone", detailGone)
	}
	id, err := k.cards.Resolve(ctx, code)
	if err != nil {
		return nil, device.Identity{}, err
	}
	k.mu.Lock()
	lies := k.session != nil && k.session.present
	k.mu.Unlock()
	s := k.begin(id, false)
	k.agent.Broadcast(link.TypeCardRead, s.read)
	if !lies { // nothing is there to be taken back
		k.agent.Broadcast(link.TypeCardRemoved, nil)
	}
	return s, id, nil
}

// begin begins a session for a card's holder and ends the one before. A card that
// doesn't lie there is as one that was lifted.
func (k *Kiosk) begin(id device.Identity, present bool) *session {
	s := &session{identity: id, present: present}
	s.read = agent.CardFor(agent.NewSession(), id, k.agent.LocalNow())
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop()
	k.dropShown()
	k.session = s
	if !present {
		s.end = time.AfterFunc(sessionLife*k.idle, func() { k.endSession(s) })
	}
	return s
}
