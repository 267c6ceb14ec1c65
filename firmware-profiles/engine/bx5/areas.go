package bx5

import (
	"encoding/binary"
	"fmt"

	"smarthall/internal/device"
)

// Change is what one command does to a card's dynamic areas: some go, others
// come or are replaced.
type Change struct {
	// DeleteAll removes every area that the card has, Delete those of some ids;
	// both before Areas are shown.
	DeleteAll bool
	Delete    []byte
	Areas     []Area
}

// everyArea stands for all ids where a command counts those to delete.
const everyArea = 0xFF

// Command is the change as the card is sent it; it asks for an answer.
func (c Change) Command() []byte {
	data := []byte{0xA3, 0x06, 0x01, 0x00, 0x00}
	if c.DeleteAll {
		data = append(data, everyArea)
	} else {
		data = append(data, byte(len(c.Delete)))
		data = append(data, c.Delete...)
	}
	most := maxText
	if len(c.Areas) > 1 {
		most = maxShared
	}
	data = append(data, byte(len(c.Areas)))
	for _, a := range c.Areas {
		area := a.encode(most)
		data = binary.LittleEndian.AppendUint16(data, uint16(len(area)))
		data = append(data, area...)
	}
	return data
}

// ParseChange reads the command of a Change, the card's side of it. Anything
// else is device.ErrFrame.
func ParseChange(data []byte) (Change, error) {
	bad := func(what string) (Change, error) {
		return Change{}, fmt.Errorf("dynamic area: %s: %w", what, device.ErrFrame)
	}
	if len(data) < 7 || data[0] != 0xA3 || data[1] != 0x06 {
		return bad("not the command")
	}
	var c Change
	deletes, rest := int(data[5]), data[6:]
	switch {
	case deletes == everyArea:
		c.DeleteAll = true
	case len(rest) < deletes+1:
		return bad("ids to delete are missing")
	case deletes > 0:
		c.Delete = append(c.Delete, rest[:deletes]...)
		rest = rest[deletes:]
	}
	updates := int(rest[0])
	rest = rest[1:]
	for range updates {
		if len(rest) < 2 {
			return bad("area is missing")
		}
		n := int(binary.LittleEndian.Uint16(rest))
		rest = rest[2:]
		if n > len(rest) {
			return bad("area is shorter than its length")
		}
		area, err := parseArea(rest[:n])
		if err != nil {
			return Change{}, err
		}
		c.Areas, rest = append(c.Areas, area), rest[n:]
	}
	if len(rest) != 0 {
		return bad("bytes after the last area")
	}
	return c, nil
}
