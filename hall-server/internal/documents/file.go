package documents

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"smarthall/internal/privacy"
)

// file is a document's content on the disk: its parts one after the other, each
// sealed with its offset, so that none can be moved, after its length in four
// bytes. A part that was cut off by a crash is overwritten by the next.
type file struct {
	path, id string
	vault    privacy.Vault
}

// prefix is the length before each part, in bytes.
const prefix = 4

func (f file) kind(offset int64) string {
	return "document " + f.id + " at " + strconv.FormatInt(offset, 10)
}

// scan returns how much content the whole parts hold, and where they end in the
// file; both 0 without one.
func (f file) scan() (content, end int64, err error) {
	in, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("open document: %w", err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return 0, 0, fmt.Errorf("open document: %w", err)
	}
	for {
		var head [prefix]byte
		if _, err := in.ReadAt(head[:], end); err != nil {
			if errors.Is(err, io.EOF) {
				return content, end, nil
			}
			return 0, 0, fmt.Errorf("read document: %w", err)
		}
		size := int64(binary.BigEndian.Uint32(head[:]))
		if size <= privacy.DataOverhead || size > MaxPart+privacy.DataOverhead || end+prefix+size > info.Size() {
			return content, end, nil
		}
		content += size - privacy.DataOverhead
		end += prefix + size
	}
}

// append adds a part after the whole ones.
func (f file) append(part []byte) error {
	content, end, err := f.scan()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return fmt.Errorf("make folder of documents: %w", err)
	}
	out, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	sealed := f.vault.SealData(f.kind(content), part)
	record := binary.BigEndian.AppendUint32(make([]byte, 0, prefix+len(sealed)), uint32(len(sealed)))
	record = append(record, sealed...)
	err = out.Truncate(end)
	if err == nil {
		_, err = out.WriteAt(record, end)
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	return nil
}

// copy writes the content to w, part by part. What isn't size bytes long or was
// changed is privacy.ErrSealed.
func (f file) copy(w io.Writer, size int64) error {
	in, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("open document: %w", err)
	}
	defer in.Close()
	var offset int64
	for offset < size {
		var head [prefix]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return fmt.Errorf("read document: %w: %w", privacy.ErrSealed, err)
		}
		length := binary.BigEndian.Uint32(head[:])
		if length > MaxPart+privacy.DataOverhead {
			return fmt.Errorf("read document: %w: a part of %d bytes", privacy.ErrSealed, length)
		}
		sealed := make([]byte, length)
		if _, err := io.ReadFull(in, sealed); err != nil {
			return fmt.Errorf("read document: %w: %w", privacy.ErrSealed, err)
		}
		part, err := f.vault.OpenData(f.kind(offset), sealed)
		if err != nil {
			return fmt.Errorf("read document at %d: %w", offset, err)
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
		offset += int64(len(part))
		if len(part) == 0 {
			break
		}
	}
	if offset != size {
		return fmt.Errorf("read document: %w: %d bytes, not %d", privacy.ErrSealed, offset, size)
	}
	return nil
}

// read returns the whole content.
func (f file) read(size int64) ([]byte, error) {
	buf := growing{data: make([]byte, 0, size)}
	err := f.copy(&buf, size)
	return buf.data, err
}

type growing struct{ data []byte }

func (g *growing) Write(p []byte) (int, error) {
	g.data = append(g.data, p...)
	return len(p), nil
}

// sync makes the content and its name durable.
func (f file) sync() error {
	for _, path := range []string{f.path, filepath.Dir(f.path), filepath.Dir(filepath.Dir(f.path))} {
		in, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("sync document: %w", err)
		}
		if err := errors.Join(in.Sync(), in.Close()); err != nil {
			return fmt.Errorf("sync document: %w", err)
		}
	}
	return nil
}

func (f file) remove() error {
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete document: %w", err)
	}
	return nil
}
