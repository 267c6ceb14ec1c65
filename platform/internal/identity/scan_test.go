package identity_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
)

const onWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0 <script>"

// onPhone signs the i-th person in as on her phone, and is the context of her requests.
func (c *city) onPhone(i int) context.Context {
	c.t.Helper()
	session, _, err := c.Login(c.t.Context(), number(i), password, c.code(identity.PurposeLogin, phone(i)))
	if err != nil {
		c.t.Fatal(err)
	}
	return access.With(c.t.Context(), c.callerOf(session))
}

// callerOf is who a session belongs to.
func (c *city) callerOf(s identity.Session) access.Caller {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	caller, err := c.Caller(req)
	if err != nil {
		c.t.Fatal(err)
	}
	return caller
}

func (c *city) refused(err, want error) {
	c.t.Helper()
	if !errors.Is(err, want) {
		c.t.Errorf("got %v, want %v", err, want)
	}
}

// shown is a code that a computer shows.
func (c *city) shown() identity.ScanStart {
	c.t.Helper()
	v, err := c.BeginScan(c.t.Context(), onWindows)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

func TestWhoConfirmsOnHerPhoneIsInOnTheComputer(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		p := c.register(1)
		her := c.onPhone(1)
		v := c.shown()
		_, _, err := c.EnterByScan(t.Context(), v.Browser)
		c.refused(err, identity.ErrScanState)
		c.refused(c.ConfirmScan(her, v.Code, v.Number), identity.ErrScanState) // she hasn't seen which computer it is
		seen, err := c.SeeScan(her, v.Code)
		if err != nil || seen.Computer != "Windows，Edge 浏览器" {
			t.Fatalf("she sees %q, %v", seen.Computer, err)
		}
		if err := c.ConfirmScan(her, v.Code, v.Number); err != nil {
			t.Fatal(err)
		}
		// The computer's browser is at another process.
		other := c.beside()
		now, err := other.ScanOf(t.Context(), v.Browser)
		if err != nil || now.State != identity.ScanConfirmed {
			t.Fatalf("the other process sees %v, %v", now.State, err)
		}
		var entered sync.Map
		var all sync.WaitGroup
		for i, process := range []*city{c, other, c, other} {
			all.Go(func() {
				if session, _, err := process.EnterByScan(t.Context(), v.Browser); err == nil {
					entered.Store(i, session)
				} else if !errors.Is(err, identity.ErrScanState) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		n := 0
		entered.Range(func(_, s any) bool {
			n++
			if caller := c.callerOf(s.(identity.Session)); caller.ID != p.ID || caller.For != "" {
				t.Errorf("the computer is %+v", caller)
			}
			return true
		})
		if n != 1 {
			t.Errorf("a confirmed code let in %d times", n)
		}
		_, err = c.SeeScan(her, v.Code)
		c.refused(err, identity.ErrScan) // once more
		actions := map[string]bool{}
		record, err := c.Record(her)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range record {
			actions[e.Action] = true
		}
		if !actions["identity.scan-confirm"] || !actions["identity.scan-sign-in"] {
			t.Errorf("her record has %v", actions)
		}
	})
}

func TestAScanThatIsNotHersLetsNobodyIn(t *testing.T) {
	c := file(t)
	c.register(1)
	c.register(2)
	her, his := c.onPhone(1), c.onPhone(2)
	enters := func(browser string, want error) {
		t.Helper()
		_, _, err := c.EnterByScan(t.Context(), browser)
		c.refused(err, want)
	}
	see := func(ctx context.Context, v identity.ScanStart) {
		t.Helper()
		if _, err := c.SeeScan(ctx, v.Code); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("another browser", func(t *testing.T) {
		v, other := c.shown(), c.shown()
		see(her, v)
		if err := c.ConfirmScan(her, v.Code, v.Number); err != nil {
			t.Fatal(err)
		}
		enters(other.Browser, identity.ErrScanState)
		enters("", identity.ErrScan)
		enters(v.Code, identity.ErrScan) // who saw the code has no cookie
	})
	t.Run("another person", func(t *testing.T) {
		v := c.shown()
		see(her, v)
		_, err := c.SeeScan(his, v.Code)
		c.refused(err, identity.ErrScan)
		c.refused(c.ConfirmScan(his, v.Code, v.Number), identity.ErrScan)
	})
	t.Run("a forged code", func(t *testing.T) {
		_, err := c.SeeScan(her, "x")
		c.refused(err, identity.ErrScan)
	})
	t.Run("staff and nobody", func(t *testing.T) {
		v := c.shown()
		for _, ctx := range []context.Context{t.Context(), c.officer("o", access.RoleSystemAdmin)} {
			_, err := c.SeeScan(ctx, v.Code)
			c.refused(err, identity.ErrScan)
		}
	})
	t.Run("three wrong numbers", func(t *testing.T) {
		v := c.shown()
		see(her, v)
		for range 3 {
			c.refused(c.ConfirmScan(her, v.Code, "x"), identity.ErrScanNumber)
		}
		c.refused(c.ConfirmScan(her, v.Code, v.Number), identity.ErrScan)
	})
	t.Run("refused", func(t *testing.T) {
		v := c.shown()
		see(her, v)
		if err := c.RefuseScan(her, v.Code); err != nil {
			t.Fatal(err)
		}
		c.refused(c.ConfirmScan(her, v.Code, v.Number), identity.ErrScan)
		enters(v.Browser, identity.ErrScanState)
	})
	t.Run("too late", func(t *testing.T) {
		v := c.shown()
		see(her, v)
		if err := c.ConfirmScan(her, v.Code, v.Number); err != nil {
			t.Fatal(err)
		}
		c.pass(2 * time.Minute)
		enters(v.Browser, identity.ErrScanState)
		if now, err := c.ScanOf(t.Context(), v.Browser); err != nil || now.State != identity.ScanExpired {
			t.Errorf("it is %v, %v", now.State, err)
		}
	})
	t.Run("a session that was scanned itself, or is old", func(t *testing.T) {
		her := c.onPhone(1)
		v := c.shown()
		see(her, v)
		if err := c.ConfirmScan(her, v.Code, v.Number); err != nil {
			t.Fatal(err)
		}
		session, _, err := c.EnterByScan(t.Context(), v.Browser)
		if err != nil {
			t.Fatal(err)
		}
		next := c.shown()
		computer := access.With(t.Context(), c.callerOf(session))
		see(computer, next)
		c.refused(c.ConfirmScan(computer, next.Code, next.Number), identity.ErrScanStale)
		c.pass(31 * time.Minute)
		late := c.shown()
		see(her, late)
		c.refused(c.ConfirmScan(her, late.Code, late.Number), identity.ErrScanStale)
	})
}
