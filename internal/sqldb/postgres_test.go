package sqldb_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"smarthall/internal/sqldb"
	"smarthall/internal/sqldb/sqldbtest"
)

// plain is what both engines understand.
const plain = "-- +goose Up\nCREATE TABLE parent (id TEXT PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0, doc JSON NOT NULL DEFAULT '{}');\n"

func TestOneDialectServesBothEngines(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		db := sqldbtest.Open(t, target)
		ctx := t.Context()
		for range 2 {
			if err := sqldb.MigratePart(ctx, db, "people", migrations(map[string]string{"0001_start.sql": plain})); err != nil {
				t.Fatal(err)
			}
		}
		var n int64
		upsert := `INSERT INTO parent (id, n, doc) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET n = parent.n + excluded.n RETURNING n`
		for range 2 {
			if err := db.Write.QueryRowContext(ctx, upsert, "a", 3, `{"name":"张三"}`).Scan(&n); err != nil {
				t.Fatal(err)
			}
		}
		if n != 6 {
			t.Errorf("n = %d, want 6", n)
		}
		var name string
		if err := db.Read.QueryRowContext(ctx, `SELECT n, doc ->> 'name' FROM parent WHERE id = $1`, "a").Scan(&n, &name); err != nil {
			t.Fatal(err)
		}
		if n != 6 || name != "张三" {
			t.Errorf("read %d %q", n, name)
		}
		_, err := db.Write.ExecContext(ctx, `INSERT INTO parent (id) VALUES ($1)`, "a")
		if !sqldb.IsDuplicate(err) || sqldb.IsConflict(err) {
			t.Errorf("a second row with one key: %v", err)
		}
		if _, err := db.Read.ExecContext(ctx, `DELETE FROM parent`); err == nil {
			t.Error("a reader wrote")
		}
	})
}

func TestPartsMigrateApart(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		db := sqldbtest.Open(t, target)
		one := migrations(map[string]string{"0001_a.sql": "-- +goose Up\nCREATE TABLE a (id TEXT PRIMARY KEY);\n"})
		two := migrations(map[string]string{"0001_b.sql": "-- +goose Up\nCREATE TABLE b (id TEXT PRIMARY KEY);\n", "0002_b.sql": "-- +goose Up\nINSERT INTO b (id) VALUES ('x');\n"})
		if err := errors.Join(sqldb.MigratePart(t.Context(), db, "one", one), sqldb.MigratePart(t.Context(), db, "two", two)); err != nil {
			t.Fatal(err)
		}
		if err := sqldb.MigratePart(t.Context(), db, "two", one); !errors.Is(err, sqldb.ErrNewer) {
			t.Errorf("an older program got %v, want ErrNewer", err)
		}
	})
}

func TestProcessesThatStartTogetherMigrateOnce(t *testing.T) {
	target := sqldbtest.Postgres(t)
	files := migrations(map[string]string{"0001_start.sql": plain, "0002_row.sql": "-- +goose Up\nINSERT INTO parent (id) VALUES ('once');\n"})
	var wg sync.WaitGroup
	for range 4 {
		db := sqldbtest.Open(t, target)
		wg.Go(func() {
			if err := sqldb.MigratePart(t.Context(), db, "p", files); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestPasswordsStayOutOfErrors(t *testing.T) {
	for _, target := range []string{
		"postgres://user:geheim@127.0.0.1:1/db?sslmode=disable&connect_timeout=1",
		"postgres://user:geheim@[::1/db",
	} {
		db, err := sqldb.Connect(t.Context(), target)
		if err == nil {
			t.Fatal(db.Close())
		}
		if strings.Contains(err.Error(), "geheim") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}
