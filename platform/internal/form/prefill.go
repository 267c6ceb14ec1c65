package form

import (
	"fmt"
	"strings"
)

// Facts are what is known before anybody fills in a form: person.name, .number,
// .phone, .birth, .sex and .address from the account, legal.name, .code,
// .representative of who she acts for, and earlier.* from earlier cases.
type Facts map[string]any

// Locked is a field that keeps what a register says.
type Locked struct {
	Name string `json:"name"`
	// Why says where the value comes from, From is its register: person or legal.
	Why  string `json:"why"`
	From string `json:"from"`
}

// Prefill is what can be filled in before anybody does, and which of it stays.
func (f *Form) Prefill(facts Facts) (Values, []Locked) {
	values, locked := Values{}, []Locked{}
	for _, in := range f.order {
		from, v := in.known(facts)
		if empty(v) {
			continue
		}
		values[in.Name] = v
		if in.locked && registered(from) {
			kind, _, _ := strings.Cut(from, ".")
			locked = append(locked, Locked{in.Name, why(kind), kind})
		}
	}
	return values, locked
}

// Lock puts what registers say over what was filled in. values stay as they
// are.
func (f *Form) Lock(values Values, facts Facts) Values {
	out := Values{}
	for k, v := range values {
		out[k] = v
	}
	for _, in := range f.order {
		if from, v := in.known(facts); in.locked && registered(from) && !empty(v) {
			out[in.Name] = v
		}
	}
	return out
}

// Earlier is what of a case's values may fill later forms.
func (f *Form) Earlier(values Values) Facts {
	facts := Facts{}
	for _, in := range f.order {
		for _, from := range in.from {
			if v, ok := values[in.Name]; ok && strings.HasPrefix(from, "earlier.") {
				facts[from] = v
			}
		}
	}
	return facts
}

// known is the first fact that is, cleaned and of the field's kind.
func (in *Input) known(facts Facts) (string, any) {
	for _, from := range in.from {
		v := in.clean(facts[from])
		if street, ok := v.(string); ok && in.Widget == Address && street != "" {
			v = map[string]any{"street": street}
		}
		if !empty(v) && in.fits(v) {
			return from, v
		}
	}
	return "", nil
}

// fits tells whether a fact may stand in the field: nothing is wrong with it,
// but parts may be missing.
func (in *Input) fits(v any) bool {
	for _, x := range in.violations(v) {
		if x.key != "required" {
			return false
		}
	}
	return true
}

func why(register string) string {
	if register == "person" {
		return "来自实名信息，不能修改"
	}
	return "来自法人登记信息，不能修改"
}

// String tells nothing of what is in the facts.
func (f Facts) String() string { return fmt.Sprintf("%d facts", len(f)) }
