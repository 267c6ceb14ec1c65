package hall

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxFile is the largest hall file, in bytes.
const MaxFile = 1 << 20

// Mistake is one thing wrong in a hall file.
type Mistake struct {
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
		lines[i] = fmt.Sprintf("line %d: %s", m.Line, m.Message)
	}
	return strings.Join(lines, "\n")
}

// Parse reads a hall file. The error is Mistakes if the file can be blamed.
func Parse(data []byte) (*Hall, error) {
	if len(data) > MaxFile {
		return nil, Mistakes{{Line: 1, Column: 1, Message: fmt.Sprintf("the file is larger than %d bytes", MaxFile)}}
	}
	if !utf8.Valid(data) {
		return nil, Mistakes{{Line: 1, Column: 1, Message: "the file is not UTF-8 text"}}
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
		},
	}
}

var yamlLine = regexp.MustCompile(`(?s)^(?:yaml: )?line (\d+): (.*)$`)

// mistakesOf turns the YAML package's errors into mistakes.
func mistakesOf(err error) error {
	if errors.Is(err, io.EOF) {
		return Mistakes{{Line: 1, Column: 1, Message: "the file is empty"}}
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
		out = append(out, m)
	}
	return out
}

// checker finds what YAML can't: broken references and values out of range.
type checker struct {
	root  *yaml.Node
	found Mistakes
}

// add notes a mistake at path, such as windows/0/services/1.
func (c *checker) add(path, format string, args ...any) {
	node := find(c.root, path)
	c.found = append(c.found, Mistake{Line: node.Line, Column: node.Column, Message: fmt.Sprintf(format, args...)})
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
		c.add("name", "the hall needs a name")
	}
	if u, err := url.Parse(h.URL); h.URL != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		c.add("url", "%q is not an address such as http://hall.example", h.URL)
	}
	if _, err := minutes(h.DayBegins); err != nil {
		c.add("day_begins", "%v", err)
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
}

func (c *checker) checkNames(h *Hall) {
	zone := func(path, id string) {
		if !slices.ContainsFunc(h.Zones, func(z Zone) bool { return z.ID == id }) {
			c.add(path+"/zone", "zone %q does not exist", id)
		}
	}
	for i, s := range h.Services {
		path := fmt.Sprintf("services/%d", i)
		zone(path, s.Zone)
		if s.Name == "" {
			c.add(path, "service %q needs a name", s.ID)
		}
	}
	for i, s := range h.Series {
		if s.WhenUsedUp != "" && s.WhenUsedUp != "grow" && s.WhenUsedUp != "refuse" {
			c.add(fmt.Sprintf("series/%d/when_used_up", i), "must be grow or refuse")
		}
	}
	for i, w := range h.Windows {
		path := fmt.Sprintf("windows/%d", i)
		zone(path, w.Zone)
		if w.Number == "" {
			c.add(path, "window %q needs the number on its sign", w.ID)
		}
		for j, text := range w.Attendance {
			if _, err := hours(text); err != nil {
				c.add(fmt.Sprintf("%s/attendance/%d", path, j), "%v", err)
			}
		}
	}
}

func (c *checker) checkStaff(h *Hall) {
	for i, s := range h.Staff {
		path := fmt.Sprintf("staff/%d", i)
		if s.ID == "" || s.Name == "" || slices.IndexFunc(h.Staff, func(o Staff) bool { return o.ID == s.ID }) != i {
			c.add(path, "staff id %q is empty or used twice, or the name is missing", s.ID)
		}
		if s.Role != "clerk" && s.Role != "manager" && s.Role != "admin" {
			c.add(path+"/role", "role must be clerk, manager or admin")
		}
		if !strings.HasPrefix(s.Password, "$2") {
			c.add(path+"/password", "password must be a bcrypt hash; hall-server password makes one")
		}
	}
}

func (c *checker) checkAgents(h *Hall) {
	for i, a := range h.Agents {
		path := fmt.Sprintf("agents/%d", i)
		if a.ID == "" || slices.IndexFunc(h.Agents, func(o Agent) bool { return o.ID == a.ID }) != i {
			c.add(path, "agent id %q is empty or used twice", a.ID)
		}
		switch a.Role {
		case "kiosk", "display":
		case "counter":
			if !slices.ContainsFunc(h.Windows, func(w Window) bool { return w.ID == a.Window }) {
				c.add(path+"/window", "window %q does not exist", a.Window)
			}
		default:
			c.add(path+"/role", "role must be kiosk, counter or display")
		}
	}
}
