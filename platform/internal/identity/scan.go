package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// ScanState is where a sign-in by scanning is on its way (U-17).
type ScanState string

// The states of a sign-in by scanning.
const (
	ScanShown     ScanState = "shown"     // the computer shows its code
	ScanScanned   ScanState = "scanned"   // somebody looks at it on her phone
	ScanConfirmed ScanState = "confirmed" // she confirmed it; the computer fetches its session
	ScanRefused   ScanState = "refused"
	ScanUsed      ScanState = "used"
	ScanExpired   ScanState = "expired" // never stored: its time is over
)

// Limits of signing in by scanning. A code is good for two minutes and one
// sign-in; who confirms it has signed in with her password within scanFresh.
const (
	scanLife  = 2 * time.Minute
	scanFresh = 30 * time.Minute
	scanTries = 3
)

// The ways a sign-in by scanning says no.
var (
	ErrScan       = fault.New(fault.NotFound, "identity.scan", "二维码已失效，请在电脑上刷新后重新扫描")
	ErrScanStale  = fault.New(fault.Forbidden, "identity.scan-stale", "为了安全，请在手机上重新登录后再确认")
	ErrScanNumber = fault.New(fault.Invalid, "identity.scan-number", "数字与电脑上显示的不一致，请核对")
	ErrScanState  = fault.New(fault.Conflict, "identity.scan-state", "这次扫码登录还没有确认，或已经用过")
)

// ScanStart is what a computer shows and keeps.
type ScanStart struct {
	// Code is what the QR code leads to, Browser the secret of the browser's
	// cookie; Number is shown beside the code and asked for on the phone.
	Code, Browser, Number string
	Until                 time.Time
}

// Scan is a sign-in by scanning.
type Scan struct {
	State    ScanState
	Computer string
	Person   string
	Created  time.Time
	Until    time.Time

	number string
	tries  int
	code   string // hash
}

// live tells whether something can become of it.
func (v Scan) live(now time.Time) bool {
	return now.Before(v.Until) && v.State != ScanRefused && v.State != ScanUsed
}

// BeginScan gives a browser a code to show; agent is how the browser calls
// itself.
func (s *Service) BeginScan(ctx context.Context, agent string) (ScanStart, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(100))
	if err != nil {
		return ScanStart{}, fmt.Errorf("choose a number: %w", err)
	}
	v := ScanStart{Code: random(), Browser: random(), Number: fmt.Sprintf("%02d", n)}
	err = s.Store.Write(ctx, "begin a sign-in by scanning", func(tx *store.Tx) error {
		v.Until = tx.Now.Add(scanLife)
		if _, err := tx.ExecContext(ctx, `DELETE FROM scan_sign_in WHERE until < $1`, store.Millis(tx.Now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO scan_sign_in (code, browser, state, number, tries, computer, person, created, until) VALUES ($1, $2, $3, $4, 0, $5, '', $6, $7)`,
			s.pepper.Key("scan", v.Code), s.pepper.Key("scan browser", v.Browser), string(ScanShown), v.Number, computerWords(agent), store.Millis(tx.Now), store.Millis(v.Until))
		return err
	})
	return v, err
}

// scanBy reads a sign-in by its code or its browser, or ErrScan.
func (s *Service) scanBy(ctx context.Context, q store.Querier, column, hash string) (v Scan, err error) {
	var created, until int64
	err = q.QueryRowContext(ctx, `SELECT code, state, number, tries, computer, person, created, until FROM scan_sign_in WHERE `+column+` = $1`, hash).
		Scan(&v.code, &v.State, &v.number, &v.tries, &v.Computer, &v.Person, &created, &until)
	if store.IsNone(err) {
		return v, ErrScan
	}
	if err != nil {
		return v, fmt.Errorf("read a sign-in by scanning: %w", err)
	}
	v.Created, v.Until = store.Time(created), store.Time(until)
	return v, nil
}

// ScanOf is the sign-in that a browser waits for.
func (s *Service) ScanOf(ctx context.Context, browser string) (Scan, error) {
	v, err := s.scanBy(ctx, s.Store.Read(), "browser", s.pepper.Key("scan browser", browser))
	if err == nil && !s.Store.Now().Before(v.Until) && v.State != ScanUsed {
		v.State = ScanExpired
	}
	return v, err
}

// scanned lets the context's caller act on the sign-in of a code: the first one
// who scans it is the only one who can.
func (s *Service) scanned(ctx context.Context, code, doing string, act func(tx *store.Tx, v *Scan) error) (Scan, error) {
	caller := access.From(ctx)
	var v Scan
	err := s.Store.Write(ctx, doing, func(tx *store.Tx) error {
		var err error
		if v, err = s.scanBy(ctx, tx, "code", s.pepper.Key("scan", code)); err != nil {
			return err
		}
		if caller.Kind != access.Person || !v.live(tx.Now) || v.Person != "" && v.Person != caller.ID {
			return ErrScan
		}
		return act(tx, &v)
	})
	return v, err
}

// store keeps the state of a sign-in that was in the state before.
func (v *Scan) store(ctx context.Context, tx *store.Tx, before ScanState) error {
	result, err := tx.ExecContext(ctx, `UPDATE scan_sign_in SET state = $1, person = $2, tries = $3 WHERE code = $4 AND state = $5 AND tries <= $3 AND person IN ('', $2)`,
		string(v.State), v.Person, v.tries, v.code, string(before))
	if err != nil {
		return fmt.Errorf("store a sign-in by scanning: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return ErrScanState.Because(err)
	}
	return nil
}

// SeeScan shows who scanned a code which computer asks.
func (s *Service) SeeScan(ctx context.Context, code string) (Scan, error) {
	return s.scanned(ctx, code, "scan a code", func(tx *store.Tx, v *Scan) error {
		if v.State != ScanShown {
			return nil
		}
		v.State, v.Person = ScanScanned, access.From(ctx).ID
		return v.store(ctx, tx, ScanShown)
	})
}

// ConfirmScan lets the computer in as the context's caller. It takes the number
// that the computer shows, so that nobody confirms one that she doesn't see, and
// a sign-in of her own that is fresh. The third wrong number ends it.
func (s *Service) ConfirmScan(ctx context.Context, code, number string) error {
	if err := s.freshSession(ctx); err != nil {
		return err
	}
	wrong := false
	_, err := s.scanned(ctx, code, "confirm a sign-in", func(tx *store.Tx, v *Scan) error {
		if v.State != ScanScanned {
			return ErrScanState
		}
		wrong = subtle.ConstantTimeCompare([]byte(v.number), []byte(strings.TrimSpace(number))) == 0
		action, detail := "identity.scan-confirm", ""
		switch {
		case !wrong:
			v.State = ScanConfirmed
		case v.tries+1 >= scanTries:
			v.State, v.tries = ScanRefused, v.tries+1
			action, detail = "identity.scan-refuse", "wrong number"
		default:
			v.tries++
			return v.store(ctx, tx, ScanScanned)
		}
		if err := v.store(ctx, tx, ScanScanned); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: access.From(ctx).ID, Detail: detail})
	})
	if err == nil && wrong {
		return ErrScanNumber.Wrong("number", ErrScanNumber.Detail)
	}
	return err
}

// RefuseScan keeps the computer out.
func (s *Service) RefuseScan(ctx context.Context, code string) error {
	_, err := s.scanned(ctx, code, "refuse a sign-in", func(tx *store.Tx, v *Scan) error {
		before := v.State
		v.State, v.Person = ScanRefused, access.From(ctx).ID
		if err := v.store(ctx, tx, before); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.scan-refuse", Object: v.Person})
	})
	return err
}

// freshSession tells whether the context's caller signed in not long ago, and
// not by scanning herself.
func (s *Service) freshSession(ctx context.Context) error {
	var created int64
	var scanned bool
	err := s.Store.Read().QueryRowContext(ctx, `SELECT created, scanned FROM session WHERE hash = $1`, access.From(ctx).Session).Scan(&created, &scanned)
	if err != nil && !store.IsNone(err) {
		return fmt.Errorf("read a session: %w", err)
	}
	if err != nil || scanned || s.Store.Now().Sub(store.Time(created)) > scanFresh {
		return ErrScanStale
	}
	return nil
}

// EnterByScan gives the browser its session once the sign-in is confirmed: once,
// and no other browser.
func (s *Service) EnterByScan(ctx context.Context, browser string) (Session, Person, error) {
	var v Scan
	err := s.Store.Write(ctx, "use a confirmed sign-in", func(tx *store.Tx) (err error) {
		if v, err = s.scanBy(ctx, tx, "browser", s.pepper.Key("scan browser", browser)); err != nil {
			return err
		}
		if v.State != ScanConfirmed || !v.live(tx.Now) {
			return ErrScanState
		}
		v.State = ScanUsed
		return v.store(ctx, tx, ScanConfirmed)
	})
	if err != nil {
		return Session{}, Person{}, err
	}
	p, err := s.Person(ctx, v.Person)
	if err != nil {
		return Session{}, p, err
	}
	if p.State != Active {
		return Session{}, p, ErrDisabled
	}
	session, err := s.begin(ctx, access.Person, p.ID, "person")
	if err != nil {
		return session, p, err
	}
	return session, p, s.Store.Write(ctx, "note a sign-in by scanning", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE session SET scanned = 1 WHERE hash = $1`, s.pepper.Key("session", session.Token)); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.Actor{Kind: access.Person, ID: p.ID}, Action: "identity.scan-sign-in", Object: p.ID})
	})
}

// systems and browsers are what a browser's own words say it is, the narrower
// first.
var (
	systems  = [][2]string{{"Windows", "Windows"}, {"Android", "安卓"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Mac OS X", "苹果电脑"}, {"Linux", "Linux"}}
	browsers = [][2]string{{"MicroMessenger", "微信"}, {"Edg", "Edge 浏览器"}, {"QQBrowser", "QQ 浏览器"}, {"Firefox", "火狐浏览器"}, {"Chrome", "Chrome 浏览器"}, {"Safari", "Safari 浏览器"}}
)

// computerWords calls a computer by what its browser says of itself; nothing of
// that reaches the database as it was written.
func computerWords(agent string) string {
	find := func(list [][2]string, none string) string {
		for _, pair := range list {
			if strings.Contains(agent, pair[0]) {
				return pair[1]
			}
		}
		return none
	}
	return find(systems, "未知系统") + "，" + find(browsers, "未知浏览器")
}
