package simulator

import (
	"fmt"

	"smarthall/firmware-profiles/profile"
)

// pad is an evaluation pad made from a framed profile. The device's mutex
// guards it.
type pad struct {
	d       *Device
	codec   *profile.Codec
	decoder *profile.Decoder
	score   profile.Event
	armed   bool
	said    int // the latest prompt
	lastKey int
}

func newPad(d *Device, params profile.ParamValues) (*pad, error) {
	p := &pad{d: d, codec: d.profile.Codec(params)}
	for _, e := range d.profile.Events {
		if e.Emit == profile.EmitScore {
			p.score = e
		}
	}
	if p.score.Frame == "" {
		return nil, fmt.Errorf("profile %s has no score event", d.profile.ID)
	}
	p.powerOn()
	return p, nil
}

func (p *pad) powerOn() {
	p.decoder = p.codec.CommandDecoder()
	p.armed = false
}

func (p *pad) receive(b []byte) {
	p.decoder.Feed(b)
	for {
		found, ok := p.decoder.Next()
		if !ok {
			return
		}
		if command, ok := p.codec.CommandOf(found); ok {
			p.obey(command, p.codec.InputsOf(command, found))
		}
	}
}

func (p *pad) obey(command string, in profile.Values) {
	switch command {
	case profile.CommandArm:
		p.armed = true
	case profile.CommandDisarm:
		p.armed = false
	case profile.CommandSay:
		p.said, _ = in[profile.InputPrompt].(int) // a pad with one prompt takes none
	}
	p.d.changed()
	reply, err := p.codec.EncodeReply(command)
	if err != nil || reply == nil {
		return // the profile has no answer to this command
	}
	p.d.transmit(p.d.profile.Commands[command].Reply.Frame, reply)
}

// transmit sends a frame of a framed device, with a wrong checksum if that is
// due. The mutex is held.
func (d *Device) transmit(frame string, b []byte) {
	if fr := d.profile.Frames[frame]; fr != nil && d.takeWrongSum() {
		b = misSum(fr, b)
	}
	d.send(b)
}

// misSum changes a frame so that only its checksum is wrong: the last byte
// whose change doesn't break the frame itself.
func misSum(fr *profile.Frame, good []byte) []byte {
	b := append([]byte(nil), good...)
	for i := len(b) - 1; i >= 0; i-- {
		b[i] ^= 0x0F
		if _, err := fr.Decode(b); isChecksum(err) {
			return b
		}
		b[i] ^= 0x0F
	}
	return b
}

// press is a citizen's finger. A pad that wasn't asked keeps still.
func (p *pad) press(key int) error {
	b, err := p.codec.EncodeEvent(profile.EmitScore, key)
	if key < 1 || key > 5 || err != nil {
		return fmt.Errorf("key %d isn't on this pad: %w", key, ErrArgument)
	}
	p.lastKey = key
	if !p.armed {
		return nil
	}
	p.armed = false
	p.d.transmit(p.score.Frame, b)
	return nil
}

func (p *pad) show(v *View) {
	armed := p.armed
	v.Armed = &armed
	v.LastKey, v.Said = p.lastKey, p.said
}

// Press presses the key that stands for a score, from 5 (非常满意) to 1; what
// number the pad sends for it is the profile's affair.
func (d *Device) Press(key int) error {
	return on(d, func(p *pad) error {
		if d.plug == nil {
			return ErrUnplugged
		}
		return p.press(key)
	})
}
