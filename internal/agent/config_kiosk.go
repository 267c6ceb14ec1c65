package agent

import (
	"fmt"
	"slices"

	"smarthall/internal/link"
)

// Kiosk is how a kiosk's page is set up.
type Kiosk struct {
	// Mode is queue, terminal or query; queue if absent.
	Mode link.KioskMode `yaml:"mode"`
	// Areas are the ids of what can be done besides tickets, in their order; all
	// of them if absent. One that the program doesn't know is left out.
	Areas []string `yaml:"areas"`
	// Services is how services are ordered: taken (most chosen first) or hall (as
	// the hall's file has them); taken if absent.
	Services string `yaml:"services"`
	// Theme is light, dark, or system for what the computer is set to; light if
	// absent.
	Theme string `yaml:"theme"`
}

// maxAreas is how many areas a machine may offer.
const maxAreas = 24

// Settings are c's as the page gets them.
func (c *Config) Settings() *link.KioskSettings {
	out := &link.KioskSettings{
		Mode: c.Kiosk.Mode, Areas: c.Kiosk.Areas, Services: c.Kiosk.Services, Theme: c.Kiosk.Theme,
		Voice: "off", Volume: c.Voice.Volume,
	}
	if out.Mode == "" {
		out.Mode = link.KioskQueue
	}
	if out.Services == "" {
		out.Services = "taken"
	}
	if out.Theme == "" {
		out.Theme = "light"
	}
	switch {
	case c.Voice.Enabled:
		out.Voice = "on"
	case c.Voice.Elder:
		out.Voice = "elder"
	}
	if out.Volume == 0 {
		out.Volume = defaultVolume
	}
	return out
}

// check returns the first mistake in k, for an agent of role.
func (k *Kiosk) check(role link.Role) error {
	switch {
	case role != link.RoleKiosk && (k.Mode != "" || k.Areas != nil || k.Services != "" || k.Theme != ""):
		return fmt.Errorf("kiosk is for kiosks")
	case k.Mode != "" && k.Mode != link.KioskQueue && k.Mode != link.KioskTerminal && k.Mode != link.KioskQuery:
		return fmt.Errorf("kiosk mode %q: queue, terminal or query is allowed", k.Mode)
	case k.Services != "" && k.Services != "taken" && k.Services != "hall":
		return fmt.Errorf("kiosk services %q: taken or hall is allowed", k.Services)
	case !slices.Contains([]string{"", "light", "dark", "system"}, k.Theme):
		return fmt.Errorf("kiosk theme %q: light, dark or system is allowed", k.Theme)
	case len(k.Areas) > maxAreas:
		return fmt.Errorf("kiosk areas: %d at most", maxAreas)
	}
	for i, id := range k.Areas {
		if !namePattern.MatchString(id) || slices.Index(k.Areas, id) != i {
			return fmt.Errorf("kiosk area %q is no id, or stands twice", id)
		}
	}
	return nil
}
