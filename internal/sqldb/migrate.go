package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// ErrNewer says that a database was written by a later version of the program,
// whose tables this one would misread.
var ErrNewer = errors.New("database is newer than this program")

// versions is the table that remembers which migrations ran.
const versions = "goose_db_version"

// Migrate brings db to the last of migrations: files NNNN_words.sql at the
// root of the file system, each with a "-- +goose Up" part, run in order and
// each in its own transaction. There is no way back; a mistake is mended by
// the next file.
func Migrate(ctx context.Context, db *DB, migrations fs.FS) error {
	return migrate(ctx, db, versions, migrations)
}

// MigratePart is Migrate for one of several parts that share a database: name,
// a word of small letters, keeps their migrations apart.
func MigratePart(ctx context.Context, db *DB, name string, migrations fs.FS) error {
	if err := migrate(ctx, db, versions+"_"+name, migrations); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func migrate(ctx context.Context, db *DB, table string, migrations fs.FS) error {
	options := []goose.ProviderOption{goose.WithTableName(table)}
	dialect := goose.DialectSQLite3
	if db.Engine == PostgreSQL {
		dialect = goose.DialectPostgres
		// Processes that start together take turns.
		locker, err := lock.NewPostgresTableLocker(lock.WithTableLockTimeout(500*time.Millisecond, 120))
		if err != nil {
			return fmt.Errorf("make the migrations' lock: %w", err)
		}
		options = append(options, goose.WithLocker(locker))
	}
	// The provider isn't closed: that would close db.
	p, err := goose.NewProvider(dialect, db.Write, migrations, options...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if err := known(ctx, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

// known refuses a database that has migrations the program doesn't.
func known(ctx context.Context, p *goose.Provider) error {
	have, known, err := p.GetVersions(ctx)
	for range 5 {
		if !IsDuplicate(err) && !isThere(err) {
			break
		}
		// Another process made the table of versions at the same moment.
		have, known, err = p.GetVersions(ctx)
	}
	if err != nil {
		return fmt.Errorf("read the database's version: %w", err)
	}
	if have > known {
		return fmt.Errorf("%w: it has migration %d, the program ends at %d", ErrNewer, have, known)
	}
	return nil
}
