// Package delivery sends results home (物流). A decided case orders a parcel; a
// carrier takes it and tells where it is; its signature flows back to the case
// as the proof of delivery. Where people live is kept sealed and told to nobody
// but the carrier.
package delivery

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// State is where a parcel stands.
type State string

// The states.
const (
	Waiting   State = "waiting" // for the carrier to take it
	Sent      State = "sent"
	Delivered State = "delivered"
	Returned  State = "returned" // nobody took it: it lies at the window
)

// Receiver is where a parcel goes.
type Receiver struct {
	Name    string `json:"name"`
	Phone   string `json:"phone"`
	Address string `json:"address"`
}

// String tells nothing about the receiver.
func (Receiver) String() string { return "receiver" }

// Request is what a case asks for.
type Request struct {
	Case, CaseNo, Title, Organisation, Region string
	// Person may follow the parcel, for Legal if that isn't empty.
	Person, Legal string
	Receiver      Receiver
}

// Movement is one thing that a carrier says of a parcel.
type Movement struct {
	At    time.Time `json:"at"`
	Words string    `json:"words"`
}

// Track is what became of a parcel.
type Track struct {
	Movements []Movement `json:"movements"`
	// Delivered and Returned end it; Signer is who signed.
	Delivered bool   `json:"delivered,omitempty"`
	Returned  bool   `json:"returned,omitempty"`
	Signer    string `json:"signer,omitempty"`
}

// Carrier is an outer system that brings parcels.
type Carrier interface {
	// Name is what people call it.
	Name() string
	// Ship orders a parcel and returns its tracking number. Asked again with
	// the same id it returns the same.
	Ship(ctx context.Context, id, title string, to Receiver) (tracking string, err error)
	// Track tells where a parcel is.
	Track(ctx context.Context, tracking string) (Track, error)
}

// Parcel is a result on its way.
type Parcel struct {
	ID           string     `json:"id"`
	Case         string     `json:"case"`
	CaseNo       string     `json:"caseNo,omitempty"`
	Title        string     `json:"title"`
	Organisation string     `json:"organisation"`
	Carrier      string     `json:"carrier"`
	Tracking     string     `json:"tracking,omitempty"`
	State        State      `json:"state"`
	Receiver     Receiver   `json:"receiver" doc:"Masked"`
	Created      time.Time  `json:"created"`
	Sent         time.Time  `json:"sent,omitzero"`
	Done         time.Time  `json:"done,omitzero"`
	Movements    []Movement `json:"movements"`

	region, person, legal string
	to                    Receiver
	tries                 int64
}

// Config is what Open needs.
type Config struct {
	Store   *store.Store
	Keys    *keys.Keys
	Audit   *audit.Log
	Carrier Carrier
	// Managers are the organisations that send for all of their region: centres
	// for government services.
	Managers []string
	// Demo takes the demo carrier where Carrier is nil.
	Demo bool
	// Told tells a case in the transaction in which its parcel was signed for.
	Told func(ctx context.Context, tx *store.Tx, caseID, proof string) error
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
	if err := conf.Store.Migrate(ctx, "delivery", files); err != nil {
		return nil, err
	}
	s := &Service{Config: conf, vault: conf.Keys.Vault()}
	if s.Carrier == nil {
		s.Carrier = byHand{}
		if conf.Demo {
			s.Carrier = demo{s}
		}
	}
	return s, nil
}

// The kinds that keep sealed things apart.
const (
	kindReceiver = "receiver"
	kindSigner   = "signer"
)

// The ways this context says no.
var (
	ErrUnknown  = fault.New(fault.NotFound, "delivery.unknown", "没有这件寄递")
	ErrReceiver = fault.New(fault.Invalid, "delivery.receiver", "收件信息有误")
	ErrState    = fault.New(fault.Conflict, "delivery.state", "寄递当前状态不能进行此操作")
)

var phone = regexp.MustCompile(`^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$`)

// check tells what is wrong with where a parcel shall go.
func (r Receiver) check() error {
	err := ErrReceiver
	text := func(field, v, words string, most int) {
		if v = strings.TrimSpace(v); v == "" || utf8.RuneCountInString(v) > most || !utf8.ValidString(v) || strings.ContainsAny(v, "\x00\n\r") {
			err = err.Wrong(field, words)
		}
	}
	text("name", r.Name, "请填写收件人（50 字以内）", 50)
	text("address", r.Address, "请填写详细地址（200 字以内）", 200)
	if !phone.MatchString(r.Phone) {
		err = err.Wrong("phone", "请填写正确的联系电话")
	}
	if len(err.Fields) > 0 {
		return err
	}
	return nil
}

// Order orders a parcel in the transaction of the decision. Ordered again for
// the same case it is the same parcel.
func (s *Service) Order(ctx context.Context, tx *store.Tx, r Request) (id string, err error) {
	if err := r.Receiver.check(); err != nil {
		return "", err
	}
	to, err := json.Marshal(r.Receiver)
	if err != nil {
		return "", err
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO delivery_parcel (id, case_id, case_no, title, organisation, region, person, legal, receiver, carrier, tracking, state, signer, look_at, tries,
			created_at, sent_at, done_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 'waiting', '', $11, 0, $11, 0, 0)
		ON CONFLICT (case_id) DO UPDATE SET case_no = excluded.case_no RETURNING id`,
		store.NewID(), r.Case, r.CaseNo, r.Title, r.Organisation, r.Region, r.Person, r.Legal, s.vault.Seal(kindReceiver, string(to)), s.Carrier.Name(), store.Millis(tx.Now)).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("order a parcel: %w", err)
	}
	return id, nil
}

const columns = `SELECT id, case_id, case_no, title, organisation, region, person, legal, receiver, carrier, tracking, state, tries, created_at, sent_at, done_at FROM delivery_parcel `

func (s *Service) scan(row interface{ Scan(...any) error }) (p Parcel, err error) {
	var sealed string
	var created, sent, done int64
	err = row.Scan(&p.ID, &p.Case, &p.CaseNo, &p.Title, &p.Organisation, &p.region, &p.person, &p.legal, &sealed, &p.Carrier, &p.Tracking, &p.State, &p.tries, &created, &sent, &done)
	if err != nil {
		return p, err
	}
	to, err := s.vault.Open(kindReceiver, sealed)
	if err == nil {
		err = json.Unmarshal([]byte(to), &p.to)
	}
	if err != nil {
		return p, fmt.Errorf("open a parcel's receiver: %w", err)
	}
	p.Receiver = Receiver{privacy.MaskName(p.to.Name), privacy.MaskPhone(p.to.Phone), maskAddress(p.to.Address)}
	p.Created, p.Movements = store.Time(created), []Movement{}
	if sent > 0 {
		p.Sent = store.Time(sent)
	}
	if done > 0 {
		p.Done = store.Time(done)
	}
	return p, nil
}

// maskAddress shows the beginning of an address, which names the district.
func maskAddress(address string) string {
	runes := []rune(address)
	return string(runes[:min(len(runes), 6)]) + "****"
}

func (s *Service) one(ctx context.Context, q store.Querier, where string, args ...any) (Parcel, error) {
	p, err := s.scan(q.QueryRowContext(ctx, columns+where, args...))
	if store.IsNone(err) {
		return p, ErrUnknown
	}
	return p, err
}

// OfCase returns a case's parcel with all its movements, if the caller may see
// it; ErrUnknown if there is none.
func (s *Service) OfCase(ctx context.Context, caseID string) (Parcel, error) {
	p, err := s.one(ctx, s.Store.Read(), `WHERE case_id = $1`, caseID)
	if err != nil {
		return p, err
	}
	c := access.From(ctx)
	own := c.Kind == access.Person && (p.legal == "" && p.person == c.ID || p.legal != "" && p.legal == c.For)
	if !own && !s.office(ctx, p) {
		return Parcel{}, ErrUnknown
	}
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT at, words FROM delivery_movement WHERE parcel = $1 ORDER BY at`, p.ID)
	if err != nil {
		return p, fmt.Errorf("read a parcel's way: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m Movement
		var at int64
		if err := rows.Scan(&at, &m.Words); err != nil {
			return p, fmt.Errorf("read a parcel's way: %w", err)
		}
		m.At = store.Time(at)
		p.Movements = append(p.Movements, m)
	}
	return p, rows.Err()
}

// office tells whether a parcel is one of the caller's body; a centre sends for
// all of its region.
func (s *Service) office(ctx context.Context, p Parcel) bool {
	c := access.From(ctx)
	return c.Kind == access.Staff && (c.Org == p.Organisation || slices.Contains(s.Managers, c.Org)) && c.Covers(p.region)
}
