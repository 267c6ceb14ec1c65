// Package sqldbtest gives tests a database of each engine. SQLite is always
// there; a PostgreSQL server is what SMARTHALL_POSTGRES names, a postgres://
// URL of somebody who may create databases, which `make test` starts.
package sqldbtest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registered as pgx
	"github.com/oklog/ulid/v2"

	"smarthall/internal/sqldb"
)

// Env is the variable that names the PostgreSQL server.
const Env = "SMARTHALL_POSTGRES"

// Each runs test once for each engine, with the target of an empty database.
func Each(t *testing.T, test func(t *testing.T, target string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, File(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, Postgres(t)) })
}

// File is the path of a SQLite file that isn't there yet.
func File(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "test.db")
}

// Postgres is the URL of an empty database that lasts as long as the test,
// which is skipped where there is no server.
func Postgres(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv(Env)
	if server == "" {
		tb.Skip(Env + " names no PostgreSQL server; make test starts one")
	}
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("%s: %v", Env, err)
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		tb.Fatal(err)
	}
	name := "test_" + strings.ToLower(ulid.Make().String())
	run(tb, db, "CREATE DATABASE "+name)
	tb.Cleanup(func() {
		run(tb, db, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		if err := db.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

func run(tb testing.TB, db *sql.DB, statement string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

// Open opens target for the length of the test.
func Open(tb testing.TB, target string) *sqldb.DB {
	tb.Helper()
	db, err := sqldb.Connect(tb.Context(), target)
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
