package server

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"smarthall/internal/bus"
)

// domain is the platform's name on the bus.
const domain = "platform"

// openBus opens what events go to halls by, if there are any: a server of this
// process, or a cluster that several processes share.
func (c *contexts) openBus(conf Config) (err error) {
	switch {
	case conf.Bus != "" && conf.Halls != "":
		return errors.New("on a cluster halls connect to its servers, not to this process")
	case conf.Bus != "" && conf.Database == "":
		return errors.New("processes that share a cluster need a database that they share, too")
	case conf.Bus != "":
		key := c.keys.For("bus issuer")
		issuer, err := bus.Issuer(key)
		if err != nil {
			return err
		}
		conf.Log.Info("halls connect to the cluster, which asks this issuer whom to let in", slog.String("issuer", issuer))
		c.bus, err = bus.Join(bus.Joining{Domain: domain, Servers: conf.Bus, Key: key, Admit: c.node.Admit, Log: conf.Log})
		return err
	case conf.Halls != "":
		c.bus, err = bus.Start(bus.Config{
			Domain: domain, Dir: filepath.Join(conf.Data, "bus"), Key: c.keys.For("bus"), Leaves: conf.Halls, Admit: c.node.Admit, Log: conf.Log,
		})
	}
	return err
}

// sweepEvery is how often events are forgotten that can't come again.
const sweepEvery = 6 * time.Hour

// sweep forgets old events until ctx ends, in one process of all.
func (c *contexts) sweep(ctx context.Context, log *slog.Logger) error {
	return c.store.Lead(ctx, "sweep", func(ctx context.Context) error {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			if err := c.store.Sweep(ctx); err != nil && ctx.Err() == nil {
				log.Warn("old events stay", slog.Any("err", err))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}
