package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
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
	steps, err := read(migrations)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	options := []goose.ProviderOption{
		goose.WithTableName(table), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(steps...),
	}
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
	p, err := goose.NewProvider(dialect, db.Write, nil, options...)
	if err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	if err := known(ctx, p); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

// up begins what a file of migrations does.
const up = "-- +goose Up\n"

// read makes a step of each file. A file goes to the engine whole, which knows
// best where a statement ends; goose's own reader takes a quarter of a test
// that opens a database to find out.
func read(migrations fs.FS) ([]*goose.Migration, error) {
	files, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return nil, err
	}
	steps := make([]*goose.Migration, 0, len(files))
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		text, err := fs.ReadFile(migrations, file)
		if err != nil {
			return nil, err
		}
		before, statements, found := strings.Cut(string(text), up)
		if !found || strings.Contains(statements, "-- +goose Down") {
			return nil, fmt.Errorf("%s: want one part %q and no way back", file, strings.TrimSpace(up))
		}
		if strings.TrimSpace(comments.ReplaceAllString(before, "")) != "" {
			return nil, fmt.Errorf("%s: statements before %q", file, strings.TrimSpace(up))
		}
		steps = append(steps, goose.NewGoMigration(version, &goose.GoFunc{
			RunTx: func(ctx context.Context, tx *sql.Tx) error {
				if _, err := tx.ExecContext(ctx, statements); err != nil {
					return fmt.Errorf("%s: %w", file, err)
				}
				return nil
			},
		}, nil))
	}
	return steps, nil
}

// comments are lines that an engine passes over.
var comments = regexp.MustCompile(`(?m)^--.*$`)

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
