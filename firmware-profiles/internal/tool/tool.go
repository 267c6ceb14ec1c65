// Package tool is the command line of smarthall-profile: arguments flow in,
// what a technician wants to know flows out, Chinese first. Profiles are
// checked, begun, explained and tested; real devices are tried and listened to
// through a tap that logs every byte of both directions.
package tool

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/port/usb"
	"smarthall/firmware-profiles/simulator"
)

// Exit codes.
const (
	exitOK    = 0
	exitWrong = 1 // a profile or a device is wrong
	exitUsage = 2 // the command line is
)

const usage = `用法 / usage:
  smarthall-profile check [--lang zh|en] [--json] FILE...
                                         检查型号文件 / check profiles
  smarthall-profile test [--vectors] [FILE...]
                                         播放样例，再与模拟设备对话；不写文件则测试全部自带型号 / play vectors, then talk to the simulator
  smarthall-profile new --from ID NEW-ID [--out FILE]
                                         从已有型号新建文件 / begin a new profile
  smarthall-profile explain FILE|ID [--out DIR]
  smarthall-profile explain --all --out DIR
                                         生成说明页 / write documentation pages
  smarthall-profile try FILE|ID PORT [--yes] [--baud N] [--set NAME=VALUE] [--wait 30s] [--hold 3s] [--raw]
                                         逐步测试真机 / try the real device step by step
  smarthall-profile sniff PORT [PORT2] [--baud N] [--gap 20ms] [--for 1m] [--profile FILE|ID] [--out FILE] [--raw]
                                         记录串口数据并起草样例 / log a line, draft vectors
  smarthall-profile find [--profile FILE] [USB-ID|NAME|IEEE-1284-ID]
                                         找型号；不写则查看本机插着的 USB 设备 / find models; of what is plugged in if nothing is named
  smarthall-profile import [--out DIR] [--model KEY] [--chinese] FILE...
                                         从公开资料库 escpos-printer-db 起草票据打印机型号 / draft printers of a public database
  smarthall-profile list                 列出自带型号 / list shipped profiles
  smarthall-profile simulate --config FILE [--listen ADDR]
                                         模拟设备 / simulate devices
PORT: 串口路径、tcp://地址:端口、usblp:厂商:产品 或 usb:厂商:产品 / a serial path, tcp://host:port, usblp:VID:PID or usb:VID:PID
`

// Run executes one command line, without the program's name, and returns the
// exit code. Questions are asked at stdout and answered from stdin.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	t := &tool{in: stdin, out: stdout, err: stderr, sys: usb.Local().Devices}
	return t.run(ctx, args)
}

// run executes one command line.
func (t *tool) run(ctx context.Context, args []string) int {
	switch cmd, rest := args[0], args[1:]; cmd {
	case "check":
		return t.check(rest)
	case "test":
		return t.test(ctx, rest)
	case "new":
		return t.newProfile(rest)
	case "explain":
		return t.explain(rest)
	case "try":
		return t.try(ctx, rest)
	case "sniff":
		return t.sniff(ctx, rest)
	case "find":
		return t.find(rest)
	case "import":
		return t.importModels(rest)
	case "list":
		return t.list(rest)
	case "simulate":
		return t.simulate(ctx, rest)
	case "help", "-h", "--help":
		fmt.Fprint(t.out, usage)
		return exitOK
	default:
		fmt.Fprintf(t.err, "不认识的命令 %q / unknown command\n%s", cmd, usage)
		return exitUsage
	}
}

// tool writes results to out and complaints to err.
type tool struct {
	in       io.Reader
	out, err io.Writer
	sys      string // like /sys/bus/usb/devices
}

// misuse shows how the tool is used.
func (t *tool) misuse() int {
	fmt.Fprint(t.err, usage)
	return exitUsage
}

// flags is a flag set that complains to err.
func (t *tool) flags(name string) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(t.err)
	return set
}

// parse reads flags wherever they stand and returns the other arguments.
func parse(set *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := set.Parse(args); err != nil {
			return nil, fmt.Errorf("read arguments: %w", err)
		}
		if set.NArg() == 0 {
			return rest, nil
		}
		rest = append(rest, set.Arg(0))
		args = set.Args()[1:]
	}
}

// list shows the shipped profiles as a table.
func (t *tool) list(args []string) int {
	if len(args) > 0 {
		return t.misuse()
	}
	cat, err := catalog.Load()
	if err != nil {
		return t.fail(err)
	}
	for _, p := range cat.All() {
		kinds := make([]string, len(p.Transports))
		for i, tr := range p.Transports {
			kinds[i] = string(tr.Kind)
		}
		fmt.Fprintf(t.out, "%-28s %-10s %-14s %-12s %s  %s\n", p.ID, p.Class, p.Engine, strings.Join(kinds, ","), p.Hash[:12], p.Names.ZH)
	}
	return exitOK
}

// simulate runs the device's side of the devices in a file until ctx ends.
func (t *tool) simulate(ctx context.Context, args []string) int {
	flags := t.flags("simulate")
	config := flags.String("config", "", "file with the devices to simulate")
	listen := flags.String("listen", "127.0.0.1:8087", "address of the simulators' console")
	rest, err := parse(flags, args)
	if err != nil {
		return exitUsage
	}
	if *config == "" || len(rest) > 0 {
		return t.misuse()
	}
	log := slog.New(slog.NewTextHandler(t.err, nil))
	if err := simulator.Run(ctx, *config, *listen, log); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(t.err, err)
		return exitWrong
	}
	return exitOK
}
