package all_test

import (
	"testing"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/all"
)

// Every shipped profile loads and keeps every promise that its vectors make.
func TestShippedProfilesKeepTheirVectors(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(cat.All()) == 0 {
		t.Fatal("no profile is shipped")
	}
	runners := all.VectorRunners()
	for _, p := range cat.All() {
		t.Run(p.ID, func(t *testing.T) {
			run, ok := runners[string(p.Engine)]
			if !ok {
				t.Fatalf("nobody plays the vectors of engine %s", p.Engine)
			}
			for _, v := range p.Vectors {
				if err := run(p, v); err != nil {
					t.Errorf("%s:%d: %v", p.File, v.Line, err)
				}
			}
		})
	}
}
