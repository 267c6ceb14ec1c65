package server

import (
	"context"
	"path/filepath"

	"smarthall/platform/internal/identity/cardcentre"
)

// openCardCentre lets halls ask whose citizen card a code stands for: of the card
// centre that cardcentre.yaml in the data folder names, of a demo one in a demo
// city where none is named, and of nobody elsewhere.
func (c *contexts) openCardCentre(ctx context.Context, conf Config) error {
	centre, err := cardcentre.Load(filepath.Join(conf.Data, "cardcentre.yaml"))
	if err != nil {
		return err
	}
	if centre == nil && conf.Demo {
		centre = cardcentre.Demo{}
	}
	s, err := cardcentre.Open(ctx, cardcentre.Config{Store: c.store, Keys: c.keys, Audit: c.audit, Centre: centre, Log: conf.Log})
	if err != nil {
		return err
	}
	c.node.OnAsk(cardcentre.Topic, s.Asked)
	return nil
}
