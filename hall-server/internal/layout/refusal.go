package layout

import "errors"

// Kind is why something was refused, for the transport.
type Kind int

// The kinds of refusals.
const (
	Invalid Kind = iota + 1
	NotFound
	Conflict
	Full
	TooLarge
	WrongType
)

// Refusal says in one Chinese sentence what is wrong; nothing was changed.
type Refusal struct {
	Kind   Kind
	Code   string
	Detail string
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Detail }

func refuse(kind Kind, code, detail string) error { return &Refusal{kind, code, detail} }

func unknown() error {
	return refuse(NotFound, "layout.unknown", "没有这个版式，可能已经删除")
}

// IsRefusal returns the refusal in err, if it is one.
func IsRefusal(err error) (*Refusal, bool) {
	var r *Refusal
	return r, errors.As(err, &r)
}
