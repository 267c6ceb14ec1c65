package samv_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/firmware-profiles/engine/samv"
	"smarthall/internal/device"
)

func TestFingerprintsOfEveryLengthAreParted(t *testing.T) {
	want := cards()[device.Citizen]
	want.Photo = make([]byte, 1024)
	want.Photo[1023] = 7
	for _, n := range []int{0, 512, 1024} {
		finger := make([]byte, n)
		for i := range finger {
			finger[i] = byte(i)
		}
		data := samv.CardDataFinger(samv.EncodeText(want), want.Photo, finger)
		if total := len(samv.Response(samv.OK, data)); total != 1297+n {
			t.Errorf("%d bytes of fingerprints make an answer of %d", n, total)
		}
		got, rest, err := samv.ParseCardFinger(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if len(rest) != n || n > 0 && rest[n-1] != byte(n-1) {
			t.Errorf("%d bytes of fingerprints became %d", n, len(rest))
		}
	}
}

func TestLyingFingerprintLengthsAreRefused(t *testing.T) {
	data := samv.CardDataFinger(samv.EncodeText(cards()[device.Citizen]), make([]byte, 1024), make([]byte, 512))
	for _, lie := range []uint16{0, 1, 511, 1024, 1536, 0xFFFF} {
		changed := append([]byte(nil), data...)
		binary.BigEndian.PutUint16(changed[4:], lie)
		if _, _, err := samv.ParseCardFinger(changed); !errors.Is(err, device.ErrFrame) {
			t.Errorf("length %d: %v", lie, err)
		}
	}
	for n := range len(data) {
		if _, _, err := samv.ParseCardFinger(data[:n]); err == nil {
			t.Fatalf("the first %d bytes are taken for the whole", n)
		}
	}
}

// The status words before the one that counts differ between modules, and so
// does the card's own number: only what has a meaning is compared.
func TestAnswersAreReadByTheWordThatCounts(t *testing.T) {
	whole := samv.Response(samv.CardFound, []byte{1, 2, 3, 4})
	whole[7], whole[8] = 0x55, 0x66
	whole[len(whole)-1] ^= 0x55 ^ 0x66
	var p samv.Parser
	p.Feed(whole)
	a, ok, err := p.NextAnswer()
	if !ok || err != nil || a.SW3 != samv.CardFound {
		t.Errorf("got %+v, %t, %v", a, ok, err)
	}
}

func FuzzCardFinger(f *testing.F) {
	for _, n := range []int{0, 512} {
		f.Add(samv.CardDataFinger(samv.EncodeText(cards()[device.Citizen]), make([]byte, 1024), make([]byte, n)))
	}
	f.Add([]byte{1, 0, 4, 0, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		id, finger, err := samv.ParseCardFinger(data)
		if err == nil && len(finger)+len(id.Photo)+samv.TextSize+6 != len(data) {
			t.Errorf("%d bytes became %d and %d", len(data), len(id.Photo), len(finger))
		}
	})
}

func TestCharactersBeyondTheBasicPlaneSurviveTheCard(t *testing.T) {
	for _, name := range []string{"𬭊", "李𬭊", "㐂𠮷𪚥", "张龘𬭊明"} {
		want := cards()[device.Citizen]
		want.Name = name
		got, err := samv.ParseText(samv.EncodeText(want))
		if err != nil || got.Name != name {
			t.Errorf("%s became %s: %v", name, got.Name, err)
		}
	}
}
