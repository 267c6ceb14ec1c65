package view

import (
	"slices"
	"testing"

	"smarthall/internal/link"
)

// TestASilentCallLosesTheLoudspeakerOnly.
func TestASilentCallLosesTheLoudspeakerOnly(t *testing.T) {
	for _, tt := range []struct {
		name   string
		zone   []string
		silent bool
		want   []link.CallChannel
	}{
		{"every channel", nil, false, nil},
		{"an empty list means every channel too", []string{}, false, nil},
		{"the zone's own", []string{"led", "voice"}, false, []link.CallChannel{link.CallLED, link.CallVoice}},
		{"silent where every channel is used", nil, true, []link.CallChannel{link.CallBoard, link.CallWindow, link.CallLED}},
		{"silent where the zone has its own", []string{"led", "voice"}, true, []link.CallChannel{link.CallLED}},
		{"silent where there is only the loudspeaker", []string{"voice"}, true, []link.CallChannel{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := callChannels(tt.zone, tt.silent)
			if !slices.Equal(got, tt.want) || (got == nil) != (tt.want == nil) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}
