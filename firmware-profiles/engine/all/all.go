// Package all joins every engine with the shipped profiles: what an agent's
// program needs to open devices, and the technician's tool to play vectors.
package all

import (
	"fmt"
	"log/slog"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/bx5"
	"smarthall/firmware-profiles/engine/escpos"
	"smarthall/firmware-profiles/engine/framed"
	"smarthall/firmware-profiles/engine/samv"
	"smarthall/firmware-profiles/engine/scanner"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
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

// Factories are all engines by the names that profiles use.
func Factories() map[string]engine.Factory {
	return map[string]engine.Factory{
		string(profile.EngineESCPOS):  escpos.New,
		string(profile.EngineBX5):     bx5.New,
		string(profile.EngineSAMV):    samv.New,
		string(profile.EngineFramed):  framed.New,
		string(profile.EngineScanner): scanner.New,
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
	}
}
