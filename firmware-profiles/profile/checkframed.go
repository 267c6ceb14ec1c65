package profile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"smarthall/internal/device"
)

// commands checks that every command of a framed profile can be sent.
func (c *checker) commands(p *Profile) {
	for _, name := range slices.Sorted(maps.Keys(p.Commands)) {
		cmd := p.Commands[name]
		at := []string{"commands", name}
		fr := c.frame(p, append(at, "frame"), cmd.Frame)
		if fr == nil {
			continue
		}
		fixed, open := splitInputs(cmd.Set)
		c.operands(p, fr, append(at, "set"), fixed)
		c.inputs(fr, append(at, "set"), open)
		for _, f := range fr.Fields {
			if _, given := cmd.Set[f.Name]; f.carries() && !given {
				c.add(append(at, "set"), fmt.Sprintf("没有给字段“%s”赋值", f.Name), fmt.Sprintf("field %q has no value", f.Name))
			}
		}
		if cmd.Reply == nil {
			continue
		}
		if fr := c.frame(p, append(at, "reply", "frame"), cmd.Reply.Frame); fr != nil {
			c.operands(p, fr, append(at, "reply", "when"), cmd.Reply.When)
		}
	}
}

// events checks that every event can be told from the others and has a value.
func (c *checker) events(p *Profile) {
	for i, e := range p.Events {
		at := []string{"events", strconv.Itoa(i)}
		fr := c.frame(p, append(at, "frame"), e.Frame)
		if fr == nil {
			continue
		}
		c.operands(p, fr, append(at, "when"), e.When)
		c.eventValue(fr, at, e)
		for _, name := range slices.Sorted(maps.Keys(p.Commands)) {
			if r := p.Commands[name].Reply; r != nil && !distinct(*r, e.Pattern) {
				c.add(append(at, "when"), fmt.Sprintf("与命令 %s 的应答无法区分", name), fmt.Sprintf("can't be told from the reply to %s", name))
			}
		}
		for j, other := range p.Events[:i] {
			if !distinct(other.Pattern, e.Pattern) {
				c.add(append(at, "when"), fmt.Sprintf("与第 %d 个事件无法区分", j+1), fmt.Sprintf("can't be told from event %d", j+1))
			}
		}
	}
}

// sentTo are the commands that engines send to devices of a class; every one of
// them may have ping as well. tells are the events that only one class has.
var (
	sentTo = map[device.Class][]string{
		device.ClassPad:    {CommandArm, CommandDisarm, CommandSay},
		device.ClassKeypad: {CommandShow},
		device.ClassLED:    {CommandShow},
	}
	tells = map[EventKind]device.Class{
		EmitScore: device.ClassPad, EmitAction: device.ClassKeypad, EmitKey: device.ClassButton,
	}
)

// used checks that everything the file describes is sent or heard: what has no
// effect would only look as if it had one.
func (c *checker) used(p *Profile) {
	for _, name := range slices.Sorted(maps.Keys(p.Commands)) {
		if name != CommandPing && !slices.Contains(sentTo[p.Class], name) {
			c.addKey([]string{"commands"}, name, fmt.Sprintf("程序不会向 %s 发送命令 %s", p.Class, name), fmt.Sprintf("nothing sends the command %s to a %s", name, p.Class))
		}
	}
	for i, e := range p.Events {
		if of, only := tells[e.Emit]; only && of != p.Class {
			c.add([]string{"events", strconv.Itoa(i), "emit"}, fmt.Sprintf("只有 %s 的 %s 事件有作用", of, e.Emit), fmt.Sprintf("%s means something for a %s only", e.Emit, of))
		}
	}
	ping, can := p.Commands[CommandPing]
	if can && ping.Reply == nil {
		c.addKey([]string{"commands"}, CommandPing, "ping 必须有应答（reply）", "ping needs a reply")
	}
	if !can && (p.Status.Via == CommandPing || p.Status.Poll != 0) {
		c.add([]string{"status"}, "没有命令 ping，无法查询状态", "there is no command ping to ask with")
	}
}

// must checks that a device of a class can do what the class is for.
func (c *checker) must(p *Profile) {
	emits := func(kind EventKind) bool {
		return slices.ContainsFunc(p.Events, func(e Event) bool { return e.Emit == kind })
	}
	switch p.Class {
	case device.ClassLED:
		if _, ok := p.Commands[CommandShow]; !ok || !p.Takes(CommandShow, InputText) {
			c.add([]string{"commands", CommandShow}, "条屏需要命令 show，并显示 @text", "a strip needs the command show with @text")
		}
	case device.ClassButton:
		if !emits(EmitKey) {
			c.add([]string{"events"}, "求助按钮需要 key 事件", "a button needs an event that emits key")
		}
	case device.ClassSensor:
		if !emits(EmitState) {
			c.add([]string{"events"}, "传感器需要 state 事件", "a sensor needs an event that emits state")
		}
	case device.ClassScanner:
		if !emits(EmitCode) {
			c.add([]string{"events"}, "扫码器需要 code 事件", "a scanner needs an event that emits code")
		}
	}
}

// pad checks that a pad can be asked for a rating.
func (c *checker) pad(p *Profile) {
	if p.Class != device.ClassPad {
		return
	}
	if _, ok := p.Commands[CommandArm]; !ok {
		c.add([]string{"commands"}, "评价器需要命令 arm", "a pad needs the command arm")
	}
	if !slices.ContainsFunc(p.Events, func(e Event) bool { return e.Emit == EmitScore }) {
		c.add([]string{"events"}, "评价器需要 score 事件", "a pad needs an event that emits score")
	}
}

// keypad checks that a keypad's keys have a meaning.
func (c *checker) keypad(p *Profile) {
	if p.Class != device.ClassKeypad {
		return
	}
	if !slices.ContainsFunc(p.Events, func(e Event) bool { return e.Emit == EmitAction }) {
		c.add([]string{"events"}, "呼叫器需要 action 事件", "a keypad needs an event that emits action")
	}
	if _, ok := p.Commands[CommandShow]; ok && !p.Takes(CommandShow, InputNumber) && !p.Takes(CommandShow, InputWaiting) {
		c.add([]string{"commands", CommandShow, "set"}, "show 应显示 @number 或 @waiting", "show must take @number or @waiting")
	}
}

// eventValue checks the field and the map of an event.
func (c *checker) eventValue(fr *Frame, at []string, e Event) {
	i, ok := fr.index(e.field())
	if !ok || !fr.Fields[i].carries() {
		c.add(append(at, "value"), "请用 map 或 value 写明事件的值在哪个字段", "map or value must name the field that carries the value")
		return
	}
	if _, mapped := e.Map[e.field()]; e.Map != nil && !mapped {
		c.add(append(at, "map"), "map 与 value 的字段不一致", "map and value name different fields")
		return
	}
	isText := fr.Fields[i].Kind == FieldText
	for _, wire := range slices.Sorted(maps.Keys(e.Map[e.field()])) {
		where := append(slices.Clone(at), "map", e.field(), wire)
		if _, err := strconv.Atoi(wire); err != nil && !isText {
			c.add(where, "左边应是字段里的数值", "the left side must be a number of the field")
		}
		if msg := emitted(e.Emit, e.Map[e.field()][wire]); msg != "" {
			c.add(where, fmt.Sprintf("%s 的值不对", e.Emit), msg)
		}
	}
	wantsText := e.Emit == EmitCode
	if e.Map == nil && wantsText != isText || e.Map == nil && (e.Emit == EmitScore || e.Emit == EmitKey || e.Emit == EmitState || e.Emit == EmitAction) {
		c.add(append(at, "emit"), fmt.Sprintf("%s 需要 map 来翻译这个字段", e.Emit), fmt.Sprintf("%s needs a map for this field", e.Emit))
	}
}

// emitted says what is wrong with a mapped value, or nothing.
func emitted(kind EventKind, v any) string {
	n, isInt := v.(int)
	s, isText := v.(string)
	switch kind {
	case EmitScore:
		if !isInt || n < 1 || n > 5 {
			return "a score is 1 to 5"
		}
	case EmitKey:
		if !isInt || n != device.KeyHelp && n != device.KeyHelped {
			return "a key is 1 (calls staff) or 0 (takes that back)"
		}
	case EmitCode:
		if !isText {
			return "a code is a text"
		}
	case EmitState:
		if !neutral[s] {
			return "a state is one of " + strings.Join(slices.Sorted(maps.Keys(neutral)), ", ")
		}
	case EmitAction:
		if !actions[s] {
			return "an action is one of " + strings.Join(slices.Sorted(maps.Keys(actions)), ", ")
		}
	}
	return ""
}

// neutral are the states of package device.
var neutral = map[string]bool{
	"online": true, "paper_near_end": true, "paper_end": true, "cover_open": true,
	"jam": true, "fault": true, "unauthorised": true, "offline": true,
}

// actions are the actions of package device.
var actions = map[string]bool{
	string(device.ActionNext): true, string(device.ActionRecall): true, string(device.ActionArrive): true,
	string(device.ActionNoShow): true, string(device.ActionFinish): true, string(device.ActionPause): true,
}

// frame finds a frame by name or notes that there is none.
func (c *checker) frame(p *Profile, at []string, name string) *Frame {
	fr := p.Frames[name]
	if fr == nil {
		c.add(at, fmt.Sprintf("没有名为“%s”的帧", name), fmt.Sprintf("there is no frame %q", name))
	}
	return fr
}

// operands checks fields and $parameters.
func (c *checker) operands(p *Profile, fr *Frame, at []string, set map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		where := append(slices.Clone(at), name)
		i, ok := fr.index(name)
		if !ok || !fr.Fields[i].carries() {
			c.addKey(at, name, fmt.Sprintf("帧 %s 没有可赋值的字段“%s”", fr.Name, name), fmt.Sprintf("frame %s has no value field %q", fr.Name, name))
			continue
		}
		v := set[name]
		if s, isText := v.(string); isText && strings.HasPrefix(s, "$") {
			param, known := p.Params[s[1:]]
			if !known {
				c.add(where, fmt.Sprintf("没有参数“%s”", s[1:]), fmt.Sprintf("there is no parameter %q", s[1:]))
				continue
			}
			v = param.Default
		}
		if err := fr.fits(fr.Fields[i], v); err != nil {
			c.add(where, "这个值放不进该字段", err.Error())
		}
	}
}

// fits tells whether a field can hold a value.
func (fr *Frame) fits(f *Field, v any) error {
	_, err := fr.encodeField(f, Values{f.Name: v})
	return err
}

// distinct tells whether no frame can match both patterns.
func distinct(a, b Pattern) bool {
	if a.Frame != b.Frame {
		return true
	}
	for name, x := range a.When {
		y, both := b.When[name]
		if both && !isParam(x) && !isParam(y) && x != y {
			return true
		}
	}
	return false
}

func isParam(v any) bool {
	s, ok := v.(string)
	return ok && strings.HasPrefix(s, "$")
}

// vectors checks that the profile proves itself: of framed devices every
// command, reply and event has a vector, all of which are played; see proven for
// the others.
func (c *checker) vectors(p *Profile) {
	if p.Engine != EngineFramed {
		c.proven(p)
		return
	}
	encodes, decodes := map[string]bool{}, map[string]bool{}
	anyEncode, anyDecode := false, false
	for i, v := range p.Vectors {
		anyEncode, anyDecode = anyEncode || v.Encodes(), anyDecode || v.Decodes()
		if err := RunFramedVector(p, v); err != nil {
			c.add([]string{"vectors", strconv.Itoa(i)}, "样例与定义不符", "vector fails: "+err.Error())
		}
		if v.Encodes() {
			encodes[v.Do] = true
		}
		if v.Decodes() && len(v.Recv) > 0 {
			params, err := p.ResolveParams(v.Params)
			if err != nil {
				continue // reported by the run above
			}
			decodes[heardKey(first(p.Codec(params), v.Recv))] = true
		}
	}
	if !anyDecode {
		c.add([]string{"vectors"}, "至少要有一个接收样例（recv）", "at least one decode vector (recv) is needed")
	}
	if !anyEncode && len(p.Commands) > 0 {
		c.add([]string{"vectors"}, "至少要有一个发送样例（out）", "at least one encode vector (out) is needed")
	}
	c.covered(p, encodes, decodes)
}

// covered checks that every command, reply and event has its vector.
func (c *checker) covered(p *Profile, encodes, decodes map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(p.Commands)) {
		if !encodes[name] {
			c.addKey([]string{"commands"}, name, "此命令没有发送样例", fmt.Sprintf("command %s has no encode vector", name))
		}
		if p.Commands[name].Reply != nil && !decodes["reply "+name] {
			c.addKey([]string{"commands"}, name, "此命令的应答没有接收样例", fmt.Sprintf("the reply to %s has no decode vector", name))
		}
	}
	for i := range p.Events {
		if !decodes["event "+strconv.Itoa(i)] {
			c.add([]string{"events", strconv.Itoa(i)}, "此事件没有接收样例", fmt.Sprintf("event %d has no decode vector", i+1))
		}
	}
}

// heardKey names what a decode vector covers.
func heardKey(h Heard) string {
	switch {
	case h.Err != nil:
		return "" // an error covers nothing
	case h.Reply != "":
		return "reply " + h.Reply
	case h.Kind != "":
		return "event " + strconv.Itoa(h.Index)
	default:
		return ""
	}
}
