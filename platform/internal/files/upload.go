package files

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"smarthall/platform/internal/store"
)

// Limits of uploads.
const (
	DefaultMax = 20 << 20 // bytes of a file where an upload says nothing
	MaxSize    = 50 << 20 // bytes of any file
	// Files that one person has brought and that nobody owns yet.
	maxFree      = 100
	maxFreeBytes = 400 << 20
	// freeFor is how long a file may belong to nobody.
	freeFor = 24 * time.Hour
	// lateFor is longer than any upload takes.
	lateFor = time.Hour
	// roomBytes bounds all uploads that are being read at once.
	roomBytes = 256 << 20
	maxAtOnce = 4 // uploads of one person
	roomStep  = 256 << 10
)

// Upload is a file on its way in.
type Upload struct {
	// Name is what the uploader calls it.
	Name   string
	Reader io.Reader
	// Max bounds its size in bytes; 0 means DefaultMax, and MaxSize is never
	// passed.
	Max int64
	// Types are what is taken; none means all.
	Types []Type
}

// Upload checks and keeps a file. It belongs to the context's caller until a
// context owns it, for a day at most. Its faults are those of this package that
// speak of the file; ErrUnavailable where the back end doesn't answer.
func (s *Service) Upload(ctx context.Context, u Upload) (File, error) {
	who := uploader(ctx)
	if err := s.fits(ctx, who); err != nil {
		return File{}, err
	}
	limit := u.Max
	if limit <= 0 {
		limit = DefaultMax
	}
	data, leave, err := s.room.read(who, u.Reader, min(limit, MaxSize))
	defer leave()
	if err != nil {
		return File{}, err
	}
	if len(data) == 0 {
		return File{}, ErrEmpty
	}
	t, err := sniff(data)
	if err != nil {
		return File{}, err
	}
	if len(u.Types) > 0 && !slices.Contains(u.Types, t) {
		return File{}, ErrType
	}
	sum, sm := sha256.Sum256(data), sm3.Sum(data)
	f := File{
		ID: store.NewID(), Name: cleanName(u.Name, t), Type: t, Size: int64(len(data)),
		SHA256: hex.EncodeToString(sum[:]), SM3: hex.EncodeToString(sm[:]), Created: s.Store.Now(),
	}
	return f, s.keep(ctx, f, who, data)
}

// fits refuses whoever has brought too much that nobody uses.
func (s *Service) fits(ctx context.Context, who string) error {
	if who == "platform/" {
		return nil
	}
	var n, size int64
	err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*), COALESCE(SUM(size), 0) FROM files_file WHERE uploader = $1 AND owned = 0`, who).Scan(&n, &size)
	if err != nil {
		return fmt.Errorf("count free files: %w", err)
	}
	if n >= maxFree || size >= maxFreeBytes {
		return ErrTooMany
	}
	return nil
}

// keep puts a file's bytes into the back end, unless it has them, and makes its
// rows. Bytes are waste until the rows name them, so that a crash leaves
// nothing behind for good.
func (s *Service) keep(ctx context.Context, f File, who string, data []byte) error {
	mac := hmac.New(sha256.New, s.hashes)
	mac.Write(data)
	hash := hex.EncodeToString(mac.Sum(nil))
	place, err := s.placed(ctx, hash)
	if err != nil {
		return err
	}
	fresh := place == ""
	if fresh {
		place = store.NewID()
		if err := s.put(ctx, place, data); err != nil {
			return err
		}
	}
	err = s.Store.Write(ctx, "keep a file", func(tx *store.Tx) error {
		if err := useContent(ctx, tx, f, hash, place, fresh); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO files_file (id, content, name, type, size, uploader, created, owned, free) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $7)`,
			f.ID, hash, s.names.Seal(nameOf(f.ID), f.Name), string(f.Type), f.Size, who, store.Millis(tx.Now))
		return err
	})
	if errors.Is(err, errMeanwhile) {
		return s.keep(ctx, f, who, data)
	}
	return err
}

// useContent notes in tx that a file uses the bytes at place, which are fresh or
// were there already. The job that deletes bytes waits for their row.
func useContent(ctx context.Context, tx *store.Tx, f File, hash, place string, fresh bool) error {
	if !fresh {
		n, err := affected(tx.ExecContext(ctx, `UPDATE files_content SET used = $1 WHERE hash = $2 AND place = $3`, store.Millis(tx.Now), hash, place))
		if err == nil && n == 0 {
			err = errMeanwhile
		}
		return err
	}
	var kept string
	err := tx.QueryRowContext(ctx, `INSERT INTO files_content (hash, place, size, sha256, sm3, used) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (hash) DO UPDATE SET used = excluded.used RETURNING place`,
		hash, place, f.Size, f.SHA256, f.SM3, store.Millis(tx.Now)).Scan(&kept)
	if err != nil || kept != place {
		return err // somebody was faster with the same bytes: ours stay waste
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM files_waste WHERE place = $1`, place)
	return err
}

// errMeanwhile says that bytes were deleted between a look and a change.
var errMeanwhile = errors.New("the bytes were deleted meanwhile")

// placed is where bytes with the hash are, and still are; empty if nowhere.
func (s *Service) placed(ctx context.Context, hash string) (place string, err error) {
	var size int64
	err = s.Store.Read().QueryRowContext(ctx, `SELECT place, size FROM files_content WHERE hash = $1`, hash).Scan(&place, &size)
	if store.IsNone(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find a file's bytes: %w", err)
	}
	have, err := s.Back.Stat(ctx, place)
	if errors.Is(err, ErrGone) || err == nil && have != sealedSize(size) {
		return "", s.lost(ctx, hash, place)
	}
	if err != nil {
		return "", ErrUnavailable.Because(err)
	}
	return place, nil
}

// lost forgets where bytes were that the back end lost; the file that brings
// them again mends those that had them.
func (s *Service) lost(ctx context.Context, hash, place string) error {
	s.Log.Error("file store lost bytes", slog.String("place", place))
	return s.Store.Write(ctx, "forget lost bytes", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM files_content WHERE hash = $1 AND place = $2`, hash, place)
		return err
	})
}

// put puts bytes at a new place, which is waste until rows name it.
func (s *Service) put(ctx context.Context, place string, data []byte) error {
	err := s.Store.Write(ctx, "note a place of bytes", func(tx *store.Tx) error {
		return waste(ctx, tx, place, tx.Now.Add(lateFor))
	})
	if err != nil {
		return err
	}
	sealed, err := s.seal(place, data)
	if err != nil {
		return err
	}
	if err := s.Back.Put(ctx, place, sealed, sealedSize(int64(len(data)))); err != nil {
		return ErrUnavailable.Because(err)
	}
	return nil
}

func waste(ctx context.Context, tx *store.Tx, place string, after time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO files_waste (place, after) VALUES ($1, $2) ON CONFLICT (place) DO NOTHING`, place, store.Millis(after))
	return err
}

// Open reads a file. The caller has seen to it that whoever reads it may, and
// closes it. Reading ends with ErrAltered if the bytes aren't those that were
// uploaded.
func (s *Service) Open(ctx context.Context, id string) (io.ReadCloser, File, error) {
	f, err := s.File(ctx, id)
	if err != nil {
		return nil, f, err
	}
	var place string
	err = s.Store.Read().QueryRowContext(ctx, `SELECT c.place FROM files_file f JOIN files_content c ON c.hash = f.content WHERE f.id = $1`, id).Scan(&place)
	if store.IsNone(err) {
		return nil, f, ErrNone
	}
	if err != nil {
		return nil, f, fmt.Errorf("find the bytes of file %s: %w", id, err)
	}
	in, err := s.Back.Get(ctx, place)
	if err != nil {
		return nil, f, ErrUnavailable.Because(fmt.Errorf("file %s at %s: %w", id, place, err))
	}
	out, err := s.unseal(place, in)
	if err != nil {
		return nil, f, errors.Join(err, in.Close())
	}
	return out, f, nil
}

// affected counts the rows of a statement.
func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// room bounds how much of uploads is held at once, and how many each uploader
// has on the way.
type room struct {
	steps chan struct{}

	mu sync.Mutex
	by map[string]int // guarded by mu
}

func newRoom(size int64) *room {
	return &room{steps: make(chan struct{}, size/roomStep), by: map[string]int{}}
}

// enter counts an upload of who's; false means that she has too many.
func (m *room) enter(who string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by[who] >= maxAtOnce && who != "platform/" {
		return false
	}
	m.by[who]++
	return true
}

// leave gives back what an upload had.
func (m *room) leave(who string, steps int) {
	for range steps {
		<-m.steps
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by[who]--; m.by[who] == 0 {
		delete(m.by, who)
	}
}

// read reads at most limit bytes. leave gives the room back.
func (m *room) read(who string, r io.Reader, limit int64) (data []byte, leave func(), err error) {
	if !m.enter(who) {
		return nil, func() {}, ErrTooMany
	}
	taken := 0
	leave = func() { m.leave(who, taken) }
	var buf bytes.Buffer
	for {
		select {
		case m.steps <- struct{}{}:
			taken++
		default:
			return nil, leave, ErrBusy
		}
		n, err := io.CopyN(&buf, r, roomStep)
		switch {
		case int64(buf.Len()) > limit:
			return nil, leave, ErrTooLarge.With(fmt.Sprintf("文件不能超过 %d MB", limit>>20))
		case errors.Is(err, io.EOF):
			return buf.Bytes(), leave, nil
		case err != nil:
			return nil, leave, ErrBroken.Because(err)
		case n == 0:
			return buf.Bytes(), leave, nil
		}
	}
}
