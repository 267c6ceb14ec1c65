package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// Config is an agent's YAML file. Unknown keys are errors.
type Config struct {
	// Agent is the agent's name in the hall, such as kiosk-1.
	Agent string `yaml:"agent"`
	// Hall is the hall-server's link: ws://host:port/link, or wss.
	Hall string `yaml:"hall"`
	// Token proves the name. Either it stands here or TokenFile names a file
	// whose only line it is.
	Token     string `yaml:"token"`
	TokenFile string `yaml:"token_file"`
	// Listen is the host:port of the agent's pages.
	Listen string `yaml:"listen"`
	// Data is the folder of the agent's spool.
	Data string `yaml:"data"`
	// Name is what people call the place: 一楼大厅 1 号取号机.
	Name string `yaml:"name"`
	// Zone is the id of the zone where it stands.
	Zone string `yaml:"zone"`
	// Idle is how long a kiosk's page waits before it clears itself; 45 s if
	// absent.
	Idle time.Duration `yaml:"idle"`
	// Window is the number of a counter's window.
	Window string `yaml:"window"`
	// Ticket is what a kiosk gives out: paper, or label for adhesive labels, and
	// paper while no label can be printed; paper if absent.
	Ticket string `yaml:"ticket"`
	// RatingWait is how long a counter's pad waits for a key; 20 s if absent.
	RatingWait time.Duration `yaml:"rating_wait"`
	// PadListen is the host:port where a counter lets tablets of the hall's
	// network open the citizen's page, with a token; empty lets none.
	PadListen string `yaml:"pad_listen"`
	// Kiosk is what a kiosk's page offers.
	Kiosk Kiosk `yaml:"kiosk"`
	// Voice is the loudspeaker of a display, and how a kiosk's page speaks.
	Voice Voice `yaml:"voice"`
	// Profiles is a folder of the technician's own firmware profiles, laid over
	// those that come with the program; empty means none.
	Profiles string `yaml:"profiles"`
	// Languages is a folder of language files for the pages, see package
	// languages; the folder languages in Data if absent.
	Languages string `yaml:"languages"`
	// PhotoDecoder is a program, with its arguments, that turns a card's photo
	// into a picture, see package photo; without one pages show a silhouette.
	// Counters and kiosks.
	PhotoDecoder []string `yaml:"photo_decoder"`
	// Face has a kiosk compare whoever applies there with the card's photo; it
	// needs PhotoDecoder and a camera that the browser sees. Off if absent.
	Face Face `yaml:"face"`
	// Devices are what is plugged in.
	Devices []device.Config `yaml:"devices"`
}

// Face is how a kiosk compares faces.
type Face struct {
	On bool `yaml:"on"`
	// Threshold is how alike two pictures of one person must be, 0 to 1; 0.55 if
	// absent. Two people have come as near as 0.48.
	Threshold float64 `yaml:"threshold"`
}

// Voice is how a display or a kiosk speaks.
type Voice struct {
	// Enabled has a display speak, and a kiosk from the first touch on.
	Enabled bool `yaml:"enabled"`
	// Elder has a kiosk speak in elderly mode without being told to.
	Elder bool `yaml:"elder"`
	// Volume is 1 to 100; 0 means 100.
	Volume int `yaml:"volume"`
	// Clips is a folder of WAV files that replaces the voice that comes with
	// the program; see firmware-profiles/engine/audio/clips and, for kiosks,
	// kiosk-agent/kiosk/clips.
	Clips string `yaml:"clips"`
}

// What a kiosk gives out.
const (
	TicketPaper = "paper"
	TicketLabel = "label"
)

// Defaults of settings that a file may leave out.
const (
	defaultIdle       = 45 * time.Second
	defaultRatingWait = 20 * time.Second
	defaultVolume     = 100
	defaultThreshold  = 0.55
)

// LoadConfig reads the file at path for an agent of role. Its error names the
// file and, where it can, the line; it lists all mistakes of the first kind
// that it meets.
func LoadConfig(path string, role link.Role) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	c, err := ParseConfig(data, role)
	if err != nil {
		return nil, fmt.Errorf("settings %s: %w", path, err)
	}
	if c.TokenFile != "" {
		token, err := os.ReadFile(c.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("settings %s: read token: %w", path, err)
		}
		c.Token = strings.TrimSpace(string(token))
		if c.Token == "" {
			return nil, fmt.Errorf("settings %s: token file %s is empty", path, c.TokenFile)
		}
	}
	return c, nil
}

// ParseConfig reads the settings of an agent of role and fills in defaults. A
// token file isn't opened.
func ParseConfig(data []byte, role link.Role) (*Config, error) {
	var c Config
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		return nil, plainYAML(err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one YAML document")
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, plainYAML(err)
	}
	if err := c.check(role, lines{&root}); err != nil {
		return nil, err
	}
	c.fill()
	return &c, nil
}

// fill sets the defaults.
func (c *Config) fill() {
	if c.Idle == 0 {
		c.Idle = defaultIdle
	}
	if c.RatingWait == 0 {
		c.RatingWait = defaultRatingWait
	}
	if c.Voice.Volume == 0 {
		c.Voice.Volume = defaultVolume
	}
	if c.Face.Threshold == 0 {
		c.Face.Threshold = defaultThreshold
	}
	if c.Name == "" {
		c.Name = c.Agent
	}
	if c.Languages == "" {
		c.Languages = filepath.Join(c.Data, "languages")
	}
}

// check returns all mistakes in what the settings mean, each with its line.
func (c *Config) check(role link.Role, at lines) error {
	var errs []error
	fail := func(where int, format string, args ...any) {
		errs = append(errs, fmt.Errorf("line %d: "+format, append([]any{where}, args...)...))
	}
	for _, need := range []struct{ key, value string }{
		{"agent", c.Agent}, {"hall", c.Hall}, {"listen", c.Listen}, {"data", c.Data},
	} {
		if need.value == "" {
			errs = append(errs, fmt.Errorf("%s is missing", need.key))
		}
	}
	if c.Agent != "" && !namePattern.MatchString(c.Agent) {
		fail(at.of("agent"), "agent %q: only lower-case letters, digits and - are allowed", c.Agent)
	}
	if err := checkHall(c.Hall); c.Hall != "" && err != nil {
		fail(at.of("hall"), "hall: %w", err)
	}
	if err := checkListen(c.Listen); c.Listen != "" && err != nil {
		fail(at.of("listen"), "listen: %w", err)
	}
	if c.PadListen != "" {
		if role != link.RoleCounter {
			fail(at.of("pad_listen"), "pad_listen is for counters")
		}
		if err := checkListen(c.PadListen); err != nil {
			fail(at.of("pad_listen"), "pad_listen: %w", err)
		}
	}
	switch {
	case c.Token == "" && c.TokenFile == "":
		errs = append(errs, errors.New("token or token_file is missing"))
	case c.Token != "" && c.TokenFile != "":
		fail(at.of("token_file"), "token and token_file exclude each other")
	}
	if c.Idle < 0 || c.Idle > 10*time.Minute {
		fail(at.of("idle"), "idle %v: 0 to 10m is allowed", c.Idle)
	}
	if c.RatingWait < 0 || c.RatingWait > 5*time.Minute {
		fail(at.of("rating_wait"), "rating_wait %v: 0 to 5m is allowed", c.RatingWait)
	}
	if c.Ticket != "" && (role != link.RoleKiosk || c.Ticket != TicketPaper && c.Ticket != TicketLabel) {
		fail(at.of("ticket"), "ticket %q: a kiosk gives out paper or label", c.Ticket)
	}
	if err := c.Kiosk.check(role); err != nil {
		fail(at.of("kiosk"), "%w", err)
	}
	if c.Voice.Elder && role != link.RoleKiosk {
		fail(at.of("voice", "elder"), "voice elder is for kiosks")
	}
	if c.Voice.Volume < 0 || c.Voice.Volume > 100 {
		fail(at.of("voice", "volume"), "voice volume %d: 1 to 100 is allowed", c.Voice.Volume)
	}
	if len(c.PhotoDecoder) > 0 && (role == link.RoleDisplay || c.PhotoDecoder[0] == "") {
		fail(at.of("photo_decoder"), "photo_decoder: a counter's or kiosk's program is wanted")
	}
	if c.Face != (Face{}) && role != link.RoleKiosk {
		fail(at.of("face"), "face is for kiosks")
	}
	if t := c.Face.Threshold; !(t >= 0 && t <= 1) { // not a number is neither
		fail(at.of("face", "threshold"), "face threshold %v: 0 to 1 is allowed", t)
	}
	if role == link.RoleCounter && c.Window == "" {
		errs = append(errs, errors.New("window is missing"))
	}
	seen := map[string]bool{}
	for i, d := range c.Devices {
		if err := checkDevice(d, seen); err != nil {
			fail(at.item("devices", i), "device %d: %w", i+1, err)
		}
	}
	return errors.Join(errs...)
}

// namePattern is what the names of agents and devices look like.
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// checkDevice checks one device; seen collects the ids.
func checkDevice(d device.Config, seen map[string]bool) error {
	if !namePattern.MatchString(d.ID) {
		return fmt.Errorf("id %q: only lower-case letters, digits and - are allowed", d.ID)
	}
	if seen[d.ID] {
		return fmt.Errorf("id %q stands twice", d.ID)
	}
	seen[d.ID] = true
	if d.Profile == "" {
		return fmt.Errorf("%s: profile is missing", d.ID)
	}
	if d.Port == "" {
		return fmt.Errorf("%s: port is missing", d.ID)
	}
	if address, ok := strings.CutPrefix(d.Port, "tcp://"); ok {
		if err := checkListen(address); err != nil {
			return fmt.Errorf("%s: port %s: %w", d.ID, d.Port, err)
		}
	}
	if _, err := rollLength(d.Roll); err != nil {
		return fmt.Errorf("%s: %w", d.ID, err)
	}
	if d.Baud < 0 {
		return fmt.Errorf("%s: baud %d is negative", d.ID, d.Baud)
	}
	return nil
}

// checkHall checks the link's URL.
func checkHall(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return err
	}
	if u.Scheme != "ws" && u.Scheme != "wss" {
		return fmt.Errorf("%q doesn't begin with ws:// or wss://", raw)
	}
	if u.Host == "" {
		return fmt.Errorf("%q names no host", raw)
	}
	return nil
}

// checkListen checks a host:port.
func checkListen(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("port %q isn't a number from 0 to 65535", port)
	}
	return nil
}

// spoolPath is where the agent's spool lives.
func (c *Config) spoolPath() string { return filepath.Join(c.Data, "spool.db") }

// documentsPath is where documents wait for the hall.
func (c *Config) documentsPath() string { return filepath.Join(c.Data, "documents") }

// goType finds the Go type in the decoder's messages, which means nothing to
// whoever wrote the file.
var goType = regexp.MustCompile(`field (\S+) (not found|already set) in type \S+`)

// plainYAML words the decoder's errors for the writer of the file.
func plainYAML(err error) error {
	var types *yaml.TypeError
	if !errors.As(err, &types) {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var errs []error
	for _, text := range types.Errors {
		text = goType.ReplaceAllStringFunc(text, func(s string) string {
			m := goType.FindStringSubmatch(s)
			if m[2] == "not found" {
				return fmt.Sprintf("unknown key %q", m[1])
			}
			return fmt.Sprintf("key %q stands twice", m[1])
		})
		errs = append(errs, errors.New(text))
	}
	return errors.Join(errs...)
}

// lines finds the line of a key in a YAML document.
type lines struct{ root *yaml.Node }

// of returns the line of the value at the path of keys, 0 if it isn't there.
func (l lines) of(keys ...string) int {
	if n := l.node(keys...); n != nil {
		return n.Line
	}
	return 0
}

// item returns the line of the i-th item of the list under key.
func (l lines) item(key string, i int) int {
	n := l.node(key)
	if n == nil || i >= len(n.Content) {
		return 0
	}
	return n.Content[i].Line
}

func (l lines) node(keys ...string) *yaml.Node {
	n := l.root
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for _, key := range keys {
		n = child(n, key)
		if n == nil {
			return nil
		}
	}
	return n
}

func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
