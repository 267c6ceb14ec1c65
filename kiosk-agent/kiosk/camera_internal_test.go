package kiosk

import (
	"context"
	"net/http"
	"testing"

	"smarthall/internal/device"
)

// slowCamera takes its picture while something else happens.
type slowCamera struct {
	fakeCamera
	meanwhile func()
}

func (c slowCamera) Capture(ctx context.Context) (device.Image, error) {
	c.meanwhile()
	return c.fakeCamera.Capture(ctx)
}

func TestAPictureThatIsTakenWhileItsPersonLeavesIsNotKept(t *testing.T) {
	for name, leave := range map[string]func(*desk){
		"by a touch":      func(d *desk) { d.clear() },
		"by another card": func(d *desk) { d.lay("钱样例") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, nil)
			d.terminal.camera.device = func() sheetCamera {
				return slowCamera{fakeCamera{sheet(t, 640, 480)}, func() { leave(d) }}
			}
			session := d.lay("周样例")
			if w := d.ask("POST", "/terminal/"+session+"/pages", ""); w.Code != http.StatusGone {
				t.Errorf("capture: %d %s", w.Code, w.Body)
			}
			c := d.terminal.camera
			c.mu.Lock()
			defer c.mu.Unlock()
			if len(c.pages) != 0 || len(c.source.JPEG) != 0 || c.session != "" || c.latest != nil {
				t.Errorf("%d pages of session %q are kept", len(c.pages), c.session)
			}
		})
	}
}

func TestAFrameThatComesAfterItsPersonHasGoneIsNotKept(t *testing.T) {
	d := newDesk(t, nil)
	d.terminal.camera.device = func() sheetCamera { return fakeCamera{sheet(t, 640, 480)} }
	session := d.lay("周样例")
	d.frame(session)
	d.clear()
	c := d.terminal.camera
	c.show(t.Context(), sheet(t, 640, 480))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.latest != nil || c.sheet != "" {
		t.Error("what lay before the camera is kept")
	}
}
