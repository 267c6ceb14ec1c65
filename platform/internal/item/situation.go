package item

// Situation asks people what their case is, one question after another, until
// it is known exactly what they have to bring, to pay and to wait. The first
// question is the first of the list. A material or fee that an option names is
// needed only where such an option was chosen; all others are always needed.
type Situation struct {
	Questions []Question `json:"questions,omitempty" yaml:"questions,omitempty" maxItems:"40"`
}

// Question is one question.
type Question struct {
	// ID is unique within the item.
	ID   string `json:"id" yaml:"id" maxLength:"40"`
	Text string `json:"text" yaml:"text" maxLength:"200"`
	Help string `json:"help,omitempty" yaml:"help,omitempty" maxLength:"300"`
	// Options are what can be answered; exactly one is chosen.
	Options []Option `json:"options" yaml:"options" maxItems:"12"`
}

// Option is one answer and what it means.
type Option struct {
	// ID is unique within the question.
	ID   string `json:"id" yaml:"id" maxLength:"40"`
	Text string `json:"text" yaml:"text" maxLength:"100"`
	// Next is the id of the question that comes then; empty: the end.
	Next string `json:"next,omitempty" yaml:"next,omitempty" maxLength:"40"`
	// Materials and Fees are ids that are needed in this case, Without ids of
	// materials or fees that are not, though they were until here.
	Materials []string `json:"materials,omitempty" yaml:"materials,omitempty" maxItems:"80"`
	Fees      []string `json:"fees,omitempty" yaml:"fees,omitempty" maxItems:"40"`
	Without   []string `json:"without,omitempty" yaml:"without,omitempty" maxItems:"80"`
	// Promised is another limit in this case.
	Promised *Limit `json:"promised,omitempty" yaml:"promised,omitempty"`
	Note     string `json:"note,omitempty" yaml:"note,omitempty" maxLength:"300"`
	// Refuse says why this item is not the right one in this case; Instead is
	// the id of the item that is.
	Refuse  string `json:"refuse,omitempty" yaml:"refuse,omitempty" maxLength:"300"`
	Instead string `json:"instead,omitempty" yaml:"instead,omitempty" maxLength:"40"`
}

// Answers are chosen options by question.
type Answers map[string]string
