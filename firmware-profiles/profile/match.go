package profile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// claim is one thing that a document says its model is recognised by, with its
// place.
type claim struct {
	doc   *Doc
	key   string // of match: usb, ieee1284 or aliases
	value string // as it is compared
	node  *yaml.Node
	path  []string
}

// claimWords name what models are recognised by.
var claimWords = map[string]Text{
	"usb": {"USB 编号", "usb id"}, "ieee1284": {"IEEE 1284 标识", "IEEE 1284 device id"}, "aliases": {"别名", "alias"},
}

// claims are what the document says its model is recognised by.
func (d *Doc) claims() []claim {
	var out []claim
	match := child(d.root, "match")
	if match == nil || match.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(match.Content); i += 2 {
		key, value := match.Content[i].Value, match.Content[i+1]
		if _, known := claimWords[key]; !known {
			continue
		}
		path := []string{"match", key}
		if value.Kind == yaml.ScalarNode {
			out = append(out, claim{d, key, folded(value.Value), value, path})
			continue
		}
		for j, n := range value.Content {
			out = append(out, claim{d, key, folded(n.Value), n, append(slices.Clone(path), strconv.Itoa(j))})
		}
	}
	return out
}

// folded is a text as people and devices may also write it.
func folded(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// claimIndex finds claims again. The zero value is empty.
type claimIndex struct {
	equal map[[2]string][]claim // by key and value
	parts []claim               // of ieee1284: found somewhere in what a printer says
}

func (x *claimIndex) add(d *Doc) {
	if x.equal == nil {
		x.equal = make(map[[2]string][]claim)
	}
	for _, c := range d.claims() {
		switch {
		case c.value == "":
		case c.key == "ieee1284":
			x.parts = append(x.parts, c)
		default:
			id := [2]string{c.key, c.value}
			x.equal[id] = append(x.equal[id], c)
		}
	}
}

// meeting are the claims that may fit a device which c fits.
func (x *claimIndex) meeting(c claim) []claim {
	if c.value == "" || c.key != "ieee1284" {
		return x.equal[[2]string{c.key, c.value}]
	}
	var out []claim
	for _, o := range x.parts {
		if strings.Contains(c.value, o.value) || strings.Contains(o.value, c.value) {
			out = append(out, o)
		}
	}
	return out
}

// clashes are the places where d claims what another document of the index
// claims, too. Another revision of the same profile is no clash.
func (x *claimIndex) clashes(d *Doc) Mistakes {
	var ms Mistakes
	for _, c := range d.claims() {
		for _, o := range x.meeting(c) {
			if o.doc.ID() != d.ID() && !toldApart(d, o.doc) {
				ms = append(ms, c.against(o))
			}
		}
	}
	return ms.sorted()
}

// toldApart tells whether two documents that are recognised by the same thing
// say what else to go by: another range of firmware, or another answer to the
// probe.
func toldApart(a, b *Doc) bool {
	for _, key := range []string{"firmware", "probe"} {
		one, other := a.match(key), b.match(key)
		if one != "" && other != "" && one != other {
			return true
		}
	}
	return false
}

// match is a text of the document's match, or empty.
func (d *Doc) match(key string) string {
	if n := child(child(d.root, "match"), key); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// Clashes are the places where the document claims what one of others claims,
// too, so that a device wouldn't tell which of the two it is. Each names both
// places.
func (d *Doc) Clashes(others []*Doc) Mistakes {
	var x claimIndex
	for _, other := range others {
		x.add(other)
	}
	return x.clashes(d)
}

// against is the clash of c with o.
func (c claim) against(o claim) *Mistake {
	word := claimWords[c.key]
	place := fmt.Sprintf("%s:%d", o.doc.file, o.node.Line)
	return &Mistake{
		File: c.doc.file, Line: c.node.Line, Column: c.node.Column, Path: pointer(c.path),
		ZH: fmt.Sprintf("%s“%s”与 %s 的型号 %s 相同，接上设备时分不清是哪一种；请删去一处，或用 firmware、probe 区分", word.ZH, c.node.Value, place, o.doc.ID()),
		EN: fmt.Sprintf("%s %q is also that of %s in %s: a device wouldn't tell which it is; remove one, or tell them apart by firmware or probe", word.EN, c.node.Value, o.doc.ID(), place),
	}
}

// Docs are the files that the catalogue was read from, sorted by name.
func (c *Catalog) Docs() []*Doc { return c.docs.sorted() }

func (d docs) sorted() []*Doc {
	out := make([]*Doc, 0, len(d))
	for _, doc := range d {
		out = append(out, doc)
	}
	slices.SortFunc(out, func(a, b *Doc) int { return strings.Compare(a.file, b.file) })
	return out
}

// clashes are those between any two of the documents, each told once, at the
// later one.
func clashes(all []*Doc) Mistakes {
	var x claimIndex
	var ms Mistakes
	for _, doc := range all {
		ms = append(ms, x.clashes(doc)...)
		x.add(doc)
	}
	return ms
}

// Fits are the profiles that a device may be which says of itself what says:
// its USB id, its IEEE 1284 device id, or a name that it is sold under. Where
// there are several, a person has to choose.
func Fits(all []*Profile, says string) []*Profile {
	text := folded(says)
	if text == "" {
		return nil
	}
	var out []*Profile
	for _, p := range all {
		if p.Match.fits(text) || folded(p.ID) == text || folded(p.Names.ZH) == text || folded(p.Names.EN) == text {
			out = append(out, p)
		}
	}
	return out
}

func (m Match) fits(text string) bool {
	same := func(value string) bool { return folded(value) == text }
	return slices.ContainsFunc(m.USB, same) || slices.ContainsFunc(m.Aliases, same) ||
		m.IEEE1284 != "" && strings.Contains(text, folded(m.IEEE1284))
}
