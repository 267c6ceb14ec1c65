// Package document issues the papers of a case: vouchers, notices and
// decisions. What a case has to say flows in; out comes a document with a
// number that is never given twice, signed, sealed, as a PDF whose QR code
// leads to a page that tells whether it is genuine. A document isn't changed:
// it stands, or it was withdrawn and says why.
package document

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
	"strings"
	"time"

	"smarthall/internal/gm"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Kind is what a document is.
type Kind string

// The kinds.
const (
	Receipt     Kind = "receipt"     // 收件凭证
	Acceptance  Kind = "acceptance"  // 受理通知书
	Supplement  Kind = "supplement"  // 补正告知书
	Refusal     Kind = "refusal"     // 不予受理决定书
	Deferred    Kind = "deferred"    // 容缺受理告知承诺书
	Approval    Kind = "approval"    // 准予决定书
	Rejection   Kind = "rejection"   // 不予决定书
	Special     Kind = "special"     // 特别程序告知书
	Extension   Kind = "extension"   // 延期告知书
	Payment     Kind = "payment"     // 缴费通知书
	Delivery    Kind = "delivery"    // 送达回证
	Termination Kind = "termination" // 终止告知书
)

// kinds have a title and the character that stands in their number.
var kinds = map[Kind]struct{ title, mark string }{
	Receipt: {"收件凭证", "收"}, Acceptance: {"受理通知书", "受"}, Supplement: {"补正材料告知书", "补"}, Refusal: {"不予受理决定书", "不受"},
	Deferred: {"容缺受理告知承诺书", "容"}, Approval: {"准予行政许可决定书", "准"}, Rejection: {"不予行政许可决定书", "不准"}, Special: {"特别程序告知书", "特"},
	Extension: {"延期办理告知书", "延"}, Payment: {"缴费通知书", "缴"}, Delivery: {"送达回证", "送"}, Termination: {"终止办理告知书", "终"},
}

// Title is what stands over a document of the kind.
func (k Kind) Title() string { return kinds[k].title }

// Organisation is who issues a document.
type Organisation struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Block is one part of a document's text: a paragraph, or rows of a table
// below its head.
type Block struct {
	Text string     `json:"text,omitempty"`
	Head []string   `json:"head,omitempty"`
	Rows [][]string `json:"rows,omitempty"`
}

// Order is what a document shall say.
type Order struct {
	Kind Kind `json:"kind"`
	// Title overrides the kind's, where the law calls it otherwise.
	Title string `json:"title,omitempty"`
	// Case is the case's id, CaseNo what the public knows it by; the
	// application's number until it is accepted.
	Case         string       `json:"case"`
	CaseNo       string       `json:"caseNo,omitempty"`
	Item         string       `json:"item,omitempty"` // its name
	Organisation Organisation `json:"organisation"`
	Region       string       `json:"region"`
	// Addressee is the applicant's name. Whoever verifies the document sees
	// it masked.
	Addressee string  `json:"addressee"`
	Body      []Block `json:"body"`
	// Sign asks for a line on which the addressee signs.
	Sign bool `json:"sign,omitempty"`
}

// Document is one that was issued.
type Document struct {
	ID     string `json:"id"`
	Kind   Kind   `json:"kind"`
	Title  string `json:"title"`
	Number string `json:"number"`
	// Code verifies it: /verify/CODE.
	Code string `json:"code"`
	Case string `json:"case"`
	Day  string `json:"day"`
	// Withdrawn says why it doesn't stand any more.
	Withdrawn string    `json:"withdrawn,omitempty"`
	Created   time.Time `json:"created"`
}

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Keys  *keys.Keys
	Audit *audit.Log
	// Region is an organisation's, empty for one that isn't there; nil: every
	// administrator sets every prefix.
	Region func(ctx context.Context, organisation string) (string, error)
	// Frame answers with a page in the portal's form.
	Frame func(w http.ResponseWriter, r *http.Request, status int, title string, body template.HTML) error
	// BaseURL is the platform's address for QR codes; empty: the codes hold a
	// path alone, which no telephone opens.
	BaseURL string
	// Demo marks every document as none.
	Demo bool
	// Zone is the city's time zone; nil means UTC+8.
	Zone *time.Location
	Log  *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	vault  privacy.Vault
	signer *gm.Signer
}

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "document", files); err != nil {
		return nil, err
	}
	if conf.Zone == nil {
		conf.Zone = time.FixedZone("CST", 8*60*60)
	}
	signer, err := gm.NewSigner(conf.Keys.For("documents"))
	if err != nil {
		return nil, err
	}
	return &Service{Config: conf, vault: conf.Keys.Vault(), signer: signer}, nil
}

// kindContent keeps sealed documents apart from other sealed things.
const kindContent = "document"

// The ways this context says no.
var (
	ErrUnknown = fault.New(fault.NotFound, "document.unknown", "没有这份文书，请核对编号")
	ErrOrder   = fault.New(fault.Invalid, "document.order", "文书内容有误")
	ErrState   = fault.New(fault.Conflict, "document.state", "文书已经撤销")
)

// Bounds of a document.
const (
	maxBlocks = 60
	maxRows   = 200
	maxCells  = 8
	maxText   = 4000
)

// check tells what is wrong with an order.
func (o Order) check() error {
	err := ErrOrder
	if kinds[o.Kind].title == "" {
		err = err.Wrong("kind", "没有这种文书")
	}
	if o.Case == "" || o.Organisation.ID == "" || o.Organisation.Name == "" || o.Addressee == "" {
		err = err.Wrong("case", "缺少办件、部门或申请人")
	}
	if len(o.Body) == 0 || len(o.Body) > maxBlocks {
		err = err.Wrong("body", "文书没有内容或内容过多")
	}
	for _, b := range o.Body {
		if len([]rune(b.Text)) > maxText || len(b.Rows) > maxRows || len(b.Head) > maxCells {
			err = err.Wrong("body", "段落或表格过长")
		}
		for _, row := range b.Rows {
			if len(row) != len(b.Head) {
				err = err.Wrong("body", "表格的列数不一致")
			}
		}
	}
	if len(err.Fields) > 0 {
		return err
	}
	return nil
}

// content is a document as it is signed and kept.
type content struct {
	Order
	ID     string `json:"id"`
	Number string `json:"number"`
	Code   string `json:"code"`
	Day    string `json:"day"`
}

// Issue issues a document in the transaction of what it tells of.
func (s *Service) Issue(ctx context.Context, tx *store.Tx, o Order) (Document, error) {
	if o.Title == "" {
		o.Title = o.Kind.Title()
	}
	if err := o.check(); err != nil {
		return Document{}, err
	}
	day := tx.Now.In(s.Zone)
	number, err := s.number(ctx, tx, o, day.Year())
	if err != nil {
		return Document{}, fmt.Errorf("issue %s: %w", o.Kind, err)
	}
	c := content{Order: o, ID: store.NewID(), Number: number, Code: newCode(), Day: day.Format("2006-01-02")}
	data, err := json.Marshal(c)
	if err != nil {
		return Document{}, fmt.Errorf("issue %s: %w", o.Kind, err)
	}
	signature, err := s.signer.Sign(data)
	if err != nil {
		return Document{}, fmt.Errorf("issue %s: %w", o.Kind, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO document_issued
			(id, kind, number, code, case_id, organisation, region, day, content, digest, public_key, signature, withdrawn_at, reason, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, '', $13)`,
		c.ID, string(o.Kind), c.Number, c.Code, o.Case, o.Organisation.ID, o.Region, c.Day,
		base64.StdEncoding.EncodeToString(s.vault.SealData(kindContent, data)), gm.Digest(data), s.signer.Public(),
		base64.StdEncoding.EncodeToString(signature), store.Millis(tx.Now))
	if err != nil {
		return Document{}, fmt.Errorf("issue %s: %w", o.Kind, err)
	}
	return Document{ID: c.ID, Kind: o.Kind, Title: o.Title, Number: c.Number, Code: c.Code, Case: o.Case, Day: c.Day, Created: tx.Now}, nil
}

// number is the next one of the organisation's for the kind and year, such as
// 东市监受〔2026〕00012号.
func (s *Service) number(ctx context.Context, tx *store.Tx, o Order, year int) (string, error) {
	var n int64
	err := tx.QueryRowContext(ctx, `INSERT INTO document_counter (organisation, kind, year, n) VALUES ($1, $2, $3, 1)
		ON CONFLICT (organisation, kind, year) DO UPDATE SET n = document_counter.n + 1 RETURNING n`,
		o.Organisation.ID, string(o.Kind), year).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("count documents: %w", err)
	}
	prefix := o.Organisation.Name
	err = tx.QueryRowContext(ctx, `SELECT prefix FROM document_prefix WHERE organisation = $1`, o.Organisation.ID).Scan(&prefix)
	if err != nil && !store.IsNone(err) {
		return "", fmt.Errorf("read the organisation's prefix: %w", err)
	}
	return fmt.Sprintf("%s%s〔%d〕%05d号", prefix, kinds[o.Kind].mark, year, n), nil
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

// normal is a code as somebody may type it.
func normal(code string) string {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if len(code) != 16 || strings.Trim(code, letters) != "" {
		return ""
	}
	return code
}

// Withdraw takes a document back; the reason is told to whoever verifies it.
func (s *Service) Withdraw(ctx context.Context, tx *store.Tx, id, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" || len([]rune(reason)) > 200 {
		return ErrOrder.Wrong("reason", "请说明撤销原因（200 字以内）")
	}
	result, err := tx.ExecContext(ctx, `UPDATE document_issued SET withdrawn_at = $1, reason = $2 WHERE id = $3 AND withdrawn_at = 0`, store.Millis(tx.Now), reason, id)
	if err != nil {
		return fmt.Errorf("withdraw document: %w", err)
	}
	n, err := result.RowsAffected()
	switch {
	case err != nil:
		return fmt.Errorf("withdraw document: %w", err)
	case n == 0:
		return ErrState
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "document.withdraw", Object: id})
}
