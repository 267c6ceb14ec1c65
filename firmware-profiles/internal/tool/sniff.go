package tool

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"smarthall/firmware-profiles/engine"
	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// sniffOptions are the flags of sniff.
type sniffOptions struct {
	baud, dataBits int
	parity, stop   string
	gap, length    time.Duration
	profile, out   string
	raw            bool
	params         map[string]string
}

func (o *sniffOptions) register(flags *flag.FlagSet) {
	o.params = map[string]string{}
	flags.IntVar(&o.baud, "baud", 0, "speed of the lines; the profile's or 9600 without it")
	flags.IntVar(&o.dataBits, "bits", 0, "data bits, 8 without it")
	flags.StringVar(&o.parity, "parity", "", "none, odd, even, mark or space")
	flags.StringVar(&o.stop, "stop", "", "stop bits: 1, 1.5 or 2")
	flags.DurationVar(&o.gap, "gap", defaultGap, "silence that ends a frame")
	flags.DurationVar(&o.length, "for", 0, "how long to listen; until Ctrl-C without it")
	flags.StringVar(&o.profile, "profile", "", "profile to decode with: a file or an id")
	flags.StringVar(&o.out, "out", "", "file for the draft vectors")
	flags.BoolVar(&o.raw, "raw", false, "show personal data")
	flags.Func("set", "a parameter of the profile: NAME=VALUE", func(s string) error { return setParam(o.params, s) })
}

// sniff logs a line. With one port it listens to a device; with two it stands
// between a program and a device and passes on what they say.
func (t *tool) sniff(ctx context.Context, args []string) int {
	var o sniffOptions
	flags := t.flags("sniff")
	o.register(flags)
	ports, err := parse(flags, args)
	if err != nil {
		return exitUsage
	}
	if len(ports) < 1 || len(ports) > 2 || o.gap < time.Millisecond || o.gap > time.Minute || o.length < 0 {
		return t.misuse()
	}
	d, s, err := o.draft()
	if err != nil {
		return t.fail(err)
	}
	out := &safeWriter{w: t.out}
	if o.raw {
		fmt.Fprintln(out, rawWarning)
	}
	if o.length > 0 {
		limited, cancel := context.WithTimeout(ctx, o.length)
		defer cancel()
		ctx = limited
	}
	rec := newRecorder(o.gap, o.raw, func(g group) {
		printGroup(out, g, 0)
		for _, text := range d.add(g) {
			fmt.Fprintf(out, "                 %s\n", text)
		}
	})
	err = sniffLines(ctx, ports, s, rec, out)
	rec.close()
	if err := o.save(d, out); err != nil {
		return t.fail(err)
	}
	if err != nil {
		fmt.Fprintln(t.err, "失败："+cause(err))
		return exitWrong
	}
	return exitOK
}

// draft is the empty draft and the line settings that the flags ask for.
func (o *sniffOptions) draft() (*draft, port.Settings, error) {
	s := port.Settings{Baud: o.baud}
	d := &draft{}
	if o.profile != "" {
		p, err := find(o.profile)
		if err != nil {
			return nil, s, err
		}
		if d, err = newDraft(p, o.params); err != nil {
			return nil, s, err
		}
		s = engine.Settings(p, device.Config{Baud: o.baud})
	}
	if o.dataBits != 0 {
		s.DataBits = o.dataBits
	}
	if o.parity != "" {
		s.Parity = o.parity
	}
	if o.stop != "" {
		s.StopBits = o.stop
	}
	return d, s, nil
}

// save writes the draft to its file, or else to out.
func (o *sniffOptions) save(d *draft, out io.Writer) error {
	text := d.yaml()
	if o.out == "" {
		fmt.Fprint(out, "\n"+text)
		return nil
	}
	if err := os.WriteFile(o.out, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write draft: %w", err)
	}
	fmt.Fprintf(out, "样例草稿已写入 %s / draft written\n", o.out)
	return nil
}

// sniffLines opens the ports and records until ctx ends, which is no error, or
// a line breaks.
func sniffLines(ctx context.Context, ports []string, s port.Settings, rec *recorder, out io.Writer) error {
	lines := make([]port.Port, 0, len(ports))
	defer func() {
		for _, l := range lines {
			_ = l.Close() // what was recorded is safe
		}
	}()
	for _, address := range ports {
		opening, cancel := context.WithTimeout(ctx, openWait)
		line, err := port.Open(opening, address, s)
		cancel()
		if err != nil {
			return fmt.Errorf("open %s: %w", address, err)
		}
		lines = append(lines, line)
	}
	baud := s.Baud
	if baud == 0 {
		baud = 9600
	}
	fmt.Fprintf(out, "开始记录，%s，静默 %s 算一帧结束，按 Ctrl-C 结束\n",
		settings(profile.Transport{Kind: profile.Serial, Baud: profile.Ints{baud}, DataBits: s.DataBits, Parity: s.Parity, StopBits: s.StopBits}), rec.gap)
	if len(lines) == 1 {
		fmt.Fprintln(out, "只有一个端口，全部当作设备发来的数据（←）")
		return quiet(ctx, passOn(ctx, lines[0], nil, fromDevice, rec))
	}
	fmt.Fprintln(out, "第一个端口接程序一侧（→），第二个端口接设备一侧（←）")
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 2)
	go func() { ended <- passOn(both, lines[0], lines[1], toDevice, rec) }()
	go func() { ended <- passOn(both, lines[1], lines[0], fromDevice, rec) }()
	err := <-ended // the other one ends because of it
	cancel()
	second := <-ended
	if errors.Is(err, context.Canceled) {
		err = second
	}
	return quiet(ctx, err)
}

// quiet makes the end that was asked for no error.
func quiet(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// passOn records what comes from a line and hands it to another, if there is
// one. It returns why it ended.
func passOn(ctx context.Context, from, to port.Port, dir direction, rec *recorder) error {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(ctx, buf)
		if err != nil {
			return fmt.Errorf("read line: %w", err)
		}
		rec.add(time.Now(), dir, buf[:n])
		if to == nil {
			continue
		}
		writing, cancel := context.WithTimeout(ctx, tapWrite)
		err = to.Write(writing, buf[:n])
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("pass on: %w", err)
		}
	}
}
