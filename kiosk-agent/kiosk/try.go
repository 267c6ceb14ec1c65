package kiosk

import (
	"context"
	"time"

	"smarthall/internal/agent"
)

// try lets a device be tried out while nobody is served here; how is the
// runtime's affair.
func (k *Kiosk) try(context.Context, *agent.Device) error {
	if k.inUse() {
		return agent.InUse("有群众正在使用这台机器，请等他离开再试")
	}
	return agent.ErrUnsupported
}

// inUse tells whether somebody is served here, or waits for paper: what is tried
// now could be taken for hers.
func (k *Kiosk) inUse() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	unsure := k.unsure != nil && time.Since(k.unsure.at) <= unsureFor
	return k.session != nil || k.visits != nil || k.asked != nil || unsure || len(k.jobs) > 0
}
