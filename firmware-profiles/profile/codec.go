package profile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ErrUnmapped is the error of an event whose value its map doesn't know.
var ErrUnmapped = errors.New("value is not in the event's map")

// Codec speaks the commands and events of a framed profile for one device,
// that is with its parameters filled in. Engines use one side of it,
// simulators the other. It is not changed after it is made.
type Codec struct {
	p      *Profile
	params ParamValues
}

// Codec is the profile's codec for a device with the given parameters.
func (p *Profile) Codec(params ParamValues) *Codec { return &Codec{p: p, params: params} }

// Heard is what a finding in the stream means to the host.
type Heard struct {
	// Reply is the command that the frame confirms, or empty.
	Reply string
	// Kind and Value are set for an event: int for score and key, string for
	// code, state and action. Index is its place in Profile.Events.
	Kind  EventKind
	Value any
	Index int
	// Err is the finding's error, or ErrUnmapped.
	Err error
}

// Nothing tells whether the frame was valid but not meant for this device.
func (h Heard) Nothing() bool { return h.Reply == "" && h.Kind == "" && h.Err == nil }

// Decoder looks for every frame that replies and events come in.
func (c *Codec) Decoder() *Decoder {
	used := map[string]bool{}
	for _, cmd := range c.p.Commands {
		if cmd.Reply != nil {
			used[cmd.Reply.Frame] = true
		}
	}
	for _, e := range c.p.Events {
		used[e.Frame] = true
	}
	return c.decoder(used)
}

// CommandDecoder looks for every frame that commands come in: the device's
// side of the line.
func (c *Codec) CommandDecoder() *Decoder {
	used := map[string]bool{}
	for _, cmd := range c.p.Commands {
		used[cmd.Frame] = true
	}
	return c.decoder(used)
}

func (c *Codec) decoder(used map[string]bool) *Decoder {
	var frames []*Frame
	for _, name := range slices.Sorted(maps.Keys(used)) {
		frames = append(frames, c.p.Frames[name])
	}
	return NewDecoder(frames...)
}

// EncodeCommand is the bytes of a command that has no inputs.
func (c *Codec) EncodeCommand(name string) ([]byte, error) { return c.EncodeCommandWith(name, nil) }

// EncodeCommandWith is the bytes of a command with its inputs filled in.
func (c *Codec) EncodeCommandWith(name string, in Values) ([]byte, error) {
	cmd, ok := c.p.Commands[name]
	if !ok {
		return nil, fmt.Errorf("profile %s has no command %q", c.p.ID, name)
	}
	set, err := c.p.Frames[cmd.Frame].filled(cmd.Set, in)
	if err != nil {
		return nil, fmt.Errorf("command %s: %w", name, err)
	}
	return c.encode(cmd.Frame, set)
}

// CommandOf is the command that a finding of CommandDecoder is, or false when
// it is none, or one for another address.
func (c *Codec) CommandOf(d Decoded) (string, bool) {
	if d.Err != nil {
		return "", false
	}
	for _, name := range slices.Sorted(maps.Keys(c.p.Commands)) {
		cmd := c.p.Commands[name]
		if c.matches(Pattern{Frame: cmd.Frame, When: cmd.Set}, d) {
			return name, true
		}
	}
	return "", false
}

// EncodeReply is the frame by which the device confirms a command, nil when it
// doesn't. Fields that the reply leaves open repeat what the command fixes,
// else they are zero.
func (c *Codec) EncodeReply(name string) ([]byte, error) {
	cmd, ok := c.p.Commands[name]
	if !ok {
		return nil, fmt.Errorf("profile %s has no command %q", c.p.ID, name)
	}
	if cmd.Reply == nil {
		return nil, nil
	}
	fixed, _ := splitInputs(cmd.Set)
	return c.encode(cmd.Reply.Frame, c.fill(cmd.Reply.Frame, fixed, cmd.Reply.When))
}

// EncodeEvent is the frame by which the device tells an event of this kind and
// value. Fields that the profile leaves open are zero.
func (c *Codec) EncodeEvent(kind EventKind, value any) ([]byte, error) {
	for _, e := range c.p.Events {
		if e.Emit != kind {
			continue
		}
		wire, ok := c.unmap(e, value)
		if !ok {
			continue
		}
		return c.encode(e.Frame, c.fill(e.Frame, e.When, map[string]any{e.field(): wire}))
	}
	return nil, fmt.Errorf("profile %s has no event %s with value %v", c.p.ID, kind, value)
}

// Interpret tells what a finding of Decoder means.
func (c *Codec) Interpret(d Decoded) Heard {
	if d.Err != nil {
		return Heard{Err: d.Err}
	}
	for _, name := range slices.Sorted(maps.Keys(c.p.Commands)) {
		if reply := c.p.Commands[name].Reply; reply != nil && c.matches(*reply, d) {
			return Heard{Reply: name}
		}
	}
	for i, e := range c.p.Events {
		if !c.matches(e.Pattern, d) {
			continue
		}
		v, err := e.value(d.Values[e.field()])
		if err != nil {
			return Heard{Index: i, Err: err}
		}
		return Heard{Kind: e.Emit, Value: v, Index: i}
	}
	return Heard{}
}

// matches tells whether the finding is a frame of the pattern.
func (c *Codec) matches(p Pattern, d Decoded) bool {
	if d.Frame == nil || d.Frame.Name != p.Frame {
		return false
	}
	for field, operand := range p.When {
		if _, open := inputOf(operand); !open && d.Values[field] != c.resolve(operand) {
			return false
		}
	}
	return true
}

// resolve fills in a $parameter.
func (c *Codec) resolve(operand any) any {
	if s, ok := operand.(string); ok && strings.HasPrefix(s, "$") {
		return c.params[s[1:]]
	}
	return operand
}

// encode builds a frame with parameters filled in.
func (c *Codec) encode(frame string, operands map[string]any) ([]byte, error) {
	fr, ok := c.p.Frames[frame]
	if !ok {
		return nil, fmt.Errorf("profile %s has no frame %q", c.p.ID, frame)
	}
	v := make(Values, len(operands))
	for name, operand := range operands {
		v[name] = c.resolve(operand)
	}
	return fr.Encode(v)
}

// fill gives every value field of a frame a value: the last layer that has one
// wins, and zero is below all.
func (c *Codec) fill(frame string, layers ...map[string]any) map[string]any {
	out := map[string]any{}
	fr := c.p.Frames[frame]
	if fr == nil {
		return out
	}
	for _, f := range fr.Fields {
		if !f.carries() {
			continue
		}
		out[f.Name] = 0
		if f.Kind == FieldText {
			out[f.Name] = ""
		}
		for _, layer := range layers {
			if v, ok := layer[f.Name]; ok {
				out[f.Name] = v
			}
		}
	}
	return out
}

// value is the meaning of a field's wire value.
func (e Event) value(wire any) (any, error) {
	if e.Map == nil {
		return wire, nil
	}
	v, ok := e.Map[e.field()][fmt.Sprint(wire)]
	if !ok {
		return nil, fmt.Errorf("%s %v: %w", e.field(), wire, ErrUnmapped)
	}
	return v, nil
}

// unmap is the wire value of a meaning.
func (c *Codec) unmap(e Event, value any) (any, bool) {
	if e.Map == nil {
		return value, true
	}
	table := e.Map[e.field()]
	for _, wire := range slices.Sorted(maps.Keys(table)) {
		if table[wire] != value {
			continue
		}
		if fr := c.p.Frames[e.Frame]; fr != nil {
			if i, ok := fr.index(e.field()); ok && fr.Fields[i].Kind == FieldText {
				return wire, true
			}
		}
		n, err := strconv.Atoi(wire)
		return n, err == nil
	}
	return nil, false
}
