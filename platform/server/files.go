package server

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"smarthall/platform/internal/files"
)

// fileCheckWait bounds the look at the file store when the platform starts.
const fileCheckWait = 20 * time.Second

// openFiles opens the files that people bring. A file store that doesn't answer
// keeps nobody from all else.
func (c *contexts) openFiles(ctx context.Context, conf Config) error {
	where := conf.Files
	if where == "" {
		where = filepath.Join(conf.Data, "files")
	}
	back, err := files.ParseBack(where)
	if err != nil {
		return err
	}
	if c.files, err = files.Open(ctx, files.Config{Store: c.store, Keys: c.keys, Back: back, Log: conf.Log}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, fileCheckWait)
	defer cancel()
	if err := back.Check(ctx); err != nil {
		conf.Log.Error("file store doesn't answer", slog.Any("err", err))
	}
	return nil
}
