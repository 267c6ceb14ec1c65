// Package archtest holds the import rules of the project as an ordinary test:
// which room may know which. A rule that matches no file fails, so that it
// can't rot.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "smarthall/"

// file is one Go source with what it imports.
type file struct {
	path    string // from the project's root, with slashes
	test    bool
	imports []string
}

// rule says what files below one of in must not import, except those below one
// of except.
type rule struct {
	name   string
	in     []string
	except []string
	// tests tells whether the rule is for tests too.
	tests bool
	deny  func(f file, imported string) bool
}

func below(p string, dirs ...string) bool {
	for _, d := range dirs {
		if p == d || strings.HasPrefix(p, d+"/") {
			return true
		}
	}
	return false
}

// oneOf denies imports of the given packages and all below them.
func oneOf(packages ...string) func(file, string) bool {
	return func(_ file, imported string) bool { return below(imported, packages...) }
}

var (
	programs  = []string{"hall-server", "kiosk-agent", "counter-agent", "display", "firmware-profiles", "platform"}
	testRooms = []string{"internal/testkit", "internal/e2e", "internal/archtest"}
)

func room(importPath string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(importPath, module), "/")
	return first
}

var rules = []rule{
	{
		name: "a program never imports another program; agents may use the device engines, and so may what knows a hall's device models",
		in:   programs, tests: true,
		deny: func(f file, imported string) bool {
			if !strings.HasPrefix(imported, module) {
				return false
			}
			mine, theirs := room(module+f.path), room(imported)
			agent := mine == "kiosk-agent" || mine == "counter-agent" || mine == "display"
			models := below(f.path, "hall-server/internal/profiles")
			if theirs == mine || theirs == "internal" || ((agent || models) && theirs == "firmware-profiles") {
				return false
			}
			return true
		},
	},
	{
		name: "internal imports nothing from the rooms",
		in:   []string{"internal"}, except: testRooms,
		deny: func(_ file, imported string) bool {
			return strings.HasPrefix(imported, module) && room(imported) != "internal"
		},
	},
	{
		name: "the queue's rules are pure: the standard library without I/O",
		in:   []string{"hall-server/internal/queue"},
		deny: func(_ file, imported string) bool {
			if strings.Contains(strings.Split(imported, "/")[0], ".") || strings.HasPrefix(imported, module) {
				return true
			}
			return below(imported, "net", "os", "database", "log", "math/rand", "crypto", "sync", "context")
		},
	},
	{
		name: "estimates know the queue and nothing else",
		in:   []string{"hall-server/internal/estimate"},
		deny: func(_ file, imported string) bool {
			return strings.HasPrefix(imported, module) && imported != module+"hall-server/internal/queue" || below(imported, "net", "os", "database")
		},
	},
	{
		name: "statistics are figured from the queue alone",
		in:   []string{"hall-server/internal/statistics"}, except: []string{"hall-server/internal/statistics/follow", "hall-server/internal/statistics/report"},
		deny: func(_ file, imported string) bool {
			return strings.HasPrefix(imported, module) && imported != module+"hall-server/internal/queue" || below(imported, "net", "os", "database")
		},
	},
	{
		name: "the core knows no transport and no storage",
		in:   []string{"hall-server/internal/core"},
		deny: oneOf("net", "database/sql", module+"hall-server/internal/store", module+"hall-server/internal/hub", module+"hall-server/internal/httpd"),
	},
	{
		name: "httpd and hub don't know each other",
		in:   []string{"hall-server/internal/httpd"},
		deny: oneOf(module + "hall-server/internal/hub"),
	},
	{
		name: "hub and httpd don't know each other",
		in:   []string{"hall-server/internal/hub"},
		deny: oneOf(module+"hall-server/internal/httpd", module+"hall-server/internal/store", "database/sql"),
	},
	{
		name: "only sqldb knows a database driver",
		in:   append([]string{"internal"}, programs...), except: []string{"internal/sqldb"},
		deny: oneOf("github.com/mattn/go-sqlite3"),
	},
	{
		name: "only the link's users know WebSockets",
		in:   append([]string{"internal"}, programs...), except: []string{"internal/agent", "hall-server/internal/hub"},
		deny: oneOf("github.com/gorilla/websocket"),
	},
	{
		name: "only engines and simulators open ports",
		in:   append([]string{"internal"}, programs...), except: []string{"firmware-profiles/engine", "firmware-profiles/simulator"},
		deny: oneOf("go.bug.st/serial", "github.com/creack/pty"),
	},
	{
		name: "the agents' runtime knows devices by their interfaces only",
		in:   []string{"internal/agent", "internal/device", "internal/link"}, tests: true,
		deny: oneOf(module + "firmware-profiles"),
	},
}

func TestImportRules(t *testing.T) {
	files := sources(t)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			matched := 0
			for _, f := range files {
				if !below(f.path, r.in...) || below(f.path, r.except...) || (f.test && !r.tests) {
					continue
				}
				matched++
				for _, imported := range f.imports {
					if r.deny(f, imported) {
						t.Errorf("%s must not import %s", f.path, imported)
					}
				}
			}
			if matched == 0 {
				t.Error("the rule matches no file any more")
			}
		})
	}
}

// TestEveryPackageSaysWhatItIs holds that each package has exactly one package
// comment.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	docs := make(map[string]int)
	fset := token.NewFileSet()
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		parsed, err := parser.ParseFile(fset, filepath.Join(root, filepath.FromSlash(f.path)), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(f.path)
		docs[dir] += 0
		if parsed.Doc != nil {
			docs[dir]++
		}
	}
	for dir, n := range docs {
		if n != 1 {
			t.Errorf("%s has %d package comments, want one", dir, n)
		}
	}
}

// TestMainsStayShort holds that a main is understood in a minute.
func TestMainsStayShort(t *testing.T) {
	const most = 60
	fset := token.NewFileSet()
	for _, p := range programs {
		name := filepath.Join(root, p, "main.go")
		parsed, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			continue // a program that isn't there yet
		}
		if n := fset.Position(parsed.End()).Line; n > most {
			t.Errorf("%s has %d lines, want at most %d", name, n, most)
		}
	}
}

const root = "../.."

// sources reads the imports of every Go file of the project.
func sources(t *testing.T) []file {
	t.Helper()
	var out []file
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "var" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(fset, name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		f := file{path: filepath.ToSlash(rel), test: strings.HasSuffix(name, "_test.go")}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, imported)
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
