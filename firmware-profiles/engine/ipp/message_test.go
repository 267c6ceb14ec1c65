package ipp

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"smarthall/internal/device"
)

// printerAnswer is an answer with every kind of value.
func printerAnswer(tb testing.TB) []byte {
	tb.Helper()
	p, err := Message{Version: Version2, ID: 7, Groups: []Group{
		{TagOperation, []Attribute{Text(TagCharset, "attributes-charset", "utf-8")}},
		{TagPrinter, []Attribute{
			Number(TagEnum, "printer-state", PrinterIdle),
			Text(TagKeyword, "printer-state-reasons", "media-low-warning", "toner-low-report"),
			Bool("printer-is-accepting-jobs", true),
			Range("copies-supported", 1, 99),
			{Name: "media-col-default", Values: []Value{{0x34, nil}, {0x4A, []byte("media-size")}, {TagKeyword, []byte("a")}, {0x37, nil}}},
		}},
	}}.Append(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestMessageSurvivesTheWire(t *testing.T) {
	p := printerAnswer(t)
	m, rest, err := Parse(append(p, "%PDF-"...))
	if err != nil || string(rest) != "%PDF-" {
		t.Fatalf("rest %q, %v", rest, err)
	}
	again, err := m.Append(nil)
	if err != nil || !bytes.Equal(again, p) {
		t.Errorf("encoded again as % X, %v", again, err)
	}
	if got := m.Texts(TagPrinter, "printer-state-reasons"); !reflect.DeepEqual(got, []string{"media-low-warning", "toner-low-report"}) {
		t.Errorf("reasons %q", got)
	}
	if got := m.Numbers(TagPrinter, "copies-supported"); !reflect.DeepEqual(got, []int{1, 99}) {
		t.Errorf("copies %v", got)
	}
	if v, ok := m.Bool(TagPrinter, "printer-is-accepting-jobs"); !v || !ok {
		t.Error("boolean is lost")
	}
	if _, ok := m.Number(TagJob, "printer-state"); ok {
		t.Error("an attribute of another group was taken")
	}
}

func TestMessageCutShortAnywhereIsAFrameError(t *testing.T) {
	p := printerAnswer(t)
	for n := range len(p) - 1 {
		if _, _, err := Parse(p[:n]); !errors.Is(err, device.ErrFrame) {
			t.Fatalf("first %d bytes: %v", n, err)
		}
	}
}

func TestMessageThatLiesIsAFrameError(t *testing.T) {
	head := []byte{2, 0, 0, 0, 0, 0, 0, 1}
	for name, tail := range map[string][]byte{
		"value without a group":           {0x21, 0, 1, 'a', 0, 0, 3},
		"further value without attribute": {4, 0x21, 0, 0, 0, 0, 3},
		"name beyond the end":             {4, 0x21, 0xFF, 0xFF, 'a', 3},
		"value beyond the end":            {4, 0x21, 0, 1, 'a', 0x7F, 0xFF, 3},
		"too many values":                 append(append([]byte{4, 0x21, 0, 1, 'a', 0, 0}, bytes.Repeat([]byte{0x21, 0, 0, 0, 0}, maxValues)...), 3),
	} {
		if _, _, err := Parse(append(bytes.Clone(head), tail...)); !errors.Is(err, device.ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStateReasonsBecomeTheGravestState(t *testing.T) {
	for _, tt := range []struct {
		printer int
		reasons []string
		want    device.State
	}{
		{PrinterIdle, []string{"none"}, device.Online},
		{PrinterIdle, nil, device.Online},
		{PrinterProcessing, []string{"toner-low-warning"}, device.Online},
		{PrinterIdle, []string{"media-low"}, device.PaperNearEnd},
		{PrinterIdle, []string{"media-empty-warning"}, device.PaperNearEnd}, // another tray has paper
		{PrinterIdle, []string{"media-empty-report"}, device.Online},
		{PrinterStopped, []string{"media-empty-report"}, device.Fault},
		{PrinterStopped, []string{"media-needed", "toner-low"}, device.PaperEnd},
		{PrinterStopped, []string{"marker-supply-empty-error", "door-open-error"}, device.CoverOpen},
		{PrinterStopped, []string{"cover-open", "media-jam"}, device.Jam},
		{PrinterStopped, []string{"paused"}, device.Fault},
		{PrinterIdle, []string{"offline-report", "media-jam"}, device.Offline},
		{PrinterIdle, []string{"com.maker-something-error"}, device.Online},
	} {
		m := Message{Groups: []Group{{TagPrinter, []Attribute{
			Number(TagEnum, "printer-state", tt.printer), Text(TagKeyword, "printer-state-reasons", tt.reasons...),
		}}}}
		s := statusOf(m)
		if s.state != tt.want {
			t.Errorf("%d %q is %s, want %s", tt.printer, tt.reasons, s.state, tt.want)
		}
		if s.state.Works() != (s.err() == nil) {
			t.Errorf("%d %q: state %s and error %v", tt.printer, tt.reasons, s.state, s.err())
		}
	}
}

func TestPortsOfPrinters(t *testing.T) {
	for port, want := range map[string]string{
		"ipp://10.0.0.9":                         "http://10.0.0.9:631/ipp/print",
		"ipps://printer.hall/ipp/print":          "https://printer.hall:631/ipp/print",
		"ipp://127.0.0.1:631/printers/一楼":        "http://127.0.0.1:631/printers/%E4%B8%80%E6%A5%BC",
		"tcp://[::1]:8631":                       "http://[::1]:8631/ipp/print",
		"http://10.0.0.9":                        "",
		"ipp://user:pass@10.0.0.9":               "",
		"ipp://":                                 "",
		"/dev/usb/lp0":                           "",
		"ipp://10.0.0.9/ipp/print?waitjob=false": "",
	} {
		c, err := newClient(port, false)
		if (err != nil) != (want == "") || err == nil && c.address != want {
			t.Errorf("%s: %+v, %v", port, c, err)
		}
	}
}

// FuzzParse feeds the parser anything: it must never panic, and what it
// understands must mean the same after being encoded again.
func FuzzParse(f *testing.F) {
	f.Add(printerAnswer(f))
	f.Add([]byte{1, 1, 4, 0, 0, 0, 0, 1, 1, 3})
	f.Add([]byte{2, 0, 0, 0, 0, 0, 0, 1, 4, 0x21, 0, 1, 'a', 0, 4, 0, 0, 0, 9, 3})
	f.Fuzz(func(t *testing.T, p []byte) {
		m, rest, err := Parse(p)
		if err != nil {
			if !errors.Is(err, device.ErrFrame) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		_ = statusOf(m)
		again, err := m.Append(nil)
		if errors.Is(err, device.ErrFrame) {
			return // longer than the standard allows
		}
		if err != nil || !bytes.Equal(append(again, rest...), p) {
			t.Fatalf("% X became % X, %v", p, again, err)
		}
	})
}
