package profile

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/device"
)

const padFrame = `[{lit: "AA"}, {u8: addr}, {u8: cmd}, {u8: val}, {sum: {kind: xor, over: addr..val}}, {lit: "55"}]`

// drain lists what a decoder finds, errors by name.
func drain(d *Decoder, flush bool) []string {
	var out []string
	next := d.Next
	if flush {
		next = d.Flush
	}
	for found, ok := next(); ok; found, ok = next() {
		switch {
		case errors.Is(found.Err, device.ErrChecksum):
			out = append(out, "checksum")
		case found.Err != nil:
			out = append(out, "frame")
		default:
			out = append(out, Bytes(found.Raw).String())
		}
	}
	return out
}

func TestDecoderFindsFramesInAnyStream(t *testing.T) {
	const good = "AA 01 02 05 06 55"
	tests := []struct {
		name string
		in   string
		want []string
	}{
		{"one frame", good, []string{good}},
		{"two frames", good + good, []string{good, good}},
		{"garbage before", "00 FF 13" + good, []string{"frame", good}},
		{"start byte before", "AA AA" + good, []string{"frame", good}},
		{"garbage between", good + "11 22" + good, []string{good, "frame", good}},
		{"wrong checksum, then good", "AA 01 02 05 07 55" + good, []string{"checksum", good}},
		{"wrong end, then good", "AA 01 02 05 06 54" + good, []string{"frame", good}},
		{"cut off, then good", "AA 01 02" + good, []string{"frame", good}},
		{"cut off at the end", good + "AA 01", []string{good, "frame"}},
		{"only garbage", "01 02 03", []string{"frame"}},
		{"a frame inside a broken one", "AA 01" + good + "00", []string{"frame", good, "frame"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := NewDecoder(mustFrame(t, padFrame))
			d.Feed(mustBytes(t, tt.in))
			got := append(drain(d, false), drain(d, true)...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if d.Pending() {
				t.Error("bytes are left after the flush")
			}
		})
	}
}

// goodOnly are the frames among findings.
func goodOnly(found []string) []string {
	var out []string
	for _, f := range found {
		if f != "frame" && f != "checksum" {
			out = append(out, f)
		}
	}
	return out
}

func TestDecoderSurvives10000RandomBytes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	junk := make([]byte, 10_000)
	for i := range junk {
		junk[i] = byte(rnd.Uint32())
	}
	d := NewDecoder(mustFrame(t, padFrame), mustFrame(t, frameCases[4].frame))
	for _, chunk := range chunks(junk, 97) {
		d.Feed(chunk)
		drain(d, false)
		if len(d.buf) > 2*maxFrame {
			t.Fatalf("the decoder keeps %d bytes", len(d.buf))
		}
	}
	drain(d, true)
	d.Feed(mustBytes(t, "AA 01 02 05 06 55"))
	if diff := cmp.Diff([]string{"AA 01 02 05 06 55"}, drain(d, false)); diff != "" {
		t.Error(diff)
	}
}

// FuzzDecoder holds that no bytes panic and that splitting doesn't matter.
func FuzzDecoder(f *testing.F) {
	for _, c := range frameCases {
		f.Add(mustBytes(f, c.wire), uint8(3))
	}
	var frames []*Frame
	for _, c := range frameCases {
		frames = append(frames, mustFrame(f, c.frame))
	}
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		all := NewDecoder(frames...)
		all.Feed(stream)
		drain(all, false)
		drain(all, true)
		if all.Pending() {
			t.Error("bytes are left after the flush")
		}
		for _, fr := range frames {
			one := NewDecoder(fr)
			one.Feed(stream)
			w := goodOnly(append(drain(one, false), drain(one, true)...))
			parts := NewDecoder(fr)
			var g []string
			for _, chunk := range chunks(stream, int(step)+1) {
				parts.Feed(chunk)
				g = append(g, drain(parts, false)...)
			}
			g = goodOnly(append(g, drain(parts, true)...))
			if diff := cmp.Diff(w, g); diff != "" {
				t.Errorf("frame %v: %s", fr.Fields, diff)
			}
		}
	})
}

// chunks cuts bytes into pieces of n.
func chunks(p []byte, n int) [][]byte { return slices.Collect(slices.Chunk(p, n)) }
