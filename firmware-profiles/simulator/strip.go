package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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
	// Areas are what it shows side by side, by their ids; Text are all of theirs.
	Areas []AreaView `json:"areas,omitempty"`
	// Said is what the card spoke last.
	Said string `json:"said,omitempty"`
}

// AreaView is one area of a strip, in dots from the left upper corner.
type AreaView struct {
	X      int    `json:"x"`
	Y      int    `json:"y"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Text   string `json:"text"`
}

// strip is an LED strip with its card. The device's mutex guards it.
type strip struct {
	d       *Device
	address uint16
	decoder bx5.Decoder
	areas   map[byte]bx5.Area
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
	s.areas, s.at = nil, now()
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
		s.put(bx5.Change{DeleteAll: true})
	case group == 0xA3 && number == 0x06:
		change, err := bx5.ParseChange(f.Data)
		if err != nil || !s.put(change) {
			refusal = 0x01
		}
	default:
		refusal = 0x01
	}
	if f.Dst == bx5.Broadcast || f.Data[2] != 0x01 {
		return
	}
	s.answer(bx5.Acknowledge(refusal), f.Src)
}

// put changes the card's areas, unless it has not so many or can't speak.
func (s *strip) put(c bx5.Change) bool {
	next := map[byte]bx5.Area{}
	if !c.DeleteAll {
		maps.Copy(next, s.areas)
	}
	for _, id := range c.Delete {
		delete(next, id)
	}
	said := s.said
	for _, a := range c.Areas {
		if a.Voice.Text != "" {
			if !s.d.profile.Caps.Voice {
				return false
			}
			said = a.Voice.Text
		}
		next[a.ID] = a
	}
	if len(next) > max(1, s.d.profile.Caps.Areas) {
		return false
	}
	s.areas, s.said, s.at = next, said, now()
	s.d.changed()
	return true
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
	v.Display = &DisplayView{At: s.at, Width: s.d.profile.Caps.W, Height: s.d.profile.Caps.H, Said: s.said}
	var texts []string
	for _, id := range slices.Sorted(maps.Keys(s.areas)) {
		a := s.areas[id]
		v.Display.Areas = append(v.Display.Areas, AreaView{int(a.X), int(a.Y), int(a.Width), int(a.Height), a.Text})
		texts = append(texts, a.Text)
	}
	v.Display.Text = strings.Join(texts, " ")
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
