package identity

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"

	"smarthall/internal/codes"
	"smarthall/internal/sqldb"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// State is where an account is in its life.
type State string

// The states of an account.
const (
	Active   State = "active"
	Disabled State = "disabled"
	Enabling State = "enabling" // asked to be enabled; the head of the office decides
)

// Way is how a person was registered (U-06).
type Way string

// The ways of registration.
const (
	Online Way = "online" // by herself, with at least three proofs
	Window Way = "window" // at a window, by her card and a clerk
	Linked Way = "linked" // by an account of an official platform
)

// Agreement is the version of the service agreement that is signed now.
const Agreement = "2026-11"

// Person is a natural person with her real name. It is personal data: it is
// never logged, and every look at it by others is audited.
type Person struct {
	ID     string
	Name   string
	Number string // of the ID card
	Phone  string
	State  State
	Way    Way
	// ChangePassword tells that the password was given out at a window.
	ChangePassword bool
	Proofs         []Proof
	Created        time.Time
}

// String tells nothing about the person.
func (p Person) String() string { return "person(" + p.ID + ")" }

// Registration is what somebody who registers herself brings (U-07, U-08).
type Registration struct {
	Name, Number, Phone string
	// PhoneCode was sent to Phone.
	PhoneCode string
	// Proofs are further proofs: with the phone there must be two beside the
	// ID card.
	Proofs    map[Proof]string
	Password  string
	Agreement string
}

// Register makes a person's account. The ID card and two further proofs are
// confirmed by their providers before anything is stored.
func (s *Service) Register(ctx context.Context, r Registration) (Person, error) {
	p := Person{
		ID: store.NewID(), Name: strings.TrimSpace(r.Name), Number: strings.ToUpper(strings.TrimSpace(r.Number)),
		Phone: strings.TrimSpace(r.Phone), State: Active, Way: Online,
	}
	if r.Agreement != Agreement {
		return p, ErrAgreement
	}
	if err := checkPassword(r.Password); err != nil {
		return p, err
	}
	if err := s.checkPerson(p); err != nil {
		return p, err
	}
	if !s.online() {
		return p, ErrClosed
	}
	// The phone first: nobody tries out other people's numbers without one. A
	// refused proof leaves the code good for another try.
	if err := s.takeCode(ctx, PurposeRegister, p.Phone, r.PhoneCode, true); err != nil {
		return p, err
	}
	confirmed, err := s.prove(ctx, p, r.Proofs)
	if err != nil {
		return p, err
	}
	confirmed[ProofPhone] = "sms"
	if len(confirmed) < 3 {
		return p, ErrProofs
	}
	return p, s.add(ctx, &p, r.Password, confirmed, func(tx *store.Tx) error {
		return s.endCode(ctx, tx, PurposeRegister, p.Phone)
	})
}

// RegisterAtWindow makes the account of a person whose card a clerk has seen
// (U-09, U-10). It returns the password that the clerk hands over.
func (s *Service) RegisterAtWindow(ctx context.Context, name, number, phone, phoneCode string) (Person, string, error) {
	p := Person{
		ID: store.NewID(), Name: strings.TrimSpace(name), Number: strings.ToUpper(strings.TrimSpace(number)),
		Phone: strings.TrimSpace(phone), State: Active, Way: Window, ChangePassword: true,
	}
	if err := s.checkPerson(p); err != nil {
		return p, "", err
	}
	if err := s.useCode(ctx, PurposeRegister, p.Phone, phoneCode); err != nil {
		return p, "", err
	}
	password := randomPassword()
	return p, password, s.add(ctx, &p, password, map[Proof]string{ProofIDCard: "window", ProofPhone: "sms", ProofWindow: "window"}, nil)
}

// checkPerson checks what can be checked without asking anybody.
func (s *Service) checkPerson(p Person) error {
	wrong := ErrInput
	if err := checkName(p.Name); err != nil {
		wrong = err
	}
	if _, err := codes.ParseID(p.Number, s.Store.Now()); err != nil {
		wrong = wrong.Wrong("number", "身份证号码有误，请核对")
	}
	if !isMobile(p.Phone) {
		wrong = wrong.Wrong("phone", "请填写 11 位手机号码")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// checkName tells whether a text can be a person's name.
func checkName(name string) *fault.Fault {
	if n := utf8.RuneCountInString(name); n < 2 || n > 50 || strings.ContainsFunc(name, notOfNames) {
		return ErrInput.Wrong("name", "请填写身份证上的姓名")
	}
	return nil
}

// notOfNames tells whether a rune can't stand in a name.
func notOfNames(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '·' && r != ' ' && r != '.' && r != '-' && r != '\''
}

// isMobile tells whether phone is a Chinese mobile number.
func isMobile(phone string) bool {
	if len(phone) != 11 || phone[0] != '1' || phone[1] < '3' {
		return false
	}
	return !strings.ContainsFunc(phone, func(r rune) bool { return r < '0' || r > '9' })
}

// add stores a person who was confirmed, and does in the same transaction what
// also does, if anything.
func (s *Service) add(ctx context.Context, p *Person, password string, confirmed map[Proof]string, also func(tx *store.Tx) error) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), s.PasswordCost)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	err = s.Store.Write(ctx, "register a person", func(tx *store.Tx) error {
		p.Created = tx.Now
		if err := s.free(ctx, tx, p); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO person
			(id, state, way, name, number, number_key, phone, phone_key, password, change_password, agreement, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			p.ID, string(p.State), string(p.Way), s.vault.Seal(kindName, p.Name), s.vault.Seal(kindID, p.Number), s.vault.Key(kindID, p.Number),
			s.vault.Seal(kindPhone, p.Phone), s.vault.Key(kindPhone, p.Phone), string(hash), store.Bool(p.ChangePassword), Agreement, store.Millis(tx.Now))
		if err != nil {
			return err
		}
		p.Proofs = nil
		for kind, provider := range confirmed {
			if _, err := tx.ExecContext(ctx, `INSERT INTO person_proof (person, kind, provider, at) VALUES ($1, $2, $3, $4)`,
				p.ID, string(kind), provider, store.Millis(tx.Now)); err != nil {
				return err
			}
			p.Proofs = append(p.Proofs, kind)
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		if err := s.Messages.Send(ctx, tx, message.Notice{Template: "identity.registered", To: message.To{Person: p.ID, Phone: p.Phone}}); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.register", Object: p.ID, Detail: string(p.Way)})
	})
	if sqldb.IsDuplicate(err) {
		return ErrRegistered // two registrations at once
	}
	return err
}

// free tells whether nobody has p's number and phone.
func (s *Service) free(ctx context.Context, tx *store.Tx, p *Person) error {
	var byNumber, byPhone int
	err := tx.QueryRowContext(ctx, `SELECT count(CASE WHEN number_key = $1 THEN 1 END), count(CASE WHEN phone_key = $2 THEN 1 END) FROM person
		WHERE number_key = $1 OR phone_key = $2`, s.vault.Key(kindID, p.Number), s.vault.Key(kindPhone, p.Phone)).Scan(&byNumber, &byPhone)
	switch {
	case err != nil:
		return err
	case byNumber > 0:
		return ErrRegistered
	case byPhone > 0:
		return ErrPhoneTaken
	}
	return nil
}

const selectPerson = `SELECT id, state, way, name, number, phone, change_password, created FROM person`

// scanPerson reads a row of selectPerson and opens what is sealed.
func (s *Service) scanPerson(row interface{ Scan(...any) error }) (Person, error) {
	var p Person
	var name, number, phone string
	var created int64
	if err := row.Scan(&p.ID, &p.State, &p.Way, &name, &number, &phone, &p.ChangePassword, &created); err != nil {
		return p, err
	}
	p.Created = store.Time(created)
	for _, sealed := range []struct {
		kind, text string
		to         *string
	}{{kindName, name, &p.Name}, {kindID, number, &p.Number}, {kindPhone, phone, &p.Phone}} {
		text, err := s.vault.Open(sealed.kind, sealed.text)
		if err != nil {
			return p, fmt.Errorf("open person %s: %w", p.ID, err)
		}
		*sealed.to = text
	}
	return p, nil
}

// Person returns the person with the id, or ErrUnknown. Whoever shows her data
// to somebody else audits it.
func (s *Service) Person(ctx context.Context, id string) (Person, error) {
	return s.onePerson(ctx, `id = $1`, id)
}

// PersonByNumber returns the person with the ID number, or ErrUnknown.
func (s *Service) PersonByNumber(ctx context.Context, number string) (Person, error) {
	return s.onePerson(ctx, `number_key = $1`, s.vault.Key(kindID, strings.ToUpper(strings.TrimSpace(number))))
}

// onePerson returns the person that the condition, which is text of ours,
// finds.
func (s *Service) onePerson(ctx context.Context, condition, arg string) (Person, error) {
	p, err := s.scanPerson(s.Store.Read().QueryRowContext(ctx, selectPerson+` WHERE `+condition, arg))
	if store.IsNone(err) {
		return p, ErrUnknown
	}
	if err != nil {
		return p, fmt.Errorf("read a person: %w", err)
	}
	p.Proofs, err = s.proofs(ctx, p.ID)
	return p, err
}

func (s *Service) proofs(ctx context.Context, person string) ([]Proof, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT kind FROM person_proof WHERE person = $1 ORDER BY kind`, person)
	if err != nil {
		return nil, fmt.Errorf("read proofs: %w", err)
	}
	defer rows.Close()
	var list []Proof
	for rows.Next() {
		var p Proof
		if err := rows.Scan(&p); err != nil {
			return nil, fmt.Errorf("read proofs: %w", err)
		}
		list = append(list, p)
	}
	return list, rows.Err()
}
