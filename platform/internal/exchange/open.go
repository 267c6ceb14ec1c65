package exchange

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Key is what a third party shows at the open API.
type Key struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Contact string    `json:"contact"`
	PerDay  int64     `json:"perDay" doc:"How many requests a day it is good for"`
	Active  bool      `json:"active"`
	Created time.Time `json:"created"`
	// Today is how many requests it has made today.
	Today int64 `json:"today"`
}

// OpenItem is an item as third parties see it.
type OpenItem struct {
	ID           string `json:"id"`
	Code         string `json:"code"`
	Name         string `json:"name"`
	Organisation string `json:"organisation"`
	Region       string `json:"region"`
	Online       bool   `json:"online"`
	Guide        string `json:"guide" doc:"The guide's address"`
}

// OpenHall is a hall as third parties see it.
type OpenHall struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Address string `json:"address"`
	Hours   string `json:"hours,omitempty"`
	// Waiting is how many people wait there now; absent: not known.
	Waiting *int `json:"waiting,omitempty"`
}

// Catalog is what the open API tells.
type Catalog interface {
	// Items are published items by what people call them, "" for all, and how many
	// there are.
	Items(ctx context.Context, text string, page, size int) (list []OpenItem, total int, err error)
	Halls(ctx context.Context) ([]OpenHall, error)
}

// Bounds of keys.
const (
	maxPerDay = 1_000_000
	maxKeys   = 200
)

func checkKey(k *Key) error {
	k.Name, k.Contact = strings.TrimSpace(k.Name), strings.TrimSpace(k.Contact)
	wrong := ErrInput
	if n := utf8.RuneCountInString(k.Name); n < 2 || n > maxName {
		wrong = wrong.Wrong("name", "请填写使用单位，2 至 60 个字")
	}
	if n := utf8.RuneCountInString(k.Contact); n < 2 || n > maxName {
		wrong = wrong.Wrong("contact", "请填写联系人和电话，2 至 60 个字")
	}
	if k.PerDay < 1 || k.PerDay > maxPerDay {
		wrong = wrong.Wrong("perDay", "每日次数须为 1 至 1000000")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// AddKey makes a key and returns its secret, which nobody can see again.
func (s *Service) AddKey(ctx context.Context, k Key) (Key, string, error) {
	if err := checkKey(&k); err != nil {
		return k, "", err
	}
	k.ID, k.Active = store.NewID(), true
	secret := "sh-" + strings.ToLower(rand.Text())
	err := s.Store.Write(ctx, "make an open key", func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM exchange_key`).Scan(&n); err != nil {
			return err
		}
		if n >= maxKeys {
			return ErrInput.With("接口密钥过多，请先停用不用的")
		}
		k.Created = tx.Now
		_, err := tx.ExecContext(ctx, `INSERT INTO exchange_key (id, name, contact, hash, per_day, active, created) VALUES ($1, $2, $3, $4, $5, 1, $6)`,
			k.ID, k.Name, k.Contact, s.tokens.Key(hashKey, secret), k.PerDay, store.Millis(tx.Now))
		if err != nil {
			return fmt.Errorf("store an open key: %w", err)
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "exchange.add-key", Object: k.ID, Detail: fmt.Sprint(k.PerDay)})
	})
	return k, secret, err
}

// ChangeKey changes a key's holder, quota and whether it is good.
func (s *Service) ChangeKey(ctx context.Context, k Key) error {
	if err := checkKey(&k); err != nil {
		return err
	}
	return s.Store.Write(ctx, "change an open key", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE exchange_key SET name = $1, contact = $2, per_day = $3, active = $4 WHERE id = $5`,
			k.Name, k.Contact, k.PerDay, store.Bool(k.Active), k.ID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return ErrUnknown.With("没有这个接口密钥").Because(err)
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "exchange.change-key", Object: k.ID, Detail: fmt.Sprintf("%d active %t", k.PerDay, k.Active)})
	})
}

// KeyList are all keys with what they used today.
func (s *Service) KeyList(ctx context.Context) ([]Key, error) {
	list := []Key{}
	err := each(ctx, s.Store.Read(), `SELECT k.id, k.name, k.contact, k.per_day, k.active, k.created, COALESCE(d.n, 0)
		FROM exchange_key k LEFT JOIN exchange_key_day d ON d.key = k.id AND d.day = $1 ORDER BY k.name, k.id`, func(row scanner) error {
		var k Key
		var active, created int64
		err := row.Scan(&k.ID, &k.Name, &k.Contact, &k.PerDay, &active, &created, &k.Today)
		k.Active, k.Created = active == 1, store.Time(created)
		list = append(list, k)
		return err
	}, s.dayOf(s.Store.Now()))
	if err != nil {
		return nil, fmt.Errorf("list open keys: %w", err)
	}
	return list, nil
}

// use counts a request of a key: ErrKey if it isn't one, ErrQuota if its day is
// used up.
func (s *Service) use(ctx context.Context, secret string) error {
	if len(secret) < 10 || len(secret) > 60 {
		return ErrKey
	}
	return s.Store.Write(ctx, "count an open request", func(tx *store.Tx) error {
		var id string
		var most int64
		err := tx.QueryRowContext(ctx, `SELECT id, per_day FROM exchange_key WHERE hash = $1 AND active = 1`, s.tokens.Key(hashKey, secret)).Scan(&id, &most)
		if store.IsNone(err) {
			return ErrKey
		}
		if err != nil {
			return fmt.Errorf("look an open key up: %w", err)
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO exchange_key_day (key, day, n) VALUES ($1, $2, 1)
			ON CONFLICT (key, day) DO UPDATE SET n = exchange_key_day.n + 1 WHERE exchange_key_day.n < $3`, id, s.dayOf(tx.Now), most)
		if err != nil {
			return fmt.Errorf("count an open request: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return ErrQuota.Because(err)
		}
		return nil
	})
}
