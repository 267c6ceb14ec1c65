package message

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Settings are the hall's, in its file.
type Settings struct {
	// SMS and WeChat are switched separately.
	SMS    ChannelSettings `yaml:"sms"`
	WeChat ChannelSettings `yaml:"wechat"`
	// Soon is at how many people ahead a citizen is told to come back.
	Soon int `yaml:"soon"`
	// PerPhone and PerHall are the messages of a day; 0 means no limit.
	PerPhone int `yaml:"per_phone"`
	PerHall  int `yaml:"per_hall"`
	// Templates replace the texts of events.
	Templates map[Event]Template `yaml:"templates"`
}

// ChannelSettings are those of one channel.
type ChannelSettings struct {
	On bool `yaml:"on"`
	// Events are those that go this way, Zones the zones whose services do;
	// empty means all.
	Events []Event  `yaml:"events"`
	Zones  []string `yaml:"zones"`
	// Unasked tells whether citizens who gave a number get messages unless they
	// decline; else only those who ask for them.
	Unasked bool `yaml:"unasked"`
	// Provider is outbox (the default: nothing is sent, staff see it) or http.
	Provider string  `yaml:"provider"`
	Gateway  Gateway `yaml:"gateway"`
}

// The providers.
const (
	ProviderOutbox = "outbox"
	ProviderHTTP   = "http"
)

// Gateway is an HTTP service that sends messages.
type Gateway struct {
	URL string `yaml:"url"`
	// Method is POST by default.
	Method string `yaml:"method"`
	// Headers and Body may have {phone} {text} {id} {code} {secret} and the
	// variables of templates. Body is JSON; each is put in as a JSON string, or
	// into one.
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
	// SecretFile has what stands for {secret}, so that the hall's file hasn't.
	SecretFile string `yaml:"secret_file"`
	// Timeout bounds one try; 10s by default.
	Timeout time.Duration `yaml:"timeout"`
	Success Success       `yaml:"success"`
	Receipt Mapping       `yaml:"receipt"`
}

// Success tells which answers mean that the gateway took the message.
type Success struct {
	// Field is where the JSON answer says so, such as result.code, and Equals
	// what it says then. Without a field every 2xx answer does.
	Field  string `yaml:"field"`
	Equals string `yaml:"equals"`
	// ID is where its own id is, Reason where it says why not.
	ID     string `yaml:"id"`
	Reason string `yaml:"reason"`
	// Refused are what Field says when trying again is of no use: a number that
	// doesn't exist, a forbidden word.
	Refused []string `yaml:"refused"`
}

// Mapping tells where a delivery receipt, posted by the gateway as an object
// or a list of them, says what.
type Mapping struct {
	// ID is where the message's id is, the gateway's or ours; id by default.
	ID string `yaml:"id"`
	// State is state by default; Delivered are its words for success, by
	// default delivered and DELIVRD.
	State     string   `yaml:"state"`
	Delivered []string `yaml:"delivered"`
	// Reason is reason by default.
	Reason string `yaml:"reason"`
}

// Defaults are the settings of a hall that says nothing: both texts and
// receipts can be seen in the outbox, and nothing leaves the hall.
func Defaults() Settings {
	return Settings{
		SMS: ChannelSettings{On: true, Unasked: true, Provider: ProviderOutbox}, WeChat: ChannelSettings{Provider: ProviderOutbox},
		Soon: 3, PerPhone: 20, PerHall: 20000,
	}
}

// Channel returns the settings of c.
func (s *Settings) Channel(c Channel) *ChannelSettings {
	if c == WeChat {
		return &s.WeChat
	}
	return &s.SMS
}

// carries tells whether messages about e in zone go this way.
func (c *ChannelSettings) carries(e Event, zone string) bool {
	return c.On && (len(c.Events) == 0 || slices.Contains(c.Events, e)) &&
		(len(c.Zones) == 0 || slices.Contains(c.Zones, zone))
}

// Mistake is one thing wrong in the settings. Path leads to it, such as
// sms/gateway/url; Message is Chinese.
type Mistake struct{ Path, Message string }

// Limits of settings.
const (
	maxSoon     = 20
	maxTimeout  = time.Minute
	maxTemplate = 500
)

// Check returns what is wrong; zones are the ids of the hall's.
func (s *Settings) Check(zones []string) []Mistake {
	var found []Mistake
	add := func(path, format string, args ...any) {
		found = append(found, Mistake{path, fmt.Sprintf(format, args...)})
	}
	if s.Soon < 1 || s.Soon > maxSoon {
		add("soon", "提前提醒的人数应在 1 到 %d 之间", maxSoon)
	}
	if s.PerPhone < 0 {
		add("per_phone", "每个号码每天的条数不能是负数")
	}
	if s.PerHall < 0 {
		add("per_hall", "全大厅每天的条数不能是负数")
	}
	for e, tpl := range s.Templates {
		path := "templates/" + string(e)
		if !slices.Contains(Events(), e) {
			add(path, "没有“%s”这种消息", e)
			continue
		}
		if why := tpl.check(); why != "" {
			add(path, "%s", why)
		}
	}
	for _, c := range Channels() {
		s.Channel(c).check(string(c), zones, add)
	}
	slices.SortFunc(found, func(a, b Mistake) int { return strings.Compare(a.Path, b.Path) })
	return found
}

func (c *ChannelSettings) check(path string, zones []string, add func(path, format string, args ...any)) {
	for i, e := range c.Events {
		if !slices.Contains(Events(), e) {
			add(fmt.Sprintf("%s/events/%d", path, i), "没有“%s”这种消息", e)
		}
	}
	for i, z := range c.Zones {
		if !slices.Contains(zones, z) {
			add(fmt.Sprintf("%s/zones/%d", path, i), "没有区域“%s”", z)
		}
	}
	switch c.Provider {
	case "", ProviderOutbox:
	case ProviderHTTP:
		c.Gateway.check(path+"/gateway", add)
	default:
		add(path+"/provider", "发送方式只能是 %s 或 %s", ProviderOutbox, ProviderHTTP)
	}
}

func (g *Gateway) check(path string, add func(path, format string, args ...any)) {
	u, err := url.Parse(g.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		add(path+"/url", "网关地址应以 http:// 或 https:// 开头")
	}
	if g.Method != "" && g.Method != http.MethodPost && g.Method != http.MethodPut {
		add(path+"/method", "请求方法只能是 POST 或 PUT")
	}
	if g.Timeout < 0 || g.Timeout > maxTimeout {
		add(path+"/timeout", "等待时间不能超过 %s", maxTimeout)
	}
	if g.Body != "" && !json.Valid([]byte(g.Body)) {
		add(path+"/body", "请求内容不是 JSON")
	}
	if why := unknownIn(g.Body, gatewayNames); why != "" {
		add(path+"/body", "%s", why)
	}
	for name, value := range g.Headers {
		if why := unknownIn(value, gatewayNames); why != "" {
			add(path+"/headers/"+name, "%s", why)
		}
		if strings.ContainsAny(name+value, "\r\n") {
			add(path+"/headers/"+name, "请求头不能换行")
		}
	}
	if (g.Success.Field == "") != (g.Success.Equals == "") {
		add(path+"/success", "field 和 equals 要一起填写")
	}
}

// check says what is wrong with a template, or "".
func (t Template) check() string {
	if t.Version < 1 {
		return "模板要有版本号，从 1 开始"
	}
	if n := utf8.RuneCountInString(t.Text); n == 0 || n > maxTemplate {
		return fmt.Sprintf("模板应有 1 到 %d 个字", maxTemplate)
	}
	if strings.Count(t.Text, "[") != strings.Count(t.Text, "]") || !nested(t.Text) {
		return "模板的方括号没有配对"
	}
	return unknownIn(t.Text, templateNames)
}
