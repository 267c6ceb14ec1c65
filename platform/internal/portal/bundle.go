package portal

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"

	"smarthall/internal/fonts/rare"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
)

// Bounds of the files of editors in a bundle: one of them, and all together, in
// bytes. Larger ones are named with their address.
const (
	bundledFile = 5 << 20
	bundledAll  = 20 << 20
)

// bundle sends a guide with its forms and samples in one file (P-17).
func (s *Service) bundle(w http.ResponseWriter, req *http.Request) error {
	query := req.URL.Query()
	in := address{path: "/items/" + req.PathValue("id") + "/print", id: req.PathValue("id"), query: query}
	p, err := s.guide(req.Context(), in)
	if err != nil {
		return err
	}
	b := p.body.(guideBody) //nolint:forcetypeassert // guide makes it
	text, err := s.fill(p, in, look{}, false)
	if err != nil {
		return err
	}
	base := s.base(req)
	data, err := s.pack(req.Context(), &b, s.alone(text, base), base)
	if err != nil {
		return fmt.Errorf("pack the guide: %w", err)
	}
	attach(w, fileName(b.Name, "办事指南")+"办事指南.zip", "application/zip")
	w.Header().Set("Cache-Control", "public, max-age=60")
	w.Header().Add("Vary", "Host")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // whoever asked may be gone
	return nil
}

// alone makes a page one that is read without the portal: its style is in it,
// and its links lead back to the portal.
func (s *Service) alone(text []byte, base string) []byte {
	text = bytes.Replace(text, []byte(`<link rel="stylesheet" href="`+s.files["portal.css"].path+`">`),
		append(append([]byte("<style>"), s.files["portal.css"].doc.body...), "</style>"...), 1)
	if link := rare.Link(); link != "" {
		text = bytes.Replace(text, []byte(link), nil, 1)
	}
	return bytes.Replace(text, []byte("<head>"), []byte(`<head><base href="`+template.HTMLEscapeString(base)+`/">`), 1)
}

// archive is a bundle in the making.
type archive struct {
	zip   *zip.Writer
	names map[string]bool
	list  []string // what is in it, and what is only to be had on line
	left  int64
}

// add puts a file into the archive by a name that no other one has.
func (a *archive) add(name string, data []byte) error {
	ending := path.Ext(name)
	for n, free := 2, name; ; n++ {
		if !a.names[free] {
			name = free
			break
		}
		free = strings.TrimSuffix(name, ending) + " " + strconv.Itoa(n) + ending
	}
	a.names[name] = true
	a.list = append(a.list, name)
	f, err := a.zip.Create(name)
	if err == nil {
		_, err = f.Write(data)
	}
	return err
}

// pack puts the guide's page, the forms and the samples into an archive.
func (s *Service) pack(ctx context.Context, b *guideBody, text []byte, base string) ([]byte, error) {
	var out bytes.Buffer
	a := &archive{zip: zip.NewWriter(&out), names: map[string]bool{}, left: bundledAll}
	if err := a.add("办事指南.html", text); err != nil {
		return nil, err
	}
	for i, m := range b.Materials {
		name := fmt.Sprintf("%02d ", i+1) + fileName(m.Name, "材料")
		at := b.Path + "/materials/" + m.ID
		if err := s.packFile(ctx, a, b, "空白表格/"+name, at+"/blank", m.Blank, base); err != nil {
			return nil, err
		}
		if err := s.packFile(ctx, a, b, "示例样表/"+name, at+"/sample", m.Sample, base); err != nil {
			return nil, err
		}
	}
	if err := s.packFile(ctx, a, b, "结果样本/"+fileName(b.Item.Result.Name, "结果"), b.Path+"/sample", b.Item.Result.Sample, base); err != nil {
		return nil, err
	}
	contents := b.Name + "办事指南\r\n网址：" + base + b.Path + "\r\n\r\n" + strings.Join(a.list, "\r\n") + "\r\n"
	if err := a.add("目录.txt", []byte("\xEF\xBB\xBF"+contents)); err != nil {
		return nil, err
	}
	if err := a.zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// packFile adds a form or a sample: a text as the PDF that the page gives, a
// file of an editor as it is, any other one by its address.
func (s *Service) packFile(ctx context.Context, a *archive, b *guideBody, name, at string, f item.File, base string) error {
	if f.Text != "" {
		doc, err := s.printed(at, fileName(f.Name, "样本"), f.Text, &b.Item)
		if err != nil {
			return err
		}
		return a.add(name+".pdf", doc.body)
	}
	if f.URL == "" {
		return nil
	}
	if strings.HasPrefix(f.URL, "/") && s.Upload != nil {
		data, kept, err := s.uploaded(ctx, f.URL, min(bundledFile, a.left))
		if err != nil && fault.Of(err) == nil {
			return err
		}
		if err == nil && data != nil {
			a.left -= int64(len(data))
			return a.add(name+fileEnding(kept), data)
		}
	}
	url := f.URL
	if strings.HasPrefix(url, "/") {
		url = base + url
	}
	a.list = append(a.list, name+"（网上下载："+url+"）")
	return nil
}

// uploaded are the bytes of an editor's file and its name; nothing if it has more
// than most.
func (s *Service) uploaded(ctx context.Context, at string, most int64) ([]byte, string, error) {
	body, name, err := s.Upload(ctx, at)
	if err != nil {
		return nil, "", err
	}
	data, err := io.ReadAll(io.LimitReader(body, most+1))
	if closed := body.Close(); err == nil {
		err = closed
	}
	if err != nil || int64(len(data)) > most {
		return nil, "", err
	}
	return data, name, nil
}

// fileEnding keeps of a file's name what ends it, if that is an ending.
func fileEnding(name string) string {
	ending := strings.ToLower(path.Ext(name))
	for _, r := range strings.TrimPrefix(ending, ".") {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return ""
		}
	}
	if len(ending) > 6 {
		return ""
	}
	return ending
}
