package hall

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"smarthall/hall-server/internal/message"
)

// MaxFile is the largest hall file, in bytes.
const MaxFile = 1 << 20

// Mistake is one thing wrong in a hall file, in Chinese words.
type Mistake struct {
	// Path leads to what is wrong by keys and places, such as windows/0/number;
	// empty if the file can't be read that far.
	Path    string `json:"path,omitempty"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// Mistakes are all of a file's, in the order of their lines.
type Mistakes []Mistake

// Error implements error.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = fmt.Sprintf("第 %d 行：%s", m.Line, m.Message)
	}
	return strings.Join(lines, "\n")
}

// Parse reads a hall file. The error is Mistakes if the file can be blamed.
func Parse(data []byte) (*Hall, error) {
	if len(data) > MaxFile {
		return nil, Mistakes{{Line: 1, Column: 1, Message: fmt.Sprintf("文件超过 %d 字节", MaxFile)}}
	}
	if !utf8.Valid(data) {
		return nil, Mistakes{{Line: 1, Column: 1, Message: "文件不是 UTF-8 文本"}}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, mistakesOf(err)
	}
	h := defaults()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(h); err != nil {
		return nil, mistakesOf(err)
	}
	c := checker{root: &root}
	c.check(h)
	if len(c.found) > 0 {
		slices.SortStableFunc(c.found, func(a, b Mistake) int { return a.Line - b.Line })
		return nil, c.found
	}
	h.spread()
	spread := h.Queue()
	if ps := spread.Check(); len(ps) > 0 { // a post's id met a window's
		return nil, Mistakes{{Line: find(&root, "windows").Line, Column: 1, Message: ps[0].Message}}
	}
	return h, nil
}

// defaults is a hall with the settings that a file may leave out.
func defaults() *Hall {
	return &Hall{
		TimeZone:  "Asia/Shanghai",
		DayBegins: "04:00",
		Rules: Rules{
			RecallLimit: 3, RecallPause: 10 * time.Second, Overtaking: 10,
			OneLiveTicket: true, PauseLimit: 30 * time.Minute,
			RejoinWithin: 30 * time.Minute, RejoinTimes: 1, RejoinAfter: 3,
			CheckInEarly: 30 * time.Minute, CheckInLate: 10 * time.Minute,
		},
		Messages:  message.Defaults(),
		Documents: Documents{KeepDays: 30, PageKilobytes: 500},
		Presence:  Presence{Grace: 5 * time.Minute},
	}
}

var yamlLine = regexp.MustCompile(`(?s)^(?:yaml: )?line (\d+): (.*)$`)

// mistakesOf turns the YAML package's errors into mistakes.
func mistakesOf(err error) error {
	if errors.Is(err, io.EOF) {
		return Mistakes{{Line: 1, Column: 1, Message: "文件是空的"}}
	}
	texts := []string{err.Error()}
	var typeErr *yaml.TypeError
	if errors.As(err, &typeErr) {
		texts = typeErr.Errors
	}
	var out Mistakes
	for _, text := range texts {
		m := Mistake{Line: 1, Column: 1, Message: strings.TrimPrefix(text, "yaml: ")}
		if parts := yamlLine.FindStringSubmatch(text); parts != nil {
			m.Line, _ = strconv.Atoi(parts[1])
			m.Message = parts[2]
		}
		m.Message = translate(m.Message)
		out = append(out, m)
	}
	return out
}

// complaints are the YAML package's commonest complaints and what they mean.
var complaints = []struct {
	english *regexp.Regexp
	chinese string
}{
	{regexp.MustCompile(`^field (\S+) not found in type .*$`), "不认识的设置 $1"},
	{regexp.MustCompile("^cannot unmarshal !!\\w+ `(.*)` into time\\.Duration$"), "$1 不是时长，应如 15m 或 10s"},
	{regexp.MustCompile("^cannot unmarshal !!\\w+ `(.*)` into .*$"), "$1 不是这里要的值"},
	{regexp.MustCompile(`^cannot unmarshal !!(?:map|seq) into .*$`), "这里的结构不对"},
	{regexp.MustCompile(`^mapping key "(.*)" already defined.*$`), "设置 $1 写了两次"},
}

// translate puts a complaint of the YAML package into Chinese where it can.
func translate(message string) string {
	for _, p := range complaints {
		if p.english.MatchString(message) {
			return p.english.ReplaceAllString(message, p.chinese)
		}
	}
	return "格式有误：" + message
}

// checker finds what YAML can't: broken references and values out of range.
type checker struct {
	root  *yaml.Node
	found Mistakes
}

// add notes a mistake at path, such as windows/0/services/1.
func (c *checker) add(path, format string, args ...any) {
	node := find(c.root, path)
	c.found = append(c.found, Mistake{Path: path, Line: node.Line, Column: node.Column, Message: fmt.Sprintf(format, args...)})
}

// find follows path as far as the file has it.
func find(n *yaml.Node, path string) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for part := range strings.SplitSeq(path, "/") {
		next := child(n, part)
		if next == nil {
			break
		}
		n = next
	}
	return n
}

func child(n *yaml.Node, key string) *yaml.Node {
	switch n.Kind {
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

// fileKeys are the file's names of what queue.Config calls otherwise.
var fileKeys = map[string]string{"timeZone": "time_zone", "cutOff": "day_begins"}

func (c *checker) check(h *Hall) {
	if h.Name == "" {
		c.add("name", "大厅需要名称")
	}
	if u, err := url.Parse(h.URL); h.URL != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		c.add("url", "%q 不是地址，应如 http://hall.example", h.URL)
	}
	if _, err := minutes(h.DayBegins); err != nil {
		c.add("day_begins", "%v", err)
	}
	if h.Documents.KeepDays < 1 || h.Documents.KeepDays > 3650 {
		c.add("documents/keep_days", "只能是 1 到 3650 天")
	}
	if h.Documents.PageKilobytes < 50 || h.Documents.PageKilobytes > 4000 {
		c.add("documents/page_kilobytes", "只能是 50 到 4000 KB")
	}
	config := h.Queue()
	for _, p := range config.Check() {
		path := p.Path
		if key, ok := fileKeys[path]; ok {
			path = key
		}
		c.add(path, "%s", p.Message)
	}
	c.checkNames(h)
	c.checkStaff(h)
	c.checkAgents(h)
	c.checkTicket(h)
	c.checkHours(h)
	c.checkPauses(h)
	c.checkPlan(h)
	c.checkLanguages(h)
	c.checkAbout(h)
	c.checkRoster(h)
	c.checkVideo(h)
	c.checkCitizenCards(h)
	c.checkSites(h)
	var zones []string
	for _, z := range h.Zones {
		zones = append(zones, z.ID)
	}
	for _, m := range h.Messages.Check(zones) {
		c.add("messages/"+m.Path, "%s", m.Message)
	}
}

func (c *checker) checkNames(h *Hall) {
	zone := func(path, id string) {
		if !slices.ContainsFunc(h.Zones, func(z Zone) bool { return z.ID == id }) {
			c.add(path+"/zone", "没有区域 %q", id)
		}
	}
	for i, s := range h.Services {
		path := fmt.Sprintf("services/%d", i)
		zone(path, s.Zone)
		if s.Name == "" {
			c.add(path, "业务 %q 需要名称", s.ID)
		}
		for j, q := range s.Quotas {
			if _, err := hours(q.Hours); q.Hours != "" && err != nil {
				c.add(fmt.Sprintf("%s/quotas/%d", path, j), "%v", err)
			}
		}
	}
	if _, ok := needs[h.Rules.TicketsNeed]; !ok {
		c.add("rules/tickets_need", "只能是 enabled（有未停用的窗口）、open（有窗口在办理）或 all（窗口都未停用）")
	}
	c.channels("calls/channels", h.Calls.Channels)
	for _, id := range slices.Sorted(maps.Keys(h.Calls.Zones)) {
		path := "calls/zones/" + id
		if !slices.ContainsFunc(h.Zones, func(z Zone) bool { return z.ID == id }) {
			c.add(path, "没有区域 %q", id)
		}
		c.channels(path, h.Calls.Zones[id])
	}
	for i, s := range h.Series {
		if s.Kiosk != "" && !slices.ContainsFunc(h.Agents, func(a Agent) bool { return a.ID == s.Kiosk && a.Role == "kiosk" }) {
			c.add(fmt.Sprintf("series/%d/kiosk", i), "没有取号机 %q", s.Kiosk)
		}
		if s.WhenUsedUp != "" && s.WhenUsedUp != "grow" && s.WhenUsedUp != "refuse" {
			c.add(fmt.Sprintf("series/%d/when_used_up", i), "只能是 grow（加一位）或 refuse（停止取号）")
		}
	}
	for i, w := range h.Windows {
		path := fmt.Sprintf("windows/%d", i)
		zone(path, w.Zone)
		if w.Number == "" {
			c.add(path, "窗口 %q 需要门牌上的号码 number", w.ID)
		}
		if w.Posts < 0 || w.Posts > maxPosts {
			c.add(path+"/posts", "一个窗口最多 %d 个工位", maxPosts)
		}
		for j, text := range w.Attendance {
			if _, err := hours(text); err != nil {
				c.add(fmt.Sprintf("%s/attendance/%d", path, j), "%v", err)
			}
		}
	}
}

// maxPause is how long a window's text may be, in characters, as the link has it.
const maxPause = 60

func (c *checker) checkPauses(h *Hall) {
	for i, text := range h.Pauses {
		if n := utf8.RuneCountInString(text); strings.TrimSpace(text) == "" || n > maxPause {
			c.add(fmt.Sprintf("pauses/%d", i), "暂停用语不能为空，最多 %d 个字", maxPause)
		}
	}
}

// maxPosts is how many posts a window may have.
const maxPosts = 4

// channels checks a list of ways to call people.
func (c *checker) channels(path string, list []string) {
	for i, channel := range list {
		if !slices.Contains([]string{"board", "window", "led", "voice"}, channel) {
			c.add(fmt.Sprintf("%s/%d", path, i), "叫号渠道只能是 board、window、led、voice")
		}
	}
}

func (c *checker) checkStaff(h *Hall) {
	for i, s := range h.Staff {
		path := fmt.Sprintf("staff/%d", i)
		if s.ID == "" || s.Name == "" || slices.IndexFunc(h.Staff, func(o Staff) bool { return o.ID == s.ID }) != i {
			c.add(path, "人员编号 %q 为空或重复，或缺少姓名", s.ID)
		}
		if s.Role != "clerk" && s.Role != "manager" && s.Role != "admin" {
			c.add(path+"/role", "role 只能是 clerk、manager 或 admin")
		}
		if !strings.HasPrefix(s.Password, "$2") {
			c.add(path+"/password", "口令必须是 bcrypt 散列，可用 hall-server password 生成")
		}
	}
}

func (c *checker) checkAgents(h *Hall) {
	for i, a := range h.Agents {
		path := fmt.Sprintf("agents/%d", i)
		if a.ID == "" || slices.IndexFunc(h.Agents, func(o Agent) bool { return o.ID == a.ID }) != i {
			c.add(path, "终端编号 %q 为空或重复", a.ID)
		}
		switch a.Role {
		case "kiosk", "display":
		case "counter":
			if !h.hasWindow(a.Window) {
				c.add(path+"/window", "没有窗口 %q", a.Window)
			}
		default:
			c.add(path+"/role", "role 只能是 kiosk、counter 或 display")
		}
		c.checkDevices(path, h, &h.Agents[i])
	}
}
