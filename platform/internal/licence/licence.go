// Package licence keeps the electronic licences (电子证照): the catalogue of
// their kinds, those that were issued with what became of them, and their
// verification. What a decided case holds flows in; a signed licence with a
// national identifier flows out, which its holder may show, print and use again
// instead of papers.
package licence

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"smarthall/internal/codes"
	"smarthall/internal/gm"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/pace"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed types.yaml
var product []byte

// State is whether a licence may be used.
type State string

// The states. A licence that is valid and past its last day is Expired, which
// is never stored.
const (
	Valid     State = "valid"
	Suspended State = "suspended"
	Revoked   State = "revoked"
	Replaced  State = "replaced"
	Expired   State = "expired"
)

// stateWords are the states as people read them.
var stateWords = map[State]string{Valid: "有效", Suspended: "暂停", Revoked: "已撤销", Replaced: "已换发", Expired: "已过期"}

// Word is the state in one word.
func (s State) Word() string { return stateWords[s] }

// Body is who issues licences.
type Body struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Code is the unified social credit code.
	Code string `json:"code"`
}

// Config is what Open needs.
type Config struct {
	Store    *store.Store
	Keys     *keys.Keys
	Audit    *audit.Log
	Messages message.Sender
	// Body returns an organisation.
	Body func(ctx context.Context, id string) (Body, error)
	// Frame answers with a page in the portal's form.
	Frame func(w http.ResponseWriter, r *http.Request, status int, title string, body template.HTML) error
	// BaseURL is the platform's address for QR codes.
	BaseURL string
	// Demo marks every licence as none.
	Demo bool
	// Prints is how often a licence is printed by halls' machines on one day; 0:
	// it isn't.
	Prints int
	// Hall is what people call a hall; nil: its id.
	Hall func(ctx context.Context, id string) (string, error)
	// Zone is the city's time zone; nil means UTC+8.
	Zone *time.Location
	Log  *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	vault  privacy.Vault
	signer *gm.Signer
	cards  *pace.Pacer
}

// Open makes the context's tables and takes the product's kinds in.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "licence", files); err != nil {
		return nil, err
	}
	if conf.Zone == nil {
		conf.Zone = time.FixedZone("CST", 8*60*60)
	}
	signer, err := gm.NewSigner(conf.Keys.For("licences"))
	if err != nil {
		return nil, err
	}
	s := &Service{Config: conf, vault: conf.Keys.Vault(), signer: signer, cards: pace.New(cardsRead)}
	return s, s.takeProduct(ctx)
}

// The kinds that keep hashes and seals of different things apart.
const (
	kindContent = "licence"
	kindHolder  = "licence-holder"
)

// The ways this context says no.
var (
	ErrUnknown = fault.New(fault.NotFound, "licence.unknown", "没有这份证照，请核对编号")
	ErrType    = fault.New(fault.Invalid, "licence.type", "证照类型的定义有误")
	ErrOrder   = fault.New(fault.Invalid, "licence.order", "签发证照的信息不完整")
	ErrState   = fault.New(fault.Conflict, "licence.state", "证照当前状态不能进行此操作")
	ErrReason  = fault.New(fault.Invalid, "licence.reason", "请说明原因（200 字以内）")
	ErrNotHeld = fault.New(fault.Invalid, "licence.not-held", "证照库中没有申请人的有效证照，请上传材料")
)

// Holder is whose a licence is.
type Holder struct {
	// Person is the natural person's id, Legal the legal person's where it is
	// the holder. Somebody who never registered has neither.
	Person, Legal string
	Name          string
	// Number is the ID number, or a legal person's credit code.
	Number string
	// Represented is the natural person that acted for a legal one.
	Represented string
	Address     string
}

// Order is what a licence shall say.
type Order struct {
	// Type is the id of its kind; one that the catalogue doesn't know is
	// issued as a general one.
	Type string
	// Case and CaseNo are the case that it comes of, Item the item's name.
	Case, CaseNo, Item string
	Organisation       string
	Region             string
	Holder             Holder
	// Values are what the form of the application held.
	Values map[string]any
}

// content is a licence as it is signed and kept.
type content struct {
	ID         string `json:"id"`
	Identifier string `json:"identifier"`
	Number     string `json:"number"`
	Code       string `json:"code"`
	Type       string `json:"type"`
	Name       string `json:"name"`
	Body       Body   `json:"body"`
	Holder     string `json:"holder"`
	HolderNo   string `json:"holderNo"`
	Case       string `json:"case"`
	Lines      []Line `json:"lines"`
	From       string `json:"from"`
	Until      string `json:"until,omitempty"`
}

// Line is one fact that a licence states.
type Line struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Licence is one that was issued.
type Licence struct {
	ID         string `json:"id"`
	Identifier string `json:"identifier" doc:"GB/T 36904"`
	Number     string `json:"number"`
	Code       string `json:"code"`
	Type       string `json:"type"`
	Name       string `json:"name"`
	Body       Body   `json:"body"`
	// Holder is the holder's name.
	Holder string    `json:"holder"`
	Case   string    `json:"case,omitempty"`
	Lines  []Line    `json:"lines"`
	From   string    `json:"from"`
	Until  string    `json:"until,omitempty"`
	State  State     `json:"state"`
	Reason string    `json:"reason,omitempty"`
	Issued time.Time `json:"issued"`

	organisation, region, person, legal string
	digest                              string
}

// Issue issues a licence in the transaction of the decision. Of a kind that a
// holder has once it takes the older one's place.
func (s *Service) Issue(ctx context.Context, tx *store.Tx, o Order) (Licence, error) {
	if o.Case == "" || o.Holder.Name == "" || o.Holder.Number == "" || o.Organisation == "" {
		return Licence{}, ErrOrder
	}
	kind, err := s.kind(ctx, tx, o.Type)
	if err != nil {
		return Licence{}, err
	}
	body, err := s.Body(ctx, o.Organisation)
	if err != nil {
		return Licence{}, fmt.Errorf("issue a licence: %w", err)
	}
	c := content{ID: store.NewID(), Code: newCode(), Type: kind.ID, Name: kind.Name, Body: body, Holder: o.Holder.Name, HolderNo: o.Holder.Number, Case: o.Case}
	day := tx.Now.In(s.Zone)
	c.From = day.Format(layout)
	if kind.Years > 0 {
		c.Until = day.AddDate(kind.Years, 0, -1).Format(layout)
	}
	c.Lines = kind.lines(o, body)
	if err := s.number(ctx, tx, kind, o.Region, day.Year(), &c); err != nil {
		return Licence{}, err
	}
	if kind.Single {
		if err := s.replace(ctx, tx, kind.ID, s.holderKey(o.Holder.Number)); err != nil {
			return Licence{}, err
		}
	}
	if err := s.insert(ctx, tx, o, c); err != nil {
		return Licence{}, fmt.Errorf("issue a licence: %w", err)
	}
	err = tx.Publish(ctx, "", "licence.issued", o.Case, map[string]string{
		"case": o.Case, "licence": c.ID, "type": c.Type, "name": c.Name, "organisation": o.Organisation, "region": o.Region, "number": c.Number,
	})
	l := Licence{
		ID: c.ID, Identifier: c.Identifier, Number: c.Number, Code: c.Code, Type: c.Type, Name: c.Name, Body: body, Holder: c.Holder, Case: c.Case,
		Lines: c.Lines, From: c.From, Until: c.Until, State: Valid, Issued: tx.Now,
	}
	return l, err
}

// layout is how days are written.
const layout = "2006-01-02"

// insert signs and stores a licence.
func (s *Service) insert(ctx context.Context, tx *store.Tx, o Order, c content) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	signature, err := s.signer.Sign(data)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO licence_issued (id, identifier, number, code, type, case_id, organisation, region, person, legal, holder, from_day, until_day,
			content, digest, public_key, signature, state, reason, reminded, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'valid', '', 0, $18)`,
		c.ID, c.Identifier, c.Number, c.Code, c.Type, o.Case, o.Organisation, o.Region, o.Holder.Person, o.Holder.Legal, s.holderKey(o.Holder.Number), c.From, c.Until,
		base64.StdEncoding.EncodeToString(s.vault.SealData(kindContent, data)), gm.Digest(data), s.signer.Public(),
		base64.StdEncoding.EncodeToString(signature), store.Millis(tx.Now))
	return err
}

// holderKey finds a holder's licences by the number.
func (s *Service) holderKey(number string) string {
	return s.vault.Key(kindHolder, strings.ToUpper(strings.TrimSpace(number)))
}

// number gives a licence its number and its national identifier. All bodies
// count together, because the number doesn't say which of a region's issued it.
func (s *Service) number(ctx context.Context, tx *store.Tx, kind Type, region string, year int, c *content) error {
	var n int64
	err := tx.QueryRowContext(ctx, `INSERT INTO licence_counter (type, organisation, year, n) VALUES ($1, '', $2, 1)
		ON CONFLICT (type, organisation, year) DO UPDATE SET n = licence_counter.n + 1 RETURNING n`, kind.ID, year).Scan(&n)
	if err != nil {
		return fmt.Errorf("number a licence: %w", err)
	}
	issuer := c.Body.Code
	if len(issuer) != 18 {
		// A body without a credit code can't issue: its licences would have
		// no place in the country's list.
		return ErrOrder.With("签发机构没有统一社会信用代码，不能签发电子证照")
	}
	serial := strconv.Itoa(year) + fmt.Sprintf("%08d", n)
	c.Number = kind.Prefix + issuer[2:8] + kind.Code + serial
	c.Identifier = codes.LicenceID{Type: kind.Authority + kind.Code, Issuer: issuer, Serial: kind.Code + serial, Version: "001"}.String()
	if c.Identifier == "" {
		return ErrOrder.With("证照标识无法生成，请检查证照目录中的定义机构代码")
	}
	return nil
}

// replace takes the place of a holder's valid licences of a kind.
func (s *Service) replace(ctx context.Context, tx *store.Tx, kind, holder string) error {
	rows, err := tx.QueryContext(ctx, `UPDATE licence_issued SET state = 'replaced', reason = '已换发新证' WHERE holder = $1 AND type = $2 AND state = 'valid' RETURNING id`, holder, kind)
	if err != nil {
		return fmt.Errorf("replace a licence: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return fmt.Errorf("replace a licence: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("replace a licence: %w", err)
	}
	for _, id := range ids {
		if err := s.note(ctx, tx, id, Replaced, "已换发新证"); err != nil {
			return err
		}
	}
	return nil
}

// letters are those of a code: none that is taken for another.
const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// newCode returns a code of 80 bits, which nobody guesses.
func newCode() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	for i := range b {
		b[i] = letters[b[i]%32]
	}
	return string(b[:])
}
