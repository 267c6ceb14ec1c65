package server

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"smarthall/internal/privacy"
	"smarthall/internal/sqldb"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/document"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/licence"
	"smarthall/platform/internal/store"
	"smarthall/platform/internal/supervision"
)

// Verify runs the command platform verify: it reads the whole audit log and
// every document and licence that was issued, writes to w what it checked, and
// fails at the first that isn't what was written or signed. The platform may
// run meanwhile.
func Verify(ctx context.Context, args []string, w io.Writer) error {
	var data, database string
	if err := parseTool(toolFlags("verify", w, &data, &database), args); err != nil {
		return err
	}
	st, secret, err := openToVerify(ctx, data, database)
	if err != nil {
		return err
	}
	return errors.Join(verify(ctx, st, secret, w), st.Close())
}

// openToVerify opens a database that is there, with the secret that is there.
func openToVerify(ctx context.Context, data, database string) (*store.Store, *keys.Keys, error) {
	target := database
	if target == "" {
		target = filepath.Join(data, "platform.db")
		if _, err := os.Stat(target); err != nil {
			return nil, nil, fmt.Errorf("find the database: %w", err)
		}
	} else if !sqldb.IsURL(target) {
		return nil, nil, fmt.Errorf("the database must be a postgres:// URL, not %q", target)
	}
	if os.Getenv(keys.Env) == "" {
		if _, err := os.Stat(filepath.Join(data, "platform.key")); errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("find the platform's key: %w", err)
		}
	}
	secret, err := keys.Load(data)
	if err != nil {
		return nil, nil, err
	}
	st, err := store.Open(ctx, store.Config{
		Target: target, Sealer: privacy.NewSealer(secret.For("events")), Secret: hex.EncodeToString(secret.For("fingerprint")[:8]), Log: slog.New(slog.DiscardHandler),
	})
	return st, secret, err
}

// Recount runs the command platform recount: it counts anew what supervision's
// overview shows, and mends what is wrong. The platform may run meanwhile.
func Recount(ctx context.Context, args []string, w io.Writer) error {
	var data, database string
	if err := parseTool(toolFlags("recount", w, &data, &database), args); err != nil {
		return err
	}
	st, _, err := openToVerify(ctx, data, database)
	if err != nil {
		return err
	}
	return errors.Join(recount(ctx, st, w), st.Close())
}

func recount(ctx context.Context, st *store.Store, w io.Writer) error {
	log, err := audit.Open(ctx, st)
	if err != nil {
		return err
	}
	watched, err := supervision.Open(ctx, supervision.Config{Store: st, Audit: log})
	if err != nil {
		return err
	}
	mended, err := watched.Recount(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "supervision's counts: %d mended\n", mended)
	return err
}

func verify(ctx context.Context, st *store.Store, secret *keys.Keys, w io.Writer) error {
	log, err := audit.Open(ctx, st)
	if err != nil {
		return err
	}
	documents, err := document.Open(ctx, document.Config{Store: st, Keys: secret, Audit: log})
	if err != nil {
		return err
	}
	licences, err := licence.Open(ctx, licence.Config{Store: st, Keys: secret, Audit: log})
	if err != nil {
		return err
	}
	exchanged, err := exchange.Open(ctx, exchange.Config{Store: st, Keys: secret, Audit: log})
	if err != nil {
		return err
	}
	entries, err := log.Verify(ctx)
	if err != nil {
		return fmt.Errorf("the audit log, after %d entries as written: %w", entries, err)
	}
	if _, err := fmt.Fprintf(w, "audit log: %d entries, each as it was written\n", entries); err != nil {
		return err
	}
	if entries, err = exchanged.VerifyLedger(ctx); err != nil {
		return fmt.Errorf("the exchange's ledger, after %d entries as written: %w", entries, err)
	}
	if _, err := fmt.Fprintf(w, "exchange's ledger: %d entries, each as it was written\n", entries); err != nil {
		return err
	}
	watched, err := supervision.Open(ctx, supervision.Config{Store: st, Audit: log})
	if err != nil {
		return err
	}
	places, err := watched.VerifyCounts(ctx)
	if err != nil {
		return fmt.Errorf("supervision's counts (platform recount mends them): %w", err)
	}
	if _, err := fmt.Fprintf(w, "supervision's counts: %d, each as counted anew\n", places); err != nil {
		return err
	}
	for _, kind := range []struct {
		name   string
		verify func(context.Context) (int, error)
	}{{"documents", documents.VerifyAll}, {"licences", licences.VerifyAll}} {
		n, err := kind.verify(ctx)
		if err != nil {
			return fmt.Errorf("%s, after %d as signed: %w", kind.name, n, err)
		}
		if _, err := fmt.Fprintf(w, "%s: %d, each as it was signed\n", kind.name, n); err != nil {
			return err
		}
	}
	return nil
}
