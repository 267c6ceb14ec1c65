package escpos_test

import (
	"testing"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/escpos"
	"smarthall/firmware-profiles/profile"
)

// TestCatalogVectors plays the golden vectors of every shipped printer.
func TestCatalogVectors(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, p := range cat.All() {
		if p.Engine != profile.EngineESCPOS {
			continue
		}
		for _, v := range p.Vectors {
			if err := escpos.RunVector(p, v); err != nil {
				t.Errorf("%s:%d: %v", p.File, v.Line, err)
			}
			played++
		}
	}
	if played == 0 {
		t.Error("no vector was played")
	}
}
