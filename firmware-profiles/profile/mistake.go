package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong in a profile file, said so that the person
// who wrote the file can put it right.
type Mistake struct {
	File string
	// Line and Column count from 1; they are 0 when the file as a whole is
	// meant.
	Line, Column int
	// Path is the place in the document, such as /frames/std/4.
	Path string
	// ZH and EN say what is wrong.
	ZH, EN string
}

// Error is file:line:column: path: text in English.
func (m *Mistake) Error() string { return m.where() + m.EN }

// Chinese is Error in Chinese.
func (m *Mistake) Chinese() string { return m.where() + m.ZH }

// Both is the mistake in Chinese and English on one line.
func (m *Mistake) Both() string { return m.where() + m.ZH + " / " + m.EN }

func (m *Mistake) where() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:", m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", m.Line, m.Column)
	}
	b.WriteByte(' ')
	if m.Path != "" {
		b.WriteString(m.Path + ": ")
	}
	return b.String()
}

// Mistakes are all that is wrong in one file, in the order of its lines. As an
// error it shows each on its own line.
type Mistakes []*Mistake

// Error joins the English texts.
func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a single Mistake.
func (ms Mistakes) Unwrap() []error {
	out := make([]error, len(ms))
	for i, m := range ms {
		out[i] = m
	}
	return out
}

// sorted is the list by place, without repetitions.
func (ms Mistakes) sorted() Mistakes {
	slices.SortStableFunc(ms, func(a, b *Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.EN, b.EN))
	})
	return slices.CompactFunc(ms, func(a, b *Mistake) bool { return *a == *b })
}
