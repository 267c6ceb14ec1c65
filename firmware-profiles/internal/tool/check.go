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
	// Notices are what other profiles are recognised by, too. They don't make the
	// file wrong: which profile a device runs with is said in the settings.
	Notices []reportMistake `json:"notices"`
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
		notices := clashes(file, files)
		r := report{File: file, OK: len(ms) == 0, Mistakes: inJSON(ms), Notices: inJSON(notices)}
		if p != nil {
			r.ID, r.Name = p.ID, p.Names.ZH
		}
		reports = append(reports, r)
		if !r.OK {
			code = exitWrong
		}
		if !*asJSON {
			t.show(r, ms, notices, *lang)
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

// inJSON are mistakes as --json shows them.
func inJSON(ms profile.Mistakes) []reportMistake {
	out := make([]reportMistake, 0, len(ms))
	for _, m := range ms {
		out = append(out, reportMistake{Line: m.Line, Column: m.Column, Path: m.Path, ZH: m.ZH, EN: m.EN})
	}
	return out
}

// clashes are what a file says its model is recognised by, where one of the
// other files or a shipped profile says the same. Files that can't be read have
// their mistakes told elsewhere.
func clashes(file string, files []string) profile.Mistakes {
	doc, err := readDoc(file)
	if err != nil {
		return nil
	}
	cat, err := catalog.Load()
	if err != nil {
		return nil
	}
	others := cat.Docs()
	for _, other := range files {
		if o, err := readDoc(other); err == nil && other != file {
			others = append(others, o)
		}
	}
	return doc.Clashes(others)
}

// show prints a report for people.
func (t *tool) show(r report, ms, notices profile.Mistakes, lang string) {
	for _, m := range ms {
		fmt.Fprintln(t.err, in(lang, m))
	}
	notice := map[string]string{langBoth: "提醒 / notice", langZH: "提醒", langEN: "notice"}[lang]
	for _, m := range notices {
		fmt.Fprintf(t.err, "%s: %s\n", notice, in(lang, m))
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

// readDoc reads a technician's file as YAML.
func readDoc(file string) (*profile.Doc, error) {
	data, err := os.ReadFile(file) //nolint:gosec // the file is the one the user names
	if err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	return profile.ReadDoc(filepath.ToSlash(file), data)
}

// load reads a technician's file, which may inherit a shipped profile.
func load(file string) (*profile.Profile, error) {
	doc, err := readDoc(file)
	if err != nil {
		return nil, err
	}
	return profileOf(doc)
}

// read makes a profile of a file's content.
func read(file string, data []byte) (*profile.Profile, error) {
	doc, err := profile.ReadDoc(filepath.ToSlash(file), data)
	if err != nil {
		return nil, err
	}
	return profileOf(doc)
}

// profileOf makes a profile of a file, which may inherit a shipped one.
func profileOf(doc *profile.Doc) (*profile.Profile, error) {
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
