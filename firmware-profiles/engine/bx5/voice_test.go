package bx5

import (
	"errors"
	"strings"
	"testing"

	"smarthall/internal/device"
)

func TestVoiceSurvivesTheWire(t *testing.T) {
	want := Area{Width: 64, Height: 16, Effect: EffectStatic, Speed: 10, Colour: Red, Text: "A012", Voice: Voice{Text: "请A012号到3号窗口", Volume: 7}}
	data := ShowArea(want)
	got, err := parseOne(data)
	if err != nil || got != want {
		t.Errorf("came back as %+v, %v", got, err)
	}
	silent := want
	silent.Voice = Voice{}
	if got, err := parseOne(ShowArea(silent)); err != nil || got != silent {
		t.Errorf("without voice: %+v, %v", got, err)
	}
}

// parseOne is the one area of a command.
func parseOne(data []byte) (Area, error) {
	c, err := ParseChange(data)
	if err != nil || len(c.Areas) != 1 {
		return Area{}, err
	}
	return c.Areas[0], nil
}

func TestVoiceThatLiesIsAFrameError(t *testing.T) {
	good := ShowArea(Area{Width: 64, Height: 16, Text: "A", Voice: Voice{Text: "请", Volume: 7}})
	const area = 9 // where the area begins in the command
	for name, change := range map[string]func(p []byte) []byte{
		"mode that nobody knows":  func(p []byte) []byte { p[area+voiceAt] = 2; return p },
		"length beyond the area":  func(p []byte) []byte { p[area+voiceAt+4] = 0xFF; return p },
		"length beyond the world": func(p []byte) []byte { copy(p[area+voiceAt+4:], "\xFF\xFF\xFF\xFF"); return p },
		"length into the text":    func(p []byte) []byte { p[area+voiceAt+4] = 12; return p },
		"cut in the voice":        func(p []byte) []byte { p = p[:area+voiceAt+5]; p[7], p[8] = voiceAt+5, 0; return p },
	} {
		if a, err := ParseChange(change([]byte(string(good)))); !errors.Is(err, device.ErrFrame) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestVoiceIsBounded(t *testing.T) {
	data := ShowArea(Area{Width: 64, Height: 16, Text: strings.Repeat("汉", 1000), Voice: Voice{Text: strings.Repeat("汉", 1000), Volume: 7}})
	if len(data) > MaxData {
		t.Errorf("the command has %d bytes", len(data))
	}
	long := Area{Width: 64, Height: 16, Text: strings.Repeat("汉", 1000)}
	first := long
	first.Voice = Voice{Text: long.Text, Volume: 7}
	if data := (Change{DeleteAll: true, Areas: []Area{first, long, long, long}}).Command(); len(data) > MaxData {
		t.Errorf("the command of four areas has %d bytes", len(data))
	}
}
