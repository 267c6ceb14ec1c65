package portal

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"smarthall/platform/internal/item"
)

//go:embed templates/*.html
var templates embed.FS

// shared are the templates that all pages use.
const shared = "templates/layout.html"

// readTemplates returns the pages' templates by name. Each has the layout in it
// and the parts that items share.
func readTemplates(zone *time.Location) (map[string]*template.Template, error) {
	base, err := template.New("").Funcs(functions(zone)).ParseFS(templates, shared, "templates/parts.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		clone, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if _, err := clone.ParseFS(templates, name); err != nil {
			return nil, err
		}
		pages[strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")] = clone
	}
	return pages, nil
}

// functions are what templates may call.
func functions(zone *time.Location) template.FuncMap {
	return template.FuncMap{
		"day": func(t time.Time) string { return t.In(zone).Format("2006-01-02") },
		"date": func(t time.Time) string {
			t = t.In(zone)
			return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
		},
		"limit": limitWord, "yuan": yuan, "lines": lines, "icon": icon, "plus": func(a, b int) int { return a + b },
		"papers": papers, "yes": func(b bool) string {
			if b {
				return "是"
			}
			return "否"
		},
		"visits": func(n int) string {
			if n == 0 {
				return "一次都不用跑"
			}
			return "到场 " + strconv.Itoa(n) + " 次"
		},
		"look": withLook,
	}
}

// limitWord is a time limit as people read it.
func limitWord(l item.Limit) string {
	switch l.Unit {
	case item.OnTheSpot, item.NoLimit, "":
		return l.Unit.Word()
	default:
		return strconv.Itoa(l.Days) + " " + l.Unit.Word()
	}
}

// yuan is an amount in fen as people read it.
func yuan(fen int64) string {
	if fen%100 == 0 {
		return strconv.FormatInt(fen/100, 10) + " 元"
	}
	return fmt.Sprintf("%d.%02d 元", fen/100, fen%100)
}

// lines are the paragraphs of a text.
func lines(text string) []string {
	var list []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// papers tells how many of a material to bring.
func papers(m item.Material) string {
	var parts []string
	if m.Originals > 0 {
		parts = append(parts, "原件 "+strconv.Itoa(m.Originals)+" 份")
	}
	if m.Copies > 0 {
		parts = append(parts, "复印件 "+strconv.Itoa(m.Copies)+" 份")
	}
	size := m.Size
	if size == "" {
		size = "A4"
	}
	switch {
	case len(parts) == 0:
		return m.Type.Word() + "；不用提交纸质材料"
	case m.Type == item.OriginalMaterial || m.Type == item.CopyMaterial || m.Type == item.BothMaterial:
		return strings.Join(parts, "，") + "（" + size + "）"
	case m.Type == item.ShowMaterial:
		return m.Type.Word() + "，当场退还"
	default:
		return m.Type.Word() + "；" + strings.Join(parts, "，") + "（" + size + "）"
	}
}

// withLook is an address that sets a look.
func withLook(here, name string, on bool) string {
	value := "1"
	if on {
		value = "0"
	}
	sep := "?"
	if strings.Contains(here, "?") {
		sep = "&"
	}
	return here + sep + name + "=" + value
}

// drawings are the paths of the icons, on 24 by 24.
var drawings = map[string]string{
	"mark":     `<path d="M12 2 3 7v2h18V7zM5 11v7m4.7-7v7m4.6-7v7M19 11v7M3 21h18"/>`,
	"see":      `<path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z"/><circle cx="12" cy="12" r="3"/>`,
	"find":     `<circle cx="11" cy="11" r="7"/><path d="m21 21-5-5"/>`,
	"do":       `<path d="M6 2h9l4 4v16H6zM14 2v5h5M9 12h7M9 16h7"/>`,
	"ask":      `<path d="M4 4h16v12H9l-5 4zM12 12.5v.1M12 10.500c0-1.500 2-1.500 2-3a2 2 0 0 0-4 0"/>`,
	"rate":     `<path d="m12 3 2.700 5.600 6.300.8-4.600 4.300 1.200 6.100L12 16.800 6.400 19.800l1.200-6.100L3 9.400l6.300-.8z"/>`,
	"me":       `<circle cx="12" cy="8" r="4"/><path d="M4 21c1-5 4-7 8-7s7 2 8 7"/>`,
	"elder":    `<path d="M4 19 9 5h1l5 14M6 14h7M16 11h6M19 8v6"/>`,
	"contrast": `<circle cx="12" cy="12" r="9"/><path d="M12 3v18a9 9 0 0 0 0-18z" fill="currentColor"/>`,
}

// icon draws one of the icons. It says nothing to those who don't see it.
func icon(name string) template.HTML {
	//nolint:gosec // the drawings are constants of this file
	return template.HTML(`<svg aria-hidden="true" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" ` +
		`stroke-linecap="round" stroke-linejoin="round">` + drawings[name] + `</svg>`)
}
