package evaluation

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// Kind is what sort of voice it is.
type Kind string

// The kinds.
const (
	Consultation Kind = "consultation" // 咨询
	Suggestion   Kind = "suggestion"   // 建议
	Complaint    Kind = "complaint"    // 投诉
)

// Word is the kind as people read it.
func (k Kind) Word() string {
	return map[Kind]string{Consultation: "咨询", Suggestion: "建议", Complaint: "投诉", kindRectification: "差评整改"}[k]
}

// prefixes begin the numbers of each kind.
var prefixes = map[Kind]string{Consultation: "ZX", Suggestion: "JY", Complaint: "TS", kindRectification: "ZG"}

// State is where a voice is on its way.
type State string

// The states of a voice.
const (
	Asked      State = "asked"      // the organisation that has it shall answer
	Dispatched State = "dispatched" // a complaint: the department or person complained of shall explain
	Explained  State = "explained"  // a complaint: the desk shall answer
	Answered   State = "answered"
	Closed     State = "closed"
)

// Word is the state as people read it.
func (v State) Word() string {
	return map[State]string{Asked: "待答复", Dispatched: "核实中", Explained: "待答复", Answered: "已答复", Closed: "已办结"}[v]
}

// Categories are what a voice can be about, by kind (IX-05, IX-07).
var categories = map[Kind][]string{
	Consultation: {"办事条件", "申请材料", "办理流程", "收费和时限", "其他"},
	Suggestion:   {"系统故障", "内容有误", "使用体验", "改进意见", "工作点评"},
	Complaint:    {"服务态度", "办事拖延", "违规收费", "要求额外材料", "推诿不办", "其他"},
}

// Voice is one thing that somebody said.
type Voice struct {
	ID     string
	Number string
	Kind   Kind
	State  State
	// Person asked, for the legal person For if that is set. Without a person
	// it is somebody who isn't signed in.
	Person, For string
	// Organisation has to act now, Assignee of it if that is set; About is whom
	// the voice is about.
	Organisation, Assignee, About string
	Region                        string
	Item, ItemName                string
	Category                      string
	Title, Body                   string
	// Consent allows to publish it without personal data.
	Consent    bool
	Created    time.Time
	Due        time.Time
	Late       bool
	Dispatches int
	Answer     string
	Answered   time.Time
	// Satisfaction is 1 to 5; 0: the asker hasn't said.
	Satisfaction int
	Remark       string

	phone string // sealed
}

// Ask is what somebody says.
type Ask struct {
	Kind Kind
	// Item is the item whose page it comes from; its organisation gets it.
	Item string
	// Organisation is the one complained of, or asked; empty: the centre.
	Organisation string
	Category     string
	Title, Body  string
	// Phone gets a message with the answer, of somebody who isn't signed in.
	Phone   string
	Consent bool
	// Form is the form's own text: one that comes again is the same voice.
	Form string
}

// Bounds of what people write, in characters.
const (
	maxTitle = 60
	maxBody  = 2000
	maxText  = 2000
	maxForm  = 64
)

var mobile = regexp.MustCompile(`^1[3-9][0-9]{9}$`)

// tidy is a text as it is kept: without spaces around it and without characters
// that nobody sees.
func tidy(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, text))
}

// text checks a text of min to most characters.
func textFault(wrong *fault.Fault, field, label, text string, least, most int) *fault.Fault {
	if n := utf8.RuneCountInString(text); n < least || n > most {
		if least == 0 {
			return wrong.Wrong(field, fmt.Sprintf("%s不超过 %d 个字", label, most))
		}
		return wrong.Wrong(field, fmt.Sprintf("%s须为 %d 至 %d 个字", label, least, most))
	}
	return wrong
}

// check tidies what somebody says and tells what is wrong with it.
func (a *Ask) check() error {
	if !isKind(a.Kind) {
		return ErrInput.Wrong("kind", "请选择类别")
	}
	a.Title, a.Body, a.Phone, a.Category = strings.ReplaceAll(tidy(a.Title), "\n", " "), tidy(a.Body), strings.TrimSpace(a.Phone), strings.TrimSpace(a.Category)
	wrong := textFault(ErrInput, "title", "标题", a.Title, 2, maxTitle)
	wrong = textFault(wrong, "body", "内容", a.Body, 5, maxBody)
	if a.Phone != "" && !mobile.MatchString(a.Phone) {
		wrong = wrong.Wrong("phone", "手机号须为 11 位")
	}
	if a.Category == "" {
		a.Category = "其他"
		if a.Kind == Suggestion {
			a.Category = "改进意见"
		}
	}
	known := false
	for _, c := range categories[a.Kind] {
		known = known || c == a.Category
	}
	if !known {
		wrong = wrong.Wrong("category", "请选择类型")
	}
	if len(a.Form) > maxForm {
		wrong = wrong.Wrong("form", "表单有误，请刷新后重新填写")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// Raise takes what the context's caller says and returns it with the token by
// which somebody who isn't signed in finds it again. A form that was sent
// before is the voice that it was then.
func (s *Service) Raise(ctx context.Context, a Ask) (Voice, string, error) {
	caller := access.From(ctx)
	if caller.Kind != access.Person && a.Kind == Complaint {
		return Voice{}, "", ErrSignIn
	}
	if err := a.check(); err != nil {
		return Voice{}, "", err
	}
	v := Voice{
		ID: store.NewID(), Kind: a.Kind, State: Asked, Category: a.Category, Title: a.Title, Body: a.Body, Consent: a.Consent, Item: a.Item, About: a.Organisation,
	}
	if caller.Kind == access.Person {
		v.Person, v.For = caller.ID, caller.For
	} else {
		v.phone = s.vault.Seal(kindPhone, a.Phone)
	}
	if err := s.address(ctx, &v); err != nil {
		return v, "", err
	}
	request := s.hash("form\x00" + v.Person + "\x00" + a.Form)
	if a.Form == "" {
		request = v.ID
	}
	err := s.take(ctx, &v, request)
	if errors.Is(err, errTwice) {
		err = s.take(ctx, &v, request) // now the other one is there
	}
	return v, s.token("voice", v.ID), err
}

// errTwice says that the same form was taken at the same time.
var errTwice = errors.New("the form comes twice at once")

// take stores v, or makes v what was stored of the same form before.
func (s *Service) take(ctx context.Context, v *Voice, request string) error {
	return s.Store.Write(ctx, "take a "+string(v.Kind), func(tx *store.Tx) error {
		before, err := one(ctx, tx, `request = $1`, request)
		if err == nil {
			if before.Kind != v.Kind || before.Title != v.Title || before.Body != v.Body {
				return ErrFormExpired
			}
			*v = before
			return nil
		}
		if !store.IsNone(err) {
			return err
		}
		return s.add(ctx, tx, v, request)
	})
}

// address finds out who has to act on a voice: on a consultation or suggestion
// the item's organisation (IX-04), else the one that was asked, else the
// centre; on a complaint always the centre, which dispatches it (IX-07).
func (s *Service) address(ctx context.Context, v *Voice) error {
	all, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	if _, ok := all[v.About]; !ok && v.About != "" {
		return ErrOrg.Wrong("organisation", "请选择部门")
	}
	if v.Item != "" {
		it, err := s.Item(ctx, v.Item)
		if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
			return ErrItem
		}
		if err != nil {
			return err
		}
		v.ItemName = it.Name
		if _, ok := all[it.Organisation]; ok && v.About == "" {
			v.About = it.Organisation
		}
	}
	centre, err := s.centre(ctx, s.Store.Read())
	if err != nil {
		return err
	}
	if v.About == "" {
		if v.Kind == Complaint {
			return ErrInput.Wrong("organisation", "请选择被投诉的部门")
		}
		v.About = centre.ID
	}
	v.Organisation, v.Region = v.About, all[v.About].Region
	if v.Kind == Complaint {
		v.Organisation = centre.ID
	}
	return nil
}

// add stores a new voice with its number and limit.
func (s *Service) add(ctx context.Context, tx *store.Tx, v *Voice, request string) (err error) {
	v.Created = tx.Now
	if v.Due, err = s.limitFor(ctx, tx, v.About, v.Region, v.Kind); err != nil {
		return err
	}
	if v.Number, err = s.number(ctx, tx, prefixes[v.Kind]); err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO evaluation_voice (id, number, request, token, kind, state, person, acting_for, phone, organisation, assignee, about,
		region, item, item_name, category, title, body, consent, created, due, late, dispatches, answer, answered, satisfaction, remark, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 0, 0, '', 0, 0, '', $19)
		ON CONFLICT (request) DO NOTHING`,
		v.ID, v.Number, request, s.hash(s.token("voice", v.ID)), string(v.Kind), string(v.State), v.Person, v.For, v.phone, v.Organisation, v.About,
		v.Region, v.Item, v.ItemName, v.Category, v.Title, v.Body, store.Bool(v.Consent), store.Millis(tx.Now), store.Millis(v.Due))
	if err != nil {
		return fmt.Errorf("store a voice: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errTwice)
	}
	if err := s.step(ctx, tx, v.ID, "asked", v.Organisation, ""); err != nil {
		return err
	}
	if err := tx.Publish(ctx, "", TypeAsked, v.ID, v.event()); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "evaluation.ask", Object: v.ID, Detail: string(v.Kind)})
}

func (v *Voice) event() Event {
	return Event{Number: v.Number, Kind: v.Kind, Organisation: v.Organisation, Region: v.Region, Item: v.Item, Due: v.Due, Late: v.Late}
}

const selectVoice = `SELECT id, number, kind, state, person, acting_for, phone, organisation, assignee, about, region, item, item_name, category,
	title, body, consent, created, due, late, dispatches, answer, answered, satisfaction, remark FROM evaluation_voice`

func scanVoice(row interface{ Scan(...any) error }) (v Voice, err error) {
	var created, due, answered int64
	err = row.Scan(&v.ID, &v.Number, &v.Kind, &v.State, &v.Person, &v.For, &v.phone, &v.Organisation, &v.Assignee, &v.About, &v.Region, &v.Item, &v.ItemName,
		&v.Category, &v.Title, &v.Body, &v.Consent, &created, &due, &v.Late, &v.Dispatches, &v.Answer, &answered, &v.Satisfaction, &v.Remark)
	v.Created, v.Due, v.Answered = store.Time(created), store.Time(due), store.Time(answered)
	return v, err
}

// one reads the voice for which a condition holds.
func one(ctx context.Context, q store.Querier, condition, arg string) (Voice, error) {
	return scanVoice(q.QueryRowContext(ctx, selectVoice+` WHERE `+condition, arg))
}

// voice reads a voice by its id, or ErrNone.
func (s *Service) voice(ctx context.Context, q store.Querier, id string) (Voice, error) {
	v, err := one(ctx, q, `id = $1`, id)
	if store.IsNone(err) {
		return v, ErrNone
	}
	if err != nil {
		return v, fmt.Errorf("read a voice: %w", err)
	}
	return v, nil
}

// ByToken is the voice that a token belongs to, or ErrNone.
func (s *Service) ByToken(ctx context.Context, token string) (Voice, error) {
	if !isToken(token) {
		return Voice{}, ErrNone
	}
	v, err := one(ctx, s.Store.Read(), `token = $1`, s.hash(token))
	if store.IsNone(err) {
		return v, ErrNone
	}
	if err != nil {
		return v, fmt.Errorf("read a voice: %w", err)
	}
	return v, nil
}

// Mine is one of the voices of the context's caller, or ErrNone.
func (s *Service) Mine(ctx context.Context, id string) (Voice, error) {
	caller := access.From(ctx)
	v, err := s.voice(ctx, s.Store.Read(), id)
	if err == nil && (caller.Kind != access.Person || v.Person != caller.ID) {
		return Voice{}, ErrNone
	}
	return v, err
}

// minePage bounds what one sees of one's own voices.
const minePage = 100

// AllMine are the voices of the context's caller, the newest first.
func (s *Service) AllMine(ctx context.Context) ([]Voice, error) {
	caller := access.From(ctx)
	if caller.Kind != access.Person {
		return nil, ErrNone
	}
	return list(ctx, s.Store.Read(), selectVoice+` WHERE person = $1 ORDER BY id DESC LIMIT $2`, scanVoice, caller.ID, minePage)
}

// list reads the rows of a query.
func list[T any](ctx context.Context, q store.Querier, query string, scan func(interface{ Scan(...any) error }) (T, error), args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read evaluations: %w", err)
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read evaluations: %w", err)
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// maskedName is who asked, as staff see her.
func (s *Service) maskedName(ctx context.Context, person string) string {
	if person == "" {
		return ""
	}
	p, err := s.People.Person(ctx, person)
	if err != nil {
		return ""
	}
	return privacy.MaskName(p.Name)
}
