package profile_test

import (
	"bytes"
	"strings"
	"testing"

	"smarthall/firmware-profiles/profile"
)

const boxWithDisplay = `schema: hall.device/v1
id: test/box
class: keypad
engine: framed-serial
names: {zh: 测试, en: Test}
transports: [{kind: serial, baud: 9600}]
frames:
  key: [{lit: "4B"}, {u8: key}, {lit: "0D"}]
  face: [{lit: "46"}, {text: {name: number, enc: ascii, size: 4}}, {bcd: {name: waiting, digits: 2}}, {lit: "0D"}]
commands:
  show: {frame: face, set: {number: "@number", waiting: "@waiting"}}
events:
  - {frame: key, when: {}, emit: action, map: {key: {1: next, 2: finish}}}
evidence: {frames: guess, transports: guess, commands: guess, events: guess}
vectors:
  - {do: show, in: {number: A012, waiting: 7}, out: "46 41303132 07 0D"}
  - {recv: "4B 01 0D", is: {action: next}}
`

func box(t *testing.T, edits ...string) (*profile.Profile, error) {
	t.Helper()
	doc, err := profile.ReadDoc("box.yaml", []byte(strings.NewReplacer(edits...).Replace(boxWithDisplay)))
	if err != nil {
		return nil, err
	}
	return doc.Profile(nil)
}

func TestInputsFitTheirFields(t *testing.T) {
	p, err := box(t)
	if err != nil {
		t.Fatal(err)
	}
	c := p.Codec(nil)
	for _, tt := range []struct {
		name string
		in   profile.Values
		want string
	}{
		{"as it is", profile.Values{"number": "B7", "waiting": 12}, "FB7  \x12\r"},
		{"too many people", profile.Values{"number": "", "waiting": 1234}, "F    \x99\r"},
		{"a number too long keeps its end", profile.Values{"number": "SJ0012", "waiting": 0}, "F0012\x00\r"},
		{"fewer than nobody", profile.Values{"number": "A1", "waiting": -1}, "FA1  \x00\r"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := c.EncodeCommandWith(profile.CommandShow, tt.in)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	if _, err := c.EncodeCommandWith(profile.CommandShow, profile.Values{"number": "A1"}); err == nil {
		t.Error("a command went out without its input")
	}
	if p.Takes(profile.CommandShow, profile.InputPrompt) || !p.Takes(profile.CommandShow, profile.InputWaiting) {
		t.Error("Takes is wrong")
	}
}

func TestTheDeviceHearsTheInputs(t *testing.T) {
	p, err := box(t)
	if err != nil {
		t.Fatal(err)
	}
	c := p.Codec(nil)
	d := c.CommandDecoder()
	d.Feed([]byte("FA012\x07\r"))
	found, ok := d.Next()
	if name, is := c.CommandOf(found); !ok || !is || name != profile.CommandShow {
		t.Fatalf("heard %q %v %v", name, is, ok)
	}
	in := c.InputsOf(profile.CommandShow, found)
	if in["number"] != "A012" || in["waiting"] != 7 {
		t.Errorf("got %v", in)
	}
}

func TestMistakesWithInputsAndActions(t *testing.T) {
	for name, edits := range map[string][]string{
		"an input that isn't one":       {`"@waiting"`, `"@weather"`},
		"a word that is no action":      {"2: finish", "2: dance"},
		"a number in place of a word":   {"2: finish", "2: 5"},
		"an action without map":         {"map: {key: {1: next, 2: finish}}", "value: key"},
		"a keypad without action":       {"emit: action, map: {key: {1: next, 2: finish}}", "emit: key, value: key", "is: {action: next}", "is: {key: 1}"},
		"show that shows nothing":       {`set: {number: "@number", waiting: "@waiting"}`, `set: {number: A, waiting: 0}`},
		"an input of a vector unknown":  {"in: {number: A012, waiting: 7}", "in: {number: A012, people: 7}"},
		"inputs that aren't a mapping":  {"in: {number: A012, waiting: 7}", "in: A012"},
		"an input in a field not there": {"waiting: \"@waiting\"}}", "waiting: \"@waiting\", room: \"@number\"}}"},
	} {
		if p, err := box(t, edits...); err == nil {
			t.Errorf("%s: accepted %+v", name, p.Commands)
		}
	}
}

func FuzzInputsRoundTrip(f *testing.F) {
	f.Add("A012", 7)
	f.Add("", 0)
	f.Add("ZZ99999", 1<<30)
	doc, err := profile.ReadDoc("box.yaml", []byte(boxWithDisplay))
	if err != nil {
		f.Fatal(err)
	}
	p, err := doc.Profile(nil)
	if err != nil {
		f.Fatal(err)
	}
	c := p.Codec(nil)
	f.Fuzz(func(t *testing.T, number string, waiting int) {
		frame, err := c.EncodeCommandWith(profile.CommandShow, profile.Values{"number": number, "waiting": waiting})
		if err != nil {
			return // not ASCII
		}
		d := c.CommandDecoder()
		d.Feed(frame)
		found, ok := d.Next()
		if !ok || !bytes.Equal(found.Raw, frame) {
			t.Fatalf("% X came back as % X", frame, found.Raw)
		}
	})
}
