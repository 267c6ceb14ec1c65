package tool

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"go.yaml.in/yaml/v3"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/samv"
	"smarthall/internal/device"
)

// invented is an ID number with a right check digit that belongs to nobody.
const invented = "11010519491231002X"

func utf16le(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func card() device.Identity {
	return device.Identity{
		Kind: device.Citizen, Name: "测试甲", Sex: "女", Nation: "汉", Number: invented,
		Birth: time.Date(1949, 12, 31, 0, 0, 0, 0, time.UTC), ValidFrom: time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

func TestMaskHidesWhatIsAPersonsAndNothingElse(t *testing.T) {
	text := samv.EncodeText(card())
	answer := samv.Response(samv.OK, samv.CardData(text, make([]byte, 1024)))
	all := func(n int) []int { return []int{0, n} }
	tests := []struct {
		name string
		in   []byte
		want []int // first hidden byte and the one after the last; nil hides nothing
	}{
		{"request", samv.ReadCard.Encode(), nil},
		{"status", samv.Response(samv.OK, nil), nil},
		{"module number", samv.Response(samv.OK, make([]byte, 16)), nil},
		{"card's serial", samv.Response(samv.OK, make([]byte, 8)), []int{10, 18}},
		{"address", samv.Response(samv.OK, make([]byte, 70)), []int{10, 80}},
		{"noise and a preamble that begins too early", append([]byte{1, 0xAA, 0xAA}, samv.Response(samv.OK, make([]byte, 8))...), []int{13, 21}},
		{"length that no frame has", append([]byte{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0xFF, 0xFF}, make([]byte, 40)...), nil},
		{"card", answer, all(len(answer))},
		{"number in ASCII", []byte("id=" + invented + ";"), all(22)},
		{"number with a small x", []byte(strings.ToLower(invented)), all(18)},
		{"number in UTF-16", utf16le(invented), all(36)},
		{"number of a foreigner", []byte("CAN110081020300"), all(15)},
		{"number with a wrong check digit", []byte("110105194912310021"), nil},
		{"other digits", []byte("SH-A012 20261122 0123456789012345"), nil},
		{"printer", []byte{0x10, 0x04, 0x01, 0x12}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m masker
			got := m.hide(tt.in)
			for i, hidden := range got {
				if want := tt.want != nil && i >= tt.want[0] && i < tt.want[1]; hidden != want {
					t.Fatalf("byte %d: hidden %t, want %t", i, hidden, want)
				}
			}
		})
	}
}

func TestMaskFollowsACardThroughEverySplit(t *testing.T) {
	text := samv.EncodeText(card())
	answer := samv.Response(samv.OK, samv.CardData(text, make([]byte, 1024)))
	begin, end := 10, len(answer)-1
	for _, size := range []int{1, 2, 3, 7, 64, 500} {
		var m masker
		i := 0
		for part := range slices.Chunk(answer, size) {
			for _, hidden := range m.hide(part) {
				if i >= begin && i < end && !hidden {
					t.Fatalf("parts of %d: byte %d is shown", size, i)
				}
				i++
			}
		}
	}
}

func TestMaskFindsANumberThatWasSplit(t *testing.T) {
	var m masker
	m.hide([]byte("n=" + invented[:17]))
	if hidden := m.hide([]byte(invented[17:])); !hidden[0] {
		t.Error("the end of the number is shown")
	}
}

func TestRecorderPartsByPausesAndDirection(t *testing.T) {
	var got []group
	r := newRecorder(10*time.Millisecond, true, func(g group) { got = append(got, g) })
	at := time.Now()
	r.add(at, toDevice, []byte{1})
	r.add(at.Add(2*time.Millisecond), toDevice, []byte{2})
	r.add(at.Add(3*time.Millisecond), fromDevice, []byte{3})
	r.add(at.Add(30*time.Millisecond), fromDevice, []byte{4})
	r.add(at.Add(31*time.Millisecond), fromDevice, make([]byte, maxGroup))
	r.close()
	r.add(at.Add(40*time.Millisecond), fromDevice, []byte{5})
	want := []string{"→ 1 2", "← 3", "← 4"}
	if len(got) != 4 || len(got[3].data) != maxGroup {
		t.Fatalf("%d groups", len(got))
	}
	for i, w := range want {
		g := got[i]
		text := g.dir.arrow()
		for _, b := range g.data {
			text += " " + string('0'+rune(b))
		}
		if text != w {
			t.Errorf("group %d is %s, want %s", i, text, w)
		}
	}
}

func TestALongMessageIsShownByItsBeginning(t *testing.T) {
	var log bytes.Buffer
	g := group{at: time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC), dir: toDevice, data: make([]byte, 100)}
	printGroup(&log, g, 40)
	lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "  08:30:00.000 → 00 00") || !strings.HasSuffix(lines[1], "00 … 共 100 字节") {
		t.Errorf("%q", lines)
	}
	log.Reset()
	printGroup(&log, g, 0)
	if n := strings.Count(log.String(), "00 ") + strings.Count(log.String(), "00\n"); n < 100 {
		t.Errorf("%d bytes of 100", n)
	}
}

// Whatever stands on a line, sniff neither panics nor shows a number, and its
// draft is YAML.
func FuzzSniff(f *testing.F) {
	text := samv.EncodeText(card())
	f.Add(uint8(0), []byte{0xAA, 1, 2, 1, 2, 0x55}, uint8(3))
	f.Add(uint8(1), samv.Response(samv.OK, samv.CardData(text, make([]byte, 1024))), uint8(100))
	f.Add(uint8(2), []byte("\xA5\xA5\x00\x80\x01\x00\x00\x00\x00\x00\x00\x00\xFE\x02\x05\x00\xA0\x00\x00\x00\x00\x64\xDC\x5A"), uint8(9))
	f.Add(uint8(3), []byte("SH-A012\r"+invented+"\r"), uint8(11))
	f.Add(uint8(4), []byte{0x10, 0x04, 0x01, 0x12, 0x1B, 0x40}, uint8(3))
	f.Add(uint8(5), []byte(`"quoted": \ {and}`), uint8(2))
	cat, err := catalog.Load()
	if err != nil {
		f.Fatal(err)
	}
	ids := []string{"generic/pad-5key-escaped", "generic/sam-v-serial", "onbon/bx-5k-64x16", "generic/scanner-serial", "generic/escpos-80"}
	f.Fuzz(func(t *testing.T, which uint8, stream []byte, split uint8) {
		d := &draft{}
		if int(which) < len(ids) {
			p, ok := cat.Get(ids[which])
			if !ok {
				t.Fatal("no profile")
			}
			if d, err = newDraft(p, nil); err != nil {
				t.Fatal(err)
			}
		}
		var log bytes.Buffer
		r := newRecorder(time.Hour, false, func(g group) {
			printGroup(&log, g, int(split))
			for _, w := range d.add(g) {
				log.WriteString(w)
			}
		})
		dir := fromDevice
		for part := range slices.Chunk(stream, int(split)+1) {
			r.add(time.Now(), dir, part)
			if split%2 == 0 {
				dir = toDevice - dir + fromDevice
			}
		}
		r.close()
		var doc struct {
			Vectors []map[string]any `yaml:"vectors"`
		}
		if err := yaml.Unmarshal([]byte(d.yaml()), &doc); err != nil {
			t.Fatalf("%v:\n%s", err, d.yaml())
		}
		if bytes.Contains(stream, []byte(invented)) && split > 60 && strings.Contains(log.String()+d.yaml(), invented) {
			t.Error("the number got out")
		}
	})
}
