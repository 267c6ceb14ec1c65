package main

import (
	"bytes"
	"os"
	"testing"

	"smarthall/hall-server/internal/httpd"
)

func TestTheWrittenDescriptionIsThatOfTheCode(t *testing.T) {
	want, err := httpd.OpenAPI(version)
	if err != nil {
		t.Fatal(err)
	}
	again, err := httpd.OpenAPI(version)
	if err != nil || !bytes.Equal(want, again) {
		t.Fatalf("the description differs from time to time: %v", err)
	}
	got, err := os.ReadFile(path("."))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("hall-server/client/openapi.json is old: go generate ./hall-server/client/... && npm run generate -w hall-server/client")
	}
}
