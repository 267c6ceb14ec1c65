package httpd

import (
	"log/slog"
	"net/http"

	"smarthall/internal/problem"
)

// Problem is what this API says no with.
type Problem = problem.Problem

// FieldError is one wrong field of a request, or line of a file.
type FieldError = problem.FieldError

// newProblem fills in what follows from the status.
func newProblem(status int, code, detail string) *Problem { return problem.New(status, code, detail) }

// problem is the answer to an error of the core.
func (a *api) problem(err error) error {
	p := a.View.Problem(err)
	if p.Status == http.StatusInternalServerError {
		a.Log.Error("request failed", slog.Any("error", err))
	}
	out := newProblem(p.Status, p.Code, p.Detail)
	out.State, out.Allowed = p.State, p.Allowed
	return out
}
