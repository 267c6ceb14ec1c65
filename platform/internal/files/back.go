package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Back keeps bytes by a name that is used once. What it is given is sealed. Its
// errors are failures of the machine or the outer system; ErrGone says that
// there is no such name.
type Back interface {
	// Put keeps size bytes of r: all of them durable when it returns nil, none
	// to be seen otherwise.
	Put(ctx context.Context, place string, r io.Reader, size int64) error
	// Get reads them; the caller closes it.
	Get(ctx context.Context, place string) (io.ReadCloser, error)
	// Stat tells how many there are.
	Stat(ctx context.Context, place string) (int64, error)
	// Delete deletes them; what isn't there is deleted already.
	Delete(ctx context.Context, place string) error
	// Check tells whether the back end answers.
	Check(ctx context.Context) error
}

// ErrGone says that a back end has no bytes of that name.
var ErrGone = errors.New("the back end has no such bytes")

// Folder is a back end in a folder of this machine.
type Folder string

// path spreads files over folders by the end of their name, which is random.
func (f Folder) path(place string) (string, error) {
	if len(place) < 4 || place != filepath.Base(place) {
		return "", fmt.Errorf("file name %q: %w", place, fs.ErrInvalid)
	}
	return filepath.Join(string(f), place[len(place)-2:], place), nil
}

// Put implements Back.
func (f Folder) Put(_ context.Context, place string, r io.Reader, size int64) (err error) {
	path, err := f.path(place)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreGone(os.Remove(tmp.Name())))
		}
	}()
	n, err := io.Copy(tmp, r)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a renaming durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrGone
	}
	return err
}

// Get implements Back.
func (f Folder) Get(_ context.Context, place string) (io.ReadCloser, error) {
	path, err := f.path(place)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, gone(err)
	}
	return file, nil
}

// Stat implements Back.
func (f Folder) Stat(_ context.Context, place string) (int64, error) {
	path, err := f.path(place)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, gone(err)
	}
	return info.Size(), nil
}

// Delete implements Back.
func (f Folder) Delete(_ context.Context, place string) error {
	path, err := f.path(place)
	if err != nil {
		return err
	}
	return ignoreGone(os.Remove(path))
}

// Check implements Back.
func (f Folder) Check(_ context.Context) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(string(f), ".check-*")
	if err != nil {
		return err
	}
	return errors.Join(tmp.Close(), os.Remove(tmp.Name()))
}
