// Package files keeps what people bring as files. An upload flows in through
// checks of what it truly is, then sealed into a back end, a folder or an
// S3-compatible store, under the hash of its bytes; a context takes ownership
// of it in its own transaction. What nobody owns any more is deleted, with its
// bytes once no other file has the same.
package files

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Keys  *keys.Keys
	Back  Back
	Log   *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	names  privacy.Sealer
	hashes []byte
	sealer []byte // the secret that each place's key comes from
	room   *room
}

// File is one uploaded file.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Type is what the bytes are, whatever the uploader said.
	Type Type  `json:"type"`
	Size int64 `json:"size" doc:"In bytes"`
	// SHA256 and SM3 (GB/T 32905) are the bytes' hashes in hexadecimal.
	SHA256  string    `json:"sha256"`
	SM3     string    `json:"sm3"`
	Created time.Time `json:"created"`
}

// The ways this context says no.
var (
	ErrNone        = fault.New(fault.NotFound, "files.unknown", "没有这个文件，或已过期删除，请重新上传")
	ErrEmpty       = fault.New(fault.Invalid, "files.empty", "文件是空的")
	ErrTooLarge    = fault.New(fault.Invalid, "files.too-large", "文件过大")
	ErrType        = fault.New(fault.Invalid, "files.type", "只能上传 PDF、JPG、PNG 或 OFD 文件")
	ErrDisguised   = fault.New(fault.Invalid, "files.disguised", "文件内容与格式不符或已损坏，请重新扫描或另存后上传")
	ErrBroken      = fault.New(fault.Invalid, "files.broken", "上传中断，请重新上传")
	ErrTooMany     = fault.New(fault.TooMany, "files.too-many", "未使用的上传文件过多，请稍后再试")
	ErrBusy        = fault.New(fault.Unavailable, "files.busy", "上传的人较多，请稍后再试")
	ErrUnavailable = fault.New(fault.Unavailable, "files.unavailable", "文件存储暂时不可用，请稍后再试")
)

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "files", files); err != nil {
		return nil, err
	}
	return &Service{
		Config: conf, names: privacy.NewSealer(conf.Keys.For("file names")), hashes: conf.Keys.For("file hashes"),
		sealer: conf.Keys.For("files"), room: newRoom(roomBytes),
	}, nil
}

// nameOf binds a sealed name to its row.
func nameOf(id string) string { return "file/" + id }

const selectFile = `SELECT f.id, f.name, f.type, f.size, f.created, c.sha256, c.sm3 FROM files_file f JOIN files_content c ON c.hash = f.content`

func (s *Service) scan(row interface{ Scan(...any) error }) (f File, err error) {
	var created int64
	var name string
	if err := row.Scan(&f.ID, &name, &f.Type, &f.Size, &created, &f.SHA256, &f.SM3); err != nil {
		return f, err
	}
	f.Created = store.Time(created)
	f.Name, err = s.names.Open(nameOf(f.ID), name)
	return f, err
}

// File tells of a file; ErrNone if there is none.
func (s *Service) File(ctx context.Context, id string) (File, error) {
	f, err := s.scan(s.Store.Read().QueryRowContext(ctx, selectFile+` WHERE f.id = $1`, id))
	if store.IsNone(err) {
		return f, ErrNone
	}
	if err != nil {
		return f, fmt.Errorf("read file %s: %w", id, err)
	}
	return f, nil
}

// Owned are the files of a context's thing, the oldest first.
func (s *Service) Owned(ctx context.Context, part, owner string) ([]File, error) {
	rows, err := s.Store.Read().QueryContext(ctx, selectFile+` JOIN files_owner o ON o.file = f.id WHERE o.context = $1 AND o.owner = $2 ORDER BY f.id`, part, owner)
	if err != nil {
		return nil, fmt.Errorf("read files of %s %s: %w", part, owner, err)
	}
	defer rows.Close()
	list := []File{}
	for rows.Next() {
		f, err := s.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read files of %s %s: %w", part, owner, err)
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// Owns tells whether a context's thing owns a file.
func (s *Service) Owns(ctx context.Context, id, part, owner string) (bool, error) {
	var n int
	err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM files_owner WHERE file = $1 AND context = $2 AND owner = $3`, id, part, owner).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read owner of file %s: %w", id, err)
	}
	return n > 0, nil
}

// uploader names who a caller is, in a file's row. Whoever isn't signed in, and
// the platform's own jobs, are the platform.
func uploader(ctx context.Context) string {
	c := access.From(ctx)
	if c.Kind == access.Nobody {
		return "platform/"
	}
	return string(c.Kind) + "/" + c.ID
}

// Own makes a context's thing own the caller's own upload in tx. Somebody
// else's is ErrNone, so that nobody takes what others brought by its id.
func (s *Service) Own(ctx context.Context, tx *store.Tx, id, part, owner string) error {
	return s.own(ctx, tx, id, part, owner, `UPDATE files_file SET owned = owned + 1 WHERE id = $1 AND uploader = $2`, id, uploader(ctx))
}

// Share makes a context's thing one more owner of a file in tx. The context has
// seen to it that the caller may have it.
func (s *Service) Share(ctx context.Context, tx *store.Tx, id, part, owner string) error {
	return s.own(ctx, tx, id, part, owner, `UPDATE files_file SET owned = owned + 1 WHERE id = $1`, id)
}

func (s *Service) own(ctx context.Context, tx *store.Tx, id, part, owner, claim string, args ...any) error {
	// The row first: the job that deletes what nobody owns waits for it.
	if n, err := affected(tx.ExecContext(ctx, claim, args...)); err != nil {
		return fmt.Errorf("own file %s: %w", id, err)
	} else if n == 0 {
		return ErrNone
	}
	n, err := affected(tx.ExecContext(ctx, `INSERT INTO files_owner (file, context, owner, since) VALUES ($1, $2, $3, $4)
		ON CONFLICT (file, context, owner) DO NOTHING`, id, part, owner, store.Millis(tx.Now)))
	if err == nil && n == 0 { // it was hers already
		_, err = tx.ExecContext(ctx, `UPDATE files_file SET owned = owned - 1 WHERE id = $1`, id)
	}
	if err != nil {
		return fmt.Errorf("own file %s: %w", id, err)
	}
	return nil
}

// Disown ends in tx that a context's thing owns a file. Without a last owner
// the file is deleted within the hour.
func (s *Service) Disown(ctx context.Context, tx *store.Tx, id, part, owner string) error {
	n, err := affected(tx.ExecContext(ctx, `DELETE FROM files_owner WHERE file = $1 AND context = $2 AND owner = $3`, id, part, owner))
	if err == nil && n > 0 {
		_, err = tx.ExecContext(ctx, `UPDATE files_file SET owned = owned - 1, free = $1 WHERE id = $2`, store.Millis(tx.Now.Add(-freeFor)), id)
	}
	if err != nil {
		return fmt.Errorf("disown file %s: %w", id, err)
	}
	return nil
}
