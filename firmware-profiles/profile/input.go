package profile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Inputs are what a command can be given each time it is sent; a profile
// writes them as @number. The list is closed: engines fill them in.
var inputs = map[string]any{
	InputNumber:  "A001",
	InputWaiting: 0,
	InputPrompt:  1,
	InputText:    "A001",
}

// The inputs.
const (
	// InputNumber is the ticket in front, such as A012; empty for none.
	InputNumber = "number"
	// InputWaiting is how many people wait.
	InputWaiting = "waiting"
	// InputText is what a strip shall show, as much of it as its field holds.
	InputText = "text"
	// InputPrompt is what a pad shall say: PromptRate or PromptThanks.
	InputPrompt = "prompt"
)

// The prompts of the command say.
const (
	PromptRate   = 1 // 请对本次服务作出评价
	PromptThanks = 2 // 感谢您的评价
)

// inputOf is the input that an operand stands for, or false.
func inputOf(operand any) (string, bool) {
	s, ok := operand.(string)
	if !ok || !strings.HasPrefix(s, "@") {
		return "", false
	}
	_, known := inputs[s[1:]]
	return s[1:], known
}

// splitInputs parts a command's operands into those that are fixed and, by
// field, the inputs.
func splitInputs(set map[string]any) (fixed map[string]any, open map[string]string) {
	fixed, open = make(map[string]any, len(set)), map[string]string{}
	for field, operand := range set {
		if name, is := inputOf(operand); is {
			open[field] = name
			continue
		}
		fixed[field] = operand
	}
	return fixed, open
}

// errNoInput is the error of a command that is sent without one of its inputs.
var errNoInput = errors.New("input is missing")

// filled are a command's operands with its inputs filled in. A number in a
// text field is written in digits; one that is too large for its field becomes
// the largest that fits, for a display shows 99 rather than nothing.
func (fr *Frame) filled(set map[string]any, in Values) (map[string]any, error) {
	out, open := splitInputs(set)
	for field, name := range open {
		v, ok := in[name]
		if !ok {
			return nil, fmt.Errorf("@%s: %w", name, errNoInput)
		}
		f, err := fr.valueField(field)
		if err != nil {
			return nil, err
		}
		out[field] = f.shaped(v)
		if text, is := v.(string); is && name == InputText && f.Kind == FieldText {
			out[field] = f.fitted(text)
		}
	}
	return out, nil
}

// valueField is the field of a name that carries a value.
func (fr *Frame) valueField(name string) (*Field, error) {
	if fr != nil {
		if i, ok := fr.index(name); ok && fr.Fields[i].carries() {
			return fr.Fields[i], nil
		}
	}
	return nil, fmt.Errorf("there is no value field %q", name)
}

// shaped is an input's value as the field can hold it.
func (f *Field) shaped(v any) any {
	n, isNumber := v.(int)
	if f.Kind == FieldText {
		text, isText := v.(string)
		if isNumber {
			text, isText = strconv.Itoa(n), true
		}
		if !isText {
			return v
		}
		for f.Size > 0 && len(text) > f.Size {
			text = text[1:] // the end of a number tells it from its neighbours
		}
		return text
	}
	if isNumber {
		return min(max(n, 0), f.limit())
	}
	return v
}

// fitted is the beginning of a text that the field holds. What its encoding
// lacks becomes a question mark, and 〓 what no strip's font has, which is all
// that takes four bytes in GB18030: it shows the rest rather than nothing.
func (f *Field) fitted(text string) string {
	var b strings.Builder
	used := 0
	for _, r := range text {
		c := string(r)
		enc, err := f.encoded(c)
		switch {
		case err != nil || r < ' ':
			c, enc = "?", []byte{'?'}
		case f.Enc == "gb18030" && len(enc) > 2:
			c, enc = "〓", []byte{0xA1, 0xFE}
		}
		if used += len(enc); used > f.Max {
			break
		}
		b.WriteString(c)
	}
	return b.String()
}

// InputsOf are the inputs of a command as the device received them, by name.
func (c *Codec) InputsOf(name string, d Decoded) Values {
	out := Values{}
	_, open := splitInputs(c.p.Commands[name].Set)
	for field, input := range open {
		out[input] = d.Values[field]
	}
	return out
}

// Takes tells whether a command of the profile has an input.
func (p *Profile) Takes(command, input string) bool {
	_, open := splitInputs(p.Commands[command].Set)
	for _, name := range open {
		if name == input {
			return true
		}
	}
	return false
}

// inputs checks that the fields of a command can hold its inputs.
func (c *checker) inputs(fr *Frame, at []string, open map[string]string) {
	for _, field := range slices.Sorted(maps.Keys(open)) {
		f, err := fr.valueField(field)
		if err != nil {
			c.addKey(at, field, fmt.Sprintf("帧 %s 没有可赋值的字段“%s”", fr.Name, field), fmt.Sprintf("frame %s has no value field %q", fr.Name, field))
			continue
		}
		if open[field] == InputText && f.Kind != FieldText {
			c.add(append(slices.Clone(at), field), "@text 只能放进 text 字段", "@text needs a text field")
			continue
		}
		if _, err := fr.encodeField(f, Values{field: f.shaped(inputs[open[field]])}); err != nil {
			c.add(append(slices.Clone(at), field), "这个输入放不进该字段", err.Error())
		}
	}
}
