package tool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Waits of try and sniff.
const (
	defaultWait = 30 * time.Second // for a person to lay a card, press a key …
	defaultHold = 3 * time.Second  // how long a strip shows the test text
	defaultGap  = 20 * time.Millisecond
	openWait    = 5 * time.Second
	stateWait   = 8 * time.Second
	printWait   = 30 * time.Second
	maxWait     = 10 * time.Minute
)

// shownBytes is how much of a long message, such as a bitmap, try shows.
const shownBytes = 256

// attempt is one run of try.
type attempt struct {
	p    *profile.Profile
	cfg  device.Config // Port is the real one
	yes  bool
	wait time.Duration
	hold time.Duration

	in    io.Reader
	out   io.Writer // safe for concurrent use
	lines *bufio.Scanner
	rec   *recorder
	// person is what a test of the catalogue does in the person's place; nil
	// when there is a person.
	person func(class device.Class)

	step, steps int
}

// try talks to a real device step by step.
func (t *tool) try(ctx context.Context, args []string) int {
	flags := t.flags("try")
	a := &attempt{in: t.in, out: &safeWriter{w: t.out}, steps: 3, cfg: device.Config{ID: "try", Params: map[string]string{}}}
	flags.BoolVar(&a.yes, "yes", false, "don't ask before paper moves")
	flags.DurationVar(&a.wait, "wait", defaultWait, "how long a person has to lay a card, scan or press")
	flags.DurationVar(&a.hold, "hold", defaultHold, "how long a strip shows the test text")
	flags.IntVar(&a.cfg.Baud, "baud", 0, "speed of the serial line, instead of the profile's")
	raw := flags.Bool("raw", false, "show personal data in the log")
	flags.Func("set", "a parameter of the profile: NAME=VALUE", func(s string) error { return setParam(a.cfg.Params, s) })
	rest, err := parse(flags, args)
	if err != nil {
		return exitUsage
	}
	if len(rest) != 2 || a.wait <= 0 || a.wait > maxWait || a.hold < 0 || a.hold > maxWait {
		return t.misuse()
	}
	a.cfg.Port = rest[1]
	if a.p, err = find(rest[0]); err != nil {
		return t.fail(err)
	}
	a.cfg.Profile = a.p.ID
	if onPage(a.p) {
		return t.fail(errors.New(pageAdvice))
	}
	if _, err := a.p.ResolveParams(a.cfg.Params); err != nil {
		return t.fail(err)
	}
	if *raw {
		fmt.Fprintln(a.out, rawWarning)
	}
	if !a.run(ctx, *raw) {
		return exitWrong
	}
	return exitOK
}

const rawWarning = "注意：--raw 会显示个人信息，记录用后请删除 / personal data is shown"

// setParam reads NAME=VALUE.
func setParam(params map[string]string, s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return fmt.Errorf("%q 应写成 参数=值 / must be name=value", s)
	}
	params[name] = value
	return nil
}

// run does every step and tells whether all went well.
func (a *attempt) run(ctx context.Context, raw bool) bool {
	fmt.Fprintf(a.out, "%s（%s），端口 %s\n", a.p.Names.ZH, a.p.ID, a.cfg.Port)
	if weakest(a.p) != "hardware" {
		fmt.Fprintf(a.out, "依据：%s。→ 发往设备，← 来自设备，·· 为不显示的个人信息\n", evidenceWords[weakest(a.p)])
	}
	a.rec = newRecorder(defaultGap, raw, func(g group) { printGroup(a.out, g, shownBytes) })
	defer a.rec.close()
	bauds := a.bauds()
	for i, baud := range bauds {
		ok, again := a.at(ctx, baud, i+1 < len(bauds))
		if !again {
			return ok
		}
		a.say("没有应答，换下一个波特率")
	}
	return false
}

// bauds are the speeds to try; 0 lets the profile decide. A device server's
// speed isn't ours to choose.
func (a *attempt) bauds() []int {
	tr, serial := a.p.Transport(profile.Serial)
	if a.cfg.Baud != 0 || !serial || !port.Serial(a.cfg.Port) {
		return []int{a.cfg.Baud}
	}
	if tr.Probe == "" {
		return tr.Baud[:1]
	}
	return slices.Clone(tr.Baud)
}

// at does the steps at one speed. again says that the device was silent and
// another speed may be its own.
func (a *attempt) at(ctx context.Context, baud int, more bool) (ok, again bool) {
	a.step = 0
	if asksIdentity(a.p) {
		a.steps = 4
	}
	cfg := a.cfg
	cfg.Baud = baud
	if straight(a.p, cfg.Port) {
		return a.direct(ctx, cfg), false
	}
	a.begin("打开端口（" + a.lineWords(cfg) + "）")
	if port.OnUSB(cfg.Port) && !onUSB(a.p) {
		a.say("注意：型号文件的 transports 没有写 USB 连接，先当作可用来试")
	}
	opening, cancel := context.WithTimeout(ctx, openWait)
	line, err := port.Open(opening, cfg.Port, engine.Settings(a.p, cfg))
	cancel()
	if err != nil {
		return a.failed(err), false
	}
	a.say("成功")
	if !a.identified(ctx, line) {
		_ = line.Close() // what was wrong is said
		return false, false
	}
	tapped, err := openTap(ctx, line, a.rec.add)
	if err != nil {
		_ = line.Close() // the first error counts
		return a.failed(err), false
	}
	defer func() {
		if err := tapped.close(); err != nil {
			a.say(cause(err))
		}
	}()
	cfg.Port = tapped.address()
	r, err := start(ctx, a.p, cfg)
	if err != nil {
		return a.failed(err), false
	}
	defer r.stop()
	a.begin("查询状态")
	state, detail, err := r.first(ctx, stateWait)
	if broken := tapped.cause(); broken != nil && err != nil {
		return a.failed(broken), false
	}
	if err != nil && more && ctx.Err() == nil {
		return false, true
	}
	if err != nil {
		return a.failed(err), false
	}
	if !a.tellState(state, detail) {
		return false, false
	}
	select {
	case <-tapped.joined: // the engine may be ahead of the tap
	case <-ctx.Done():
		return a.failed(ctx.Err()), false
	}
	return a.act(ctx, r), false
}

// lineWords say how the line is opened.
func (a *attempt) lineWords(cfg device.Config) string {
	if strings.HasPrefix(cfg.Port, "tcp://") {
		return "网络"
	}
	if port.OnUSB(cfg.Port) {
		return "USB"
	}
	s := engine.Settings(a.p, cfg)
	return settings(profile.Transport{Kind: profile.Serial, Baud: profile.Ints{s.Baud}, DataBits: s.DataBits, Parity: s.Parity, StopBits: s.StopBits})
}

// tellState says what the device reported and whether it can do its job.
func (a *attempt) tellState(state device.State, detail string) bool {
	w := stateOf(state)
	text := w.zh
	if detail != "" {
		text += "：" + detail
	}
	if !state.Works() {
		a.say("设备报告“" + text + "”。" + w.advice)
		return false
	}
	a.say(text)
	if a.p.Engine == profile.EngineESCPOS && detail != "" && port.Serial(a.cfg.Port) {
		a.say("注意：接在串口上的打印机不回答状态，大厅程序会显示“未连接”。请核对波特率，或在型号文件里写 quirks: [no-status]")
	}
	return true
}

// begin announces a step.
func (a *attempt) begin(what string) {
	a.step++
	a.rec.flush()
	fmt.Fprintf(a.out, "步骤 %d/%d %s\n", a.step, a.steps, what)
}

// say adds a remark to the step.
func (a *attempt) say(text string) {
	a.rec.flush()
	fmt.Fprintf(a.out, "  %s\n", text)
}

// failed says why a step failed; it is false.
func (a *attempt) failed(err error) bool {
	a.say("失败：" + cause(err))
	return false
}

// confirm asks a question; no answer is no.
func (a *attempt) confirm(ctx context.Context, question string) bool {
	if a.yes {
		return true
	}
	a.rec.flush()
	fmt.Fprintf(a.out, "  %s [y/N] ", question)
	answer := make(chan string, 1)
	if a.lines == nil {
		a.lines = bufio.NewScanner(a.in)
	}
	// Reading from a terminal can't be interrupted: when ctx ends the reader is
	// left behind, and ends with the program.
	go func() {
		a.lines.Scan()
		answer <- strings.ToLower(strings.TrimSpace(a.lines.Text()))
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.out)
		return false
	case s := <-answer:
		return s == "y" || s == "yes" || s == "是"
	}
}

// start makes the engine's device and runs it.
func start(ctx context.Context, p *profile.Profile, cfg device.Config) (*running, error) {
	factory, ok := factories()[string(p.Engine)]
	if !ok {
		return nil, fmt.Errorf("no engine %q", p.Engine)
	}
	d, err := factory(p, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return run(ctx, d), nil
}
