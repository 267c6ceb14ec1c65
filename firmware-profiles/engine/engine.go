// Package engine turns the configuration of a device into the device: it finds
// the firmware profile by its id and hands both to the Go code that speaks the
// profile's protocol. The engines themselves are the packages below this one;
// engine/all joins them.
package engine

import (
	"context"
	"fmt"
	"log/slog"

	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Factory makes a device of one engine from its profile and configuration. It
// checks both and touches no port: Run does.
type Factory func(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error)

// VectorRunner plays one vector of a profile against the engine's own encoder
// and decoder. It returns nil when the bytes and values agree, and otherwise
// an error that shows what was expected and what came.
type VectorRunner func(p *profile.Profile, v profile.Vector) error

// New is an opener over the profiles of cat and the given engines, keyed by
// the names that profiles use. log gets the attributes device and profile.
func New(cat *profile.Catalog, log *slog.Logger, factories map[string]Factory) device.Opener {
	return func(cfg device.Config) (device.Device, device.Info, error) {
		p, ok := cat.Get(cfg.Profile)
		if !ok {
			return nil, device.Info{}, fmt.Errorf("device %q: no firmware profile %q", cfg.ID, cfg.Profile)
		}
		info := device.Info{Class: p.Class, Profile: p.ID, Name: p.Names.ZH}
		factory, ok := factories[string(p.Engine)]
		if !ok {
			return nil, info, fmt.Errorf("device %q: no engine %q", cfg.ID, p.Engine)
		}
		if cfg.Port == "" {
			return nil, info, fmt.Errorf("device %q: no port", cfg.ID)
		}
		d, err := factory(p, cfg, log.With(slog.String("device", cfg.ID), slog.String("profile", p.ID)))
		if err != nil {
			return nil, info, fmt.Errorf("device %q: %w", cfg.ID, err)
		}
		return d, info, nil
	}
}

// Settings are the serial settings of a device: the profile's, with the speed
// that cfg orders. The profile's first speed is used when cfg names none.
func Settings(p *profile.Profile, cfg device.Config) port.Settings {
	t, _ := p.Transport(profile.Serial)
	s := port.Settings{DataBits: t.DataBits, Parity: t.Parity, StopBits: t.StopBits}
	if len(t.Baud) > 0 {
		s.Baud = t.Baud[0]
	}
	if cfg.Baud != 0 {
		s.Baud = cfg.Baud
	}
	return s
}

// OpenPort opens the line that cfg names with the profile's settings. A
// tcp:// address works for every profile: hall devices often hang on a serial
// device server, which passes the same bytes through.
func OpenPort(ctx context.Context, p *profile.Profile, cfg device.Config) (port.Port, error) {
	line, err := port.Open(ctx, cfg.Port, Settings(p, cfg))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Port, err)
	}
	return line, nil
}
