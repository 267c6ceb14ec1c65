package samv_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smarthall/firmware-profiles/engine/samv"
	"smarthall/internal/device"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// answers lists what a parser finds: status and size of data, or the error.
func answers(p *samv.Parser) []string {
	var out []string
	for {
		a, ok, err := p.NextAnswer()
		switch {
		case !ok:
			return out
		case errors.Is(err, device.ErrChecksum):
			out = append(out, "checksum")
		case err != nil:
			out = append(out, "frame")
		default:
			out = append(out, fmt.Sprintf("%02X+%d", byte(a.SW3), len(a.Data)))
		}
	}
}

func TestParserFindsAnswersInAnyStream(t *testing.T) {
	const (
		found = "AAAAAA9669 0008 00009F 00000000 97"
		none  = "AAAAAA9669 0004 000080 84"
	)
	tests := []struct {
		name string
		in   string
		want []string
	}{
		{"found", found, []string{"9F+4"}},
		{"two answers", found + none, []string{"9F+4", "80+0"}},
		{"garbage before", "00 11 22 AA 96 69" + none, []string{"80+0"}},
		{"one AA too many", "AA" + none, []string{"80+0"}},
		{"many AA", "AAAAAAAAAAAAAAAAAA" + none, []string{"80+0"}},
		{"preamble twice", "AAAAAA9669" + none, []string{"frame", "80+0"}},
		{"wrong checksum", "AAAAAA9669 0004 000080 85", []string{"checksum"}},
		{"wrong checksum, then good", "AAAAAA9669 0004 000080 85" + none, []string{"checksum", "80+0"}},
		{"length too small", "AAAAAA9669 0003 000080" + none, []string{"frame", "80+0"}},
		{"length zero", "AAAAAA9669 0000" + none, []string{"frame", "80+0"}},
		{"length beyond the cap", "AAAAAA9669 0A29 00" + none, []string{"frame", "80+0"}},
		{"length that lies short", "AAAAAA9669 0004 00009F 00000000 97" + none, []string{"checksum", "80+0"}},
		{"length that lies long", "AAAAAA9669 0010 000080 84" + none + none, []string{"checksum", "80+0", "80+0"}},
		{"cut off, then good", "AAAAAA9669 0014 000090 0000" + none + none, []string{"checksum", "80+0", "80+0"}},
		{"cut off", "AAAAAA9669 0008 00009F 0000", nil},
		{"nothing", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var whole samv.Parser
			whole.Feed(unhex(t, tt.in))
			if diff := cmp.Diff(tt.want, answers(&whole)); diff != "" {
				t.Error(diff)
			}
			var split samv.Parser
			var got []string
			for _, b := range unhex(t, tt.in) {
				split.Feed([]byte{b})
				got = append(got, answers(&split)...)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("byte by byte: %s", diff)
			}
		})
	}
}

func TestParserSurvives10000RandomBytes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	junk := make([]byte, 10_000)
	for i := range junk {
		junk[i] = byte(rnd.Uint32())
	}
	var p samv.Parser
	p.Feed(junk)
	answers(&p)
	p.Feed(unhex(t, "AAAAAA9669 0004 000080 84"))
	if got := answers(&p); !slices.Equal(got, []string{"80+0"}) {
		t.Errorf("got %v", got)
	}
}

func TestRequestsAreTheDocumentedBytes(t *testing.T) {
	tests := map[string]samv.Request{
		"AAAAAA9669 0003 10FF EC":    samv.ResetModule,
		"AAAAAA9669 0003 11FF ED":    samv.ReadStatus,
		"AAAAAA9669 0003 12FF EE":    samv.ReadSAMID,
		"AAAAAA9669 0003 2001 22":    samv.FindCard,
		"AAAAAA9669 0003 2002 21":    samv.SelectCard,
		"AAAAAA9669 0003 3001 32":    samv.ReadCard,
		"AAAAAA9669 0003 3010 23":    samv.ReadFingerprint,
		"AAAAAA9669 0003 3003 30":    samv.ReadAddress,
		"AAAAAA9669 0004 61FF50 CA":  {Cmd: 0x61, Para: 0xFF, Data: []byte{0x50}},
		"AAAAAA9669 0003 60 04 67  ": {Cmd: 0x60, Para: 0x04},
	}
	for want, req := range tests {
		if got := req.Encode(); string(got) != string(unhex(t, want)) {
			t.Errorf("got % X, want %s", got, want)
		}
		var p samv.Parser
		p.Feed(req.Encode())
		if back, ok, err := p.NextRequest(); !ok || err != nil || !back.Is(req) {
			t.Errorf("%s read back: %+v, %v, %v", want, back, ok, err)
		}
	}
}

func TestAnswersOfTheDocumentedLengths(t *testing.T) {
	whole := samv.Response(samv.OK, samv.CardData([samv.TextSize]byte{}, make([]byte, 1024)))
	if len(whole) != 1295 || string(whole[5:7]) != "\x05\x08" {
		t.Errorf("text and photo: got %d bytes, length % X", len(whole), whole[5:7])
	}
}

func TestAnswersSurviveTheRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p samv.Parser
		var want, got []string
		var stream []byte
		for range rapid.IntRange(1, 4).Draw(t, "answers") {
			sw3 := rapid.Byte().Draw(t, "sw3")
			data := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data")
			want = append(want, fmt.Sprintf("%02X+%d", sw3, len(data)))
			stream = append(stream, samv.Response(samv.Status(sw3), data)...)
		}
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(t, "split")
			p.Feed(stream[:n])
			stream = stream[n:]
			got = append(got, answers(&p)...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzParser holds that no bytes panic either side, and that splitting them
// doesn't matter.
func FuzzParser(f *testing.F) {
	f.Add(samv.Response(samv.CardFound, make([]byte, 4)), uint8(1))
	f.Add(samv.ReadCard.Encode(), uint8(0))
	f.Add([]byte("\xAA\xAA\xAA\x96\x69\xFF\xFF"), uint8(2))
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		var whole, split, requests samv.Parser
		whole.Feed(stream)
		want := answers(&whole)
		var got []string
		for chunk := range slices.Chunk(stream, int(step)+1) {
			split.Feed(chunk)
			got = append(got, answers(&split)...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		requests.Feed(stream)
		for ok := true; ok; {
			_, ok, _ = requests.NextRequest()
		}
	})
}
