package tool_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/internal/tool"
	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

// simulate starts a device of a shipped profile on a pseudo-terminal or a TCP
// port.
func simulate(t *testing.T, profileID, transport string, change ...func(*simulator.Config)) *simulator.Device {
	t.Helper()
	cfg := simulator.Config{ID: "sim", Agent: "test", Profile: profileID, Port: "tcp://127.0.0.1:0"}
	if transport == "pty" {
		cfg.Port = filepath.Join(t.TempDir(), "line")
	}
	for _, f := range change {
		f(&cfg)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d, err := simulator.Start(ctx, cfg)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		d.Wait()
	})
	return d
}

// output collects what the tool writes while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// talk runs a command line and does something once the output asks for it.
func talk(t *testing.T, stdin, asks string, do func(), args ...string) (int, string) {
	t.Helper()
	return talkIn(t, t.Context(), stdin, asks, do, args...)
}

// talkIn is talk with devices of another machine than this one.
func talkIn(t *testing.T, ctx context.Context, stdin, asks string, do func(), args ...string) (int, string) { //nolint:revive // the test goes first, as in talk
	t.Helper()
	out := &output{}
	ended := make(chan int, 1)
	go func() { ended <- tool.Run(ctx, args, strings.NewReader(stdin), out, out) }()
	done := asks == ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		select {
		case code := <-ended:
			return code, out.String()
		case <-time.After(5 * time.Millisecond):
		}
		if !done && strings.Contains(out.String(), asks) {
			done = true
			do()
		}
	}
	t.Fatalf("the tool doesn't end:\n%s", out.String())
	return 0, ""
}

// wants checks a run's code and output.
func wants(t *testing.T, code, wantCode int, out string, parts ...string) {
	t.Helper()
	if code != wantCode {
		t.Errorf("code %d, want %d", code, wantCode)
	}
	for _, part := range parts {
		if !strings.Contains(out, part) {
			t.Errorf("lacks %q", part)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

func TestTryTalksToEveryKindOfDevice(t *testing.T) {
	tests := []struct {
		profile string
		args    []string
		stdin   string
		asks    string
		do      func(*simulator.Device)
		want    []string
	}{
		{profile: "generic/escpos-80", stdin: "y\n", want: []string{"步骤 2/3 查询状态", "→ 10 04 01", "← 12", "继续吗？ [y/N]", "已送出", "1C 26"}},
		{profile: "generic/escpos-58", args: []string{"--yes"}, want: []string{"已送出"}},
		{profile: "onbon/bx-5k-96x16", args: []string{"--hold", "10ms"}, want: []string{"控制卡已确认", "→ A5 A5"}},
		{
			profile: "generic/pad-5key-bin", asks: "请在评价器上按一个键",
			do: func(d *simulator.Device) { go pressWhenArmed(d, 4) }, want: []string{"→ AA 01 01 00 00 55", "收到评价 4（满意）"},
		},
		{
			profile: "generic/scanner-serial", asks: "请扫一个条码",
			do: func(d *simulator.Device) { _ = d.Scan("SH-A012") }, want: []string{`扫到："SH-A012"`, "← 53 48 2D"},
		},
		{
			profile: "generic/sam-v-serial", asks: "请把身份证放在读卡区",
			do: func(d *simulator.Device) { _, _ = d.LayKind(device.Citizen, simulator.Person{Name: "测试甲"}) }, want: []string{"居民身份证：测*", "照片数据 1024 字节", "··"},
		},
	}
	for _, tt := range tests {
		for _, transport := range []string{"pty", "tcp"} {
			t.Run(tt.profile+" over "+transport, func(t *testing.T) {
				t.Parallel()
				sim := simulate(t, tt.profile, transport)
				args := append([]string{"try", tt.profile, sim.Port(), "--wait", "10s"}, tt.args...)
				code, out := talk(t, tt.stdin, tt.asks, func() { tt.do(sim) }, args...)
				wants(t, code, 0, out, tt.want...)
			})
		}
	}
}

// pressWhenArmed presses a key once the pad waits for one.
func pressWhenArmed(d *simulator.Device, key int) {
	for range 1000 {
		if armed := d.Snapshot().Armed; armed != nil && *armed {
			_ = d.Press(key) // the test sees what comes of it
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestTryAsksBeforePaperMoves(t *testing.T) {
	for _, answer := range []string{"", "n\n", "maybe\n"} {
		sim := simulate(t, "generic/escpos-80", "tcp")
		code, out := talk(t, answer, "", nil, "try", "generic/escpos-80", sim.Port())
		wants(t, code, 0, out, "继续吗？", "已跳过")
		if bytes.Contains(sim.Received(), []byte("A001")) || len(sim.Tickets()) > 0 {
			t.Errorf("answer %q: something was printed", answer)
		}
	}
}

func TestTryStopsAsSoonAsItIsCancelled(t *testing.T) {
	sim := simulate(t, "generic/escpos-80", "tcp")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	terminal, typist := io.Pipe()
	defer typist.Close()
	out := &output{}
	start := time.Now()
	tool.Run(ctx, []string{"try", "generic/escpos-80", sim.Port()}, terminal, out, out)
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("took %s:\n%s", d, out)
	}
}

func TestTrySaysInWordsWhatIsWrong(t *testing.T) {
	tests := []struct {
		name, profile, transport string
		args                     []string
		prepare                  func(*simulator.Device) error
		want                     []string
	}{
		{"paper out", "generic/escpos-80", "tcp", nil, (*simulator.Device).PaperOut, []string{"设备报告“缺纸", "装纸"}},
		{"module not authorised", "generic/sam-v-serial", "tcp", nil, func(d *simulator.Device) error { return d.ModuleFault(0x66) }, []string{"未授权", "请联系厂商"}},
		{"strip refuses", "onbon/bx-5k-64x16", "tcp", nil, func(d *simulator.Device) error { return d.Refuse(true) }, []string{"故障"}},
		{"pad is silent", "generic/pad-5key-bin", "pty", nil, func(d *simulator.Device) error { d.Stall(); return nil }, []string{"没有确认", "--set address"}},
		{"wrong address", "generic/pad-5key-bin", "tcp", []string{"--set", "address=9"}, nil, []string{"→ AA 09 01 00 08 55", "没有确认"}},
		{"nobody scans", "generic/scanner-serial", "tcp", []string{"--wait", "100ms"}, nil, []string{"在规定时间内没有应答"}},
		{"serial printer is mute", "generic/escpos-80", "pty", []string{"--yes"}, (*simulator.Device).MuteStatus, []string{"打印机不回报状态", "quirks: [no-status]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sim := simulate(t, tt.profile, tt.transport)
			if tt.prepare != nil {
				if err := tt.prepare(sim); err != nil {
					t.Fatal(err)
				}
			}
			want := 1
			if tt.name == "serial printer is mute" {
				want = 0 // it prints all the same
			}
			code, out := talk(t, "", "", nil, append([]string{"try", tt.profile, sim.Port()}, tt.args...)...)
			wants(t, code, want, out, tt.want...)
		})
	}
}

func TestTrySaysWhyAPortDoesntOpen(t *testing.T) {
	gone := simulate(t, "generic/escpos-80", "tcp")
	gone.Unplug()
	busy := simulate(t, "generic/pad-5key-bin", "pty")
	tests := []struct{ name, port, want string }{
		{"no such port", "/nowhere/ttyUSB9", "没有这个端口或文件"},
		{"nobody listens", gone.Port(), "拒绝连接"},
		{"no address", "udp://1.2.3.4:5", "neither"},
		{"somebody has it", busy.Port(), "端口被"},
	}
	hold := holdPort(t, busy.Port())
	defer hold()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out := talk(t, "", "", nil, "try", "generic/pad-5key-bin", tt.port)
			wants(t, code, 1, out, "步骤 1/3", "失败：", tt.want)
		})
	}
}

// What a card says of a person is in no log, neither as bytes nor as words.
func TestTryShowsNothingOfAPerson(t *testing.T) {
	sim := simulate(t, "generic/sam-v-serial", "tcp")
	var laid device.Identity
	lay := func() { laid, _ = sim.LayKind(device.Citizen, simulator.Person{Name: "测试甲"}) }
	code, out := talk(t, "", "请把身份证放在读卡区", lay, "try", "generic/sam-v-serial", sim.Port(), "--wait", "10s")
	wants(t, code, 0, out, "读到居民身份证")
	for _, secret := range []string{laid.Name, laid.Number, laid.Address, "4B 6D D5 8B", "31 00 31 00"} {
		if strings.Contains(out, secret) {
			t.Errorf("the output has %q", secret)
		}
	}
	raw, out := talk(t, "", "请把身份证放在读卡区", lay, "try", "generic/sam-v-serial", sim.Port(), "--wait", "10s", "--raw")
	wants(t, raw, 0, out, "--raw 会显示个人信息", "4B 6D D5 8B")
}

// What hangs on USB is tried there: the printer by its node, the reader by its
// endpoints.
func TestTryTalksToDevicesOnUSB(t *testing.T) {
	tests := []struct {
		profile, port string
		gadget        enginetest.Gadget
		person        func(sim *simulator.Device)
		asks          string
		want          []string
	}{
		{"generic/escpos-80", "usblp:0fe6:811e", enginetest.Gadget{ID: "0fe6:811e", Printer: true}, nil, "", []string{"打开端口（USB）", "→ 发往设备", "1D 56"}},
		{"generic/sam-v-serial", "usb:0400:c35a", enginetest.Gadget{ID: "0400:c35a"}, func(sim *simulator.Device) {
			_, _ = sim.LayKind(device.Citizen, simulator.Person{}) // the tool says what it read
		}, "请把身份证放在读卡区", []string{"打开端口（USB）", "读到居民身份证"}},
	}
	for _, tt := range tests {
		t.Run(tt.profile, func(t *testing.T) {
			sim := simulate(t, tt.profile, "tcp")
			tt.gadget.Dial = func() (net.Conn, error) { return net.Dial("tcp", strings.TrimPrefix(sim.Port(), "tcp://")) }
			u := enginetest.NewUSB(t)
			u.Plug(t, "1-1", tt.gadget)
			code, out := talkIn(t, u.In(t.Context()), "", tt.asks, func() { tt.person(sim) }, "try", tt.profile, tt.port, "--yes", "--wait", "10s")
			wants(t, code, 0, out, tt.want...)
			u.Unplug("1-1")
			code, out = talkIn(t, u.In(t.Context()), "", "", nil, "try", tt.profile, tt.port)
			wants(t, code, 1, out, "失败：USB 上没有这个设备", "smarthall-profile find")
		})
	}
	u := enginetest.NewUSB(t)
	code, out := talkIn(t, u.In(t.Context()), "", "", nil, "try", "generic/pad-5key-bin", "usb:1234:5678")
	wants(t, code, 1, out, "没有写 USB 连接", "失败：")
}
