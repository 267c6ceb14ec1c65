package counter

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"

	"smarthall/internal/link"
	"smarthall/internal/photo"
)

// photoPath is where the page finds the holder's photo, followed by the name
// of the card's session.
const photoPath = "/card/photo/"

// photos shows the clerk the photo of the card that lies there, so that face
// and card can be compared. It is kept in memory only, until the card is lifted.
type photos struct {
	decoder *photo.Decoder
	ready   func(session string) // called when there is a photo to show
	log     *slog.Logger
	jobs    chan rawPhoto // holds the latest card's photo

	mu      sync.Mutex
	session string        // of the card that lies there; guarded by mu
	picture photo.Picture // of that card, once it is decoded; guarded by mu
}

// rawPhoto is a card's photo before it is decoded.
type rawPhoto struct {
	session string
	raw     []byte
}

func newPhotos(command []string, ready func(string), log *slog.Logger) *photos {
	p := &photos{ready: ready, log: log, jobs: make(chan rawPhoto, 1)}
	if len(command) > 0 {
		p.decoder = photo.NewDecoder(command)
	}
	return p
}

// lay takes the photo of a card that was laid.
func (p *photos) lay(session string, raw []byte) {
	p.lift()
	if p.decoder == nil || len(raw) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session = session
	select {
	case p.jobs <- rawPhoto{session, raw}:
	default: // cards are laid faster than they are lifted; lift has emptied it
	}
}

// lift forgets the card.
func (p *photos) lift() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session, p.picture = "", photo.Picture{}
	select {
	case <-p.jobs:
	default:
	}
}

// run decodes photos until ctx ends. Why one can't be decoded is told without
// a word of whose it is.
func (p *photos) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-p.jobs:
			picture, err := p.decoder.Decode(ctx, job.raw)
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					p.log.Warn("photo not decoded", slog.Any("err", err))
				}
				continue
			}
			if p.keep(job.session, picture) {
				p.ready(job.session)
			}
		}
	}
}

// keep keeps the photo of a card that still lies there.
func (p *photos) keep(session string, picture photo.Picture) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session != session {
		return false
	}
	p.picture = picture
	return true
}

// routes adds the photo's address to the page server.
func (p *photos) routes(mux *http.ServeMux) { mux.HandleFunc("GET "+photoPath+"{session}", p.serve) }

// serve answers with the photo of the card that lies there.
func (p *photos) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	p.mu.Lock()
	session, picture := p.session, p.picture
	p.mu.Unlock()
	if session == "" || session != r.PathValue("session") || len(picture.Data) == 0 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", picture.Type)
	w.Header().Set("Content-Length", strconv.Itoa(len(picture.Data)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(picture.Data) // a page that is gone wants no picture
}

// photoReady tells the pages where the photo of the card is.
func (c *Counter) photoReady(session string) {
	c.mu.Lock()
	if c.card == nil || c.card.Session != session {
		c.mu.Unlock()
		return
	}
	read := *c.card
	read.Photo = photoPath + session
	c.card = &read
	c.mu.Unlock()
	c.agent.Broadcast(link.TypeCardRead, read)
}
