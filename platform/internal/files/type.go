package files

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"image/jpeg"
	"image/png"
	"path"
	"slices"
	"strings"
	"unicode"
)

// Type is what a file is: its media type.
type Type string

// The types that people may bring (GB/T 33190 is OFD).
const (
	PDF  Type = "application/pdf"
	JPEG Type = "image/jpeg"
	PNG  Type = "image/png"
	OFD  Type = "application/ofd"
)

// Types are all of them.
func Types() []Type { return []Type{PDF, JPEG, PNG, OFD} }

var endings = map[Type]string{PDF: ".pdf", JPEG: ".jpg", PNG: ".png", OFD: ".ofd"}

// Limits of what is looked into.
const (
	headBytes  = 1024        // where readers of PDF and browsers look for what a file is
	maxPixels  = 120_000_000 // an A3 sheet at 600 dpi is 70 million
	maxEntries = 20_000
	maxOpened  = 512 << 20 // bytes that an OFD says it unpacks to
	maxRatio   = 200
)

var (
	jpegHead = []byte("\xff\xd8\xff")
	pngHead  = []byte("\x89PNG\r\n\x1a\n")
	pdfHead  = []byte("%PDF-")
	zipHead  = []byte("PK\x03\x04")
	zipEnd   = []byte("PK\x05\x06")
)

// sniff tells what data are by themselves. Data that are nothing we take are
// ErrType; data that could be taken for two things, or are damaged, are
// ErrDisguised. Nothing is unpacked.
func sniff(data []byte) (Type, error) {
	var t Type
	var whole func([]byte) bool
	switch {
	case bytes.HasPrefix(data, pdfHead):
		t, whole = PDF, wholePDF
	case bytes.HasPrefix(data, jpegHead):
		t, whole = JPEG, wholeJPEG
	case bytes.HasPrefix(data, pngHead):
		t, whole = PNG, wholePNG
	case bytes.HasPrefix(data, zipHead):
		if !holdsOFD(data) {
			return "", ErrType
		}
		t, whole = OFD, wholeOFD
	default:
		return "", ErrType
	}
	if !whole(data) || ambiguous(data, t) {
		return "", ErrDisguised
	}
	return t, nil
}

// ambiguous tells whether another reader would take data of type t for
// something else: a page, a PDF or an archive.
func ambiguous(data []byte, t Type) bool {
	head := bytes.ToLower(data[:min(headBytes, len(data))])
	for _, mark := range []string{"<!doctype", "<html", "<head", "<body", "<script", "<svg", "<iframe", "<?php"} {
		if bytes.Contains(head, []byte(mark)) {
			return true
		}
	}
	if t != PDF && bytes.Contains(data[:min(headBytes, len(data))], pdfHead) {
		return true
	}
	return t != OFD && endsAsZip(data)
}

// endsAsZip tells whether a reader of archives finds a directory at the end.
func endsAsZip(data []byte) bool {
	tail := data[max(0, len(data)-(22+1<<16)):]
	for {
		i := bytes.LastIndex(tail, zipEnd)
		if i < 0 {
			return false
		}
		// Where its directory should be, or nothing: four bytes may be chance.
		if rest := tail[i:]; len(rest) >= 22 && int(binary.LittleEndian.Uint16(rest[20:]))+22 <= len(rest) {
			return true
		}
		tail = tail[:i]
	}
}

// wholePDF tells whether data have a PDF's end and do nothing by themselves
// when opened, as far as that can be seen without unpacking.
func wholePDF(data []byte) bool {
	tail := data[max(0, len(data)-headBytes):]
	if !bytes.Contains(tail, []byte("%%EOF")) || !bytes.Contains(tail, []byte("startxref")) {
		return false
	}
	for _, active := range []string{"/JavaScript", "/Launch", "/RichMedia"} {
		if bytes.Contains(data, []byte(active)) {
			return false
		}
	}
	return true
}

func fewPixels(width, height int) bool {
	return width > 0 && height > 0 && int64(width)*int64(height) <= maxPixels
}

// wholeJPEG tells whether data are a picture of a size that can be shown, to
// its end. Cameras put their own things behind the end: they are left.
func wholeJPEG(data []byte) bool {
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	return err == nil && fewPixels(c.Width, c.Height) && endsJPEG(data)
}

// endsJPEG tells whether data's segments lead to the end of the picture
// (ITU-T T.81, annex B).
func endsJPEG(data []byte) bool {
	for at := 2; at+2 <= len(data) && data[at] == 0xff; {
		marker := data[at+1]
		switch {
		case marker == 0xff: // filled up
			at++
			continue
		case marker == 0xd9:
			return true
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd8: // stand alone
			at += 2
			continue
		case at+4 > len(data):
			return false
		}
		at += 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xda {
			at = afterScan(data, at)
		}
	}
	return false
}

// afterScan is where the next marker is behind coded data that begin at at.
func afterScan(data []byte, at int) int {
	for at+1 < len(data) {
		i := bytes.IndexByte(data[at:], 0xff)
		if i < 0 || at+i+1 >= len(data) {
			return len(data)
		}
		at += i
		if next := data[at+1]; next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7) {
			return at
		}
		at++
	}
	return len(data)
}

// wholePNG tells whether data are a picture of a size that can be shown and
// end where it ends.
func wholePNG(data []byte) bool {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || !fewPixels(c.Width, c.Height) {
		return false
	}
	for rest := data[len(pngHead):]; len(rest) >= 12; {
		size := uint64(binary.BigEndian.Uint32(rest)) + 12
		if size > uint64(len(rest)) {
			return false
		}
		if string(rest[4:8]) == "IEND" {
			return size == uint64(len(rest))
		}
		rest = rest[size:]
	}
	return false
}

// holdsOFD tells whether an archive's directory names OFD.xml at its root.
func holdsOFD(data []byte) bool {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	return err == nil && slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == "OFD.xml" })
}

// wholeOFD tells whether an archive's directory promises nothing outrageous. It
// unpacks nothing: what an archive says of itself may be a lie, which whoever
// unpacks it has to bound again.
func wholeOFD(data []byte) bool {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) > maxEntries {
		return false
	}
	var total uint64
	seen := map[string]bool{}
	for _, f := range z.File {
		name := path.Clean(strings.ReplaceAll(f.Name, `\`, "/"))
		if name == ".." || strings.HasPrefix(name, "../") || path.IsAbs(name) || seen[name] && !strings.HasSuffix(f.Name, "/") || f.Flags&1 != 0 {
			return false
		}
		seen[name] = true
		if total += f.UncompressedSize64; total > maxOpened || f.UncompressedSize64 > maxRatio*max(f.CompressedSize64, 64) {
			return false
		}
	}
	return true
}

// maxName is how many characters of a name are kept.
const maxName = 100

// cleanName is a name without what could lead somewhere or deceive, and with
// the ending of what the file truly is.
func cleanName(name string, t Type) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1 // control characters and those that turn the writing's direction
		}
		return r
	}, name)
	stem := strings.TrimSuffix(name, path.Ext(name))
	if !known(path.Ext(name)) {
		stem = name
	}
	stem = strings.Trim(stem, " .")
	if r := []rune(stem); len(r) > maxName {
		stem = strings.TrimSpace(string(r[:maxName]))
	}
	if stem == "" {
		stem = "文件"
	}
	return stem + endings[t]
}

// known tells whether an ending is that of a type that people bring.
func known(ending string) bool {
	switch strings.ToLower(ending) {
	case ".pdf", ".jpg", ".jpeg", ".png", ".ofd":
		return true
	}
	return false
}
