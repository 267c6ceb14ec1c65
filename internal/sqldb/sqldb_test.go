package sqldb_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/internal/sqldb"
)

const first = "-- +goose Up\nCREATE TABLE parent (id TEXT PRIMARY KEY) STRICT;\n" +
	"CREATE TABLE child (id TEXT PRIMARY KEY, parent TEXT NOT NULL REFERENCES parent (id)) STRICT;\n"

func mustOpen(tb testing.TB, path string) *sqldb.DB {
	tb.Helper()
	db, err := sqldb.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return db
}

func migrations(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestOpenSetsDurability(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ?#%folder", "hall.db")
	db := mustOpen(t, path)
	for pragma, want := range map[string]string{
		"journal_mode": "wal",
		"synchronous":  "2",
		"foreign_keys": "1",
		"busy_timeout": "5000",
	} {
		var got string
		if err := db.Write.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("PRAGMA %s = %s, want %s", pragma, got, want)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatalf("the database isn't where it was asked for: %v", err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("file mode %o, want 600", got)
	}
}

func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte("this is a text file, and quite a long one at that, not SQLite"), 0o600); err != nil {
		t.Fatal(err)
	}
	if db, err := sqldb.Open(t.Context(), path); err == nil {
		_ = db.Close()
		t.Error("opened a text file as a database")
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "x.db"))
	if err := sqldb.Migrate(t.Context(), db, migrations(map[string]string{"0001_start.sql": first})); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Read.ExecContext(t.Context(), "INSERT INTO parent (id) VALUES ('a')"); err == nil {
		t.Error("a reader wrote")
	}
}

func TestForeignKeysHold(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "x.db"))
	if err := sqldb.Migrate(t.Context(), db, migrations(map[string]string{"0001_start.sql": first})); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Write.ExecContext(t.Context(), "INSERT INTO child (id, parent) VALUES ('a', 'nobody')"); err == nil {
		t.Error("a child without a parent was stored")
	}
}

func TestReadersSeeTheLastCommitWhileAWriterWorks(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "x.db"))
	if err := sqldb.Migrate(t.Context(), db, migrations(map[string]string{"0001_start.sql": first})); err != nil {
		t.Fatal(err)
	}
	tx, err := db.Write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "INSERT INTO parent (id) VALUES ('a')"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db); n != 0 {
		t.Errorf("a reader saw %d uncommitted rows", n)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db); n != 1 {
		t.Errorf("a reader saw %d rows after the commit, want 1", n)
	}
}

func TestWritersWaitForEachOther(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "x.db"))
	if err := sqldb.Migrate(t.Context(), db, migrations(map[string]string{"0001_start.sql": first})); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			id := string(rune('a' + i))
			if _, err := db.Write.ExecContext(t.Context(), "INSERT INTO parent (id) VALUES ($1)", id); err != nil {
				t.Errorf("insert %s: %v", id, err)
			}
		})
	}
	wg.Wait()
	if n := count(t, db); n != 8 {
		t.Errorf("%d rows, want 8", n)
	}
}

func count(tb testing.TB, db *sqldb.DB) (n int) {
	tb.Helper()
	if err := db.Read.QueryRowContext(tb.Context(), "SELECT count(*) FROM parent").Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}

func TestMigrateRunsEachFileOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := mustOpen(t, path)
	files := map[string]string{"0001_start.sql": first}
	for range 2 {
		if err := sqldb.Migrate(t.Context(), db, migrations(files)); err != nil {
			t.Fatal(err)
		}
	}
	files["0002_more.sql"] = "-- +goose Up\nINSERT INTO parent (id) VALUES ('made by 2');\n"
	for range 2 {
		if err := sqldb.Migrate(t.Context(), db, migrations(files)); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, db); n != 1 {
		t.Errorf("the second file left %d rows, want 1", n)
	}
}

func TestMigrateUndoesAFailedFile(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "x.db"))
	files := map[string]string{
		"0001_start.sql": first,
		"0002_bad.sql":   "-- +goose Up\nINSERT INTO parent (id) VALUES ('half');\nINSERT INTO nowhere VALUES (1);\n",
	}
	if err := sqldb.Migrate(t.Context(), db, migrations(files)); err == nil {
		t.Fatal("a wrong migration was accepted")
	}
	if n := count(t, db); n != 0 {
		t.Errorf("the failed file left %d rows", n)
	}
}

func TestAMigrationHasOnePartAndNoWayBack(t *testing.T) {
	for name, text := range map[string]string{
		"no part":            "CREATE TABLE a (id TEXT) STRICT;\n",
		"a way back":         "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n",
		"statements before":  "DROP TABLE parent;\n-- +goose Up\nSELECT 1;\n",
		"an unfinished word": "-- +goose Upwards\nSELECT 1;\n",
	} {
		t.Run(name, func(t *testing.T) {
			db := mustOpen(t, filepath.Join(t.TempDir(), "x.db"))
			if err := sqldb.Migrate(t.Context(), db, migrations(map[string]string{"0001_bad.sql": text})); err == nil {
				t.Error("it was accepted")
			}
		})
	}
	db := mustOpen(t, filepath.Join(t.TempDir(), "x.db"))
	if err := sqldb.Migrate(t.Context(), db, migrations(map[string]string{"first.sql": first})); err == nil {
		t.Error("a file without a number was accepted")
	}
}

func TestMigrateRefusesANewerDatabase(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "x.db"))
	files := map[string]string{"0001_start.sql": first, "0002_more.sql": "-- +goose Up\nSELECT 1;\n"}
	if err := sqldb.Migrate(t.Context(), db, migrations(files)); err != nil {
		t.Fatal(err)
	}
	delete(files, "0002_more.sql")
	if err := sqldb.Migrate(t.Context(), db, migrations(files)); !errors.Is(err, sqldb.ErrNewer) {
		t.Errorf("an older program got %v, want ErrNewer", err)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	if db, err := sqldb.Open(ctx, filepath.Join(t.TempDir(), "x.db")); err == nil {
		_ = db.Close()
		t.Error("opened under a context that had ended")
	}
}
