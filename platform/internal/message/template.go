package message

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

//go:embed templates/*.yaml
var productTexts embed.FS

// Template is one version of what is told on an occasion, in the words of each
// channel. {name} stands for a variable; a part in square brackets is left out
// if one of its variables is empty.
type Template struct {
	Key     string `json:"key" yaml:"key"`
	Version int    `json:"version" yaml:"-"`
	Name    string `json:"name" yaml:"name" doc:"What it is about, in Chinese"`
	// Anytime texts may go out in quiet hours and have no quota: codes that the
	// person asked for, and what can't wait until the morning.
	Anytime bool `json:"anytime" yaml:"anytime"`
	// Minutes is for how long the notice is of use.
	Minutes int `json:"minutes" yaml:"minutes" minimum:"1" maximum:"43200" doc:"For how long it is of use"`
	// Channels are tried in this order. The inbox is none of them: whoever has
	// an account finds there what has an inbox text.
	Channels []Channel `json:"channels" yaml:"channels" nullable:"false"`
	Vars     []Var     `json:"vars" yaml:"vars" nullable:"false"`
	SMS      string    `json:"sms,omitempty" yaml:"sms" maxLength:"500"`
	WeChat   string    `json:"wechat,omitempty" yaml:"wechat" maxLength:"500"`
	Email    Letter    `json:"email" yaml:"email"`
	Inbox    Letter    `json:"inbox" yaml:"inbox"`
	// Code is the name under which a gateway approved the SMS text.
	Code string `json:"code,omitempty" yaml:"code" maxLength:"60"`
}

// Letter is a text with a title.
type Letter struct {
	Title string `json:"title,omitempty" yaml:"title" maxLength:"100"`
	Text  string `json:"text,omitempty" yaml:"text" maxLength:"4000"`
}

// Var is a gap of a template.
type Var struct {
	Name string `json:"name" yaml:"name" maxLength:"40"`
	// Label says what it is, in Chinese.
	Label    string `json:"label" yaml:"label" maxLength:"40"`
	Example  string `json:"example" yaml:"example" maxLength:"200"`
	Optional bool   `json:"optional,omitempty" yaml:"optional"`
	// Max is the greatest number of characters; 0 means 60. What is longer is
	// cut.
	Max int `json:"max,omitempty" yaml:"max" minimum:"0" maximum:"500"`
}

// Text is what one channel says.
type Text struct{ Title, Text string }

// life is for how long the notice is of use.
func (t *Template) life() time.Duration { return time.Duration(t.Minutes) * time.Minute }

// letter is the unfilled text of a channel.
func (t *Template) letter(c Channel) Letter {
	switch c {
	case SMS:
		return Letter{Text: t.SMS}
	case WeChat:
		return Letter{Title: t.Name, Text: t.WeChat}
	case Email:
		return t.Email
	case Inbox:
		return t.Inbox
	default:
		return Letter{}
	}
}

// fill is what a channel says with the values.
func (t *Template) fill(c Channel, vars map[string]string) Text {
	l := t.letter(c)
	return Text{oneLine(fill(l.Title, vars)), fill(l.Text, vars)}
}

// hidden stands for what was secret and is forgotten.
func (t *Template) hidden() map[string]string {
	vars := map[string]string{}
	for _, v := range t.Vars {
		vars[v.Name] = "******"
	}
	return vars
}

// examples are values to show the texts with.
func (t *Template) examples() map[string]string {
	vars := map[string]string{}
	for _, v := range t.Vars {
		vars[v.Name] = v.Example
	}
	return vars
}

var (
	gap      = regexp.MustCompile(`\{([^{}]*)\}`)
	optional = regexp.MustCompile(`\[([^\[\]]*)\]`)
	varName  = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,39}$`)
	textKey  = regexp.MustCompile(`^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$`)
)

// fill puts the values into text. Values are never read as text with gaps.
func fill(text string, vars map[string]string) string {
	text = optional.ReplaceAllStringFunc(text, func(part string) string {
		for _, m := range gap.FindAllStringSubmatch(part, -1) {
			if vars[m[1]] == "" {
				return ""
			}
		}
		return part[1 : len(part)-1]
	})
	return gap.ReplaceAllStringFunc(text, func(g string) string { return vars[g[1:len(g)-1]] })
}

// values takes from given what the template has gaps for, cleaned; the error
// names a variable that is missing.
func (t *Template) values(given map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(t.Vars))
	for _, v := range t.Vars {
		text := clean(given[v.Name], v.Max)
		if text == "" && !v.Optional {
			return nil, fmt.Errorf("template %s: variable %q is missing", t.Key, v.Name)
		}
		out[v.Name] = text
	}
	return out, nil
}

// check returns ErrText with what is wrong, or nil.
func (t *Template) check() error {
	wrong := ErrText
	if !textKey.MatchString(t.Key) || len(t.Key) > 60 {
		wrong = wrong.Wrong("key", "模板编号须形如 appointment.booked")
	}
	if n := utf8.RuneCountInString(t.Name); n < 2 || n > 40 {
		wrong = wrong.Wrong("name", "名称须为 2 至 40 个字")
	}
	if t.Minutes < 1 || t.Minutes > 43200 {
		wrong = wrong.Wrong("minutes", "有效时间须为 1 分钟至 30 天")
	}
	for _, c := range t.Channels {
		if c != SMS && c != WeChat && c != Email {
			wrong = wrong.Wrong("channels", "没有这种渠道："+string(c))
		} else if t.letter(c).Text == "" {
			wrong = wrong.Wrong(string(c), "请填写该渠道的内容")
		}
	}
	if len(t.Channels) == 0 && t.Inbox.Text == "" {
		wrong = wrong.Wrong("channels", "至少需要一种渠道")
	}
	if (t.Email.Text == "") != (t.Email.Title == "") || (t.Inbox.Text == "") != (t.Inbox.Title == "") {
		wrong = wrong.Wrong("title", "邮件和站内消息须同时有标题和正文")
	}
	optionals := map[string]bool{}
	for _, v := range t.Vars {
		if _, twice := optionals[v.Name]; twice || !varName.MatchString(v.Name) || v.Example == "" || v.Max < 0 || v.Max > 500 {
			wrong = wrong.Wrong("vars", "变量“"+v.Name+"”有误")
		}
		optionals[v.Name] = v.Optional
	}
	for _, p := range []struct{ field, text string }{
		{"sms", t.SMS},
		{"wechat", t.WeChat},
		{"email.title", t.Email.Title},
		{"email.text", t.Email.Text},
		{"inbox.title", t.Inbox.Title},
		{"inbox.text", t.Inbox.Text},
	} {
		if why := checkText(p.text, optionals); why != "" {
			wrong = wrong.Wrong(p.field, why)
		}
	}
	if utf8.RuneCountInString(fill(t.SMS, t.examples())) > maxSMS {
		wrong = wrong.Wrong("sms", "短信不能超过 350 个字")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// maxSMS is the length of an SMS text, in characters: five parts.
const maxSMS = 350

// checkText tells in Chinese what is wrong with a text, or nothing. optionals
// are the variables, and whether each may be empty.
func checkText(text string, optionals map[string]bool) string {
	if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unwanted(r) }) || !utf8.ValidString(text) {
		return "含有不能使用的字符"
	}
	bare := optional.ReplaceAllString(text, "")
	if strings.ContainsAny(bare, "[]") || strings.ContainsAny(gap.ReplaceAllString(text, ""), "{}") {
		return "括号不成对"
	}
	for _, m := range gap.FindAllStringSubmatch(text, -1) {
		if _, ok := optionals[m[1]]; !ok {
			return "没有变量“" + m[1] + "”"
		}
	}
	for _, m := range gap.FindAllStringSubmatch(bare, -1) {
		if optionals[m[1]] {
			return "可以为空的变量“" + m[1] + "”须放在方括号内"
		}
	}
	return ""
}

// readProductTexts reads the texts that come with the program, by key.
func readProductTexts() ([]Template, error) {
	files, err := fs.Glob(productTexts, "templates/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []Template
	for _, name := range files {
		f, err := productTexts.Open(name)
		if err != nil {
			return nil, err
		}
		var list []Template
		dec := yaml.NewDecoder(f)
		dec.KnownFields(true)
		err = errors.Join(dec.Decode(&list), f.Close())
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b Template) int { return strings.Compare(a.Key, b.Key) })
	for i := range all {
		all[i].normalise()
		if err := all[i].check(); err != nil {
			return nil, fmt.Errorf("text %s: %w", all[i].Key, err)
		}
		if i > 0 && all[i].Key == all[i-1].Key {
			return nil, fmt.Errorf("text %s is there twice", all[i].Key)
		}
	}
	return all, nil
}

// normalise gives lists that are never null and texts without outer space.
func (t *Template) normalise() {
	t.Channels, t.Vars = append([]Channel{}, t.Channels...), append([]Var{}, t.Vars...)
	for _, p := range []*string{&t.Name, &t.SMS, &t.WeChat, &t.Email.Title, &t.Email.Text, &t.Inbox.Title, &t.Inbox.Text, &t.Code} {
		*p = strings.TrimSpace(*p)
	}
}
