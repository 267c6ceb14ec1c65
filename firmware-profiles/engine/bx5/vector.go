package bx5

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// RunVector plays one vector of a strip profile. Encode vectors are
//
//	do: ping | clear | delete-areas
//	do: show, in: "请A012号"      the text as Show sends it
//	do: say, in: "请A012号"       the same as Say sends it, nothing being shown
//
// and decode vectors hold one frame of a card:
//
//	do: answer, recv: "A5 …", is: {ack: true}
//	do: answer, recv: "A5 …", is: {error: checksum | frame | refused | none}
func RunVector(p *profile.Profile, v profile.Vector) error {
	if v.Do == "answer" {
		return runAnswer(v)
	}
	d, err := New(p, device.Config{ID: "vector", Params: v.Params}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if speaking, ok := d.(*SpeakingStrip); ok {
		d = speaking.Strip
	}
	strip, ok := d.(*Strip)
	if !ok {
		return fmt.Errorf("engine made a %T", d)
	}
	data := map[string]func() []byte{
		"ping": Ping, "clear": Clear, "delete-areas": DeleteAreas,
		"show": func() []byte { text, _ := v.In.(string); return strip.showCommand(text) },
		"say":  func() []byte { text, _ := v.In.(string); return strip.sayCommand(text, text) },
	}[v.Do]
	if data == nil {
		return fmt.Errorf("vector does %q, which strips don't", v.Do)
	}
	got, err := Frame{Dst: strip.address, Src: Host, Data: data()}.Append(nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, v.Out) {
		return fmt.Errorf("%s: got % X, want % X", v.Do, got, []byte(v.Out))
	}
	return nil
}

func runAnswer(v profile.Vector) error {
	got := "none"
	var dec Decoder
	dec.Feed(v.Recv, func(f Frame, err error) {
		if err == nil {
			err = parseAnswer(f.Data)
		}
		switch {
		case err == nil:
			got = "ack"
		case errors.Is(err, device.ErrChecksum):
			got = "checksum"
		case errors.Is(err, device.ErrFrame):
			got = "frame"
		case errors.Is(err, device.ErrFault):
			got = "refused"
		}
	})
	want, _ := v.Is["error"].(string)
	if v.Is["ack"] == true {
		want = "ack"
	}
	if got != want {
		return fmt.Errorf("answer: got %s, want %s", got, want)
	}
	return nil
}
