package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // forms that are pictures
	_ "image/png"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/pdf"
)

// Sample forms that are files lie in the hall, which fetched them from the
// platform; pages show pictures of them, and the page printer gets them as they
// are.

// Bounds of a file: what the hall keeps at most, in bytes, and how long one waits
// for it.
const (
	maxSampleFile      = 11 << 20
	sampleFilePatience = 15 * time.Second
)

// sampleFile is one of them as the hall lists it.
type sampleFile struct {
	URL   string `json:"url"`
	ID    string `json:"id"`
	Type  string `json:"type"`
	Pages int    `json:"pages"`
}

// sampleFiles reads them from the hall.
type sampleFiles struct {
	list *guides
	hall *hallAPI
	log  *slog.Logger
}

func newSampleFiles(conf *agent.Config, hall *hallAPI, log *slog.Logger) (*sampleFiles, error) {
	list, err := newGuides(conf, "sample-files", log)
	return &sampleFiles{list: list, hall: hall, log: log}, err
}

// routes serve the list, and pictures of pages.
func (s *sampleFiles) routes(mux *http.ServeMux) {
	mux.Handle("GET /samples", s.list)
	mux.HandleFunc("GET /samples/{id}/{page}", s.page)
}

// page is the picture of a page. It is kept in the browser: its address names its
// content.
func (s *sampleFiles) page(w http.ResponseWriter, r *http.Request) {
	page, err := strconv.Atoi(r.PathValue("page"))
	if err != nil || page < 1 {
		http.NotFound(w, r)
		return
	}
	data, kind, err := s.read(r.Context(), fmt.Sprintf("/sample-files/%s/pages/%d", url.PathEscape(r.PathValue("id")), page))
	if err != nil || kind != "image/png" && kind != "image/jpeg" {
		if err != nil {
			s.log.Warn("sample form not read", slog.Any("err", err))
		}
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	_, _ = w.Write(data)
}

// read reads a file of the hall's API and tells its type.
func (s *sampleFiles) read(ctx context.Context, path string) ([]byte, string, error) {
	ctx, cancel := context.WithTimeout(ctx, sampleFilePatience)
	defer cancel()
	resp, err := s.hall.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("the hall answered with status %d", resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxSampleFile+1))
	if err != nil {
		return nil, "", fmt.Errorf("read the hall's answer: %w", err)
	}
	if len(data) > maxSampleFile {
		return nil, "", errors.New("the hall's answer is too long")
	}
	return data, resp.Header.Get("Content-Type"), nil
}

// sheet is the form at an address as a PDF to be printed.
func (s *sampleFiles) sheet(ctx context.Context, address, title string) ([]byte, error) {
	away := agent.Refuse(http.StatusServiceUnavailable, "paper.unknown", "样表暂时读不到，请稍后再试，或扫码带走")
	list, err := s.list.read(ctx)
	if list == nil {
		return nil, errors.Join(away, err)
	}
	var all struct {
		Files []sampleFile `json:"files"`
	}
	if err := json.Unmarshal(list, &all); err != nil {
		return nil, fmt.Errorf("read the sample forms: %w", err)
	}
	i := slices.IndexFunc(all.Files, func(f sampleFile) bool { return f.URL == address })
	if i < 0 {
		return nil, agent.Refuse(http.StatusNotFound, "paper.unknown", "大厅还没有取到这份样表，请扫码带走，或到咨询台领取")
	}
	data, kind, err := s.read(ctx, "/sample-files/"+url.PathEscape(all.Files[i].ID))
	if err != nil {
		s.log.Warn("sample form not read", slog.Any("err", err))
		return nil, away
	}
	if kind == "application/pdf" {
		return data, nil
	}
	return picturePage(data, title)
}

// picturePage is a picture on a sheet of A4, as large as it goes.
func picturePage(picture []byte, title string) ([]byte, error) {
	conf, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil || conf.Width == 0 || conf.Height == 0 {
		return nil, errors.Join(errors.New("make a page of the form: no picture"), err)
	}
	const edge = 8.0 // printers don't print to the edge, in millimetres
	sheet := pdf.A4
	if conf.Width > conf.Height {
		sheet = sheet.Across()
	}
	scale := min((sheet.Width-2*edge)/float64(conf.Width), (sheet.Height-2*edge)/float64(conf.Height))
	wide, high := float64(conf.Width)*scale, float64(conf.Height)*scale
	doc := pdf.New(pdf.Options{Title: title})
	doc.AddPage(sheet)
	doc.Image((sheet.Width-wide)/2, (sheet.Height-high)/2, wide, high, picture)
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		return nil, fmt.Errorf("make a page of the form: %w", err)
	}
	return out.Bytes(), nil
}
