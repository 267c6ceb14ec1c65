package bx5_test

import (
	"testing"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/bx5"
	"smarthall/firmware-profiles/profile"
)

// TestCatalogVectors plays the golden vectors of every shipped strip.
func TestCatalogVectors(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, p := range cat.All() {
		if p.Engine != profile.EngineBX5 {
			continue
		}
		for _, v := range p.Vectors {
			if err := bx5.RunVector(p, v); err != nil {
				t.Errorf("%s:%d: %v", p.File, v.Line, err)
			}
			played++
		}
	}
	if played == 0 {
		t.Error("no vector was played")
	}
}
