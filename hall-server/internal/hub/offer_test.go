package hub

import (
	"testing"

	"smarthall/internal/link"
)

// TestAgentsAreToldAgainWhenAnOfferChanged: a forecast that comes after the
// change behind it, and nothing else.
func TestAgentsAreToldAgainWhenAnOfferChanged(t *testing.T) {
	low, high, left := 5, 10, 3
	f := &follower{offers: map[string]offer{}}
	services := []link.ServiceView{{ID: "tax", Available: true}, {ID: "id-card", Available: true}}
	told := func(step string, want ...string) {
		t.Helper()
		got := f.offered(services)
		if len(got) != len(want) {
			t.Fatalf("%s: told of %d services, want %v", step, len(got), want)
		}
		for i := range got {
			if got[i].ID != want[i] {
				t.Errorf("%s: told of %s, want %s", step, got[i].ID, want[i])
			}
		}
	}
	told("at first", "tax", "id-card")
	told("without a change")
	services[0].Waiting, services[0].LongestWaitSeconds = 4, 90
	told("when only the queue grew older")
	services[0].WaitLow, services[0].WaitHigh = &low, &high
	told("when a range came", "tax")
	services[1].PlacesLeft = &left
	told("when places became few", "id-card")
	services[1].Available = false
	told("when it closed", "id-card")
}
