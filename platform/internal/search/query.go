package search

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Query is what is looked for.
type Query struct {
	Text string
	// Filter keeps documents that have one of the values in each facet named.
	Filter map[string][]string
	// Order sorts hits otherwise than by how well they fit.
	Order Order
	Limit int // at most 200; 0 means 20
	From  int // hits to leave out
}

// Order is how hits are sorted.
type Order int

// The orders.
const (
	Best   Order = iota // how well they fit; without a text the boosted first
	ByHot               // the boosted first
	ByName              // by title
)

// Hit is a document that was found.
type Hit struct {
	ID    string
	Score float64
}

// Count is how many hits have a value of a facet.
type Count struct {
	Value string
	N     int
}

// Result is what was found.
type Result struct {
	Hits  []Hit
	Total int
	// Facets count by value, the most frequent first, as if the facet's own
	// filter weren't there.
	Facets map[string][]Count
	// Meant are words that were probably meant by what was typed.
	Meant []string
	// Loose tells that no document has all that was typed, so that the hits
	// have a part of it.
	Loose bool

	marks map[string]bool
}

// What a document is worth beyond its tokens.
const (
	synonymWorth = 0.8  // a hit by a synonym against one by the word itself
	enough       = 0.6  // of a phrase's worth must be found for it to count
	looseEnough  = 0.34 // of a query's worth must be found for a loose hit
	boostWorth   = 0.25 // of a score, at most
	phraseWorth  = 0.6  // per character of a whole phrase in a field
	titleWorth   = 12.0 // the title is what was typed
	beginWorth   = 3.0  // the title begins so
)

// Search returns what fits a query.
func (x *Index) Search(q Query) Result {
	x.mu.RLock()
	defer x.mu.RUnlock()
	parts := x.parse(q.Text)
	r := Result{Facets: map[string][]Count{}, marks: map[string]bool{}}
	for _, p := range parts {
		for _, ph := range p.phrases {
			for _, t := range ph.tokens {
				r.marks[t.text] = true
			}
		}
	}
	scores := x.score(parts, &r)
	hits := x.filter(scores, q.Filter, &r)
	r.Total = len(hits)
	from := min(max(q.From, 0), len(hits))
	to := min(len(hits), from+min(max(cmp.Or(q.Limit, 20), 1), 200))
	before := func(a, b scored) int { return x.before(a, b, q, len(parts) > 0) }
	for _, h := range first(hits, to, before)[from:] {
		r.Hits = append(r.Hits, Hit{x.entries[h.doc].doc.ID, h.score})
	}
	return r
}

// part is a piece of a query: what was typed or what means the same.
type part struct {
	phrases []phrase
	worth   float64 // of the words typed
}

// phrase is one way to say a part.
type phrase struct {
	text   string
	tokens []token
	known  float64 // worth of the tokens that any document has
	factor float64
}

// parse splits a query into parts: at blanks, and around synonyms.
func (x *Index) parse(text string) []part {
	runes := fold(text)
	if len(runes) > MaxQuery {
		runes = runes[:MaxQuery]
	}
	var parts []part
	for _, word := range strings.Fields(plain(strings.Join(strings.Fields(string(runes)), " "))) {
		parts = append(parts, x.split([]rune(word))...)
	}
	return parts
}

// split cuts a word at the longest synonyms in it, from the left.
func (x *Index) split(word []rune) []part {
	var parts []part
	from := 0
	flush := func(to int) {
		if to > from {
			parts = append(parts, x.part(string(word[from:to]), nil))
		}
	}
	for i := 0; i < len(word); {
		n := x.synonymAt(word[i:])
		if n == 0 {
			i++
			continue
		}
		flush(i)
		w := string(word[i : i+n])
		parts = append(parts, x.part(w, x.synonyms[w]))
		i += n
		from = i
	}
	flush(len(word))
	// A single character that is left over between synonyms says nothing.
	if len(parts) > 1 {
		parts = slices.DeleteFunc(parts, func(p part) bool {
			r := []rune(p.phrases[0].text)
			return len(p.phrases) == 1 && len(r) == 1 && isHan(r[0])
		})
	}
	return parts
}

// maxSynonym bounds a synonym, in characters.
const maxSynonym = 20

// synonymAt is the length of the longest synonym that text begins with.
func (x *Index) synonymAt(text []rune) int {
	for n := min(len(text), maxSynonym); n > 1; n-- {
		if _, ok := x.synonyms[string(text[:n])]; ok {
			return n
		}
	}
	return 0
}

func (x *Index) part(word string, means []string) part {
	p := part{phrases: []phrase{x.phrase(word, 1)}}
	for _, m := range means {
		p.phrases = append(p.phrases, x.phrase(m, synonymWorth))
	}
	for _, t := range p.phrases[0].tokens {
		p.worth += x.rare(t.text)
	}
	return p
}

func (x *Index) phrase(text string, factor float64) phrase {
	ph := phrase{text: text, factor: factor, tokens: tokens([]rune(text), false)}
	seen := map[string]bool{}
	ph.tokens = slices.DeleteFunc(ph.tokens, func(t token) bool {
		again := seen[t.text]
		seen[t.text] = true
		return again
	})
	for _, t := range ph.tokens {
		if x.has(t.text) {
			ph.known += x.rare(t.text)
		}
	}
	return ph
}

// scored is a document with how well it fits.
type scored struct {
	doc   uint32
	score float64
}

// score weighs every document that has all parts, or, where there is none,
// those that have enough of them. Without parts it is all documents.
func (x *Index) score(parts []part, r *Result) []scored {
	if len(parts) == 0 {
		all := make([]scored, 0, len(x.byID))
		for i := range x.entries {
			if !x.entries[i].dead {
				all = append(all, scored{uint32(i), 0}) //nolint:gosec // far fewer documents
			}
		}
		return all
	}
	n := len(x.entries)
	totalList, worthList, bestList := borrow(n), borrow(n), borrow(n)
	defer scratch.Put(totalList)
	defer scratch.Put(worthList)
	defer scratch.Put(bestList)
	total, worth, best := *totalList, *worthList, *bestList
	matched := make([]uint8, n)
	sum := 0.0
	for _, p := range parts {
		sum += p.worth
		clear(best)
		x.scorePart(p, best)
		for doc, s := range best {
			if s > 0 {
				total[doc] += s
				worth[doc] += p.worth
				matched[doc]++
			}
		}
	}
	var list, loose []scored
	for doc := range x.entries {
		switch {
		case int(matched[doc]) == len(parts):
			list = append(list, scored{uint32(doc), total[doc]}) //nolint:gosec // far fewer documents
		case matched[doc] > 0 && worth[doc] >= looseEnough*sum:
			loose = append(loose, scored{uint32(doc), total[doc] * worth[doc] / sum}) //nolint:gosec // far fewer documents
		}
	}
	if len(list) == 0 {
		list, r.Loose = loose, len(loose) > 0
	}
	for i := range list {
		list[i].score *= 1 + boostWorth*x.entries[list[i].doc].doc.Boost
	}
	return list
}

// scratch are lists of numbers for one query, used again.
var scratch = sync.Pool{New: func() any { return new([]float64) }}

// borrow takes a list of n zeros; whoever took it gives it back.
func borrow(n int) *[]float64 {
	list := scratch.Get().(*[]float64) // nothing else is in it
	if cap(*list) < n {
		*list = make([]float64, n)
	}
	*list = (*list)[:n]
	clear(*list)
	return list
}

// scorePart adds to best how well each document fits a part: by its best phrase.
func (x *Index) scorePart(p part, best []float64) {
	coveredList, pointsList := borrow(len(x.entries)), borrow(len(x.entries))
	defer scratch.Put(coveredList)
	defer scratch.Put(pointsList)
	covered, points := *coveredList, *pointsList
	for _, ph := range p.phrases {
		if ph.known == 0 {
			continue
		}
		clear(covered)
		clear(points)
		for _, t := range ph.tokens {
			rare := x.rare(t.text)
			for _, list := range x.lists(t.text) {
				for _, post := range list {
					e := &x.entries[post.doc]
					if e.dead {
						continue
					}
					covered[post.doc] += rare
					points[post.doc] += rare * e.worth[bits.TrailingZeros8(post.mask)]
				}
			}
		}
		for doc, c := range covered {
			c = min(1, c/ph.known)
			if c < enough {
				continue
			}
			s := points[doc] * c * c
			if c > 0.999 {
				s += whole(&x.entries[doc], ph.text)
			}
			best[doc] = max(best[doc], s*ph.factor)
		}
	}
}

// lists are the postings of a token; of a word of letters or digits those of all
// words that begin so, such as the front of a code.
func (x *Index) lists(t string) [][]posting {
	if exact, ok := x.postings[t]; ok || len(t) < 4 || t[0] > 0x7F {
		return [][]posting{exact}
	}
	var lists [][]posting
	for _, w := range x.build().latin(t) {
		lists = append(lists, x.postings[w])
	}
	return lists
}

// has tells whether a document has a token, or a word that begins so.
func (x *Index) has(t string) bool {
	return x.found[t] > 0 || slices.ContainsFunc(x.lists(t), func(list []posting) bool { return len(list) > 0 })
}

// whole is what it is worth that a field has the phrase as it was typed.
func whole(e *entry, text string) float64 {
	points := 0.0
	for i, field := range e.texts {
		if strings.Contains(field, text) { // the best field comes first
			points = phraseWorth * float64(utf8.RuneCountInString(text)) * e.worth[i]
			break
		}
	}
	if strings.HasPrefix(e.title, text) {
		points += beginWorth
	}
	if e.title == text {
		points += titleWorth
	}
	return points
}

// filter keeps what the facets allow and counts them: a document that one facet
// alone keeps out is counted for that facet.
func (x *Index) filter(list []scored, by map[string][]string, r *Result) []scored {
	wanted := make([]map[uint32]bool, 0, len(by))
	names := make([]string, 0, len(by))
	for facet, ids := range by {
		if len(ids) == 0 {
			continue
		}
		set := map[uint32]bool{}
		for _, id := range ids {
			if n, ok := x.numbers[value{facet, id}]; ok {
				set[n] = true
			}
		}
		wanted, names = append(wanted, set), append(names, facet)
	}
	counts := make([]int, len(x.values))
	kept := list[:0:0]
	for _, s := range list {
		e := &x.entries[s.doc]
		failed, last := 0, ""
		for i, set := range wanted {
			if !slices.ContainsFunc(e.facets, func(n uint32) bool { return set[n] }) {
				failed++
				last = names[i]
			}
		}
		switch failed {
		case 0:
			kept = append(kept, s)
			for _, n := range e.facets {
				counts[n]++
			}
		case 1:
			for _, n := range e.facets {
				if x.values[n].facet == last {
					counts[n]++
				}
			}
		}
	}
	for n, c := range counts {
		if c > 0 {
			v := x.values[n]
			r.Facets[v.facet] = append(r.Facets[v.facet], Count{v.id, c})
		}
	}
	for _, list := range r.Facets {
		slices.SortFunc(list, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	}
	return kept
}

// before orders two hits.
func (x *Index) before(a, b scored, q Query, text bool) int {
	x1, x2 := &x.entries[a.doc], &x.entries[b.doc]
	order := 0
	switch {
	case q.Order == ByName:
		order = cmp.Compare(x1.title, x2.title)
	case q.Order == Best && text:
		order = cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(x2.doc.Boost, x1.doc.Boost))
	default:
		order = cmp.Compare(x2.doc.Boost, x1.doc.Boost)
	}
	return cmp.Or(order, cmp.Compare(x1.doc.ID, x2.doc.ID))
}

// first are the n first of a list, in order. What of the list is behind them is
// in none.
func first(list []scored, n int, before func(a, b scored) int) []scored {
	// Of a long list all is dropped again and again that is behind the n best so far.
	const room = 1000
	if len(list) > 2*(n+room) {
		best := make([]scored, 0, n+room)
		full := false
		for _, s := range list {
			if full && n > 0 && before(s, best[n-1]) > 0 {
				continue
			}
			if best = append(best, s); len(best) == n+room {
				slices.SortFunc(best, before)
				best, full = best[:n], true
			}
		}
		list = best
	}
	slices.SortFunc(list, before)
	return list[:n]
}

// Piece is a piece of a text that was found, or of what is around it.
type Piece struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

// Mark cuts a text into what the query found in it and the rest.
func (r *Result) Mark(text string) []Piece {
	runes := []rune(text)
	on := make([]bool, len(runes))
	for _, t := range tokens(fold(text), false) {
		if r.marks[t.text] {
			for i := t.from; i < t.to; i++ {
				on[i] = true
			}
		}
	}
	var list []Piece
	for i := 0; i < len(runes); {
		from := i
		for i < len(runes) && on[i] == on[from] {
			i++
		}
		list = append(list, Piece{string(runes[from:i]), on[from]})
	}
	return list
}
