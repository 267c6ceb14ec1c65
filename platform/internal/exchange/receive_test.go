package exchange_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/gm"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/store"
)

// spoiled is an envelope that somebody changed on its way.
func spoiled(t testing.TB, data []byte, change func(e *exchange.Envelope)) []byte {
	t.Helper()
	e, err := exchange.ParseEnvelope(data)
	if err != nil {
		t.Fatal(err)
	}
	change(&e)
	out, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatIsNotBelievedChangesNothing(t *testing.T) {
	for name, test := range map[string]struct {
		change func(s *system, e *exchange.Envelope)
		want   error
	}{
		"an unknown sender":         {func(s *system, e *exchange.Envelope) { e.From = "nobody"; s.sign(e) }, exchange.ErrBelieved},
		"somebody else's signature": {func(_ *system, e *exchange.Envelope) { _ = e.Sign(newSigner(t, 9)) }, exchange.ErrBelieved},
		"no signature":              {func(_ *system, e *exchange.Envelope) { e.Signature = "" }, exchange.ErrBelieved},
		"a changed body":            {func(_ *system, e *exchange.Envelope) { e.Body = `{"case":"c2"}` }, exchange.ErrBelieved},
		"a changed service":         {func(_ *system, e *exchange.Envelope) { e.Service = exchange.ServiceResult }, exchange.ErrBelieved},
		"for somebody else":         {func(s *system, e *exchange.Envelope) { e.To = "province"; s.sign(e) }, exchange.ErrBelieved},
		"of yesterday":              {func(s *system, e *exchange.Envelope) { e.At = "2026-11-22T09:00:00.000+08:00"; s.sign(e) }, exchange.ErrTime},
		"of the future":             {func(s *system, e *exchange.Envelope) { e.At = "2026-11-23T09:06:00.000+08:00"; s.sign(e) }, exchange.ErrTime},
		"a receipt":                 {func(s *system, e *exchange.Envelope) { e.Service, e.Re = "receipt", "message-1111"; s.sign(e) }, exchange.ErrEnvelope},
		"without an id":             {func(s *system, e *exchange.Envelope) { e.ID = ""; s.sign(e) }, exchange.ErrEnvelope},
	} {
		t.Run(name, func(t *testing.T) {
			city, s := department(t, sqldbtest.File(t))
			e := s.envelope(exchange.ServiceCheck, struct{}{})
			test.change(s, &e)
			if _, err := s.post(e); !errors.Is(err, test.want) {
				t.Errorf("it was answered with %v, want %v", err, test.want)
			}
			if list := city.messages(exchange.In); len(list) != 0 {
				t.Errorf("it left %+v", list)
			}
			if n, err := city.VerifyLedger(t.Context()); n != 0 || err != nil {
				t.Errorf("the ledger has %d entries, %v", n, err)
			}
		})
	}
	t.Run("a member that was closed", func(t *testing.T) {
		city, s := department(t, sqldbtest.File(t))
		m, err := city.Member(t.Context(), "medicare-system")
		if err != nil {
			t.Fatal(err)
		}
		m.Active, m.Account = false, "yibao"
		if _, err := city.ChangeMember(admin(t.Context()), m); err != nil {
			t.Fatal(err)
		}
		if _, err := s.post(s.envelope(exchange.ServiceCheck, struct{}{})); !errors.Is(err, exchange.ErrBelieved) {
			t.Errorf("it is believed: %v", err)
		}
	})
}

func TestAMessageHasItsEffectOnceHoweverOftenItComes(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, s := department(t, target)
		s.handOver("c1", exchange.Step{Task: "t1", Node: "review", Name: "审查"})
		e := s.envelope(exchange.ServiceStep, map[string]any{"case": "c1", "approved": true})
		var wg sync.WaitGroup
		for range 6 { // a line that doubles: one is taken, the others are replays
			wg.Go(func() {
				if _, err := s.post(e); err != nil && !errors.Is(err, exchange.ErrReplayed) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if _, err := s.post(e); !errors.Is(err, exchange.ErrReplayed) {
			t.Errorf("a copy is answered with %v", err)
		}
		city.world.forward(time.Second)
		e.At = s.stamp()
		s.sign(&e)
		if r, err := s.post(e); err != nil || r.Outcome != exchange.Taken {
			t.Errorf("sent again by its sender it is answered with %+v, %v", r, err)
		}
		city.world.forward(time.Second)
		e.At, e.Body = s.stamp(), `{"case":"c1","approved":false,"opinion":"不"}`
		s.sign(&e)
		if _, err := s.post(e); !errors.Is(err, exchange.ErrReused) {
			t.Errorf("its id with another content is answered with %v", err)
		}
		if got := city.done(); !slices.Equal(got, []string{"system: claim t1", "system: t1 true "}) {
			t.Errorf("the flow was told %q", got)
		}
	})
}

func TestEachMemberMayUseItsServicesAlone(t *testing.T) {
	kinds := []exchange.Kind{exchange.Upper, exchange.Lower, exchange.Department}
	for _, offer := range exchange.Offers() {
		for _, kind := range kinds {
			for _, granted := range []bool{false, true} {
				way := offer.Ways[kind]
				if granted && (way == "" || offer.Always) {
					continue // can't be granted, which TestMembersAreChecked holds
				}
				t.Run(string(kind)+" "+offer.Code+map[bool]string{false: " not granted", true: " granted"}[granted], func(t *testing.T) {
					w := &world{now: start, cases: map[string]exchange.Handover{}, steps: map[string][]exchange.Step{}}
					city := open(t, sqldbtest.File(t), w, newLine())
					s := &system{t: t, city: city, signer: newSigner(t, 7)}
					m := exchange.Member{
						Code: "medicare-system", Name: "外部系统", Kind: kind, KnownAs: "city", Address: "https://other.example", PublicKey: s.signer.Public(), Region: "330102",
						Organisation: "medicare", Account: "yibao",
					}
					if granted {
						city.add(m, offer.Code)
					} else {
						city.add(m)
					}
					r := s.say(offer.Code, struct{}{})
					may := offer.Always || granted && way == exchange.In
					if closed := r.Code == "exchange.service"; closed == may {
						t.Errorf("it is answered with %+v, may: %t", r, may)
					}
				})
			}
		}
	}
}

func TestTheLedgerShowsWhatWasChanged(t *testing.T) {
	for name, statement := range map[string]string{
		"an entry changed":   `UPDATE exchange_ledger SET member = 'somebody' WHERE seq = 1`,
		"an entry taken out": `DELETE FROM exchange_ledger WHERE seq = 1`,
		"the end cut off":    `DELETE FROM exchange_ledger WHERE seq = (SELECT MAX(seq) FROM exchange_ledger)`,
	} {
		t.Run(name, func(t *testing.T) {
			city, s := department(t, sqldbtest.File(t))
			s.say(exchange.ServiceCheck, struct{}{})
			s.say(exchange.ServiceCheck, struct{}{})
			if err := city.store.Write(t.Context(), "test", func(tx *store.Tx) error {
				_, err := tx.ExecContext(t.Context(), statement)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if _, err := city.VerifyLedger(t.Context()); !errors.Is(err, exchange.ErrBroken) {
				t.Errorf("nobody notices: %v", err)
			}
		})
	}
}

func FuzzParseEnvelope(f *testing.F) {
	signer := newSigner(f, 7)
	e := exchange.Envelope{ID: "message-0001", From: "aa", To: "bb", Service: "case.step", Subject: "c1", Seq: 1, At: "2026-11-23T09:00:00.000+08:00", Body: `{"case":"c1"}`}
	if err := e.Sign(signer); err != nil {
		f.Fatal(err)
	}
	good, err := json.Marshal(e)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"id":"message-0001","from":"aa","to":"bb","service":"receipt","at":"2026-11-23T09:00:00.000Z","re":"message-0002","body":"{}"}`))
	f.Add([]byte(strings.Replace(string(good), `"at"`, `"AT"`, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := exchange.ParseEnvelope(data)
		if err != nil {
			return
		}
		// No field may lend characters to the next: the text says which is which.
		lines := strings.Split(string(e.Text()), "\n")
		if len(lines) != 10 || lines[1] != e.ID || lines[2] != e.From || lines[3] != e.To || lines[4] != e.Service || lines[5] != e.Subject ||
			lines[7] != e.At || lines[8] != e.Re || lines[9] != gm.Digest([]byte(e.Body)) {
			t.Errorf("the text of %+v is %q", e, lines)
		}
		again, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := exchange.ParseEnvelope(again); err != nil || back != e {
			t.Errorf("written and read again it is %+v, %v", back, err)
		}
		if e.Verify(signer.Public()) == nil && string(e.Text()) != string(mustParse(t, good).Text()) {
			t.Errorf("a forged message is believed: %+v", e)
		}
	})
}

func mustParse(t testing.TB, data []byte) *exchange.Envelope {
	t.Helper()
	e, err := exchange.ParseEnvelope(data)
	if err != nil {
		t.Fatal(err)
	}
	return &e
}
