package cases

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// nextIn returns the next number of a series; the first is 1.
func nextIn(ctx context.Context, tx *store.Tx, series string) (n int64, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO case_counter (series, last) VALUES ($1, 1)
		ON CONFLICT (series) DO UPDATE SET last = case_counter.last + 1 RETURNING last`, series).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("next number of %s: %w", series, err)
	}
	return n, nil
}

// compact is how a day stands in a number.
const compact = "20060102"

// applicationNo is the next SQ + day + six digits (申请编号).
func applicationNo(ctx context.Context, tx *store.Tx) (string, error) {
	day := tx.Now.In(place).Format(compact)
	n, err := nextIn(ctx, tx, "SQ"+day)
	return fmt.Sprintf("SQ%s%06d", day, n), err
}

// caseNumber is the implementation code (31), the day and four digits (统一办件
// 编号); where the item has no such code, what code stands for its body.
func caseNumber(ctx context.Context, tx *store.Tx, code string, now time.Time) (string, error) {
	prefix := code + now.In(place).Format(compact)
	n, err := nextIn(ctx, tx, prefix)
	return fmt.Sprintf("%s%04d", prefix, n), err
}

// code is what case numbers of a case's item begin with.
func (s *Service) code(ctx context.Context, c *Case) (string, error) {
	it, err := s.Items.Get(ctx, c.Item)
	if err == nil && len(it.Code) >= implementationCode && item.ParseCode(it.Code).Rule != "" {
		return it.Code[:implementationCode], nil
	}
	list, err := s.Bodies.Organisations(ctx)
	if err != nil {
		return "", err
	}
	for _, o := range list {
		if o.ID == c.Organisation && o.Code != "" {
			return o.Code, nil
		}
	}
	return c.Region, nil
}

// implementationCode is the length of an implementation code.
const implementationCode = 31

// letters are those of codes that people read and type: none looks like
// another.
const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// newCode is a code of eight letters that nobody can guess.
func newCode() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // it never fails
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}
