package profile_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/profile"
)

// withoutVectors is a shipped file with only those vectors that keep says, and
// the line that its vectors begin at.
func withoutVectors(t *testing.T, text string, keep func(i int) bool) (changed string, line int) {
	t.Helper()
	head, tail, found := strings.Cut(text, "\nvectors:\n")
	if !found {
		t.Fatal("no vectors")
	}
	var b strings.Builder
	b.WriteString(head + "\nvectors:\n")
	n := -1
	for l := range strings.Lines(tail) {
		if strings.HasPrefix(l, "  - ") {
			n++
		}
		if keep(n) {
			b.WriteString(l)
		}
	}
	return b.String(), strings.Count(head, "\n") + 2
}

// Every shipped file has what its engine must prove, and would be refused without
// it: with its first vector alone it lacks something, in both languages and at
// the place where that belongs.
func TestAProfileThatProvesOneThingOnlyIsRefused(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range cat.All() {
		if p.Engine == profile.EngineFramed {
			continue // how much one vector shows is the file's affair: see TestMistakesAreShownWithTheirPlace
		}
		t.Run(p.ID, func(t *testing.T) {
			data, err := fs.ReadFile(catalog.FS, p.File)
			if err != nil {
				t.Fatal(err)
			}
			text, line := withoutVectors(t, string(data), func(i int) bool { return i == 0 })
			doc, err := profile.ReadDoc(p.File, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			_, err = doc.Profile(cat.Find)
			var ms profile.Mistakes
			if !errors.As(err, &ms) {
				t.Fatalf("got %v", err)
			}
			for _, m := range ms {
				if m.Line == 0 || m.Column == 0 || m.ZH == "" || m.EN == "" {
					t.Errorf("no place or words: %+v", m)
				}
				if m.Line != line {
					t.Errorf("%s: want line %d", m.Error(), line)
				}
			}
		})
	}
}

// Of what an engine must prove nothing is there by accident: without the vectors
// of any one action a file that inherits nothing is refused.
func TestEveryActionOfAnEngineIsNeeded(t *testing.T) {
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	spare := map[string]bool{
		"sam-v reset": true, "sam-v sam-id": true, "sam-v read-finger": true, // nothing sends them
		"web-pad answer": true, "web-pad ": true, // several answers have no word of their own
		"scanner scan": true, // the only one: without it there are no vectors
	}
	seen := map[profile.Engine]bool{}
	for _, p := range cat.All() {
		if p.Inherits != "" || seen[p.Engine] || p.Engine == profile.EngineFramed {
			continue
		}
		seen[p.Engine] = true
		data, err := fs.ReadFile(catalog.FS, p.File)
		if err != nil {
			t.Fatal(err)
		}
		actions := map[string]bool{}
		for _, v := range p.Vectors {
			actions[v.Do] = true
		}
		for action := range actions {
			if spare[string(p.Engine)+" "+action] {
				continue
			}
			t.Run(p.ID+"/"+action, func(t *testing.T) {
				text, _ := withoutVectors(t, string(data), func(i int) bool { return p.Vectors[i].Do != action })
				doc, err := profile.ReadDoc(p.File, []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := doc.Profile(cat.Find); err == nil || !strings.Contains(err.Error(), "of do: "+action) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
	if len(seen) != len(profile.Engines())-1 {
		t.Errorf("engines %v", seen)
	}
}

// The evidence of a shipped file with one word for everything is no evidence.
func TestEvidenceStandsForEveryBlock(t *testing.T) {
	data, err := fs.ReadFile(catalog.FS, "printer/generic-escpos-80.yaml")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(data), "\nevidence:\n")
	_, vectors, _ := strings.Cut(rest, "\nvectors:\n")
	doc, err := profile.ReadDoc("x/printer/p.yaml", []byte(head+"\nevidence: {protocol: guess}\nvectors:\n"+vectors))
	if err != nil {
		t.Fatal(err)
	}
	_, err = doc.Profile(nil)
	var ms profile.Mistakes
	if !errors.As(err, &ms) {
		t.Fatalf("got %v", err)
	}
	var blocks []string
	for _, m := range ms {
		blocks = append(blocks, m.Path)
		if m.Line == 0 || m.Column != 1 || !strings.Contains(m.ZH, "没有写依据") || !strings.Contains(m.EN, "evidence doesn't say") {
			t.Errorf("got %s", m.Both())
		}
	}
	if got := strings.Join(blocks, " "); got != "/match /transports /caps /timing /status /quirks" {
		t.Errorf("asked for %s", got)
	}
}

// What is never sent or never heard is refused: it would look as if it worked.
func TestWhatHasNoEffectIsRefused(t *testing.T) {
	tests := []struct{ name, file, old, with, want string }{
		{"a command that nobody sends", "pad/generic-pad-5key-bin.yaml", "  arm:\n", "  blink:\n    frame: std\n    set: {addr: 1, cmd: 9, val: 0}\n  arm:\n", "nothing sends the command blink to a pad"},
		{"a key of a pad", "pad/generic-pad-5key-bin.yaml", "emit: score\n    map: {val: {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}}", "emit: key\n    map: {val: {1: 1}}", "key means something for a button only"},
		{"a key that means nothing", "button/generic-button-call.yaml", "{1: 1, 0: 0}", "{1: 1, 0: 7}", "a key is 1 (calls staff) or 0"},
		{"a button without a key", "button/generic-button-call.yaml", "emit: key\n    map: {val: {1: 1, 0: 0}}", "emit: state\n    map: {val: {1: fault, 0: online}}", "a button needs an event that emits key"},
		{"a sensor without a state", "sensor/generic-sensor-contact.yaml", "emit: state\n    map: {state: {N: online, D: cover_open, T: fault}}", "emit: code\n    value: state", "a sensor needs an event that emits state"},
		{"a strip that shows nothing", "led/generic-led-rs485-text.yaml", `text: "@text"}`, `text: "A"}`, "a strip needs the command show with @text"},
		{"a text in a number", "led/generic-led-rs485-text.yaml", `{addr: $address, cmd: 1, text: "@text"}`, `{addr: "@text", cmd: 1, text: "@text"}`, "@text needs a text field"},
		{"a ping without a reply", "sensor/generic-sensor-contact.yaml", "    reply: {frame: here, when: {}}\n    reply_within: 400ms\n", "", "ping needs a reply"},
		{"asking without a ping", "pad/generic-pad-5key-bin.yaml", "timing: {", "status: {poll: 1s}\ntiming: {", "there is no command ping to ask with"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := fs.ReadFile(catalog.FS, tt.file)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Replace(string(data), tt.old, tt.with, 1)
			if text == string(data) {
				t.Fatalf("the file has no %q", tt.old)
			}
			doc, err := profile.ReadDoc(tt.file, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := doc.Profile(nil); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}
