package bx5

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smarthall/internal/device"
)

const lead = "A5 A5 A5 A5 A5 A5 A5 A5 "

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	p, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// vectors are captured or published frames, recomputed.
var vectors = []struct {
	name  string
	frame Frame
	wire  string
}{
	{"ping", Frame{1, Host, Ping()}, lead + "01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 00 01 00 00 68 F8 5A"},
	{"clear", Frame{1, Host, Clear()}, lead + "01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A3 10 01 00 00 51 F8 5A"},
	{"delete all areas", Frame{1, Host, DeleteAreas()}, lead + "01 00 00 80 00 00 00 00 00 00 FE 02 07 00 A3 06 01 02 00 FF 00 67 CC 5A"},
	{"acknowledgement", Frame{Host, 1, Acknowledge(0)}, lead + "00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A"},
	{"status", Frame{1, Host, []byte{0xA1, 0x02, 0x01, 0, 0}}, lead + "01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A1 02 01 00 00 2D 40 5A"},
	{
		"set time",
		Frame{1, Host, []byte{0xA2, 0x03, 0x01, 0x08, 0x00, 0x13, 0x20, 0x01, 0x25, 0x11, 0x17, 0x26, 0x05}},
		lead + "01 00 00 80 00 00 00 00 00 00 FE 02 0D 00 A2 03 01 08 00 13 20 01 25 11 17 26 05 B0 3F 5A",
	},
	{
		"text",
		Frame{1, Host, ShowArea(Area{Width: 64, Height: 16, Effect: EffectStatic, Speed: 10, Colour: Red, Text: "A012请到3号窗口"})},
		lead + "01 00 00 80 00 00 00 00 00 00 FE 02 36 00 A3 06 01 00 00 00 01 2D 00 " +
			"00 00 80 00 00 40 80 10 00 00 00 00 00 00 00 00 00 01 01 01 00 0A 00 12 00 00 00 " +
			"5C 43 31 41 30 31 32 C7 EB B5 BD 33 BA C5 B4 B0 BF DA 6E F3 5A",
	},
}

// decode collects what a decoder finds.
func decode(p []byte) (frames []Frame, errs []error) {
	var d Decoder
	d.Feed(p, func(f Frame, err error) {
		if err != nil {
			errs = append(errs, err)
			return
		}
		frames = append(frames, f)
	})
	return frames, errs
}

func TestFramesAreThePublishedOnes(t *testing.T) {
	for _, tt := range vectors {
		t.Run(tt.name, func(t *testing.T) {
			wire := unhex(t, tt.wire)
			got, err := tt.frame.Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, wire) {
				t.Errorf("encoded\n% X, want\n% X", got, wire)
			}
			frames, errs := decode(wire)
			if len(errs) != 0 {
				t.Fatal(errs)
			}
			if diff := cmp.Diff([]Frame{tt.frame}, frames); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHandEditedFrameIsRefused repeats what a shop's page prints: a frame whose
// width was changed by hand from 18 bytes to 80, but not its checksum.
func TestHandEditedFrameIsRefused(t *testing.T) {
	for width, wantOK := range map[byte]bool{18: true, 80: false} {
		f := Frame{1, Host, ShowArea(Area{Width: 64, Height: 16, Effect: EffectStatic, Text: "测试"})}
		f.Data[9+5], f.Data[9+6] = 18, 0
		wire, err := f.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		wire[8+headLen+9+5] = width
		frames, errs := decode(wire)
		if ok := len(frames) == 1; ok != wantOK {
			t.Errorf("width %d: %d frames, errors %v", width, len(frames), errs)
		}
		if !wantOK && (len(errs) != 1 || !errors.Is(errs[0], device.ErrChecksum)) {
			t.Errorf("width %d: errors %v, want a wrong checksum", width, errs)
		}
	}
}

func TestCRCCheckValue(t *testing.T) {
	if got := CRC16([]byte("123456789")); got != 0xBB3D {
		t.Errorf("got %04X, want BB3D", got)
	}
}

func TestDecoderRefusesBrokenFrames(t *testing.T) {
	ping := lead + "01 00 00 80 00 00 00 00 00 00 FE 02 05 00 A2 00 01 00 00 68 F8 5A"
	tests := []struct {
		name string
		in   string
		want error
	}{
		{"wrong checksum", strings.Replace(ping, "68 F8", "68 F9", 1), device.ErrChecksum},
		{"length too long", strings.Replace(ping, "05 00 A2", "06 00 A2", 1), device.ErrFrame},
		{"length too short", strings.Replace(ping, "05 00 A2", "04 00 A2", 1), device.ErrFrame},
		{"truncated", lead + "01 00 00 80 5A", device.ErrFrame},
		{"unknown escape", strings.Replace(ping, "A2 00 01", "A6 03 01", 1), device.ErrFrame},
		{"escape at the end", strings.Replace(ping, "F8 5A", "F8 A6 5A", 1), device.ErrFrame},
		{"endless", lead + strings.Repeat("00 ", MaxData+100) + "5A", device.ErrFrame},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// A good frame right behind it is found all the same.
			frames, errs := decode(unhex(t, tt.in+ping))
			if len(errs) != 1 || !errors.Is(errs[0], tt.want) {
				t.Errorf("errors %v, want %v", errs, tt.want)
			}
			if len(frames) != 1 || !bytes.Equal(frames[0].Data, Ping()) {
				t.Errorf("frames %v, want the ping behind it", frames)
			}
		})
	}
}

func TestChecksumModes(t *testing.T) {
	body := unhex(t, "01 00 00 80 00 00 00 00 01 00 FE 02 05 00 A2 00 01 00 00 2A 02")
	var sum uint16
	for _, b := range body[:len(body)-2] {
		sum += uint16(b)
	}
	body[len(body)-2], body[len(body)-1] = byte(sum), byte(sum>>8)
	for name, change := range map[string]func(){
		"sum":        func() {},
		"no check":   func() { body[8], body[len(body)-1] = 2, 0x77 },
		"crc of all": func() { body[8], body[len(body)-2], body[len(body)-1] = 0, 0xFF, 0xFF },
	} {
		change()
		if _, err := parse(body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFramesSurviveAnyDataAndAnySplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Frame{
			Dst:  rapid.Uint16().Draw(t, "dst"),
			Src:  rapid.Uint16().Draw(t, "src"),
			Data: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data"),
		}
		wire, err := want.Append(rapid.SliceOf(rapid.Byte()).Draw(t, "noise"))
		if err != nil {
			t.Fatal(err)
		}
		var d Decoder
		var last Frame
		for len(wire) > 0 {
			n := rapid.IntRange(1, len(wire)).Draw(t, "split")
			d.Feed(wire[:n], func(f Frame, err error) {
				if err == nil {
					last = f
				}
			})
			wire = wire[n:]
		}
		if last.Dst != want.Dst || last.Src != want.Src || !bytes.Equal(last.Data, want.Data) {
			t.Fatalf("got %+v, want %+v", last, want)
		}
	})
}

func TestTooLongDataIsRefused(t *testing.T) {
	if _, err := (Frame{Data: make([]byte, MaxData+1)}).Append(nil); !errors.Is(err, device.ErrFrame) {
		t.Errorf("got %v", err)
	}
}

func TestTextIsWhatTheCardCanShow(t *testing.T) {
	tests := []struct {
		name, in, want string
		width          int
	}{
		{"chinese", "请A012号", "请A012号", 64},
		{"rare characters", "㐂𠮷A", "〓〓A", 40},
		{"codes of the card are no text", `\C2红`, `/C2红`, 40},
		{"control characters", "A\x1bB\nC", "A B C", 40},
		{"traditional characters are beyond GB2312", "請", "〓", 16},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := DecodeText(EncodeText(tt.in, Red)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := TextWidth(tt.in); got != tt.width {
				t.Errorf("width %d, want %d", got, tt.width)
			}
		})
	}
	if got := DecodeText([]byte(`\C1\FO001A01\FO00`)); got != `A01\FO00` {
		t.Errorf("font codes: %q", got)
	}
	if n := len(EncodeText(strings.Repeat("长", 5000), Red)); n > maxText {
		t.Errorf("%d bytes of text", n)
	}
}

func TestParseChangeIsTheInverseOfItsCommand(t *testing.T) {
	one := Area{X: 8, Y: 1, Width: 64, Height: 16, ID: 3, Effect: EffectLeft, Speed: 4, Stay: 6, Align: 2, Colour: Green, Text: "暂停办理"}
	two := Area{X: 72, Width: 56, Height: 16, Effect: EffectStatic, Colour: Red, Text: "A012"}
	for _, want := range []Change{
		{Areas: []Area{one}},
		{Areas: []Area{one, two}, Delete: []byte{1, 2}},
		{Areas: []Area{two}, DeleteAll: true},
		{Delete: []byte{0}},
	} {
		got, err := ParseChange(want.Command())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func FuzzDecoder(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(f, v.wire))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		frames, _ := decode(in)
		for _, fr := range frames {
			if len(fr.Data) > MaxData {
				t.Fatalf("frame of %d bytes", len(fr.Data))
			}
			c, err := ParseChange(fr.Data)
			for _, a := range c.Areas {
				if err == nil && len(a.Text) > 4*MaxData {
					t.Fatalf("text of %d bytes", len(a.Text))
				}
			}
		}
		// However the bytes were, the next good frame is found.
		good := append(append([]byte(nil), in...), unhex(t, vectors[0].wire)...)
		after, _ := decode(good)
		if len(after) == 0 || !bytes.Equal(after[len(after)-1].Data, Ping()) {
			t.Fatal("the good frame behind was lost")
		}
	})
}

func FuzzParseChange(f *testing.F) {
	f.Add(ShowArea(Area{Width: 64, Height: 16, Text: "A012"}))
	f.Add(DeleteAreas())
	f.Add(Change{Delete: []byte{2, 3}, Areas: []Area{{Width: 8, Height: 16, Text: "1"}, {X: 8, Width: 8, Height: 16, ID: 1, Text: "2"}}}.Command())
	f.Fuzz(func(_ *testing.T, in []byte) { _, _ = ParseChange(in) })
}
