package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// ErrNewer says that a database was written by a later version of the program,
// whose tables this one would misread.
var ErrNewer = errors.New("database is newer than this program")

// Migrate brings db to the last of migrations: files NNNN_words.sql at the
// root of the file system, each with a "-- +goose Up" part, run in order and
// each in its own transaction. There is no way back; a mistake is mended by
// the next file.
func Migrate(ctx context.Context, db *DB, migrations fs.FS) error {
	// The provider isn't closed: that would close db.
	p, err := goose.NewProvider(goose.DialectSQLite3, db.Write, migrations)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the database's version: %w", err)
	}
	if have > known {
		return fmt.Errorf("%w: it has migration %d, the program ends at %d", ErrNewer, have, known)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}
