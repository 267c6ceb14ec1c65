package samv_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smarthall/firmware-profiles/engine/samv"
	"smarthall/internal/device"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// cards are one made-up holder of each kind.
func cards() map[device.IdentityKind]device.Identity {
	return map[device.IdentityKind]device.Identity{
		device.Citizen: {
			Kind: device.Citizen, Name: "测试甲", Sex: "女", Nation: "鄂温克", Birth: day(1949, 12, 31), Address: "样例市样例区样例路1号",
			Number: "11010519491231002X", Issuer: "样例市公安局样例分局", ValidFrom: day(2016, 1, 1),
		},
		device.ResidentPermit: {
			Kind: device.ResidentPermit, Name: "测试乙", Sex: "男", Birth: day(1990, 1, 1), Address: "样例市样例路2号", Number: "810000199001010019",
			Issuer: "样例市公安局", ValidFrom: day(2020, 1, 2), ValidUntil: day(2025, 1, 2), PassNumber: "H00000000", IssueCount: "01",
		},
		device.Foreigner2017: {
			Kind: device.Foreigner2017, Name: "测试丙", LatinName: "SAMPLE, PERSON", Sex: "女", Nationality: "CAN", Birth: day(1981, 2, 3),
			Number: "CAN110081020300", Issuer: "1500", ValidFrom: day(2018, 1, 1), ValidUntil: day(2028, 1, 1),
		},
		device.Foreigner2023: {
			Kind: device.Foreigner2023, Name: "SAMPLE, PERSON WITH A VERY LONG NAME, INDEED", LatinName: "SAMPLE, PERSON WITH A VERY LONG NAME, INDEED",
			Sex: "未说明", Nationality: "DEU", Birth: day(1987, 1, 1), Number: "911276198701010018", ValidFrom: day(2023, 12, 1), ValidUntil: day(2033, 12, 1),
		},
	}
}

func TestAllFourLayoutsAreRead(t *testing.T) {
	letters := map[device.IdentityKind]byte{device.Citizen: ' ', device.ResidentPermit: 'J', device.Foreigner2017: 'I', device.Foreigner2023: 'Y'}
	for kind, want := range cards() {
		t.Run(string(kind), func(t *testing.T) {
			text := samv.EncodeText(want)
			if text[248] != letters[kind] || text[249] != 0 {
				t.Errorf("type letter: got % X", text[248:250])
			}
			got, err := samv.ParseText(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// put writes UTF-16 text into a block.
func put(block *[samv.TextSize]byte, at int, s string) {
	for i, r := range s {
		binary.LittleEndian.PutUint16(block[at+2*i:], uint16(r))
	}
}

func TestTextBlocksOfTheRealWorld(t *testing.T) {
	tests := []struct {
		name    string
		change  func(b *[samv.TextSize]byte)
		check   func(id device.Identity) bool
		wantErr error
	}{
		{"zeros for padding", func(b *[samv.TextSize]byte) { put(b, 248, "\x00") }, func(id device.Identity) bool { return id.Kind == device.Citizen }, nil},
		{"unknown letter", func(b *[samv.TextSize]byte) { put(b, 248, "Z") }, nil, samv.ErrLayout},
		{"unknown nation", func(b *[samv.TextSize]byte) { put(b, 32, "59") }, func(id device.Identity) bool { return id.Nation == "" }, nil},
		{"unknown sex", func(b *[samv.TextSize]byte) { put(b, 30, "7") }, func(id device.Identity) bool { return id.Sex == "" }, nil},
		{"no birthday", func(b *[samv.TextSize]byte) { put(b, 36, "        ") }, func(id device.Identity) bool { return id.Birth.IsZero() }, nil},
		{"impossible birthday", func(b *[samv.TextSize]byte) { put(b, 36, "19491332") }, nil, device.ErrFrame},
		{"letters for a date", func(b *[samv.TextSize]byte) { put(b, 188, "20XX0101") }, nil, device.ErrFrame},
		{"half a surrogate pair in the name", func(b *[samv.TextSize]byte) { b[0], b[1] = 0x42, 0xD8 }, func(id device.Identity) bool { return id.Name != "" }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := samv.EncodeText(cards()[device.Citizen])
			tt.change(&text)
			id, err := samv.ParseText(text)
			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("got %v, want %v", err, tt.wantErr)
			}
			if err == nil && !tt.check(id) {
				t.Errorf("got %+v", id)
			}
			if err != nil && (strings.Contains(err.Error(), "11010519491231002X") || strings.Contains(err.Error(), "测试甲")) {
				t.Error("the error tells who the holder is")
			}
		})
	}
}

func TestARareNameKeepsItsCharacters(t *testing.T) {
	id := cards()[device.Citizen]
	id.Name = "测𠮷龘㐂"
	if got, err := samv.ParseText(samv.EncodeText(id)); err != nil || got.Name != id.Name {
		t.Errorf("got %q, %v", got.Name, err)
	}
	id.Name = "一二三四五六七八九十一二三四𠮷" // the pair has room for its first half only
	if got, err := samv.ParseText(samv.EncodeText(id)); err != nil || got.Name != "一二三四五六七八九十一二三四" {
		t.Errorf("got %q, %v", got.Name, err)
	}
}

func TestCardDataThatLiesIsRefused(t *testing.T) {
	good := samv.CardData(samv.EncodeText(cards()[device.Citizen]), make([]byte, 1024))
	id, err := samv.ParseCard(good)
	if err != nil || len(id.Photo) != 1024 {
		t.Fatalf("good: photo of %d bytes, %v", len(id.Photo), err)
	}
	bare, err := samv.ParseCard(samv.CardData(samv.EncodeText(id), nil))
	if err != nil || bare.Photo != nil {
		t.Errorf("no photo: got %d bytes, %v", len(bare.Photo), err)
	}
	for name, data := range map[string][]byte{
		"empty":            nil,
		"three bytes":      good[:3],
		"cut off":          good[:len(good)-1],
		"one byte more":    append(bytes.Clone(good), 0),
		"text length lies": append([]byte{0x02, 0x00}, good[2:]...),
		"photo too long":   append([]byte{0x01, 0x00, 0xFF, 0xFF}, good[4:]...),
	} {
		if _, err := samv.ParseCard(data); !errors.Is(err, device.ErrFrame) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestIdentitiesSurviveTheRoundTrip(t *testing.T) {
	name := rapid.StringOfN(rapid.RuneFrom([]rune("王李测试·𠮷龘")), 1, 7, -1)
	date := rapid.Custom(func(t *rapid.T) time.Time {
		return day(rapid.IntRange(1900, 2100).Draw(t, "y"), time.Month(rapid.IntRange(1, 12).Draw(t, "m")), rapid.IntRange(1, 28).Draw(t, "d"))
	})
	rapid.Check(t, func(t *rapid.T) {
		want := cards()[rapid.SampledFrom([]device.IdentityKind{device.Citizen, device.ResidentPermit, device.Foreigner2017, device.Foreigner2023}).Draw(t, "kind")]
		want.Name = name.Draw(t, "name")
		want.Birth, want.ValidFrom = date.Draw(t, "birth"), date.Draw(t, "from")
		want.ValidUntil = time.Time{}
		if rapid.Bool().Draw(t, "ends") {
			want.ValidUntil = date.Draw(t, "until")
		}
		got, err := samv.ParseText(samv.EncodeText(want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestModuleNumber(t *testing.T) {
	got, err := samv.SAMID(unhex(t, "05000300 47C63301 87D61200 15CD5B07"))
	if err != nil || got != "05.03-20170311-0001234567-0123456789" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := samv.SAMID(make([]byte, 15)); !errors.Is(err, device.ErrFrame) {
		t.Errorf("short: got %v", err)
	}
}

func TestNations(t *testing.T) {
	for code, want := range map[string]string{"01": "汉", "46": "德昂", "56": "基诺", "97": "其他", "98": "外国血统", "57": "", "00": "", "": ""} {
		if got := samv.Nation(code); got != want {
			t.Errorf("%q: got %q, want %q", code, got, want)
		}
	}
}

// FuzzParseText holds that no card panics the parser.
func FuzzParseText(f *testing.F) {
	for _, id := range cards() {
		text := samv.EncodeText(id)
		f.Add(text[:])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var text [samv.TextSize]byte
		copy(text[:], data)
		if id, err := samv.ParseText(text); err == nil && id.Kind == "" {
			t.Error("an identity without a kind")
		}
		if id, err := samv.ParseCard(data); err == nil && id.Kind == "" {
			t.Error("a card without a kind")
		}
	})
}
