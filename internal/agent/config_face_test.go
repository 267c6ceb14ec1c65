package agent_test

import (
	"strings"
	"testing"

	"smarthall/internal/agent"
	"smarthall/internal/link"
)

func TestFacesAreComparedWhereTheFileSaysSo(t *testing.T) {
	const head = "agent: kiosk-1\nhall: ws://h/link\ntoken: x\nlisten: 127.0.0.1:0\ndata: d\n"
	tests := []struct {
		name, more string
		role       link.Role
		want       agent.Face
		wrong      string
	}{
		{"off by itself", "", link.RoleKiosk, agent.Face{Threshold: 0.55}, ""},
		{"on, with the usual threshold", "face: {on: true}\nphoto_decoder: [decode]\n", link.RoleKiosk, agent.Face{On: true, Threshold: 0.55}, ""},
		{"a stricter threshold", "face: {on: true, threshold: 0.7}\n", link.RoleKiosk, agent.Face{On: true, Threshold: 0.7}, ""},
		{"a threshold beyond one", "face: {on: true, threshold: 7}\n", link.RoleKiosk, agent.Face{}, "face threshold 7"},
		{"a threshold that is no number", "face: {on: true, threshold: .nan}\n", link.RoleKiosk, agent.Face{}, "face threshold"},
		{"at a display", "face: {on: true}\n", link.RoleDisplay, agent.Face{}, "face is for kiosks"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := agent.ParseConfig([]byte(head+tt.more), tt.role)
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("got %v, want %q", err, tt.wrong)
				}
				return
			}
			if err != nil || c.Face != tt.want {
				t.Errorf("got %+v, %v, want %+v", c.Face, err, tt.want)
			}
		})
	}
}
