package simulator

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	camengine "smarthall/firmware-profiles/engine/camera"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Fields of view: the desk's width in millimetres that a picture shows, so that
// the paper lies in it with a hand's breadth around.
const (
	fieldA3 = 450
	fieldA4 = 330
)

const (
	jpegQuality = 88
	// streamPace is the time between two frames of a camera's stream.
	streamPace = 125 * time.Millisecond
)

// camera is a document camera on HTTP. The device's mutex guards sheet; what it
// sees is drawn without it.
type camera struct {
	d              *Device
	paths          camengine.Paths
	still, preview scene
	sheet          *sheet // nil while the desk is bare

	drawing sync.Mutex     // held while a picture is drawn; taken without the device's
	seen    string         // the sheet of photos; guarded by drawing
	photos  map[int][]byte // JPEG by width; guarded by drawing
}

func newCamera(d *Device, params profile.ParamValues) (*camera, error) {
	sizes, err := camengine.SizesOf(d.profile, params)
	if err != nil {
		return nil, err
	}
	field := float64(fieldA4)
	if d.profile.Caps.Paper == device.PaperA3 {
		field = fieldA3
	}
	at := func(p image.Point) scene { return scene{width: p.X, height: p.Y, field: field} }
	return &camera{d: d, paths: camengine.PathsOf(d.profile), still: at(sizes.Still), preview: at(sizes.Preview), photos: map[int][]byte{}}, nil
}

func (c *camera) receive([]byte) {} // it is asked over HTTP

func (c *camera) listen(address string) (plug, string, error) { return c.d.listenWeb(c, address) }

func (c *camera) show(v *View) {
	v.Sheets = Specimens()
	if c.sheet != nil {
		v.Sheet = &c.sheet.SheetView
	}
}

// serve answers what an HTTP camera is asked.
func (c *camera) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
	case r.URL.Path == c.paths.Still:
		w.Header().Set("Content-Type", "image/jpeg")
		w.Header().Set("Cache-Control", "no-store")
		if r.Method == http.MethodHead {
			return
		}
		c.send(w, c.photo(c.still))
	case r.URL.Path == c.paths.Stream:
		c.stream(w, r)
	default:
		http.NotFound(w, r)
	}
}

// send writes a picture; a disturbed one ends in the middle.
func (c *camera) send(w http.ResponseWriter, jpg []byte) {
	if c.d.takeGarbage() {
		jpg = slices.Concat(jpg[:len(jpg)/3], []byte{0xFF, 0xC4, 0x00})
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(jpg)))
	_, _ = w.Write(jpg) // a host that is gone sees nothing
}

// stream sends previews until the host leaves or the camera hangs.
func (c *camera) stream(w http.ResponseWriter, r *http.Request) {
	const boundary = "smarthall-frame"
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	tick := time.NewTicker(streamPace)
	defer tick.Stop()
	for {
		if !c.hangs() {
			jpg := c.photo(c.preview)
			if c.d.takeGarbage() {
				jpg = []byte("\xFF\xD8\xFF\xDA no picture \xFF\xD9")
			}
			_, err := fmt.Fprintf(w, "--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n", boundary, len(jpg), jpg)
			if err != nil || out.Flush() != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

func (c *camera) hangs() bool {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	return c.d.stalled
}

// photo is what the camera sees now, as JPEG.
func (c *camera) photo(sc scene) []byte {
	c.d.mu.Lock()
	s := c.sheet
	c.d.mu.Unlock()
	id := ""
	if s != nil {
		id = s.ID
	}
	c.drawing.Lock()
	defer c.drawing.Unlock()
	if id != c.seen {
		c.seen = id
		clear(c.photos)
	}
	if jpg, ok := c.photos[sc.width]; ok {
		return jpg
	}
	jpg := encodeJPEG(sc.photograph(s), 0)
	c.photos[sc.width] = jpg
	return jpg
}

// encodeJPEG compresses a picture. A resolution in dots per inch is written
// into the file, 0 leaves it out.
func encodeJPEG(img image.Image, dpi int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil // only for pictures larger than any of ours
	}
	if dpi == 0 {
		return b.Bytes()
	}
	hi, lo := byte(dpi>>8), byte(dpi)
	jfif := []byte{0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 1, hi, lo, hi, lo, 0, 0}
	return slices.Concat(b.Bytes()[:2], jfif, b.Bytes()[2:])
}

// LaySheet lays a specimen under a camera or on a scanner's glass, in place of
// the one that lies there.
func (d *Device) LaySheet(id string) error {
	s, ok := specimen(id)
	if !ok {
		return fmt.Errorf("sheet %q: %w", id, ErrArgument)
	}
	return d.setSheet(&s)
}

// TakeSheet takes the sheet away.
func (d *Device) TakeSheet() error { return d.setSheet(nil) }

// desk is a device on which a sheet can lie.
type desk interface {
	model
	// lay puts s there in place of what lies there; nil leaves it bare.
	lay(s *sheet)
}

func (d *Device) setSheet(s *sheet) error {
	return on(d, func(m desk) error {
		m.lay(s)
		return nil
	})
}

func (c *camera) lay(s *sheet) { c.sheet = s }

// Photo is what a camera sees now, in the size of its previews, as JPEG.
func (d *Device) Photo() ([]byte, error) {
	var c *camera
	if err := look(d, func(m *camera) error { c = m; return nil }); err != nil {
		return nil, err
	}
	return c.photo(c.preview), nil
}
