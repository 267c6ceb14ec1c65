package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smarthall/platform/internal/store"
)

// byHand is the carrier of a platform that is connected to none: clerks give
// parcels away and type what comes back.
type byHand struct{}

var errByHand = errors.New("no carrier is connected: clerks send parcels by hand")

// Name implements Carrier; all others likewise.
func (byHand) Name() string { return "邮政" }

func (byHand) Ship(context.Context, string, string, Receiver) (string, error) { return "", errByHand }

func (byHand) Track(context.Context, string) (Track, error) { return Track{}, errByHand }

// demo is a carrier for demo cities: its parcels move on by the clock.
type demo struct{ *Service }

// Name implements Carrier; all others likewise.
func (d demo) Name() string { return "演示速递" }

func (d demo) Ship(ctx context.Context, id, _ string, to Receiver) (tracking string, err error) {
	err = d.Store.Write(ctx, "ship a demo parcel", func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO delivery_demo (tracking, parcel, name, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (parcel) DO UPDATE SET at = delivery_demo.at RETURNING tracking`,
			"DEMO"+store.NewID()[14:], id, d.vault.Seal(kindSigner, to.Name), store.Millis(tx.Now)).Scan(&tracking)
	})
	return tracking, err
}

// demoWay is how a demo parcel moves on.
var demoWay = []struct {
	after time.Duration
	words string
}{
	{0, "演示速递已揽收"}, {10 * time.Minute, "已到达东湖转运中心（演示）"}, {40 * time.Minute, "派送中，请保持电话畅通（演示）"}, {2 * time.Hour, "已签收（演示）"},
}

func (d demo) Track(ctx context.Context, tracking string) (t Track, err error) {
	var name string
	var at int64
	err = d.Store.Read().QueryRowContext(ctx, `SELECT name, at FROM delivery_demo WHERE tracking = $1`, tracking).Scan(&name, &at)
	if err != nil {
		return t, fmt.Errorf("find a demo parcel: %w", err)
	}
	begun, now := store.Time(at), d.Store.Now()
	for i, step := range demoWay {
		when := begun.Add(step.after)
		if when.After(now) {
			return t, nil
		}
		t.Movements = append(t.Movements, Movement{when, step.words})
		t.Delivered = i == len(demoWay)-1
	}
	t.Signer, err = d.vault.Open(kindSigner, name)
	return t, err
}
