package httpd

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/samples"
)

// sampleView is a sample form that the hall keeps.
type sampleView struct {
	URL   string `json:"url" doc:"Its address as the items write it"`
	ID    string `json:"id" doc:"Names its content: another content has another id"`
	Type  string `json:"type" enum:"application/pdf,image/jpeg,image/png"`
	Size  int64  `json:"size" doc:"Bytes"`
	Pages int    `json:"pages" doc:"How many pictures of its pages there are; 0: none"`
}

func (a *api) sampleOperations(h huma.API, get func(id, path, summary string) huma.Operation) {
	huma.Register(h, get("list-sample-files", "/sample-files", "List the sample forms that items name by address and the hall keeps"), a.listSamples)
}

// sampleRoutes serve the forms' bytes.
func (a *api) sampleRoutes(mux *http.ServeMux) {
	mux.Handle("GET "+prefix+"/sample-files/{id}", a.authenticate(http.HandlerFunc(a.sampleFile)))
	mux.Handle("GET "+prefix+"/sample-files/{id}/pages/{page}", a.authenticate(http.HandlerFunc(a.sampleFile)))
}

func (a *api) listSamples(ctx context.Context, _ *struct{}) (*struct {
	Body struct {
		Files []sampleView `json:"files"`
	}
}, error,
) {
	list, err := a.Samples.List(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &struct {
		Body struct {
			Files []sampleView `json:"files"`
		}
	}{}
	out.Body.Files = []sampleView{}
	for _, f := range list {
		out.Body.Files = append(out.Body.Files, sampleView{f.URL, f.Content, f.Type, f.Size, f.Pages})
	}
	return out, nil
}

// sampleFile serves a form, or the picture of one of its pages.
func (a *api) sampleFile(w http.ResponseWriter, r *http.Request) {
	page := 0
	if text := r.PathValue("page"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			n = -1 // there is none
		}
		page = n
	}
	data, kind, err := a.Samples.Open(r.Context(), r.PathValue("id"), page)
	if errors.Is(err, samples.ErrNone) {
		a.write(w, newProblem(http.StatusNotFound, "sample.unknown", "没有这份样表，可能已经更新，请返回重新选择"))
		return
	}
	if err != nil {
		a.Log.Error("sample form not read", slog.Any("error", err))
		a.write(w, newProblem(http.StatusInternalServerError, "internal", "系统出错，请联系技术人员"))
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("Cache-Control", "private, max-age=31536000, immutable") // the id names the content
	_, _ = w.Write(data)
}
