package simulator

import (
	"fmt"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// box is any other device made from a framed profile: an LED strip, a button
// that calls staff, a sensor, a scanner with frames of its own. The device's
// mutex guards it.
type box struct {
	d       *Device
	codec   *profile.Codec
	decoder *profile.Decoder
	display *DisplayView // nil on a box that shows nothing
	sensed  device.State // what it told last
	called  bool         // its button was pressed last to call staff
	scanned string
}

func newBox(d *Device, params profile.ParamValues) *box {
	b := &box{d: d, codec: d.profile.Codec(params)}
	b.powerOn()
	return b
}

func (b *box) powerOn() {
	b.decoder = b.codec.CommandDecoder()
	b.display = nil
	if b.d.profile.Class == device.ClassLED {
		b.display = &DisplayView{At: now()}
	}
}

func (b *box) receive(p []byte) {
	b.decoder.Feed(p)
	for {
		found, ok := b.decoder.Next()
		if !ok {
			return
		}
		if command, ok := b.codec.CommandOf(found); ok {
			b.obey(command, b.codec.InputsOf(command, found))
		}
	}
}

func (b *box) obey(command string, in profile.Values) {
	if text, ok := in[profile.InputText].(string); ok && command == profile.CommandShow && b.display != nil {
		b.display = &DisplayView{Text: text, At: now()}
		b.d.changed()
	}
	reply, err := b.codec.EncodeReply(command)
	if err != nil || reply == nil {
		return // the profile has no answer to this command
	}
	b.d.transmit(b.d.profile.Commands[command].Reply.Frame, reply)
}

// tell sends an event.
func (b *box) tell(kind profile.EventKind, value any) error {
	if b.d.plug == nil {
		return ErrUnplugged
	}
	frame, err := b.codec.EncodeEvent(kind, value)
	if err != nil {
		return fmt.Errorf("%s %v isn't on this device: %w", kind, value, ErrArgument)
	}
	for _, e := range b.d.profile.Events {
		if e.Emit == kind {
			b.d.transmit(e.Frame, frame)
			break
		}
	}
	return nil
}

func (b *box) show(v *View) {
	v.Display, v.Sensed, v.Called, v.LastScan = b.display, b.sensed, b.called, b.scanned
	_, err := b.codec.EncodeEvent(profile.EmitKey, device.KeyHelp)
	v.Buttons = err == nil
	for _, s := range device.States {
		if _, err := b.codec.EncodeEvent(profile.EmitState, string(s)); err == nil {
			v.States = append(v.States, s)
		}
	}
}

// Call presses the button that calls staff, or the one that takes that back.
func (d *Device) Call(staff bool) error {
	return on(d, func(b *box) error {
		key := device.KeyHelped
		if staff {
			key = device.KeyHelp
		}
		if err := b.tell(profile.EmitKey, key); err != nil {
			return err
		}
		b.called = staff
		return nil
	})
}

// Sense has a sensor tell a state.
func (d *Device) Sense(s device.State) error {
	return on(d, func(b *box) error {
		if err := b.tell(profile.EmitState, string(s)); err != nil {
			return err
		}
		b.sensed = s
		return nil
	})
}
