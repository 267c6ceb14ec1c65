package engine_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

func cat(t *testing.T) *profile.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// opened is a device that only remembers how it was made.
type opened struct {
	device.Device
	profile string
	cfg     device.Config
}

func TestOpenerFindsProfileAndEngine(t *testing.T) {
	refused := errors.New("no")
	factories := map[string]engine.Factory{
		"scanner": func(p *profile.Profile, cfg device.Config, _ *slog.Logger) (device.Device, error) {
			return opened{profile: p.ID, cfg: cfg}, nil
		},
		"sam-v": func(*profile.Profile, device.Config, *slog.Logger) (device.Device, error) { return nil, refused },
	}
	open := engine.New(cat(t), enginetest.Log(), factories)
	cfg := device.Config{ID: "scan", Profile: "generic/scanner-serial", Port: "/dev/ttyS0"}
	d, info, err := open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.(opened); got.profile != cfg.Profile || got.cfg.ID != "scan" {
		t.Errorf("got %+v", got)
	}
	p, _ := cat(t).Get(cfg.Profile)
	want := device.Info{Class: device.ClassScanner, Profile: cfg.Profile, Name: "二维码扫描器（通用，串口）", NameEN: "Generic serial 2D scanner", Revision: p.Hash[:12], Help: p.Help.ZH, HelpEN: p.Help.EN, Unasked: true}
	if info != want {
		t.Errorf("info: got %+v", info)
	}
	tests := []struct {
		name, profile, port, want string
	}{
		{"unknown profile", "generic/nothing", "/dev/ttyS0", `no firmware profile "generic/nothing"`},
		{"engine not joined", "generic/pad-5key-bin", "/dev/ttyS0", `no engine "framed-serial"`},
		{"no port", "generic/scanner-serial", "", "no port"},
		{"engine refuses", "generic/sam-v-serial", "/dev/ttyS0", "no"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _, err := open(device.Config{ID: "x", Profile: tt.profile, Port: tt.port})
			if err == nil || d != nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `device "x"`) {
				t.Errorf("got %v, %v", d, err)
			}
		})
	}
}

func TestSettingsComeFromTheProfileUnlessOrdered(t *testing.T) {
	p := &profile.Profile{Transports: []profile.Transport{
		{Kind: profile.TCP, Port: 9100},
		{Kind: profile.Serial, Baud: profile.Ints{57600, 9600}, DataBits: 7, Parity: "even", StopBits: "2"},
	}}
	want := port.Settings{Baud: 57600, DataBits: 7, Parity: "even", StopBits: "2"}
	if diff := cmp.Diff(want, engine.Settings(p, device.Config{})); diff != "" {
		t.Error(diff)
	}
	want.Baud = 19200
	if diff := cmp.Diff(want, engine.Settings(p, device.Config{Baud: 19200})); diff != "" {
		t.Error(diff)
	}
	if _, err := engine.OpenPort(t.Context(), p, device.Config{Port: "/nowhere"}); !errors.Is(err, device.ErrOffline) {
		t.Errorf("got %v", err)
	}
}
