// Package cardcentre finds out whose citizen card (市民卡) or electronic
// social-security card a code stands for that was scanned in a hall. The code
// flows in over the hall's link, the city's card centre is asked, and a name with
// an ID number flows out to the machine that asked. A code is kept nowhere: of one
// that is good for once its keyed hash is, so that it isn't taken again. Every
// answer is in the audit log, without the code and without the person's number.
package cardcentre

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"smarthall/internal/codes"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/pace"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Topic is by which a hall asks: Code, answered by Person.
const Topic = "citizen-card"

// Question is what a card centre is asked.
type Question struct {
	// Code is what was scanned. It is a secret while it is good.
	Code string `json:"code"`
	// Hall and Machine are where it was shown, for the centre's own log.
	Hall    string `json:"hall"`
	Machine string `json:"machine"`
}

// Holder is whom a card centre names.
type Holder struct {
	Name   string `json:"name"`
	Number string `json:"number"` // ID number
	// Once tells that the code is good for this one time, as those of apps are;
	// the number printed on a card is not.
	Once bool `json:"once"`
}

// Centre is the city's card centre. Resolve ends with its context; a code that it
// doesn't know, or that is no longer good, is ErrUnknown.
type Centre interface {
	// Name is what the audit log calls it.
	Name() string
	Resolve(ctx context.Context, q Question) (Holder, error)
}

// The ways a machine is told no. The person in front of it has another way.
var (
	ErrNone    = fault.New(fault.Unavailable, "card.away", "本市还没有接通市民卡，请使用身份证")
	ErrAway    = fault.New(fault.Unavailable, "card.away", "市民卡中心暂时没有回应，请使用身份证")
	ErrUnknown = fault.New(fault.NotFound, "card.unknown", "没有认出这个市民卡码，请刷新后再出示，或使用身份证")
	ErrUsed    = fault.New(fault.Conflict, "card.used", "这个市民卡码已经用过，请刷新后再出示，或使用身份证")
	ErrLimit   = fault.New(fault.TooMany, "card.limit", "这台机器读市民卡码太频繁，请过一会儿再试，或使用身份证")
)

// Bounds of what is asked and answered, and of the time that it takes: the hall
// waits for five seconds.
const (
	maxCode    = 512
	maxMachine = 64
	maxName    = 60
	patience   = 4 * time.Second
	// usedKept is how long a used code is remembered.
	usedKept = 24 * time.Hour
)

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Keys  *keys.Keys
	Audit *audit.Log
	// Centre is asked; nil: the city has none that is connected.
	Centre Centre
	Log    *slog.Logger
}

// codesShown is how many codes machines read: people come one after another, and a
// program that tries codes gets nowhere.
var codesShown = pace.Pace{MachineBurst: 10, MachineEvery: 6 * time.Second, HallBurst: 100, HallEvery: time.Second}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	hash  privacy.Hasher
	asked *pace.Pacer
}

// Open makes the context's table.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "cardcentre", files); err != nil {
		return nil, err
	}
	return &Service{Config: conf, hash: privacy.NewHasher(conf.Keys.For("citizen-card")), asked: pace.New(codesShown)}, nil
}

// Code is what a hall asks about.
type Code struct {
	Code string `json:"code"`
}

// Person is what a hall is answered.
type Person struct {
	Name     string `json:"name"`
	IDNumber string `json:"idNumber"`
}

// Asked answers Topic for a machine of the hall that the context knows.
func (s *Service) Asked(ctx context.Context, machine string, body json.RawMessage) (any, error) {
	var c Code
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, ErrUnknown.Because(errors.New("the question is no JSON")) // err may show the code
	}
	return s.Resolve(ctx, machine, c.Code)
}

// Resolve asks the card centre whose card a code stands for, once for a code that
// is good for once. machine is who scanned it.
func (s *Service) Resolve(ctx context.Context, machine, code string) (Person, error) {
	code = strings.TrimSpace(code)
	if code == "" || len(code) > maxCode || !utf8.ValidString(code) || strings.ContainsFunc(code, unicode.IsControl) || machine == "" || len(machine) > maxMachine {
		return Person{}, ErrUnknown
	}
	if s.Centre == nil {
		return Person{}, ErrNone
	}
	hall := access.From(ctx).ID
	if !s.asked.Take(hall, machine, s.Store.Now()) {
		return Person{}, ErrLimit
	}
	hash := s.hash.Key("code", code)
	if used, err := s.used(ctx, hash); err != nil || used {
		return Person{}, errors.Join(err, refusedIf(used))
	}
	h, err := s.ask(ctx, Question{Code: code, Hall: hall, Machine: machine})
	if err != nil {
		return Person{}, err
	}
	if err := s.settle(ctx, hash, h, machine); err != nil {
		return Person{}, err
	}
	return Person{Name: h.Name, IDNumber: h.Number}, nil
}

func refusedIf(used bool) error {
	if used {
		return ErrUsed
	}
	return nil
}

// ask asks the centre, and believes no nonsense.
func (s *Service) ask(ctx context.Context, q Question) (Holder, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	h, err := s.Centre.Resolve(ctx, q)
	switch {
	case errors.Is(err, ErrUnknown):
		return Holder{}, ErrUnknown
	case err != nil:
		s.Log.Warn("card centre didn't answer", slog.String("centre", s.Centre.Name()), slog.Any("err", err))
		return Holder{}, ErrAway.Because(err)
	}
	h.Name, h.Number = strings.TrimSpace(h.Name), strings.ToUpper(strings.TrimSpace(h.Number))
	if err := s.plausible(h); err != nil {
		s.Log.Warn("card centre answered with nonsense", slog.String("centre", s.Centre.Name()), slog.Any("err", err))
		return Holder{}, ErrAway.Because(err)
	}
	return h, nil
}

// plausible tells what of a holder can't be. The error shows nothing of it.
func (s *Service) plausible(h Holder) error {
	if _, err := codes.ParseID(h.Number, s.Store.Now()); err != nil {
		return fmt.Errorf("the ID number: %w", err)
	}
	strange := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" ·•.-'", r)
	}
	if n := utf8.RuneCountInString(h.Name); n == 0 || n > maxName || !utf8.ValidString(h.Name) || strings.ContainsFunc(h.Name, strange) {
		return errors.New("the name is none")
	}
	return nil
}

func (s *Service) used(ctx context.Context, hash string) (bool, error) {
	var n int
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM card_code_used WHERE hash = $1`, hash).Scan(&n); err != nil {
		return false, fmt.Errorf("look for a used code: %w", err)
	}
	return n > 0, nil
}

// settle notes that a person was named, and the code as used if it is good for
// once: of two that show the same at a time one is refused.
func (s *Service) settle(ctx context.Context, hash string, h Holder, machine string) error {
	return s.Store.Write(ctx, "take a citizen card's code", func(tx *store.Tx) error {
		if h.Once {
			if _, err := tx.ExecContext(ctx, `DELETE FROM card_code_used WHERE at < $1`, store.Millis(tx.Now.Add(-usedKept))); err != nil {
				return fmt.Errorf("forget old codes: %w", err)
			}
			done, err := tx.ExecContext(ctx, `INSERT INTO card_code_used (hash, at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`, hash, store.Millis(tx.Now))
			if err != nil {
				return fmt.Errorf("note a used code: %w", err)
			}
			if n, err := done.RowsAffected(); err != nil || n == 0 {
				return errors.Join(err, refusedIf(err == nil))
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.citizen-card", Object: machine, Detail: s.Centre.Name()})
	})
}
