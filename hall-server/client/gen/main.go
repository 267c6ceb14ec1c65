// Command gen writes the OpenAPI document of the hall's REST API, as the Go code
// declares it, to hall-server/client/openapi.json, from which the TypeScript
// types of the client are made (npm run generate). A test fails when the
// written file is older than the code.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"smarthall/hall-server/internal/httpd"
)

//go:generate go run .

// version stands in the document: the API's, not that of a program.
const version = "1"

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	if err := run("."); err != nil {
		log.Fatal(err)
	}
}

// run writes the document; dir is this package's folder.
func run(dir string) error {
	text, err := httpd.OpenAPI(version)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path(dir), text, 0o644); err != nil {
		return fmt.Errorf("write the API's description: %w", err)
	}
	return nil
}

// path is where the document is written; dir is this package's folder.
func path(dir string) string { return filepath.Join(dir, "..", "openapi.json") }
