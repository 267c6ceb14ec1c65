package uplink_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"smarthall/hall-server/internal/uplink"
	"smarthall/internal/problem"
)

// TestAPlatformThatIsNotThereIsToldAtOnce: for a hall on its own, and for one
// whose link isn't up.
func TestAPlatformThatIsNotThereIsToldAtOnce(t *testing.T) {
	alone, unlinked := (*uplink.Service)(nil), uplink.New(uplink.Config{})
	for want, s := range map[string]*uplink.Service{"platform.none": alone, "platform.away": unlinked} {
		var answer json.RawMessage
		begun := time.Now()
		err := s.Ask(t.Context(), "case-query", "kiosk-1", struct{}{}, &answer)
		var p *problem.Problem
		if !errors.As(err, &p) || p.Code != want || p.Status != 503 || p.Detail == "" || answer != nil || time.Since(begun) > time.Second {
			t.Errorf("%s: %v %s", want, err, answer)
		}
	}
}
