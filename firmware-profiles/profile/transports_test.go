package profile

import (
	"strings"
	"testing"
)

// A profile that no engine can open, or that is recognised by what nobody asks
// for, is refused with its place, in both languages.
func TestWhatNoEngineCanOpenOrAskIsRefused(t *testing.T) {
	tests := []struct{ name, old, with, zh, en string }{
		{"a kind of another engine", "[{kind: tcp, port: 9100}]", "[{kind: tcp, port: 9100}, {kind: v4l2}]", "6:46: /transports/1/kind: 协议引擎 escpos 打不开 v4l2 连接；它能打开的有 serial tcp usbfs usblp", "engine escpos can't open a v4l2 transport"},
		{"only such a kind", "[{kind: tcp, port: 9100}]", "[{kind: page}]", "协议引擎 escpos 打不开 page 连接", "can't open a page"},
		{"USB both ways", "[{kind: tcp, port: 9100}]", "[{kind: usblp}, {kind: usbfs}, {kind: usbfs, id: \"0416:5011\", out: 0x03, in: 0x81}]", "", ""},
		{"one endpoint", "[{kind: tcp, port: 9100}]", "[{kind: usbfs, out: 3}]", "out 和 in 要一起写", "out and in go together"},
		{"endpoints the wrong way round", "[{kind: tcp, port: 9100}]", "[{kind: usbfs, out: 0x81, in: 0x02}]", "端点方向不对", "wrong direction"},
		{"endpoints of a network printer", "[{kind: tcp, port: 9100}]", "[{kind: tcp, port: 9100, out: 1}]", "/transports/0", "/transports/0"},
		{"a range of firmware", `["1234:abcd"]}`, `["1234:abcd"], firmware: ">=1.2 <2", probe: "^XP"}`, "", ""},
		{"a range that is none", `["1234:abcd"]}`, `["1234:abcd"], firmware: "new"}`, "5:39: /match/firmware: 固件范围应写成", "no limit of a version"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse("p.yaml", strings.Replace(printerYAML, tt.old, tt.with, 1), nil)
			if tt.zh == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			ms, _ := err.(Mistakes) //nolint:errorlint // the loader's own
			if len(ms) == 0 || !strings.Contains(ms[0].Chinese(), tt.zh) || !strings.Contains(ms[0].Error(), tt.en) {
				t.Errorf("got %v", err)
			}
		})
	}
	text := strings.Replace(padYAML, "evidence: {", "evidence: {match: guess, ", 1)
	_, err := parse("p.yaml", strings.Replace(text, "class: pad\n", "class: pad\nmatch: {probe: x, firmware: \"<2\"}\n", 1), nil)
	if ms, _ := err.(Mistakes); len(ms) != 2 || !strings.Contains(ms[0].Chinese(), "不会询问型号") || !strings.Contains(ms[1].Chinese(), "不会询问固件版本") { //nolint:errorlint // the loader's own
		t.Errorf("got %v", err)
	}
}

func TestFirmwareIsComparedByItsNumbers(t *testing.T) {
	tests := []struct {
		limits, revision string
		in, known        bool
	}{
		{">=1.2 <2", "1.2", true, true},
		{">=1.2 <2", "V1.10b", true, true},
		{">=1.2 <2", "2.0", false, true},
		{"<2", "V84.20.18Z", false, true},
		{"=1.0", "1", true, true},
		{">1 <=3", "3.0.0", true, true},
		{"<2", "no number", false, false},
	}
	for _, tt := range tests {
		v, err := ParseVersions(tt.limits)
		if err != nil {
			t.Fatal(err)
		}
		if in, known := v.Hold(tt.revision); in != tt.in || known != tt.known {
			t.Errorf("%s in %s: %v, %v", tt.revision, tt.limits, in, known)
		}
	}
	for _, wrong := range []string{"", "1.2", ">= 1.2", ">=x", "<1.2.3.4.5", "<99999999999999999999"} {
		if v, err := ParseVersions(wrong); err == nil {
			t.Errorf("%q is read as %v", wrong, v)
		}
	}
}
