package item_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

var update = flag.Bool("update", false, "write testdata anew")

// known is what the database says that a hall knows of an item: its shape, and
// whether there is a digest.
func (c *city) known(id, hall string) (shape int, digest bool) {
	c.t.Helper()
	var told string
	if err := c.store.Read().QueryRowContext(c.t.Context(), `SELECT shape, told FROM item_hall WHERE item = $1 AND hall = $2`, id, hall).Scan(&shape, &told); err != nil {
		c.t.Fatal(err)
	}
	return shape, told != ""
}

// age makes a hall know an item as a platform of another version left it.
func (c *city) age(shape int, told string) {
	c.t.Helper()
	err := c.store.Write(c.t.Context(), "age", func(tx *store.Tx) error {
		_, err := tx.ExecContext(c.t.Context(), `UPDATE item_hall SET shape = $1, told = $2`, shape, told)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// renew is how many events a renewal at the start publishes.
func (c *city) renew() int {
	c.t.Helper()
	n, err := c.Renew(c.t.Context(), item.DownShape+1)
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

func TestAHallIsToldAgainOnceWhatItKnowsInAnOlderShape(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		it := c.load()
		second := example(t)
		second.Items[0].ID, second.Items[0].Title = "second", "第二项"
		if err := c.AddData(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		if n := c.renew(); n != 0 {
			t.Errorf("a hall that knows all was told %d times more", n)
		}
		var digest string
		if err := c.store.Read().QueryRowContext(t.Context(), `SELECT told FROM item_hall WHERE item = $1`, it.ID).Scan(&digest); err != nil {
			t.Fatal(err)
		}

		c.age(0, "") // told before shapes were kept
		if n := c.renew(); n != 2 {
			t.Errorf("the hall was told %d times, want once of each item", n)
		}
		if n := c.renew(); n != 0 {
			t.Errorf("the hall was told %d times again", n)
		}
		if shape, known := c.known(it.ID, "demo"); shape != item.DownShape || !known {
			t.Errorf("the hall knows it in shape %d, %v", shape, known)
		}
		want := []string{"item.published " + it.ID, "item.published second", "item.published " + it.ID, "item.published second"}
		if got := c.events("demo"); !slices.Equal(got, want) {
			t.Errorf("the hall heard %v, want %v", got, want)
		}
		if got, _ := c.told(); got.Item != "second" || len(got.Steps) == 0 || len(got.Bases) == 0 {
			t.Errorf("the hall was told %+v", got)
		}

		c.age(0, digest) // an older shape in which the first says what it says now
		if n := c.renew(); n != 1 {
			t.Errorf("the hall was told %d times, want of what differs only", n)
		}
		if shape, _ := c.known(it.ID, "demo"); shape != item.DownShape {
			t.Errorf("what doesn't differ stays in shape %d", shape)
		}
		c.age(item.DownShape+1, "of a newer platform")
		if n := c.renew(); n != 0 {
			t.Errorf("an older platform told the hall %d times", n)
		}
	})
}

func TestOtherSettingsAreToldAtTheStart(t *testing.T) {
	target := sqldbtest.File(t)
	c := open(t, target)
	c.load()
	moved := open(t, target, func(conf *item.Config) { conf.BaseURL = "https://new.example" })
	if n := moved.renew(); n != 1 {
		t.Errorf("the hall was told %d times", n)
	}
	if got, _ := moved.told(); !strings.HasPrefix(got.URL, "https://new.example/") {
		t.Errorf("the hall was told %s", got.URL)
	}
}

func TestManyWhoRenewTellAHallOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		cities := []*city{open(t, target), open(t, target), open(t, target)}
		it := cities[0].load()
		cities[0].age(0, "")
		var wg sync.WaitGroup
		sent := make([]int, len(cities))
		for i, c := range cities {
			wg.Go(func() {
				var err error
				if sent[i], err = c.Renew(t.Context(), item.DownShape+1); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := cities[0].events("demo"); !slices.Equal(got, []string{"item.published " + it.ID, "item.published " + it.ID}) {
			t.Errorf("the hall heard %v; sent %v", got, sent)
		}
	})
}

func TestWhatCannotBeReadHoldsUpNothing(t *testing.T) {
	c := file(t)
	it := c.load()
	second := example(t)
	second.Items[0].ID, second.Items[0].Title = "a-broken", "坏了的"
	if err := c.AddData(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	err := c.store.Write(t.Context(), "break it", func(tx *store.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE item_version SET data = '{' WHERE item = 'a-broken'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	c.age(0, "")
	if n := c.renew(); n != 1 {
		t.Errorf("%d were told", n)
	}
	if shape, _ := c.known(it.ID, "demo"); shape != item.DownShape {
		t.Error("the sound one wasn't told")
	}
	if shape, _ := c.known("a-broken", "demo"); shape != 0 {
		t.Error("the broken one counts as told")
	}
}

func TestRunTellsHallsAgain(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		c.load()
		c.age(0, "")
		ctx, stop := contextWithCancel(t)
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		waitFor(t, func() bool { return len(c.events("demo")) == 2 })
		stop()
		select {
		case err := <-ended:
			if err != nil && !errors.Is(err, ctx.Err()) {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Error("Run doesn't end")
		}
	})
}

// shapeFile holds the fields of what halls are told of items, below the number
// of their shape.
const shapeFile = "testdata/down-shape.txt"

// TestTheShapeHasANumberOfItsOwn holds that nobody changes what halls are told
// of items without raising downShape: halls would never hear of it.
func TestTheShapeHasANumberOfItsOwn(t *testing.T) {
	head := fmt.Sprintf("shape %d\n", item.DownShape)
	got := head + strings.Join(fields(reflect.TypeFor[item.Down](), "", nil), "\n") + "\n"
	kept, err := os.ReadFile(shapeFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if string(kept) == got {
		return
	}
	if strings.HasPrefix(string(kept), head) {
		t.Fatalf("what halls are told of items has changed: raise downShape, then go test -run Shape -update\ngot:\n%s\nwant:\n%s", got, kept)
	}
	if !*update {
		t.Fatalf("downShape is another: go test -run Shape -update\ngot:\n%s", got)
	}
	if err := os.WriteFile(shapeFile, []byte(got), 0o644); err != nil { //nolint:gosec // no secret
		t.Fatal(err)
	}
}

// fields lists the JSON fields of a type and of those in it.
func fields(t reflect.Type, path string, above []reflect.Type) []string {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() || slices.Contains(above, t) {
		return []string{strings.TrimSpace(path + " " + t.Kind().String())}
	}
	var list []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		list = append(list, fields(f.Type, strings.TrimPrefix(path+"."+name, "."), append(above, t))...)
	}
	return list
}
