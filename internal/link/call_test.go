package link_test

import (
	"encoding/json"
	"slices"
	"testing"

	"smarthall/internal/link"
)

// TestACallWithoutAListUsesEveryChannel, and one with an empty list none; both
// keep their meaning over the wire.
func TestACallWithoutAListUsesEveryChannel(t *testing.T) {
	all := []link.CallChannel{link.CallBoard, link.CallWindow, link.CallLED, link.CallVoice}
	for _, tt := range []struct {
		name string
		in   []link.CallChannel
		want []link.CallChannel
	}{
		{"absent", nil, all},
		{"empty", []link.CallChannel{}, nil},
		{"some", []link.CallChannel{link.CallVoice, link.CallBoard}, []link.CallChannel{link.CallBoard, link.CallVoice}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := json.Marshal(link.CallView{ID: "c", Channels: tt.in})
			if err != nil {
				t.Fatal(err)
			}
			var call link.CallView
			if err := json.Unmarshal(data, &call); err != nil {
				t.Fatal(err)
			}
			var got []link.CallChannel
			for _, channel := range all {
				if call.Uses(channel) {
					got = append(got, channel)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
