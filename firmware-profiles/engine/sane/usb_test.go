package sane

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

func TestTheFileOfAScannerOnUSBIsFoundByItsName(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "001"), 0o750); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "001", "004")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"genesys:libusb:001:004": file, "epson2:libusb:001:004": file,
		"genesys:libusb:001:005":                "", // isn't there, so nothing can be told by it
		"net:10.0.0.7:genesys:libusb:001:004:x": "", "test:0": "", "": "", "libusb:001:004": "",
		"a:libusb:../../001:004": "", "a:libusb:001:004\n": "",
	} {
		if got := usbFile(root, name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// Opening a scanner to look at it would disturb it, so that is done once a
// minute; but the file of one on USB says at once that it was pulled out.
func TestAScannerOnUSBIsMissedAtOnce(t *testing.T) {
	root, bin := t.TempDir(), t.TempDir()
	write := func(file string, mode os.FileMode, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(root, "001", "004")
	write(file, 0o600, "")
	write(filepath.Join(bin, "scanimage"), 0o700, "#!/bin/sh\nexit 0\n")
	d, err := New(&profile.Profile{ID: "test/sane", Engine: profile.EngineSANE}, device.Config{Port: "sane:genesys:libusb:001:004"}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	s := d.(*Scanner)
	s.usb, s.program.path = usbFile(root, s.program.device), filepath.Join(bin, "scanimage")
	if s.LookEvery() != time.Minute {
		t.Errorf("looked at every %v", s.LookEvery())
	}
	sink := &enginetest.Sink{}
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), enginetest.Patience)
	defer cancel()
	go func() { ended <- s.Run(ctx, sink) }()
	enginetest.WaitFor(t, "the scanner", func() bool { return sink.Last().State == device.Online })
	began := time.Now()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, device.ErrOffline) {
		t.Errorf("got %v", err)
	}
	t.Logf("missed after %v", time.Since(began).Round(time.Millisecond))
}
