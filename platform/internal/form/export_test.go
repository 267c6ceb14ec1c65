package form

import "time"

// Parse is an expression as browsers get it, or why it is refused.
func Parse(source string) (*Node, string) {
	n, _, problem := parse(source)
	return n, problem
}

// Eval gives an expression's value.
func Eval(n *Node, values Values, answers Answers, now time.Time) any {
	return (&scope{values: values, answers: answers, now: now}).eval(n)
}

// CheckPattern says why a pattern can't be used.
var CheckPattern = checkPattern

// Sentences are what is said of wrong fields.
var Sentences = sentences

// PartLabel is the name of a part of a widget.
func PartLabel(w Widget, name string) string {
	for _, p := range w.parts() {
		if p.name == name {
			return p.label
		}
	}
	return ""
}
