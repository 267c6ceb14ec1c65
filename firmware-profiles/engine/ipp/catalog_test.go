package ipp_test

import (
	"testing"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/ipp"
	"smarthall/firmware-profiles/profile"
)

// The bytes in the catalogue were written by a second implementation.
func TestCatalogueVectors(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, p := range cat.All() {
		if p.Engine != profile.EngineIPP {
			continue
		}
		for _, v := range p.Vectors {
			played++
			if err := ipp.RunVector(p, v); err != nil {
				t.Errorf("%s:%d: %v", p.File, v.Line, err)
			}
		}
	}
	if played == 0 {
		t.Error("there is no vector")
	}
}
