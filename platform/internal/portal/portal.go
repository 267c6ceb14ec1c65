// Package portal shows the public what the other contexts publish: items with
// their guides, packages, themes, bodies, halls, notices and laws, as pages
// that are complete without scripts. A request flows to the contexts' Go APIs,
// their answers through escaping templates into a document, and the document,
// kept for a moment with its tag, to everybody who asks for the same page in
// the same look. Only notices and laws are the portal's own; they flow on to the
// halls as events.
package portal

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/kept"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Items is what the portal asks of the items' context.
type Items interface {
	Get(ctx context.Context, id string) (item.Item, error)
	Search(ctx context.Context, q item.Query) (item.Found, error)
	Suggest(ctx context.Context, typed string) ([]string, error)
	Hot(ctx context.Context, object item.Object, n int) ([]item.Summary, error)
	Packages(ctx context.Context) ([]item.Package, error)
	Package(ctx context.Context, id string) (item.Package, error)
	// Summaries are the items with the ids that people see.
	Summaries(ctx context.Context, ids ...string) ([]item.Summary, error)
	// Seen counts that somebody read an item's guide.
	Seen(id string, act item.Act)
}

// Hall is a place to go to.
type Hall struct {
	ID, Name, Address, Telephone, Hours string
	// Closed tells that it takes nobody at present.
	Closed   bool
	Services []HallService
	// Waiting is how many wait there now; nil: not known. The portal fills it in.
	Waiting *int
}

// HallService is what a hall gives tickets for, and where.
type HallService struct {
	ID, Name, Zone string
	Windows        []string
}

// Body is an implementing body.
type Body struct {
	ID, Name, Telephone, Address string
}

// Site is what a city says of its portal.
type Site struct {
	// Name is the portal's, City the city's it serves.
	Name, City string
	// Hotline answers questions and takes complaints.
	Hotline string
	// Demo tells that nothing here is real.
	Demo bool
}

// Favourites are the items that the context's caller keeps.
type Favourites interface {
	Keep(ctx context.Context, item string) error
	Drop(ctx context.Context, item string) error
	// Favourites are their ids, the latest first.
	Favourites(ctx context.Context) ([]string, error)
}

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Audit *audit.Log
	Items Items
	// Halls and Bodies list what other contexts know.
	Halls  func(ctx context.Context) ([]Hall, error)
	Bodies func(ctx context.Context) ([]Body, error)
	// Favourites keeps what readers want to find again.
	Favourites Favourites
	// Upload opens the file of an editor by its path, such as /item-files/ID, and
	// tells its name; what isn't there is a fault. nil: there are none.
	Upload func(ctx context.Context, at string) (io.ReadCloser, string, error)
	// Messages writes to those who follow items; nil: nobody is written to.
	Messages message.Sender
	// History are the items for which the context's caller has cases, Unit the
	// legal person that she acts for; nil: nothing is known of it.
	History func(ctx context.Context) ([]Handled, error)
	Unit    func(ctx context.Context) (Unit, error)
	Site    Site
	// BaseURL is the portal's address, such as https://zwfw.example.cn, for QR
	// codes and the site map; empty: the address that was asked.
	BaseURL string
	// Zone is the city's time zone; nil means UTC+8.
	Zone *time.Location
	Log  *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	pages  map[string]*template.Template
	files  map[string]staticFile
	cache  *cache
	agency agencies
	plan   sitemap
	kin    relations

	// forms are texts of items as PDFs; printing is held by whoever makes one.
	forms    *kept.Kept[*document]
	printing sync.Mutex
}

// Open makes the context's tables and reads its templates.
func Open(ctx context.Context, conf Config) (*Service, error) {
	own, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "portal", own); err != nil {
		return nil, err
	}
	if conf.Zone == nil {
		conf.Zone = time.FixedZone("CST", 8*60*60)
	}
	if conf.Log == nil {
		conf.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{Config: conf, cache: newCache(conf.Store.Now), forms: kept.New[*document](keptForms)}
	if s.files, err = readStatic(); err != nil {
		return nil, err
	}
	if s.pages, err = readTemplates(s.Zone); err != nil {
		return nil, fmt.Errorf("read the portal's templates: %w", err)
	}
	return s, nil
}

// often bounds how often the whole catalogue is gone through for one page.
const often = 10 * time.Minute

// held is a value that is made anew once it is older than often.
type held[T any] struct {
	mu   sync.Mutex
	at   time.Time // guarded by mu, like value
	made T
}

// get returns the value, made by fn where it is too old.
func (h *held[T]) get(now time.Time, fn func() (T, error)) (T, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.at.IsZero() && now.Sub(h.at) < often && now.Sub(h.at) >= 0 {
		return h.made, nil
	}
	made, err := fn()
	if err != nil {
		return made, err
	}
	h.made, h.at = made, now
	return made, nil
}

// everyItem calls fn with each item that people see.
func (s *Service) everyItem(ctx context.Context, fn func(item.Summary) error) error {
	for from := 0; from < maxItems; {
		r, err := s.Items.Search(ctx, item.Query{Sort: "name", Limit: pageMost, Offset: from})
		if err != nil {
			return err
		}
		for _, h := range r.Hits {
			if err := fn(h.Summary); err != nil {
				return err
			}
		}
		if from += len(r.Hits); len(r.Hits) == 0 || from >= r.Total {
			return nil
		}
	}
	return nil
}

// Bounds of what one page goes through.
const (
	maxItems = 50_000
	pageMost = 100
)
