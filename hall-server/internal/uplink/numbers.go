package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/store"
)

// The events by which a hall gets numbers.
const (
	typeRangeAsked   = "range.asked"
	typeRangeGranted = "range.granted"
)

// rangeAsked is the body of range.asked.
type rangeAsked struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// NumberStore keeps numbers; store.Store.
type NumberStore interface {
	NextNumber(ctx context.Context, name string) (int64, error)
	NumbersLeft(ctx context.Context, name string) (int64, error)
	AskNumbers(ctx context.Context, a store.Ask) (bool, error)
	Asks(ctx context.Context) ([]store.Ask, error)
	AskSent(ctx context.Context, id string) error
}

// ErrNoNumbers says that no number of that name is at hand: the platform hasn't
// been reached since the last ones were used up.
var ErrNoNumbers = store.ErrNoNumbers

// Limits of ranges.
const (
	// maxRange is how many numbers the platform grants at once.
	maxRange = 1000
	// maxName bounds what is numbered, in bytes.
	maxName = 100
)

// Numbers gives out numbers, such as those of cases (办件编号), from ranges that
// the platform granted beforehand, so that the hall numbers on while the link
// is down. No two halls get the same. Its methods may be called from anywhere.
type Numbers struct {
	hall  string // empty: there is no platform
	store NumberStore
	now   func() time.Time
	log   *slog.Logger
	asked chan struct{} // tells the link that a range is to be asked for
}

// NewNumbers returns the numbers of a hall with the id on the platform; a hall
// on its own, without an id, has none but those it had been granted. now is the
// hall's clock.
func NewNumbers(hall string, from NumberStore, now func() time.Time, log *slog.Logger) *Numbers {
	return &Numbers{hall: hall, store: from, now: now, log: log, asked: make(chan struct{}, 1)}
}

// Next gives out a number of the name, such as case:330102:20261123, and asks
// for more when fewer than keep are left. It is durable when it returns: the
// number is never given again. A number may be left out after a crash. The
// error is ErrNoNumbers if none is at hand.
func (n *Numbers) Next(ctx context.Context, name string, keep int64) (int64, error) {
	number, err := n.store.NextNumber(ctx, name)
	if err != nil && !errors.Is(err, ErrNoNumbers) {
		return 0, err
	}
	if err := n.Keep(ctx, name, keep); err != nil {
		// The number is good all the same; the next one asks again.
		n.log.Warn("more numbers not asked for", slog.String("name", name), slog.Any("error", err))
	}
	return number, err
}

// Keep sees to it that at least keep numbers of the name, at most 1,000, are at
// hand: it asks the platform for as many again if there are fewer. It doesn't
// wait for them.
func (n *Numbers) Keep(ctx context.Context, name string, keep int64) error {
	if name == "" || len(name) > maxName || keep < 1 || keep > maxRange {
		return fmt.Errorf("numbers of %.100q: the name must have 1 to %d bytes, and 1 to %d are kept", name, maxName, maxRange)
	}
	left, err := n.store.NumbersLeft(ctx, name)
	if err != nil || left >= keep || n.hall == "" {
		return err
	}
	fresh, err := n.store.AskNumbers(ctx, store.Ask{
		Name: name, ID: n.hall + "-range-" + ulid.Make().String(), Count: min(2*keep-left, maxRange), At: n.now(),
	})
	if fresh {
		poke(n.asked)
	}
	return err
}

// Left is how many numbers of the name are at hand.
func (n *Numbers) Left(ctx context.Context, name string) (int64, error) {
	return n.store.NumbersLeft(ctx, name)
}

// readRange reads the body of range.granted.
func readRange(data json.RawMessage) (*store.Range, error) {
	var in struct {
		Name  string `json:"name"`
		First int64  `json:"first"`
		Last  int64  `json:"last"`
		Asked string `json:"asked"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("read range: %w", err)
	}
	if in.Name == "" || len(in.Name) > maxName || in.First < 1 || in.Last < in.First || in.Last-in.First >= maxRange {
		return nil, errors.New("no range")
	}
	return &store.Range{Name: in.Name, First: in.First, Last: in.Last, Asked: in.Asked}, nil
}
