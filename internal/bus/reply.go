package bus

import (
	"encoding/json"

	"smarthall/internal/problem"
)

// Question is what a leaf's Ask carries, as JSON.
type Question struct {
	// From names who asks within the leaf, such as the machine kiosk-1.
	From string `json:"from,omitempty"`
	// Body is the topic's own.
	Body json.RawMessage `json:"body"`
}

// Reply is the hub's answer, as JSON: the body, or why there is none.
type Reply struct {
	Problem *problem.Problem `json:"problem,omitempty"`
	Body    json.RawMessage  `json:"body,omitempty"`
}
