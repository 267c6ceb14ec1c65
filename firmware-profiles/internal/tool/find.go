package tool

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/profile"
)

// find tells which models a device may be: by what it says of itself, or, with
// nothing said, each device that is plugged into this machine. Files named with
// --profile count like shipped ones. Where several models fit, all are shown.
func (t *tool) find(args []string) int {
	flags := t.flags("find")
	var own files
	flags.Var(&own, "profile", "a file to search beside the shipped profiles; may be given several times")
	says, err := parse(flags, args)
	if err != nil {
		return exitUsage
	}
	cat, err := catalog.Load()
	if err != nil {
		return t.fail(err)
	}
	for _, file := range own {
		p, err := load(file)
		if err != nil {
			return t.fail(err)
		}
		cat = cat.With(p)
	}
	if len(says) > 0 {
		return t.fits(cat.All(), strings.Join(says, " "))
	}
	plugged, err := pluggedIn(t.sys)
	if err != nil {
		return t.fail(fmt.Errorf("这台电脑没有 USB 设备列表 %s（只支持 Linux）；请按铭牌查找：smarthall-profile find 型号名 / read the USB devices: %w", t.sys, err))
	}
	code := exitOK
	for _, d := range plugged {
		code = max(code, t.recognise(cat.All(), d, plugged))
	}
	if len(plugged) == 0 {
		fmt.Fprintln(t.out, "没有插着的 USB 设备 / no USB device is plugged in")
	}
	return code
}

// fits shows the models that what a device says of itself fits.
func (t *tool) fits(all []*profile.Profile, says string) int {
	fit := profile.Fits(all, says)
	if len(fit) == 0 {
		if named := called(all, says); len(named) > 0 {
			t.models(named)
			return exitOK
		}
		fmt.Fprintf(t.err, "没有型号符合“%s”；smarthall-profile list 列出全部 / no profile fits\n", says)
		return exitWrong
	}
	return t.choose(fit)
}

// called are the models whose name, alias or id has the text somewhere.
func called(all []*profile.Profile, text string) []*profile.Profile {
	text = strings.ToLower(strings.TrimSpace(text))
	if utf8.RuneCountInString(text) < 2 {
		return nil
	}
	var out []*profile.Profile
	for _, p := range all {
		names := append([]string{p.ID, p.Names.ZH, p.Names.EN}, p.Match.Aliases...)
		if strings.Contains(strings.ToLower(strings.Join(names, "\n")), text) {
			out = append(out, p)
		}
	}
	return out
}

// models shows models, one a line.
func (t *tool) models(list []*profile.Profile) {
	for _, p := range list {
		line := fmt.Sprintf("  %-28s %s（%s）", p.ID, p.Names.ZH, classOf(p.Class).zh)
		if p.Match.Firmware != "" {
			line += "，适用固件 " + p.Match.Firmware
		}
		fmt.Fprintf(t.out, "%s  %s\n", line, p.File)
	}
}

// choose shows the models that a device may be; somebody has to choose if they
// are several.
func (t *tool) choose(fit []*profile.Profile) int {
	t.models(fit)
	if len(fit) == 1 {
		return exitOK
	}
	fmt.Fprintf(t.out, "  有 %d 种型号都符合，程序不能代选：请逐个用 smarthall-profile try 试，能用的写进 agent 的 profile / %d profiles fit: try each, then name the right one in the agent's settings\n", len(fit), len(fit))
	return exitWrong
}

// maxName bounds what a device may say of itself, in bytes.
const maxName = 200

// printable is a device's own text, fit for a terminal.
func printable(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), maxName)], "")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7F && r < 0xA0 {
			return -1
		}
		return r
	}, text))
}

// files is a flag that may be given several times.
type files []string

func (l *files) String() string { return strings.Join(*l, " ") }

// Set implements flag.Value.
func (l *files) Set(value string) error {
	*l = append(*l, value)
	return nil
}
