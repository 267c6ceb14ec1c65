package simulator_test

import (
	"testing"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// TestEveryShippedProfileRunsAgainstItsSimulator lets no profile be shipped
// that its engine can't open, or that has no device's side.
func TestEveryShippedProfileRunsAgainstItsSimulator(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Load()
	must(t, err)
	for _, p := range cat.All() {
		if p.Engine == profile.EngineWebPad {
			continue // a page of the agent: there is no other side to simulate
		}
		if p.Engine == profile.EngineSANE {
			continue // a driver of others has no simulator; see TestAScannerWithASANEDriver
		}
		for _, transport := range transports {
			if transport == "pty" && !hasLine(p) {
				continue
			}
			t.Run(p.ID+" over "+transport, func(t *testing.T) {
				t.Parallel()
				sim := start(t, p.ID, transport)
				s := run(t, open(t, sim))
				waitState(t, s, device.Online)
				sim.Unplug()
				waitState(t, s, device.Offline)
				must(t, sim.Plug())
				waitState(t, s, device.Online)
				if v := sim.Snapshot(); v.Class != p.Class || v.Name != p.Names.ZH || !v.Plugged {
					t.Errorf("snapshot %+v", v)
				}
			})
		}
	}
}

// hasLine tells whether a model hangs on a line that a pseudo-terminal can be.
func hasLine(p *profile.Profile) bool {
	_, serial := p.Transport(profile.Serial)
	_, input := p.Transport(profile.Input)
	return serial || input || p.Engine == profile.EngineESCPOS
}
