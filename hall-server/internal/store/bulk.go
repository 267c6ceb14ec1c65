package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// bulk inserts many rows into one table with few statements: what database/sql
// and the driver do for each is as much work as the row itself.
type bulk struct {
	width int         // parameters of a row
	stmts []*sql.Stmt // one for each of bulkSizes
}

// bulkSizes are the numbers of rows that there are statements for.
var bulkSizes = []int{64, 32, 16, 8, 4, 2, 1}

// newBulk prepares insert, which ends before VALUES, for rows such as "(?, 0)".
func newBulk(ctx context.Context, db *sql.DB, insert, row string) (bulk, error) {
	b := bulk{width: strings.Count(row, "?")}
	for _, n := range bulkSizes {
		//nolint:sqlclosecheck // it lives as long as the database
		stmt, err := db.PrepareContext(ctx, insert+" VALUES "+strings.Repeat(row+", ", n-1)+row)
		if err != nil {
			return b, fmt.Errorf("prepare statement: %w", err)
		}
		b.stmts = append(b.stmts, stmt)
	}
	return b, nil
}

// in returns b's rows of one transaction.
func (b *bulk) in(tx *sql.Tx) *filling {
	return &filling{bulk: b, tx: tx, args: make([]any, 0, bulkSizes[0]*b.width)}
}

// filling are rows on their way into a table.
type filling struct {
	*bulk
	tx   *sql.Tx
	args []any
}

// add inserts a row, at the latest with the next flush.
func (f *filling) add(ctx context.Context, row ...any) error {
	f.args = append(f.args, row...)
	if len(f.args) < bulkSizes[0]*f.width {
		return nil
	}
	return f.flush(ctx)
}

// flush inserts what was added.
func (f *filling) flush(ctx context.Context) error {
	args := f.args
	f.args = f.args[:0]
	for i, n := range bulkSizes {
		for size := n * f.width; len(args) >= size; args = args[size:] {
			if err := insert(ctx, f.tx.StmtContext(ctx, f.stmts[i]), args[:size]); err != nil {
				return err
			}
		}
	}
	return nil
}

// insert runs an INSERT. As a query, the driver hands all its arguments to
// SQLite in one call; as a statement, each in one of its own.
func insert(ctx context.Context, stmt *sql.Stmt, args []any) error {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	rows.Next() // there are none: this is the end of the statement
	return rows.Err()
}
