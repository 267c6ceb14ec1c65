// Package sqldb opens databases the way all of Smart Hall uses them. SQLite:
// write-ahead log, every commit synced before it is acknowledged, one writer
// and several readers that never wait for it. PostgreSQL, for a platform that
// outgrows one machine: a pool for each. SQL that both understand flows
// through ($1 … $n in order of first use, ids as text, times as bigint
// milliseconds, booleans as 0 and 1); this is the only package that names a
// driver, so what sits above speaks database/sql.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver, registered as sqlite3
)

// busyTimeout is how long a connection waits for a lock that another process
// holds, such as a backup tool.
const busyTimeout = 5 * time.Second

// DB is one database.
type DB struct {
	// Write is for transactions that write. SQLite has a single connection:
	// whoever writes owns the database until its transaction ends, which began
	// IMMEDIATE, so that it never fails half-way for want of the lock.
	Write *sql.DB
	// Read has several connections that refuse to write. Each sees the last
	// commit before its statement or transaction began.
	Read *sql.DB
	// Engine is what keeps the data.
	Engine Engine
}

// Open opens the database at path, creating the file and its folder, readable
// by the owner only, if need be. The caller closes it.
func Open(ctx context.Context, path string) (*DB, error) {
	if err := create(path); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	write, err := open(ctx, dsn(path, url.Values{"_txlock": {"immediate"}}), 1)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	read, err := open(ctx, dsn(path, url.Values{"_query_only": {"true"}}), max(4, runtime.NumCPU()))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s for reading: %w", path, err), write.Close())
	}
	return &DB{Write: write, Read: read}, nil
}

// Close closes the readers, then the writer, which folds the write-ahead log
// back into the file.
func (db *DB) Close() error {
	return errors.Join(db.Read.Close(), db.Write.Close())
}

// create makes sure that the file exists with narrow permissions, which
// SQLite then gives to its log files as well.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// dsn returns the driver's name for path. The driver sets the busy timeout
// before any pragma that could meet a lock.
func dsn(path string, extra url.Values) string {
	q := url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"true"},
		// Statements are parsed once for each connection.
		"_stmt_cache_size": {"64"},
	}
	for k, v := range extra {
		q[k] = v
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + q.Encode()
}

// open opens dsn with at most conns connections and tries the first one.
func open(ctx context.Context, dsn string, conns int) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
