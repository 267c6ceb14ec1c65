package httpd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// OpenAPI returns the description of the API that a server of version serves,
// as indented JSON, for those who generate clients from it.
func OpenAPI(version string) ([]byte, error) {
	described := newAPI(http.NewServeMux(), version)
	(&api{}).operations(described)
	text, err := json.Marshal(described.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, fmt.Errorf("indent the API's description: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
