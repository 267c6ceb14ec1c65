package tool

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"smarthall/firmware-profiles/engine/all"
	"smarthall/firmware-profiles/profile"
)

// draft turns recorded groups into vectors of a profile. Without a profile it
// pairs what was sent with what came back and leaves the meaning to the
// person. The zero value is a draft without a profile.
type draft struct {
	p      *profile.Profile
	params map[string]string
	hear   listener

	entries []entry
	seen    map[string]bool
	skipped int           // groups that were left out, because they hold personal data
	asked   profile.Bytes // what was sent last, until something comes
}

// entry is one drafted vector.
type entry struct {
	v      profile.Vector
	proven bool // the profile's engine agrees
}

// maxEntries bounds a draft; a line that is listened to for days repeats
// itself anyway.
const maxEntries = 500

// newDraft drafts vectors of p.
func newDraft(p *profile.Profile, given map[string]string) (*draft, error) {
	params, err := p.ResolveParams(given)
	if err != nil {
		return nil, err
	}
	hear, err := newListener(p, params)
	if err != nil {
		return nil, err
	}
	return &draft{p: p, params: given, hear: hear}, nil
}

// add takes a group and returns what it means in words.
func (d *draft) add(g group) []string {
	var said []heard
	if d.hear != nil {
		said = d.listen(g)
	}
	if g.secret() {
		d.skipped++
		d.asked = nil
		return d.words(said, true)
	}
	if g.dir == toDevice {
		d.sent(g, said)
	} else {
		d.came(g, said)
	}
	return d.words(said, false)
}

func (d *draft) listen(g group) []heard {
	if g.dir == toDevice {
		return d.hear.host(g.data)
	}
	return d.hear.device(g.data)
}

// words are what was heard in Chinese, without what a secret group says.
func (d *draft) words(said []heard, secret bool) []string {
	var out []string
	for _, h := range said {
		if _, code := h.is["code"]; secret && (code || h.in != nil) {
			out = append(out, "含个人信息，不显示")
			continue
		}
		out = append(out, h.words(d.p))
	}
	return out
}

// pieces are the parts of a group that were heard, each with its bytes; a group
// that can't be parted is one piece.
func pieces(g group, said []heard) []heard {
	for _, h := range said {
		if h.raw == nil && len(said) > 1 {
			return []heard{{raw: g.data}}
		}
	}
	switch {
	case len(said) == 0:
		return []heard{{raw: g.data}}
	case said[0].raw == nil:
		said[0].raw = g.data
	}
	return said
}

// sent drafts encode vectors.
func (d *draft) sent(g group, said []heard) {
	for _, h := range pieces(g, said) {
		d.asked = slices.Clone(h.raw)
		d.keep(entry{v: profile.Vector{Do: h.do, In: h.in, Params: d.params, Out: d.asked}})
	}
}

// came drafts decode vectors.
func (d *draft) came(g group, said []heard) {
	for _, h := range pieces(g, said) {
		v := profile.Vector{Do: h.do, Is: h.is, Params: d.params}
		if h.by != "" {
			v.RecvBy = map[string]profile.Bytes{h.by: slices.Clone(h.raw)}
		} else {
			v.Recv = slices.Clone(h.raw)
		}
		if d.asked != nil && d.p == nil {
			v.Note = "answer to " + beginning(d.asked)
		}
		d.asked = nil
		d.keep(entry{v: v})
	}
}

// beginning is the first of some bytes, for a note.
func beginning(b profile.Bytes) string {
	if len(b) > 16 {
		return b[:16].String() + " …"
	}
	return b.String()
}

// keep adds a vector that isn't there yet.
func (d *draft) keep(e entry) {
	key := fmt.Sprintf("%s|%v|%s|%s|%v", e.v.Do, e.v.In, e.v.Out, e.v.Recv, e.v.RecvBy)
	if d.seen == nil {
		d.seen = map[string]bool{}
	}
	if d.seen[key] || len(d.entries) >= maxEntries {
		return
	}
	d.seen[key] = true
	e.proven = d.proves(e.v)
	d.entries = append(d.entries, e)
}

// proves tells whether the profile's own engine agrees with a vector.
func (d *draft) proves(v profile.Vector) bool {
	if d.p == nil || v.Do == "" && v.Is == nil {
		return false
	}
	run, ok := all.VectorRunners()[string(d.p.Engine)]
	return ok && run(d.p, v) == nil
}

// yaml is the draft as a block of a profile: proven vectors as they are, the
// others as comments, for a person to say what they mean.
func (d *draft) yaml() string {
	var b strings.Builder
	b.WriteString("# smarthall-profile sniff 起草的样例，核对后放进型号文件。\n")
	b.WriteString("# 加 # 号的行还缺动作（do）或含义（is），补全后去掉 # 号。依据请写 capture，并注明时间和设备。\n")
	if d.skipped > 0 {
		fmt.Fprintf(&b, "# 有 %d 帧含个人信息，没有写入。\n", d.skipped)
	}
	if !slices.ContainsFunc(d.entries, func(e entry) bool { return e.proven }) {
		b.WriteString("vectors: []\n")
	} else {
		b.WriteString("vectors:\n")
	}
	for _, e := range d.entries {
		if !e.proven {
			b.WriteString("# ")
		}
		fmt.Fprintf(&b, "  - %s\n", flow(e.v, !e.proven))
	}
	return b.String()
}

// flow is a vector on one line. open leaves room for what a person must add.
func flow(v profile.Vector, open bool) string {
	var parts []string
	add := func(key string, value any) { parts = append(parts, key+": "+scalar(value)) }
	switch {
	case v.Do != "":
		add("do", v.Do)
	case open:
		add("do", "?")
	}
	if v.In != nil {
		add("in", v.In)
	}
	if len(v.Params) > 0 {
		add("params", v.Params)
	}
	if len(v.Out) > 0 {
		add("out", v.Out.String())
	}
	switch {
	case len(v.RecvBy) > 0:
		by := make([]string, 0, len(v.RecvBy))
		for _, q := range slices.Sorted(maps.Keys(v.RecvBy)) {
			by = append(by, scalar(q)+": "+scalar(v.RecvBy[q].String()))
		}
		parts = append(parts, "recv: {"+strings.Join(by, ", ")+"}")
	case len(v.Recv) > 0:
		add("recv", v.Recv.String())
	}
	if v.Is != nil {
		add("is", v.Is)
	} else if open && v.Decodes() {
		parts = append(parts, `is: {"?": "?"}`)
	}
	if v.Note != "" {
		add("note", v.Note)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// scalar is a value as JSON, which YAML reads alike.
func scalar(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return `"?"` // values of vectors are texts, numbers and truths
	}
	return strings.ReplaceAll(string(data), `":`, `": `)
}
