// Package engine turns the configuration of a device into the device: it finds
// the firmware profile by its id and hands both to the Go code that speaks the
// profile's protocol. The engines themselves are the packages below this one;
// engine/all joins them.
package engine

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"smarthall/firmware-profiles/engine/bus"
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

// Profiles is where an opener finds profiles: a *profile.Catalog, or a
// *profile.Live, whose profiles may change.
type Profiles interface {
	// Get is the profile with an id.
	Get(id string) (*profile.Profile, bool)
}

// changing are Profiles that tell what becomes of each.
type changing interface {
	Source(id string) device.ProfileSource
}

// New is an opener over the profiles of cat and the given engines, keyed by
// the names that profiles use. log gets the attributes device and profile.
func New(cat Profiles, log *slog.Logger, factories map[string]Factory) device.Opener {
	return func(cfg device.Config) (device.Device, device.Info, error) {
		info := device.Info{Profile: cfg.Profile}
		if c, ok := cat.(changing); ok {
			info.Source = c.Source(cfg.Profile)
		}
		p, ok := cat.Get(cfg.Profile)
		if !ok {
			return nil, device.Info{}, missing(cfg, info.Source)
		}
		info.Class, info.Name, info.NameEN, info.Revision, info.Unasked = p.Class, p.Names.ZH, p.Names.EN, p.Revision(), !p.Asked()
		info.Help, info.HelpEN = p.Help.ZH, p.Help.EN
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
		if l, ok := d.(device.Looked); ok && l.LookEvery() >= device.Promptly {
			info.LookEvery = l.LookEvery()
		}
		return d, info, nil
	}
}

// missing is the error of a profile that isn't there, or that is there and
// broken.
func missing(cfg device.Config, source device.ProfileSource) error {
	if source != nil {
		if _, trouble, _ := source.Now(); trouble != "" {
			return fmt.Errorf("device %q: firmware profile %q: %s", cfg.ID, cfg.Profile, trouble)
		}
	}
	return fmt.Errorf("device %q: %w", cfg.ID, noProfile(cfg.Profile))
}

// noProfile is the error of a profile that this program doesn't have.
type noProfile string

func (id noProfile) Error() string { return fmt.Sprintf("no firmware profile %q", string(id)) }

// Explain implements device.Explainer.
func (id noProfile) Explain() string {
	return "本机程序没有型号 " + string(id) + "：程序较旧请升级，自编型号请在管理页上传"
}

// Settings are the settings of a device's line: the profile's, with the speed
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
	if t, ok := p.Transport(profile.USBFS); ok {
		s.Out, s.In = byte(t.Out), byte(t.In) //nolint:gosec // the schema bounds them
	}
	return s
}

// OpenPort opens the line that cfg names with the profile's settings. A
// tcp:// address works for every profile: hall devices often hang on a serial
// device server, which passes the same bytes through; and one on USB for all
// that are reached by a line. Where the profile says
// that its serial line is a bus, the line is shared with the other devices of
// this program that hang on it; see Exchange.
func OpenPort(ctx context.Context, p *profile.Profile, cfg device.Config) (port.Port, error) {
	if t, ok := p.Transport(profile.Serial); ok && t.Bus != "" {
		return Join(ctx, p, cfg)
	}
	line, err := port.Open(ctx, cfg.Port, Settings(p, cfg))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Port, err)
	}
	return line, nil
}

// lines are the buses of this program. A serial port can be opened once, so
// whoever shares it has to find the others.
var lines bus.Lines

// Join opens the line that cfg names for sharing, or joins the devices of this
// program that have it open.
func Join(ctx context.Context, p *profile.Profile, cfg device.Config) (*bus.Member, error) {
	s := Settings(p, cfg)
	if strings.HasPrefix(cfg.Port, "tcp://") {
		s = port.Settings{} // a device server has its own
	}
	line, err := lines.Join(ctx, bus.Config{Address: cfg.Port, Settings: s, Device: cfg.ID}, port.Open)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Port, err)
	}
	return line, nil
}

// Exchange runs do, which sends a question and waits for its answer. On a bus
// it waits for its turn first, so do has to begin its own deadlines itself;
// see bus.Member.
func Exchange(ctx context.Context, line port.Port, do func() error) error {
	if m, ok := line.(*bus.Member); ok {
		return m.Exchange(ctx, do)
	}
	return do()
}
