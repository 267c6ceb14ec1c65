package message

import (
	"context"
	"encoding/json"
	"fmt"

	"smarthall/platform/internal/store"
)

// Where texts come from.
const (
	originProduct = "product"
	originStaff   = "staff"
)

// States of a template's version.
const (
	textDraft     = "draft"
	textReview    = "review" // waits for somebody else than its author
	textPublished = "published"
	textReplaced  = "replaced"
	textDropped   = "dropped"
)

// takeProductTexts publishes the texts that came with the program, unless the
// city has texts of its own in their place.
func (s *Service) takeProductTexts(ctx context.Context) error {
	all, err := readProductTexts()
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "take the product's message texts in", func(tx *store.Tx) error {
		for i := range all {
			if err := s.takeProductText(ctx, tx, all[i]); err != nil {
				return fmt.Errorf("text %s: %w", all[i].Key, err)
			}
		}
		return nil
	})
}

func (s *Service) takeProductText(ctx context.Context, tx *store.Tx, t Template) error {
	content, err := json.Marshal(t)
	if err != nil {
		return err
	}
	var before, origin string
	err = tx.QueryRowContext(ctx, `SELECT content, origin FROM message_template WHERE key = $1 AND state = $2`, t.Key, textPublished).Scan(&before, &origin)
	if err != nil && !store.IsNone(err) {
		return err
	}
	if origin == originStaff || before == string(content) {
		return nil
	}
	version, err := nextVersion(ctx, tx, t.Key)
	if err != nil {
		return err
	}
	if err := addVersion(ctx, tx, t.Key, version, textDraft, string(content), originProduct, ""); err != nil {
		return err
	}
	return publish(ctx, tx, t.Key, version, "")
}

// nextVersion is the number of the version that comes next.
func nextVersion(ctx context.Context, tx *store.Tx, key string) (version int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM message_template WHERE key = $1`, key).Scan(&version)
	return version, err
}

func addVersion(ctx context.Context, tx *store.Tx, key string, version int, state, content, origin, author string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO message_template (key, version, state, content, origin, author, reviewer, created, published)
		VALUES ($1, $2, $3, $4, $5, $6, '', $7, 0)`, key, version, state, content, origin, author, store.Millis(tx.Now))
	return err
}

// publish makes a version the one that is sent.
func publish(ctx context.Context, tx *store.Tx, key string, version int, reviewer string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE message_template SET state = $1 WHERE key = $2 AND state = $3`, textReplaced, key, textPublished); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE message_template SET state = $1, reviewer = $2, published = $3 WHERE key = $4 AND version = $5`,
		textPublished, reviewer, store.Millis(tx.Now), key, version)
	return err
}
