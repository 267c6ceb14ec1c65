package cases

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// While the platform is away a hall takes applications in on its own (离线收件),
// under numbers of a range that it was granted. What it took comes up in three
// steps, each of them as often as it likes and with one effect: an event that
// names nobody, in the order of the visit; then whose it is, which the hall asks
// to be taken so that a person's data lie in no stream; then the files. The case
// waits at the platform's desk as one that was handed in at the window, with the
// hall's number, the moment it was received and what the clerk had seen.

// TypeIntakeMade is the event of a hall that received an application on its own.
// Its body is an Intake.
const TypeIntakeMade = "intake.made"

// Topics by which a hall brings what it received.
const (
	TopicIntake      = "case-intake"       // Received, answered by ReceivedCase
	TopicIntakeFiles = "case-intake-files" // ReceivedFiles
)

// RangeOfIntakes is the name of the numbers that halls are granted for what they
// receive on their own.
const RangeOfIntakes = "application"

// Intake is the body of TypeIntakeMade. It names nobody.
type Intake struct {
	Intake string `json:"intake"`
	Number string `json:"number"`
	Item   string `json:"item"`
	Ticket string `json:"ticket"`
	Window string `json:"window"`
}

// Received is whose an intake is, and what came with it.
type Received struct {
	Intake   string `json:"intake"`
	Name     string `json:"name"`
	IDNumber string `json:"idNumber"`
	Phone    string `json:"phone"`
	Address  string `json:"address,omitempty"`
	// Answers are to the item's questions, by the hall's copy of the guide.
	Answers item.Answers `json:"answers,omitempty"`
	// Seen are ids of materials that the clerk saw on paper.
	Seen []string `json:"seen,omitempty"`
	// Code is the query code that stands on the applicant's receipt.
	Code string `json:"code"`
}

// String tells nothing about the applicant.
func (Received) String() string { return "received application" }

// ReceivedCase is the case that an intake became.
type ReceivedCase struct {
	Case   string `json:"case"`
	Number string `json:"number"`
}

// ReceivedFiles are uploads of the hall that belong to a material.
type ReceivedFiles struct {
	Intake   string   `json:"intake"`
	Material string   `json:"material"`
	Files    []string `json:"files"`
}

// Faults of intakes. Of all but ErrIntakeEarly a hall's clerk is told.
var (
	ErrIntakeEarly  = fault.New(fault.Unavailable, "cases.intake-early", "收件登记还没有送达，请稍候")
	ErrIntakeNumber = fault.New(fault.Conflict, "cases.intake-number", "收件编号不是平台预留给本大厅的，请联系平台管理员")
	ErrIntakeItem   = fault.New(fault.Conflict, "cases.intake-item", "本大厅不办理这个事项")
)

// Bounds of an intake.
const (
	maxIntakeID   = 40
	maxIntakeSeen = 100
	// intakeLate is how long after it was received an intake may come.
	intakeLate = 90 * 24 * time.Hour
)

// Announced takes TypeIntakeMade: the platform knows from then on that there is
// such an application, and since when.
func (s *Service) Announced(ctx context.Context, tx *store.Tx, hall string, e store.Event) error {
	var in Intake
	if err := json.Unmarshal(e.Data, &in); err != nil {
		return ErrInput.Because(err)
	}
	for _, text := range []string{in.Intake, in.Number, in.Item, in.Ticket, in.Window} {
		if text == "" || len(text) > maxIntakeID || strings.ContainsAny(text, "\x00<>") {
			return ErrInput
		}
	}
	received := e.At
	if received.After(tx.Now) || received.Before(tx.Now.Add(-intakeLate)) {
		received = tx.Now // a clock that was wrong
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO case_intake (hall, id, number, item, place, ticket, received, announced, case_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '') ON CONFLICT (hall, id) DO NOTHING`,
		hall, in.Intake, in.Number, in.Item, in.Window, in.Ticket, store.Millis(received), store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("note an intake of hall %s: %w", hall, err)
	}
	return nil
}

// intake is what was announced.
type intake struct {
	Intake
	received time.Time
	caseID   string
}

const selectIntake = `SELECT number, item, place, ticket, received, case_id FROM case_intake WHERE hall = $1 AND id = $2`

// announced is an intake of a hall; ErrIntakeEarly if its event hasn't come.
func (s *Service) announced(ctx context.Context, q store.Querier, query, hall, id string) (in intake, err error) {
	var received int64
	err = q.QueryRowContext(ctx, query, hall, id).Scan(&in.Number, &in.Item, &in.Window, &in.Ticket, &received, &in.caseID)
	if store.IsNone(err) {
		return in, ErrIntakeEarly
	}
	if err != nil {
		return in, fmt.Errorf("read an intake of hall %s: %w", hall, err)
	}
	in.Intake.Intake, in.received = id, store.Time(received)
	return in, nil
}

// AskedIntake answers TopicIntake.
func (s *Service) AskedIntake(ctx context.Context, _ string, body json.RawMessage) (any, error) {
	var r Received
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, ErrInput.Because(err)
	}
	return s.Receive(ctx, r)
}

// Receive makes a case of what the calling hall received while the platform was
// away, once. It is submitted: the five working days in which the applicant is
// to hear run from when the hall received it.
func (s *Service) Receive(ctx context.Context, r Received) (out ReceivedCase, err error) {
	hall := access.From(ctx)
	if hall.Kind != access.Hall || len(r.Seen) > maxIntakeSeen {
		return out, ErrInput
	}
	in, err := s.announced(ctx, s.Store.Read(), selectIntake, hall.ID, r.Intake)
	if err != nil {
		return out, err
	}
	if in.caseID != "" {
		return ReceivedCase{in.caseID, in.Number}, nil
	}
	c, err := s.intakeCase(ctx, hall.ID, in, r)
	if err != nil {
		return out, err
	}
	err = s.Store.Write(ctx, "receive an application of a hall", func(tx *store.Tx) error {
		// The row is locked: two requests about it wait for each other.
		in, err := s.announced(ctx, tx, `UPDATE case_intake SET place = place WHERE hall = $1 AND id = $2
			RETURNING number, item, place, ticket, received, case_id`, hall.ID, r.Intake)
		if err != nil {
			return err
		}
		if out = (ReceivedCase{in.caseID, in.Number}); in.caseID != "" {
			return nil
		}
		if err := s.intakeNumber(ctx, tx, hall.ID, in); err != nil {
			return err
		}
		out.Case = c.ID
		return s.received(ctx, tx, &c, in, hall.ID)
	})
	return out, err
}

// intakeCase is the case of an intake as it is before it is handed in.
func (s *Service) intakeCase(ctx context.Context, hall string, in intake, r Received) (c Case, err error) {
	it, out, err := s.outcome(ctx, in.Item, r.Answers)
	if err != nil {
		return c, err
	}
	if !slices.ContainsFunc(it.Places, func(p item.Place) bool { return p.Hall == hall }) {
		return c, ErrIntakeItem
	}
	if !isCode(r.Code) {
		return c, ErrInput.Wrong("code", "查询码有误")
	}
	if c, err = s.begin(ctx, it, Application{Item: in.Item, Answers: r.Answers, Mode: Window}, out); err != nil {
		return c, err
	}
	c.Hall, c.Window, c.Ticket, c.Number, c.QueryCode = hall, in.Window, in.Ticket, in.Number, r.Code
	if err := s.present(ctx, &c, AtWindow{Name: r.Name, IDNumber: r.IDNumber, Phone: r.Phone, Address: r.Address}); err != nil {
		return c, err
	}
	if err := s.prefill(ctx, &c); err != nil {
		return c, err
	}
	for i := range c.Dossier.Materials {
		// What the platform has by itself needs no paper.
		if m := &c.Dossier.Materials[i]; slices.Contains(r.Seen, m.ID) && m.Source == NotProvided {
			m.Source, m.Trust = OnPaper, TrustB
		}
	}
	return c, nil
}

// received stores a case and hands it in.
func (s *Service) received(ctx context.Context, tx *store.Tx, c *Case, in intake, hall string) (err error) {
	c.enter(in.received, StageApplication, whoApplicant, "")
	if err := s.insert(ctx, tx, c); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE case_intake SET case_id = $1 WHERE hall = $2 AND id = $3`, c.ID, hall, in.Intake.Intake); err != nil {
		return fmt.Errorf("note an intake of hall %s: %w", hall, err)
	}
	if err := s.publish(ctx, tx, TypeDrafted, c, nil); err != nil {
		return err
	}
	if c.Standing, err = Step(c.Standing, Command{Verb: Submit}); err != nil {
		return err
	}
	if err := s.awaitFrom(ctx, c, in.received, tx.Now); err != nil {
		return err
	}
	return s.handedIn(ctx, tx, c, "大厅离线收件")
}

// intakeNumber refuses a number that isn't the hall's to give, or was given.
func (s *Service) intakeNumber(ctx context.Context, tx *store.Tx, hall string, in intake) error {
	n, ok := readIntakeNumber(in.Number)
	if !ok || s.Ranges == nil {
		return ErrIntakeNumber
	}
	ok, err := s.Ranges.Granted(ctx, tx, hall, RangeOfIntakes, n)
	if err != nil {
		return err
	}
	if !ok {
		return ErrIntakeNumber
	}
	var used int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM case_record WHERE number = $1`, in.Number).Scan(&used); err != nil {
		return fmt.Errorf("look number %s up: %w", in.Number, err)
	}
	if used > 0 {
		return ErrIntakeNumber
	}
	return nil
}

// intakeDigits are how many digits the count in a number of a hall has at least.
const intakeDigits = 6

// readIntakeNumber reads the count in a number that a hall gave: SQ, the day, a
// nine and at least six digits. The platform's own have six digits after the
// day, so that the two never meet.
func readIntakeNumber(number string) (int64, bool) {
	rest, ok := strings.CutPrefix(number, "SQ")
	if !ok || len(rest) < len(compact)+1+intakeDigits || rest[len(compact)] != '9' {
		return 0, false
	}
	if _, err := time.Parse(compact, rest[:len(compact)]); err != nil {
		return 0, false
	}
	digits := rest[len(compact)+1:]
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n > 0 && fmt.Sprintf("%0*d", intakeDigits, n) == digits
}

// isCode tells whether a text is a query code as newCode makes them.
func isCode(text string) bool {
	return len(text) == len(newCode()) && !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(letters, r) })
}

// AskedIntakeFiles answers TopicIntakeFiles.
func (s *Service) AskedIntakeFiles(ctx context.Context, _ string, body json.RawMessage) (any, error) {
	var f ReceivedFiles
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, ErrInput.Because(err)
	}
	return struct{}{}, s.ReceiveFiles(ctx, f)
}

// ReceiveFiles adds uploads of the calling hall to a material of what it
// received. Those that the material has stay what they are; what a clerk has
// found of it meanwhile stays, too.
func (s *Service) ReceiveFiles(ctx context.Context, f ReceivedFiles) error {
	hall := access.From(ctx)
	if hall.Kind != access.Hall || len(f.Files) == 0 || len(f.Files) > maxFiles {
		return ErrInput
	}
	return s.Store.Write(ctx, "receive files of a hall", func(tx *store.Tx) error {
		in, err := s.announced(ctx, tx, selectIntake, hall.ID, f.Intake)
		if err != nil {
			return err
		}
		if in.caseID == "" {
			return ErrIntakeEarly
		}
		c, err := s.lock(ctx, tx, in.caseID)
		if err != nil {
			return err
		}
		m := c.material(f.Material)
		switch {
		case m == nil:
			return ErrMaterial
		case c.State.Over():
			return ErrState.With("办件" + c.State.Word() + "，不能再补充材料")
		}
		ids := make([]string, 0, len(m.Files)+len(f.Files))
		for _, has := range m.Files {
			ids = append(ids, has.ID)
		}
		if ids = append(ids, f.Files...); len(ids) > maxFiles {
			return ErrInput.Wrong("files", "一项材料的文件不超过 20 个")
		}
		if m.Files, err = s.take(ctx, tx, &c, m, ids); err != nil {
			return err
		}
		if m.Source == NotProvided || m.Source == OnPaper {
			m.Source, m.Trust = Scanned, TrustB
		}
		if err := s.save(ctx, tx, &c); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.intake-files", Object: c.ID, Detail: fmt.Sprintf("%d files", len(f.Files))})
	})
}
