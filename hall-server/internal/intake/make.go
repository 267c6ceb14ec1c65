package intake

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/hall-server/internal/documents"
	"smarthall/internal/codes"
	"smarthall/internal/privacy"
	"smarthall/internal/problem"
)

// Request is what a clerk receives.
type Request struct {
	Item      string            `json:"item"`
	Answers   map[string]string `json:"answers,omitempty"`
	Applicant Applicant         `json:"applicant"`
	// Seen are ids of materials that she saw on paper.
	Seen []string `json:"seen,omitempty"`
	// Files are documents of the visit with the materials that they are.
	Files []FileOf `json:"files,omitempty"`
}

// FileOf is a document with the material that it is.
type FileOf struct {
	Document string `json:"document"`
	Material string `json:"material"`
}

// maxFiles is how many documents an intake may have.
const maxFiles = 60

// Make receives an application during a visit, under an id that the clerk's page
// chose: the same request again returns the same intake. What stands in it wrongly
// is a *problem.Problem, and nothing has changed.
func (s *Service) Make(ctx context.Context, id string, v Visit, r Request) (Intake, error) {
	if s == nil {
		return Intake{}, errNone
	}
	if !goodID(id) {
		return Intake{}, errUnknown
	}
	defer s.lock(id)()
	print, err := s.print(v, r)
	if err != nil {
		return Intake{}, err
	}
	known, err := s.conf.Table.Intake(ctx, id)
	switch {
	case err == nil && known.Print != print:
		return Intake{}, errReused
	case err == nil:
		return known, nil
	case !errors.Is(err, ErrUnknown):
		return Intake{}, err
	}
	in, err := s.checked(ctx, v, r)
	if err != nil {
		return Intake{}, err
	}
	in.ID, in.Print = id, print
	return s.add(ctx, in, r)
}

// goodID tells whether a page may choose an id: one that no other page chooses.
func goodID(id string) bool {
	other := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}
	return len(id) >= 20 && len(id) <= 40 && !strings.ContainsFunc(id, other)
}

// add gives an intake its number and keeps it. It is durable when it returns.
func (s *Service) add(ctx context.Context, in Intake, r Request) (Intake, error) {
	sealed, err := s.seal(in.ID, secret{Applicant: r.Applicant, Answers: r.Answers, Code: newCode()})
	if err != nil {
		return Intake{}, err
	}
	n, err := s.conf.Numbers.Next(ctx, Series, keep)
	s.count(ctx)
	switch {
	case errors.Is(err, ErrNoNumbers):
		s.conf.Log.Warn("application not received: no numbers are left")
		return Intake{}, errNumbers
	case err != nil:
		return Intake{}, err
	}
	in.Made, in.After, in.State, in.Sealed = s.conf.Now(), s.conf.Seq(), Waiting, sealed
	in.Number = Number(in.Made, n)
	added, err := s.conf.Table.AddIntake(ctx, &in)
	switch {
	case err != nil:
		return Intake{}, err
	case !added:
		return Intake{}, errReused
	}
	s.conf.City.Announce()
	s.nudge()
	s.conf.Log.Info("application received", slog.String("intake", in.ID), slog.String("number", in.Number), slog.String("item", in.Item),
		slog.String("ticket", in.Ticket), slog.String("window", in.Window), slog.String("by", in.Clerk), slog.Int("files", len(in.Files)))
	return in, nil
}

// checked is an intake without id and number, of a request in which nothing is
// wrong.
func (s *Service) checked(ctx context.Context, v Visit, r Request) (in Intake, err error) {
	if p := s.wrongApplicant(r.Applicant); p != nil {
		return in, p
	}
	it, out, err := s.needed(ctx, r.Item, r.Answers)
	switch {
	case err != nil:
		return in, err
	case out.Refuse != "":
		return in, problem.New(errItem.Status, "intake.wrong-item", out.Refuse)
	case out.Next != nil:
		return in, errAnswers
	case len(r.Files) > maxFiles:
		return in, errDocument
	}
	in = Intake{
		Item: it.ID, ItemName: it.Name, Ticket: string(v.Ticket), TicketNumber: v.Number, Window: string(v.Window), Clerk: v.Clerk,
		Name: privacy.MaskName(r.Applicant.Name), Materials: out.Materials, Files: []File{},
	}
	for _, id := range r.Seen {
		m := in.material(id)
		if m == nil {
			return in, errMaterial
		}
		m.Seen = true
	}
	for _, f := range r.Files {
		if in.material(f.Material) == nil {
			return in, errMaterial
		}
		if slices.ContainsFunc(in.Files, func(has File) bool { return has.Document == f.Document }) {
			return in, errDocument
		}
		d, err := s.conf.Documents.Get(ctx, f.Document)
		if err != nil && !errors.Is(err, documents.ErrUnknown) {
			return in, err
		}
		if err != nil || d.Ticket != v.Ticket || d.State != documents.Stored {
			return in, errDocument
		}
		in.Files = append(in.Files, File{Document: f.Document, Material: f.Material, State: Waiting})
	}
	return in, nil
}

func (in *Intake) material(id string) *Material {
	i := slices.IndexFunc(in.Materials, func(m Material) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return &in.Materials[i]
}

// wrongApplicant is what is wrong with a person, by the platform's own rules;
// nil if nothing is.
func (s *Service) wrongApplicant(a Applicant) *problem.Problem {
	p := *errApplied
	wrong := func(field, message string) {
		p.Errors = append(p.Errors, problem.FieldError{Location: field, Message: message})
	}
	if n := utf8.RuneCountInString(a.Name); n < 2 || n > 50 || !utf8.ValidString(a.Name) || strings.ContainsAny(a.Name, "<>=\"\x00\n\r\t") || strings.TrimSpace(a.Name) != a.Name {
		wrong("name", "请填写身份证上的姓名")
	}
	if _, err := codes.ParseID(a.IDNumber, s.conf.Now()); err != nil {
		wrong("idNumber", "身份证号码有误，请核对")
	}
	if len(a.Phone) < 7 || len(a.Phone) > 20 || strings.ContainsFunc(a.Phone, func(r rune) bool { return (r < '0' || r > '9') && r != '-' }) {
		wrong("phone", "请填写电话号码")
	}
	if utf8.RuneCountInString(a.Address) > 200 || !utf8.ValidString(a.Address) || strings.ContainsAny(a.Address, "<>\x00") {
		wrong("address", "地址有误")
	}
	if len(p.Errors) == 0 {
		return nil
	}
	return &p
}

// Correct has a refused intake tried again with another person.
func (s *Service) Correct(ctx context.Context, id string, a Applicant) (Intake, error) {
	in, err := s.Get(ctx, id)
	if err != nil {
		return in, err
	}
	defer s.lock(id)()
	if in.State != Refused {
		return in, errNotNow
	}
	if p := s.wrongApplicant(a); p != nil {
		return in, p
	}
	kept, err := s.open(in)
	if err != nil {
		return in, err
	}
	kept.Applicant = a
	sealed, err := s.seal(id, kept)
	if err != nil {
		return in, err
	}
	done, err := s.conf.Table.RenewIntake(ctx, id, sealed, privacy.MaskName(a.Name))
	if err != nil {
		return in, err
	}
	if !done {
		return in, errNotNow
	}
	s.nudge()
	s.conf.Log.Info("received application corrected", slog.String("intake", id), slog.String("number", in.Number))
	return s.Get(ctx, id)
}

// GiveUp gives a refused intake up and forgets whose it was.
func (s *Service) GiveUp(ctx context.Context, id string) (Intake, error) {
	in, err := s.Get(ctx, id)
	if err != nil {
		return in, err
	}
	done, err := s.conf.Table.VoidIntake(ctx, id, s.conf.Now())
	if err != nil {
		return in, err
	}
	if !done {
		return in, errNotNow
	}
	s.conf.Log.Info("received application given up", slog.String("intake", id), slog.String("number", in.Number))
	return s.Get(ctx, id)
}

// Number is the n-th number of the hall's range: SQ, the day, a nine and at least
// six digits, which the platform's own numbers never have.
func Number(made time.Time, n int64) string {
	return fmt.Sprintf("SQ%s9%06d", made.In(china).Format("20060102"), n)
}

// china is where the platform's days begin and end.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// letters are those of query codes, as the platform makes them: none looks like
// another.
const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// newCode is a query code that nobody can guess.
func newCode() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // it never fails
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}

// print tells one request from another without keeping it.
func (s *Service) print(v Visit, r Request) (string, error) {
	data, err := json.Marshal([]any{v.Ticket, r})
	if err != nil {
		return "", fmt.Errorf("tell requests apart: %w", err)
	}
	return s.conf.Vault.Key("intake", string(data)), nil
}

func (s *Service) seal(id string, kept secret) (string, error) {
	data, err := json.Marshal(kept)
	if err != nil {
		return "", fmt.Errorf("seal an intake: %w", err)
	}
	return s.conf.Vault.Seal(sealedAs(id), string(data)), nil
}

// open is what was sealed of an intake that isn't settled.
func (s *Service) open(in Intake) (kept secret, err error) {
	text, err := s.conf.Vault.Open(sealedAs(in.ID), in.Sealed)
	if err == nil {
		err = json.Unmarshal([]byte(text), &kept)
	}
	if err != nil {
		return kept, fmt.Errorf("open intake %s: %w", in.ID, err)
	}
	return kept, nil
}

// lock has requests about one intake wait for each other.
func (s *Service) lock(id string) (unlock func()) {
	h := fnv.New32a()
	_, _ = io.WriteString(h, id) // it never fails
	mu := &s.making[h.Sum32()%uint32(len(s.making))]
	mu.Lock()
	return mu.Unlock
}
