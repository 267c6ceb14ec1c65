package identity_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/identity"
)

func TestAPersonRegistersSignsInAndIsRecognised(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		p := c.register(1)
		if len(p.Proofs) != 3 {
			t.Errorf("proofs %v, want card, phone and social card", p.Proofs)
		}
		for _, account := range []string{number(1), strings.ToLower(number(1)), phone(1)} {
			session, who, err := c.Login(t.Context(), account, password, c.code(identity.PurposeLogin, phone(1)))
			if err != nil {
				t.Fatalf("sign in by %d characters: %v", len(account), err)
			}
			if who.ID != p.ID || who.Name != "张三" || who.Number != number(1) {
				t.Error("another person was signed in")
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Authorization", "Bearer "+session.Token)
			caller, err := c.Caller(r)
			if err != nil || caller.Kind != access.Person || caller.ID != p.ID {
				t.Errorf("caller %+v, %v", caller, err)
			}
		}
		if n, err := c.Audit.Verify(t.Context()); err != nil || n < 4 {
			t.Errorf("%d audit entries, %v", n, err)
		}
	})
}

func TestRegistrationNeedsTheCardAndTwoMoreProofs(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*identity.Registration)
		want  error
	}{
		{"phone alone beside the card", func(r *identity.Registration) { r.Proofs = nil }, identity.ErrProofs},
		{"an empty proof is none", func(r *identity.Registration) { r.Proofs = map[identity.Proof]string{identity.ProofBank: " "} }, identity.ErrProofs},
		{"a refused proof", func(r *identity.Registration) {
			r.Proofs = map[identity.Proof]string{identity.ProofSocial: "A12340000"}
		}, identity.ErrProof},
		{"a bank card that fails its check", func(r *identity.Registration) {
			r.Proofs = map[identity.Proof]string{identity.ProofBank: "6222021234567890123"}
		}, identity.ErrProof},
		{"an unknown proof", func(r *identity.Registration) {
			r.Proofs = map[identity.Proof]string{"horoscope": "lion"}
		}, identity.ErrInput},
		{"a proof nobody may claim", func(r *identity.Registration) { r.Proofs[identity.ProofWindow] = "x" }, identity.ErrInput},
		{"wrong check character of the card", func(r *identity.Registration) {
			r.Number = r.Number[:17] + string("0123456789X"[(strings.IndexByte("0123456789X", r.Number[17])+1)%11])
		}, identity.ErrInput},
		{"script for a name", func(r *identity.Registration) { r.Name = "<script>alert(1)</script>" }, identity.ErrInput},
		{"SQL for a name", func(r *identity.Registration) { r.Name = "'; DROP TABLE person; --" }, identity.ErrInput},
		{"a landline", func(r *identity.Registration) { r.Phone = "057188888888"[:11] }, identity.ErrInput},
		{"wrong code", func(r *identity.Registration) { r.PhoneCode = "x" }, identity.ErrCode},
		{"weak password", func(r *identity.Registration) { r.Password = "12345678" }, identity.ErrWeakPassword},
		{"no agreement", func(r *identity.Registration) { r.Agreement = "" }, identity.ErrAgreement},
	}
	c := file(t)
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := c.registration(i)
			tt.spoil(&r)
			if _, err := c.Register(t.Context(), r); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if _, err := c.PersonByNumber(t.Context(), number(i)); !errors.Is(err, identity.ErrUnknown) {
				t.Errorf("somebody was stored: %v", err)
			}
		})
	}
}

func TestOneNumberOneAccountEvenAtOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		var made atomic.Int64
		var wg sync.WaitGroup
		attempts := make([]identity.Registration, 4) // their codes are good for five of the test's minutes
		for i := range attempts {
			attempts[i] = c.registration(i)
			attempts[i].Number = number(1)
		}
		for _, r := range attempts {
			wg.Go(func() {
				switch _, err := c.Register(t.Context(), r); {
				case err == nil:
					made.Add(1)
				case !errors.Is(err, identity.ErrRegistered):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if made.Load() != 1 {
			t.Errorf("%d accounts of one number", made.Load())
		}
	})
}

func TestFiveWrongPasswordsLockForAQuarterOfAnHour(t *testing.T) {
	c := file(t)
	c.register(1)
	code := c.code(identity.PurposeLogin, phone(1))
	for range 5 {
		if _, _, err := c.Login(t.Context(), phone(1), "wrong1234", code); !errors.Is(err, identity.ErrWrongLogin) {
			t.Fatal(err)
		}
	}
	if _, _, err := c.Login(t.Context(), phone(1), password, code); !errors.Is(err, identity.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	c.pass(16 * time.Minute)
	if _, _, err := c.Login(t.Context(), phone(1), password, c.code(identity.PurposeLogin, phone(1))); err != nil {
		t.Error(err)
	}
	if _, _, err := c.Login(t.Context(), "nobody", password, "1"); !errors.Is(err, identity.ErrWrongLogin) {
		t.Errorf("an unknown account got %v", err)
	}
}

func TestACodeIsForOnePhoneOnePurposeAndOneUse(t *testing.T) {
	c := file(t)
	c.register(1)
	login := c.code(identity.PurposeLogin, phone(1))
	if err := c.ResetPassword(t.Context(), number(1), phone(1), login, "otherpass2"); !errors.Is(err, identity.ErrCode) {
		t.Errorf("a code to sign in reset a password: %v", err)
	}
	if _, _, err := c.Login(t.Context(), phone(1), password, login); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Login(t.Context(), phone(1), password, login); !errors.Is(err, identity.ErrWrongLogin) {
		t.Errorf("a code was used twice: %v", err)
	}
	old := c.code(identity.PurposeLogin, phone(1))
	c.pass(6 * time.Minute)
	if _, _, err := c.Login(t.Context(), phone(1), password, old); !errors.Is(err, identity.ErrWrongLogin) {
		t.Errorf("an old code was good: %v", err)
	}
}

func TestCodesHaveAQuotaAndTellNothingOfAccounts(t *testing.T) {
	c := file(t)
	if err := c.SendCode(t.Context(), identity.PurposeRegister, phone(1)); err != nil {
		t.Fatal(err)
	}
	if err := c.SendCode(t.Context(), identity.PurposeRegister, phone(1)); !errors.Is(err, identity.ErrCodeQuota) {
		t.Errorf("a second code at once: %v", err)
	}
	for range 9 {
		c.code(identity.PurposeRegister, phone(1))
	}
	c.pass(time.Minute)
	if err := c.SendCode(t.Context(), identity.PurposeRegister, phone(1)); !errors.Is(err, identity.ErrCodeQuota) {
		t.Errorf("the eleventh code of a day: %v", err)
	}
	before := c.sent("identity.code")
	if err := c.SendCode(t.Context(), identity.PurposeLogin, phone(77)); err != nil || c.sent("identity.code") != before {
		t.Errorf("an unknown phone: %v", err)
	}
}

func TestANewPasswordEndsAllSessions(t *testing.T) {
	c := file(t)
	c.register(1)
	session, _, err := c.Login(t.Context(), phone(1), password, c.code(identity.PurposeLogin, phone(1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ResetPassword(t.Context(), number(1), phone(1), c.code(identity.PurposeReset, number(1)), "otherpass2"); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+session.Token)
	if _, err := c.Caller(r); !errors.Is(err, identity.ErrSession) {
		t.Errorf("the old session lives: %v", err)
	}
	if _, _, err := c.Login(t.Context(), number(1), "otherpass2", c.code(identity.PurposeLogin, phone(1))); err != nil {
		t.Error(err)
	}
}

func TestSessionsEndByIdlenessAndAge(t *testing.T) {
	c := file(t)
	c.register(1)
	session, _, err := c.Login(t.Context(), phone(1), password, c.code(identity.PurposeLogin, phone(1)))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: identity.Cookie, Value: session.Token})
	for range 4 {
		c.pass(20 * time.Minute)
		if caller, err := c.Caller(r); err != nil || caller.Kind != access.Person {
			t.Fatalf("signed out while at work: %v", err)
		}
	}
	c.pass(31 * time.Minute)
	if caller, err := c.Caller(r); err != nil || caller.Kind != access.Nobody {
		t.Errorf("an idle cookie is %q, %v", caller.Kind, err)
	}
}

func TestWhatAPageAsksByItselfKeepsNoSessionAlive(t *testing.T) {
	c := file(t)
	c.register(1)
	session, _, err := c.Login(t.Context(), phone(1), password, c.code(identity.PurposeLogin, phone(1)))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: identity.Cookie, Value: session.Token})
	r.Header.Set(identity.Background, "1")
	c.pass(20 * time.Minute)
	if caller, err := c.Caller(r); err != nil || caller.Kind != access.Person {
		t.Fatalf("signed out early: %q, %v", caller.Kind, err)
	}
	c.pass(11 * time.Minute)
	if caller, err := c.Caller(r); err != nil || caller.Kind != access.Nobody {
		t.Errorf("nobody is there, and the session lives: %q, %v", caller.Kind, err)
	}
}

func TestAPhoneIsChangedByACodeFromEach(t *testing.T) {
	c := file(t)
	p, other := c.register(1), c.register(2)
	if err := c.ChangePhone(t.Context(), p.ID, c.code(identity.PurposeUnbind, phone(1)), other.Phone, c.code(identity.PurposeBind, other.Phone)); !errors.Is(err, identity.ErrPhoneTaken) {
		t.Errorf("somebody else's phone: %v", err)
	}
	if err := c.ChangePhone(t.Context(), p.ID, "000000", phone(3), c.code(identity.PurposeBind, phone(3))); !errors.Is(err, identity.ErrCode) {
		t.Errorf("without the old phone's code: %v", err)
	}
	if err := c.ChangePhone(t.Context(), p.ID, c.code(identity.PurposeUnbind, phone(1)), phone(3), c.code(identity.PurposeBind, phone(3))); err != nil {
		t.Fatal(err)
	}
	if p, err := c.Person(t.Context(), p.ID); err != nil || p.Phone != phone(3) {
		t.Errorf("phone not changed: %v", err)
	}
	if c.sent("identity.phone-changed") != 2 {
		t.Error("the old and the new phone must be told")
	}
}

func TestADisabledAccountIsEnabledByAnotherOfficer(t *testing.T) {
	c := file(t)
	p := c.register(1)
	desk, head := c.officer("desk", access.RoleIdentityDesk), c.officer("head", access.RoleIdentityHead)
	if err := c.Enable(head, p.ID); !errors.Is(err, identity.ErrState) {
		t.Errorf("an active account was enabled: %v", err)
	}
	if err := c.Disable(desk, p.ID, ""); !errors.Is(err, identity.ErrInput) {
		t.Errorf("without a reason: %v", err)
	}
	if err := c.Disable(desk, p.ID, "冒用他人证件"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Login(t.Context(), phone(1), password, c.code(identity.PurposeLogin, phone(1))); !errors.Is(err, identity.ErrDisabled) {
		t.Errorf("a disabled account: %v", err)
	}
	if err := c.AskEnable(desk, p.ID, "已澄清"); err != nil {
		t.Fatal(err)
	}
	if list, err := c.Enabling(head); err != nil || len(list) != 1 || list[0].ID != p.ID || list[0].Reason != "已澄清" {
		t.Errorf("the head's list: %v, %v", list, err)
	}
	if err := c.Enable(desk, p.ID); !errors.Is(err, identity.ErrSameOfficer) {
		t.Errorf("who asked approved: %v", err)
	}
	if err := c.Enable(head, p.ID); err != nil {
		t.Fatal(err)
	}
	if c.sent("identity.disabled") != 1 || c.sent("identity.enabled") != 1 {
		t.Error("the person must be told of both")
	}
}

func TestAWindowRegistersByTheCardAndHandsOverAPassword(t *testing.T) {
	c := file(t)
	p, first, err := c.RegisterAtWindow(c.officer("desk", access.RoleIdentityDesk), "欧阳小𬭊", number(9), phone(9), c.code(identity.PurposeRegister, phone(9)))
	if err != nil {
		t.Fatal(err)
	}
	code := c.code(identity.PurposeLogin, phone(9))
	if _, _, err := c.Login(t.Context(), number(9), first, "000000"); !errors.Is(err, identity.ErrWrongLogin) {
		t.Errorf("the paper alone told more than a wrong code: %v", err)
	}
	if _, _, err := c.Login(t.Context(), number(9), first, code); !errors.Is(err, identity.ErrChoose) {
		t.Errorf("the password of the paper signed in: %v", err)
	}
	for chosen, want := range map[string]error{first: identity.ErrSamePassword, "short1": identity.ErrWeakPassword} {
		if _, _, err := c.FirstLogin(t.Context(), number(9), first, code, chosen); !errors.Is(err, want) {
			t.Errorf("chose %d characters: got %v, want %v", len(chosen), err, want)
		}
	}
	_, who, err := c.FirstLogin(t.Context(), number(9), first, code, "mynewpass7")
	if err != nil || who.ChangePassword || who.Name != "欧阳小𬭊" || who.ID != p.ID {
		t.Fatalf("signed in: %v", err)
	}
	if _, _, err := c.Login(t.Context(), number(9), first, c.code(identity.PurposeLogin, phone(9))); !errors.Is(err, identity.ErrWrongLogin) {
		t.Errorf("the paper is good still: %v", err)
	}
	if _, _, err := c.Login(t.Context(), number(9), "mynewpass7", c.code(identity.PurposeLogin, phone(9))); err != nil {
		t.Error(err)
	}
}

func TestNothingPersonalIsStoredInClear(t *testing.T) {
	c := file(t)
	c.register(1)
	rows, err := c.Store.Read().QueryContext(t.Context(), `SELECT id || state || way || name || number || number_key || phone || phone_key FROM person`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var all string
		if err := rows.Scan(&all); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"张三", number(1), phone(1), number(1)[6:14]} {
			if strings.Contains(all, secret) {
				t.Errorf("%d characters of personal data stand in the table", len(secret))
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestAWindowBindsAnotherPhoneForWhoLostHers(t *testing.T) {
	c := file(t)
	p, other := c.register(1), c.register(2)
	session, _, err := c.Login(t.Context(), p.Phone, password, c.code(identity.PurposeLogin, p.Phone))
	if err != nil {
		t.Fatal(err)
	}
	desk := c.officer("desk", access.RoleIdentityDesk)
	if _, err := c.ChangePhoneAtWindow(desk, p.Number, phone(3), "000000"); !errors.Is(err, identity.ErrCode) {
		t.Errorf("without the new phone's code: %v", err)
	}
	if _, err := c.ChangePhoneAtWindow(desk, p.Number, other.Phone, c.code(identity.PurposeBind, other.Phone)); !errors.Is(err, identity.ErrPhoneTaken) {
		t.Errorf("somebody else's phone: %v", err)
	}
	if _, err := c.ChangePhoneAtWindow(desk, number(9), phone(3), "000000"); !errors.Is(err, identity.ErrUnknown) {
		t.Errorf("nobody's number: %v", err)
	}
	now, err := c.ChangePhoneAtWindow(desk, p.Number, phone(3), c.code(identity.PurposeBind, phone(3)))
	if err != nil || now.Phone != phone(3) || c.sent("identity.phone-changed") != 2 {
		t.Fatalf("%v, told %d times", err, c.sent("identity.phone-changed"))
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: identity.Cookie, Value: session.Token})
	if caller, err := c.Caller(r); err != nil || caller.Kind != access.Nobody {
		t.Errorf("whoever has the old phone is signed in still: %v, %v", caller.Kind, err)
	}
	if _, _, err := c.Login(t.Context(), phone(3), password, c.code(identity.PurposeLogin, phone(3))); err != nil {
		t.Error(err)
	}
}
