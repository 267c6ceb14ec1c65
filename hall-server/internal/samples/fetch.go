package samples

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/atomicfile"
)

// Types of forms.
const (
	typePDF = "application/pdf"
	typePNG = "image/png"
)

// errKept says that the form is still the one that is here.
var errKept = errors.New("nothing new")

// renew asks for a form and returns what is known of it then. What is here stays
// if the new one can't be had, unless its server says that it is gone. It may have
// room bytes.
func (s *Service) renew(ctx context.Context, f store.Sample, room int64) store.Sample {
	f.Tried = s.conf.Now()
	ctx, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	fresh, data, err := s.fetch(ctx, f)
	if err == nil && int64(len(data)) > room {
		err = errors.New("there is no room for more sample forms")
	}
	if err == nil {
		err = s.keep(ctx, &fresh, data)
	}
	switch {
	case errors.Is(err, errKept):
		f.Failed, f.Detail = 0, ""
		return f
	case errors.Is(err, ErrNone):
		f = store.Sample{URL: f.URL, Tried: f.Tried, Failed: f.Failed}
	case err == nil:
		s.conf.Log.Info("sample form kept", slog.String("form", f.URL), slog.String("type", fresh.Type), slog.Int64("bytes", fresh.Size), slog.Int("pages", fresh.Pages))
		return fresh
	}
	f.Failed++
	f.Detail = cut(err.Error())
	s.conf.Log.Warn("sample form not fetched", slog.String("form", f.URL), slog.Any("error", err))
	return f
}

// cut bounds what is kept of a reason.
func cut(text string) string { return text[:min(len(text), 300)] }

// fetch asks for a form, of which f is what is here.
func (s *Service) fetch(ctx context.Context, f store.Sample) (store.Sample, []byte, error) {
	from := s.address(f.URL)
	if from == nil {
		return f, nil, ErrNone
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), http.NoBody)
	if err != nil {
		return f, nil, err
	}
	if f.Content != "" && f.Tag != "" {
		req.Header.Set("If-None-Match", f.Tag)
	} else if f.Content != "" && f.Changed != "" {
		req.Header.Set("If-Modified-Since", f.Changed)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return f, nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotModified:
		if f.Content != "" {
			return f, nil, errKept
		}
		fallthrough
	default:
		return f, nil, fmt.Errorf("its server answered with status %d", resp.StatusCode)
	case http.StatusNotFound, http.StatusGone:
		return f, nil, fmt.Errorf("its server answered with status %d: %w", resp.StatusCode, ErrNone)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, MaxFile+1))
	if err != nil {
		return f, nil, fmt.Errorf("read the form: %w", err)
	}
	if len(data) > MaxFile {
		return f, nil, fmt.Errorf("a form has at most %d bytes", MaxFile)
	}
	if resp.ContentLength > 0 && int64(len(data)) != resp.ContentLength {
		return f, nil, io.ErrUnexpectedEOF
	}
	fresh := store.Sample{URL: f.URL, Size: int64(len(data)), Tag: header(resp, "ETag"), Changed: header(resp, "Last-Modified"), Tried: f.Tried}
	return fresh, data, nil
}

// header is a header that is short enough to be kept.
func header(resp *http.Response, name string) string {
	if v := resp.Header.Get(name); len(v) <= 200 {
		return v
	}
	return ""
}

// keep looks into a form, whatever its server called it, and keeps it with
// pictures of its pages.
func (s *Service) keep(ctx context.Context, f *store.Sample, data []byte) error {
	f.Type = documents.TypeOf(data)
	if err := documents.Check(f.Type, data); err != nil {
		return fmt.Errorf("look into the form: %w", err)
	}
	sum := sha256.Sum256(data)
	f.Content = hex.EncodeToString(sum[:])
	f.Pages = 1 // a picture is its only page
	if f.Type == typePDF {
		pages, err := s.pages(ctx, f.Content, data)
		if err != nil {
			s.conf.Log.Warn("sample form is kept without pictures of its pages", slog.String("form", f.URL), slog.Any("error", err))
		}
		f.Pages = pages
	}
	if err := atomicfile.Write(filepath.Join(s.conf.Dir, f.Content), data, 0o600); err != nil {
		return fmt.Errorf("keep the form: %w", err)
	}
	return nil
}

// Bounds of pictures of pages: a sheet of A4 as wide as a screen of 1080 dots.
const (
	maxPages = 12
	pageSide = 1600 // dots of the longer side
)

// renderer is the program that draws PDF pages (poppler-utils); halls without it
// print such forms and show where else they can be read.
const renderer = "pdftoppm"

// pages draws the pages of a PDF into the folder and returns how many there are.
func (s *Service) pages(ctx context.Context, content string, data []byte) (int, error) {
	program, err := exec.LookPath(renderer)
	if err != nil {
		return 0, fmt.Errorf("%s isn't installed: %w", renderer, err)
	}
	dir, err := os.MkdirTemp(s.conf.Dir, "pages-*")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the next sweep tries again
	file := filepath.Join(dir, "form.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return 0, err
	}
	run := exec.CommandContext(ctx, program, "-png", "-l", strconv.Itoa(maxPages), "-scale-to", strconv.Itoa(pageSide), file, filepath.Join(dir, "page"))
	run.Dir, run.Env = dir, []string{"HOME=" + dir}
	if out, err := run.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w: %s", renderer, err, cut(string(out)))
	}
	drawn, err := filepath.Glob(filepath.Join(dir, "page-*.png")) // in order: numbers have as many digits
	if err != nil || len(drawn) == 0 {
		return 0, cmp.Or(err, errors.New("no page was drawn"))
	}
	for i, page := range drawn {
		if err := os.Rename(page, filepath.Join(s.conf.Dir, pageName(content, i+1))); err != nil {
			return 0, err
		}
	}
	return len(drawn), nil
}
