package simulator

import (
	"fmt"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// keypad is a clerk's caller box made from a framed profile. The device's
// mutex guards it.
type keypad struct {
	d       *Device
	codec   *profile.Codec
	decoder *profile.Decoder
	keys    []device.Action // in the order of the box
	last    device.Action
	face    *FaceView // nil on a box without a display, or before the first
}

// FaceView is what a keypad's display shows.
type FaceView struct {
	Number  string `json:"number"`
	Waiting int    `json:"waiting"`
}

// keyOrder is how the keys of a box are laid out.
var keyOrder = []device.Action{
	device.ActionNext, device.ActionRecall, device.ActionArrive, device.ActionNoShow, device.ActionFinish, device.ActionPause,
}

func newKeypad(d *Device, params profile.ParamValues) (*keypad, error) {
	k := &keypad{d: d, codec: d.profile.Codec(params)}
	for _, a := range keyOrder {
		if _, err := k.codec.EncodeEvent(profile.EmitAction, string(a)); err == nil {
			k.keys = append(k.keys, a)
		}
	}
	if len(k.keys) == 0 {
		return nil, fmt.Errorf("profile %s has no action event", d.profile.ID)
	}
	k.powerOn()
	return k, nil
}

func (k *keypad) powerOn() {
	k.decoder = k.codec.CommandDecoder()
	k.face = nil
}

func (k *keypad) receive(b []byte) {
	k.decoder.Feed(b)
	for {
		found, ok := k.decoder.Next()
		if !ok {
			return
		}
		if command, ok := k.codec.CommandOf(found); ok {
			k.obey(command, k.codec.InputsOf(command, found))
		}
	}
}

func (k *keypad) obey(command string, in profile.Values) {
	if command == profile.CommandShow {
		face := &FaceView{}
		face.Number, _ = in[profile.InputNumber].(string) // a box may show one of the two only
		face.Waiting, _ = in[profile.InputWaiting].(int)
		k.face = face
		k.d.changed()
	}
	reply, err := k.codec.EncodeReply(command)
	if err != nil || reply == nil {
		return // the profile has no answer to this command
	}
	k.d.transmit(k.d.profile.Commands[command].Reply.Frame, reply)
}

func (k *keypad) press(a device.Action) error {
	for _, e := range k.d.profile.Events {
		if e.Emit != profile.EmitAction {
			continue
		}
		b, err := k.codec.EncodeEvent(profile.EmitAction, string(a))
		if err != nil {
			break
		}
		k.last = a
		k.d.transmit(e.Frame, b)
		return nil
	}
	return fmt.Errorf("key %q isn't on this keypad: %w", a, ErrArgument)
}

func (k *keypad) show(v *View) {
	v.Keys, v.LastAction, v.Face = k.keys, k.last, k.face
}

// PressAction presses a keypad's key.
func (d *Device) PressAction(a device.Action) error {
	return on(d, func(k *keypad) error {
		if d.plug == nil {
			return ErrUnplugged
		}
		return k.press(a)
	})
}
