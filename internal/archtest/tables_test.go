package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	created = regexp.MustCompile(`(?i)CREATE\s+(?:VIRTUAL\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([a-z_]+)`)
	named   = regexp.MustCompile(`(?i)\b(?:FROM|INTO|UPDATE|JOIN)\s+([a-z_]+)`)
)

// TestContextsKeepToTheirOwnTables holds the platform's contexts to their own
// tables: who needs another's data calls its Go API.
func TestContextsKeepToTheirOwnTables(t *testing.T) {
	root := filepath.Join("..", "..", "platform", "internal")
	owner := map[string]string{} // context by table
	migrations, err := filepath.Glob(filepath.Join(root, "*", "migrations", "*.sql"))
	if err != nil || len(migrations) < 4 {
		t.Fatalf("found %d migrations, %v", len(migrations), err)
	}
	for _, path := range migrations {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		context := filepath.Base(filepath.Dir(filepath.Dir(path)))
		for _, m := range created.FindAllStringSubmatch(string(text), -1) {
			if other, ok := owner[m[1]]; ok && other != context {
				t.Errorf("table %s belongs to %s and to %s", m[1], other, context)
			}
			owner[m[1]] = context
		}
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		context, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			if of, ok := owner[m[1]]; ok && of != context {
				t.Errorf("%s reads or writes %s, which is %s's", rel, m[1], of)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
