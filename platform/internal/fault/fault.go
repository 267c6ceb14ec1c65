// Package fault is how the platform's rules say no: a kind, which a transport
// turns into its own code, a stable code for machines and one Chinese sentence
// for people. An error without a Fault in it is a defect or a failure of the
// machine: it is logged whole and shown to nobody.
package fault

import "errors"

// Kind is what sort of no it is.
type Kind int

// The kinds.
const (
	Invalid         Kind = iota + 1 // what was asked makes no sense
	Unauthenticated                 // nobody is signed in
	Forbidden                       // whoever is signed in may not
	NotFound                        // there is no such thing, or not for the one who asks
	Conflict                        // the present state forbids it
	TooMany                         // too often or too much
	Unavailable                     // an outer system doesn't answer; trying later can help
)

// Fault is one no.
type Fault struct {
	Kind Kind
	// Code is stable: context.reason, such as appointment.full.
	Code string
	// Detail says what happened and what to do, in Chinese. It holds no
	// personal data.
	Detail string
	// Fields are the inputs that are wrong.
	Fields []Field
	// Cause is for the log.
	Cause error
}

// Field is one wrong input.
type Field struct{ Name, Message string }

// Error implements error.
func (f *Fault) Error() string {
	if f.Cause != nil {
		return f.Code + ": " + f.Cause.Error()
	}
	return f.Code + ": " + f.Detail
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Cause }

// Is makes two faults with one code the same, so that rules are compared with
// errors.Is against a package's variables.
func (f *Fault) Is(target error) bool {
	var other *Fault
	return errors.As(target, &other) && other.Code == f.Code
}

// New returns a fault.
func New(kind Kind, code, detail string) *Fault {
	return &Fault{Kind: kind, Code: code, Detail: detail}
}

// With returns f with another sentence.
func (f *Fault) With(detail string) *Fault {
	g := *f
	g.Detail = detail
	return &g
}

// Because returns f with its cause.
func (f *Fault) Because(cause error) *Fault {
	g := *f
	g.Cause = cause
	return &g
}

// Wrong returns f with one more wrong input.
func (f *Fault) Wrong(field, message string) *Fault {
	g := *f
	g.Fields = append(append([]Field(nil), f.Fields...), Field{field, message})
	return &g
}

// Of returns the fault in err, or nil.
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}
