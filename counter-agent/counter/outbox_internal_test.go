package counter

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strconv"
	"testing"

	"smarthall/internal/agent"
	"smarthall/internal/link"
)

func action(id string) kept { return kept{PendingAction: link.PendingAction{ID: id, Ticket: "t"}} }

func TestOutboxIsBounded(t *testing.T) {
	o, err := openOutbox(t.TempDir(), func(link.Pending) {}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxKept {
		if err := o.add(action(strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	var refused *agent.RefusedError
	if err := o.add(action("more")); !errors.As(err, &refused) || refused.Problem.Code != "pending.full" {
		t.Errorf("got %v", err)
	}
	if err := o.add(action("7")); err != nil || o.len() != maxKept {
		t.Errorf("one that is kept already: %v, %d kept", err, o.len())
	}
}

func TestWhatIsNotOnDiskIsNotKept(t *testing.T) {
	told := 0
	o, err := openOutbox(filepath.Join(t.TempDir(), "gone"), func(link.Pending) { told++ }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.add(action("1")); err == nil {
		t.Error("kept without a file")
	}
	if o.len() != 0 || o.view() != nil || told != 0 {
		t.Errorf("%d kept, told %d times", o.len(), told)
	}
}
