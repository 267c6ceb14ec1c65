package httpd

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"smarthall/hall-server/internal/hall"
	"smarthall/internal/languages"
)

// phoneTexts are the texts of the pages that are written here for phones: zh-CN
// is the source, and a translation has the same keys and placeholders. Besides,
// it has a text for each refusal that phones get, by problem.CODE.
//
//go:embed mobile_zh-CN.json mobile_en.json
var phoneTexts embed.FS

// phoneLanguage is a language of the pages for phones.
type phoneLanguage struct {
	// Tag is its BCP 47 tag, Name what its readers call it.
	Tag, Name string
	// Dir is rtl for scripts that run from right to left, else ltr.
	Dir   string
	fonts string
	texts map[string]string
	// prefix stands before the keys of a language file, which has texts of other
	// pages, too; empty for what is built in.
	prefix string
}

// filePrefix is phones' part of a language file.
const filePrefix = "phone/"

// phoneLanguages are all of them, the source first.
var phoneLanguages = []*phoneLanguage{readPhone("zh-CN", "中文"), readPhone("en", "English")}

var phoneMatcher = matcherOf(phoneLanguages)

func matcherOf(list []*phoneLanguage) language.Matcher {
	tags := make([]language.Tag, 0, len(list))
	for _, l := range list {
		tags = append(tags, language.Make(l.Tag))
	}
	return language.NewMatcher(tags)
}

// phoneFiles are the languages for phones: those built in, then those of which
// the folder has a file with texts for phones.
func phoneFiles(folder *languages.Folder) []*phoneLanguage {
	if folder == nil {
		return phoneLanguages
	}
	list := phoneLanguages
	for _, one := range folder.List() {
		file, ok := folder.Get(one.Tag)
		if !ok || !forPhones(file) {
			continue
		}
		list = append(slices.Clip(list), &phoneLanguage{
			Tag: one.Tag, Name: file.Name, Dir: cmp.Or(file.Dir, "ltr"), fonts: file.Fonts, texts: file.Texts, prefix: filePrefix,
		})
	}
	return list
}

func forPhones(file *languages.File) bool {
	for key := range file.Texts {
		if strings.HasPrefix(key, filePrefix) {
			return true
		}
	}
	return false
}

func readPhone(tag, name string) *phoneLanguage {
	l := &phoneLanguage{Tag: tag, Name: name, Dir: "ltr"}
	data, err := phoneTexts.ReadFile("mobile_" + tag + ".json")
	if err == nil {
		err = json.Unmarshal(data, &l.texts)
	}
	if err != nil {
		panic(fmt.Sprintf("texts for phones in %s: %v", tag, err)) // they are built in
	}
	return l
}

// phone words a page for the phone that asks. Templates see it as part of what
// they show.
type phone struct {
	*phoneLanguage
	// Query keeps a language that was chosen in the addresses of the page:
	// ?lang=en, or empty while the phone's own is shown.
	Query string
	// names are what the hall calls its own things in the language, by the
	// Chinese text.
	names map[string]string
	// all are the languages that can be chosen.
	all []*phoneLanguage
}

// maxAccepted bounds the header that is read for a phone's languages, in bytes.
const maxAccepted = 200

// phoneOf takes the language that r's address names (?lang=en), else the one of
// its languages that the phone likes best, else Chinese. Those of the folder's
// files can be chosen, too.
func phoneOf(r *http.Request, h *hall.Hall, folder *languages.Folder) phone {
	p := phone{phoneLanguage: phoneLanguages[0], all: phoneFiles(folder)}
	matcher := phoneMatcher
	if len(p.all) > len(phoneLanguages) {
		matcher = matcherOf(p.all)
	}
	asked := r.URL.Query().Get("lang")
	if i := slices.IndexFunc(p.all, func(l *phoneLanguage) bool { return l.Tag == asked }); i >= 0 {
		p.phoneLanguage, p.Query = p.all[i], "?lang="+asked
	} else if accepted := r.Header.Get("Accept-Language"); len(accepted) <= maxAccepted {
		if tags, _, err := language.ParseAcceptLanguage(accepted); err == nil {
			_, best, _ := matcher.Match(tags...)
			p.phoneLanguage = p.all[best]
		}
	}
	for _, l := range h.Languages {
		if l.Tag == p.Tag {
			p.names = l.Names
		}
	}
	return p
}

// Source tells whether the language is the one that everything is written in.
func (p phone) Source() bool { return p.phoneLanguage == phoneLanguages[0] }

// Languages are those that can be chosen.
func (p phone) Languages() []*phoneLanguage { return p.all }

// Fonts are the language's own, for CSS: a list that the next font follows.
func (p phone) Fonts() template.CSS {
	if p.fonts == "" {
		return ""
	}
	return template.CSS(p.fonts + ", ") // package languages lets nothing in that could end the list
}

// With is p's Query with one more parameter.
func (p phone) With(parameter string) string {
	if p.Query == "" {
		return "?" + parameter
	}
	return p.Query + "&" + parameter
}

// Named is one of the hall's own names or sentences in the language; without a
// translation, as it is.
func (p phone) Named(text string) string {
	if name := p.names[text]; name != "" {
		return name
	}
	return text
}

// Listed joins names, each in the language.
func (p phone) Listed(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = p.Named(name)
	}
	return strings.Join(out, p.T("list.join"))
}

var placeholder = regexp.MustCompile(`\{(\w+)(?:\|([^{}]*))?\}`)

// T is the text of a key; pairs are names and values of its placeholders: {n} is
// the value itself, {n|person|persons} the form for one, else the last.
func (p phone) T(key string, pairs ...any) string {
	return p.filled(p.text(key), pairs, func(s string) string { return s })
}

// B is T for a page: its values stand out.
func (p phone) B(key string, pairs ...any) template.HTML {
	text := p.filled(template.HTMLEscapeString(p.text(key)), pairs, func(s string) string {
		return "<b>" + template.HTMLEscapeString(s) + "</b>"
	})
	return template.HTML(text)
}

func (p phone) text(key string) string {
	if text := p.texts[p.prefix+key]; text != "" {
		return text
	}
	// What a file hasn't translated is Chinese.
	if text, ok := phoneLanguages[0].texts[key]; ok {
		return text
	}
	return key
}

func (p phone) filled(text string, pairs []any, value func(string) string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		m := placeholder.FindStringSubmatch(found)
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] != m[1] {
				continue
			}
			n := fmt.Sprint(pairs[i+1])
			if m[2] == "" {
				return value(n)
			}
			forms := strings.Split(m[2], "|")
			if n == "1" {
				return forms[0]
			}
			return forms[len(forms)-1]
		}
		return found
	})
}

// problem words a refusal. The hall's sentence knows numbers and names, but is
// Chinese; readers of other languages get the text of its code.
func (p phone) problem(problem *Problem) string {
	if p.Source() {
		return problem.Detail
	}
	for _, key := range []string{"problem." + problem.Code, "problem.other"} {
		if text := p.texts[p.prefix+key]; text != "" {
			return text
		}
	}
	return problem.Detail
}
