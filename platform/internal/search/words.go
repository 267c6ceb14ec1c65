package search

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// vocabulary is what is suggested and corrected to: titles, words of documents
// and synonyms. It is built when it is asked for.
type vocabulary struct {
	mu    sync.Mutex
	built bool
	words []word // by text
	// byRune are the words with a character, for finding those near a query.
	byRune map[rune][]int32
	ascii  []string // tokens of letters and digits, sorted
}

// word is one of them.
type word struct {
	text   string // as it is written
	folded []rune
	weight float64
}

// maxWord bounds the words that are suggested, in characters.
const maxWord = 40

// build fills the vocabulary. x.mu is held, for reading at least.
func (x *Index) build() *vocabulary {
	v := &x.vocab
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.built {
		return v
	}
	weights := map[string]float64{}
	add := func(text string, weight float64) {
		text = strings.TrimSpace(text)
		if n := len([]rune(text)); n >= 2 && n <= maxWord {
			weights[text] = max(weights[text], weight)
		}
	}
	for i := range x.entries {
		e := &x.entries[i]
		if e.dead || len(e.doc.Fields) == 0 {
			continue
		}
		add(e.doc.Fields[0].Text, 1+e.doc.Boost)
		for _, w := range e.doc.Words {
			add(w, 1.2+e.doc.Boost)
		}
	}
	for w, means := range x.synonyms {
		add(w, 1.1)
		for _, m := range means {
			add(m, 1)
		}
	}
	v.words = make([]word, 0, len(weights))
	for text, weight := range weights {
		v.words = append(v.words, word{text, fold(text), weight})
	}
	slices.SortFunc(v.words, func(a, b word) int { return cmp.Compare(a.text, b.text) })
	v.byRune = map[rune][]int32{}
	for i, w := range v.words {
		seen := map[rune]bool{}
		for _, r := range w.folded {
			if !seen[r] && r != ' ' {
				seen[r] = true
				v.byRune[r] = append(v.byRune[r], int32(i)) //nolint:gosec // far fewer words
			}
		}
	}
	v.ascii = v.ascii[:0:0]
	for t := range x.postings {
		if t[0] <= 0x7F {
			v.ascii = append(v.ascii, t)
		}
	}
	slices.Sort(v.ascii)
	v.built = true
	return v
}

// maxPrefix bounds how many words the front of one stands for.
const maxPrefix = 200

// latin are the words of letters and digits that begin so.
func (v *vocabulary) latin(front string) []string {
	i, _ := slices.BinarySearch(v.ascii, front)
	j := i
	for j < len(v.ascii) && j-i < maxPrefix && strings.HasPrefix(v.ascii[j], front) {
		j++
	}
	return v.ascii[i:j]
}

// Suggest returns up to n words that begin with, or have in them, what was typed
// so far.
func (x *Index) Suggest(typed string, n int) []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	key := []rune(strings.TrimSpace(string(fold(typed))))
	if len(key) == 0 || len(key) > MaxQuery || n <= 0 {
		return nil
	}
	v := x.build()
	type found struct {
		word
		begins bool
	}
	var list []found
	for _, i := range rarest(v, key) {
		w := v.words[i]
		folded := string(w.folded)
		if strings.Contains(folded, string(key)) {
			list = append(list, found{w, strings.HasPrefix(folded, string(key))})
		}
	}
	slices.SortFunc(list, func(a, b found) int {
		if a.begins != b.begins {
			if a.begins {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(len(a.folded), len(b.folded)), cmp.Compare(a.text, b.text))
	})
	var words []string
	for _, f := range list[:min(n, len(list))] {
		words = append(words, f.text)
	}
	return words
}

// rarest are the words that have the rarest character of key.
func rarest(v *vocabulary, key []rune) []int32 {
	var best []int32
	first := true
	for _, r := range key {
		if r == ' ' {
			continue
		}
		if list := v.byRune[r]; first || len(list) < len(best) {
			best, first = list, false
		}
	}
	return best
}

// Correct returns up to n words that were probably meant by a query with
// characters that stand nowhere so.
func (x *Index) Correct(text string, n int) []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	folded := fold(text)
	if len(folded) > MaxQuery {
		folded = folded[:MaxQuery]
	}
	key := []rune(strings.ReplaceAll(plain(string(folded)), " ", ""))
	if len(key) < 2 || !x.strange(key) {
		return nil
	}
	v := x.build()
	limit := 1
	if len(key) >= 6 {
		limit = 2
	}
	shared := map[int32]int{}
	for _, r := range key {
		for _, i := range v.byRune[r] {
			shared[i]++
		}
	}
	type near struct {
		word
		distance int
	}
	var list []near
	for i, c := range shared {
		w := v.words[i]
		if c < len(key)-limit || c < 1 {
			continue
		}
		if d := distance(key, w.folded, limit); d <= limit && d > 0 {
			list = append(list, near{w, d})
		}
	}
	slices.SortFunc(list, func(a, b near) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(b.weight, a.weight), cmp.Compare(a.text, b.text))
	})
	var words []string
	for _, f := range list[:min(n, len(list))] {
		words = append(words, f.text)
	}
	return words
}

// strange tells whether key has two neighbouring characters, or a word, that no
// document and no synonym has.
func (x *Index) strange(key []rune) bool {
	if _, ok := x.synonyms[string(key)]; ok {
		return false
	}
	for _, t := range tokens(key, false) {
		if !x.has(t.text) {
			return true
		}
	}
	return false
}
