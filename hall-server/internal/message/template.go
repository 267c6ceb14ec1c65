package message

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Template is the text of an event. A part in square brackets is left out if
// one of its variables has no value.
type Template struct {
	// Version counts the texts of an event; messages keep theirs.
	Version int `yaml:"version"`
	// Code is the template's name at the gateway, for those that want it approved.
	Code string `yaml:"code"`
	Text string `yaml:"text"`
}

// Vars are what a template is filled with.
type Vars struct {
	Hall    string `json:"hall,omitempty"`
	Number  string `json:"number,omitempty"`
	Service string `json:"service,omitempty"`
	// Window is the number on its sign, Way how to get there.
	Window string `json:"window,omitempty"`
	Way    string `json:"way,omitempty"`
	// Zone is the id of the service's zone, for the switches.
	Zone string `json:"zone,omitempty"`
	// Ahead is how many people are before a ticket that waits, -1 otherwise.
	Ahead int `json:"ahead"`
	// Low and High are the expected wait in minutes; -1 while no window is open.
	Low  int `json:"low"`
	High int `json:"high"`
	// URL opens the ticket's page.
	URL string `json:"url,omitempty"`
}

// builtIn are the texts of a hall that has no others.
var builtIn = map[Event]Template{
	Called:   {Version: 1, Text: "【{hall}】请 {number} 号到 {window} 号窗口办理[（{way}）]。"},
	Recalled: {Version: 1, Text: "【{hall}】再次呼叫：请 {number} 号尽快到 {window} 号窗口，以免过号。"},
	Soon:     {Version: 1, Text: "【{hall}】{number} 号，您前面还有 {ahead} 位[，预计等候 {wait}]，请回到等候区。"},
	Returned: {Version: 1, Text: "【{hall}】{number} 号已恢复排队[，前面还有 {ahead} 位]，请留意叫号。"},
	Missed:   {Version: 1, Text: "【{hall}】{number} 号已过号。请尽快到取号机或咨询台重新排队。[手机办理：{url}]"},
}

// Texts are the texts of a hall that has no others, by event.
func Texts() map[string]string {
	out := make(map[string]string, len(builtIn))
	for e, t := range builtIn {
		out[string(e)] = t.Text
	}
	return out
}

// Template is the text of e in force.
func (s *Settings) Template(e Event) Template {
	if t, ok := s.Templates[e]; ok {
		return t
	}
	return builtIn[e]
}

// values are the variables by name.
func (v Vars) values() map[string]string {
	m := map[string]string{
		"hall": v.Hall, "number": v.Number, "service": v.Service, "window": v.Window, "way": v.Way, "url": v.URL,
		"ahead": "", "low": "", "high": "", "wait": "",
	}
	if v.Ahead >= 0 {
		m["ahead"] = strconv.Itoa(v.Ahead)
	}
	if v.Low >= 0 && v.High >= v.Low {
		m["low"], m["high"] = strconv.Itoa(v.Low), strconv.Itoa(v.High)
		m["wait"] = m["low"] + "–" + m["high"] + " 分钟"
		if v.Low == v.High {
			m["wait"] = "约 " + m["low"] + " 分钟"
		}
	}
	return m
}

// Names that texts may have in braces.
var (
	templateNames = []string{"hall", "number", "service", "window", "way", "url", "ahead", "low", "high", "wait"}
	gatewayNames  = append([]string{"phone", "text", "id", "code", "event", "secret"}, templateNames...)
)

// variable is a name in braces. Other braces are text, as in JSON.
var variable = regexp.MustCompile(`\{([a-z]+)\}`)

// fill puts values into text. It looks at each variable once, so that a value
// with braces stays as it is.
func fill(text string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(v string) string {
		if value, ok := values[v[1:len(v)-1]]; ok {
			return value
		}
		return v
	})
}

// unknownIn names the first variable of text that isn't one of names, or "".
func unknownIn(text string, names []string) string {
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, m[1]) {
			return "没有变量 " + m[0]
		}
	}
	return ""
}

// nested tells whether every bracket of text is closed before the next opens.
func nested(text string) bool {
	open := false
	for _, r := range text {
		if (r == '[' && open) || (r == ']' && !open) {
			return false
		}
		open = (open || r == '[') && r != ']'
	}
	return !open
}

// Render fills the template.
func (t Template) Render(v Vars) string {
	values := v.values()
	var out strings.Builder
	rest := t.Text
	for {
		before, after, ok := strings.Cut(rest, "[")
		out.WriteString(fill(before, values))
		if !ok {
			return out.String()
		}
		var part string
		part, rest, _ = strings.Cut(after, "]")
		if !lacks(part, values) {
			out.WriteString(fill(part, values))
		}
	}
}

// lacks tells whether a variable of part has no value.
func lacks(part string, values map[string]string) bool {
	return slices.ContainsFunc(variable.FindAllStringSubmatch(part, -1), func(m []string) bool { return values[m[1]] == "" })
}
