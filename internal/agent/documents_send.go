package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"smarthall/internal/link"
)

// Transfers of documents.
const (
	// documentChunk is what one request carries, in bytes; the hall takes at most 1 MiB.
	documentChunk = 256 << 10
	// chunkTimeout bounds one request.
	chunkTimeout = 30 * time.Second
	// maxReply bounds what is read of an answer, in bytes.
	maxReply = 1 << 20
)

// detailDocuments is what clerks read while documents can't be sent.
const detailDocuments = "暂时连不上大厅服务器，材料已保存在本机，恢复后自动上传"

// Run sends what waits until ctx ends, then returns nil. While the hall is away
// it tries again after pauses that grow.
func (d *Documents) Run(ctx context.Context) error {
	defer d.hall.client.CloseIdleConnections()
	for failures := 0; ctx.Err() == nil; {
		h, ok := d.first()
		if !ok {
			select {
			case <-ctx.Done():
			case <-d.wake:
			}
			continue
		}
		err := d.send(ctx, h)
		var refused *RefusedError
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			failures = 0
			continue
		case errors.As(err, &refused) && hopeless(refused):
			d.cfg.Log.Warn("document refused", slog.String("document", h.ID), slog.String("code", refused.Problem.Code))
			d.note(h.ID, link.UploadRefused, 0, refused.Problem.Detail)
			continue
		}
		wait := backoff(failures)
		failures++
		d.cfg.Log.Warn("document not sent", slog.String("document", h.ID), slog.Any("err", err), slog.Duration("wait", wait))
		d.note(h.ID, link.UploadWaiting, 0, detailDocuments)
		select {
		case <-ctx.Done():
		case <-d.wake:
		case <-time.After(wait):
		}
	}
	return nil
}

// hopeless tells whether asking again can't help. A token that isn't accepted
// now may be after the administrator has looked at it, and a part that doesn't
// fit on what the hall has is cut anew.
func hopeless(r *RefusedError) bool {
	p := r.Problem
	return !r.Temporary() && p.Status != http.StatusUnauthorized && p.Status != http.StatusRequestTimeout && p.Code != "document.offset"
}

// send brings one document to the hall and forgets it.
func (d *Documents) send(ctx context.Context, h head) error {
	sealed, err := os.ReadFile(d.path(h.ID, "body"))
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	data, err := d.vault.OpenData("document body "+h.ID, sealed)
	if err != nil {
		return &RefusedError{Problem: link.Problem{Status: 422, Code: "document.unreadable", Detail: "保存在本机的材料已损坏，请重新采集"}}
	}
	at, err := d.hall.create(ctx, h)
	for err == nil && !at.Stored {
		d.note(h.ID, link.UploadSending, at.Received, "")
		end := min(at.Received+documentChunk, int64(len(data)))
		if at.Received < 0 || at.Received >= end {
			return fmt.Errorf("send document: the hall has %d bytes of %d", at.Received, len(data))
		}
		at, err = d.hall.put(ctx, h.ID, at.Received, data[at.Received:end])
	}
	if err != nil {
		return fmt.Errorf("send document: %w", err)
	}
	d.cfg.Log.Info("document sent", slog.String("document", h.ID), slog.String("ticket", h.Ticket), slog.Int64("bytes", h.Size))
	return d.done(h)
}

// hallFiles asks the hall's REST API about documents.
type hallFiles struct {
	base, token string
	client      *http.Client
}

// newHallFiles returns the API of the hall whose link is at address.
func newHallFiles(address, token string) (hallFiles, error) {
	u, err := url.Parse(address)
	if err != nil {
		return hallFiles{}, fmt.Errorf("hall's address: %w", err)
	}
	scheme := "http"
	if u.Scheme == "wss" {
		scheme = "https"
	}
	return hallFiles{
		base: scheme + "://" + u.Host + "/api/v1", token: token,
		client: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, Proxy: nil},
			// A token goes to the hall and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// create announces a document, or finds out how much of it the hall has.
func (f hallFiles) create(ctx context.Context, h head) (v link.DocumentView, err error) {
	body, err := json.Marshal(map[string]any{
		"id": h.ID, "ticket": h.Ticket, "kind": h.Kind, "name": h.Name, "type": h.Type, "size": h.Size, "sha256": h.SHA256,
	})
	if err != nil {
		return v, err
	}
	return v, f.do(ctx, http.MethodPost, "/documents", "application/json", body, &v)
}

// put sends a part that begins at offset.
func (f hallFiles) put(ctx context.Context, id string, offset int64, part []byte) (v link.DocumentView, err error) {
	path := "/documents/" + url.PathEscape(id) + "/content?offset=" + strconv.FormatInt(offset, 10)
	return v, f.do(ctx, http.MethodPut, path, "application/octet-stream", part, &v)
}

// do sends one request. A refusal is a *RefusedError. out is a *[]byte for the
// answer as it is, or what JSON is decoded into, or nil.
func (f hallFiles) do(ctx context.Context, method, path, kind string, body []byte, out any) error {
	ctx, cancel := context.WithTimeout(ctx, chunkTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, f.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	limit := int64(maxReply)
	if _, raw := out.(*[]byte); raw {
		limit = MaxDocument
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return fmt.Errorf("read the hall's answer: %w", err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return refusalOf(resp.StatusCode, answer)
	}
	if int64(len(answer)) > limit {
		return errors.New("the hall's answer is too long")
	}
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*out = answer
		return nil
	default:
		if err := json.Unmarshal(answer, out); err != nil {
			return fmt.Errorf("read the hall's answer: %w", err)
		}
		return nil
	}
}

// refusalOf reads a problem document. Something in between that answers with
// anything else is taken as trouble that passes.
func refusalOf(status int, body []byte) error {
	r := &RefusedError{}
	if json.Unmarshal(body, &r.Problem) != nil || r.Problem.Status != status || r.Problem.Code == "" {
		return fmt.Errorf("the hall answered with status %d", status)
	}
	return r
}

// List returns the documents of a visit that the hall has.
func (d *Documents) List(ctx context.Context, ticket string) ([]link.DocumentView, error) {
	var out struct {
		Documents []link.DocumentView `json:"documents"`
	}
	err := d.hall.do(ctx, http.MethodGet, "/tickets/"+url.PathEscape(ticket)+"/documents", "", nil, &out)
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	return out.Documents, nil
}

// Content returns a document that the hall has.
func (d *Documents) Content(ctx context.Context, id string) ([]byte, error) {
	var data []byte
	if err := d.hall.do(ctx, http.MethodGet, "/documents/"+url.PathEscape(id)+"/content", "", nil, &data); err != nil {
		return nil, fmt.Errorf("fetch document: %w", err)
	}
	return data, nil
}

// Remove deletes a document that the hall has.
func (d *Documents) Remove(ctx context.Context, id string) error {
	if err := d.hall.do(ctx, http.MethodDelete, "/documents/"+url.PathEscape(id), "", nil, nil); err != nil {
		return fmt.Errorf("delete document: %w", err)
	}
	return nil
}

// OpenPhone opens the upload by phone for a visit; an older one of the same
// visit ends.
func (d *Documents) OpenPhone(ctx context.Context, ticket string) (link.PaperPhone, error) {
	var phone link.PaperPhone
	err := d.hall.do(ctx, http.MethodPost, "/tickets/"+url.PathEscape(ticket)+"/phone-upload", "application/json", []byte("{}"), &phone)
	if err != nil {
		return phone, fmt.Errorf("open upload by phone: %w", err)
	}
	return phone, nil
}

// ClosePhone ends the upload by phone.
func (d *Documents) ClosePhone(ctx context.Context, ticket string) error {
	if err := d.hall.do(ctx, http.MethodDelete, "/tickets/"+url.PathEscape(ticket)+"/phone-upload", "", nil, nil); err != nil {
		return fmt.Errorf("end upload by phone: %w", err)
	}
	return nil
}
