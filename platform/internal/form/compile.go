package form

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Compile checks a definition and makes the form of it, or tells every mistake.
func Compile(id string, version int, d Definition) (*Form, []Mistake) {
	c := &compiling{form: &Form{ID: id, Version: version, Title: d.Title, Intro: d.Intro, fields: map[string]*Input{}, Judged: []Judge{}}}
	c.words("title", d.Title, maxLabel, true)
	c.words("intro", d.Intro, maxWords, false)
	c.sections(d.Sections)
	c.rules(d.Rules)
	if len(c.m.list) > 0 {
		return nil, c.m.list
	}
	c.form.Schema = schemaOf(&d)
	if err := c.form.compileSchema(); err != nil {
		c.m.add("", "无法生成数据结构：%s", clip(err.Error(), 200))
		return nil, c.m.list
	}
	return c.form, nil
}

// compiling is a definition on its way to a form.
type compiling struct {
	m    mistakes
	form *Form
	// later are expressions whose names may stand anywhere.
	later []later
}

// later is an expression that may name fields that come after it.
type later struct {
	path  string
	names []string
}

var names = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,39}$`)

// words checks a text that people read.
func (c *compiling) words(path, text string, most int, needed bool) {
	switch {
	case needed && trim(text) == "":
		c.m.add(path, "不能为空")
	case utf8.RuneCountInString(text) > most:
		c.m.add(path, "最多 %d 个字", most)
	case forbidden(text, true):
		c.m.add(path, "有不能使用的字符")
	}
}

func (c *compiling) sections(list []Section) {
	if len(list) == 0 || len(list) > maxSections {
		c.m.add("sections", "应有 1 至 %d 部分", maxSections)
	}
	list = list[:min(len(list), maxSections)]
	for i := range list {
		s, path := &list[i], index("sections", i)
		c.words(path+".title", s.Title, maxLabel, true)
		c.words(path+".note", s.Note, maxWords, false)
		if len(s.Fields) == 0 {
			c.m.add(path+".fields", "至少要有一项")
		}
		p := Part{Title: s.Title, Note: s.Note, When: c.condition(path+".when", s.When)}
		for j := range s.Fields {
			if len(c.form.order) >= maxFields {
				c.m.add(path+".fields", "一张表最多 %d 项", maxFields)
				break
			}
			in := c.field(index(path+".fields", j), &s.Fields[j], false)
			in.section = i
			in.When = c.condition(index(path+".fields", j)+".when", s.Fields[j].When)
			p.Fields = append(p.Fields, in)
			c.form.order = append(c.form.order, in)
			if _, twice := c.form.fields[in.Name]; twice {
				c.m.add(index(path+".fields", j)+".name", "名称“%s”已经用过", clip(in.Name, 40))
			}
			c.form.fields[in.Name] = in
		}
		c.form.Parts = append(c.form.Parts, p)
	}
	for _, l := range c.later {
		c.known(l.path, l.names, "表中没有")
	}
}

// condition reads an expression whose names stand before it.
func (c *compiling) condition(path, source string) *Node {
	node, list := c.expression(path, source)
	c.known(path, list, "条件只能用前面的项，前面没有")
	return node
}

func (c *compiling) expression(path, source string) (*Node, []string) {
	if source == "" {
		return nil, nil
	}
	node, list, problem := parse(source)
	if problem != "" {
		c.m.add(path, "%s", problem)
		return nil, nil
	}
	return node, list
}

func (c *compiling) known(path string, list []string, problem string) {
	for _, name := range list {
		if in := c.form.fields[name]; name != "answers" && (in == nil || in.Widget == Note) {
			c.m.add(path, "%s“%s”", problem, clip(name, 40))
		}
	}
}

func (c *compiling) field(path string, f *Field, column bool) *Input {
	in := &Input{
		Name: f.Name, Widget: f.Widget, Label: f.Label, Help: f.Help, Example: f.Example, Unit: f.Unit, Width: f.Width,
		Required: f.Required, Options: f.Options, PatternMessage: f.PatternMessage, Earliest: f.Earliest, Latest: f.Latest,
		MinRows: f.MinRows, MaxRows: f.MaxRows, Text: f.Text, from: f.From, locked: f.Locked,
	}
	if !names.MatchString(f.Name) || slices.Contains(reserved, f.Name) {
		c.m.add(path+".name", "名称应以小写字母开头，由字母和数字组成，最多 40 个，且不是保留字")
	}
	if !slices.Contains(Widgets(), f.Widget) {
		c.m.add(path+".widget", "没有这种控件：%s", clip(string(f.Widget), 40))
		return in
	}
	if column && !f.Widget.inTable() {
		c.m.add(path+".widget", "表格的列不能用这种控件")
	}
	c.words(path+".label", f.Label, maxLabel, f.Widget != Note)
	c.words(path+".help", f.Help, maxWords, false)
	c.words(path+".example", f.Example, maxLabel, false)
	c.words(path+".unit", f.Unit, 10, false)
	c.words(path+".patternMessage", f.PatternMessage, maxLabel, false)
	c.words(path+".text", f.Text, maxWords, f.Widget == Note)
	if !slices.Contains([]Width{Full, Half, Third}, f.Width) {
		c.m.add(path+".width", "宽度应为 half 或 third，或不填")
	}
	c.fitting(path, f, column)
	c.options(path, f)
	c.bounds(path, f)
	if f.RequiredWhen != "" {
		var list []string
		in.RequiredWhen, list = c.expression(path+".requiredWhen", f.RequiredWhen)
		c.later = append(c.later, later{path + ".requiredWhen", list})
	}
	c.columns(path, f, in)
	if f.Widget == Table && in.MaxRows == 0 {
		in.MaxRows = defaultRows
	}
	return in
}

// fitting refuses what a widget has no use for.
func (c *compiling) fitting(path string, f *Field, column bool) {
	texts := []Widget{Text, LongText}
	for _, a := range []struct {
		name string
		set  bool
		fits bool
	}{
		{"options", len(f.Options) > 0, f.Widget == Choice || f.Widget == Several},
		{"minLength", f.MinLength != 0, slices.Contains(texts, f.Widget)},
		{"maxLength", f.MaxLength != 0, slices.Contains(texts, f.Widget)},
		{"pattern", f.Pattern != "", f.Widget == Text},
		{"patternMessage", f.PatternMessage != "", f.Pattern != ""},
		{"minimum", f.Minimum != nil, f.Widget == Number || f.Widget == Money},
		{"maximum", f.Maximum != nil, f.Widget == Number || f.Widget == Money},
		{"decimals", f.Decimals != 0, f.Widget == Number},
		{"earliest", f.Earliest != "", f.Widget == Date},
		{"latest", f.Latest != "", f.Widget == Date},
		{"columns", len(f.Columns) > 0, f.Widget == Table},
		{"minRows", f.MinRows != 0, f.Widget == Table},
		{"maxRows", f.MaxRows != 0, f.Widget == Table},
		{"text", f.Text != "", f.Widget == Note},
		{"required", f.Required, f.Widget != Note},
		{"requiredWhen", f.RequiredWhen != "", f.Widget != Note && !column && !f.Required},
		{"when", f.When != "", !column},
		{"from", len(f.From) > 0, f.Widget != Note && !column},
		{"locked", f.Locked, slices.ContainsFunc(f.From, registered)},
	} {
		if a.set && !a.fits {
			c.m.add(path+"."+a.name, "这里用不上这一项")
		}
	}
	for i, from := range f.From {
		if !facts.MatchString(from) {
			c.m.add(index(path+".from", i), "来源应为 person.、legal. 或 earlier. 开头的名称")
		}
	}
}

func (c *compiling) options(path string, f *Field) {
	if f.Widget != Choice && f.Widget != Several {
		return
	}
	if len(f.Options) == 0 || len(f.Options) > maxOptions {
		c.m.add(path+".options", "应有 1 至 %d 个选项", maxOptions)
	}
	seen := map[string]bool{}
	for i, o := range f.Options {
		at := index(path+".options", i)
		c.words(at+".value", o.Value, maxLabel, true)
		c.words(at+".label", o.Label, 2*maxLabel, true)
		if seen[o.Value] {
			c.m.add(at+".value", "重复出现")
		}
		if o.Value != trim(o.Value) {
			c.m.add(at+".value", "前后不能有空格")
		}
		seen[o.Value] = true
	}
}

func (c *compiling) bounds(path string, f *Field) {
	most := maxLine
	if f.Widget == LongText {
		most = maxLong
	}
	if f.MaxLength < 0 || f.MaxLength > most {
		c.m.add(path+".maxLength", "应在 1 至 %d 之间", most)
	}
	if f.MinLength < 0 || f.MinLength > most || f.MaxLength > 0 && f.MinLength > f.MaxLength {
		c.m.add(path+".minLength", "应不大于最多字数")
	}
	if f.Decimals < 0 || f.Decimals > maxDecimals {
		c.m.add(path+".decimals", "应在 0 至 %d 之间", maxDecimals)
	}
	for i, n := range []*float64{f.Minimum, f.Maximum} {
		if n != nil && (math.Abs(*n) > maxSafe || f.Widget == Money && (*n < 0 || *n > maxMoney)) {
			c.m.add(path+[]string{".minimum", ".maximum"}[i], "数字超出范围")
		}
	}
	if f.Minimum != nil && f.Maximum != nil && *f.Minimum > *f.Maximum {
		c.m.add(path+".minimum", "应不大于最大值")
	}
	if f.MinRows < 0 || f.MaxRows < 0 || f.MaxRows > maxRows || f.MinRows > rowsBound(f.MaxRows) {
		c.m.add(path+".maxRows", "行数应在 0 至 %d 之间，且最多不小于最少", maxRows)
	}
	for i, day := range []string{f.Earliest, f.Latest} {
		if day != "" && day != "today" && !isDate(day) {
			c.m.add(path+[]string{".earliest", ".latest"}[i], "应为 today，或 2026-01-31 这样的日期")
		}
	}
	if f.Pattern != "" {
		if problem := checkPattern(f.Pattern); problem != "" {
			c.m.add(path+".pattern", "%s", problem)
		}
	}
}

func rowsBound(most int) int {
	if most == 0 {
		return defaultRows
	}
	return most
}

func (c *compiling) columns(path string, f *Field, in *Input) {
	if f.Widget != Table {
		return
	}
	if len(f.Columns) == 0 || len(f.Columns) > maxColumns {
		c.m.add(path+".columns", "应有 1 至 %d 列", maxColumns)
		return
	}
	seen := map[string]bool{}
	for i := range f.Columns {
		at := index(path+".columns", i)
		column := c.field(at, &f.Columns[i], true)
		if seen[column.Name] {
			c.m.add(at+".name", "重复出现")
		}
		seen[column.Name] = true
		in.Columns = append(in.Columns, column)
	}
}

func (c *compiling) rules(list []Rule) {
	if len(list) > maxRules {
		c.m.add("rules", "最多 %d 条", maxRules)
		list = list[:maxRules]
	}
	for i, r := range list {
		path := index("rules", i)
		if r.That == "" {
			c.m.add(path+".that", "不能为空")
		}
		c.words(path+".message", r.Message, 2*maxLabel, true)
		that, list := c.expression(path+".that", r.That)
		c.known(path+".that", list, "表中没有")
		if in := c.form.fields[r.At]; in == nil || in.Widget == Note {
			c.m.add(path+".at", "应为表中一项的名称")
		}
		list = slices.DeleteFunc(list, func(name string) bool { return name == "answers" })
		if list == nil {
			list = []string{}
		}
		c.form.Judged = append(c.form.Judged, Judge{That: that, Names: list, At: r.At, Message: r.Message})
	}
}

// facts are the names by which fields are filled before anybody does.
var facts = regexp.MustCompile(`^(?:person|legal|earlier)\.[a-z][A-Za-z0-9]{0,39}$`)

// registered tells whether a fact comes from a register rather than from an
// earlier case.
func registered(from string) bool {
	return strings.HasPrefix(from, "person.") || strings.HasPrefix(from, "legal.")
}
