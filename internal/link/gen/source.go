package main

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// source is what the Go files of internal/link declare.
type source struct {
	// Package is the package's doc comment.
	Package string
	// Groups are the message groups in the order of the files.
	Groups []group
	// Enums are the values of each string type but Type, in order.
	Enums map[string][]value
	// Types are the doc comments of types, Fields those of "Type.Field".
	Types, Fields map[string]string
}

// group is one const block of message types.
type group struct {
	Doc      string
	Messages []message
}

// message is one message type.
type message struct {
	Type string
	// Body is the Go name of the body's type, empty for none.
	Body string
	// Way says which way it goes: up, down, or both, with who if restricted.
	Way string
	// Doc says what it is for, if there is more to say than the body's name.
	Doc string
}

// value is one constant of an enumeration.
type value struct{ Text, Doc string }

// pageBody names the body that a page uses where it differs from the one
// between agent and hall.
var pageBody = map[string]string{"ticket.take": "TakeForSession", "visits.find": "FindForSession"}

// readSource parses the package in dir.
func readSource(dir string) (*source, error) {
	fset := token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, fmt.Errorf("list link sources: %w", err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read link source: %w", err)
		}
		file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("parse link source: %w", err)
		}
		files = append(files, file)
	}
	src := &source{
		Enums:  map[string][]value{},
		Types:  map[string]string{},
		Fields: map[string]string{},
	}
	for _, file := range files {
		src.read(file)
	}
	pkg, err := doc.NewFromFiles(fset, files, "smarthall/internal/link")
	if err != nil {
		return nil, fmt.Errorf("read link docs: %w", err)
	}
	src.Package = strings.TrimSpace(pkg.Doc)
	return src, nil
}

func (s *source) read(file *ast.File) {
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		switch gen.Tok {
		case token.CONST:
			s.readConsts(gen)
		case token.TYPE:
			for _, spec := range gen.Specs {
				s.readType(gen, spec.(*ast.TypeSpec))
			}
		}
	}
}

// readConsts sorts a block's constants into messages and enumerations.
func (s *source) readConsts(gen *ast.GenDecl) {
	g := group{Doc: text(gen.Doc)}
	for _, spec := range gen.Specs {
		v := spec.(*ast.ValueSpec)
		name, ok := v.Type.(*ast.Ident)
		if !ok || len(v.Values) != 1 {
			continue
		}
		lit, ok := v.Values[0].(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			continue
		}
		val, err := strconv.Unquote(lit.Value)
		if err != nil {
			continue
		}
		if name.Name != "Type" {
			s.Enums[name.Name] = append(s.Enums[name.Name], value{val, oneLine(text(v.Doc) + text(v.Comment))})
			continue
		}
		comment := oneLine(text(v.Doc))
		if comment == "" && !gen.Lparen.IsValid() {
			comment = oneLine(text(gen.Doc))
		}
		g.Messages = append(g.Messages, readMessage(val, v.Names[0].Name, comment, oneLine(text(v.Comment)), g.Doc))
	}
	if len(g.Messages) > 0 {
		if !gen.Lparen.IsValid() {
			g.Doc = ""
		}
		s.Groups = append(s.Groups, g)
	}
}

var (
	wayRE  = regexp.MustCompile(`\((up|down)\b([^)]*)\)`)
	bodyRE = regexp.MustCompile(`:\s*([A-Z]\w*)\.?$`)
)

// readMessage reads the comment conventions of internal/link: either a line
// comment that begins with the body's type, in a block that names the way, or
// a doc comment "TypeX (way) does so: Body."
func readMessage(typ, name, above, beside, groupDoc string) message {
	m := message{Type: typ}
	if way := wayRE.FindStringSubmatch(above); way != nil {
		m.Way = way[1] + strings.TrimSuffix(way[2], " ")
	} else if way := wayRE.FindStringSubmatch(groupDoc); way != nil {
		m.Way = way[1]
	}
	if beside != "" {
		word, rest, _ := strings.Cut(beside, " ")
		if beside != "no body" {
			m.Body, m.Doc = word, rest
		}
		return m
	}
	if body := bodyRE.FindStringSubmatch(above); body != nil {
		m.Body = body[1]
	}
	m.Doc = strings.TrimSpace(strings.TrimPrefix(above, name))
	m.Doc = strings.TrimSpace(wayRE.ReplaceAllString(m.Doc, ""))
	m.Doc = bodyRE.ReplaceAllString(m.Doc, ".")
	return m
}

func (s *source) readType(gen *ast.GenDecl, spec *ast.TypeSpec) {
	comment := text(spec.Doc)
	if comment == "" {
		comment = text(gen.Doc)
	}
	s.Types[spec.Name.Name] = oneLine(comment)
	st, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range st.Fields.List {
		for _, name := range field.Names {
			s.Fields[spec.Name.Name+"."+name.Name] = oneLine(text(field.Doc) + " " + text(field.Comment))
		}
	}
}

func text(c *ast.CommentGroup) string { return c.Text() }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
