package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"smarthall/internal/device"
	"smarthall/internal/imaging"
	"smarthall/internal/problem"
)

// look is how a person wants the page that was just taken: chosen by large keys,
// so there are few ways and each does enough to be seen.
type look struct {
	// Light is lightDeep for writing that is too pale, lightBright for a page
	// that is too dark, or empty.
	Light string `json:"light"`
	// Whole takes all that the camera saw, for a sheet whose edges were found
	// wrongly.
	Whole bool `json:"whole"`
	// Turn is by how many degrees the page is turned clockwise, a multiple of 90.
	Turn int `json:"turn"`
}

// The lights of a page.
const (
	lightDeep   = "deep"
	lightBright = "bright"
)

// maxLook bounds what the page sends of a look, in bytes.
const maxLook = 1 << 10

var errLook = problem.New(http.StatusUnprocessableEntity, "camera.look", "不能这样调整，请重新选择")

// edit is what the picture is to be made into.
func (l look) edit() (imaging.Edit, error) {
	var e imaging.Edit
	switch l.Light {
	case "":
	case lightDeep:
		// Paper stays white, and what is paler than middle grey, which more contrast
		// alone would bleach, gets darker.
		e.Contrast, e.Brightness = 30, -100
	case lightBright:
		e.Brightness = 30
	default:
		return e, fmt.Errorf("light %q: %w", l.Light, imaging.ErrEdit)
	}
	if l.Turn < 0 || l.Turn >= 360 {
		return e, fmt.Errorf("turn by %d degrees: %w", l.Turn, imaging.ErrEdit)
	}
	e.Rotate = l.Turn
	if l.Whole {
		e.Sheet = imaging.SheetWhole
	}
	return e, nil
}

// make makes a page of a picture, one at a time. A page on A3 may have twice the
// bytes of one on A4, as at the counter.
func (c *documentCamera) make(ctx context.Context, image device.Image, l look) (imaging.Page, error) {
	e, err := l.edit()
	if err != nil {
		return imaging.Page{}, err
	}
	select {
	case c.making <- struct{}{}:
	case <-ctx.Done():
		return imaging.Page{}, context.Cause(ctx)
	}
	defer func() { <-c.making }()
	e.SourceDPI = image.DPI
	page, err := imaging.Process(ctx, image.JPEG, e)
	if err != nil || page.Paper != imaging.PaperA3 {
		return page, err
	}
	e.MaxBytes = 2 * imaging.DefaultMaxBytes
	return imaging.Process(ctx, image.JPEG, e)
}

// relook makes the page that was taken last anew, as its person wants it. The
// page stays as it is where that can't be done.
func (c *documentCamera) relook(w http.ResponseWriter, r *http.Request, session string) {
	var l look
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxLook))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		errLook.Write(w)
		return
	}
	id, err := strconv.Atoi(r.PathValue("page"))
	c.mu.Lock()
	image, last := c.source, session == c.session && id == len(c.pages)-1
	c.mu.Unlock()
	if err != nil || !last || len(image.JPEG) == 0 {
		errPage.Write(w)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), captureWithin)
	defer cancel()
	page, err := c.make(ctx, image, l)
	if errors.Is(err, imaging.ErrEdit) {
		errLook.Write(w)
		return
	}
	if err != nil {
		c.log.Warn("page not made anew", slog.Any("err", err))
		errCapture.Write(w)
		return
	}
	c.mu.Lock()
	still := session == c.session && id == len(c.pages)-1
	if still {
		c.pages[id] = page.JPEG
	}
	c.mu.Unlock()
	if !still {
		errPage.Write(w) // the person left, or another picture was taken
		return
	}
	give(w, http.StatusOK, map[string]any{"page": r.PathValue("page"), "sheet": page.Found})
}
