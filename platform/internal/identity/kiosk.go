package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// A session at a self-service terminal lasts no longer than a long application
// there, and ends soon when the terminal says nothing.
const (
	kioskLife = time.Hour
	kioskIdle = 10 * time.Minute
)

// The ways a terminal's visitor is told no. Whom a card shows is not registered
// by it: an account needs two proofs beside the card, or a clerk (U-06 to U-09).
var (
	ErrUnregistered = fault.New(fault.NotFound, "identity.unregistered", "您还没有注册实名账号，请到窗口注册，或用手机注册后再来")
	ErrCard         = fault.New(fault.Conflict, "identity.card-mismatch", "证件与登记的实名信息不一致，请到窗口核对")
	ErrKiosk        = fault.New(fault.Invalid, "identity.kiosk", "自助终端的编号有误")
)

// CardVisit is a card that a hall's terminal has read: it vouches for the
// card, and nobody for the face above it.
type CardVisit struct {
	Kiosk, Name, Number string
}

// BeginVisit lets the holder of a card in at a terminal of the context's
// caller, a hall. The session may do what operations allow at kiosks.
func (s *Service) BeginVisit(ctx context.Context, v CardVisit) (Session, Person, error) {
	hall := access.From(ctx).ID
	if !kioskName(v.Kiosk) {
		return Session{}, Person{}, ErrKiosk
	}
	p, err := s.PersonByNumber(ctx, strings.ToUpper(strings.TrimSpace(v.Number)))
	switch {
	case errors.Is(err, ErrUnknown):
		return Session{}, Person{}, ErrUnregistered
	case err != nil:
		return Session{}, Person{}, err
	case p.Name != strings.TrimSpace(v.Name):
		return Session{}, Person{}, ErrCard
	case p.State != Active:
		return Session{}, Person{}, ErrDisabled
	}
	session, err := s.visit(ctx, p.ID, hall+"/"+v.Kiosk)
	return session, p, err
}

// visit makes a session at a terminal, and ends the one before there: whoever
// stood there has gone.
func (s *Service) visit(ctx context.Context, person, kiosk string) (Session, error) {
	session := Session{Token: random()}
	err := s.Store.Write(ctx, "let a card in", func(tx *store.Tx) error {
		session.Until = tx.Now.Add(kioskLife)
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE until < $1 OR kiosk = $2`, store.Millis(tx.Now), kiosk); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO session (hash, kind, subject, acting_for, created, seen, until, kiosk) VALUES ($1, $2, $3, '', $4, $5, $6, $7)`,
			s.pepper.Key("session", session.Token), string(access.Person), person, store.Millis(tx.Now), store.Millis(tx.Now), store.Millis(session.Until), kiosk); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.card-visit", Object: person, Detail: kiosk + " card read, face not compared"})
	})
	return session, err
}

// maxKioskName is the longest name of an agent, in bytes.
const maxKioskName = 64

func kioskName(name string) bool {
	other := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}
	return name != "" && len(name) <= maxKioskName && !strings.ContainsFunc(name, other)
}

// kioskRoutes declares what halls ask for the visitors of their terminals.
func (s *Service) kioskRoutes(r *httpd.Router) {
	httpd.Register(r, httpd.Operation{
		ID: "begin-card-visit", Method: http.MethodPost, Path: "/halls/sessions", Status: http.StatusCreated, Tag: tag, Who: access.Halls(),
		Summary: "Let the holder of a card in at a self-service terminal",
	}, s.postVisit)
}

type visitInput struct {
	Body struct {
		Kiosk  string `json:"kiosk" maxLength:"64" doc:"The terminal, as the hall calls it"`
		Name   string `json:"name" maxLength:"120" doc:"As on the card"`
		Number string `json:"number" maxLength:"40" doc:"Of the card"`
	}
}

type visitOutput struct {
	Body struct {
		Token string    `json:"token" doc:"For the hall; it never reaches a page"`
		Until time.Time `json:"until"`
		// Name and Phone are masked.
		Name  string `json:"name"`
		Phone string `json:"phone"`
	}
}

func (s *Service) postVisit(ctx context.Context, in *visitInput) (*visitOutput, error) {
	session, p, err := s.BeginVisit(ctx, CardVisit{Kiosk: in.Body.Kiosk, Name: in.Body.Name, Number: in.Body.Number})
	if err != nil {
		return nil, err
	}
	out := &visitOutput{}
	out.Body.Token, out.Body.Until = session.Token, session.Until
	out.Body.Name, out.Body.Phone = privacy.MaskName(p.Name), privacy.MaskPhone(p.Phone)
	return out, nil
}
