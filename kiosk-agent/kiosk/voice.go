package kiosk

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path"
	"regexp"
)

// spoken are the sentences of the pages, as clips/LANGUAGE/KEY.wav; see
// clips/generate.sh.
//
//go:embed clips/*/*.wav
var spoken embed.FS

// clipName is what the files of sentences are called: a language and a key.
var clipName = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*/[a-z0-9-]{1,40}\.wav$`)

// voice gives the pages the sentences that they speak: the hall's own
// recordings where there are any, else those that come with the program.
type voice struct {
	own fs.FS // nil without recordings of the hall's
	log *slog.Logger
}

// newVoice returns the voice with the recordings in a folder, which is empty if
// there is none.
func newVoice(folder string, log *slog.Logger) (*voice, error) {
	v := &voice{log: log}
	if folder == "" {
		return v, nil
	}
	if info, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("open the voice's recordings: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("the voice's recordings: %s is no folder", folder)
	}
	v.own = os.DirFS(folder)
	return v, nil
}

// maxClip bounds a recording, in bytes.
const maxClip = 4 << 20

// ServeHTTP serves /voice/{language}/{file}.
func (v *voice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Join(r.PathValue("language"), r.PathValue("file"))
	if !clipName.MatchString(name) {
		http.NotFound(w, r)
		return
	}
	data, err := v.read(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			v.log.Warn("recording not read", slog.String("file", name), slog.Any("err", err))
		}
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(data)
}

// read is a sentence's file.
func (v *voice) read(name string) ([]byte, error) {
	if v.own != nil {
		info, err := fs.Stat(v.own, name)
		switch {
		case err == nil && info.Size() > maxClip:
			v.log.Warn("recording left out: it is too long", slog.String("file", name), slog.Int64("bytes", info.Size()))
		case err == nil:
			return fs.ReadFile(v.own, name)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return spoken.ReadFile("clips/" + name)
}
