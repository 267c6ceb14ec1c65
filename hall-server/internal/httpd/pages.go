package httpd

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
)

// configRoutes serve the hall's YAML file as a text, with an ETag so that two
// administrators don't overwrite each other.
func (a *api) configRoutes(mux *http.ServeMux) {
	mux.Handle("GET "+prefix+"/hall/config", a.authenticate(http.HandlerFunc(a.getConfig)))
	mux.Handle("PUT "+prefix+"/hall/config", a.authenticate(http.HandlerFunc(a.putConfig)))
	mux.Handle("GET "+prefix+"/hall/config/versions.csv", a.authenticate(a.staffOnly(http.HandlerFunc(a.versionsCSV))))
}

func (a *api) getConfig(w http.ResponseWriter, r *http.Request) {
	if access.From(r.Context()).Role != access.Admin {
		a.write(w, denied())
		return
	}
	text, tag := a.Hall.Text()
	w.Header().Set("Content-Type", "text/yaml; charset=utf-8")
	w.Header().Set("ETag", tag)
	_, _ = w.Write(text)
}

func (a *api) putConfig(w http.ResponseWriter, r *http.Request) {
	if access.From(r.Context()).Role != access.Admin {
		a.write(w, denied())
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, hall.MaxFile))
	if err != nil {
		a.write(w, newProblem(http.StatusRequestEntityTooLarge, "request.too-large", "文件过大"))
		return
	}
	err = a.saveHall(r.Context(), hall.Change{Text: text, Tag: r.Header.Get("If-Match"), Cause: hall.CauseText})
	if err != nil {
		ctx := context.WithValue(r.Context(), readerKey{}, readsEnglish(r.Header.Get("Accept-Language")))
		a.write(w, inWordsOf(ctx, a.configProblem(err)))
		return
	}
	_, tag := a.Hall.Text()
	w.Header().Set("ETag", tag)
	w.WriteHeader(http.StatusNoContent)
}

func (a *api) configProblem(err error) *Problem {
	var mistakes hall.Mistakes
	var refusal *queue.Refusal
	switch {
	case errors.Is(err, hall.ErrChanged):
		return newProblem(http.StatusPreconditionFailed, "hall.changed", "配置已被其他人修改，请重新载入后再改")
	case errors.As(err, &mistakes):
		p := newProblem(http.StatusUnprocessableEntity, "hall.invalid", "配置有误，没有保存")
		for _, m := range mistakes {
			p.Errors = append(p.Errors, FieldError{Location: m.Path, Line: m.Line, Column: m.Column, Message: m.Message})
		}
		return p
	case errors.As(err, &refusal):
		p := a.View.Problem(err)
		return newProblem(p.Status, p.Code, p.Detail)
	default:
		a.Log.Error("save hall file", slog.Any("error", err))
		return newProblem(http.StatusInternalServerError, "internal", "系统出错，没有保存，请联系技术人员")
	}
}
