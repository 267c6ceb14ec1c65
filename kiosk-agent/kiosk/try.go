package kiosk

import (
	"context"

	"smarthall/internal/agent"
)

// try lets a device be tried out while nobody is served here; how is the
// runtime's affair.
func (k *Kiosk) try(context.Context, *agent.Device) error {
	k.mu.Lock()
	busy := k.session != nil || k.visits != nil || k.asked != nil || k.unsure != nil
	k.mu.Unlock()
	if busy || len(k.jobs) > 0 {
		return agent.InUse("有群众正在使用这台机器，请等他离开再试")
	}
	return agent.ErrUnsupported
}
