package server

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/document"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// signed is a database with two entries in the audit log and two documents.
func signed(t *testing.T, dir, target string) (first, second string) {
	t.Helper()
	secret, err := keys.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Config{Target: target, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	documents, err := document.Open(t.Context(), document.Config{Store: st, Keys: secret, Audit: log})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for range 2 {
		err := st.Write(t.Context(), "issue", func(tx *store.Tx) error {
			d, err := documents.Issue(t.Context(), tx, document.Order{
				Kind: document.Acceptance, Case: "c1", CaseNo: "n1", Item: "食品经营许可", Region: "330102", Addressee: "林小雨",
				Organisation: document.Organisation{ID: "market", Name: "东湖市市场监督管理局"}, Body: []document.Block{{Text: "现予受理。"}},
			})
			ids = append(ids, d.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Write(t.Context(), audit.Entry{Action: "cases.accept", Object: "c1"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return ids[0], ids[1]
}

// tamper changes a database behind the platform's back.
func tamper(t *testing.T, target, statement string, args ...any) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{Target: target, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	err = st.Write(t.Context(), "tamper", func(tx *store.Tx) error {
		_, err := tx.ExecContext(t.Context(), statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyNamesTheFirstThatWasChanged(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		dir := t.TempDir()
		args := []string{"--data", dir, "--database", target}
		if !strings.HasPrefix(target, "postgres") {
			args, target = args[:2], filepath.Join(dir, "platform.db")
		}
		first, second := signed(t, dir, target)
		check := func() (string, string) {
			var out strings.Builder
			if err := Verify(t.Context(), args, &out); err != nil {
				return out.String(), err.Error()
			}
			return out.String(), ""
		}
		out, fault := check()
		if fault != "" || !strings.Contains(out, "audit log: 2 entries") || !strings.Contains(out, "documents: 2,") || !strings.Contains(out, "licences: 0,") {
			t.Errorf("nothing was changed: %q, %s", out, fault)
		}
		tamper(t, target, `UPDATE document_issued SET content = (SELECT content FROM document_issued WHERE id = $1) WHERE id = $2`, first, second)
		if out, fault := check(); !strings.Contains(fault, second) || strings.Contains(fault, first) || !strings.Contains(out, "audit log: 2 entries") {
			t.Errorf("a document was exchanged: %q, %s", out, fault)
		}
		tamper(t, target, `UPDATE audit SET object = 'c2' WHERE seq = 2`)
		if out, fault := check(); !strings.Contains(fault, "after 1 entries") || !strings.Contains(fault, "at entry 2") || out != "" {
			t.Errorf("an entry was changed: %q, %s", out, fault)
		}
	})
}

func TestVerifyMakesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"--data", dir}, {"--data", dir, "--database", "platform.db"}, {"--data", dir, "more"}} {
		if err := Verify(t.Context(), args, t.Output()); err == nil {
			t.Errorf("%v: no fault", args)
		}
	}
	made, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(made) != 0 {
		t.Errorf("it made %v, %v", made, err)
	}
}

func TestWrongCountsAreFoundAndMended(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "platform.db")
	signed(t, dir, target)
	args := []string{"--data", dir}
	var out strings.Builder
	if err := Verify(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	tamper(t, target, `INSERT INTO supervision_open (organisation, region, signals, orders) VALUES ('market', '330102', 3, 0)`)
	if err := Verify(t.Context(), args, &out); err == nil || !strings.Contains(err.Error(), "platform recount") {
		t.Fatalf("verify says %v", err)
	}
	out.Reset()
	if err := Recount(t.Context(), args, &out); err != nil || !strings.Contains(out.String(), "1 mended") {
		t.Fatalf("recount says %q, %v", out.String(), err)
	}
	if err := Verify(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
}
