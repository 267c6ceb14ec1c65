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
//	do: show-areas, in: [{x: 0, y: 0, w: 64, h: 16, text: A012}, …]   as ShowAreas sends them first
//	do: show-fewer, in: [{…}]     the same, where the card has all the areas that it can have
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
	data, err := strip.vectorBytes(v)
	if err != nil {
		return err
	}
	got, err := Frame{Dst: strip.address, Src: Host, Data: data}.Append(nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, v.Out) {
		return fmt.Errorf("%s: got % X, want % X", v.Do, got, []byte(v.Out))
	}
	return nil
}

// vectorBytes is what the strip sends for an encode vector.
func (s *Strip) vectorBytes(v profile.Vector) ([]byte, error) {
	text, _ := v.In.(string)
	switch v.Do {
	case "ping":
		return Ping(), nil
	case "clear":
		return Clear(), nil
	case "delete-areas":
		return DeleteAreas(), nil
	case "show":
		return s.changeTo(s.whole(text), unknownAreas, ""), nil
	case "say":
		return s.changeTo(s.whole(text), unknownAreas, text), nil
	case "show-areas", "show-fewer":
		areas, err := vectorAreas(v.In)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.Do, err)
		}
		if err := s.fits(areas); err != nil {
			return nil, fmt.Errorf("%s: %w", v.Do, err)
		}
		held := unknownAreas
		if v.Do == "show-fewer" {
			held = s.Areas()
		}
		return s.changeTo(areas, held, ""), nil
	}
	return nil, fmt.Errorf("vector does %q, which strips don't", v.Do)
}

// errAreas says that a vector's areas can't be read.
var errAreas = errors.New("in must be a list of areas with x, y, w, h and text")

func vectorAreas(in any) ([]device.StripArea, error) {
	list, ok := in.([]any)
	if !ok {
		return nil, errAreas
	}
	var out []device.StripArea
	for _, item := range list {
		m, ok := item.(map[string]any)
		if !ok || len(m) != 5 {
			return nil, errAreas
		}
		var a device.StripArea
		for name, to := range map[string]*int{"x": &a.X, "y": &a.Y, "w": &a.W, "h": &a.H} {
			if *to, ok = m[name].(int); !ok {
				return nil, errAreas
			}
		}
		if a.Text, ok = m["text"].(string); !ok {
			return nil, errAreas
		}
		out = append(out, a)
	}
	return out, nil
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
