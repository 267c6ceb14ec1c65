package kiosk

import (
	"log/slog"
	"net/http"
	"strconv"
	"sync"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/photo"
	"smarthall/internal/problem"
	"smarthall/internal/webpages"
)

// facePage is where the page compares faces: alone on it programs in WebAssembly
// may run, and only where the hall has switched that on.
const facePage = "/face.html"

// cardPhotos turn the photo of the card that lies here into a picture, for the
// comparison with the face above it. It is kept in memory, until its person has
// gone.
type cardPhotos struct {
	decoder *photo.Decoder // nil without a program that can
	log     *slog.Logger

	mu      sync.Mutex
	session string        // guarded by mu
	picture photo.Picture // guarded by mu
}

func newCardPhotos(conf *agent.Config, log *slog.Logger) *cardPhotos {
	p := &cardPhotos{log: log}
	if len(conf.PhotoDecoder) > 0 {
		p.decoder = photo.NewDecoder(conf.PhotoDecoder)
	}
	return p
}

// can tells whether the card's photo can be shown.
func (p *cardPhotos) can(who device.Identity) bool { return p.decoder != nil && len(who.Photo) > 0 }

// forget drops a session's photo.
func (p *cardPhotos) forget(session string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session == session {
		p.session, p.picture = "", photo.Picture{}
	}
}

var errNoPhoto = problem.New(http.StatusNotFound, "photo.none", "没有读出证件照片，请由工作人员核对")

// photo answers with the card's photo, for the comparison alone.
func (t *terminal) photo(w http.ResponseWriter, r *http.Request, session string, who device.Identity) {
	if !t.face.On || !t.photos.can(who) {
		errNoPhoto.Write(w)
		return
	}
	p := t.photos
	p.mu.Lock()
	picture, known := p.picture, p.session == session
	p.mu.Unlock()
	if !known {
		var err error
		if picture, err = p.decoder.Decode(r.Context(), who.Photo); err != nil {
			p.log.Warn("photo not decoded", slog.Any("err", err))
			errNoPhoto.Write(w)
			return
		}
		p.mu.Lock()
		p.session, p.picture = session, picture
		p.mu.Unlock()
		if _, still := t.holder(session); !still {
			p.forget(session)
			errGone.Write(w)
			return
		}
	}
	w.Header().Set("Content-Type", picture.Type)
	w.Header().Set("Content-Length", strconv.Itoa(len(picture.Data)))
	_, _ = w.Write(picture.Data) // a page that is gone wants no picture
}

// faceRoutes let the page that compares faces run the programs that do it.
func (t *terminal) faceRoutes(mux *http.ServeMux, pages http.Handler) {
	if t.face.On {
		mux.Handle("GET "+facePage, webpages.WithWasm(pages))
	}
}
