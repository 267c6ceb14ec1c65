// Package problem is how every API of Smart Hall says no: RFC 9457 documents
// with a stable code for machines and a sentence for people. Importing it
// makes huma answer with them, too.
package problem

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Problem is an RFC 9457 problem document with our own members.
type Problem struct {
	Type   string `json:"type" example:"about:blank"`
	Title  string `json:"title" example:"Conflict"`
	Status int    `json:"status" example:"409"`
	Detail string `json:"detail" doc:"One sentence for people: what happened and what to do"`
	Code   string `json:"code" doc:"Stable, for machines" example:"ticket.wrong-state"`
	// State and Allowed are there when something with states was named.
	State   string   `json:"state,omitempty" doc:"State of the ticket or window"`
	Allowed []string `json:"allowed,omitempty" doc:"Verbs that this state accepts"`
	// Errors are the fields or lines that are wrong.
	Errors []FieldError `json:"errors,omitempty"`
}

// FieldError is one wrong field of a request, or line of a file.
type FieldError struct {
	Location string `json:"location,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Message  string `json:"message"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// New fills in what follows from the status.
func New(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// Write answers with p.
func (p *Problem) Write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // who asked may be gone
}

// requestProblems are the refusals that huma makes before a handler runs: what
// machines and people are told of each.
var requestProblems = map[int]struct{ code, detail string }{
	http.StatusBadRequest:            {"request.malformed", "请求格式有误"},
	http.StatusRequestEntityTooLarge: {"request.too-large", "请求内容过大"},
	http.StatusUnsupportedMediaType:  {"request.media-type", "请求内容应为 JSON"},
	http.StatusUnprocessableEntity:   {"request.invalid", "请求内容有误"},
	http.StatusRequestTimeout:        {"request.timeout", "请求没有及时传完"},
	http.StatusNotAcceptable:         {"request.not-acceptable", "不支持所要求的格式"},
}

func init() {
	// huma makes its own errors through this variable.
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		known, ok := requestProblems[status]
		if !ok {
			known.code, known.detail = "internal", "系统出错，请联系技术人员"
		}
		p := New(status, known.code, known.detail)
		if len(errs) == 0 && ok {
			p.Errors = []FieldError{{Message: message}}
		}
		for _, err := range errs {
			var detail *huma.ErrorDetail
			switch {
			case errors.As(err, &detail):
				p.Errors = append(p.Errors, FieldError{Location: detail.Location, Message: detail.Message})
			case err != nil && ok:
				p.Errors = append(p.Errors, FieldError{Message: err.Error()})
			}
		}
		return p
	}
}
