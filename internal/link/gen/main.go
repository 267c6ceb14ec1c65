// Command gen writes what the link's Go types say in other tongues: the JSON
// Schema of every message body (internal/link/schema.json), the TypeScript
// types of the pages (internal/ui/src/link.gen.ts) and the reference page
// (docs/link.md). The declarations flow in as Go source, for names and doc
// comments, and as reflected types, for the fields; a test fails when a
// written file is older than its source.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
)

//go:generate go run .

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	if err := run("."); err != nil {
		log.Fatal(err)
	}
}

// run generates the files; dir is this package's folder.
func run(dir string) error {
	files, err := generate(dir)
	if err != nil {
		return err
	}
	for path, data := range files {
		if err := os.WriteFile(filepath.Join(dir, path), data, 0o644); err != nil {
			return fmt.Errorf("write generated file: %w", err)
		}
	}
	return nil
}

// generate returns the content of every generated file by its path relative to
// dir, this package's folder.
func generate(dir string) (map[string][]byte, error) {
	src, err := readSource(filepath.Join(dir, ".."))
	if err != nil {
		return nil, err
	}
	schemas, err := describe(src)
	if err != nil {
		return nil, err
	}
	schemaJSON, err := encodeSchema(schemas)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		filepath.Join("..", "schema.json"):                    schemaJSON,
		filepath.Join("..", "..", "ui", "src", "link.gen.ts"): typescript(src, schemas),
		filepath.Join("..", "..", "..", "docs", "link.md"):    page(src, schemas),
	}, nil
}
