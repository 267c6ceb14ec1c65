package agent

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/atomicfile"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

// Kinds of documents.
const (
	KindMaterial  = "material"
	KindSignature = "signature"
)

// Bounds of what waits for the hall.
const (
	// MaxDocument is the largest document, in bytes; the hall takes no larger.
	MaxDocument = 20 << 20
	// maxDocuments is how much may wait in all by default, in bytes.
	maxDocuments = 500 << 20
)

// Why a document was not taken.
var (
	ErrDocument      = errors.New("not a document that the hall takes")
	ErrDocumentSize  = errors.New("the document is empty or too large")
	ErrDocumentsFull = errors.New("too many documents wait for the hall")
)

// documentTypes are the types that the hall takes.
var documentTypes = []string{"application/pdf", "image/jpeg", "image/png"}

// Document is a file about a visit on its way to the hall. It is personal data:
// neither its name nor its content is ever logged.
type Document struct {
	// ID is its id in the hall, a ULID; empty makes a new one. Adding an id
	// again changes nothing.
	ID string `json:"id"`
	// Kind is KindMaterial or KindSignature, Ticket the visit's id.
	Kind   string `json:"kind"`
	Ticket string `json:"ticket"`
	// Name is what clerks read: 身份证复印件.
	Name string `json:"name"`
	// Type is application/pdf, image/jpeg or image/png.
	Type string `json:"type"`
	Data []byte `json:"-"`
}

// head is what is kept of a document beside its content.
type head struct {
	Document
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// entry is one document that waits.
type entry struct {
	head
	state  link.UploadState
	sent   int64
	detail string
}

// DocumentsConfig is what a queue of documents needs.
type DocumentsConfig struct {
	// Dir is where they are kept, encrypted with a key derived from Token.
	Dir, Token string
	// Hall is the link's address, ws://host:port/link; the hall's REST API is at
	// the same host.
	Hall string
	// Room is how much may wait in all, in bytes; zero means 500 MiB.
	Room int64
	// Changed takes every change; it returns at once and may be called from any
	// goroutine, one call at a time.
	Changed func(link.Uploads)
	Log     *slog.Logger
}

// Documents keeps files about visits until the hall has them. They survive
// power cuts, wait for as long as the hall is away, and go on where a transfer
// broke. Its methods may be called from any goroutine.
type Documents struct {
	cfg   DocumentsConfig
	hall  hallFiles
	vault privacy.Vault
	wake  chan struct{}

	// turn is held while a change is made and told. It is taken before mu.
	turn  sync.Mutex
	mu    sync.Mutex
	queue []*entry // oldest first; guarded by mu
	used  int64    // bytes of all that are kept; guarded by mu
}

// OpenDocuments reads what an earlier process left in the folder, which is made
// if it isn't there. What can't be read, because the agent has got another
// token, is put aside.
func OpenDocuments(cfg DocumentsConfig) (*Documents, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of documents: %w", err)
	}
	files, err := newHallFiles(cfg.Hall, cfg.Token)
	if err != nil {
		return nil, err
	}
	cfg.Room = cmp.Or(cfg.Room, maxDocuments)
	if cfg.Changed == nil {
		cfg.Changed = func(link.Uploads) {}
	}
	d := &Documents{cfg: cfg, hall: files, vault: DocumentVault(cfg.Token), wake: make(chan struct{}, 1)}
	return d, d.load()
}

// DocumentVault returns what an agent with the token seals files of visits with.
func DocumentVault(token string) privacy.Vault {
	secret := sha256.Sum256([]byte("smarthall documents " + token))
	return privacy.NewVault(secret[:])
}

// load finds the documents that wait. A body without a head was not finished
// being added, or is already gone.
func (d *Documents) load() error {
	names, err := os.ReadDir(d.cfg.Dir)
	if err != nil {
		return fmt.Errorf("read folder of documents: %w", err)
	}
	var errs []error
	for _, name := range names {
		id, isBody := strings.CutSuffix(name.Name(), ".body")
		if !isBody || !isDocumentID(id) {
			continue
		}
		h, err := d.readHead(id)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			errs = append(errs, os.Remove(d.path(id, "body")))
		case err != nil:
			d.cfg.Log.Error("document put aside", slog.String("document", id), slog.Any("err", err))
			errs = append(errs,
				os.Rename(d.path(id, "head"), d.path(id, "head.unreadable")), os.Rename(d.path(id, "body"), d.path(id, "body.unreadable")))
		default:
			d.queue = append(d.queue, &entry{head: h, state: link.UploadWaiting})
			d.used += h.Size
		}
	}
	slices.SortFunc(d.queue, func(a, b *entry) int { return strings.Compare(a.ID, b.ID) })
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("read folder of documents: %w", err)
	}
	return nil
}

func isDocumentID(id string) bool {
	_, err := ulid.ParseStrict(id)
	return err == nil
}

func (d *Documents) path(id, part string) string { return filepath.Join(d.cfg.Dir, id+"."+part) }

func (d *Documents) readHead(id string) (head, error) {
	var h head
	sealed, err := os.ReadFile(d.path(id, "head"))
	if err != nil {
		return h, err
	}
	text, err := d.vault.OpenData("document head "+id, sealed)
	if err != nil {
		return h, err
	}
	return h, json.Unmarshal(text, &h)
}

// Add keeps a document and sends it to the hall as soon as that is there. It is
// durable when Add returns; the id is the document's in the hall. The error is
// ErrDocument, ErrDocumentSize, ErrDocumentsFull or the disk's; nothing is kept
// then.
func (d *Documents) Add(_ context.Context, doc Document) (string, error) {
	if doc.ID == "" {
		doc.ID = ulid.Make().String()
	}
	size := int64(len(doc.Data))
	switch {
	case !isDocumentID(doc.ID) || doc.Kind == "" || doc.Ticket == "" || !slices.Contains(documentTypes, doc.Type):
		return "", fmt.Errorf("add document: %w", ErrDocument)
	case size == 0 || size > MaxDocument:
		return "", fmt.Errorf("add document of %d bytes: %w", size, ErrDocumentSize)
	}
	d.turn.Lock()
	defer d.turn.Unlock()
	switch known, used := d.find(doc.ID), d.total(); {
	case known:
		return doc.ID, nil
	case used+size > d.cfg.Room:
		return "", fmt.Errorf("add document: %w", ErrDocumentsFull)
	}
	sum := sha256.Sum256(doc.Data)
	h := head{Document: doc, Size: size, SHA256: hex.EncodeToString(sum[:])}
	if err := d.write(h, doc.Data); err != nil {
		return "", fmt.Errorf("add document: %w", err)
	}
	h.Data = nil
	d.mu.Lock()
	d.queue = append(d.queue, &entry{head: h, state: link.UploadWaiting})
	d.used += size
	d.mu.Unlock()
	d.tell()
	d.Wake()
	return doc.ID, nil
}

// write stores the content first: only with its head it counts.
func (d *Documents) write(h head, data []byte) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(d.path(h.ID, "body"), d.vault.SealData("document body "+h.ID, data), 0o600); err != nil {
		return err
	}
	if err := atomicfile.Write(d.path(h.ID, "head"), d.vault.SealData("document head "+h.ID, text), 0o600); err != nil {
		return errors.Join(err, os.Remove(d.path(h.ID, "body")))
	}
	return nil
}

// Drop forgets a document that the hall refused. Others stay; nil either way.
func (d *Documents) Drop(id string) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	d.mu.Lock()
	refused := slices.ContainsFunc(d.queue, func(e *entry) bool { return e.ID == id && e.state == link.UploadRefused })
	d.mu.Unlock()
	if !refused {
		return nil
	}
	if err := d.forget(id); err != nil {
		return err
	}
	d.tell()
	return nil
}

// Wake tries again at once, as when the hall is back.
func (d *Documents) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// View returns what waits, for pages; nil if nothing does.
func (d *Documents) View() *link.Uploads {
	u := d.uploads()
	if len(u.Uploads) == 0 {
		return nil
	}
	return &u
}

// uploads is View with the documents that the hall has just received.
func (d *Documents) uploads(stored ...link.UploadView) link.Uploads {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]link.UploadView, 0, len(stored)+len(d.queue))
	list = append(list, stored...)
	for _, e := range d.queue {
		list = append(list, link.UploadView{
			ID: e.ID, Ticket: e.Ticket, Kind: e.Kind, Name: e.Name, State: e.state, Size: e.Size, Sent: e.sent, Detail: e.detail,
		})
	}
	return link.Uploads{Uploads: list}
}

// tell tells of the present state. The caller holds turn.
func (d *Documents) tell(stored ...link.UploadView) { d.cfg.Changed(d.uploads(stored...)) }

func (d *Documents) find(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(d.queue, func(e *entry) bool { return e.ID == id })
}

func (d *Documents) total() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}

// first returns the oldest document that the hall hasn't refused.
func (d *Documents) first() (head, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.queue {
		if e.state != link.UploadRefused {
			return e.head, true
		}
	}
	return head{}, false
}

// note changes what is known of a document and tells of it.
func (d *Documents) note(id string, state link.UploadState, sent int64, detail string) {
	d.turn.Lock()
	defer d.turn.Unlock()
	d.mu.Lock()
	for _, e := range d.queue {
		if e.ID == id {
			e.state, e.sent, e.detail = state, sent, detail
		}
	}
	d.mu.Unlock()
	d.tell()
}

// done forgets a document that the hall has.
func (d *Documents) done(h head) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if err := d.forget(h.ID); err != nil {
		return err
	}
	d.tell(link.UploadView{
		ID: h.ID, Ticket: h.Ticket, Kind: h.Kind, Name: h.Name, State: link.UploadStored, Size: h.Size, Sent: h.Size,
	})
	return nil
}

// forget removes a document, its head first: a body alone doesn't count. The
// caller holds turn.
func (d *Documents) forget(id string) error {
	for _, part := range []string{"head", "body"} {
		if err := os.Remove(d.path(id, part)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget document %s: %w", id, err)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queue = slices.DeleteFunc(d.queue, func(e *entry) bool {
		if e.ID == id {
			d.used -= e.Size
		}
		return e.ID == id
	})
	return nil
}
