package counter

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/citizencard"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// codeLies is how long a citizen card that was shown counts as lying there: its
// holder is remembered for the visit in front like that of a card that was laid.
const codeLies = 2 * time.Minute

// shownCard takes the code of a citizen card, if that is what was scanned. The page
// isn't told of the code: it hears of a card, or why there is none.
func (c *Counter) shownCard(text string) bool {
	hall, ok := c.agent.Hall()
	if !ok || !citizencard.Is(&hall.Hall, text) {
		return false
	}
	select {
	case c.codes <- text:
	default: // one is being asked about: it was scanned twice
	}
	return true
}

// resolveAll asks whose cards the codes stand for until ctx ends.
func (c *Counter) resolveAll(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case code := <-c.codes:
			c.resolve(ctx, code)
		}
	}
}

func (c *Counter) resolve(ctx context.Context, code string) {
	id, err := c.cards.Resolve(ctx, code)
	if err != nil {
		detail := "没有认出市民卡，请使用身份证"
		var refused *agent.RefusedError
		if errors.As(err, &refused) {
			detail = refused.Problem.Detail
		} else {
			c.log.Warn("citizen card not resolved", slog.Any("err", err))
		}
		if ctx.Err() == nil {
			c.agent.Broadcast(link.TypeCardFailed, link.DeviceProblem{Detail: detail})
		}
		return
	}
	session := c.lay(id)
	time.AfterFunc(codeLies, func() { c.liftShown(session) })
}

// lay tells pages of a card and remembers its holder.
func (c *Counter) lay(id device.Identity) string {
	read := agent.CardFor(agent.NewSession(), id, c.agent.LocalNow())
	c.setCard(&read)
	c.agent.Broadcast(link.TypeCardRead, read)
	c.photos.lay(read.Session, id.Photo)
	c.holders.lay(id)
	return read.Session
}

// lift tells pages that there is no card any more.
func (c *Counter) lift() {
	c.setCard(nil)
	c.photos.lift()
	c.holders.lift()
	c.agent.Broadcast(link.TypeCardRemoved, nil)
}

// liftShown lifts a citizen card, unless another card has taken its place.
func (c *Counter) liftShown(session string) {
	c.mu.Lock()
	there := c.card != nil && c.card.Session == session
	c.mu.Unlock()
	if there {
		c.lift()
	}
}
