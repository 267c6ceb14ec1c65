package sane

import (
	"time"

	"smarthall/internal/device"
)

// Use makes a scanner run another program than scanimage.
func Use(d device.Device, path string) {
	if s, ok := d.(*Scanner); ok {
		s.program.path = path
	}
}

// Scratch makes a scanner put its pages into another folder.
func Scratch(d device.Device, dir string) {
	if s, ok := d.(*Scanner); ok {
		s.scratch = dir
	}
}

// Hurry shortens a scanner's patience, before it runs.
func Hurry(d device.Device, read, poll time.Duration) {
	if s, ok := d.(*Scanner); ok {
		s.read, s.poll = read, poll
	}
}
