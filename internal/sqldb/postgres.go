package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
)

// Engine is what keeps the data.
type Engine int

// The engines.
const (
	SQLite Engine = iota
	PostgreSQL
)

// String is the engine's name.
func (e Engine) String() string {
	if e == PostgreSQL {
		return "PostgreSQL"
	}
	return "SQLite"
}

// Connections to PostgreSQL of one process, for each of Write and Read.
const maxConns = 16

// Connect opens the database that target names: a URL that begins with
// postgres:// or postgresql://, or the path of a SQLite file. The caller
// closes it.
func Connect(ctx context.Context, target string) (*DB, error) {
	if !IsURL(target) {
		return Open(ctx, target)
	}
	config, err := pgx.ParseConfig(target)
	if err != nil {
		return nil, fmt.Errorf("read the database's URL: %w", err) // pgx leaves the password out
	}
	write, err := connect(ctx, config, "off")
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL at %s: %w", config.Host, err)
	}
	read, err := connect(ctx, config, "on")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to PostgreSQL at %s for reading: %w", config.Host, err), write.Close())
	}
	return &DB{Write: write, Read: read, Engine: PostgreSQL}, nil
}

// IsURL tells whether target names a PostgreSQL database.
func IsURL(target string) bool {
	return strings.HasPrefix(target, "postgres://") || strings.HasPrefix(target, "postgresql://")
}

// connect makes a pool whose transactions only read if readOnly is on.
func connect(ctx context.Context, config *pgx.ConnConfig, readOnly string) (*sql.DB, error) {
	config = config.Copy()
	config.RuntimeParams["default_transaction_read_only"] = readOnly
	config.RuntimeParams["timezone"] = "UTC"
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = busyTimeout
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// IsDuplicate tells whether err says that a row with the same key is there
// already.
func IsDuplicate(err error) bool {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return lite.ExtendedCode == sqlite3.ErrConstraintUnique || lite.ExtendedCode == sqlite3.ErrConstraintPrimaryKey
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// isThere tells whether err says that a table was made already.
func isThere(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "42P07"
}

// IsConflict tells whether err says that a transaction met another one, so
// that doing it again can help.
func IsConflict(err error) bool {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return lite.Code == sqlite3.ErrBusy || lite.Code == sqlite3.ErrLocked
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
