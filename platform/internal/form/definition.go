package form

import "slices"

// Definition is a form as its editors write it: sections of fields, and rules
// that concern several fields. It is data: what it may hold is checked by
// Compile before anybody sees it.
type Definition struct {
	Title    string    `json:"title"`
	Intro    string    `json:"intro,omitempty"`
	Sections []Section `json:"sections"`
	Rules    []Rule    `json:"rules,omitempty"`
}

// Section is a part of a form with a heading.
type Section struct {
	Title string `json:"title"`
	Note  string `json:"note,omitempty"`
	// When is an expression: the section is there only where it is true.
	When   string  `json:"when,omitempty"`
	Fields []Field `json:"fields"`
}

// Field is one thing to fill in.
type Field struct {
	// Name is unique in the form, or in its table; values are kept under it.
	Name   string `json:"name"`
	Widget Widget `json:"widget"`
	Label  string `json:"label"`
	Help   string `json:"help,omitempty"`
	// Example stands in the empty field, Unit behind it.
	Example string `json:"example,omitempty"`
	Unit    string `json:"unit,omitempty"`
	// Width is that of the field where there is room for several beside each
	// other; empty means the whole line.
	Width Width `json:"width,omitempty"`
	// When is an expression: the field is there only where it is true. It may
	// name answers and fields that stand before this one.
	When string `json:"when,omitempty"`
	// Required fields have to be filled in; RequiredWhen is an expression that
	// makes them so.
	Required     bool     `json:"required,omitempty"`
	RequiredWhen string   `json:"requiredWhen,omitempty"`
	Options      []Option `json:"options,omitempty"`
	// MinLength and MaxLength are in characters; 0 is the widget's own bound.
	MinLength int `json:"minLength,omitempty"`
	MaxLength int `json:"maxLength,omitempty"`
	// Minimum and Maximum are of numbers, Decimals how many digits may follow
	// the point.
	Minimum  *float64 `json:"minimum,omitempty"`
	Maximum  *float64 `json:"maximum,omitempty"`
	Decimals int      `json:"decimals,omitempty"`
	// Pattern is a regular expression for the whole text, in what Go and
	// JavaScript read alike; PatternMessage says what is wrong.
	Pattern        string `json:"pattern,omitempty"`
	PatternMessage string `json:"patternMessage,omitempty"`
	// Earliest and Latest bound a date: "today", or a day such as 2026-11-22.
	Earliest string `json:"earliest,omitempty"`
	Latest   string `json:"latest,omitempty"`
	// Columns are those of a table, MinRows and MaxRows bound its rows; 0
	// rows are none at least and 50 at most.
	Columns []Field `json:"columns,omitempty"`
	MinRows int     `json:"minRows,omitempty"`
	MaxRows int     `json:"maxRows,omitempty"`
	// From names facts that fill the field before anybody does: the first one
	// known. Locked fields keep what a register says (person.*, legal.*).
	From   []string `json:"from,omitempty"`
	Locked bool     `json:"locked,omitempty"`
	// Text is what a note says.
	Text string `json:"text,omitempty"`
}

// Option is one thing to choose.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Rule is what has to be true of several fields together. It is judged where
// every field that it names has a value.
type Rule struct {
	// That is an expression.
	That    string `json:"that"`
	Message string `json:"message"`
	// At is the field that the message stands at.
	At string `json:"at"`
}

// Width is how wide a field is.
type Width string

// The widths.
const (
	Full  Width = ""
	Half  Width = "half"
	Third Width = "third"
)

// Widget is how a field is filled in.
type Widget string

// The widgets, with the JSON that their values are.
const (
	Text       Widget = "text"        // string, one line
	LongText   Widget = "long-text"   // string, several lines
	Number     Widget = "number"      // number, or integer without decimals
	Money      Widget = "money"       // number in yuan, two decimals
	Date       Widget = "date"        // string, 2006-01-02
	Choice     Widget = "choice"      // string, one of the options' values
	Several    Widget = "several"     // array of options' values
	YesNo      Widget = "yes-no"      // boolean
	IDNumber   Widget = "id-number"   // string, GB 11643
	CreditCode Widget = "credit-code" // string, GB 32100
	Phone      Widget = "phone"       // string
	Address    Widget = "address"     // object: region (GB/T 2260), area (its name), street
	Table      Widget = "table"       // array of objects
	Person     Widget = "person"      // object: name, number, phone
	Note       Widget = "note"        // none
)

// Widgets are all of them.
func Widgets() []Widget {
	return []Widget{
		Text, LongText, Number, Money, Date, Choice, Several, YesNo, IDNumber, CreditCode, Phone, Address, Table, Person, Note,
	}
}

// inTable tells whether a table's column may be one.
func (w Widget) inTable() bool {
	return slices.Contains([]Widget{Text, Number, Money, Date, Choice, YesNo, IDNumber, CreditCode, Phone}, w)
}

// chosen tells whether people choose it rather than write it.
func (w Widget) chosen() bool { return slices.Contains([]Widget{Date, Choice, Several, YesNo}, w) }

// part is one of the texts that a person or an address consists of.
type part struct {
	name, label, format string
	required            bool
	max                 int
}

// parts are those of a widget that consists of some, or nil.
func (w Widget) parts() []part {
	switch w {
	case Person:
		return []part{
			{name: "name", label: "姓名", format: formatLine, required: true, max: 100},
			{name: "number", label: "身份证号码", format: formatID, required: true, max: 40},
			{name: "phone", label: "联系电话", format: formatPhone, max: 40},
		}
	case Address:
		return []part{
			{name: "region", label: "所在地区", format: formatRegion, required: true, max: 12},
			{name: "area", label: "地区名称", format: formatLine, max: 100},
			{name: "street", label: "详细地址", format: formatLine, required: true, max: 200},
		}
	default:
		return nil
	}
}

// The bounds of a definition, and of what is filled in.
const (
	maxDefinition = 256 << 10 // bytes
	maxSections   = 40
	maxFields     = 300
	maxColumns    = 20
	maxOptions    = 200
	maxRules      = 100
	maxRows       = 200
	defaultRows   = 50
	maxLine       = 500  // characters of a text
	maxLong       = 5000 // characters of a long text
	defaultLine   = 200  //
	defaultLong   = 2000 //
	maxDecimals   = 6    //
	maxDepth      = 12   // of a definition
	maxLabel      = 60   // characters of names and labels
	maxWords      = 1000 // characters of notes and helps
	maxValues     = 256 << 10
	valuesDepth   = 5
	// maxSafe is the largest number that a browser keeps exactly.
	maxSafe  = 1<<53 - 1
	maxMoney = 1e12
)
