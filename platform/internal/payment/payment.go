// Package payment takes fees (收费、网上支付). A case orders what is due; the
// payer pays at a provider; what the provider's books say flows back as the
// order's state, a receipt and a word to the case. Amounts are whole fen. An
// order's state follows the provider's books and nothing else: a callback only
// makes the platform look into them.
package payment

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// State is where an order stands.
type State string

// The states.
const (
	Created   State = "created"
	Paying    State = "paying" // the payer went to the provider
	Paid      State = "paid"
	Closed    State = "closed" // nobody has to pay it any more
	Refunding State = "refunding"
	Refunded  State = "refunded"
)

// Line is one fee.
type Line struct {
	Fee    string `json:"fee"`
	Name   string `json:"name"`
	Amount int64  `json:"amount" doc:"fen"`
	Basis  string `json:"basis,omitempty"`
}

// Request is what a case asks for.
type Request struct {
	Case, CaseNo, Title, Organisation, Region string
	// Person is who may pay it, for Legal if that isn't empty; Payer is the
	// name on the receipt.
	Person, Legal, Payer string
	Lines                []Line
}

// Order is what somebody owes.
type Order struct {
	ID           string    `json:"id"`
	Case         string    `json:"case"`
	CaseNo       string    `json:"caseNo,omitempty"`
	Title        string    `json:"title"`
	Organisation string    `json:"organisation"`
	Lines        []Line    `json:"lines"`
	Amount       int64     `json:"amount" doc:"fen"`
	State        State     `json:"state"`
	Reason       string    `json:"reason,omitempty"`
	Demo         bool      `json:"demo,omitempty"`
	Receipt      string    `json:"receipt,omitempty"`
	Due          time.Time `json:"due"`
	Paid         time.Time `json:"paid,omitzero"`
	Created      time.Time `json:"created"`

	region, person, legal, payer, provider, reference string
	looks                                             int64
}

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Keys  *keys.Keys
	Audit *audit.Log
	// Managers are the organisations that see all orders of their region: centres
	// for government services.
	Managers []string
	// Provider is where people pay; nil is the demo provider.
	Provider Provider
	// Told tells a case in the transaction in which an order became paid.
	Told func(ctx context.Context, tx *store.Tx, caseID, order string) error
	// Region is an item's, empty for one that isn't there; nil: every reviewer
	// sets when fees are due.
	Region func(ctx context.Context, item string) (string, error)
	// Body is an organisation's name, for receipts.
	Body func(ctx context.Context, id string) (string, error)
	// Frame answers with a page in the portal's form.
	Frame func(w http.ResponseWriter, r *http.Request, status int, title string, body template.HTML) error
	// BaseURL is the platform's address for the provider.
	BaseURL string
	// Zone is the city's time zone; nil means UTC+8.
	Zone *time.Location
	Log  *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	vault privacy.Vault
}

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "payment", files); err != nil {
		return nil, err
	}
	if conf.Zone == nil {
		conf.Zone = time.FixedZone("CST", 8*60*60)
	}
	s := &Service{Config: conf, vault: conf.Keys.Vault()}
	if s.Provider == nil {
		s.Provider = demo{s}
	}
	return s, nil
}

// kindPayer keeps sealed names apart from other sealed things.
const kindPayer = "payer"

// The ways this context says no.
var (
	ErrUnknown  = fault.New(fault.NotFound, "payment.unknown", "没有这笔缴费")
	ErrItem     = fault.New(fault.NotFound, "payment.item", "没有这个事项")
	ErrRequest  = fault.New(fault.Invalid, "payment.request", "缴费项目有误")
	ErrState    = fault.New(fault.Conflict, "payment.state", "这笔缴费当前不能进行此操作")
	ErrProvider = fault.New(fault.Unavailable, "payment.provider", "缴费平台暂时无法连接，请稍后再试；您也可以到窗口缴费")
)

// Bounds of an order.
const (
	maxLines  = 40
	maxAmount = 1_000_000_000_00 // fen
	dueAfter  = 15 * 24 * time.Hour
)

// Order orders what is due, in the transaction of the decision.
func (s *Service) Order(ctx context.Context, tx *store.Tx, r Request) (Order, error) {
	o := Order{
		ID: store.NewID(), Case: r.Case, CaseNo: r.CaseNo, Title: r.Title, Organisation: r.Organisation, Lines: r.Lines, State: Created,
		Due: tx.Now.Add(dueAfter), Created: tx.Now, region: r.Region, person: r.Person, legal: r.Legal, payer: r.Payer, provider: s.Provider.Name(), Demo: s.Provider.Demo(),
	}
	if r.Case == "" || r.Payer == "" || r.Organisation == "" || len(r.Lines) == 0 || len(r.Lines) > maxLines {
		return o, ErrRequest
	}
	for _, l := range r.Lines {
		if l.Amount <= 0 || l.Amount > maxAmount || l.Name == "" || o.Amount > maxAmount-l.Amount {
			return o, ErrRequest.Wrong("amount", "“"+l.Name+"”的金额有误")
		}
		o.Amount += l.Amount
	}
	lines, err := json.Marshal(o.Lines)
	if err != nil {
		return o, fmt.Errorf("order a payment: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO payment_order (id, case_id, case_no, title, organisation, region, person, legal, payer, lines, amount, state, reason, provider, reference,
			receipt, due_at, look_at, looks, paid_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'created', '', $12, '', '', $13, 0, 0, 0, $14)`,
		o.ID, o.Case, o.CaseNo, o.Title, o.Organisation, o.region, o.person, o.legal, s.vault.Seal(kindPayer, o.payer), string(lines), o.Amount, o.provider,
		store.Millis(o.Due), store.Millis(tx.Now))
	if err != nil {
		return o, fmt.Errorf("order a payment: %w", err)
	}
	return o, s.note(ctx, tx, o.ID, Created, "缴费单生成")
}

// note keeps what happened with an order.
func (s *Service) note(ctx context.Context, tx *store.Tx, id string, state State, what string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO payment_log (id, order_id, at, state, what) VALUES ($1, $2, $3, $4, $5)`, store.NewID(), id, store.Millis(tx.Now), string(state), what)
	if err != nil {
		return fmt.Errorf("note what happened with a payment: %w", err)
	}
	return nil
}

const columns = `SELECT id, case_id, case_no, title, organisation, region, person, legal, payer, lines, amount, state, reason, provider, reference, receipt, due_at, looks, paid_at,
	created_at FROM payment_order `

func (s *Service) scan(row interface{ Scan(...any) error }) (o Order, err error) {
	var payer, lines string
	var due, paid, created int64
	err = row.Scan(&o.ID, &o.Case, &o.CaseNo, &o.Title, &o.Organisation, &o.region, &o.person, &o.legal, &payer, &lines, &o.Amount, &o.State, &o.Reason, &o.provider, &o.reference,
		&o.Receipt, &due, &o.looks, &paid, &created)
	if err != nil {
		return o, err
	}
	if o.payer, err = s.vault.Open(kindPayer, payer); err != nil {
		return o, fmt.Errorf("open a payer's name: %w", err)
	}
	if err := json.Unmarshal([]byte(lines), &o.Lines); err != nil {
		return o, fmt.Errorf("read a payment's lines: %w", err)
	}
	o.Due, o.Created, o.Demo = store.Time(due), store.Time(created), o.provider == demoName
	if paid > 0 {
		o.Paid = store.Time(paid)
	}
	return o, nil
}

func (s *Service) one(ctx context.Context, q store.Querier, where string, args ...any) (Order, error) {
	o, err := s.scan(q.QueryRowContext(ctx, columns+where, args...))
	if store.IsNone(err) {
		return o, ErrUnknown
	}
	return o, err
}

// own returns the caller's order with a provider's reference.
func (s *Service) own(ctx context.Context, provider, reference string) (Order, error) {
	o, err := s.one(ctx, s.Store.Read(), `WHERE provider = $1 AND reference = $2`, provider, reference)
	if err == nil && !mine(ctx, o) {
		return Order{}, ErrUnknown
	}
	return o, err
}

// mine tells whether the order is the caller's, or that of the legal person she
// acts for.
func mine(ctx context.Context, o Order) bool {
	c := access.From(ctx)
	return c.Kind == access.Person && (o.legal == "" && o.person == c.ID || o.legal != "" && o.legal == c.For)
}

// office tells whether the order is one of the caller's body.
func (s *Service) office(ctx context.Context, o Order) bool {
	c := access.From(ctx)
	return c.Kind == access.Staff && (c.Org == o.Organisation || slices.Contains(s.Managers, c.Org)) && c.Covers(o.region)
}

// Get returns an order that the caller may see.
func (s *Service) Get(ctx context.Context, id string) (Order, error) {
	o, err := s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
	if err == nil && !mine(ctx, o) && !s.office(ctx, o) {
		return Order{}, ErrUnknown
	}
	return o, err
}

// Yuan is an amount of fen as people write it: 1,234.50.
func Yuan(fen int64) string {
	whole := fmt.Sprintf("%d", fen/100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s.%02d", whole, fen%100)
}

// sentence is a reason that somebody has to give.
func sentence(text string) (string, error) {
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	if text == "" || len([]rune(text)) > 200 {
		return "", ErrRequest.Wrong("reason", "请说明原因（200 字以内）")
	}
	return text, nil
}
