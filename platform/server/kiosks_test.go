package server_test

import (
	"slices"
	"testing"

	"smarthall/platform/server"
)

func TestKiosksAreNamedByTheirOrigins(t *testing.T) {
	conf, err := server.ParseFlags([]string{"--kiosks", "http://127.0.0.1:8081/, https://kiosk.example"})
	if want := []string{"http://127.0.0.1:8081", "https://kiosk.example"}; err != nil || !slices.Equal(conf.Frames, want) {
		t.Errorf("got %q, %v", conf.Frames, err)
	}
	for _, list := range []string{"*", "http://*", "127.0.0.1:8081", "http://a.example/x", "http://a.example; script-src", "http://u@a.example", "data:x"} {
		if conf, err := server.ParseFlags([]string{"--kiosks", list}); err == nil {
			t.Errorf("%q is taken as %q", list, conf.Frames)
		}
	}
}
