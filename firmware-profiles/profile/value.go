package profile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// errNode is an error about one node of a file.
type errNode struct {
	node *yaml.Node
	zh   string
	en   string
}

func (e *errNode) Error() string { return e.en }

// bad is an errNode with formatted texts; args are used in both.
func bad(n *yaml.Node, zh, en string, args ...any) error {
	return &errNode{node: n, zh: fmt.Sprintf(zh, args...), en: fmt.Sprintf(en, args...)}
}

// UnmarshalYAML reads 400ms or 3s.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 || v > 10*time.Minute {
		return bad(n, "“%s”不是 400ms、3s 这样的时长（最长 10m）", "%q is not a duration such as 400ms or 3s (at most 10m)", n.Value)
	}
	*d = Duration(v)
	return nil
}

// Ints is a list of whole numbers; a file may write a single one bare.
type Ints []int

// UnmarshalYAML reads 9600 or [115200, 9600].
func (i *Ints) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		var one int
		if err := n.Decode(&one); err != nil {
			return bad(n, "“%s”不是整数", "%q is not a whole number", n.Value)
		}
		*i = Ints{one}
		return nil
	}
	var many []int
	if err := n.Decode(&many); err != nil {
		return bad(n, "这里应为整数列表", "a list of whole numbers is expected here")
	}
	*i = many
	return nil
}

// Bytes are raw bytes, written in a file as hex; spaces group them at will.
type Bytes []byte

// String is the hex form in upper case, two digits a byte.
func (b Bytes) String() string { return fmt.Sprintf("% X", []byte(b)) }

// ParseBytes reads hex with any white space in it.
func ParseBytes(s string) (Bytes, error) {
	compact := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
	if compact == "" {
		return nil, errors.New("no bytes")
	}
	b, err := hex.DecodeString(compact)
	if err != nil {
		return nil, fmt.Errorf("read hex: %w", err)
	}
	return b, nil
}

// UnmarshalYAML reads hex text.
func (b *Bytes) UnmarshalYAML(n *yaml.Node) error {
	v, err := ParseBytes(n.Value)
	if err != nil || n.Kind != yaml.ScalarNode {
		return bad(n, "“%s”不是十六进制字节（例如 \"AA 01 55\"，要加引号）", "%q is not bytes in hex (such as \"AA 01 55\", quoted)", n.Value)
	}
	*b = v
	return nil
}

// UnmarshalYAML reads a bare level, or a mapping with a note.
func (e *Evidence) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		e.Level = n.Value
		return nil
	}
	type plain Evidence
	return n.Decode((*plain)(e))
}

// The commands that engines send. Every framed pad has arm; the others are
// sent to devices whose profile has them.
const (
	// CommandArm asks a pad for one rating, CommandDisarm takes that back.
	CommandArm    = "arm"
	CommandDisarm = "disarm"
	// CommandSay has a pad say InputPrompt.
	CommandSay = "say"
	// CommandShow has a keypad show InputNumber and InputWaiting, and an LED
	// strip InputText.
	CommandShow = "show"
	// CommandPing asks any device whether it is there. It changes nothing.
	CommandPing = "ping"
)

// Command is a message to a framed device.
type Command struct {
	// Frame names the frame it is sent in.
	Frame string `yaml:"frame"`
	// Set gives every value field of the frame a number, a text, a $parameter
	// or an @input.
	Set map[string]any `yaml:"set"`
	// Reply is the frame that confirms the command; nil means none comes.
	Reply *Pattern `yaml:"reply"`
	// ReplyWithin is how long to wait for it.
	ReplyWithin Duration `yaml:"reply_within"`
}

// Pattern is a frame with some of its fields fixed.
type Pattern struct {
	Frame string `yaml:"frame"`
	// When fixes fields to a number, a text or a $parameter; the others may be
	// anything.
	When map[string]any `yaml:"when"`
}

// EventKind is what a framed device can tell.
type EventKind string

// The event kinds.
const (
	EmitScore EventKind = "score" // a rating, 5 to 1
	EmitKey   EventKind = "key"   // a key's number
	EmitCode  EventKind = "code"  // a scanned text
	EmitState EventKind = "state" // a neutral state
	// EmitAction is what a keypad's key orders: a device.Action.
	EmitAction EventKind = "action"
)

// Event is a message from a framed device.
type Event struct {
	Pattern `yaml:",inline"`
	Emit    EventKind `yaml:"emit"`
	// Value names the field that carries the event's value. It may be left out
	// when Map names it.
	Value string `yaml:"value"`
	// Map translates the field's wire value; a value that isn't in it is
	// reported as unmapped and changes nothing.
	Map map[string]map[string]any `yaml:"map"`
	// Debounce is how long the same value again is taken for the same press.
	Debounce Duration `yaml:"debounce"`
}

// field is the name of the field that carries the event's value.
func (e Event) field() string {
	if e.Value != "" {
		return e.Value
	}
	for name := range e.Map {
		return name
	}
	return ""
}

// Vector is one golden example of a profile: what an engine must send for an
// action, or what it must understand of received bytes.
type Vector struct {
	// Do is the action or command: text, status, find, arm … Empty for events.
	Do string `yaml:"do"`
	// In is the action's input.
	In any `yaml:"in"`
	// Params are device parameters that differ from their defaults.
	Params map[string]string `yaml:"params"`
	// Out are the bytes on the wire: an encode vector has them.
	Out Bytes `yaml:"out"`
	// Recv are bytes that came from the device: a decode vector has them, or
	// RecvBy when a status takes several questions, keyed by the question.
	Recv   Bytes            `yaml:"-"`
	RecvBy map[string]Bytes `yaml:"-"`
	// Is is what they mean.
	Is   map[string]any `yaml:"is"`
	Note string         `yaml:"note"`
	// Line and Column are where the vector stands in its file.
	Line, Column int `yaml:"-"`
}

// Encodes tells whether the vector shows bytes to send.
func (v Vector) Encodes() bool { return len(v.Out) > 0 }

// Decodes tells whether the vector shows received bytes and their meaning.
func (v Vector) Decodes() bool { return len(v.Recv) > 0 || len(v.RecvBy) > 0 }

// UnmarshalYAML reads a vector; recv is hex, or a mapping from question to hex.
func (v *Vector) UnmarshalYAML(n *yaml.Node) error {
	type plain Vector
	if err := n.Decode((*plain)(v)); err != nil {
		return err
	}
	v.Line, v.Column = n.Line, n.Column
	recv := child(n, "recv")
	switch {
	case recv == nil:
		return nil
	case recv.Kind == yaml.MappingNode:
		return recv.Decode(&v.RecvBy)
	default:
		return recv.Decode(&v.Recv)
	}
}

// child is the value of a key of a mapping node, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
