package kept_test

import (
	"fmt"
	"sync"
	"testing"

	"smarthall/platform/internal/kept"
)

func TestOnlyTheRevisionThatWasAskedForIsReturned(t *testing.T) {
	k := kept.New[string](2)
	k.Put("a", 2, "two")
	k.Put("a", 1, "one") // a slow reader is late
	if v, ok := k.Get("a", 2); !ok || v != "two" {
		t.Errorf("got %q, %t", v, ok)
	}
	for _, revision := range []int64{1, 3} {
		if v, ok := k.Get("a", revision); ok {
			t.Errorf("revision %d: got %q", revision, v)
		}
	}
	k.Put("a", 3, "three")
	if v, ok := k.Get("a", 3); !ok || v != "three" {
		t.Errorf("got %q, %t", v, ok)
	}
	if _, ok := k.Get("b", 0); ok {
		t.Error("got what was never put")
	}
}

func TestNoMoreIsKeptThanThereIsRoomFor(t *testing.T) {
	const most = 8
	k := kept.New[int](most)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 1000 {
				k.Put(fmt.Sprint(i), 1, i)
				if v, ok := k.Get(fmt.Sprint(i), 1); ok && v != i {
					t.Errorf("%d: got %d", i, v)
				}
			}
		})
	}
	wg.Wait()
	n := 0
	for i := range 1000 {
		if _, ok := k.Get(fmt.Sprint(i), 1); ok {
			n++
		}
	}
	if n != most {
		t.Errorf("%d are kept", n)
	}
}
