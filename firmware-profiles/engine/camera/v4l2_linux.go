package camera

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"time"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"

	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/internal/device"
)

// pixelFormat is a FourCC as the kernel numbers it.
func pixelFormat(fourCC string) webcam.PixelFormat {
	return webcam.PixelFormat(binary.LittleEndian.Uint32([]byte(fourCC)))
}

// buffers is how many frames the driver may queue. More only age.
const buffers = 4

// openVideo opens a camera by the path of its video device.
func openVideo(_ context.Context, path string, s settings) (source, error) {
	return newUSB(func() (video, error) {
		cam, err := webcam.Open(path)
		if err != nil {
			return nil, failed("open "+path, err)
		}
		return &v4l2{cam: cam}, nil
	}, s)
}

// v4l2 is a video device of Linux.
type v4l2 struct{ cam *webcam.Webcam }

func (v *v4l2) sizes(format string) []image.Point {
	var out []image.Point
	for _, pixels := range v.offered(format) {
		for _, s := range v.cam.GetSupportedFrameSizes(pixels) {
			if s.MaxWidth <= sheet.MaxSide && s.MaxHeight <= sheet.MaxSide {
				out = append(out, image.Pt(int(s.MaxWidth), int(s.MaxHeight)))
			}
		}
	}
	return out
}

// offered are the camera's pixel formats that a format stands for.
func (v *v4l2) offered(format string) []webcam.PixelFormat {
	has := v.cam.GetSupportedFormats()
	var out []webcam.PixelFormat
	for _, cc := range fourCCs[format] {
		if _, ok := has[pixelFormat(cc)]; ok {
			out = append(out, pixelFormat(cc))
		}
	}
	return out
}

func (v *v4l2) start(format string, size image.Point) error {
	pixels := v.offered(format)
	if len(pixels) == 0 {
		return fmt.Errorf("no format %s: %w", format, device.ErrFault)
	}
	if _, _, _, err := v.cam.SetImageFormat(pixels[0], uint32(size.X), uint32(size.Y)); err != nil {
		return failed("set size", err)
	}
	if err := v.cam.SetBufferCount(buffers); err != nil {
		return failed("set buffers", err)
	}
	if err := v.cam.StartStreaming(); err != nil {
		return failed("start", err)
	}
	return nil
}

func (v *v4l2) frame(wait time.Duration) ([]byte, error) {
	err := v.cam.WaitForFrame(uint32(wait / time.Second))
	var late *webcam.Timeout
	if errors.As(err, &late) {
		return nil, errNoFrame
	}
	if err != nil {
		return nil, failed("wait for frame", err)
	}
	raw, index, err := v.cam.GetFrame()
	switch {
	case errors.Is(err, unix.EAGAIN):
		return nil, errNoFrame
	case err != nil:
		return nil, failed("read frame", err)
	}
	// The driver fills the buffer anew as soon as it is given back.
	raw = bytes.Clone(raw)
	if err := v.cam.ReleaseFrame(index); err != nil {
		return nil, failed("give frame back", err)
	}
	return raw, nil
}

func (v *v4l2) alive() error {
	if _, err := v.cam.GetName(); err != nil {
		return failed("ask name", err)
	}
	return nil
}

func (v *v4l2) close() {
	_ = v.cam.Close() // nothing is left to save
}

// failed sorts the kernel's errors.
func failed(doing string, err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		return device.Temporary(fmt.Errorf("%s: %w", doing, port.ErrBusy))
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.EIO), errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.EPROTO):
		return device.Temporary(fmt.Errorf("%s: %w: %w", doing, device.ErrOffline, err))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s (add the user to group video): %w", doing, err)
	default:
		return fmt.Errorf("%s: %w: %w", doing, device.ErrFault, err)
	}
}
