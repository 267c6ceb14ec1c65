package identity

import (
	"context"
	"fmt"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// DisableOwn takes the account of the context's caller out of use, at her own
// wish and with a code from her phone. A window enables it again.
func (s *Service) DisableOwn(ctx context.Context, code string) error {
	p, err := s.Person(ctx, access.From(ctx).ID)
	if err != nil {
		return err
	}
	if err := s.useCode(ctx, PurposeDisable, p.Phone, code); err != nil {
		return err
	}
	return s.change(ctx, p.ID, "identity.disable-own", "本人停用", "identity.disabled", Disabled, Active)
}

// recordLength is how many entries of her account's record a person sees.
const recordLength = 100

// Record is what was done to the account of the context's caller, the newest
// first: sign-ins, changes, and that staff looked at it.
func (s *Service) Record(ctx context.Context) ([]audit.Entry, error) {
	return s.Audit.Of(ctx, access.From(ctx).ID, recordLength)
}

// Copy returns what another context keeps of the context's caller, to be
// written as JSON.
type Copy func(ctx context.Context) (any, error)

// CopyAlso lets what another context keeps of a person be part of the copy of
// her data. It is called before the first request.
func (s *Service) CopyAlso(name string, c Copy) { s.copies[name] = c }

// OwnData is all that the platform keeps of a person, for herself (个人信息保护法
// article 45).
type OwnData struct {
	At     time.Time   `json:"at"`
	Person OwnPerson   `json:"person"`
	Proofs []OwnProof  `json:"proofs"`
	Links  []OwnLink   `json:"links"`
	Legal  []LegalView `json:"legalPersons"`
	// Credentials are what she signs in by for legal persons.
	Credentials []OwnCredential `json:"legalCredentials"`
	Keeps       []string        `json:"favourites"`
	Record      []RecordView    `json:"record"`
	Further     map[string]any  `json:"further" doc:"What other parts of the platform keep, by their name"`
}

// OwnPerson is a person as she may see herself: nothing is masked.
type OwnPerson struct {
	Name      string    `json:"name"`
	Number    string    `json:"number"`
	Phone     string    `json:"phone"`
	Email     string    `json:"email,omitempty"`
	State     State     `json:"state"`
	Way       Way       `json:"way"`
	Agreement string    `json:"agreement"`
	Created   time.Time `json:"created"`
}

// OwnProof is what was proved, and who confirmed it.
type OwnProof struct {
	Kind     Proof     `json:"kind"`
	Provider string    `json:"provider"`
	At       time.Time `json:"at"`
}

// OwnLink is an account at another platform.
type OwnLink struct {
	Issuer  string    `json:"issuer"`
	Subject string    `json:"subject"`
	At      time.Time `json:"at"`
}

// OwnCredential is a certificate (ca) or an electronic licence (licence) that she
// signs in by for a legal person.
type OwnCredential struct {
	Way      LegalWay  `json:"way"`
	Provider string    `json:"provider"`
	At       time.Time `json:"at"`
}

// CopyOwn returns all that the platform keeps of the context's caller, against a
// code from her phone: a session left open is not enough.
func (s *Service) CopyOwn(ctx context.Context, code string) (d OwnData, err error) {
	p, err := s.Person(ctx, access.From(ctx).ID)
	if err != nil {
		return d, err
	}
	if err := s.useCode(ctx, PurposeExport, p.Phone, code); err != nil {
		return d, err
	}
	d = OwnData{At: s.Store.Now(), Further: map[string]any{}}
	d.Person = OwnPerson{Name: p.Name, Number: p.Number, Phone: p.Phone, State: p.State, Way: p.Way, Created: p.Created}
	if d.Person.Email, err = s.Email(ctx, p.ID); err != nil {
		return d, err
	}
	err = s.Store.Read().QueryRowContext(ctx, `SELECT agreement FROM person WHERE id = $1`, p.ID).Scan(&d.Person.Agreement)
	if err != nil {
		return d, fmt.Errorf("copy a person's data: %w", err)
	}
	if d.Proofs, err = collect(ctx, s, p.ID, `SELECT kind, provider, at FROM person_proof WHERE person = $1 ORDER BY at, kind`, func(a, b string, at time.Time) OwnProof {
		return OwnProof{Proof(a), b, at}
	}); err != nil {
		return d, err
	}
	if d.Links, err = collect(ctx, s, p.ID, `SELECT issuer, subject, at FROM person_link WHERE person = $1 ORDER BY at`, func(a, b string, at time.Time) OwnLink {
		return OwnLink{a, b, at}
	}); err != nil {
		return d, err
	}
	if d.Legal, err = s.legalViews(ctx, p.ID); err != nil {
		return d, err
	}
	if d.Credentials, err = collect(ctx, s, p.ID, `SELECT way, provider, at FROM legal_credential WHERE person = $1 ORDER BY at`, func(a, b string, at time.Time) OwnCredential {
		return OwnCredential{LegalWay(a), b, at}
	}); err != nil {
		return d, err
	}
	if d.Keeps, err = s.Favourites(ctx); err != nil {
		return d, err
	}
	record, err := s.Record(ctx)
	if err != nil {
		return d, err
	}
	d.Record = viewRecord(record)
	for name, c := range s.copies {
		if d.Further[name], err = c(ctx); err != nil {
			return d, fmt.Errorf("copy a person's %s: %w", name, err)
		}
	}
	return d, s.Audit.Write(ctx, audit.Entry{Action: "identity.copy-own", Object: p.ID})
}

// collect reads what a query of ours, of two texts and a time, finds of a
// person.
func collect[T any](ctx context.Context, s *Service, person, query string, as func(a, b string, at time.Time) T) ([]T, error) {
	rows, err := s.Store.Read().QueryContext(ctx, query, person)
	if err != nil {
		return nil, fmt.Errorf("copy a person's data: %w", err)
	}
	defer rows.Close()
	list := []T{}
	for rows.Next() {
		var a, b string
		var at int64
		if err := rows.Scan(&a, &b, &at); err != nil {
			return nil, fmt.Errorf("copy a person's data: %w", err)
		}
		list = append(list, as(a, b, store.Time(at)))
	}
	return list, rows.Err()
}
