package files_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/files"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// kit is a service over a folder, with a clock that tests move.
type kit struct {
	*files.Service
	t     *testing.T
	dir   string
	later time.Duration
}

func open(t *testing.T, target string) *kit {
	t.Helper()
	k := &kit{t: t, dir: t.TempDir()}
	quiet := slog.New(slog.DiscardHandler)
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: func() time.Time { return time.Now().Add(k.later) }, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	secret, err := keys.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	k.Service, err = files.Open(t.Context(), files.Config{Store: st, Keys: secret, Back: files.Folder(k.dir), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func person(ctx context.Context, id string) context.Context {
	return access.With(ctx, access.Caller{Kind: access.Person, ID: id})
}

func (k *kit) upload(ctx context.Context, name string, data []byte) files.File {
	k.t.Helper()
	f, err := k.Upload(ctx, files.Upload{Name: name, Reader: bytes.NewReader(data)})
	if err != nil {
		k.t.Fatalf("upload %s: %v", name, err)
	}
	return f
}

func (k *kit) write(change func(tx *store.Tx) error) {
	k.t.Helper()
	if err := k.Store.Write(k.t.Context(), "test", change); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) own(ctx context.Context, id, owner string) error {
	return k.Store.Write(ctx, "own", func(tx *store.Tx) error { return k.Own(ctx, tx, id, "case", owner) })
}

func (k *kit) disown(id, owner string) {
	k.t.Helper()
	k.write(func(tx *store.Tx) error { return k.Disown(k.t.Context(), tx, id, "case", owner) })
}

func (k *kit) sweep() {
	k.t.Helper()
	if err := k.Sweep(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kit) read(id string) ([]byte, error) {
	k.t.Helper()
	body, _, err := k.Open(k.t.Context(), id)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(body)
	return data, errors.Join(err, body.Close())
}

// stored are the files in the back end.
func (k *kit) stored() (list []string) {
	k.t.Helper()
	err := filepath.WalkDir(k.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return list
}

func picture(t *testing.T, seed uint64, side int) image.Image {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32())
	}
	img.Set(0, 0, color.White)
	return img
}

func jpegOf(t *testing.T, seed uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(t, seed, 300), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t *testing.T, seed uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture(t, seed, 64)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = io.WriteString(w, parts[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const pdfText = "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"

func TestAFileIsReadAsItWasBroughtAndLiesSealed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		k := open(t, target)
		big := append(jpegOf(t, 1), bytes.Repeat([]byte("behind the picture "), 20_000)...)
		for name, data := range map[string][]byte{
			"photo.jpg": big, "a.png": pngOf(t, 1), "b.pdf": []byte(pdfText), "c.ofd": zipOf(t, "OFD.xml", "<OFD/>", "Doc_0/Document.xml", "<D/>"),
		} {
			f := k.upload(person(t.Context(), "p1"), name, data)
			if f.Name != name || f.Size != int64(len(data)) || len(f.SHA256) != 64 || len(f.SM3) != 64 {
				t.Errorf("%s: %+v", name, f)
			}
			got, err := k.read(f.ID)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s: read %d bytes, %v; want %d", name, len(got), err, len(data))
			}
		}
		for _, path := range k.stored() {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(raw, []byte("behind the picture")) || bytes.Contains(raw, []byte("%PDF")) || bytes.Contains(raw, []byte("OFD.xml")) {
				t.Errorf("%s lies open", path)
			}
		}
	})
}

func TestABadFileIsRefusedAndNothingIsKept(t *testing.T) {
	k := open(t, sqldbtest.File(t))
	jpg, pngs, ofd := jpegOf(t, 2), pngOf(t, 2), zipOf(t, "OFD.xml", "<OFD/>")
	html := "<!DOCTYPE html><script>alert(1)</script>"
	hugePNG := bytes.Clone(pngs)
	binary.BigEndian.PutUint32(hugePNG[16:], 60_000)
	binary.BigEndian.PutUint32(hugePNG[20:], 60_000)
	binary.BigEndian.PutUint32(hugePNG[29:], crc32.ChecksumIEEE(hugePNG[12:29]))
	commented := append([]byte("\xff\xd8\xff\xfe\x00\x30"+html+"    "), jpg[2:]...)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":                        {nil, files.ErrEmpty},
		"a page":                       {[]byte(html), files.ErrType},
		"a page in a JPEG's comment":   {commented, files.ErrDisguised},
		"a program":                    {[]byte("MZ\x90\x00 program"), files.ErrType},
		"a JPEG's head, then a page":   {[]byte("\xff\xd8\xff\xe0" + html), files.ErrDisguised},
		"half a JPEG":                  {jpg[:len(jpg)/2], files.ErrDisguised},
		"half a PNG":                   {pngs[:len(pngs)/2], files.ErrDisguised},
		"a PNG with something behind":  {append(bytes.Clone(pngs), html...), files.ErrDisguised},
		"a PNG of 3.6 billion pixels":  {hugePNG, files.ErrDisguised},
		"a JPEG that is an archive":    {append(bytes.Clone(jpg), zipOf(t, "x.exe", "MZ")...), files.ErrDisguised},
		"a PDF that is an archive":     {append([]byte(pdfText), zipOf(t, "x.exe", "MZ")...), files.ErrDisguised},
		"a PDF that is a page":         {[]byte("%PDF-1.7\n" + html + pdfText), files.ErrDisguised},
		"a PDF without an end":         {[]byte("%PDF-1.7\n1 0 obj"), files.ErrDisguised},
		"a PDF that runs scripts":      {[]byte(strings.Replace(pdfText, "/Type", "/OpenAction<</S/JavaScript/JS(x)>>/Type", 1)), files.ErrDisguised},
		"a PDF behind something":       {append([]byte("GIF89a "), pdfText...), files.ErrType},
		"an archive that isn't an OFD": {zipOf(t, "word/document.xml", "<w/>"), files.ErrType},
		"half an OFD":                  {ofd[:len(ofd)-10], files.ErrType},
		"an OFD that leads outside":    {zipOf(t, "OFD.xml", "<OFD/>", "../../etc/passwd", "x"), files.ErrDisguised},
		"an OFD that is a bomb":        {zipOf(t, "OFD.xml", "<OFD/>", "Doc.xml", strings.Repeat("\x00", 30<<20)), files.ErrDisguised},
		"too large":                    {append(bytes.Clone(jpg), make([]byte, files.DefaultMax)...), files.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := k.Upload(person(t.Context(), "p1"), files.Upload{Name: "x.jpg", Reader: bytes.NewReader(c.data)}); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	if _, err := k.Upload(t.Context(), files.Upload{Reader: bytes.NewReader(pngs), Types: []files.Type{files.PDF}}); !errors.Is(err, files.ErrType) {
		t.Errorf("a type that isn't asked for: %v", err)
	}
	if _, err := k.Upload(t.Context(), files.Upload{Reader: io.MultiReader(bytes.NewReader(jpg), broken{})}); !errors.Is(err, files.ErrBroken) {
		t.Errorf("a line that broke: %v", err)
	}
	if list := k.stored(); len(list) > 0 {
		t.Errorf("kept %q", list)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("line broke") }

func TestNamesLeadNowhere(t *testing.T) {
	k := open(t, sqldbtest.File(t))
	for name, want := range map[string]string{
		"营业执照.jpg": "营业执照.png", `..\..\etc/passwd`: "passwd.png", "invoice.pdf.exe": "invoice.pdf.exe.png", "": "文件.png", "...": "文件.png",
		"a\x00b\r\nSet-Cookie: x.png": "abSet-Cookie x.png", "photo\u202egpj.exe": "photogpj.exe.png", "<script>.PNG": "script.png",
		strings.Repeat("长", 300) + ".png": strings.Repeat("长", 100) + ".png", "\xff\xfe.png": "文件.png",
	} {
		if f := k.upload(person(t.Context(), name), name, pngOf(t, 3)); f.Name != want {
			t.Errorf("%q became %q, want %q", name, f.Name, want)
		}
	}
}

func TestOnlyTheUploaderGivesAFileAway(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		k := open(t, target)
		mine, hers := person(t.Context(), "p1"), person(t.Context(), "p2")
		f := k.upload(mine, "a.png", pngOf(t, 4))
		for name, ctx := range map[string]context.Context{
			"somebody else": hers, "nobody": t.Context(), "staff with the same id": access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "p1"}),
		} {
			if err := k.own(ctx, f.ID, "c1"); !errors.Is(err, files.ErrNone) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := k.own(mine, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "c1"); !errors.Is(err, files.ErrNone) {
			t.Errorf("an id that isn't there: %v", err)
		}
		for range 2 { // a request that comes again
			if err := k.own(mine, f.ID, "c1"); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := k.Owned(t.Context(), "case", "c1"); err != nil || len(list) != 1 || list[0].Name != "a.png" {
			t.Errorf("owned %+v, %v", list, err)
		}
		if ok, err := k.Owns(t.Context(), f.ID, "case", "c2"); err != nil || ok {
			t.Errorf("another case owns it: %v, %v", ok, err)
		}
	})
}

func TestWhatNobodyOwnsGoesAndWhatSomebodyOwnsStays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		k := open(t, target)
		mine := person(t.Context(), "p1")
		data := pngOf(t, 5)
		forgotten, kept, same := k.upload(mine, "a.png", pngOf(t, 6)), k.upload(mine, "b.png", data), k.upload(person(t.Context(), "p2"), "c.png", data)
		if n := len(k.stored()); n != 2 {
			t.Errorf("%d stored, want the same bytes once", n)
		}
		if err := k.own(mine, kept.ID, "c1"); err != nil {
			t.Fatal(err)
		}
		k.write(func(tx *store.Tx) error { return k.Share(t.Context(), tx, kept.ID, "case", "c2") })
		k.later = 23 * time.Hour
		k.sweep()
		if _, err := k.read(forgotten.ID); err != nil {
			t.Errorf("gone before a day: %v", err)
		}
		k.later = 25 * time.Hour
		k.sweep()
		for _, id := range []string{forgotten.ID, same.ID} {
			if _, err := k.read(id); !errors.Is(err, files.ErrNone) {
				t.Errorf("stays after a day: %v", err)
			}
		}
		k.disown(kept.ID, "c1")
		k.disown(kept.ID, "c1")
		k.sweep()
		if got, err := k.read(kept.ID); err != nil || !bytes.Equal(got, data) {
			t.Errorf("an owned file: %d bytes, %v", len(got), err)
		}
		k.disown(kept.ID, "c2")
		k.later += 2 * time.Hour
		k.sweep()
		if _, err := k.read(kept.ID); !errors.Is(err, files.ErrNone) {
			t.Errorf("without an owner: %v", err)
		}
		if list := k.stored(); len(list) > 0 {
			t.Errorf("bytes of nobody: %q", list)
		}
	})
}

func TestAlteredBytesAreNoticed(t *testing.T) {
	k := open(t, sqldbtest.File(t))
	data := append(jpegOf(t, 7), make([]byte, 200_000)...)
	f := k.upload(person(t.Context(), "p1"), "a.jpg", data)
	path := k.stored()[0]
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(raw)
	flipped[len(raw)/2] ^= 1
	chunk := 64<<10 + 16
	for name, bad := range map[string][]byte{
		"a bit": flipped, "cut": raw[:len(raw)-1], "cut between chunks": raw[:1+chunk], "nothing": {}, "longer": append(bytes.Clone(raw), 0),
		"chunks in another order": append(append(append([]byte{raw[0]}, raw[1+chunk:1+2*chunk]...), raw[1:1+chunk]...), raw[1+2*chunk:]...),
	} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := k.read(f.ID); !errors.Is(err, files.ErrAltered) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	// A file that the back end lost is mended by who brings it again.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := k.read(f.ID); fault.Of(err) == nil {
		t.Errorf("lost bytes: %v", err)
	}
	k.upload(person(t.Context(), "p2"), "again.jpg", data)
	if got, err := k.read(f.ID); err != nil || !bytes.Equal(got, data) {
		t.Errorf("mended: %d bytes, %v", len(got), err)
	}
}

func TestManyBringTheSameWhileItIsDeleted(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		k := open(t, target)
		data := pngOf(t, 8)
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				ctx := person(t.Context(), string(rune('a'+i)))
				for range 5 {
					f, err := k.Upload(ctx, files.Upload{Name: "a.png", Reader: bytes.NewReader(data)})
					if err == nil {
						err = k.own(ctx, f.ID, "c")
					}
					if err != nil {
						t.Error(err)
						return
					}
					if got, err := k.read(f.ID); err != nil || !bytes.Equal(got, data) {
						t.Errorf("read %d bytes, %v", len(got), err)
					}
					k.disown(f.ID, "c")
				}
			})
		}
		wg.Go(func() {
			for range 20 {
				if err := k.Sweep(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
		k.later = 26 * time.Hour
		k.sweep()
		if list := k.stored(); len(list) > 0 {
			t.Errorf("bytes of nobody: %q", list)
		}
	})
}

func TestWhoBringsTooMuchThatNobodyUsesIsRefused(t *testing.T) {
	k := open(t, sqldbtest.File(t))
	data := []byte(pdfText)
	for range 100 {
		k.upload(person(t.Context(), "p1"), "a.pdf", data)
	}
	if _, err := k.Upload(person(t.Context(), "p1"), files.Upload{Reader: bytes.NewReader(data)}); !errors.Is(err, files.ErrTooMany) {
		t.Errorf("got %v", err)
	}
	k.upload(person(t.Context(), "p2"), "a.pdf", data)
}

func TestTheSecretOfTheStoreStaysOutOfErrors(t *testing.T) {
	for _, text := range []string{"s3://key:geheim@host", "s3://key:geheim@host/a/b", "s3://host/bucket", "ftp://key:geheim@host/b", "s3://key:geheim@[::1/b"} {
		if _, err := files.ParseBack(text); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
