package profile

import (
	"bytes"
	"errors"
	"fmt"

	"smarthall/internal/device"
)

// RunFramedVector plays a vector of a framed-serial profile: out is what its
// command encodes to, recv decodes to what it is. The words of is are reply,
// ignored, error (checksum, frame, unmapped) and the event kinds.
func RunFramedVector(p *Profile, v Vector) error {
	params, err := p.ResolveParams(v.Params)
	if err != nil {
		return err
	}
	c := p.Codec(params)
	if v.Encodes() {
		in, err := inputsIn(v.In)
		if err != nil {
			return err
		}
		got, err := c.EncodeCommandWith(v.Do, in)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, v.Out) {
			return fmt.Errorf("%s sends %s, the vector says %s", v.Do, Bytes(got), v.Out)
		}
	}
	if !v.Decodes() {
		return nil
	}
	if v.Recv == nil {
		return errors.New("recv of a framed device is bytes, not a mapping")
	}
	key, got := describe(first(c, v.Recv), v.Do)
	want, ok := v.Is[key]
	if !ok || len(v.Is) != 1 || want != got {
		return fmt.Errorf("%s means {%s: %v}, the vector says %v", v.Recv, key, got, v.Is)
	}
	return nil
}

// inputsIn are the inputs that a vector gives its command.
func inputsIn(in any) (Values, error) {
	if in == nil {
		return nil, nil
	}
	given, ok := in.(map[string]any)
	if !ok {
		return nil, errors.New("in of a framed device is a mapping such as {number: A012, waiting: 3}")
	}
	for name := range given {
		if _, known := inputs[name]; !known {
			return nil, fmt.Errorf("there is no input @%s", name)
		}
	}
	return Values(given), nil
}

// first is the first frame in the bytes, or if there is none the first error.
func first(c *Codec, p []byte) Heard {
	d := c.Decoder()
	d.Feed(p)
	var broken *Heard
	for {
		found, ok := d.Next()
		if !ok {
			found, ok = d.Flush()
		}
		if !ok {
			break
		}
		h := c.Interpret(found)
		if found.Err == nil {
			return h
		}
		if broken == nil || errors.Is(h.Err, device.ErrChecksum) {
			broken = &h
		}
	}
	if broken == nil {
		return Heard{Err: device.ErrFrame}
	}
	return *broken
}

// describe is what was heard in the words of a vector's is.
func describe(h Heard, command string) (key string, value any) {
	switch {
	case errors.Is(h.Err, device.ErrChecksum):
		return "error", "checksum"
	case errors.Is(h.Err, ErrUnmapped):
		return "error", "unmapped"
	case h.Err != nil:
		return "error", "frame"
	case h.Reply != "":
		return "reply", h.Reply == command
	case h.Kind != "":
		return string(h.Kind), h.Value
	default:
		return "ignored", true
	}
}
