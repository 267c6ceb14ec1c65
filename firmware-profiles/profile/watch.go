package profile

import (
	"context"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settle is how long a folder must be quiet before it is read: an editor
	// writes a file in several steps.
	settle = 150 * time.Millisecond
	// look is how often the folder is read without being told: folders on the
	// network tell nothing of what others change.
	look = 10 * time.Second
)

// Run keeps the folder's profiles up to date until ctx ends.
func (l *Live) Run(ctx context.Context) {
	if l.dir == "" {
		<-ctx.Done()
		return
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		l.log.Warn("folder of profiles can't be watched; it is read from time to time", slog.Any("err", err))
		watcher = &fsnotify.Watcher{} // its channels are nil and never tell anything
	} else {
		defer func() { _ = watcher.Close() }() // nothing is left to be told
		l.watch(watcher)
	}
	l.follow(ctx, watcher)
}

// follow reads the folder whenever the watcher tells of it, and from time to
// time.
func (l *Live) follow(ctx context.Context, watcher *fsnotify.Watcher) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	quiet := time.NewTimer(settle) // what changed between the first reading and the watch
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-watcher.Events:
			if e.Op != fsnotify.Chmod {
				quiet.Reset(settle)
			}
		case err := <-watcher.Errors:
			l.log.Warn("watching the folder of profiles", slog.Any("err", err))
			quiet.Reset(settle)
		case <-quiet.C:
			l.reload()
			if watcher.Events != nil {
				l.watch(watcher)
			}
		case <-tick.C:
			if l.reload() && watcher.Events != nil {
				l.watch(watcher)
			}
		}
	}
}

// watch adds the folder and those in it to the watcher; one that is watched
// already stays so.
func (l *Live) watch(watcher *fsnotify.Watcher) {
	err := filepath.WalkDir(l.dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if name != l.dir && strings.HasPrefix(e.Name(), ".") {
			return fs.SkipDir
		}
		return watcher.Add(name)
	})
	if err != nil {
		l.log.Debug("folder of profiles is not watched", slog.Any("err", err))
	}
}
