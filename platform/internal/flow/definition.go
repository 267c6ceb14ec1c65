package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// VersionState is where a version of a definition stands.
type VersionState string

// The states.
const (
	Draft     VersionState = "draft"
	Proposed  VersionState = "proposed" // waits for the managing body
	Published VersionState = "published"
	Replaced  VersionState = "replaced"
)

// Version is one version of a definition.
type Version struct {
	Definition string       `json:"definition"`
	Version    int          `json:"version"`
	State      VersionState `json:"state" enum:"draft,proposed,published,replaced"`
	Edition    int64        `json:"edition"`
	Author     string       `json:"author,omitempty"`
	Note       string       `json:"note,omitempty"`
	Reviewer   string       `json:"reviewer,omitempty"`
	Changed    time.Time    `json:"changed"`
	Published  time.Time    `json:"published,omitzero"`

	body string
}

// Kept is a definition as lists show it.
type Kept struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Organisation string    `json:"organisation,omitempty" doc:"Empty: a template of the platform"`
	Region       string    `json:"region,omitempty"`
	Published    int       `json:"published" doc:"Version that new cases run by; 0: none, also of one that was withdrawn"`
	Open         int       `json:"open" doc:"Version that is being written; 0: none"`
	OpenState    string    `json:"openState,omitempty"`
	Items        []string  `json:"items,omitempty" doc:"Items whose cases run by it"`
	Changed      time.Time `json:"changed"`
	// Editable and Publishable are for the caller.
	Editable     bool `json:"editable"`
	Publishable  bool `json:"publishable"`
	Withdrawable bool `json:"withdrawable"`
}

const versionColumns = `definition, version, state, body, edition, author, note, reviewer, changed, published`

func scanVersion(row interface{ Scan(...any) error }) (v Version, err error) {
	var changed, published int64
	err = row.Scan(&v.Definition, &v.Version, &v.State, &v.body, &v.Edition, &v.Author, &v.Note, &v.Reviewer, &changed, &published)
	v.Changed, v.Published = store.Time(changed), store.Time(published)
	return v, err
}

// version reads one version, or ErrDefinition.
func (s *Service) version(ctx context.Context, q store.Querier, id string, n int) (Version, error) {
	v, err := scanVersion(q.QueryRowContext(ctx, `SELECT `+versionColumns+` FROM flow_version WHERE definition = $1 AND version = $2`, id, n))
	if store.IsNone(err) {
		return v, ErrDefinition
	}
	if err != nil {
		return v, fmt.Errorf("read a flow's version: %w", err)
	}
	return v, nil
}

// definition is a version's.
func (v Version) definition() (*engine.Definition, error) {
	def := &engine.Definition{}
	if err := json.Unmarshal([]byte(v.body), def); err != nil {
		return nil, fmt.Errorf("read flow %s version %d: %w", v.Definition, v.Version, err)
	}
	return def, nil
}

// published is a version that was published. It is never changed.
func (s *Service) published(ctx context.Context, q store.Querier, id string, n int) (*engine.Definition, error) {
	key := version{id, n}
	s.mu.Lock()
	def := s.defs[key]
	s.mu.Unlock()
	if def != nil {
		return def, nil
	}
	v, err := s.version(ctx, q, id, n)
	if err != nil {
		return nil, err
	}
	if v.State != Published && v.State != Replaced {
		return nil, ErrState
	}
	if def, err = v.definition(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.defs) >= maxCached {
		clear(s.defs)
	}
	s.defs[key] = def
	return def, nil
}

// maxCached bounds the definitions in memory.
const maxCached = 500

// definitionFor is what a new case runs by.
func (s *Service) definitionFor(ctx context.Context, tx *store.Tx, b Start) (*engine.Definition, error) {
	id := b.Definition
	if id == "" {
		err := tx.QueryRowContext(ctx, `SELECT definition FROM flow_binding WHERE item = $1`, b.Item).Scan(&id)
		if store.IsNone(err) {
			id, err = DefaultTemplate, nil
		}
		if err != nil {
			return nil, fmt.Errorf("find the flow of an item: %w", err)
		}
	}
	var n int
	err := tx.QueryRowContext(ctx, `SELECT published FROM flow_definition WHERE id = $1`, id).Scan(&n)
	if store.IsNone(err) || err == nil && n == 0 {
		return nil, ErrDefinition
	}
	if err != nil {
		return nil, fmt.Errorf("find a flow: %w", err)
	}
	return s.published(ctx, tx, id, n)
}

// replace makes a version the one that new cases run by.
func (s *Service) replace(ctx context.Context, tx *store.Tx, id string, n int) error {
	if _, err := tx.ExecContext(ctx, `UPDATE flow_version SET state = 'replaced' WHERE definition = $1 AND state = 'published' AND version <> $2`, id, n); err != nil {
		return fmt.Errorf("replace a flow's version: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE flow_definition SET published = $1, open = CASE WHEN open = $1 THEN 0 ELSE open END, changed = $2 WHERE id = $3`,
		n, store.Millis(tx.Now), id); err != nil {
		return fmt.Errorf("replace a flow's version: %w", err)
	}
	return nil
}

// Check tells all that is wrong with a definition for an item (or none).
func (s *Service) Check(ctx context.Context, def *engine.Definition, item string) ([]engine.Finding, error) {
	bodies, err := s.organisations(ctx)
	if err != nil {
		return nil, err
	}
	around := engine.Surroundings{Org: func(id string) bool { _, ok := bodies[id]; return ok }}
	for _, r := range access.Roles() {
		around.Roles = append(around.Roles, string(r))
	}
	if item != "" && s.Items != nil {
		_, promised, ok, err := s.Items.Promised(ctx, item)
		if err != nil {
			return nil, err
		}
		if ok && promised.Unit == limit.WorkingDays {
			around.Promised = promised.Days
		}
	}
	list := engine.Check(def, around)
	if n := len([]rune(strings.TrimSpace(def.Name))); n == 0 || n > 100 {
		list = append(list, engine.Finding{Severe: true, Text: "流程须有名称，最多 100 个字"})
	}
	return append([]engine.Finding{}, list...), nil
}

// mayEdit tells whether a caller may write an organisation's definitions.
func (s *Service) mayEdit(c access.Caller, organisation, region string) bool {
	return organisation != "" && c.Has(access.RoleItemEditor) && c.Covers(region) && (c.Org == organisation || slices.Contains(s.Managers, c.Org))
}

// mayPublish tells whether a caller publishes for the managing body.
func (s *Service) mayPublish(c access.Caller, region string) bool {
	return c.Has(access.RoleItemReviewer) && c.Covers(region) && slices.Contains(s.Managers, c.Org)
}

// Save writes a draft: of a new definition, or the next version of one. edition
// is the draft's as it was seen, 0 if there was none.
func (s *Service) Save(ctx context.Context, def engine.Definition, edition int64) (Version, error) {
	caller := access.From(ctx)
	if def.Name = strings.TrimSpace(def.Name); def.Name == "" || len([]rune(def.Name)) > 100 {
		return Version{}, ErrInput.Wrong("name", "流程须有名称，最多 100 个字")
	}
	def = engine.Placed(def)
	var saved Version
	err := s.Store.Write(ctx, "save a flow", func(tx *store.Tx) error {
		if def.ID == "" {
			def.ID = strings.ToLower(store.NewID())
			if !s.mayEdit(caller, caller.Org, caller.Region) {
				return ErrRegion
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO flow_definition (id, name, organisation, region, published, open, changed) VALUES ($1, $2, $3, $4, 0, 0, $5)`,
				def.ID, def.Name, caller.Org, caller.Region, store.Millis(tx.Now)); err != nil {
				return err
			}
		}
		k, err := s.lockDefinition(ctx, tx, def.ID)
		if err != nil {
			return err
		}
		if !s.mayEdit(caller, k.Organisation, k.Region) {
			return ErrRegion
		}
		if def.Version = k.Open; k.Open == 0 {
			if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) + 1 FROM flow_version WHERE definition = $1`, def.ID).Scan(&def.Version); err != nil {
				return err
			}
		}
		body, err := json.Marshal(def)
		if err != nil {
			return err
		}
		if saved, err = s.saveVersion(ctx, tx, k, def.Version, string(body), edition); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE flow_definition SET open = $1, name = CASE WHEN published = 0 THEN $2 ELSE name END, changed = $3 WHERE id = $4`,
			def.Version, def.Name, store.Millis(tx.Now), def.ID); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "flow.save", Object: def.ID, Detail: fmt.Sprintf("version %d edition %d", def.Version, saved.Edition)})
	})
	return saved, err
}

// saveVersion writes the open version, or begins it.
func (s *Service) saveVersion(ctx context.Context, tx *store.Tx, k Kept, n int, body string, edition int64) (Version, error) {
	author := access.From(ctx).ID
	if k.Open == 0 {
		if edition != 0 {
			return Version{}, ErrStale
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO flow_version (`+versionColumns+`) VALUES ($1, $2, 'draft', $3, 1, $4, '', '', $5, 0)`,
			k.ID, n, body, author, store.Millis(tx.Now))
		if err != nil {
			return Version{}, err
		}
		return s.version(ctx, tx, k.ID, n)
	}
	v, err := s.version(ctx, tx, k.ID, n)
	switch {
	case err != nil:
		return v, err
	case v.State != Draft:
		return v, ErrState
	case v.Edition != edition:
		return v, ErrStale
	}
	if _, err := tx.ExecContext(ctx, `UPDATE flow_version SET body = $1, edition = edition + 1, author = $2, changed = $3 WHERE definition = $4 AND version = $5`,
		body, author, store.Millis(tx.Now), k.ID, n); err != nil {
		return v, err
	}
	return s.version(ctx, tx, k.ID, n)
}

// lockDefinition reads a definition and keeps others from changing it.
func (s *Service) lockDefinition(ctx context.Context, tx *store.Tx, id string) (k Kept, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE flow_definition SET name = name WHERE id = $1 RETURNING id, name, organisation, region, published, open`, id).
		Scan(&k.ID, &k.Name, &k.Organisation, &k.Region, &k.Published, &k.Open)
	if store.IsNone(err) {
		return k, ErrDefinition
	}
	if err != nil {
		return k, fmt.Errorf("read a flow: %w", err)
	}
	return k, nil
}

// openVersion is the version that is being written, for a change of its state.
func (s *Service) openVersion(ctx context.Context, tx *store.Tx, id string, edition int64) (Kept, Version, error) {
	k, err := s.lockDefinition(ctx, tx, id)
	if err != nil {
		return k, Version{}, err
	}
	if k.Open == 0 {
		return k, Version{}, ErrState
	}
	v, err := s.version(ctx, tx, id, k.Open)
	if err == nil && v.Edition != edition {
		err = ErrStale
	}
	return k, v, err
}

// Propose asks the managing body to publish the draft (DYN-01). Findings that
// are severe keep it back.
func (s *Service) Propose(ctx context.Context, id string, edition int64, note string) error {
	caller := access.From(ctx)
	return s.Store.Write(ctx, "propose a flow", func(tx *store.Tx) error {
		k, v, err := s.openVersion(ctx, tx, id, edition)
		if err != nil {
			return err
		}
		if !s.mayEdit(caller, k.Organisation, k.Region) {
			return ErrRegion
		}
		if v.State != Draft {
			return ErrState
		}
		if err := s.faultless(ctx, v); err != nil {
			return err
		}
		if err := s.setVersion(ctx, tx, v, Proposed, note, ""); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "flow.propose", Object: id, Detail: fmt.Sprintf("version %d", v.Version)})
	})
}

// faultless refuses a version with severe findings; they are the fault's fields.
func (s *Service) faultless(ctx context.Context, v Version) error {
	def, err := v.definition()
	if err != nil {
		return err
	}
	list, err := s.Check(ctx, def, "")
	if err != nil {
		return err
	}
	if !engine.Severe(list) {
		return nil
	}
	refusal := ErrFindings
	for _, f := range list {
		if f.Severe {
			refusal = refusal.Wrong("elements."+f.Element, f.Text)
		}
	}
	return refusal
}

func (s *Service) setVersion(ctx context.Context, tx *store.Tx, v Version, to VersionState, note, reviewer string) error {
	published := int64(0)
	if to == Published {
		published = store.Millis(tx.Now)
	}
	_, err := tx.ExecContext(ctx, `UPDATE flow_version SET state = $1, note = $2, reviewer = $3, changed = $4, published = $5, edition = edition + 1
		WHERE definition = $6 AND version = $7`, string(to), clip(note), reviewer, store.Millis(tx.Now), published, v.Definition, v.Version)
	if err != nil {
		return fmt.Errorf("change a flow's version: %w", err)
	}
	return nil
}

// Publish lets new cases run by the proposed version, or sends it back with a
// comment. Who wrote it doesn't.
func (s *Service) Publish(ctx context.Context, id string, edition int64, pass bool, comment string) error {
	caller := access.From(ctx)
	if !pass && strings.TrimSpace(comment) == "" {
		return ErrInput.Wrong("comment", "请写明退回的意见")
	}
	return s.Store.Write(ctx, "publish a flow", func(tx *store.Tx) error {
		k, v, err := s.openVersion(ctx, tx, id, edition)
		if err != nil {
			return err
		}
		if !s.mayPublish(caller, k.Region) || v.Author == caller.ID {
			return ErrPublisher
		}
		if v.State != Proposed {
			return ErrState
		}
		if !pass {
			if err := s.setVersion(ctx, tx, v, Draft, comment, caller.ID); err != nil {
				return err
			}
			return s.Audit.Add(ctx, tx, audit.Entry{Action: "flow.decline", Object: id, Detail: fmt.Sprintf("version %d", v.Version)})
		}
		if err := s.faultless(ctx, v); err != nil { // an organisation may be gone since
			return err
		}
		if err := s.setVersion(ctx, tx, v, Published, comment, caller.ID); err != nil {
			return err
		}
		def, err := v.definition()
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE flow_definition SET name = $1 WHERE id = $2`, def.Name, id); err != nil {
			return err
		}
		if err := s.replace(ctx, tx, id, v.Version); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "flow.publish", Object: id, Detail: fmt.Sprintf("version %d", v.Version)})
	})
}
