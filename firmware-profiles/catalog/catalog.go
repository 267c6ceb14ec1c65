// Package catalog holds the firmware profiles that are shipped: one YAML file
// per device model, in a folder per class. They flow into every agent through
// Load.
package catalog

import (
	"embed"
	"fmt"
	"sync"

	"smarthall/firmware-profiles/profile"
)

// FS has the files as <class>/<maker>-<model>.yaml.
//
//go:embed */*.yaml
var FS embed.FS

// Load checks and returns the shipped profiles. The work is done once; an
// error means that a shipped file is broken.
var Load = sync.OnceValues(func() (*profile.Catalog, error) {
	c, err := profile.LoadAll(FS)
	if err != nil {
		return nil, fmt.Errorf("load shipped profiles: %w", err)
	}
	return c, nil
})
