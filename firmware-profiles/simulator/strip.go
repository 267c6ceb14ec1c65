package simulator

import (
	"fmt"
	"time"

	"smarthall/firmware-profiles/engine/bx5"
	"smarthall/firmware-profiles/profile"
)

// DisplayView is what an LED strip shows.
type DisplayView struct {
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
	Width  int       `json:"width"`
	Height int       `json:"height"`
	// Said is what the card spoke last.
	Said string `json:"said,omitempty"`
}

// strip is an LED strip with its card. The device's mutex guards it.
type strip struct {
	d       *Device
	address uint16
	decoder bx5.Decoder
	area    bx5.Area
	said    string
	at      time.Time
	refuse  bool // answers the next commands with a refusal
}

func newStrip(d *Device, params profile.ParamValues) (*strip, error) {
	address, ok := params["address"].(int)
	if !ok || address < 1 || address >= int(bx5.Broadcast) {
		return nil, fmt.Errorf("screen number %v: %w", params["address"], ErrArgument)
	}
	return &strip{d: d, address: uint16(address), at: now()}, nil
}

// powerOn is a strip that was switched on: dynamic areas don't survive that.
func (s *strip) powerOn() {
	s.decoder = bx5.Decoder{}
	s.area, s.at = bx5.Area{}, now()
}

func (s *strip) receive(p []byte) {
	s.decoder.Feed(p, func(f bx5.Frame, err error) {
		if err != nil || f.Dst != s.address && f.Dst != bx5.Broadcast {
			return // cards are silent about what isn't for them, or broken
		}
		s.obey(f)
	})
}

// obey runs a command and answers if it was asked to.
func (s *strip) obey(f bx5.Frame) {
	if len(f.Data) < 3 {
		return
	}
	var refusal byte
	switch group, number := f.Data[0], f.Data[1]; {
	case s.refuse:
		refusal = 0x02
	case group == 0xA2 && number == 0x00: // ping
	case group == 0xA3 && number == 0x10: // clear
		s.put(bx5.Area{})
	case group == 0xA3 && number == 0x06:
		area, err := bx5.ParseShow(f.Data)
		if err != nil || area.Voice.Text != "" && !s.d.profile.Caps.Voice {
			refusal = 0x01
			break
		}
		s.put(area)
	default:
		refusal = 0x01
	}
	if f.Dst == bx5.Broadcast || f.Data[2] != 0x01 {
		return
	}
	s.answer(bx5.Acknowledge(refusal), f.Src)
}

func (s *strip) put(a bx5.Area) {
	s.area, s.at = a, now()
	if a.Voice.Text != "" {
		s.said = a.Voice.Text
	}
	s.d.changed()
}

func (s *strip) answer(data []byte, to uint16) {
	frame, err := bx5.Frame{Dst: to, Src: s.address, Data: data}.Append(nil)
	if err != nil {
		return // an acknowledgement always fits
	}
	if s.d.takeWrongSum() {
		// The checksum's low byte stands before its high byte and the tail;
		// the new value is never one that needs escaping.
		i := len(frame) - 2
		frame[i] = (frame[i] ^ 0x55) & 0x0F
	}
	s.d.send(frame)
}

func (s *strip) show(v *View) {
	v.Display = &DisplayView{Text: s.area.Text, At: s.at, Width: s.d.profile.Caps.W, Height: s.d.profile.Caps.H, Said: s.said}
	if s.refuse {
		v.Conditions = append(v.Conditions, "refuse")
	}
}

// Refuse makes an LED card refuse commands, or obey again.
func (d *Device) Refuse(refuse bool) error {
	return on(d, func(s *strip) error {
		s.refuse = refuse
		return nil
	})
}
