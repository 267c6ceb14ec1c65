package kiosk

import (
	"net/http"
	"slices"
	"unicode"

	"smarthall/internal/agent"
	"smarthall/internal/link"
)

// A slip for readers of another language than Chinese comes in the words of the
// page. What it is about, and the code on it, are still the agent's own.

// wordsLines is how many lines a page words at most: with the head and the code
// they are as long as any slip.
const wordsLines = 80

var errWords = agent.Refuse(http.StatusUnprocessableEntity, "paper.unknown", "这张单子不能打印，请到咨询台询问")

// worded is a slip in the words of the page, with the code for address, if there
// is one.
func (p *slipPaper) worded(w *link.SlipWords, address string) ([]link.PrintLine, error) {
	if err := p.wordedHead(w); err != nil {
		return nil, err
	}
	if address != "" {
		p.add(link.PrintLine{QR: address, Align: "center"})
		p.add(link.PrintLine{Text: w.Scan, Align: "center"})
	}
	return p.close(w.Printed), nil
}

// wordedHead is what a slip says, without its code and end.
func (p *slipPaper) wordedHead(w *link.SlipWords) error {
	said := textsOf(w)
	if w.Title == "" || len(w.Lines) == 0 || len(w.Lines) > wordsLines || slices.ContainsFunc(said, func(s string) bool { return !isLine(s) }) {
		return errWords
	}
	p.head(w.Hall, w.Title)
	for _, l := range w.Lines {
		size := 0
		if l.Large {
			size = 2
		}
		p.add(link.PrintLine{Text: l.Text, Bold: l.Bold, Size: size, Rule: l.Rule})
	}
	return nil
}

// wordsFor are those of the page, nil if ticket printers have no letters for them:
// then people get the slip in Chinese, which somebody at the desk can read to them.
func wordsFor(w *link.SlipWords) *link.SlipWords {
	if w == nil || slices.ContainsFunc(textsOf(w), func(s string) bool { return !hasLetters(s) }) {
		return nil
	}
	return w
}

func textsOf(w *link.SlipWords) []string {
	said := []string{w.Hall, w.Title, w.Scan, w.Printed, w.Here}
	for _, l := range w.Lines {
		said = append(said, l.Text)
	}
	return said
}

// isLine tells whether a text stands on one line of paper: what a printer takes for
// a command isn't text.
func isLine(text string) bool {
	return !slices.ContainsFunc([]rune(text), unicode.IsControl)
}

// hasLetters tells whether all letters of a text are of scripts whose letters stand
// one behind the other, each in one shape: those that GB/T 2312 has.
func hasLetters(text string) bool {
	for _, r := range text {
		if unicode.IsOneOf([]*unicode.RangeTable{unicode.L, unicode.M}, r) &&
			!unicode.In(r, unicode.Latin, unicode.Han, unicode.Greek, unicode.Cyrillic, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Common) {
			return false
		}
	}
	return true
}
