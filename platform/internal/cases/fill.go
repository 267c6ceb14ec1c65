package cases

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// Stale is what somebody gets whose values are older than the case's: both, so
// that nothing is lost.
type Stale struct {
	Edition int64          `json:"edition"`
	Theirs  map[string]any `json:"theirs"`
	Yours   map[string]any `json:"yours"`
}

// Error implements error.
func (e *Stale) Error() string { return ErrStale.Error() }

// Unwrap makes it a fault.
func (e *Stale) Unwrap() error { return ErrStale }

// Fill stores what the applicant filled in, if nobody changed it since the
// edition that she began with; otherwise the error is a *Stale. The same values
// again change nothing.
func (s *Service) Fill(ctx context.Context, id string, values map[string]any, edition int64) (c Case, err error) {
	if err := checkValues(values); err != nil {
		return c, err
	}
	err = s.change(ctx, "fill in a case", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if err := s.editable(ctx, owned); err != nil {
			return err
		}
		if access.From(ctx).Kind == access.Staff && owned.Mode != Window {
			return ErrState.With("网上申请的表单由申请人填写；有误的，请一次性告知补正")
		}
		switch {
		case reflect.DeepEqual(values, owned.Dossier.Values):
			return nil
		case edition != owned.Edition:
			return &Stale{owned.Edition, owned.Dossier.Values, values}
		}
		owned.Dossier.Values = values
		return s.edited(ctx, tx, owned)
	})
	return c, err
}

// edited notes a change of a draft or a supplement.
func (s *Service) edited(ctx context.Context, tx *store.Tx, c *Case) error {
	c.Edition++
	if c.State == Draft {
		c.wake, c.Dossier.Warned = tx.Now.Add(draftWarn), false
	}
	return s.save(ctx, tx, c)
}

// checkValues refuses what no form holds, before it is stored.
func checkValues(values map[string]any) error {
	text, err := json.Marshal(values)
	if err != nil {
		return ErrInput.Because(err)
	}
	if len(text) > maxValues {
		return ErrInput.Wrong("values", "填写的内容过长")
	}
	if deep(values, maxDepth) {
		return ErrInput.Wrong("values", "填写的内容层次过多")
	}
	return nil
}

// deep tells whether v nests more than n levels, or holds a NUL, which
// PostgreSQL doesn't store.
func deep(v any, n int) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if n == 0 || strings.ContainsRune(name, 0) || deep(inner, n-1) {
				return true
			}
		}
	case []any:
		return n == 0 || slices.ContainsFunc(v, func(inner any) bool { return deep(inner, n-1) })
	case string:
		return strings.ContainsRune(v, 0)
	}
	return false
}
