package identity

import (
	"context"
	"slices"
	"strings"

	"smarthall/internal/codes"
)

// Proof is something a person proves who she is with (U-07).
type Proof string

// The proofs. Phone and window are confirmed by this context itself.
const (
	ProofIDCard  Proof = "id-card"
	ProofPhone   Proof = "phone"
	ProofWindow  Proof = "window" // a clerk has seen her and her card
	ProofSocial  Proof = "social-card"
	ProofBank    Proof = "bank-card"
	ProofFund    Proof = "provident-fund"
	ProofLicence Proof = "driving-licence"
)

// maxProof is how long the number of a proof is at most.
const maxProof = 40

// Prover confirms that a number belongs to a person, at whoever gave it out. A
// no is ErrProof; an outer system that doesn't answer is a fault of the kind
// Unavailable.
type Prover interface {
	// Name is kept with the proof, and shown to people.
	Name() string
	Prove(ctx context.Context, name, number, value string) error
}

// furtherProofs are those that somebody chooses from beside card and phone.
var furtherProofs = []Proof{ProofSocial, ProofBank, ProofFund, ProofLicence}

// online tells whether people can register by themselves: somebody confirms ID
// cards, and somebody a further proof.
func (s *Service) online() bool {
	return s.Provers[ProofIDCard] != nil && len(s.openProofs()) > 0
}

// openProofs are the further proofs that somebody confirms here.
func (s *Service) openProofs() []Proof {
	list := []Proof{}
	for _, kind := range furtherProofs {
		if s.Provers[kind] != nil {
			list = append(list, kind)
		}
	}
	return list
}

// prove has the ID card and the given proofs confirmed. It returns who
// confirmed each.
func (s *Service) prove(ctx context.Context, p Person, given map[Proof]string) (map[Proof]string, error) {
	confirmed := map[Proof]string{}
	all := map[Proof]string{ProofIDCard: p.Number}
	for kind, value := range given {
		if !slices.Contains(furtherProofs, kind) || len(value) > maxProof {
			return nil, ErrInput.Wrong("proofs", "不能使用这种核验方式")
		}
		if strings.TrimSpace(value) != "" {
			all[kind] = strings.TrimSpace(value)
		}
	}
	for kind, value := range all {
		prover, ok := s.Provers[kind]
		if !ok {
			return nil, ErrInput.Wrong("proofs", "不能使用这种核验方式")
		}
		if err := prover.Prove(ctx, p.Name, p.Number, value); err != nil {
			return nil, err
		}
		confirmed[kind] = prover.Name()
	}
	return confirmed, nil
}

// DemoProver confirms whatever has the form of such a number: for a city
// without the interfaces of those who give the numbers out. It says so by its
// name.
type DemoProver struct{ Kind Proof }

// Name implements Prover.
func (DemoProver) Name() string { return "演示核验" }

// Prove implements Prover. Numbers that end with 0000 are refused, so that a
// refusal can be seen, too.
func (d DemoProver) Prove(_ context.Context, _, number, value string) error {
	digits := func(s string, from, to int) bool {
		return len(s) >= from && len(s) <= to && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	}
	good := false
	switch d.Kind {
	case ProofIDCard:
		good = value == number
	case ProofSocial:
		good = len(value) >= 8 && len(value) <= 18 && isPlain(value)
	case ProofBank:
		good = digits(value, 16, 19) && luhn(value)
	case ProofFund:
		good = digits(value, 8, 12)
	case ProofLicence:
		good = digits(value, 12, 12)
	}
	if !good || strings.HasSuffix(value, "0000") {
		return ErrProof
	}
	return nil
}

func isPlain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') })
}

// luhn is the check of bank cards' numbers (ISO/IEC 7812-1).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// DemoProvers are demo provers of every kind.
func DemoProvers() map[Proof]Prover {
	all := map[Proof]Prover{}
	for _, kind := range []Proof{ProofIDCard, ProofSocial, ProofBank, ProofFund, ProofLicence} {
		all[kind] = DemoProver{kind}
	}
	return all
}

// LegalRegister confirms a legal person at those who register them (industry
// and commerce, civil affairs, establishment).
type LegalRegister interface {
	Name() string
	// Confirm tells whether the code belongs to the name and its legal
	// representative is who is named.
	Confirm(ctx context.Context, code, name, representative string) error
}

// DemoRegister confirms every code that has a right check character.
type DemoRegister struct{}

// Name implements LegalRegister.
func (DemoRegister) Name() string { return "演示核验" }

// Confirm implements LegalRegister.
func (DemoRegister) Confirm(_ context.Context, code, name, _ string) error {
	if _, err := codes.ParseCredit(code); err != nil || name == "" {
		return ErrProof
	}
	return nil
}
