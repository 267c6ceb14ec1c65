package server

import (
	"context"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"smarthall/hall-server/internal/alarm"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/intake"
	"smarthall/hall-server/internal/replay"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/uplink"
	"smarthall/hall-server/internal/view"
)

// board is what the manager's board needs beside the live link: alarms and the
// past.
type board struct {
	alarms *alarm.Service
	replay *replay.Service
	past   *store.Past
	// intakes knows whether numbers for them run out; nil without a platform.
	intakes *intake.Service
}

// newBoard opens the past for replays. up is nil for a hall on its own.
// changed is told when boards need the alarms anew.
func newBoard(ctx context.Context, conf Config, c *core.Core, db *store.Store, live *hall.Live, viewer *view.Viewer, up *uplink.Service, changed func()) (*board, error) {
	past, err := store.OpenPast(ctx, filepath.Join(conf.Data, "hall.db"))
	if err != nil {
		return nil, err
	}
	var linked func() bool
	if up != nil {
		linked = func() bool { return up.Status().Linked }
	}
	b := &board{
		past: past,
		replay: replay.New(replay.Config{
			Past: past, Table: db, View: viewer, Registry: viewer.Registry, Now: c.Now, Log: conf.Log,
		}),
	}
	b.alarms = alarm.New(alarm.Config{
		Core: c, View: viewer, Hall: live, Table: db, Log: conf.Log, Linked: linked, Changed: changed,
		Numbers: func() (int64, bool) { return b.intakes.NumbersLow() },
	})
	return b, nil
}

// run watches and remembers until ctx ends.
func (b *board) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return b.alarms.Run(ctx) })
	group.Go(func() error { return b.replay.Run(ctx) })
	return group.Wait()
}

// Close closes the past.
func (b *board) Close() error { return b.past.Close() }
