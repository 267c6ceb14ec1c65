package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// entered is a legal person as it is registered.
type entered struct {
	id, name, speaker string
	// sealed and key are the name and the number of a representative without an
	// account, as far as they are known.
	sealed, key string
	state       State
	created     int64
}

// enterLegal stores what was registered at a window, all or nothing.
func (s *Service) enterLegal(ctx context.Context, tx *store.Tx, v *visit) error {
	var e entered
	err := tx.QueryRowContext(ctx, `SELECT id, name, COALESCE(representative, ''), representative_name, representative_key, state, created
		FROM legal_person WHERE code = $1`, v.Code).Scan(&e.id, &e.name, &e.speaker, &e.sealed, &e.key, &e.state, &e.created)
	known := !store.IsNone(err)
	if err != nil && known {
		return err
	}
	v.Legal = LegalPerson{ID: e.id, Name: v.Name, Code: v.Code, Representative: v.speaker(), State: Active, Created: store.Time(e.created)}
	if known {
		if err := s.mayEnter(v, e); err != nil {
			return err
		}
		err = s.changeLegal(ctx, tx, v, e)
	} else {
		err = s.addLegal(ctx, tx, v)
	}
	if err != nil {
		return err
	}
	if v.Role == Handler {
		if err := s.letAgent(ctx, tx, v); err != nil {
			return err
		}
	}
	return s.noteVisit(ctx, tx, v, known)
}

// speaker is the id of the representative's account; empty: she has none.
func (v *visit) speaker() string {
	if v.boss == nil {
		return ""
	}
	return v.boss.ID
}

// mayEnter holds what was entered to what is registered: nothing is changed
// unless a change was asked for.
func (s *Service) mayEnter(v *visit, e entered) error {
	spoken, err := s.speaks(v, e)
	same := spoken && e.name == v.Name
	switch {
	case err != nil:
		return err
	case e.state != Active:
		return ErrLegalDisabled
	case v.Change && same:
		return ErrLegalSame
	case !v.Change && !same:
		return ErrLegalDiffers
	case !v.Change && v.Role == representative && e.speaker == v.person.ID:
		return ErrLegalTaken.With("该单位已登记，法定代表人可直接登录办理")
	}
	return nil
}

// speaks tells whether the representative is the one who is registered.
func (s *Service) speaks(v *visit, e entered) (bool, error) {
	switch {
	case e.speaker != "":
		return e.speaker == v.speaker(), nil
	case e.key != "":
		return e.key == s.vault.Key(kindID, v.RepresentativeNumber), nil
	case e.sealed != "":
		name, err := s.vault.Open(kindName, e.sealed)
		if err != nil {
			return false, fmt.Errorf("read who speaks for %s: %w", e.id, err)
		}
		return name == v.Representative, nil
	}
	return true, nil // nobody was named: whom the register confirms speaks for it
}

func (s *Service) addLegal(ctx context.Context, tx *store.Tx, v *visit) error {
	if v.Change {
		return ErrLegalUnknown
	}
	v.Legal.ID, v.Legal.Created = store.NewID(), tx.Now
	_, err := tx.ExecContext(ctx, `INSERT INTO legal_person (id, state, way, name, code, representative, representative_name, representative_key, provider, created)
		VALUES ($1, $2, $3, $4, $5, NULLIF($6, ''), $7, $8, $9, $10)`,
		v.Legal.ID, string(Active), string(ByWindow), v.Name, v.Code, v.speaker(), s.vault.Seal(kindName, v.Representative),
		s.vault.Key(kindID, v.RepresentativeNumber), v.Provider, store.Millis(tx.Now))
	return err
}

// changeLegal gives a registered legal person its name and its representative.
// Who spoke for it until now can't sign in for it any more.
func (s *Service) changeLegal(ctx context.Context, tx *store.Tx, v *visit, e entered) error {
	result, err := tx.ExecContext(ctx, `UPDATE legal_person SET name = $1, representative = NULLIF($2, ''), representative_name = $3, representative_key = $4, provider = $5
		WHERE id = $6 AND name = $7 AND COALESCE(representative, '') = $8`,
		v.Name, v.speaker(), s.vault.Seal(kindName, v.Representative), s.vault.Key(kindID, v.RepresentativeNumber), v.Provider, e.id, e.name, e.speaker)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return ErrLegalDiffers // somebody else was faster
	}
	if e.speaker != "" && e.speaker != v.speaker() {
		if _, err := tx.ExecContext(ctx, `DELETE FROM legal_credential WHERE legal = $1 AND person = $2`, e.id, e.speaker); err != nil {
			return err
		}
	}
	if !v.Change {
		return nil
	}
	told := map[string]bool{"": true, v.person.ID: true} // who stands there knows
	for _, id := range []string{e.speaker, v.speaker()} {
		if told[id] {
			continue
		}
		told[id] = true
		p, err := s.Person(ctx, id)
		if err != nil {
			return err
		}
		if err := s.tell(ctx, tx, p, "identity.legal-changed", map[string]string{"legal": v.Name}); err != nil {
			return err
		}
	}
	return nil
}

// letAgent lets who stands at the window act for the legal person by a power of
// attorney, and tells the representative.
func (s *Service) letAgent(ctx context.Context, tx *store.Tx, v *visit) error {
	list, err := delegations(ctx, tx, v.Legal.ID)
	if err != nil {
		return err
	}
	if _, acts := scopeOf(list, v.person.ID, tx.Now); acts {
		if v.Change {
			return nil
		}
		return ErrLegalAgent
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO delegation (id, legal, parent, depth, grantee, role, items, valid_from, valid_until, state, created, way)
		VALUES ($1, $2, '', 1, $3, $4, '[]', $5, $6, $7, $5, $8)`,
		store.NewID(), v.Legal.ID, v.person.ID, string(Handler), store.Millis(tx.Now), store.Millis(v.Until), delegationActive, string(ByWindow)); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, v.person, "identity.delegated", map[string]string{"legal": v.Name}); err != nil || v.boss == nil {
		return err
	}
	v.Told = true
	return s.tell(ctx, tx, *v.boss, "identity.legal-agent", map[string]string{"legal": v.Name, "person": privacy.MaskName(v.person.Name)})
}

// noteVisit keeps what was seen by whom.
func (s *Service) noteVisit(ctx context.Context, tx *store.Tx, v *visit, known bool) error {
	seen, err := json.Marshal(originals[v.Role])
	if err != nil {
		return err
	}
	until := int64(0)
	if !v.Until.IsZero() {
		until = store.Millis(v.Until)
	}
	v.ID = store.NewID()
	if _, err := tx.ExecContext(ctx, `INSERT INTO legal_window (id, legal, person, role, changed, kind, name, representative_name, seen, provider, manual, until, agreement, staff, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		v.ID, v.Legal.ID, v.person.ID, string(v.Role), store.Bool(v.Change), string(v.Kind), v.Name, s.vault.Seal(kindName, v.Representative),
		string(seen), v.Provider, v.Manual, until, Agreement, registrar(ctx), store.Millis(tx.Now)); err != nil {
		return err
	}
	action := "identity.register-legal"
	switch {
	case v.Change:
		action = "identity.change-legal"
	case known && v.Role == Handler:
		action = "identity.grant"
	case known:
		action = "identity.claim-legal"
	}
	detail := []string{"at a window as " + string(v.Role) + ", seen " + strings.Join(words(originals[v.Role]), " ")}
	if v.Manual != "" {
		detail = append(detail, "by hand: "+v.Manual)
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: v.Legal.ID, Detail: strings.Join(detail, "; ")})
}

func words(list []Original) []string {
	texts := make([]string, 0, len(list))
	for _, o := range list {
		texts = append(texts, string(o))
	}
	return texts
}

// AgreementAtWindow returns what the written agreement of a registration at a
// window tells, or ErrNoLegalAtWindow. The look is audited.
func (s *Service) AgreementAtWindow(ctx context.Context, id string) (a AgreementAtWindow, err error) {
	var legal, person, sealed, seen, staff string
	var until, at int64
	err = s.Store.Read().QueryRowContext(ctx, `SELECT w.legal, l.code, w.person, w.role, w.changed, w.kind, w.name, w.representative_name, w.seen, w.provider, w.manual, w.until, w.agreement, w.staff, w.at
		FROM legal_window w JOIN legal_person l ON l.id = w.legal WHERE w.id = $1`, id).
		Scan(&legal, &a.Code, &person, &a.Role, &a.Changed, &a.Kind, &a.Name, &sealed, &seen, &a.Provider, &a.Manual, &until, &a.Version, &staff, &at)
	if store.IsNone(err) {
		return a, ErrNoLegalAtWindow
	}
	if err == nil {
		err = json.Unmarshal([]byte(seen), &a.Seen)
	}
	if err == nil {
		a.Representative, err = s.vault.Open(kindName, sealed)
	}
	if err != nil {
		return a, fmt.Errorf("read a registration at a window: %w", err)
	}
	a.ID, a.At, a.Until = id, store.Time(at), time.Time{}
	if until > 0 {
		a.Until = store.Time(until)
	}
	if a.Person, err = s.Person(ctx, person); err != nil {
		return a, err
	}
	m, err := s.Member(ctx, staff)
	if err != nil {
		return a, err
	}
	a.Staff = m.Name
	return a, s.Audit.Write(ctx, audit.Entry{Action: "identity.print-agreement", Object: legal})
}
