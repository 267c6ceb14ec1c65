// Package search finds short Chinese documents by what people type. Documents
// flow into an index in memory, by pairs of neighbouring characters, so that
// two-character words are found without a dictionary; a query flows through the
// citizens' synonyms to documents in order of how well they fit, with counts
// for each facet and, where a word is mistyped, what was probably meant. The
// order depends on the documents alone, never on the engine that keeps them.
package search

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
)

// MaxQuery bounds a query, in characters; what is longer is cut.
const MaxQuery = 64

// Document is what can be found.
type Document struct {
	ID string
	// Fields are texts with how much a hit in them is worth. The first is the
	// title. At most 8.
	Fields []Field
	// Facets are what it is sorted by; the values are ids.
	Facets map[string][]string
	// Words are what is suggested and corrected to, beside the title.
	Words []string
	// Boost makes it come earlier: 0 for most, 1 for the most asked for.
	Boost float64
}

// Field is one text of a document.
type Field struct {
	Text   string
	Weight float64
}

// posting says that a token is in a document, in the fields of the mask.
type posting struct {
	doc  uint32
	mask uint8
}

// entry is a document in the index. Its fields are in the order of their worth,
// so that the lowest bit of a mask is the best hit.
type entry struct {
	doc    Document
	title  string   // the first field, folded
	texts  []string // the fields, folded
	worth  []float64
	tokens []string
	facets []uint32 // numbers of facet values
	dead   bool
}

// value is one value of a facet.
type value struct{ facet, id string }

// Index is a set of documents. Its methods may be called from any goroutine.
type Index struct {
	mu       sync.RWMutex
	entries  []entry
	byID     map[string]uint32
	postings map[string][]posting
	found    map[string]int // live documents by token
	values   []value
	numbers  map[value]uint32
	synonyms map[string][]string
	vocab    vocabulary
	dead     int
}

// New returns an empty index.
func New() *Index {
	x := &Index{synonyms: map[string][]string{}}
	x.clear()
	return x
}

func (x *Index) clear() {
	x.entries, x.dead = nil, 0
	x.byID, x.postings, x.found = map[string]uint32{}, map[string][]posting{}, map[string]int{}
	x.values, x.numbers = nil, map[value]uint32{}
	x.vocab = vocabulary{}
}

// Put makes documents found, instead of those with the same ids.
func (x *Index) Put(docs ...Document) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, d := range docs {
		x.remove(d.ID)
		x.add(d)
	}
	x.tidy()
}

// Delete makes documents not found any more.
func (x *Index) Delete(ids ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range ids {
		x.remove(id)
	}
	x.tidy()
}

// Boost changes how early documents come; those not named get 0.
func (x *Index) Boost(by map[string]float64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range x.entries {
		x.entries[i].doc.Boost = by[x.entries[i].doc.ID]
	}
	x.vocab.built = false
}

// Synonyms sets the citizens' words: whoever types a key also finds what its
// values find.
func (x *Index) Synonyms(by map[string][]string) {
	folded := make(map[string][]string, len(by))
	for word, means := range by {
		key := strings.TrimSpace(string(fold(word)))
		for _, m := range means {
			if m = strings.TrimSpace(string(fold(m))); m != "" && m != key && key != "" {
				folded[key] = append(folded[key], m)
			}
		}
		slices.Sort(folded[key])
		folded[key] = slices.Compact(folded[key])
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.synonyms = folded
	x.vocab.built = false
}

// Len counts the documents.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.byID)
}

func (x *Index) add(d Document) {
	if len(d.Fields) > 8 {
		d.Fields = d.Fields[:8]
	}
	n := uint32(len(x.entries)) //nolint:gosec // far fewer documents
	e := entry{doc: d}
	masks := map[string]uint8{}
	if len(d.Fields) > 0 {
		e.title = strings.TrimSpace(string(fold(d.Fields[0].Text)))
	}
	fields := slices.Clone(d.Fields)
	slices.SortStableFunc(fields, func(a, b Field) int { return cmp.Compare(b.Weight, a.Weight) })
	for i, f := range fields {
		text := fold(f.Text)
		e.texts, e.worth = append(e.texts, string(text)), append(e.worth, f.Weight)
		for _, t := range tokens(text, true) {
			if masks[t.text] == 0 {
				e.tokens = append(e.tokens, t.text)
			}
			masks[t.text] |= 1 << i
		}
	}
	for _, t := range e.tokens {
		x.postings[t] = append(x.postings[t], posting{n, masks[t]})
		x.found[t]++
	}
	for facet, ids := range d.Facets {
		for _, id := range ids {
			v := value{facet, id}
			number, ok := x.numbers[v]
			if !ok {
				number = uint32(len(x.values)) //nolint:gosec // far fewer values
				x.numbers[v] = number
				x.values = append(x.values, v)
			}
			e.facets = append(e.facets, number)
		}
	}
	slices.Sort(e.facets)
	e.facets = slices.Compact(e.facets)
	x.entries = append(x.entries, e)
	x.byID[d.ID] = n
	x.vocab.built = false
}

func (x *Index) remove(id string) {
	n, ok := x.byID[id]
	if !ok {
		return
	}
	delete(x.byID, id)
	for _, t := range x.entries[n].tokens {
		x.found[t]--
	}
	x.entries[n] = entry{dead: true}
	x.dead++
	x.vocab.built = false
}

// tidy builds the index anew once half of it is of documents that are gone.
func (x *Index) tidy() {
	if x.dead < 1000 || x.dead < len(x.byID) {
		return
	}
	live := make([]Document, 0, len(x.byID))
	for _, e := range x.entries {
		if !e.dead {
			live = append(live, e.doc)
		}
	}
	x.clear()
	for _, d := range live {
		x.add(d)
	}
}

// rare is what a token is worth: the rarer, the more.
func (x *Index) rare(t string) float64 {
	return math.Log(1 + float64(len(x.byID))/float64(1+x.found[t]))
}
