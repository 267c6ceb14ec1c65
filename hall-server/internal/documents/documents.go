// Package documents keeps the materials of visits: PDF files that clerks made
// of papers, signatures, and pictures that citizens sent from their phones.
//
// A document comes in parts, each encrypted before it reaches the disk. The last
// part has the whole checked: its size, its hash, and by its content whether it
// is what it says. Only then it counts. It goes out decrypted part by part, and
// is deleted some days after the visit. What is known of documents lies in the
// hall's database, their content in files beside it; neither can be read without
// the hall's secret.
package documents

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/privacy"
)

// Kind is what a document is for.
type Kind string

// The kinds.
const (
	Material  Kind = "material"
	Signature Kind = "signature"
	// Phone is a picture that came by phone and isn't yet a document.
	Phone Kind = "phone"
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{Material, Signature, Phone} }

// State is whether a document is complete.
type State string

// The states.
const (
	Uploading State = "uploading"
	Stored    State = "stored"
)

// Bounds of documents.
const (
	// MaxSize is the largest document, in bytes.
	MaxSize = 20 << 20
	// MaxPart is the largest part of one.
	MaxPart = 1 << 20
	// MinPart is the smallest part but the last.
	MinPart = 16 << 10
	// maxVisit is how many documents a visit may have, maxVisitSize their bytes.
	maxVisit, maxVisitSize = 200, 400 << 20
	// maxName is how long a name may be, in characters.
	maxName = 100
	// maxChecks is how many documents are checked at a time: each is in memory.
	maxChecks = 2
)

// Refusals. Nothing has changed after one but for ErrDamaged, ErrType, ErrHash
// and ErrPixels, after which the document is gone.
var (
	ErrUnknown = errors.New("no such document")
	ErrInvalid = errors.New("not a description of a document")
	ErrTaken   = errors.New("the id belongs to another document")
	ErrSize    = errors.New("wrong size")
	ErrOffset  = errors.New("the part doesn't begin where the last one ended")
	ErrPart    = errors.New("the part is too small or goes beyond the end")
	ErrState   = errors.New("the document is not complete")
	ErrFull    = errors.New("the visit has too many documents")
	ErrType    = errors.New("the content is of another type")
	ErrDamaged = errors.New("the file is cut off or damaged")
	ErrHash    = errors.New("the content has another hash")
	ErrPixels  = errors.New("the picture is too large")
)

// Document is what is known of a document beside its content.
type Document struct {
	// ID is a ULID; whoever sends the document chooses it.
	ID     string
	Ticket queue.TicketID
	// Day is the visit's business day, from which its time is counted.
	Day  queue.Day
	Kind Kind
	// Name is for clerks. It is personal data.
	Name string
	// Type is application/pdf, image/jpeg or image/png.
	Type string
	Size int64
	// SHA256 is of the content, in lower-case hex.
	SHA256  string
	State   State
	Created queue.Time
	// Window and By are who sent it; Window is empty for a phone.
	Window queue.WindowID
	By     string
	// Received is how much has come, in bytes. It isn't in the table.
	Received int64
}

// Table keeps what is known of documents. The name in it is sealed.
type Table interface {
	// AddDocument adds d; false says that its id was there.
	AddDocument(ctx context.Context, d Document) (bool, error)
	// Document returns one; ErrUnknown if there is none.
	Document(ctx context.Context, id string) (Document, error)
	// Documents returns those of a visit, in the order of their ids.
	Documents(ctx context.Context, ticket queue.TicketID) ([]Document, error)
	// DocumentStored notes that one is complete.
	DocumentStored(ctx context.Context, id string) error
	// DeleteDocument forgets one; nil if there is none.
	DeleteDocument(ctx context.Context, id string) error
	// OldDocuments returns those of days before day, and those begun before
	// begun and never completed; at most limit. Those that wait for the platform
	// aren't among them.
	OldDocuments(ctx context.Context, day queue.Day, begun queue.Time, limit int) ([]Document, error)
}

// Config is what New needs.
type Config struct {
	// Dir is the folder of the contents.
	Dir   string
	Table Table
	Vault privacy.Vault
	// Now is the hall's clock, Day its business day.
	Now func() queue.Time
	Day func() queue.Day
	// KeepDays is how many days after the visit a document is deleted.
	KeepDays func() int
	Log      *slog.Logger
}

// Service keeps documents. Its methods may be called from any goroutine.
type Service struct {
	conf   Config
	Phones *Phones
	// locks are held by whoever works at a document, by a hash of its id.
	locks  [64]sync.Mutex
	checks chan struct{}
}

// New returns a Service on the folder, which is made if it isn't there.
func New(conf Config) (*Service, error) {
	if err := os.MkdirAll(conf.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of documents: %w", err)
	}
	return &Service{conf: conf, Phones: newPhones(conf.Now), checks: make(chan struct{}, maxChecks)}, nil
}

func (s *Service) lock(id string) func() {
	h := fnv.New32a()
	_, _ = io.WriteString(h, id)
	mu := &s.locks[h.Sum32()%uint32(len(s.locks))]
	mu.Lock()
	return mu.Unlock
}

func (s *Service) path(d Document) string { return filepath.Join(s.conf.Dir, string(d.Day), d.ID) }

func (s *Service) file(d Document) file { return file{path: s.path(d), id: d.ID, vault: s.conf.Vault} }

// Begin announces a document: d without State, Created and Received. Announcing
// it again returns how much has come.
func (s *Service) Begin(ctx context.Context, d Document) (Document, error) {
	if err := check(d); err != nil {
		return Document{}, err
	}
	defer s.lock(d.ID)()
	switch known, err := s.get(ctx, d.ID); {
	case err == nil && !same(known, d):
		return Document{}, ErrTaken
	case err == nil:
		return known, nil
	case !errors.Is(err, ErrUnknown):
		return Document{}, err
	}
	if err := s.room(ctx, d); err != nil {
		return Document{}, err
	}
	d.State, d.Created, d.Received = Uploading, s.conf.Now(), 0
	row := d
	row.Name = s.conf.Vault.Seal(nameKind(d.ID), d.Name)
	added, err := s.conf.Table.AddDocument(ctx, row)
	switch {
	case err != nil:
		return Document{}, fmt.Errorf("announce a document: %w", err)
	case !added:
		return Document{}, ErrTaken
	}
	return d, nil
}

func nameKind(id string) string { return "document name " + id }

// check refuses descriptions that make no sense.
func check(d Document) error {
	if _, err := ulid.ParseStrict(d.ID); err != nil {
		return fmt.Errorf("%w: id", ErrInvalid)
	}
	sum, err := hex.DecodeString(d.SHA256)
	switch {
	case err != nil || len(sum) != 32 || hex.EncodeToString(sum) != d.SHA256:
		return fmt.Errorf("%w: hash", ErrInvalid)
	case !slices.Contains(Kinds(), d.Kind):
		return fmt.Errorf("%w: kind", ErrInvalid)
	case d.Name == "" || !utf8.ValidString(d.Name) || utf8.RuneCountInString(d.Name) > maxName:
		return fmt.Errorf("%w: name", ErrInvalid)
	case checkers[d.Type] == nil:
		return ErrType
	case d.Size <= 0 || d.Size > MaxSize:
		return ErrSize
	}
	return nil
}

// same tells whether a and b describe one document.
func same(a, b Document) bool {
	return a.Ticket == b.Ticket && a.Kind == b.Kind && a.Type == b.Type && a.Size == b.Size && a.SHA256 == b.SHA256
}

// room refuses a document that its visit has no room for.
func (s *Service) room(ctx context.Context, d Document) error {
	list, err := s.conf.Table.Documents(ctx, d.Ticket)
	if err != nil {
		return fmt.Errorf("look at a visit's documents: %w", err)
	}
	total := d.Size
	for _, other := range list {
		total += other.Size
	}
	if len(list) >= maxVisit || total > maxVisitSize {
		return ErrFull
	}
	return nil
}

// get is Get for those who hold the lock.
func (s *Service) get(ctx context.Context, id string) (Document, error) {
	d, err := s.conf.Table.Document(ctx, id)
	if err != nil {
		return Document{}, fmt.Errorf("look for a document: %w", err)
	}
	return s.filled(d)
}

// filled is a row of the table with what it doesn't say in clear.
func (s *Service) filled(d Document) (Document, error) {
	name, err := s.conf.Vault.Open(nameKind(d.ID), d.Name)
	if err != nil {
		return Document{}, fmt.Errorf("name of document %s: %w", d.ID, err)
	}
	d.Name = name
	if d.State == Stored {
		d.Received = d.Size
		return d, nil
	}
	d.Received, _, err = s.file(d).scan()
	return d, err
}

// Get returns what is known of a document; the error is ErrUnknown or the disk's.
func (s *Service) Get(ctx context.Context, id string) (Document, error) {
	defer s.lock(id)()
	return s.get(ctx, id)
}

// List returns the documents of a visit in the order of their ids.
func (s *Service) List(ctx context.Context, ticket queue.TicketID) ([]Document, error) {
	rows, err := s.conf.Table.Documents(ctx, ticket)
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	for i := range rows {
		if rows[i], err = s.filled(rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Append adds the part that begins at offset. With the last one the document is
// checked and counts from then on. A part of a complete document that was sent
// again changes nothing.
func (s *Service) Append(ctx context.Context, id string, offset int64, part []byte) (Document, error) {
	defer s.lock(id)()
	d, err := s.get(ctx, id)
	if err != nil {
		return Document{}, err
	}
	end := offset + int64(len(part))
	switch {
	case d.State == Stored && end <= d.Size:
		return d, nil
	case offset != d.Received:
		return Document{}, ErrOffset
	case end > d.Size, len(part) > MaxPart, end < d.Size && len(part) < MinPart, len(part) == 0:
		return Document{}, ErrPart
	}
	if offset == 0 && !begins(d.Type, part) {
		return Document{}, s.reject(ctx, d, ErrType)
	}
	if err := s.file(d).append(part); err != nil {
		return Document{}, err
	}
	if d.Received = end; end < d.Size {
		return d, nil
	}
	return s.complete(ctx, d)
}

// complete checks a document that has come whole. What the disk has spoilt
// meanwhile is sent anew.
func (s *Service) complete(ctx context.Context, d Document) (Document, error) {
	select {
	case s.checks <- struct{}{}:
		defer func() { <-s.checks }()
	case <-ctx.Done():
		return Document{}, ctx.Err()
	}
	data, err := s.file(d).read(d.Size)
	if errors.Is(err, privacy.ErrSealed) {
		s.conf.Log.Warn("document begins anew", slog.String("document", d.ID), slog.Any("error", err))
		return Document{}, errors.Join(ErrOffset, s.file(d).remove())
	}
	if err != nil {
		return Document{}, err
	}
	if err := checkContent(d, data); err != nil {
		return Document{}, s.reject(ctx, d, err)
	}
	if err := s.file(d).sync(); err != nil {
		return Document{}, err
	}
	if err := s.conf.Table.DocumentStored(ctx, d.ID); err != nil {
		return Document{}, fmt.Errorf("store a document: %w", err)
	}
	d.State = Stored
	s.conf.Log.Info("document stored", slog.String("document", d.ID), slog.String("ticket", string(d.Ticket)),
		slog.String("kind", string(d.Kind)), slog.Int64("bytes", d.Size), slog.String("by", d.By))
	return d, nil
}

// reject forgets a document that can't be taken, and returns why.
func (s *Service) reject(ctx context.Context, d Document, why error) error {
	s.conf.Log.Warn("document rejected", slog.String("document", d.ID), slog.String("by", d.By), slog.Any("cause", why))
	if err := s.forget(ctx, d); err != nil {
		return err
	}
	return why
}

// Copy writes a document's content to w. The error is ErrUnknown, ErrState,
// w's or the disk's.
func (s *Service) Copy(ctx context.Context, id string, w io.Writer) error {
	d, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	if d.State != Stored {
		return ErrState
	}
	return s.file(d).copy(w, d.Size)
}

// Delete forgets a document; ErrUnknown if there is none.
func (s *Service) Delete(ctx context.Context, id string) error {
	defer s.lock(id)()
	d, err := s.conf.Table.Document(ctx, id)
	if err != nil {
		return fmt.Errorf("delete a document: %w", err)
	}
	return s.forget(ctx, d)
}

// forget removes the content first: a row without it is found and tried again.
func (s *Service) forget(ctx context.Context, d Document) error {
	if err := s.file(d).remove(); err != nil {
		return err
	}
	if err := s.conf.Table.DeleteDocument(ctx, d.ID); err != nil {
		return fmt.Errorf("forget a document: %w", err)
	}
	return nil
}
