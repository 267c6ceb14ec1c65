package node

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"smarthall/internal/sqldb"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Hall is a hall that hangs on the platform.
type Hall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Region    string `json:"region"`
	Address   string `json:"address"`
	Telephone string `json:"telephone"`
	Hours     string `json:"hours" doc:"When it is open, in words"`
	// State is active or closed.
	State string `json:"state"`
	// Described is what the hall said of itself; zero until it did.
	Described Description `json:"described"`
	// Heard is when its last event happened.
	Heard time.Time `json:"heard,omitzero"`
}

// TypeDescribed is the event of a hall that says what it is: at its start, and
// after each change of its settings.
const TypeDescribed = "hall.described"

// Description is the body of TypeDescribed.
type Description struct {
	Zones    []Zone        `json:"zones"`
	Services []HallService `json:"services"`
	Windows  []Window      `json:"windows"`
	TimeZone string        `json:"timeZone,omitempty"`
}

// Zone is a part of a hall.
type Zone struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// HallService is what a hall gives tickets for.
type HallService struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Zone      string   `json:"zone,omitempty"`
	Materials []string `json:"materials,omitempty"`
}

// Window is a window of a hall with the services it has.
type Window struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Zone     string   `json:"zone,omitempty"`
	Services []string `json:"services,omitempty"`
}

// describe takes TypeDescribed.
func (s *Service) describe(ctx context.Context, tx *store.Tx, hall string, e store.Event) error {
	var d Description
	if err := into(e, &d); err != nil {
		return err
	}
	if len(d.Services) > 1000 || len(d.Windows) > 1000 || len(d.Zones) > 100 {
		return ErrEvent
	}
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE node_hall SET described = $1 WHERE id = $2`, string(data), hall)
	return err
}

// Begin tells a hall, by events published in tx, what it should know of a
// context.
type Begin func(ctx context.Context, tx *store.Tx, hall string) error

// OnBegin adds what a hall is told when it describes itself for the first time,
// and when it has lost its store. It is called before Run.
func (s *Service) OnBegin(b Begin) { s.begun = append(s.begun, b) }

// begin tells a hall everything once in each life of its stream: a hall that
// lost its store has begun another.
func (s *Service) begin(ctx context.Context, tx *store.Tx, hall, epoch string) error {
	result, err := tx.ExecContext(ctx, `UPDATE node_hall SET begun = $1 WHERE id = $2 AND begun <> $1`, epoch, hall)
	if err != nil {
		return fmt.Errorf("begin hall %s: %w", hall, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	for _, b := range s.begun {
		if err := b(ctx, tx, hall); err != nil {
			return fmt.Errorf("begin hall %s: %w", hall, err)
		}
	}
	return nil
}

const selectHall = `SELECT id, name, region, address, telephone, hours, state, described, heard FROM node_hall`

func scanHall(row interface{ Scan(...any) error }) (h Hall, err error) {
	var described string
	var heard int64
	if err := row.Scan(&h.ID, &h.Name, &h.Region, &h.Address, &h.Telephone, &h.Hours, &h.State, &described, &heard); err != nil {
		return h, err
	}
	h.Heard = store.Time(heard)
	return h, json.Unmarshal([]byte(described), &h.Described)
}

// Halls are all halls, by name.
func (s *Service) Halls(ctx context.Context) ([]Hall, error) {
	rows, err := s.Store.Read().QueryContext(ctx, selectHall+` ORDER BY name, id`)
	if err != nil {
		return nil, fmt.Errorf("read halls: %w", err)
	}
	defer rows.Close()
	list := []Hall{}
	for rows.Next() {
		h, err := scanHall(rows)
		if err != nil {
			return nil, fmt.Errorf("read halls: %w", err)
		}
		list = append(list, h)
	}
	return list, rows.Err()
}

// Hall returns the hall with the id, or ErrNoHall.
func (s *Service) Hall(ctx context.Context, id string) (Hall, error) {
	h, err := scanHall(s.Store.Read().QueryRowContext(ctx, selectHall+` WHERE id = $1`, id))
	if store.IsNone(err) {
		return h, ErrNoHall
	}
	if err != nil {
		return h, fmt.Errorf("read hall %s: %w", id, err)
	}
	return h, nil
}

// checkHall checks what an administrator says of a hall.
func checkHall(h Hall) error {
	wrong := ErrHallInput
	if len(h.ID) < 2 || len(h.ID) > 40 || strings.ContainsFunc(h.ID, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) {
		wrong = wrong.Wrong("id", "编号须为 2 至 40 位小写字母、数字或连字符")
	}
	if n := len([]rune(strings.TrimSpace(h.Name))); n < 2 || n > 60 {
		wrong = wrong.Wrong("name", "名称须为 2 至 60 个字")
	}
	if len(h.Region) < 6 || len(h.Region) > 12 || strings.ContainsFunc(h.Region, func(r rune) bool { return r < '0' || r > '9' }) {
		wrong = wrong.Wrong("region", "行政区划代码须为 6 至 12 位数字")
	}
	if len(h.Address) > 300 || len(h.Telephone) > 60 || len(h.Hours) > 300 {
		wrong = wrong.Wrong("address", "地址、电话或时间过长")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// Add makes a hall and returns the token that its server shows. It is seen this
// once.
func (s *Service) Add(ctx context.Context, h Hall) (Hall, string, error) {
	h.State, h.Name = "active", strings.TrimSpace(h.Name)
	if err := checkHall(h); err != nil {
		return h, "", err
	}
	token := newToken()
	err := s.Store.Write(ctx, "add a hall", func(tx *store.Tx) error {
		if err := s.insert(ctx, tx, h, token); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "node.add-hall", Object: h.ID})
	})
	if sqldb.IsDuplicate(err) {
		return h, "", ErrHallTaken
	}
	s.poke()
	return h, token, err
}

func (s *Service) insert(ctx context.Context, tx *store.Tx, h Hall, token string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO node_hall (id, name, region, address, telephone, hours, token, state, described, epoch, seq, heard)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '{}', '', 0, 0)`,
		h.ID, h.Name, h.Region, h.Address, h.Telephone, h.Hours, s.tokens.Key("token", token), h.State)
	return err
}

// AddDemo makes the hall of a demo city, whose token everybody knows, unless it
// is there.
func (s *Service) AddDemo(ctx context.Context, tx *store.Tx, h Hall, token string) error {
	h.State = "active"
	if err := checkHall(h); err != nil {
		return err
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM node_hall WHERE id = $1`, h.ID).Scan(&n); err != nil || n > 0 {
		return err
	}
	return s.insert(ctx, tx, h, token)
}

func newToken() string {
	raw := make([]byte, 24)
	_, _ = rand.Read(raw) // it never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Change changes what is said of a hall. A closed hall's server is refused from
// its next connection on.
func (s *Service) Change(ctx context.Context, h Hall) (Hall, error) {
	if err := checkHall(h); err != nil {
		return h, err
	}
	if h.State != "active" && h.State != "closed" {
		return h, ErrHallInput.Wrong("state", "状态有误")
	}
	err := s.Store.Write(ctx, "change a hall", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE node_hall SET name = $1, region = $2, address = $3, telephone = $4, hours = $5, state = $6 WHERE id = $7`,
			strings.TrimSpace(h.Name), h.Region, h.Address, h.Telephone, h.Hours, h.State, h.ID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrNoHall
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "node.change-hall", Object: h.ID, Detail: h.State})
	})
	if err != nil {
		return h, err
	}
	return s.Hall(ctx, h.ID)
}

// NewToken gives a hall another token; the old one is worth nothing from its
// next connection on.
func (s *Service) NewToken(ctx context.Context, id string) (string, error) {
	token := newToken()
	return token, s.Store.Write(ctx, "give a hall another token", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE node_hall SET token = $1 WHERE id = $2`, s.tokens.Key("token", token), id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrNoHall
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "node.new-token", Object: id})
	})
}

// poke tells those who follow halls that there may be another.
func (s *Service) poke() {
	for _, changed := range s.changed {
		select {
		case changed <- struct{}{}:
		default: // it knows already
		}
	}
}
