package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/device"
)

// padYAML is a correct profile; the tests break it.
const padYAML = `schema: hall.device/v1
id: test/pad
class: pad
engine: framed-serial
names: {zh: 测试评价器, en: Test pad}
transports: [{kind: serial, baud: 9600}]
params:
  address: {type: int, default: 1, min: 1, max: 254}
frames:
  std: [{lit: "AA"}, {u8: addr}, {u8: cmd}, {u8: val}, {sum: {kind: xor, over: addr..val}}, {lit: "55"}]
commands:
  arm: {frame: std, set: {addr: $address, cmd: 1, val: 0}, reply: {frame: std, when: {addr: $address, cmd: 1}}, reply_within: 500ms}
events:
  - {frame: std, when: {addr: $address, cmd: 2}, emit: score, map: {val: {1: 5, 5: 1}}, debounce: 800ms}
timing: {answer_window: 20s}
evidence: {frames: guess, transports: guess, commands: guess, events: guess, timing: guess}
vectors:
  - {do: arm, out: "AA 01 01 00 00 55", recv: "AA 01 01 00 00 55", is: {reply: true}}
  - {recv: "AA 01 02 01 02 55", is: {score: 5}}
`

// printerYAML is the smallest profile of another engine.
const printerYAML = `schema: hall.device/v1
id: test/printer
engine: escpos
names: {zh: 测试打印机, en: Test printer}
match: {usb: ["1234:abcd"]}
transports: [{kind: tcp, port: 9100}]
caps:
  width_dots: 576
  columns: 48
  cut: [partial]
  qr: native
  raster: gsv0
  chinese: {mode: fs-amp, charset: gb18030-2byte, power_on: on, fallback: geta}
quirks: [raster-band-128]
timing: {status: 400ms}
status: {via: dle-eot, poll: 2s}
evidence: {caps: guess, match: guess, transports: guess, quirks: guess, timing: guess, status: guess}
vectors:
  - {do: init, out: "1B 40"}
  - {do: text, in: A, out: "1C26 41 0A"}
  - {do: title, in: A, out: "1C26 1B6101 1D2111 1B4501 41 0A"}
  - {do: cut, out: "1D564200"}
  - {do: qr, in: A, out: "1B6101 1D286B"}
  - {do: raster, in: "FF 81", out: "1D763000 0100 0200 FF81"}
  - {do: ask, in: 4, out: "100404"}
  - {do: paper-query, out: "1D7201"}
  - {do: status, recv: {1: "12"}, is: {state: online}}
  - {do: status, recv: {1: "1A", 2: "32", 4: "72"}, is: {state: paper_end}}
  - {do: status, recv: {1: "1A", 2: "16"}, is: {state: cover_open}}
  - {do: status, recv: {1: "1A", 2: "52", 3: "32"}, is: {state: fault}}
`

// parse loads one file.
func parse(file, text string, parents Finder) (*Profile, error) {
	doc, err := ReadDoc(file, []byte(text))
	if err != nil {
		return nil, err
	}
	return doc.Profile(parents)
}

func TestACorrectProfileIsRead(t *testing.T) {
	p, err := parse("catalog/pad/test-pad.yaml", padYAML, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.ID != "test/pad" || p.Class != device.ClassPad || p.Engine != EngineFramed || p.Names.ZH != "测试评价器" || len(p.Hash) != 64 {
		t.Errorf("got %+v", p)
	}
	if tr, ok := p.Transport(Serial); !ok || !slices.Equal(tr.Baud, []int{9600}) {
		t.Errorf("transport: got %+v", tr)
	}
	q, err := parse("x.yaml", printerYAML, nil)
	if err != nil {
		t.Fatal(err)
	}
	if q.Class != device.ClassPrinter || !q.Has(QuirkRasterBand128) || q.Has(QuirkNoStatus) || string(q.Vectors[8].RecvBy["1"]) != "\x12" {
		t.Errorf("got %+v", q)
	}
}

// Every mistake is found where it stands.
func TestMistakesAreShownWithTheirPlace(t *testing.T) {
	tests := []struct {
		name     string
		base     string
		old, new string // "" in new removes
		place    string // line:column
		want     string // in English
	}{
		{"unknown key at the top", padYAML, "timing:", "timming:", "15:1", `unknown key "timming"`},
		{"unknown key deep down", padYAML, "baud: 9600", "bauds: 9600", "6:29", `unknown key "bauds"`},
		{"unknown engine", padYAML, "framed-serial", "framed", "4:9", `"framed" is none of`},
		{"another generation", padYAML, "device/v1", "device/v2", "1:9", "must be hall.device/v1"},
		{"no name", padYAML, "names: {zh: 测试评价器, en: Test pad}\n", "", "1:1", "missing: names"},
		{"no english name", padYAML, ", en: Test pad", "", "5:8", "missing: en"},
		{"bad id", padYAML, "test/pad", "Test Pad", "2:5", "must look like"},
		{"serial line without speed", padYAML, ", baud: 9600", "", "6:14", "missing: baud"},
		{"speed as text", padYAML, "baud: 9600", `baud: "9600"`, "6:35", "want integer or array, got string"},
		{"hex without quotes", padYAML, `{lit: "55"}`, `{lit: 55}`, "10:99", "want string, got number"},
		{"half a byte", padYAML, `{lit: "55"}`, `{lit: "5"}`, "10:99", "not bytes in hex"},
		{"key twice", padYAML, "class: pad", "class: pad\nclass: led", "4:1", `"class" is given twice`},
		{"anchor", padYAML, "{frames: guess,", "&a {frames: guess,", "16:11", "anchors"},
		{"tab", padYAML, "  std:", "\tstd:", "10:1", "yaml:"},
		{"two documents", padYAML, "timing:", "---\ntiming:", "15:1", "exactly one document"},
		{"field of two kinds", padYAML, "{u8: cmd}", "{u8: cmd, u16le: x}", "10:34", "exactly one of"},
		{"range of unknown fields", padYAML, "addr..val", "addr..value", "10:56", "first..last"},
		{"unknown frame", padYAML, "arm: {frame: std", "arm: {frame: other", "12:16", `no frame "other"`},
		{"unknown field in a command", padYAML, "cmd: 1, val: 0}", "cmd: 1, val: 0, x: 1}", "12:59", `no value field "x"`},
		{"field without value", padYAML, "cmd: 1, val: 0}", "cmd: 1}", "12:26", `field "val" has no value`},
		{"value too large", padYAML, "cmd: 1, val: 0}", "cmd: 256, val: 0}", "12:48", "0 to 255"},
		{"unknown parameter", padYAML, "set: {addr: $address", "set: {addr: $place", "12:33", `no parameter "place"`},
		{"default out of range", padYAML, "default: 1,", "default: 255,", "8:33", "255 is more than 254"},
		{"default of another type", padYAML, "default: 1,", "default: one,", "8:33", "the default is no int"},
		{"reply time without a reply", padYAML, ", reply: {frame: std, when: {addr: $address, cmd: 1}}", "", "12:60", "reply_within needs reply"},
		{"score out of range", padYAML, "{1: 5, 5: 1}", "{1: 6, 5: 1}", "14:78", "a score is 1 to 5"},
		{"event like the reply", padYAML, "cmd: 2}, emit", "cmd: 1}, emit", "14:24", "can't be told from the reply"},
		{"event without a value", padYAML, "map: {val: {1: 5, 5: 1}}, ", "", "14:5", "must name the field"},
		{"key with nothing to map a state", padYAML, "emit: score", "emit: state", "14:78", "a state is one of"},
		{"Chinese font that isn't described", printerYAML, "charset: gb18030-2byte, ", "", "13:12", "charset is missing"},
		{"charset without a Chinese font", printerYAML, "{mode: fs-amp, charset: gb18030-2byte, power_on: on, fallback: geta}", "{mode: none, charset: gb2312, fallback: raster-line}", "13:25", "has no charset"},
		{"neither Chinese font nor pictures", printerYAML, "{mode: fs-amp, charset: gb18030-2byte, power_on: on, fallback: geta}", "{mode: none, fallback: geta}", "13:12", "needs pictures"},
		{"duration without unit", padYAML, "800ms", "800", "14:99", "want string, got number"},
		{"duration of an hour", padYAML, "answer_window: 20s", "answer_window: 60m", "15:25", "is not a duration"},
		{"evidence of hearsay", padYAML, "frames: guess", "frames: hearsay", "16:20", "must look like"},
		{"no vectors", padYAML, padYAML[strings.Index(padYAML, "vectors"):], "", "1:1", "missing: vectors"},
		{"command without vector", padYAML, `do: arm, out: "AA 01 01 00 00 55", recv`, `do: arm, recv`, "12:3", "no encode vector"},
		{"reply without vector", padYAML, `, recv: "AA 01 01 00 00 55", is: {reply: true}`, "", "12:3", "reply to arm has no decode vector"},
		{"event without vector", padYAML, `  - {recv: "AA 01 02 01 02 55", is: {score: 5}}` + "\n", "", "14:5", "event 1 has no decode vector"},
		{"vector that is wrong", padYAML, "is: {score: 5}", "is: {score: 4}", "19:5", "vector fails"},
		{"vector with a wrong sum", padYAML, `out: "AA 01 01 00 00 55"`, `out: "AA 01 01 00 01 55"`, "18:5", "vector fails"},
		{"vector of nothing", padYAML, `- {recv: "AA 01 02 01 02 55", is: {score: 5}}`, `- {note: soon}`, "19:5", "one of these is needed: out, recv"},
		{"vector without meaning", padYAML, ", is: {score: 5}", "", "19:6", "recv needs is"},
		{"pad that can't be asked", padYAML, "arm: {frame: std, set", "ask: {frame: std, set", "12:3", "needs the command arm"},
		{"pad without scores", padYAML, "emit: score", "emit: key", "14:3", "emits score"},
		{"class and engine apart", padYAML, "class: pad", "class: printer", "4:9", "can't drive a printer"},
		{"frames of a printer", printerYAML, "\nstatus:", "\nframes: {}\nstatus:", "16:9", "no use for this key"},
		{"caps of another engine", printerYAML, "qr: native", "layouts: [I]\n  qr: native", "11:3", `unknown key "layouts"`},
		{"width that is no bytes", printerYAML, "576", "577", "8:15", "multiple"},
		{"quirk of another engine", printerYAML, "raster-band-128]", "no-app-read]", "14:10", "has no quirk"},
		{"bad probe", printerYAML, `usb: ["1234:abcd"]`, `probe: "("`, "5:16", "no regular expression"},
		{"bad usb id", printerYAML, "1234:abcd", "1234:ABCD", "5:15", "must look like"},
		{"answer without vector", printerYAML, `  - {do: status, recv: {1: "1A", 2: "16"}, is: {state: cover_open}}` + "\n", "", "18:1", "no decode vector (recv) of do: status, is: {state: cover_open}"},
		{"action without vector", printerYAML, `  - {do: cut, out: "1D564200"}` + "\n", "", "18:1", "no encode vector (out) of do: cut"},
		{"action of another engine", printerYAML, "{do: init", "{do: find", "19:10", `engine escpos has no action "find"`},
		{"block without evidence", printerYAML, "timing: guess, ", "", "15:1", "evidence doesn't say what timing rests on"},
		{"evidence of what isn't there", printerYAML, "timing: guess", "events: guess, timing: guess", "17:73", "there is no events"},
		{"claim without a source", printerYAML, "caps: guess", "caps: manual", "17:12", "only a guess needs no source"},
		{"not a mapping", "- a\n", "- a", "- b", "", "mapping"},
		{"empty", "x", "x", "", "", "yaml: EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(tt.base, tt.old) {
				t.Fatalf("the base has no %q", tt.old)
			}
			_, err := parse("x.yaml", strings.Replace(tt.base, tt.old, tt.new, 1), nil)
			var ms Mistakes
			if !errors.As(err, &ms) {
				t.Fatalf("got %v", err)
			}
			for _, m := range ms {
				place := ""
				if m.Line > 0 {
					place = fmt.Sprintf("%d:%d", m.Line, m.Column)
				}
				if place == tt.place && strings.Contains(m.EN, tt.want) && m.ZH != "" && m.File == "x.yaml" {
					return
				}
			}
			t.Errorf("want %s %q, got\n%v", tt.place, tt.want, err)
		})
	}
}

func TestAllMistakesAreShownAtOnce(t *testing.T) {
	text := strings.NewReplacer("baud: 9600", "baud: 1", "type: int", "type: number", "emit: score", "emit: rating").Replace(padYAML)
	_, err := parse("x.yaml", text, nil)
	var ms Mistakes
	if !errors.As(err, &ms) || len(ms) != 3 {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(ms[0].Both(), "x.yaml:6:35: /transports/0/baud: 数值太小，最小 300 / ") {
		t.Errorf("got %s", ms[0].Both())
	}
}

func TestTheFolderTellsTheClass(t *testing.T) {
	text := strings.Replace(padYAML, "class: pad\n", "", 1)
	if p, err := parse("catalog/pad/a.yaml", text, nil); err != nil || p.Class != device.ClassPad {
		t.Errorf("in the folder: %v, %v", p, err)
	}
	if _, err := parse("a.yaml", text, nil); err == nil || !strings.Contains(err.Error(), "class is needed") {
		t.Errorf("elsewhere: %v", err)
	}
	if _, err := parse("catalog/led/a.yaml", padYAML, nil); err == nil || !strings.Contains(err.Error(), "lies in folder led") {
		t.Errorf("in another folder: %v", err)
	}
}

const childYAML = `schema: hall.device/v1
id: test/child
inherits: test/printer
names: {zh: 小打印机, en: Small printer}
caps: {width_dots: 384, columns: 32}
quirks: []
evidence: {caps: guess, quirks: guess}
vectors:
  - {do: init, out: "1B 40"}
  - {do: text, in: A, out: "1C26 41 0A"}
  - {do: title, in: A, out: "1C26 1B6101 1D2111 1B4501 41 0A"}
  - {do: cut, out: "1D564200"}
  - {do: qr, in: A, out: "1B6101 1D286B"}
  - {do: raster, in: "FF 81", out: "1D763000 0100 0200 FF81"}
  - {do: ask, in: 4, out: "100404"}
  - {do: paper-query, out: "1D7201"}
  - {do: status, recv: {1: "12"}, is: {state: online}}
  - {do: status, recv: {1: "1A", 2: "32", 4: "72"}, is: {state: paper_end}}
  - {do: status, recv: {1: "1A", 2: "16"}, is: {state: cover_open}}
  - {do: status, recv: {1: "1A", 2: "52", 3: "32"}, is: {state: fault}}
`

func files(texts map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestAChildAddsToItsParent(t *testing.T) {
	fsys := files(map[string]string{"printer/p.yaml": printerYAML, "printer/c.yaml": childYAML})
	c, err := Load(fsys, "printer/c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Load(fsys, "printer/p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if c.Caps.WidthDots != 384 || c.Caps.Columns != 32 || c.Caps.QR != "native" || c.Engine != EngineESCPOS || c.Status.Via != "dle-eot" {
		t.Errorf("merged: got %+v", c.Caps)
	}
	if len(c.Quirks) != 0 || len(c.Match.USB) != 0 || c.Names.EN != "Small printer" || p.Caps.WidthDots != 576 {
		t.Errorf("not its own: got %+v", c)
	}
	changed := files(map[string]string{"printer/p.yaml": printerYAML + "# new\n", "printer/c.yaml": childYAML})
	again, err := Load(changed, "printer/c.yaml")
	if err != nil || again.Hash == c.Hash {
		t.Errorf("the hash doesn't tell that the parent changed (%v)", err)
	}
}

func TestWrongInheritanceIsRefused(t *testing.T) {
	grandchild := strings.NewReplacer("test/child", "test/grandchild", "test/printer", "test/child").Replace(childYAML)
	tests := []struct {
		name  string
		file  string
		texts map[string]string
		want  string
	}{
		{"no parent", "c.yaml", map[string]string{"c.yaml": childYAML}, `c.yaml:3:11: /inherits: there is no profile "test/printer"`},
		{"two levels", "g.yaml", map[string]string{"p.yaml": printerYAML, "c.yaml": childYAML, "g.yaml": grandchild}, "only one level"},
		{"itself", "c.yaml", map[string]string{"c.yaml": strings.Replace(childYAML, "test/printer", "test/child", 1)}, "can't inherit itself"},
		{"no vectors of its own", "c.yaml", map[string]string{"p.yaml": printerYAML, "c.yaml": childYAML[:strings.Index(childYAML, "vectors")]}, "missing: vectors"},
		{"what the parent has doesn't fit", "c.yaml", map[string]string{"p.yaml": printerYAML, "c.yaml": strings.Replace(childYAML, "quirks: []", "engine: bx5-font", 1)}, "3:11: /caps"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(files(tt.texts), tt.file)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestACatalogueIsWholeOrNone(t *testing.T) {
	good := files(map[string]string{"printer/p.yaml": printerYAML, "printer/c.yaml": childYAML, "pad/a.yaml": padYAML, "README.md": "no profile"})
	c, err := LoadAll(good)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range c.All() {
		ids = append(ids, p.ID)
	}
	if diff := cmp.Diff([]string{"test/child", "test/pad", "test/printer"}, ids); diff != "" {
		t.Error(diff)
	}
	if _, ok := c.Get("test/none"); ok {
		t.Error("found a profile that isn't there")
	}
	twin := strings.Replace(printerYAML, "test/printer", "test/twin", 1)
	for name, tt := range map[string]struct{ text, want string }{
		"same id":     {printerYAML, "is already defined in"},
		"same usb id": {twin, `printer/q.yaml:5:15: /match/usb/0: usb id "1234:abcd" is also that of test/printer in printer/p.yaml:5`},
		"broken":      {"a: [", "yaml:"},
	} {
		_, err := LoadAll(files(map[string]string{"printer/p.yaml": printerYAML, "printer/q.yaml": tt.text}))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestParameters(t *testing.T) {
	p, err := parse("x.yaml", padYAML, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.ResolveParams(nil); err != nil || got["address"] != 1 {
		t.Errorf("default: got %v, %v", got, err)
	}
	if got, err := p.ResolveParams(map[string]string{"address": "9"}); err != nil || got["address"] != 9 {
		t.Errorf("given: got %v, %v", got, err)
	}
	for in, want := range map[string]string{"0": "less than 1", "255": "more than 254", "one": "whole number"} {
		if _, err := p.ResolveParams(map[string]string{"address": in}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", in, err)
		}
	}
	if _, err := p.ResolveParams(map[string]string{"speed": "1"}); err == nil {
		t.Error("an unknown parameter was taken")
	}
}

// The schema and the Go types know the same keys, so that nothing a file may
// say is silently dropped.
func TestSchemaAndTypesAgree(t *testing.T) {
	var schema struct {
		Properties map[string]struct {
			Properties           map[string]any `json:"properties"`
			AdditionalProperties any            `json:"additionalProperties"`
		} `json:"properties"`
		Defs map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(schemaJSON, &schema); err != nil {
		t.Fatal(err)
	}
	keys := func(m map[string]any) []string { return slices.Sorted(mapsKeys(m)) }
	var top []string
	for k := range schema.Properties {
		top = append(top, k)
	}
	slices.Sort(top)
	check := func(name string, want []string, v any) {
		t.Helper()
		if diff := cmp.Diff(want, tags(reflect.TypeOf(v))); diff != "" {
			t.Errorf("%s (-schema +types):\n%s", name, diff)
		}
	}
	check("profile", top, Profile{})
	check("match", keys(schema.Properties["match"].Properties), Match{})
	check("timing", keys(schema.Properties["timing"].Properties), Timing{})
	check("status", keys(schema.Properties["status"].Properties), Status{})
	check("transport", keys(schema.Defs["transport"].Properties), Transport{})
	check("field", keys(schema.Defs["field"].Properties), fieldSpec{})
	caps := map[string]any{}
	for _, engine := range []string{"escpos", "samv", "bx5", "scanner", "camera", "papers", "ipp", "audio", "label"} {
		for k := range schema.Defs[engine].Properties {
			caps[k] = true
		}
	}
	check("caps", keys(caps), Caps{})
}

// The reference names everything that a file may say.
func TestTheReferenceIsComplete(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(string(readme), func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_-", r) }) {
		words[w] = true
	}
	var need []string
	for _, v := range []any{Profile{}, Match{}, Timing{}, Status{}, Transport{}, fieldSpec{}, lenSpec{}, textSpec{}, sumSpec{}, Command{}, Caps{}, Vector{}, Param{}} {
		need = append(need, tags(reflect.TypeOf(v))...)
	}
	for _, e := range Engines() {
		need = append(need, string(e))
	}
	for q := range quirkEngines {
		need = append(need, string(q))
	}
	for _, w := range need {
		if w != "" && !words[w] {
			t.Errorf("README.md doesn't mention %q", w)
		}
	}
}

func mapsKeys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// tags are the yaml keys of a struct, sorted.
func tags(typ reflect.Type) []string {
	var out []string
	for i := range typ.NumField() {
		if tag := typ.Field(i).Tag.Get("yaml"); tag != "" && tag != "-" {
			out = append(out, tag)
		}
	}
	slices.Sort(out)
	return out
}

// FuzzProfile holds that no file panics the loader and that what it accepts
// has proved itself.
func FuzzProfile(f *testing.F) {
	f.Add([]byte(padYAML))
	f.Add([]byte(printerYAML))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("schema: hall.device/v1\nframes: {x: [{}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parse("x.yaml", string(data), nil)
		var ms Mistakes
		switch {
		case err == nil && len(p.Vectors) == 0:
			t.Error("a profile without vectors was accepted")
		case err != nil && (!errors.As(err, &ms) || len(ms) == 0):
			t.Errorf("got %v, want Mistakes", err)
		}
	})
}

func TestACatalogueTakesInAFileThatIsTried(t *testing.T) {
	cat, err := LoadAll(files(map[string]string{"pad/a.yaml": padYAML}))
	if err != nil {
		t.Fatal(err)
	}
	was := cat.All()[0]
	changed, other := *was, *was
	changed.File, other.ID = "mine.yaml", "test/another"
	with := cat.With(&changed).With(&other)
	if got, _ := with.Get(was.ID); got.File != "mine.yaml" {
		t.Errorf("the file of %s is %s", was.ID, got.File)
	}
	if n := len(with.All()); n != 2 {
		t.Errorf("%d profiles", n)
	}
	if got, _ := cat.Get(was.ID); got != was || len(cat.All()) != 1 {
		t.Error("the catalogue itself was changed")
	}
	if _, ok := with.Find(was.ID); !ok {
		t.Error("nothing can be inherited any more")
	}
}
