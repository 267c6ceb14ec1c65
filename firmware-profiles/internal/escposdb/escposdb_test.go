package escposdb_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/engine/escpos"
	"smarthall/firmware-profiles/internal/escposdb"
	"smarthall/firmware-profiles/profile"
)

// published reads the written fixture, which has the form of the file that the
// database's project publishes.
func published(t *testing.T) map[string]escposdb.Model {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "capabilities.json"))
	if err != nil {
		t.Fatal(err)
	}
	return read(t, escposdb.File{Name: "capabilities.json", Data: data})
}

func read(t *testing.T, files ...escposdb.File) map[string]escposdb.Model {
	t.Helper()
	models, err := escposdb.Read(files...)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]escposdb.Model{}
	for _, m := range models {
		out[m.Key] = m
	}
	return out
}

// loaded is a draft as the program would load it, with its vectors played.
func loaded(t *testing.T, m escposdb.Model, o escposdb.Options) *profile.Profile {
	t.Helper()
	d, err := escposdb.NewDraft(m, o)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := profile.ReadDoc("printer/"+d.File, []byte(d.Text))
	if err != nil {
		t.Fatalf("%v\n%s", err, d.Text)
	}
	p, err := doc.Profile(cat.Find)
	if err != nil {
		t.Fatalf("%v\n%s", err, d.Text)
	}
	for _, v := range p.Vectors {
		if err := escpos.RunVector(p, v); err != nil {
			t.Errorf("vector of line %d: %v", v.Line, err)
		}
	}
	return p
}

func TestAModelBecomesAProfileWithItsSourceAndItsVectorsHold(t *testing.T) {
	p := loaded(t, published(t)["RX-80"], escposdb.Options{})
	if p.ID != "example/rx-80" || p.Inherits != "generic/escpos-80" || p.Names.EN != "Example RX-80" {
		t.Errorf("%s inherits %s, is called %q", p.ID, p.Inherits, p.Names.EN)
	}
	if e := p.Evidence["caps"]; e.Level != "manual" || !strings.Contains(e.Note, "CC BY 4.0") || !strings.Contains(e.Note, "640 dots, which don't fit") {
		t.Errorf("evidence %+v", e)
	}
	if e := p.Evidence["status"]; e.Level != "guess" {
		t.Errorf("the database says nothing of the status, and yet it counts as %q", e.Level)
	}
}

func TestEachFactChangesWhatIsSent(t *testing.T) {
	base := published(t)["RX-80"]
	for _, tt := range []struct {
		name string
		set  func(*escposdb.Model)
		o    escposdb.Options
		want func(profile.Caps) bool
	}{
		{"dots that are the paper's width become the columns'", func(*escposdb.Model) {}, escposdb.Options{}, func(c profile.Caps) bool { return c.WidthDots == 576 && c.Columns == 48 }},
		{"dots that fit stay", func(m *escposdb.Model) { m.Columns, m.Dots = 42, 512 }, escposdb.Options{}, func(c profile.Caps) bool { return c.WidthDots == 512 && c.Columns == 42 }},
		{"unknown dots are the columns'", func(m *escposdb.Model) { m.Columns, m.Dots = 42, 0 }, escposdb.Options{}, func(c profile.Caps) bool { return c.WidthDots == 504 }},
		{"both cutters", func(*escposdb.Model) {}, escposdb.Options{}, func(c profile.Caps) bool { return strings.Join(c.Cut, " ") == "partial full" }},
		{"a full cutter only", func(m *escposdb.Model) { m.PartCut = false }, escposdb.Options{}, func(c profile.Caps) bool { return strings.Join(c.Cut, " ") == "full" }},
		{"no cutter", func(m *escposdb.Model) { m.PartCut, m.FullCut = false, false }, escposdb.Options{}, func(c profile.Caps) bool { return len(c.Cut) == 0 }},
		{"QR command", func(*escposdb.Model) {}, escposdb.Options{}, func(c profile.Caps) bool { return c.QR == "native" }},
		{"no QR command", func(m *escposdb.Model) { m.QR = false }, escposdb.Options{}, func(c profile.Caps) bool { return c.QR == "raster" }},
		{"no word of Chinese", func(*escposdb.Model) {}, escposdb.Options{}, func(c profile.Caps) bool { return c.Chinese.Mode == profile.ChineseNone }},
		{"a Chinese font by the technician's word", func(*escposdb.Model) {}, escposdb.Options{Chinese: true}, func(c profile.Caps) bool { return c.Chinese.Charset == "gb18030-2byte" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := base
			tt.set(&m)
			if p := loaded(t, m, tt.o); !tt.want(p.Caps) {
				t.Errorf("caps %+v", p.Caps)
			}
		})
	}
}

func TestANarrowPrinterOfStarSaysWhatToSet(t *testing.T) {
	p := loaded(t, published(t)["RX-58+"], escposdb.Options{})
	if p.ID != "example/rx-58-plus" || p.Inherits != "generic/escpos-58" {
		t.Errorf("%s inherits %s", p.ID, p.Inherits)
	}
	for _, want := range []string{"ESC/POS 仿真", "只有全切", "汉字印成图片"} {
		if !strings.Contains(p.Help.ZH, want) {
			t.Errorf("help %q lacks %q", p.Help.ZH, want)
		}
	}
}

func TestWhatCantPrintTicketsIsToldWithTheReason(t *testing.T) {
	models := published(t)
	good := models["RX-80"]
	noPictures, fewColumns, tooTight := good, good, good
	noPictures.Raster = false
	fewColumns.Columns = 12
	tooTight.Columns, tooTight.Dots = 48, 384
	for want, m := range map[string]escposdb.Model{
		"customer display": models["VFD"], "impact": models["Needles"], "no pictures": noPictures, "12 columns": fewColumns, "contradict": tooTight,
	} {
		_, err := escposdb.NewDraft(m, escposdb.Options{})
		var unfit *escposdb.UnfitError
		if !errors.As(err, &unfit) || !strings.Contains(unfit.EN, want) || unfit.ZH == "" {
			t.Errorf("%s: %v", want, err)
		}
	}
}

const (
	parent = `---
Base:
  name: Base
  vendor: Example
  notes: ""
  features: {bitImageRaster: true, qrCode: true, paperFullCut: yes}
  fonts: {0: {columns: 42}}
  media: {width: {mm: Unknown, pixels: Unknown}}
`
	heir = `---
Heir:
  name: Heir
  vendor: Example
  notes: >
    more
  inherits: Base
  features: {qrCode: no}
  media:
    width: {mm: 72, pixels: 512}
`
)

func TestAModelsOwnFileInheritsWhatAnotherFileHas(t *testing.T) {
	m := read(t, escposdb.File{Name: "Heir.yml", Data: []byte(heir)}, escposdb.File{Name: "Base.yml", Data: []byte(parent)})["Heir"]
	want := escposdb.Model{Key: "Heir", Vendor: "Example", Name: "Heir", Dots: 512, MM: 72, Columns: 42, FullCut: true, Raster: true}
	if m != want {
		t.Errorf("got %+v, want %+v", m, want)
	}
	_, err := escposdb.Read(escposdb.File{Name: "Heir.yml", Data: []byte(heir)})
	if !errors.Is(err, escposdb.ErrFormat) || !strings.Contains(err.Error(), `inherits "Base"`) {
		t.Errorf("a parent that isn't there: %v", err)
	}
}

func TestHostileFilesAreRefused(t *testing.T) {
	model := `{"P": {"name": "N", "vendor": "V", "features": {"bitImageRaster": true}, "fonts": {"0": {"columns": 42}}}}`
	change := func(old, with string) string { return strings.Replace(model, old, with, 1) }
	if _, err := escposdb.Read(escposdb.File{Name: "f", Data: []byte(model)}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":                "",
		"no mapping":           "- a\n- b\n",
		"broken JSON":          `{"profiles": `,
		"a list of profiles":   `{"profiles": []}`,
		"no profile":           `{"profiles": {}}`,
		"a model that is text": `{"P": "x"}`,
		"an alias":             "a: &x {name: N}\nb: *x\n",
		"an alias of aliases":  "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
		"a key twice":          "P: {name: N}\nP: {name: M}\n",
		"deep":                 "P: " + strings.Repeat("{a: ", 40) + "1" + strings.Repeat("}", 40),
		"deep lists":           strings.Repeat("[", 20000),
		"a line in a name":     change(`"N"`, `"N\nschema: x"`),
		"a long name":          change(`"N"`, `"`+strings.Repeat("N", 200)+`"`),
		"no vendor":            change(`"vendor": "V", `, ""),
		"a name that is not":   change(`"N"`, `7`),
		"columns that are not": change("42", `"many"`),
		"columns too many":     change("42", `1e300`),
		"columns below zero":   change("42", `-1`),
		"columns not a number": change("42", `"NaN"`),
		"columns in a list":    change("42", `[42]`),
		"a feature that isn't": change("true", `"perhaps"`),
		"inherits itself":      change(`"name"`, `"inherits": "P", "name"`),
		"huge":                 "#" + strings.Repeat("x", 5<<20),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := escposdb.Read(escposdb.File{Name: "f.yml", Data: []byte(text)}); !errors.Is(err, escposdb.ErrFormat) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// FuzzRead reads anything without a panic, and what it drafts is a profile
// that can be read.
func FuzzRead(f *testing.F) {
	f.Add([]byte(parent))
	f.Add([]byte(`{"profiles": {"P'\"": {"name": "N: #", "vendor": "\u00e4 - x", "features": {"bitImageRaster": true}, "fonts": {"0": {"columns": 42}}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		models, err := escposdb.Read(escposdb.File{Name: "f", Data: data})
		if err != nil {
			return
		}
		for _, m := range models {
			d, err := escposdb.NewDraft(m, escposdb.Options{})
			if err != nil {
				continue
			}
			if doc, err := profile.ReadDoc(d.File, []byte(d.Text)); err != nil || doc.ID() != d.ID {
				t.Errorf("%v\n%s", err, d.Text)
			}
		}
	})
}
