package profile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// proof is what the vectors of an engine's profiles have to show, so that no
// model is shipped, or taken over in a hall, whose bytes nobody compared with
// anything. The lists are closed: what isn't among them is no action of the
// engine. Devices described by frames have theirs in the file, see covered.
type proof struct {
	// sends are the actions that need an encode vector, hears the answers that
	// need a decode vector.
	sends, hears []act
	// also are actions that vectors may show beside those.
	also []string
}

// act is one action or one kind of answer.
type act struct {
	do string
	// in is the input that an encode vector must have; empty for any.
	in string
	// word is the word of is that a decode vector must have, and value what it
	// says; empty for any.
	word, value string
	// of tells which profiles need it; nil for all.
	of func(*Profile) bool
}

// proofs are those of every engine whose profiles don't describe frames.
var proofs = map[Engine]proof{
	EngineESCPOS: {
		sends: []act{
			{do: "init"},
			{do: "text"},
			{do: "title"},
			{do: "cut"},
			{do: "qr", of: func(p *Profile) bool { return p.Caps.QR == "native" }},
			{do: "raster", of: func(p *Profile) bool { return p.Caps.Raster == "gsv0" }},
			{do: "ask", of: asked},
			{do: "paper-query", of: asked},
		},
		hears: []act{
			{do: "status", word: "state", value: "online"},
			{do: "status", word: "state", value: "paper_end", of: asked},
			{do: "status", word: "state", value: "cover_open", of: asked},
			{do: "status", word: "state", value: "fault", of: asked},
			{do: "status", word: "state", value: "paper_near_end", of: func(p *Profile) bool { return asked(p) && p.Status.NearEndSensor }},
		},
	},
	EngineTSPL: labelProof(act{do: "status", word: "state", value: "jam"}),
	EngineZPL:  labelProof(),
	EngineSAMV: {
		sends: []act{
			{do: "status"},
			{do: "find"},
			{do: "select"},
			{do: "read"},
			{do: "address", of: func(p *Profile) bool { return !p.Has(QuirkNoAppRead) }},
		},
		hears: []act{
			{do: "status", word: "state", value: "online"},
			{do: "status", word: "state", value: "unauthorised"},
			{do: "find", word: "card", value: "present"},
			{do: "find", word: "card", value: "absent"},
			{do: "select", word: "sw3", value: "90"},
			{do: "select", word: "sw3", value: "81"},
			{do: "read", word: "sw3", value: "41"},
			{do: "address", word: "sw3"},
			{do: "text", word: "kind", value: "citizen", of: layout("citizen")},
			{do: "text", word: "kind", value: "resident-permit", of: layout("J")},
			{do: "text", word: "kind", value: "foreigner-2017", of: layout("I")},
			{do: "text", word: "kind", value: "foreigner-2023", of: layout("Y")},
		},
		also: []string{"reset", "sam-id", "read-finger"},
	},
	EngineBX5: {
		sends: []act{
			{do: "ping"},
			{do: "clear"},
			{do: "delete-areas"},
			{do: "show"},
			{do: "say", of: func(p *Profile) bool { return p.Caps.Voice }},
			{do: "show-areas", of: func(p *Profile) bool { return p.Caps.Areas > 1 }},
			{do: "show-fewer", of: func(p *Profile) bool { return p.Caps.Areas > 1 }},
		},
		hears: []act{
			{do: "answer", word: "ack", value: "true"},
			{do: "answer", word: "error", value: "refused"},
			{do: "answer", word: "error", value: "checksum"},
		},
	},
	EngineScanner: {
		sends: []act{{do: "scan"}},
		hears: []act{{do: "scan", word: "code"}, {do: "scan", word: "none", value: "true", of: func(p *Profile) bool { return len(p.Caps.Terminators) > 0 }}},
	},
	EngineCamera: {
		sends: []act{
			{do: "format", in: "mjpeg", of: format("mjpeg")},
			{do: "format", in: "yuyv", of: format("yuyv")},
			{do: "snapshot", of: func(p *Profile) bool { _, ok := p.Transport(HTTP); return ok }},
		},
		hears: []act{{do: "frame", word: "size"}, {do: "frame", word: "error", value: "frame"}},
	},
	EngineESCL: {
		sends: []act{{do: "settings"}},
		hears: []act{
			{do: "status", word: "state", value: "online"},
			{do: "status", word: "state", value: "jam"},
			{do: "status", word: "state", value: "cover_open"},
			{do: "status", word: "feeder", value: "empty", of: func(p *Profile) bool { return slices.Contains(p.Caps.Sources, "feeder") }},
		},
	},
	EngineSANE: {
		sends: []act{{do: "command"}},
		hears: []act{
			{do: "result", word: "error", value: "jam"},
			{do: "result", word: "error", value: "no-paper"},
			{do: "result", word: "error", value: "cover-open"},
			{do: "result", word: "error", value: "offline"},
		},
	},
	EngineIPP: {
		sends: []act{{do: "attributes"}, {do: "print"}},
		hears: []act{
			{do: "status", word: "state", value: "online"},
			{do: "status", word: "state", value: "paper_end"},
			{do: "status", word: "state", value: "jam"},
			{do: "status", word: "error", value: "refused"},
			{do: "job", word: "job"},
		},
	},
	EngineAudio: {
		sends: []act{{do: "say"}},
		hears: []act{{do: "length", word: "ms"}, {do: "length", word: "error", value: "frame"}},
	},
	EngineWebPad: {
		sends: []act{{do: "idle"}, {do: "rate"}, {do: "confirm"}, {do: "sign"}},
		hears: []act{
			{word: "score"}, {word: "confirmed"}, {word: "strokes"}, {word: "declined"}, {word: "error", value: "frame"},
		},
		also: []string{"answer"},
	},
}

// labelProof is the proof of a label printer's language, with what only one of
// them can say.
func labelProof(more ...act) proof {
	return proof{
		sends: []act{
			{do: "ask"},
			{do: "cancel"},
			{do: "blank"},
			{do: "barcode"},
			{do: "qr", of: func(p *Profile) bool { return p.Caps.QR == "native" }},
		},
		hears: append([]act{
			{do: "status", word: "state", value: "online"},
			{do: "status", word: "state", value: "paper_end"},
			{do: "status", word: "state", value: "cover_open"},
			{do: "status", word: "state", value: "fault"},
			{do: "status", word: "busy", value: "true"},
		}, more...),
	}
}

// asked tells whether a ticket printer is asked for its state.
func asked(p *Profile) bool { return p.Status.Via != "none" && !p.Has(QuirkNoStatus) }

// layout tells which readers read cards of a layout.
func layout(name string) func(*Profile) bool {
	return func(p *Profile) bool { return slices.Contains(p.Caps.Layouts, name) }
}

// format tells which cameras are asked by the kernel for a format.
func format(name string) func(*Profile) bool {
	return func(p *Profile) bool {
		_, video := p.Transport(V4L2)
		return video && slices.Contains(p.Caps.Formats, name)
	}
}

// proven checks that the vectors show every action of the engine and every
// answer that the profile's devices give, and nothing that the engine doesn't
// know.
func (c *checker) proven(p *Profile) {
	want, ok := proofs[p.Engine]
	if !ok {
		return
	}
	for i, v := range p.Vectors {
		if v.Do != "" && !want.knows(v.Do) {
			c.add([]string{"vectors", strconv.Itoa(i), "do"}, fmt.Sprintf("协议引擎 %s 没有“%s”这个动作", p.Engine, v.Do),
				fmt.Sprintf("engine %s has no action %q", p.Engine, v.Do))
		}
	}
	for _, a := range want.sends {
		if (a.of == nil || a.of(p)) && !slices.ContainsFunc(p.Vectors, a.sent) {
			c.addKey(nil, "vectors", "缺少发送样例（out）："+a.String(), "no encode vector (out) of "+a.String())
		}
	}
	for _, a := range want.hears {
		if (a.of == nil || a.of(p)) && !slices.ContainsFunc(p.Vectors, a.heard) {
			c.addKey(nil, "vectors", "缺少接收样例（recv）："+a.String(), "no decode vector (recv) of "+a.String())
		}
	}
}

// knows tells whether do is an action of the engine.
func (p proof) knows(do string) bool {
	is := func(a act) bool { return a.do == do }
	return slices.ContainsFunc(p.sends, is) || slices.ContainsFunc(p.hears, is) || slices.Contains(p.also, do)
}

// sent tells whether v shows how the action is sent.
func (a act) sent(v Vector) bool {
	return v.Encodes() && v.Do == a.do && (a.in == "" || v.In == a.in)
}

// heard tells whether v shows the answer.
func (a act) heard(v Vector) bool {
	said, ok := v.Is[a.word]
	return v.Decodes() && (a.do == "" || v.Do == a.do) && ok && (a.value == "" || fmt.Sprint(said) == a.value)
}

// String writes the act as a vector would.
func (a act) String() string {
	var parts []string
	if a.do != "" {
		parts = append(parts, "do: "+a.do)
	}
	if a.in != "" {
		parts = append(parts, "in: "+a.in)
	}
	if a.word != "" {
		value := a.value
		if value == "" {
			value = "…"
		}
		parts = append(parts, fmt.Sprintf("is: {%s: %s}", a.word, value))
	}
	return strings.Join(parts, ", ")
}

// evidenced are the blocks that say something about a model, and so have to say
// how that is known. Names, help and params are what we call things.
var evidenced = []string{"match", "transports", "caps", "quirks", "timing", "status", "frames", "commands", "events"}

// evidence checks that every block of the file itself has its evidence, that
// none stands for a block that isn't there, and that whoever claims more than a
// guess names the source.
func (c *checker) evidence(p *Profile) {
	for _, block := range evidenced {
		i := indexOf(c.root.Content, block)
		if i < 0 || c.foreign[c.root.Content[i]] {
			continue
		}
		if _, ok := p.Evidence[block]; !ok {
			c.addKey(nil, block, fmt.Sprintf("没有写依据：请在 evidence 里写明 %s 的来源（hardware、capture、manual 或 guess）", block),
				fmt.Sprintf("evidence doesn't say what %s rests on (hardware, capture, manual or guess)", block))
		}
	}
	for block, e := range p.Evidence {
		if slices.Contains(evidenced, block) && child(c.root, block) == nil {
			c.addKey([]string{"evidence"}, block, fmt.Sprintf("文件里没有 %s 这一项，不必写依据", block), fmt.Sprintf("there is no %s that this could stand for", block))
		}
		if e.Level != evidenceGuess && strings.TrimSpace(e.Note) == "" {
			c.addKey([]string{"evidence"}, block, "只有推测（guess）可以不写出处，其余请用 note 写明", "only a guess needs no source; name it in note")
		}
	}
}

// evidenceGuess is the level of what nobody has looked up.
const evidenceGuess = "guess"
