package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"smarthall/platform/internal/item"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// Case is one application (办件).
type Case struct {
	ID string
	// Parent is the package's case that it is part of, Package the package of a
	// case that holds others.
	Parent, Package string
	// Item is empty for a package's case. The case stays on the version it began
	// with.
	Item                           string
	ItemVersion                    int
	ItemName                       string
	Organisation, OrganisationName string
	Region                         string
	Standing
	// Number is of the application (申请编号), CaseNo of the case from its
	// acceptance (统一办件编号); QueryCode opens the progress page.
	Number, CaseNo, QueryCode string
	// Person is an id, or empty: somebody without an account. Legal is the
	// legal person it is for, or empty.
	Person, Legal string
	// Holder is a keyed hash of the ID number.
	Holder    string
	Applicant Applicant
	Dossier   Dossier
	// Edition counts changes of what the applicant fills in.
	Edition int64
	Time    Time
	Stages  []Stage
	Green   bool
	// Hall, Window and Ticket are where it was made or accepted.
	Hall, Window, Ticket      string
	StatutoryDue, PromisedDue string
	Created, Changed          time.Time
	SubmittedAt, AcceptedAt   time.Time
	DecidedAt, ClosedAt       time.Time
	// together tells, while a package is taken in, that its message tells of
	// this part of it, too.
	together bool
	// wake is when the clock does something to it by itself; zero: never.
	wake     time.Time
	revision int64
}

// Applicant is who applies.
type Applicant struct {
	Name     string `json:"name"`
	IDNumber string `json:"idNumber"`
	Phone    string `json:"phone,omitempty"`
	Address  string `json:"address,omitempty"`
	// LegalName and CreditCode are of the legal person that she acts for.
	LegalName  string `json:"legalName,omitempty"`
	CreditCode string `json:"creditCode,omitempty"`
}

// String tells nothing about the applicant.
func (a Applicant) String() string { return "applicant" }

// Called is whom letters are for.
func (a Applicant) Called() string {
	if a.LegalName != "" {
		return a.LegalName
	}
	return a.Name
}

// Dossier is what a case holds.
type Dossier struct {
	Answers item.Answers `json:"answers,omitempty"`
	// Each holds the answers of a package's items.
	Each map[string]item.Answers `json:"each,omitempty"`
	Form FormRef                 `json:"form,omitzero"`
	// Values are what the form holds.
	Values map[string]any `json:"values,omitempty"`
	// Locked are fields that keep what a register says.
	Locked    []Locked   `json:"locked,omitempty"`
	Materials []Material `json:"materials,omitempty"`
	Delivery  Delivery   `json:"delivery,omitzero"`
	Fees      []FeeLine  `json:"fees,omitempty"`
	Promised  limit.Term `json:"promised,omitzero"`
	Documents []Document `json:"documents,omitempty"`
	Licence   *Licence   `json:"licence,omitempty"`
	// Missing is what the last notice asked for, until MissingDue.
	Missing []string `json:"missing,omitempty"`
	// Lacks are what Missing says, one for one; older notices have none.
	Lacks      []Lack `json:"lacks,omitempty"`
	MissingDue string `json:"missingDue,omitempty"`
	// Reason is why it was refused, decided so, or ended.
	Reason  string `json:"reason,omitempty"`
	Payment string `json:"payment,omitempty"`
	// Rate is the page where it is rated.
	Rate string `json:"rate,omitempty"`
	// Clerk is the member of staff who accepted it.
	Clerk string `json:"clerk,omitempty"`
	// Warned tells that the applicant knows that the draft will be deleted.
	Warned bool `json:"warned,omitempty"`
	// Tacit tells that it counts as accepted because nobody answered in time.
	Tacit bool `json:"tacit,omitempty"`
	// Attested is how the applicant stood for it at a self-service terminal.
	Attested *Attestation `json:"attested,omitempty"`
	// Kiosk is the terminal, as hall/kiosk, that it was handed in at.
	Kiosk string `json:"kiosk,omitempty"`
}

// Way is how a result reaches the applicant.
type Way string

// The ways.
const (
	Collect    Way = "collect"    // at the hall
	ByPost     Way = "post"       //
	Electronic Way = "electronic" // in her space, nothing to carry
)

// Word is the way as people read it.
func (w Way) Word() string {
	return map[Way]string{Collect: "窗口领取", ByPost: "邮寄", Electronic: "电子送达"}[w]
}

// Delivery is where the result goes.
type Delivery struct {
	Way     Way    `json:"way" enum:"collect,post,electronic"`
	Name    string `json:"name,omitempty" maxLength:"50"`
	Phone   string `json:"phone,omitempty" maxLength:"20"`
	Address string `json:"address,omitempty" maxLength:"200"`
	// Order is the delivery's order.
	Order string `json:"order,omitempty" readOnly:"true"`
}

// Time is a case's clock, which has two terms.
type Time struct {
	Begun     time.Time    `json:"begun,omitzero"`
	Statutory limit.Term   `json:"statutory,omitzero"`
	Promised  limit.Term   `json:"promised,omitzero"`
	Holds     []limit.Hold `json:"holds,omitempty"`
	Extra     int          `json:"extra,omitempty"`
	Ended     time.Time    `json:"ended,omitzero"`
}

// clock is the clock with one of its terms.
func (t Time) clock(term limit.Term) limit.Clock {
	return limit.Clock{Begun: t.Begun, Term: term, Holds: t.Holds, Extra: t.Extra, Ended: t.Ended}
}

// StageKind is a part of a case's way (QY-06).
type StageKind string

// The stages.
const (
	StageApplication StageKind = "application" // 申请
	StagePreReview   StageKind = "pre-review"  // 预审、受理审查
	StageSupplement  StageKind = "supplement"  // 补正
	StageVisit       StageKind = "visit"       // 到场核验
	StageReview      StageKind = "review"      // 审查决定
	StageSpecial     StageKind = "special"     // 特别程序
	StagePayment     StageKind = "payment"     // 缴费
	StageDelivery    StageKind = "delivery"    // 送达
	StageEnd         StageKind = "end"         // 办结、不予受理、撤回、终止
)

// Word is the stage as people read it.
func (k StageKind) Word() string {
	return map[StageKind]string{
		StageApplication: "申请", StagePreReview: "收件审查", StageSupplement: "补正", StageVisit: "到场核验", StageReview: "审查决定",
		StageSpecial: "特别程序", StagePayment: "缴费", StageDelivery: "送达", StageEnd: "结束",
	}[k]
}

// Stage is one stage. It holds nothing about people.
type Stage struct {
	Kind  StageKind `json:"kind"`
	Begun time.Time `json:"begun"`
	Ended time.Time `json:"ended,omitzero"`
	// Who is the applicant or the organisation it is with, Window where.
	Who    string `json:"who"`
	Window string `json:"window,omitempty"`
	// Note is what came of it.
	Note string `json:"note,omitempty"`
}

// maxStages bounds the history of one case.
const maxStages = 200

// enter ends the stage that goes on and begins another one.
func (c *Case) enter(now time.Time, kind StageKind, who, note string) {
	c.leave(now, note)
	if len(c.Stages) < maxStages {
		c.Stages = append(c.Stages, Stage{Kind: kind, Begun: now, Who: who, Window: c.Window})
	}
}

// leave ends the stage that goes on.
func (c *Case) leave(now time.Time, note string) {
	if n := len(c.Stages); n > 0 && c.Stages[n-1].Ended.IsZero() {
		c.Stages[n-1].Ended = now
		if note != "" {
			c.Stages[n-1].Note = note
		}
	}
}

// finish ends the case's history.
func (c *Case) finish(now time.Time, note string) {
	c.enter(now, StageEnd, c.OrganisationName, "")
	c.leave(now, note)
}

// material is the case's material with the id, or nil.
func (c *Case) material(id string) *Material {
	i := slices.IndexFunc(c.Dossier.Materials, func(m Material) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Dossier.Materials[i]
}

// ShownNo is the number that people call the case by now.
func (c *Case) ShownNo() string {
	if c.CaseNo != "" {
		return c.CaseNo
	}
	return c.Number
}

// green is how much a case of the green channel comes before the others.
const greenRank = int64(1e14)

// order is the case's place in lists of its state: what waits longest or is due
// first comes first; what is over, newest first.
func (c *Case) order() int64 {
	n := store.Millis(c.Changed)
	switch {
	case c.State.Over():
		return -n
	case c.State == Submitted || c.State == Prepared || c.State == Supplementing:
		n = store.Millis(c.SubmittedAt)
	case c.State == Accepted:
		if due, err := time.ParseInLocation(time.DateOnly, c.PromisedDue, place); err == nil {
			n = store.Millis(due)
		}
	case c.State == Decided:
		n = store.Millis(c.DecidedAt)
	}
	if c.Green {
		n -= greenRank
	}
	return n
}

const columns = `id, parent, package, item, item_version, item_name, organisation, organisation_name, region, number, case_no, query_code,
	person, legal, holder, applicant, dossier, edition, standing, clock, stages, green, hall, place, ticket, statutory_due, promised_due,
	created, changed, submitted, accepted, decided, closed, wake, revision`

type scanner interface{ Scan(dest ...any) error }

// scan reads a row. Without its dossier a case is for lists.
func (s *Service) scan(row scanner) (c Case, err error) {
	var number, caseNo sql.NullString
	var code, applicant, dossier, standing, clock, stages string
	var green, created, changed, submitted, accepted, decided, closed, wake int64
	err = row.Scan(&c.ID, &c.Parent, &c.Package, &c.Item, &c.ItemVersion, &c.ItemName, &c.Organisation, &c.OrganisationName, &c.Region,
		&number, &caseNo, &code, &c.Person, &c.Legal, &c.Holder, &applicant, &dossier, &c.Edition, &standing, &clock, &stages, &green,
		&c.Hall, &c.Window, &c.Ticket, &c.StatutoryDue, &c.PromisedDue, &created, &changed, &submitted, &accepted, &decided, &closed, &wake, &c.revision)
	if store.IsNone(err) {
		return c, ErrUnknown
	}
	if err != nil {
		return c, fmt.Errorf("read a case: %w", err)
	}
	c.Number, c.CaseNo, c.Green = number.String, caseNo.String, green == 1
	c.Created, c.Changed, c.SubmittedAt, c.AcceptedAt = store.Time(created), store.Time(changed), store.Time(submitted), store.Time(accepted)
	c.DecidedAt, c.ClosedAt, c.wake = store.Time(decided), store.Time(closed), store.Time(wake)
	for _, part := range []struct {
		text string
		into any
	}{{standing, &c.Standing}, {clock, &c.Time}, {stages, &c.Stages}} {
		if err := json.Unmarshal([]byte(part.text), part.into); err != nil {
			return c, fmt.Errorf("read case %s: %w", c.ID, err)
		}
	}
	if code != "" { // a draft has none
		if c.QueryCode, err = s.vault.Open(kindCode, code); err != nil {
			return c, fmt.Errorf("open case %s: %w", c.ID, err)
		}
	}
	if err := s.unseal(kindApplicant, applicant, &c.Applicant); err != nil {
		return c, fmt.Errorf("open case %s: %w", c.ID, err)
	}
	if err := s.unseal(kindDossier, dossier, &c.Dossier); err != nil {
		return c, fmt.Errorf("open case %s: %w", c.ID, err)
	}
	return c, nil
}

func (s *Service) unseal(kind, sealed string, into any) error {
	text, err := s.vault.Open(kind, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// one reads the case that a condition with one argument names.
func (s *Service) one(ctx context.Context, q store.Querier, condition, arg string) (Case, error) {
	return s.scan(q.QueryRowContext(ctx, `SELECT `+columns+` FROM case_record WHERE `+condition, arg))
}

// lock reads a case that the transaction is going to change: whoever else wants
// to change it waits for the end.
func (s *Service) lock(ctx context.Context, tx *store.Tx, id string) (Case, error) {
	return s.scan(tx.QueryRowContext(ctx, `UPDATE case_record SET revision = revision + 1 WHERE id = $1 RETURNING `+columns, id))
}

// sealed is a case's row as it is stored.
type sealed struct {
	code, applicant, dossier, standing, clock, stages string
}

func (s *Service) seal(c *Case) (r sealed, err error) {
	texts := make([][]byte, 5)
	for i, v := range []any{c.Applicant, c.Dossier, c.Standing, c.Time, c.Stages} {
		if texts[i], err = json.Marshal(v); err != nil {
			return r, fmt.Errorf("store case %s: %w", c.ID, err)
		}
	}
	return sealed{
		s.vault.Seal(kindCode, c.QueryCode), s.vault.Seal(kindApplicant, string(texts[0])), s.vault.Seal(kindDossier, string(texts[1])),
		string(texts[2]), string(texts[3]), string(texts[4]),
	}, nil
}

// null is an empty text as no value, so that unique columns may lack it.
func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// first is the beginning of a region's code.
func first(region string, n int) string { return region[:min(n, len(region))] }

// insert stores a new case.
func (s *Service) insert(ctx context.Context, tx *store.Tx, c *Case) error {
	c.Created, c.Changed = tx.Now, tx.Now
	r, err := s.seal(c)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO case_record (`+columns+`, city, district, state, mode, result, rank, deferred)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,
			$28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42)`,
		c.ID, c.Parent, c.Package, c.Item, c.ItemVersion, c.ItemName, c.Organisation, c.OrganisationName, c.Region, null(c.Number), null(c.CaseNo), r.code,
		c.Person, c.Legal, c.Holder, r.applicant, r.dossier, c.Edition, r.standing, r.clock, r.stages, store.Bool(c.Green), c.Hall, c.Window, c.Ticket,
		c.StatutoryDue, c.PromisedDue, store.Millis(c.Created), store.Millis(c.Changed), store.Millis(c.SubmittedAt), store.Millis(c.AcceptedAt),
		store.Millis(c.DecidedAt), store.Millis(c.ClosedAt), store.Millis(c.wake), c.revision,
		first(c.Region, 4), first(c.Region, 6), string(c.State), string(c.Mode), string(c.Result), c.order(), c.Deferred)
	if err != nil {
		return fmt.Errorf("store case %s: %w", c.ID, err)
	}
	return nil
}

// save stores what became of a case that lock returned.
func (s *Service) save(ctx context.Context, tx *store.Tx, c *Case) error {
	c.Changed = tx.Now
	r, err := s.seal(c)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE case_record SET number = $1, case_no = $2, query_code = $3, person = $4, legal = $5, holder = $6, applicant = $7,
		dossier = $8, edition = $9, standing = $10, clock = $11, stages = $12, green = $13, hall = $14, place = $15, ticket = $16,
		statutory_due = $17, promised_due = $18, changed = $19, submitted = $20, accepted = $21, decided = $22, closed = $23, wake = $24,
		state = $25, mode = $26, result = $27, rank = $28, deferred = $29 WHERE id = $30`,
		null(c.Number), null(c.CaseNo), r.code, c.Person, c.Legal, c.Holder, r.applicant, r.dossier, c.Edition, r.standing, r.clock, r.stages,
		store.Bool(c.Green), c.Hall, c.Window, c.Ticket, c.StatutoryDue, c.PromisedDue, store.Millis(c.Changed), store.Millis(c.SubmittedAt),
		store.Millis(c.AcceptedAt), store.Millis(c.DecidedAt), store.Millis(c.ClosedAt), store.Millis(c.wake),
		string(c.State), string(c.Mode), string(c.Result), c.order(), c.Deferred, c.ID)
	if err != nil {
		return fmt.Errorf("store case %s: %w", c.ID, err)
	}
	return nil
}
