package item_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"smarthall/internal/awaytest"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/item"
)

// TestALibraryThatIsAwayIsNotWaitedFor: whatever the province's library does
// instead of answering, the import ends in its time, says that it was the
// library, and changes nothing; items are read meanwhile.
func TestALibraryThatIsAwayIsNotWaitedFor(t *testing.T) {
	for _, server := range awaytest.Servers(t) {
		t.Run("one that "+server.Name, func(t *testing.T) {
			t.Parallel()
			c := open(t, sqldbtest.File(t), func(conf *item.Config) {
				conf.Province = &item.HTTPProvince{Base: "http://" + server.Addr + "/items", Region: "330100", Wait: 500 * time.Millisecond}
			})
			it := c.load()
			begun, done := time.Now(), make(chan error, 1)
			go func() {
				_, err := c.Sync(context.WithoutCancel(t.Context()))
				done <- err
			}()
			if got, err := c.Get(t.Context(), it.ID); err != nil || got.Version != 1 {
				t.Errorf("meanwhile the item is read as %d, %v", got.Version, err)
			}
			if err := <-done; !errors.Is(err, item.ErrProvince) {
				t.Errorf("it says %v", err)
			}
			if took := time.Since(begun); took > awaytest.Patience {
				t.Errorf("it was waited for %s", took)
			}
			if reports, err := c.Reports(t.Context(), 10); err != nil || len(reports) != 0 {
				t.Errorf("it has %d reports, %v", len(reports), err)
			}
		})
	}
}
