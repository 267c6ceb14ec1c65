// Package all joins every engine with the shipped profiles: what an agent's
// program needs to open devices, and the technician's tool to play vectors.
package all

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/audio"
	"smarthall/firmware-profiles/engine/bx5"
	"smarthall/firmware-profiles/engine/camera"
	"smarthall/firmware-profiles/engine/escl"
	"smarthall/firmware-profiles/engine/escpos"
	"smarthall/firmware-profiles/engine/framed"
	"smarthall/firmware-profiles/engine/ipp"
	"smarthall/firmware-profiles/engine/samv"
	"smarthall/firmware-profiles/engine/sane"
	"smarthall/firmware-profiles/engine/scanner"
	"smarthall/firmware-profiles/engine/tspl"
	"smarthall/firmware-profiles/engine/webpad"
	"smarthall/firmware-profiles/engine/zpl"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// Opener opens every device whose profile is shipped. The error says that a
// shipped profile is broken.
func Opener(log *slog.Logger) (device.Opener, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, fmt.Errorf("open devices: %w", err)
	}
	return engine.New(cat, log, Factories()), nil
}

// Library is where an agent's devices come from.
type Library struct {
	// Open opens them.
	Open device.Opener
	// Profiles takes the profiles of the hall, all of them, in place of those it
	// took before. They lie over the shipped ones and below the technician's.
	Profiles func([]link.ProfileText)
	// Stop ends the watching and waits for that.
	Stop func()
}

// Watch is Opener with the profiles that the hall sends laid over the shipped
// ones, and the technician's own in folder over both, taken over again when they
// change. An empty folder means none. The folder's profiles stay as they are
// once ctx ends.
func Watch(ctx context.Context, folder string, log *slog.Logger) (*Library, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, fmt.Errorf("open devices: %w", err)
	}
	live := profile.NewLive(cat, folder, Prove, log)
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { live.Run(ctx) })
	return &Library{
		Open: engine.New(live, log, Factories()),
		Profiles: func(texts []link.ProfileText) {
			files := make(map[string]string, len(texts))
			for _, t := range texts {
				files[t.ID] = t.Text
			}
			live.Give(files)
		},
		Stop: func() { cancel(); watching.Wait() },
	}, nil
}

// Prove plays the vectors of a profile. Its error is profile.Mistakes.
func Prove(p *profile.Profile) error {
	run, ok := VectorRunners()[string(p.Engine)]
	if !ok {
		return fmt.Errorf("no engine %q", p.Engine)
	}
	var ms profile.Mistakes
	for i, v := range p.Vectors {
		if err := run(p, v); err != nil {
			ms = append(ms, &profile.Mistake{
				File: p.File, Line: v.Line, Column: v.Column, Path: fmt.Sprintf("/vectors/%d", i),
				ZH: "样例不符：" + err.Error(), EN: "vector fails: " + err.Error(),
			})
		}
	}
	if len(ms) > 0 {
		return ms
	}
	return nil
}

// Factories are all engines by the names that profiles use.
func Factories() map[string]engine.Factory {
	return map[string]engine.Factory{
		string(profile.EngineESCPOS):  escpos.New,
		string(profile.EngineBX5):     bx5.New,
		string(profile.EngineSAMV):    samv.New,
		string(profile.EngineFramed):  framed.New,
		string(profile.EngineScanner): scanner.New,
		string(profile.EngineTSPL):    tspl.New,
		string(profile.EngineZPL):     zpl.New,
		string(profile.EngineCamera):  camera.New,
		string(profile.EngineESCL):    escl.New,
		string(profile.EngineSANE):    sane.New,
		string(profile.EngineIPP):     ipp.New,
		string(profile.EngineAudio):   audio.New,
		string(profile.EngineWebPad):  webpad.New,
	}
}

// VectorRunners play the vectors of each engine's profiles.
func VectorRunners() map[string]engine.VectorRunner {
	return map[string]engine.VectorRunner{
		string(profile.EngineESCPOS):  escpos.RunVector,
		string(profile.EngineBX5):     bx5.RunVector,
		string(profile.EngineSAMV):    samv.RunVector,
		string(profile.EngineFramed):  profile.RunFramedVector,
		string(profile.EngineScanner): scanner.RunVector,
		string(profile.EngineTSPL):    tspl.RunVector,
		string(profile.EngineZPL):     zpl.RunVector,
		string(profile.EngineCamera):  camera.RunVector,
		string(profile.EngineESCL):    escl.RunVector,
		string(profile.EngineSANE):    sane.RunVector,
		string(profile.EngineIPP):     ipp.RunVector,
		string(profile.EngineAudio):   audio.RunVector,
		string(profile.EngineWebPad):  webpad.RunVector,
	}
}
