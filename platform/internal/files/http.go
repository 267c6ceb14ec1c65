package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// uploadWait bounds how long an upload may take on the line.
const uploadWait = 3 * time.Minute

// Routes declares the context's operations. Owned files are served by the
// contexts that own them.
func (s *Service) Routes(r *httpd.Router) {
	who := access.People().AtKiosks().Or(access.StaffWith()).Or(access.Halls())
	httpd.Register(r, httpd.Operation{
		ID: "upload-file", Method: http.MethodPost, Path: "/files", Tag: "files", Who: who, Status: http.StatusCreated,
		Summary: "Upload a file: the body is its bytes. Hand its id to the operation that needs it within a day",
	}, s.postFile)
	r.Page(httpd.Operation{ID: "preview-file", Method: http.MethodGet, Path: httpd.Prefix + "/files/{id}", Tag: "files", Who: who}, s.preview)
}

type uploadInput struct {
	Name string `query:"name" maxLength:"300" doc:"What the file is called"`
	body io.Reader
}

// Resolve implements huma.Resolver: the body flows on as it comes.
func (in *uploadInput) Resolve(ctx huma.Context) []error {
	if err := ctx.SetReadDeadline(time.Now().Add(uploadWait)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return []error{err}
	}
	in.body = ctx.BodyReader()
	return nil
}

type fileOutput struct{ Body File }

func (s *Service) postFile(ctx context.Context, in *uploadInput) (*fileOutput, error) {
	f, err := s.Upload(ctx, Upload{Name: in.Name, Reader: in.body, Max: MaxSize})
	if err != nil {
		return nil, err
	}
	return &fileOutput{f}, nil
}

// preview shows a file to who uploaded it, while nobody owns it.
func (s *Service) preview(w http.ResponseWriter, r *http.Request) error {
	var n int
	err := s.Store.Read().QueryRowContext(r.Context(), `SELECT count(*) FROM files_file WHERE id = $1 AND uploader = $2 AND owned = 0`,
		r.PathValue("id"), uploader(r.Context())).Scan(&n)
	if err != nil {
		return fmt.Errorf("find a file to show: %w", err)
	}
	if n == 0 {
		return ErrNone
	}
	body, f, err := s.Open(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return Serve(w, r, body, f, true)
}

// Serve answers with a file, shown in the browser or saved, and closes body. A
// file can run nothing and be taken for nothing else, and no cache keeps it.
func Serve(w http.ResponseWriter, r *http.Request, body io.ReadCloser, f File, inline bool) (err error) {
	defer func() { err = errors.Join(err, body.Close()) }()
	h := w.Header()
	how := "attachment"
	if inline && f.Type != OFD { // browsers don't show OFD
		how = "inline"
	}
	h.Set("Content-Type", string(f.Type))
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	h.Set("Content-Disposition", how+`; filename="file`+endings[f.Type]+`"; filename*=UTF-8''`+url.PathEscape(f.Name))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; object-src 'self'; frame-ancestors 'self'")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Cache-Control", "private, no-store")
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(w, body); err != nil {
		panic(http.ErrAbortHandler) // the head is out: cut the line, so that half a file isn't taken for one
	}
	return nil
}
