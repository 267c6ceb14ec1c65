package layout

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // formats that are taken
	_ "image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	_ "golang.org/x/image/webp" // another

	"smarthall/internal/link"
	"smarthall/internal/screen"
)

// Bounds of files.
const (
	// MaxFile is the largest file, in bytes: a short video.
	MaxFile     = 64 << 20
	maxPicture  = 10 << 20
	maxAll      = 1 << 30
	maxFiles    = 200
	maxPixels   = 40 << 20
	sniffLength = 64
)

// typeOf tells a file's type by what it begins with; whatever it is called and
// said to be counts for nothing. Empty is a type that isn't taken.
func typeOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return "image/webp"
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return "video/mp4"
	case bytes.HasPrefix(head, []byte{0x1a, 0x45, 0xdf, 0xa3}) && bytes.Contains(head, []byte("webm")):
		return "video/webm"
	}
	return ""
}

func wrongType() error {
	return refuse(WrongType, "file.type", "只能上传 PNG、JPEG、WebP 图片，或 MP4、WebM 视频")
}

func tooLarge() error {
	return refuse(TooLarge, "file.size", fmt.Sprintf("文件不能为空；图片不超过 %d MB，视频不超过 %d MB", maxPicture>>20, MaxFile>>20))
}

// Upload takes a picture or video; sent again it is the same file.
func (s *Service) Upload(ctx context.Context, name string, content io.Reader, by string) (File, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > 80 || !plain(name) {
		return File{}, refuse(Invalid, "file.name", "请给文件起个名字，80 个字以内")
	}
	f, temporary, err := s.receive(content)
	if temporary != "" {
		defer func() { _ = os.Remove(temporary) }() // gone if it was kept
	}
	if err != nil {
		return File{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.files[f.ID]; ok {
		return known, nil
	}
	total := f.Size
	for _, other := range s.files {
		total += other.Size
	}
	if len(s.files) >= maxFiles || total > maxAll {
		return File{}, refuse(Full, "file.full", "文件太多了，请先删除不用的图片和视频")
	}
	f.Name, f.By, f.At = name, by, s.now()
	if err := os.Rename(temporary, s.path(f.ID)); err != nil {
		return File{}, fmt.Errorf("keep layout file: %w", err)
	}
	if err := s.conf.Table.AddLayoutFile(ctx, f, s.audited(Audit{What: didUpload, Detail: name}, f.ID, by)); err != nil {
		return File{}, err
	}
	s.files[f.ID] = f
	return f, nil
}

// receive writes content to a temporary file and looks at it.
func (s *Service) receive(content io.Reader) (f File, temporary string, err error) {
	out, err := os.CreateTemp(s.conf.Dir, "upload-*")
	if err != nil {
		return f, "", fmt.Errorf("receive layout file: %w", err)
	}
	temporary = out.Name()
	sum := sha256.New()
	size, copyErr := io.Copy(io.MultiWriter(out, sum), io.LimitReader(content, MaxFile+1))
	err = errors.Join(copyErr, out.Sync(), out.Close())
	if err != nil {
		return f, temporary, fmt.Errorf("receive layout file: %w", err)
	}
	if size == 0 || size > MaxFile {
		return f, temporary, tooLarge()
	}
	kind, err := look(temporary, size)
	if err != nil {
		return f, temporary, err
	}
	f.LayoutFile = link.LayoutFile{ID: hex.EncodeToString(sum.Sum(nil)), Type: kind, Size: size}
	return f, temporary, nil
}

// look returns the type of a file that is fit to be shown.
func look(path string, size int64) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("look at layout file: %w", err)
	}
	defer in.Close()
	head := make([]byte, sniffLength)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", fmt.Errorf("look at layout file: %w", err)
	}
	kind := typeOf(head[:n])
	if kind == "" {
		return "", wrongType()
	}
	if !strings.HasPrefix(kind, "image/") {
		return kind, nil
	}
	if size > maxPicture {
		return "", tooLarge()
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("look at layout file: %w", err)
	}
	conf, _, err := image.DecodeConfig(in)
	if err != nil {
		return "", wrongType()
	}
	if conf.Width*conf.Height > maxPixels {
		return "", refuse(TooLarge, "file.pixels", "图片尺寸太大，请缩小后再上传")
	}
	return kind, nil
}

func (s *Service) path(id string) string { return filepath.Join(s.conf.Dir, id) }

// Files returns the files, newest first.
func (s *Service) Files() []File {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]File, 0, len(s.files))
	for _, f := range s.files {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b File) int { return int(b.At - a.At) })
	return out
}

// File opens a file's content; the caller closes it.
func (s *Service) File(id string) (File, *os.File, error) {
	s.mu.Lock()
	f, ok := s.files[id]
	s.mu.Unlock()
	if !ok {
		return f, nil, refuse(NotFound, "file.unknown", "没有这个文件")
	}
	content, err := os.Open(s.path(id))
	if err != nil {
		return f, nil, fmt.Errorf("open layout file: %w", err)
	}
	return f, content, nil
}

// Delete removes a file that no layout shows.
func (s *Service) Delete(ctx context.Context, id, by string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.files[id]
	if !ok {
		return refuse(NotFound, "file.unknown", "没有这个文件")
	}
	for name, d := range s.docs {
		if name == planID {
			continue
		}
		for _, v := range []link.LayoutView{View(d.Draft), View(d.Body)} {
			if slices.Contains(screen.FilesOf(v), id) {
				return refuse(Conflict, "file.used", "版式“"+v.Name+"”正在使用这个文件")
			}
		}
	}
	if err := s.conf.Table.RemoveLayoutFile(ctx, id, s.audited(Audit{What: didDelete, Detail: f.Name}, id, by)); err != nil {
		return err
	}
	delete(s.files, id)
	if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete layout file: %w", err)
	}
	return nil
}

// removeStrays deletes what an upload left that was cut off.
func (s *Service) removeStrays() error {
	names, err := os.ReadDir(s.conf.Dir)
	if err != nil {
		return fmt.Errorf("read folder of layout files: %w", err)
	}
	for _, name := range names {
		if _, ok := s.files[name.Name()]; ok {
			continue
		}
		if err := os.Remove(s.path(name.Name())); err != nil {
			return fmt.Errorf("delete layout file: %w", err)
		}
	}
	return nil
}
