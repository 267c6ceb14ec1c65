package profile

import (
	"errors"
	"testing"

	"smarthall/internal/device"
)

func padCodec(t *testing.T, address string) *Codec {
	t.Helper()
	p, err := parse("x.yaml", padYAML, nil)
	if err != nil {
		t.Fatal(err)
	}
	params, err := p.ResolveParams(map[string]string{"address": address})
	if err != nil {
		t.Fatal(err)
	}
	return p.Codec(params)
}

// What one side of the line encodes the other understands.
func TestBothSidesOfTheLineUnderstandEachOther(t *testing.T) {
	c := padCodec(t, "7")
	arm, err := c.EncodeCommand("arm")
	if err != nil {
		t.Fatal(err)
	}
	dev := c.CommandDecoder()
	dev.Feed(arm)
	found, ok := dev.Next()
	if name, is := c.CommandOf(found); !ok || !is || name != "arm" {
		t.Errorf("command: got %q", name)
	}
	reply, err := c.EncodeReply("arm")
	if err != nil {
		t.Fatal(err)
	}
	score, err := c.EncodeEvent(EmitScore, 5)
	if err != nil {
		t.Fatal(err)
	}
	host := c.Decoder()
	host.Feed(append(reply, score...))
	if found, ok := host.Next(); !ok || c.Interpret(found).Reply != "arm" {
		t.Errorf("reply: got %+v", c.Interpret(found))
	}
	if found, ok := host.Next(); !ok || c.Interpret(found).Value != 5 || c.Interpret(found).Kind != EmitScore {
		t.Errorf("event: got %+v", c.Interpret(found))
	}
}

func TestAPadIgnoresItsNeighbour(t *testing.T) {
	mine, other := padCodec(t, "1"), padCodec(t, "2")
	score, err := other.EncodeEvent(EmitScore, 1)
	if err != nil {
		t.Fatal(err)
	}
	host := mine.Decoder()
	host.Feed(score)
	if found, ok := host.Next(); !ok || !mine.Interpret(found).Nothing() {
		t.Errorf("got %+v", mine.Interpret(found))
	}
	arm, err := other.EncodeCommand("arm")
	if err != nil {
		t.Fatal(err)
	}
	dev := mine.CommandDecoder()
	dev.Feed(arm)
	found, _ := dev.Next()
	if name, is := mine.CommandOf(found); is {
		t.Errorf("obeyed %q of another address", name)
	}
}

func TestWhatTheCodecCantSay(t *testing.T) {
	c := padCodec(t, "1")
	if _, err := c.EncodeCommand("dance"); err == nil {
		t.Error("an unknown command was encoded")
	}
	if _, err := c.EncodeEvent(EmitScore, 3); err == nil {
		t.Error("a score without wire value was encoded")
	}
	if _, err := c.EncodeEvent(EmitKey, 3); err == nil {
		t.Error("an event that the profile lacks was encoded")
	}
	host := c.Decoder()
	host.Feed([]byte{0xAA, 1, 2, 9, 1 ^ 2 ^ 9, 0x55})
	found, _ := host.Next()
	if h := c.Interpret(found); !errors.Is(h.Err, ErrUnmapped) {
		t.Errorf("unmapped: got %+v", h)
	}
	host.Feed([]byte{0xAA, 1, 2, 1, 0, 0x55})
	found, _ = host.Next()
	if h := c.Interpret(found); !errors.Is(h.Err, device.ErrChecksum) {
		t.Errorf("checksum: got %+v", h)
	}
}
