// Package tool is the command line of smarthall-profile: arguments flow in,
// what a technician wants to know flows out, in Chinese and English.
package tool

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/profile"
	"smarthall/firmware-profiles/simulator"
)

// Exit codes.
const (
	exitOK    = 0
	exitWrong = 1 // a profile or a device is wrong
	exitUsage = 2 // the command line is
)

const usage = `用法 / usage:
  smarthall-profile check FILE...        检查型号文件 / check profiles
  smarthall-profile test [FILE...]       播放样例，不写文件则测试全部自带型号 / play vectors
  smarthall-profile list                 列出自带型号 / list shipped profiles
  smarthall-profile simulate --config FILE [--listen ADDR]
                                         模拟设备 / simulate devices
`

// Run executes one command line, without the program's name, and returns the
// exit code.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	t := &tool{out: stdout, err: stderr}
	switch cmd, rest := args[0], args[1:]; cmd {
	case "check":
		return t.check(rest)
	case "test":
		return t.test(rest)
	case "list":
		return t.list(rest)
	case "simulate":
		return t.simulate(ctx, rest)
	case "help", "-h", "--help":
		fmt.Fprint(stdout, usage)
		return exitOK
	default:
		fmt.Fprintf(stderr, "不认识的命令 %q / unknown command\n%s", cmd, usage)
		return exitUsage
	}
}

// tool writes results to out and complaints to err.
type tool struct{ out, err io.Writer }

// check shows every mistake of the files.
func (t *tool) check(files []string) int {
	if len(files) == 0 {
		fmt.Fprint(t.err, usage)
		return exitUsage
	}
	code := exitOK
	for _, file := range files {
		p, err := load(file)
		if err != nil {
			t.complain(err)
			code = exitWrong
			continue
		}
		fmt.Fprintf(t.out, "%s: 正确 / ok: %s（%s）\n", file, p.ID, p.Names.ZH)
	}
	return code
}

// test plays the vectors of the files, or of the whole catalogue.
func (t *tool) test(files []string) int {
	profiles, err := t.profiles(files)
	if err != nil {
		t.complain(err)
		return exitWrong
	}
	runners := all.VectorRunners()
	code := exitOK
	for _, p := range profiles {
		failed := 0
		for _, v := range p.Vectors {
			if err := runners[string(p.Engine)](p, v); err != nil {
				fmt.Fprintf(t.err, "%s:%d: 样例不符 / vector fails: %v\n", p.File, v.Line, err)
				failed++
			}
		}
		fmt.Fprintf(t.out, "%s: %d/%d 个样例通过 / vectors pass\n", p.ID, len(p.Vectors)-failed, len(p.Vectors))
		if failed > 0 {
			code = exitWrong
		}
	}
	return code
}

// profiles are the named files, or all that are shipped.
func (t *tool) profiles(files []string) ([]*profile.Profile, error) {
	if len(files) == 0 {
		cat, err := catalog.Load()
		if err != nil {
			return nil, err
		}
		return cat.All(), nil
	}
	var out []*profile.Profile
	for _, file := range files {
		p, err := load(file)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// load reads a technician's file, which may inherit a shipped profile.
func load(file string) (*profile.Profile, error) {
	data, err := os.ReadFile(file) //nolint:gosec // the file is the one the user names
	if err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	doc, err := profile.ReadDoc(filepath.ToSlash(file), data)
	if err != nil {
		return nil, err
	}
	cat, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	return doc.Profile(cat.Find)
}

// list shows the shipped profiles as a table.
func (t *tool) list(args []string) int {
	if len(args) > 0 {
		fmt.Fprint(t.err, usage)
		return exitUsage
	}
	cat, err := catalog.Load()
	if err != nil {
		t.complain(err)
		return exitWrong
	}
	for _, p := range cat.All() {
		kinds := make([]string, len(p.Transports))
		for i, tr := range p.Transports {
			kinds[i] = string(tr.Kind)
		}
		fmt.Fprintf(t.out, "%-26s %-10s %-14s %-12s %s  %s\n", p.ID, p.Class, p.Engine, strings.Join(kinds, ","), p.Hash[:12], p.Names.ZH)
	}
	return exitOK
}

// complain shows an error; mistakes of profiles in both languages.
func (t *tool) complain(err error) {
	var ms profile.Mistakes
	if !errors.As(err, &ms) {
		fmt.Fprintln(t.err, err)
		return
	}
	for _, m := range ms {
		fmt.Fprintln(t.err, m.Both())
	}
}

// simulate runs the device's side of the devices in a file until ctx ends.
func (t *tool) simulate(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(t.err)
	config := flags.String("config", "", "file with the devices to simulate")
	listen := flags.String("listen", "127.0.0.1:8087", "address of the simulators' console")
	if err := flags.Parse(args); err != nil {
		return exitUsage
	}
	if *config == "" || flags.NArg() > 0 {
		fmt.Fprint(t.err, usage)
		return exitUsage
	}
	log := slog.New(slog.NewTextHandler(t.err, nil))
	if err := simulator.Run(ctx, *config, *listen, log); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(t.err, err)
		return exitWrong
	}
	return exitOK
}
