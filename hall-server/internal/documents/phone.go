package documents

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"smarthall/hall-server/internal/queue"
)

// Bounds of uploads by phone.
const (
	// phoneLife is how long a code holds.
	phoneLife = 10 * time.Minute
	// maxPictures is how many pictures one code takes.
	maxPictures = 40
	// A code takes pictureBurst pictures at once, and then one in every
	// picturePause.
	pictureBurst = 12
	picturePause = 2 * time.Second
	// maxCodes is how many codes hold at a time; a hall has fewer windows.
	maxCodes = 1000
	// codeBytes is how much chance is in a code.
	codeBytes = 10
)

// Refusals of uploads by phone.
var (
	ErrCode  = errors.New("no such code, or it is over")
	ErrOther = errors.New("another phone uses the code")
	ErrRate  = errors.New("too many pictures at once")
	ErrMany  = errors.New("the code takes no more pictures")
)

// PhoneUpload is a code by which the holder of a phone may add pictures to a
// visit.
type PhoneUpload struct {
	Code   string
	Ticket queue.TicketID
	Day    queue.Day
	Number string
	// To names what it is for if that isn't a visit of the queue; Take gets its
	// pictures then, each with the phone's id and its type.
	To   string
	Take func(ctx context.Context, id, kind string, data []byte) error
	// By opened it.
	By    string
	Until queue.Time
	// Pictures is how many came.
	Pictures int
}

// Phones are the codes that hold. They aren't kept across a restart: the clerk
// shows a new one.
type Phones struct {
	now func() queue.Time

	mu    sync.Mutex
	codes map[string]*phone // guarded by mu
}

// phone is a code with the phone that uses it.
type phone struct {
	PhoneUpload
	// device is the secret of the first phone that sent something; empty before.
	device  string
	limiter *rate.Limiter
	// known are the ids of its pictures.
	known map[string]bool
}

func newPhones(now func() queue.Time) *Phones {
	return &Phones{now: now, codes: make(map[string]*phone)}
}

var codeText = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

func secret(size int) string {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	return codeText.EncodeToString(b)
}

// Open makes a code for a visit; an older one of it ends. u needs no Code,
// Until and Pictures.
func (p *Phones) Open(u PhoneUpload) PhoneUpload {
	p.mu.Lock()
	defer p.mu.Unlock()
	for code, other := range p.codes {
		if other.Ticket == u.Ticket && other.To == u.To || p.now() >= other.Until || len(p.codes) >= maxCodes {
			delete(p.codes, code)
		}
	}
	u.Code, u.Until, u.Pictures = secret(codeBytes), p.now().Add(phoneLife), 0
	p.codes[u.Code] = &phone{PhoneUpload: u, limiter: rate.NewLimiter(rate.Every(picturePause), pictureBurst), known: make(map[string]bool)}
	return u
}

// Of returns the code of a visit; false if none holds.
func (p *Phones) Of(ticket queue.TicketID) (PhoneUpload, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.codes {
		if u.Ticket == ticket && p.now() < u.Until {
			return u.PhoneUpload, true
		}
	}
	return PhoneUpload{}, false
}

// Close ends the code of a visit, if there is one.
func (p *Phones) Close(ticket queue.TicketID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for code, u := range p.codes {
		if u.Ticket == ticket {
			delete(p.codes, code)
		}
	}
}

// CloseTo ends the code that is for something other than a visit.
func (p *Phones) CloseTo(to string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for code, u := range p.codes {
		if to != "" && u.To == to {
			delete(p.codes, code)
		}
	}
}

// Look returns what a code is for; ErrCode if it doesn't hold.
func (p *Phones) Look(code string) (PhoneUpload, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, err := p.look(code)
	if err != nil {
		return PhoneUpload{}, err
	}
	return u.PhoneUpload, nil
}

func (p *Phones) look(code string) (*phone, error) {
	u := p.codes[strings.ToLower(code)]
	if u == nil || p.now() >= u.Until {
		return nil, ErrCode
	}
	return u, nil
}

// enter lets a phone add the picture id; known tells that it came before. The
// first phone makes the code its own: it gets a secret to show from then on.
func (p *Phones) enter(code, device, id string) (u PhoneUpload, own string, known bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	open, err := p.look(code)
	switch {
	case err != nil:
		return u, "", false, err
	case open.device != "" && subtle.ConstantTimeCompare([]byte(open.device), []byte(device)) != 1:
		return u, "", false, ErrOther
	case open.known[id]:
		return open.PhoneUpload, open.device, true, nil
	case open.Pictures >= maxPictures:
		return u, "", false, ErrMany
	case !open.limiter.AllowN(p.now().Std(), 1):
		return u, "", false, ErrRate
	}
	if open.device == "" {
		open.device = secret(2 * codeBytes)
	}
	return open.PhoneUpload, open.device, false, nil
}

// count notes that the picture id came.
func (p *Phones) count(code, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if u := p.codes[strings.ToLower(code)]; u != nil && !u.known[id] {
		u.known[id] = true
		u.Pictures++
	}
}

// Picture adds a picture from a phone to the visit of code. device is the
// secret that an earlier Picture returned, empty at first; id is the phone's,
// so that a picture that is sent again counts once. Besides the refusals of
// phones the error is that of a document.
func (s *Service) Picture(ctx context.Context, code, device, id string, data []byte) (string, error) {
	u, device, known, err := s.Phones.enter(code, device, id)
	if err != nil || known {
		return device, err
	}
	data = Trimmed(data)
	kind := TypeOf(data)
	if kind != "image/jpeg" && kind != "image/png" {
		return device, ErrType
	}
	if u.Take != nil {
		if err := u.Take(ctx, id, kind, data); err != nil {
			return device, err
		}
		s.Phones.count(code, id)
		return device, nil
	}
	sum := sha256.Sum256(data)
	d, err := s.Begin(ctx, Document{
		ID: id, Ticket: u.Ticket, Day: u.Day, Kind: Phone, Name: "手机照片", Type: kind,
		Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), By: "phone",
	})
	for err == nil && d.State != Stored {
		end := min(d.Received+MaxPart, d.Size)
		d, err = s.Append(ctx, id, d.Received, data[d.Received:end])
	}
	if err != nil {
		return device, err
	}
	s.Phones.count(code, id)
	return device, nil
}
