package tool

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/profile"
)

// Languages of check.
const (
	langBoth = ""
	langZH   = "zh"
	langEN   = "en"
)

// report is what check found in one file, as --json shows it.
type report struct {
	File string `json:"file"`
	OK   bool   `json:"ok"`
	// ID and Name are set for a file that is a profile.
	ID       string          `json:"id,omitempty"`
	Name     string          `json:"name,omitempty"`
	Mistakes []reportMistake `json:"mistakes"`
}

// reportMistake is a profile.Mistake in JSON. Line and Column count from 1; 0
// means the file as a whole.
type reportMistake struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Path   string `json:"path,omitempty"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// check shows every mistake of the files: of the format, and of vectors that
// don't say what the profile does.
func (t *tool) check(args []string) int {
	flags := t.flags("check")
	lang := flags.String("lang", langBoth, "zh or en; both without it")
	asJSON := flags.Bool("json", false, "machine-readable result")
	files, err := parse(flags, args)
	if err != nil {
		return exitUsage
	}
	if len(files) == 0 || *lang != langBoth && *lang != langZH && *lang != langEN {
		return t.misuse()
	}
	code := exitOK
	reports := make([]report, 0, len(files))
	for _, file := range files {
		p, ms := examine(file)
		r := report{File: file, OK: len(ms) == 0, Mistakes: []reportMistake{}}
		if p != nil {
			r.ID, r.Name = p.ID, p.Names.ZH
		}
		for _, m := range ms {
			r.Mistakes = append(r.Mistakes, reportMistake{Line: m.Line, Column: m.Column, Path: m.Path, ZH: m.ZH, EN: m.EN})
		}
		reports = append(reports, r)
		if !r.OK {
			code = exitWrong
		}
		if !*asJSON {
			t.show(r, ms, *lang)
		}
	}
	if !*asJSON {
		return code
	}
	enc := json.NewEncoder(t.out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(reports); err != nil {
		return t.fail(err)
	}
	return code
}

// show prints a report for people.
func (t *tool) show(r report, ms profile.Mistakes, lang string) {
	for _, m := range ms {
		fmt.Fprintln(t.err, in(lang, m))
	}
	if !r.OK {
		return
	}
	ok := map[string]string{langBoth: "正确 / ok", langZH: "正确", langEN: "ok"}[lang]
	fmt.Fprintf(t.out, "%s: %s: %s（%s）\n", r.File, ok, r.ID, r.Name)
}

// in is a mistake in a language.
func in(lang string, m *profile.Mistake) string {
	switch lang {
	case langZH:
		return m.Chinese()
	case langEN:
		return m.Error()
	default:
		return m.Both()
	}
}

// examine loads a file and plays its vectors. A file that can't be read is a
// mistake, too.
func examine(file string) (*profile.Profile, profile.Mistakes) {
	p, err := load(file)
	var ms profile.Mistakes
	switch {
	case errors.As(err, &ms):
		return nil, ms
	case err != nil:
		return nil, profile.Mistakes{{File: file, ZH: "读不了这个文件：" + cause(err), EN: err.Error()}}
	}
	return p, failures(p)
}

// failures are the vectors of a profile that don't hold.
func failures(p *profile.Profile) profile.Mistakes {
	run := all.VectorRunners()[string(p.Engine)]
	var ms profile.Mistakes
	for i, v := range p.Vectors {
		if err := run(p, v); err != nil {
			ms = append(ms, &profile.Mistake{
				File: p.File, Line: v.Line, Column: v.Column, Path: fmt.Sprintf("/vectors/%d", i),
				ZH: "样例不符：" + err.Error(), EN: "vector fails: " + err.Error(),
			})
		}
	}
	return ms
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
	return read(file, data)
}

// read makes a profile of a file's content.
func read(file string, data []byte) (*profile.Profile, error) {
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

// find is a shipped profile by its id, or else a file.
func find(fileOrID string) (*profile.Profile, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	if p, ok := cat.Get(fileOrID); ok {
		return p, nil
	}
	return load(fileOrID)
}

// fail complains and is the exit code for it.
func (t *tool) fail(err error) int {
	t.complain(err)
	return exitWrong
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
