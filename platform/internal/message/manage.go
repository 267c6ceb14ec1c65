package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/internal/sqldb"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Version is a template's version with its history.
type Version struct {
	Template
	State     string    `json:"state" doc:"draft, review, published, replaced, dropped"`
	Origin    string    `json:"origin" doc:"product, staff"`
	Author    string    `json:"author,omitempty"`
	Reviewer  string    `json:"reviewer,omitempty"`
	Created   time.Time `json:"created"`
	Published time.Time `json:"published,omitzero"`
}

const selectVersion = `SELECT key, version, state, content, origin, author, reviewer, created, published FROM message_template`

func scanVersion(from interface{ Scan(...any) error }) (v Version, err error) {
	var key, content string
	var version int
	var created, published int64
	if err := from.Scan(&key, &version, &v.State, &content, &v.Origin, &v.Author, &v.Reviewer, &created, &published); err != nil {
		return v, err
	}
	if err := json.Unmarshal([]byte(content), &v.Template); err != nil {
		return v, fmt.Errorf("template %s version %d: %w", key, version, err)
	}
	v.Key, v.Version, v.Created, v.Published = key, version, store.Time(created), store.Time(published)
	return v, nil
}

func (s *Service) versions(ctx context.Context, where string, args ...any) ([]Version, error) {
	rows, err := s.Store.Read().QueryContext(ctx, selectVersion+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	defer rows.Close()
	list := []Version{}
	for rows.Next() {
		v, err := scanVersion(rows)
		if err != nil {
			return nil, fmt.Errorf("read templates: %w", err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// Templates are the versions that are sent now and those that are being
// written.
func (s *Service) Templates(ctx context.Context) ([]Version, error) {
	return s.versions(ctx, ` WHERE state IN ('published', 'review', 'draft') ORDER BY key, version`)
}

// History is all versions of a template, the newest first, or ErrTemplate.
func (s *Service) History(ctx context.Context, key string) ([]Version, error) {
	list, err := s.versions(ctx, ` WHERE key = $1 ORDER BY version DESC`, key)
	if err == nil && len(list) == 0 {
		err = ErrTemplate
	}
	return list, err
}

// Draft writes the next version of a template, or a new one; the author's open
// draft is written over. It is sent once somebody else has published it.
func (s *Service) Draft(ctx context.Context, t Template) (Version, error) {
	t.normalise()
	t.Version = 0 // the row says it
	if err := t.check(); err != nil {
		return Version{}, err
	}
	content, err := json.Marshal(t)
	if err != nil {
		return Version{}, err
	}
	author := access.From(ctx).ID
	var version int
	err = s.Store.Write(ctx, "write a message template", func(tx *store.Tx) error {
		var state, by string
		err := tx.QueryRowContext(ctx, `SELECT version, state, author FROM message_template WHERE key = $1 AND state IN ('draft', 'review')`, t.Key).Scan(&version, &state, &by)
		switch {
		case store.IsNone(err):
			if err := s.sameVars(ctx, tx, t); err != nil {
				return err
			}
			if version, err = nextVersion(ctx, tx, t.Key); err != nil {
				return err
			}
			err = addVersion(ctx, tx, t.Key, version, textDraft, string(content), originStaff, author)
		case err != nil:
			return err
		case state != textDraft || by != author:
			return ErrVersion.With("该模板已有他人编写或待审核的版本")
		default:
			if err := s.sameVars(ctx, tx, t); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `UPDATE message_template SET content = $1 WHERE key = $2 AND version = $3`, string(content), t.Key, version)
		}
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "message.draft-template", Object: t.Key, Detail: fmt.Sprint(version)})
	})
	if sqldb.IsDuplicate(err) {
		return Version{}, ErrVersion
	}
	if err != nil {
		return Version{}, err
	}
	return s.version(ctx, t.Key, version)
}

// sameVars keeps a new version of a template of ours from asking for what the
// program doesn't say, or it would fail whoever sends it.
func (s *Service) sameVars(ctx context.Context, tx *store.Tx, t Template) error {
	before, err := s.current(ctx, tx, t.Key)
	if err != nil {
		if errors.Is(err, ErrTemplate) {
			return ErrTemplate.With("只能修改已有模板")
		}
		return err
	}
	known := map[string]bool{}
	for _, v := range before.Vars {
		known[v.Name] = v.Optional
	}
	for _, v := range t.Vars {
		wasOptional, ok := known[v.Name]
		if !ok || (wasOptional && !v.Optional) {
			return ErrText.Wrong("vars", "系统不提供变量“"+v.Name+"”，或它可能为空")
		}
	}
	return nil
}

func (s *Service) version(ctx context.Context, key string, version int) (Version, error) {
	list, err := s.versions(ctx, ` WHERE key = $1 AND version = $2`, key, version)
	if err != nil {
		return Version{}, err
	}
	if len(list) == 0 {
		return Version{}, ErrTemplate
	}
	return list[0], nil
}

// Submit hands a draft to whoever publishes it.
func (s *Service) Submit(ctx context.Context, key string, version int) (Version, error) {
	return s.move(ctx, key, version, "message.submit-template", func(tx *store.Tx, v Version) error {
		if v.State != textDraft || v.Author != access.From(ctx).ID {
			return ErrVersion
		}
		return setVersion(ctx, tx, key, version, textReview)
	})
}

// Publish makes a version that was handed in the one that is sent. Its author
// can't.
func (s *Service) Publish(ctx context.Context, key string, version int) (Version, error) {
	return s.move(ctx, key, version, "message.publish-template", func(tx *store.Tx, v Version) error {
		if v.State != textReview {
			return ErrVersion
		}
		if v.Author == access.From(ctx).ID {
			return ErrSameAuthor
		}
		return publish(ctx, tx, key, version, access.From(ctx).ID)
	})
}

// Drop takes a version back that isn't published yet.
func (s *Service) Drop(ctx context.Context, key string, version int) (Version, error) {
	return s.move(ctx, key, version, "message.drop-template", func(tx *store.Tx, v Version) error {
		if v.State != textDraft && v.State != textReview {
			return ErrVersion
		}
		return setVersion(ctx, tx, key, version, textDropped)
	})
}

func setVersion(ctx context.Context, tx *store.Tx, key string, version int, state string) error {
	_, err := tx.ExecContext(ctx, `UPDATE message_template SET state = $1 WHERE key = $2 AND version = $3`, state, key, version)
	return err
}

// move takes a version to another state, with an entry in the log.
func (s *Service) move(ctx context.Context, key string, version int, action string, step func(tx *store.Tx, v Version) error) (Version, error) {
	err := s.Store.Write(ctx, "change a message template", func(tx *store.Tx) error {
		// The update makes another one wait until this is through.
		v, err := scanVersion(tx.QueryRowContext(ctx, `UPDATE message_template SET version = version WHERE key = $1 AND version = $2
			RETURNING key, version, state, content, origin, author, reviewer, created, published`, key, version))
		if store.IsNone(err) {
			return ErrTemplate
		}
		if err != nil {
			return err
		}
		if err := step(tx, v); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: key, Detail: fmt.Sprint(version)})
	})
	if err != nil {
		return Version{}, err
	}
	return s.version(ctx, key, version)
}

// Preview is what the channels say with the examples.
type Preview struct {
	Channel Channel `json:"channel"`
	Title   string  `json:"title,omitempty"`
	Text    string  `json:"text"`
	// Parts is by how many SMS it goes, which is what it costs.
	Parts int `json:"parts,omitempty"`
}

// Preview shows a text with its examples, or says with ErrText what is wrong
// with it.
func (s *Service) Preview(t Template) ([]Preview, error) {
	t.normalise()
	if err := t.check(); err != nil {
		return nil, err
	}
	list := []Preview{}
	for _, c := range []Channel{SMS, WeChat, Email, Inbox} {
		text := t.fill(c, t.examples())
		if text.Text == "" {
			continue
		}
		p := Preview{Channel: c, Title: text.Title, Text: text.Text}
		if c == SMS {
			p.Text = "【" + s.Settings.Signature + "】" + p.Text
			p.Parts = smsParts(p.Text)
		}
		list = append(list, p)
	}
	return list, nil
}

// Lengths of SMS in UCS-2 (3GPP TS 23.038, 23.040).
const (
	smsOne  = 70
	smsPart = 67
)

// smsParts is by how many SMS a text goes.
func smsParts(text string) int {
	n := len([]rune(text))
	if n <= smsOne {
		return 1
	}
	return (n + smsPart - 1) / smsPart
}
