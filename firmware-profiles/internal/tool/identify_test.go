package tool

import (
	"bytes"
	"context"
	"net"
	"os"
	"strings"
	"testing"

	"smarthall/firmware-profiles/engine/enginetest"
)

// talker answers what a printer is asked about itself, and each status with
// "all well", until the line ends.
func talker(ctx context.Context, conns <-chan net.Conn, answers map[string]string) {
	var conn net.Conn
	select {
	case conn = <-conns:
	case <-ctx.Done():
		return
	}
	buf := make([]byte, 256)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		for ask, answer := range answers {
			if bytes.Contains(buf[:n], []byte(ask)) {
				_, _ = conn.Write([]byte(answer)) // the tool may have gone
			}
		}
	}
}

// What match says of the answer to the probe and of the firmware is compared
// with what the device says, before anything is printed.
func TestTryComparesWhatADeviceSaysOfItself(t *testing.T) {
	model := map[string]string{
		"\x1dIB": "_ACME\x00", "\x1dIC": "_XP-80C\x00", "\x1dIA": "\x12_V2.05\x00",
		"\x10\x04": "\x12",
	}
	tests := []struct {
		name, match string
		answers     map[string]string
		fits        bool
		want        []string
	}{
		{"the model and its firmware", `{probe: "^ACME XP-80", firmware: ">=2 <3"}`, model, true, []string{"步骤 2/4 询问型号和固件", "设备自称 ACME XP-80C V2.05", "之内", "1D 49 41", "步骤 3/4"}},
		{"another model", `{probe: "TM-T70"}`, model, false, []string{"与型号文件的 probe（TM-T70）不符", "请换一个型号"}},
		{"an old firmware", `{firmware: "<2"}`, model, false, []string{"固件 V2.05 不在型号文件适用的 <2 之内"}},
		{"one that doesn't say", `{probe: "^ACME"}`, map[string]string{"\x10\x04": "\x12"}, true, []string{"没有回答型号"}},
		{"only its name", `{firmware: "<2"}`, map[string]string{"\x1dIB": "_ACME\x00", "\x10\x04": "\x12"}, true, []string{"没有说固件版本"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := recognised(t, "acme/p", tt.match)
			address, conns := enginetest.Listen(t)
			go talker(t.Context(), conns, tt.answers)
			var out strings.Builder
			tool := &tool{in: strings.NewReader("n\n"), out: &out, err: &out}
			tool.run(t.Context(), []string{"try", file, address})
			text := out.String()
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("lacks %q in\n%s", want, text)
				}
			}
			if printed := strings.Contains(text, "查询状态"); printed != tt.fits {
				t.Errorf("it goes on: %v\n%s", printed, text)
			}
		})
	}
	file := recognised(t, "acme/q", `{probe: "("}`)
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	if _, ms := examine(file); len(ms) != 1 || !strings.Contains(ms[0].Chinese(), "正则表达式") {
		t.Errorf("got %v", ms)
	}
}

// Printers of the label languages tell in one answer.
func TestLabelPrintersSayWhatTheyAre(t *testing.T) {
	var zpl, tspl identity
	zpl.take("zpl", questions["zpl"][0], []byte("\x02ZD888-203dpi,V84.20.18Z,8,8192KB\r\n\x03"))
	tspl.take("tspl", questions["tspl"][0], []byte("TTP-244 Pro\r\n"))
	if zpl.firmware != "V84.20.18Z" || !strings.HasPrefix(zpl.says, "ZD888-203dpi") || tspl.says != "TTP-244 Pro" || tspl.firmware != "" {
		t.Errorf("got %+v, %+v", zpl, tspl)
	}
}
