// Package layout keeps how the hall's screens look: layouts made in the editor,
// plans of which screen shows which of them when, pictures and videos, and feeds
// that other systems tell. Drafts flow in and are checked; what was published
// and assigned flows out to displays as one link.LayoutSet. Every version is
// kept, so that each can come back, and every change says who made it.
package layout

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
	"smarthall/internal/screen"
)

// Doc is a thing that is edited as a draft and published in versions: a layout,
// or the plan of all screens.
type Doc struct {
	ID string
	// Draft is what the editor works on, JSON.
	Draft json.RawMessage
	// Rev counts the saves; who saves names the one that was read.
	Rev int
	// Version is the published one, 0 before the first; Body is it.
	Version int
	Body    json.RawMessage
	By      string
	At      queue.Time
}

// Version is one publication of a document.
type Version struct {
	Number int
	Body   json.RawMessage
	By     string
	At     queue.Time
}

// Audit is who did what to a document, and when.
type Audit struct {
	At     queue.Time
	By     string
	What   string
	Target string
	Detail string
}

// Feed is what another system told last.
type Feed struct {
	link.FeedView
	By string
}

// File is a picture or video with who sent it.
type File struct {
	link.LayoutFile
	By string
	At queue.Time
}

// Table keeps it all; store.Store does.
type Table interface {
	LayoutDocs(ctx context.Context) ([]Doc, error)
	// SaveLayout keeps d with what was done; a published body becomes a version
	// of that number, too.
	SaveLayout(ctx context.Context, d Doc, published bool, a Audit) error
	RemoveLayout(ctx context.Context, id string, a Audit) error
	LayoutVersions(ctx context.Context, id string) ([]Version, error)
	LayoutAudit(ctx context.Context, limit int) ([]Audit, error)
	LayoutFiles(ctx context.Context) ([]File, error)
	AddLayoutFile(ctx context.Context, f File, a Audit) error
	RemoveLayoutFile(ctx context.Context, id string, a Audit) error
	LayoutFeeds(ctx context.Context) ([]Feed, error)
	SaveLayoutFeed(ctx context.Context, f Feed) error
	RemoveLayoutFeed(ctx context.Context, name string, a Audit) error
}

// Config is what a Service needs.
type Config struct {
	Table Table
	// Dir is where files are kept.
	Dir string
	// Now is the hall's clock.
	Now func() time.Time
	// Changed is told that displays need something new; it returns at once.
	Changed func()
	Log     *slog.Logger
}

// Service is the hall's layouts. Its methods may be called from anywhere; what
// they return nobody changes.
type Service struct {
	conf Config

	mu    sync.Mutex
	docs  map[string]Doc  // guarded by mu
	files map[string]File // guarded by mu
	feeds map[string]Feed // guarded by mu
	set   *link.LayoutSet // guarded by mu
}

// planID is the document of all screens; no layout has such an id.
const planID = "~screens"

// Open reads what there is.
func Open(ctx context.Context, conf Config) (*Service, error) {
	if err := os.MkdirAll(conf.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of layout files: %w", err)
	}
	s := &Service{conf: conf, docs: map[string]Doc{}, files: map[string]File{}, feeds: map[string]Feed{}}
	docs, err := conf.Table.LayoutDocs(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		s.docs[d.ID] = d
	}
	files, err := conf.Table.LayoutFiles(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		s.files[f.ID] = f
	}
	feeds, err := conf.Table.LayoutFeeds(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range feeds {
		s.feeds[f.Name] = f
	}
	if err := s.removeStrays(); err != nil {
		return nil, err
	}
	s.set, err = s.assemble()
	return s, err
}

// Set is what displays show. It is replaced, never changed.
func (s *Service) Set() *link.LayoutSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set
}

// List returns the layouts by name, with their drafts.
func (s *Service) List() []Doc {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Doc
	for id, d := range s.docs {
		if !reserved(id) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b Doc) int {
		return cmp.Or(strings.Compare(View(a.Draft).Name, View(b.Draft).Name), strings.Compare(a.ID, b.ID))
	})
	return out
}

// View is a layout as it was kept.
func View(body json.RawMessage) link.LayoutView {
	var v link.LayoutView
	_ = json.Unmarshal(body, &v) // nothing else is ever kept
	return v
}

// Differs tells whether the draft is other than what is published.
func Differs(d Doc) bool {
	published := View(d.Body)
	published.Version = 0
	body, err := json.Marshal(published)
	return err != nil || !bytes.Equal(body, d.Draft)
}

// Get returns a layout and its versions, newest first.
func (s *Service) Get(ctx context.Context, id string) (Doc, []Version, error) {
	s.mu.Lock()
	d, ok := s.docs[id]
	s.mu.Unlock()
	if !ok || reserved(id) {
		return Doc{}, nil, unknown()
	}
	versions, err := s.conf.Table.LayoutVersions(ctx, id)
	return d, versions, err
}

// Log returns the latest changes, newest first.
func (s *Service) Log(ctx context.Context) ([]Audit, error) {
	return s.conf.Table.LayoutAudit(ctx, 200)
}

// What was done, for the audit.
const (
	didCreate  = "create"
	didPublish = "publish"
	didRestore = "restore"
	didRemove  = "remove"
	didPlan    = "screens"
	didUpload  = "upload"
	didDelete  = "delete-file"
	didForget  = "delete-feed"
	didSources = "sources"
)

// Create begins a layout.
func (s *Service) Create(ctx context.Context, v link.LayoutView, by string) (Doc, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.docs) > maxLayouts {
		return Doc{}, refuse(Full, "layout.many", fmt.Sprintf("最多保存 %d 个版式，请先删除不用的", maxLayouts))
	}
	v.ID = strings.ToLower(ulid.Make().String())
	return s.save(ctx, Doc{ID: v.ID}, v, by, &Audit{What: didCreate, Detail: v.Name})
}

// Save keeps a draft; rev is the one that was read.
func (s *Service) Save(ctx context.Context, id string, rev int, v link.LayoutView, by string) (Doc, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.at(id, rev)
	if err != nil {
		return Doc{}, err
	}
	v.ID = id
	return s.save(ctx, d, v, by, nil)
}

// save checks and keeps a draft. s.mu is held.
func (s *Service) save(ctx context.Context, d Doc, v link.LayoutView, by string, a *Audit) (Doc, error) {
	v.Version = 0
	if err := s.check(&v); err != nil {
		return Doc{}, err
	}
	body, err := json.Marshal(v)
	if err != nil {
		return Doc{}, fmt.Errorf("encode layout: %w", err)
	}
	if len(body) > maxBody {
		return Doc{}, refuse(Invalid, "layout.large", "版式内容太多，请减少文字或区块")
	}
	d.Draft, d.Rev, d.By, d.At = body, d.Rev+1, by, s.now()
	audit := Audit{}
	if a != nil {
		audit = s.audited(*a, d.ID, by)
	}
	if err := s.conf.Table.SaveLayout(ctx, d, false, audit); err != nil {
		return Doc{}, err
	}
	s.docs[d.ID] = d
	return d, nil
}

// at returns a document that is still at rev. s.mu is held.
func (s *Service) at(id string, rev int) (Doc, error) {
	d, ok := s.docs[id]
	if !ok || reserved(id) {
		return Doc{}, unknown()
	}
	if d.Rev != rev {
		return Doc{}, refuse(Conflict, "layout.changed", "这个版式刚被"+d.By+"修改过，请重新载入后再改")
	}
	return d, nil
}

// Publish puts a draft into force.
func (s *Service) Publish(ctx context.Context, id string, rev int, by string) (Doc, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.at(id, rev)
	if err != nil {
		return Doc{}, err
	}
	return s.publish(ctx, d, by, Audit{What: didPublish})
}

// Restore puts an earlier version into force again, as a new one.
func (s *Service) Restore(ctx context.Context, id string, rev, number int, by string) (Doc, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.at(id, rev)
	if err != nil {
		return Doc{}, err
	}
	versions, err := s.conf.Table.LayoutVersions(ctx, id)
	if err != nil {
		return Doc{}, err
	}
	i := slices.IndexFunc(versions, func(v Version) bool { return v.Number == number })
	if i < 0 {
		return Doc{}, refuse(NotFound, "layout.version", "没有这个版本")
	}
	v := View(versions[i].Body)
	v.Version = 0
	if err := s.check(&v); err != nil { // its files may be gone
		return Doc{}, err
	}
	if d.Draft, err = json.Marshal(v); err != nil {
		return Doc{}, fmt.Errorf("encode layout: %w", err)
	}
	return s.publish(ctx, d, by, Audit{What: didRestore, Detail: strconv.Itoa(number)})
}

// publish keeps d's draft as its next version. s.mu is held.
func (s *Service) publish(ctx context.Context, d Doc, by string, a Audit) (Doc, error) {
	v := View(d.Draft)
	if err := s.check(&v); err != nil {
		return Doc{}, err
	}
	v.Version = d.Version + 1
	body, err := json.Marshal(v)
	if err != nil {
		return Doc{}, fmt.Errorf("encode layout: %w", err)
	}
	old := d
	d.Body, d.Version, d.Rev, d.By, d.At = body, v.Version, d.Rev+1, by, s.now()
	a.Detail = strings.TrimSpace(v.Name + " " + a.Detail)
	if err := s.commit(ctx, old, d, s.audited(a, d.ID, by)); err != nil {
		return Doc{}, err
	}
	return d, nil
}

// commit puts a published document into force, unless displays couldn't take
// all of it any more. s.mu is held.
func (s *Service) commit(ctx context.Context, old, d Doc, a Audit) error {
	s.docs[d.ID] = d
	set, err := s.assemble()
	if err == nil {
		err = s.conf.Table.SaveLayout(ctx, d, true, a)
	}
	if err != nil {
		if old.Rev == 0 {
			delete(s.docs, d.ID)
		} else {
			s.docs[d.ID] = old
		}
		return err
	}
	s.set = set
	s.conf.Log.Info("audit", slog.String("what", "layout "+a.What), slog.String("layout", d.ID),
		slog.Int("version", d.Version), slog.String("by", a.By))
	s.conf.Changed()
	return nil
}

// Remove deletes a layout that no screen shows.
func (s *Service) Remove(ctx context.Context, id, by string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.docs[id]
	if !ok || reserved(id) {
		return unknown()
	}
	for _, p := range s.plan().Screens {
		if slices.ContainsFunc(p.Slots, func(slot link.ShowSlot) bool { return slot.Layout == id }) {
			return refuse(Conflict, "layout.used", "屏幕 "+p.Screen+" 正在使用这个版式，请先改用其他版式")
		}
	}
	if err := s.conf.Table.RemoveLayout(ctx, id, s.audited(Audit{What: didRemove, Detail: View(d.Draft).Name}, id, by)); err != nil {
		return err
	}
	delete(s.docs, id)
	return nil
}

func (s *Service) now() queue.Time { return queue.TimeOf(s.conf.Now()) }

func (s *Service) audited(a Audit, target, by string) Audit {
	a.At, a.By, a.Target = s.now(), by, target
	return a
}

// assemble makes the set of what is published and assigned. s.mu is held, or
// nobody else knows s yet.
func (s *Service) assemble() (*link.LayoutSet, error) {
	plan := s.plan()
	set := &link.LayoutSet{Rev: "0", Screens: plan.Screens, Voice: plan.Voice}
	if d, ok := s.docs[planID]; ok {
		set.Rev = strconv.Itoa(d.Rev)
	}
	files := map[string]bool{}
	for _, id := range plan.layouts() {
		d := s.docs[id]
		if d.Version == 0 {
			continue
		}
		v := View(d.Body)
		set.Layouts = append(set.Layouts, v)
		set.Rev += "-" + id + "." + strconv.Itoa(d.Version)
		for _, f := range screen.FilesOf(v) {
			if file, ok := s.files[f]; ok && !files[f] {
				files[f] = true
				set.Files = append(set.Files, file.LayoutFile)
			}
		}
	}
	whole, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("encode layouts: %w", err)
	}
	if len(whole) > maxSet {
		return nil, refuse(Full, "layout.total", "所有屏幕的版式加起来太大，请减少版式或文字")
	}
	return set, nil
}
