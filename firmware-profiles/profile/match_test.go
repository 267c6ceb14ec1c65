package profile

import (
	"strings"
	"testing"
)

// recognised is the printer of these tests under another id and with another
// match.
func recognised(id, match string) string {
	text := strings.Replace(printerYAML, "test/printer", id, 1)
	return strings.Replace(text, `match: {usb: ["1234:abcd"]}`, "match: "+match, 1)
}

// Two models that a device couldn't tell apart are told with both places, in
// both languages.
func TestModelsThatAreRecognisedByTheSameThingAreTold(t *testing.T) {
	tests := []struct{ name, one, other, zh, en string }{
		{"another usb id", `{usb: ["1234:abcd"]}`, `{usb: ["1234:abce"]}`, "", ""},
		{
			"the second of several usb ids", `{usb: ["1234:abcd", "1234:0001"]}`, `{usb: ["1234:0002", "1234:0001"]}`,
			"q.yaml:5:28: /match/usb/1: USB 编号“1234:0001”与 printer/p.yaml:5 的型号 test/one 相同",
			`q.yaml:5:28: /match/usb/1: usb id "1234:0001" is also that of test/one in printer/p.yaml:5`,
		},
		{"an alias written otherwise", `{aliases: ["POS-80 "]}`, `{aliases: [pos-80]}`, "/match/aliases/0: 别名“pos-80”与 printer/p.yaml:5", "alias \"pos-80\" is also that of test/one"},
		{"an alias that is another's usb id", `{usb: ["1234:abcd"]}`, `{aliases: ["1234:abcd"]}`, "", ""},
		{"part of a device id", `{ieee1284: "MDL:XP-80"}`, `{ieee1284: "MFG:Xprinter;MDL:XP-80C"}`, "/match/ieee1284: IEEE 1284 标识", "IEEE 1284 device id"},
		{"told apart by firmware", `{usb: ["1234:abcd"], firmware: "<2"}`, `{usb: ["1234:abcd"], firmware: ">=2"}`, "", ""},
		{"told apart by the probe", `{usb: ["1234:abcd"], probe: "^A"}`, `{usb: ["1234:abcd"], probe: "^B"}`, "", ""},
		{"one says nothing of firmware", `{usb: ["1234:abcd"]}`, `{usb: ["1234:abcd"], firmware: ">=2"}`, "USB 编号", "usb id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := LoadAll(files(map[string]string{
				"printer/p.yaml": recognised("test/one", tt.one), "printer/q.yaml": recognised("test/two", tt.other),
			}))
			if tt.zh == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			ms, _ := err.(Mistakes) //nolint:errorlint // LoadAll's own
			if len(ms) != 1 || !strings.Contains(ms[0].Chinese(), tt.zh) || !strings.Contains(ms[0].Error(), tt.en) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A new revision of a model is the model.
func TestARevisionDoesNotClashWithItself(t *testing.T) {
	cat, err := LoadAll(files(map[string]string{"printer/p.yaml": printerYAML}))
	if err != nil {
		t.Fatal(err)
	}
	mine, err := ReadDoc("mine.yaml", []byte(printerYAML+"# mine\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := mine.Clashes(cat.Docs()); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestWhatADeviceSaysOfItselfFindsEveryModelItMayBe(t *testing.T) {
	cat, err := LoadAll(files(map[string]string{
		"printer/p.yaml": recognised("test/one", `{usb: ["1234:abcd"], firmware: "<2", aliases: [POS-80]}`),
		"printer/q.yaml": recognised("test/two", `{usb: ["1234:abcd"], firmware: ">=2", ieee1284: "MDL:XP-80"}`),
	}))
	if err != nil {
		t.Fatal(err)
	}
	for says, want := range map[string]string{
		"1234:ABCD": "test/one test/two", "pos-80": "test/one", "MFG:X;MDL:XP-80C;CLS:PRINTER;": "test/two", "test/two": "test/two",
		"": "", "  ": "", "12": "", "MDL": "", "<script>": "", strings.Repeat("x", 1<<20): "",
	} {
		var got []string
		for _, p := range Fits(cat.All(), says) {
			got = append(got, p.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%.40q: got %q, want %q", says, got, want)
		}
	}
}
