package framed

import (
	"context"
	"time"

	"smarthall/firmware-profiles/profile"
)

// defaultPoll is the pause between two pings. With two tries of defaultReply a
// device that goes is told of within device.Promptly.
const defaultPoll = 800 * time.Millisecond

// askAll asks the device whether it is there until ctx ends, if its profile
// knows how. Its answer, or any other frame, makes it well again.
func (d *framed) askAll(ctx context.Context) {
	if !d.p.Asked() {
		return
	}
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		// A failure is told by command, and a broken line by listen.
		_ = d.command(ctx, profile.CommandPing, nil)
		pause.Reset(d.p.Status.Poll.Or(defaultPoll))
	}
}

// LookEvery implements device.Looked, for profiles that ping seldom.
func (d *framed) LookEvery() time.Duration {
	if !d.p.Asked() {
		return 0
	}
	return d.p.Status.Poll.Or(defaultPoll)
}
