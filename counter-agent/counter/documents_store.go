package counter

import (
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
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/atomicfile"
	"smarthall/internal/imaging"
	"smarthall/internal/link"
	"smarthall/internal/pdf"
	"smarthall/internal/privacy"
)

// Bounds of what is kept of papers.
const (
	// maxPages is how many pages a visit's draft may have, maxSource how large
	// one picture may be.
	maxPages  = 100
	maxSource = 40 << 20
	// maxPapers is how much all pictures may take, in bytes.
	maxPapers = 2 << 30
	// keepPapers is how long pages wait that nobody finishes.
	keepPapers = 7 * 24 * time.Hour
)

// Where pages come from.
const (
	fromCamera  = "camera"
	fromScanner = "scanner"
	fromPhone   = "phone"
)

// The states of a page.
const (
	pageWorking = "working"
	pageReady   = "ready"
	pageFailed  = "failed"
)

var (
	errNoPage     = agent.Refuse(404, "papers.no-page", "没有这一页，可能已经删除")
	errPapersFull = agent.Refuse(409, "papers.full", "页数或照片太多，请先完成或删除一些")
	errPicture    = agent.Refuse(422, "papers.picture", "照片无法识别或太大，请重新采集")
)

// page is one page of a draft.
type page struct {
	link.PaperPage
	// DPI is the source's resolution, 0 where nobody knows it; Made the page's.
	DPI  int `json:"dpi,omitempty"`
	Made int `json:"made,omitempty"`
	// Whole takes the whole picture.
	Whole bool `json:"whole,omitempty"`
}

// draft is what is kept of a visit's pages.
type draft struct {
	Number string `json:"number"`
	Pages  []page `json:"pages"`
	// Document is the id of the PDF that is being made of them; empty before.
	Document string `json:"document,omitempty"`
}

// paperStore keeps the pages of visits encrypted on the disk, each visit in a
// folder of its own: index, and of each page the picture and what was made of
// it.
type paperStore struct {
	dir   string
	vault privacy.Vault
	log   *slog.Logger

	mu     sync.Mutex
	drafts map[string]*draft // by ticket; guarded by mu
	size   int64             // of all pictures; guarded by mu
}

// openPapers reads what an earlier process left in dir. What can't be read is
// put aside.
func openPapers(dir, token string, log *slog.Logger) (*paperStore, error) {
	s := &paperStore{dir: dir, vault: agent.DocumentVault(token), log: log, drafts: make(map[string]*draft)}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of papers: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read folder of papers: %w", err)
	}
	for _, e := range entries {
		ticket := e.Name()
		if !e.IsDir() || !isID(ticket) {
			continue
		}
		d, err := s.load(ticket)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = os.RemoveAll(filepath.Join(dir, ticket)) // the first page was not added whole
		case err != nil:
			log.Error("papers put aside", slog.String("ticket", ticket), slog.Any("err", err))
			err = os.Rename(filepath.Join(dir, ticket), filepath.Join(dir, ticket+".unreadable"))
		default:
			s.drafts[ticket] = d
			s.size += s.folderSize(ticket)
		}
		if err != nil {
			return nil, fmt.Errorf("read papers: %w", err)
		}
	}
	return s, nil
}

func (s *paperStore) path(ticket, name string) string { return filepath.Join(s.dir, ticket, name) }

func (s *paperStore) load(ticket string) (*draft, error) {
	text, err := s.read(ticket, "index")
	if err != nil {
		return nil, err
	}
	var d draft
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	return &d, nil
}

func (s *paperStore) read(ticket, name string) ([]byte, error) {
	sealed, err := os.ReadFile(s.path(ticket, name))
	if err != nil {
		return nil, err
	}
	return s.vault.OpenData("paper "+ticket+" "+name, sealed)
}

func (s *paperStore) write(ticket, name string, data []byte) error {
	return atomicfile.Write(s.path(ticket, name), s.vault.SealData("paper "+ticket+" "+name, data), 0o600)
}

func (s *paperStore) folderSize(ticket string) (size int64) {
	entries, err := os.ReadDir(filepath.Join(s.dir, ticket))
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			size += info.Size()
		}
	}
	return size
}

// save writes d and makes it the visit's. The caller holds mu.
func (s *paperStore) save(ticket string, d *draft) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if err := s.write(ticket, "index", text); err != nil {
		return fmt.Errorf("keep papers: %w", err)
	}
	s.drafts[ticket] = d
	return nil
}

// copied is a visit's draft to change. The caller holds mu.
func (s *paperStore) copied(ticket, number string) *draft {
	d := s.drafts[ticket]
	if d == nil {
		return &draft{Number: number}
	}
	next := *d
	next.Pages = slices.Clone(d.Pages)
	if number != "" {
		next.Number = number
	}
	return &next
}

func (d *draft) index(id string) int {
	return slices.IndexFunc(d.Pages, func(p page) bool { return p.ID == id })
}

// change changes a draft durably, or not at all. A document that was being made
// of it is another one then.
func (s *paperStore) change(ticket, number string, f func(*draft) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drafts[ticket] == nil {
		return errNoPage
	}
	d := s.copied(ticket, number)
	if err := f(d); err != nil {
		return err
	}
	d.Document = ""
	return s.save(ticket, d)
}

// add adds a page with its picture; false if its id is there.
func (s *paperStore) add(ticket, number string, p page, picture []byte) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.copied(ticket, number)
	switch {
	case !isID(p.ID) || len(picture) == 0 || len(picture) > maxSource:
		return false, errPicture
	case d.index(p.ID) >= 0:
		return false, nil
	case len(d.Pages) >= maxPages || s.size+int64(len(picture)) > maxPapers:
		return false, errPapersFull
	}
	if err := os.MkdirAll(filepath.Join(s.dir, ticket), 0o700); err != nil {
		return false, fmt.Errorf("make folder of papers: %w", err)
	}
	d.alike(&p)
	if err := s.write(ticket, p.ID+".source", picture); err != nil {
		return false, fmt.Errorf("keep picture: %w", err)
	}
	d.Pages = append(d.Pages, p)
	d.Document = ""
	if err := s.save(ticket, d); err != nil {
		return false, err
	}
	s.size += int64(len(picture))
	return true, nil
}

// remove throws a page away.
func (s *paperStore) remove(ticket, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.copied(ticket, "")
	at := d.index(id)
	if at < 0 {
		return errNoPage
	}
	d.Pages = slices.Delete(d.Pages, at, at+1)
	d.Document = ""
	if len(d.Pages) == 0 {
		return s.drop(ticket)
	}
	if err := s.save(ticket, d); err != nil {
		return err
	}
	for _, name := range []string{id + ".source", id + ".page"} {
		info, err := os.Stat(s.path(ticket, name))
		if err == nil {
			s.size -= info.Size()
			err = os.Remove(s.path(ticket, name))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.log.Error("picture not deleted", slog.Any("err", err))
		}
	}
	return nil
}

// drop forgets a visit's papers. The caller holds mu.
func (s *paperStore) drop(ticket string) error {
	size := s.folderSize(ticket)
	if err := os.Remove(s.path(ticket, "index")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget papers: %w", err)
	}
	delete(s.drafts, ticket)
	s.size -= size
	if err := os.RemoveAll(filepath.Join(s.dir, ticket)); err != nil {
		return fmt.Errorf("forget papers: %w", err)
	}
	return nil
}

// clear forgets a visit's papers.
func (s *paperStore) clear(ticket string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drop(ticket)
}

// source returns a page with its picture.
func (s *paperStore) source(ticket, id string) (page, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drafts[ticket]
	if d == nil || d.index(id) < 0 {
		return page{}, nil, errNoPage
	}
	p := d.Pages[d.index(id)]
	data, err := s.read(ticket, id+".source")
	return p, data, err
}

// made returns what was made of a page.
func (s *paperStore) made(ticket, id string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drafts[ticket]
	if d == nil || d.index(id) < 0 || d.Pages[d.index(id)].State != pageReady {
		return nil, errNoPage
	}
	return s.read(ticket, id+".page")
}

// ready keeps what was made of a page as it was at rev, or why nothing was. A
// page that was changed meanwhile will be made again.
func (s *paperStore) ready(ticket, id string, rev int, made imaging.Page, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drafts[ticket] == nil {
		return errNoPage
	}
	d := s.copied(ticket, "")
	at := d.index(id)
	if at < 0 {
		return errNoPage
	}
	p := &d.Pages[at]
	if p.Rev != rev {
		return nil
	}
	p.Rev++
	if p.State, p.Detail = pageFailed, why; why == "" {
		if err := s.write(ticket, id+".page", made.JPEG); err != nil {
			return fmt.Errorf("keep page: %w", err)
		}
		s.size += int64(len(made.JPEG) - p.Bytes)
		p.State, p.Width, p.Height, p.Bytes, p.Made = pageReady, made.Width, made.Height, len(made.JPEG), made.DPI
		p.Found = made.Found
		p.Corners = p.Corners[:0:0]
		for _, c := range made.Corners {
			p.Corners = append(p.Corners, link.PaperPoint{X: min(max(c.X, 0), 1), Y: min(max(c.Y, 0), 1)})
		}
	}
	return s.save(ticket, d)
}

// close returns a visit's pages for a document, and its id: id, or the one it
// had when this was tried before.
func (s *paperStore) close(ticket, id string) (string, []pdf.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.copied(ticket, "")
	if len(d.Pages) == 0 {
		return "", nil, agent.Refuse(409, "papers.empty", "还没有页面，请先拍照、扫描或用手机上传")
	}
	pages := make([]pdf.Page, 0, len(d.Pages))
	for i, p := range d.Pages {
		if p.State != pageReady {
			return "", nil, agent.Refuse(409, "papers.not-ready", fmt.Sprintf("第 %d 页还没有处理好", i+1))
		}
		data, err := s.read(ticket, p.ID+".page")
		if err != nil {
			return "", nil, fmt.Errorf("read page: %w", err)
		}
		pages = append(pages, pdf.Page{JPEG: data, DPI: p.Made})
	}
	if d.Document == "" {
		d.Document = id
		if err := s.save(ticket, d); err != nil {
			return "", nil, err
		}
	}
	return d.Document, pages, nil
}

// pages are a visit's pages for the clerk's page.
func (s *paperStore) pages(ticket string) []link.PaperPage {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []link.PaperPage{}
	if d := s.drafts[ticket]; d != nil {
		for _, p := range d.Pages {
			out = append(out, p.PaperPage)
		}
	}
	return out
}

// left are the visits beside ticket that have pages.
func (s *paperStore) left(ticket string) []link.PapersLeft {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []link.PapersLeft
	for id, d := range s.drafts {
		if id != ticket {
			out = append(out, link.PapersLeft{Ticket: id, Number: d.Number, Pages: len(d.Pages)})
		}
	}
	slices.SortFunc(out, func(a, b link.PapersLeft) int { return strings.Compare(a.Ticket, b.Ticket) })
	return out
}

// unready are the pages that an earlier process didn't get to.
func (s *paperStore) unready() []job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []job
	for ticket, d := range s.drafts {
		for _, p := range d.Pages {
			if p.State == pageWorking {
				out = append(out, job{ticket, p.ID})
			}
		}
	}
	return out
}

// sweep forgets papers that nobody has touched for long.
func (s *paperStore) sweep(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ticket := range s.drafts {
		info, err := os.Stat(s.path(ticket, "index"))
		if err == nil && now.Sub(info.ModTime()) > keepPapers {
			err = s.drop(ticket)
			s.log.Warn("old papers forgotten", slog.String("ticket", ticket))
		}
		if err != nil {
			s.log.Error("old papers not looked at", slog.Any("err", err))
		}
	}
}
