package framed

import (
	"smarthall/internal/device"
)

// Hear has a device that isn't a pad hear bytes as if they came from its line.
func Hear(d device.Device, p []byte) {
	f, ok := d.(*framed)
	if !ok {
		return
	}
	decoder := f.codec.Decoder()
	decoder.Feed(p)
	for found, ok := decoder.Next(); ok; found, ok = decoder.Next() {
		f.dispatch(found)
	}
}
