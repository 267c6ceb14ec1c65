package counter

import (
	"bytes"
	"context"
	"image/jpeg"
	"math"
	"sync"
	"testing"

	"smarthall/internal/imaging"
	"smarthall/internal/link"
)

// editing is a desk with one page, and a way to change it.
func editing(t *testing.T, process func(context.Context, []byte, imaging.Edit) (imaging.Page, error)) (*desk, func(link.PapersEdit) link.PaperPage) {
	t.Helper()
	d := newDeskWith(t, process)
	d.must(link.TypePapersCapture, link.TicketRef{Ticket: visitID})
	id := d.pages(1).Pages[0].ID
	return d, func(e link.PapersEdit) link.PaperPage {
		t.Helper()
		e.Ticket, e.Page = visitID, id
		rev := d.view().Pages[0].Rev
		d.must(link.TypePapersEdit, e)
		return d.until("the page is made anew", func(v link.Papers) bool {
			return v.Pages[0].State == pageReady && v.Pages[0].Rev > rev
		}).Pages[0]
	}
}

// box is what a PDF of one page says of the page's paper, in points.
func box(t *testing.T, d *desk) (a3, across bool) {
	t.Helper()
	d.must(link.TypePapersFinish, link.PapersFinish{Ticket: visitID, Name: "图纸"})
	d.hall.mu.Lock()
	defer d.hall.mu.Unlock()
	data := d.hall.added[len(d.hall.added)-1].Data
	return bytes.Contains(data, []byte("841.89 1190.55]")) || bytes.Contains(data, []byte("1190.55 841.89]")),
		bytes.Contains(data, []byte("1190.55 841.89]"))
}

func TestAnA3SheetIsAnA3PageOfTheDocument(t *testing.T) {
	d, edit := editing(t, imaging.Process)
	if p := edit(link.PapersEdit{Paper: "A3"}); p.Paper != "A3" {
		t.Errorf("paper %q", p.Paper)
	}
	if a3, across := box(t, d); !a3 || across {
		t.Error("an upright sheet of A3 isn't on one")
	}
	d, edit = editing(t, imaging.Process)
	quarter := 90
	edit(link.PapersEdit{Paper: "A3"})
	edit(link.PapersEdit{Turn: &quarter})
	if _, across := box(t, d); !across {
		t.Error("a sheet of A3 that lies across isn't on one")
	}
	d, edit = editing(t, imaging.Process)
	edit(link.PapersEdit{Paper: "A3"})
	if p := edit(link.PapersEdit{Paper: "auto"}); p.Paper != "" {
		t.Errorf("taken back: %q", p.Paper)
	}
	if a3, _ := box(t, d); a3 {
		t.Error("a sheet that looks like A4 is on A3")
	}
}

func TestAScanOnA3SaysSoOfItsPages(t *testing.T) {
	d := newDeskWith(t, imaging.Process)
	d.scan.pages = [][]byte{sheet(t)}
	d.must(link.TypePapersScan, link.PapersScan{Ticket: visitID, Source: "flatbed", Paper: "A3"})
	if p := d.pages(1).Pages[0]; p.Paper != "A3" {
		t.Errorf("paper %q", p.Paper)
	}
	d.until("the scan has ended", func(v link.Papers) bool { return v.Working == "" })
	if a3, _ := box(t, d); !a3 {
		t.Error("the page isn't on A3")
	}
}

func TestTonesAndCropShowInThePage(t *testing.T) {
	d, edit := editing(t, imaging.Process)
	mean := func() float64 {
		t.Helper()
		data, err := d.cfg.Store.made(visitID, d.view().Pages[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		sum, n := 0.0, 0
		for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 4 {
			for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x += 4 {
				g, _, _, _ := img.At(x, y).RGBA()
				sum, n = sum+float64(g>>8), n+1
			}
		}
		return sum / float64(n)
	}
	darker, plain := -60, 0
	before := mean()
	if p := edit(link.PapersEdit{Brightness: &darker, Contrast: &darker}); p.Brightness != -60 || p.Contrast != -60 {
		t.Errorf("%+v", p)
	}
	if after := mean(); after > before-20 {
		t.Errorf("darkened from %.0f to %.0f", before, after)
	}
	if p := edit(link.PapersEdit{Brightness: &plain, Contrast: &plain}); p.Brightness != 0 || math.Abs(mean()-before) > 2 {
		t.Errorf("taken back: %+v", p)
	}
	whole := d.view().Pages[0]
	half := link.PaperCrop{X: 0.25, Y: 0, Width: 0.5, Height: 1}
	if p := edit(link.PapersEdit{Crop: &half}); math.Abs(float64(p.Width)/float64(whole.Width)-0.5) > 0.02 || p.Height != whole.Height {
		t.Errorf("half of %d×%d is %d×%d", whole.Width, whole.Height, p.Width, p.Height)
	}
	if p := edit(link.PapersEdit{Crop: &link.PaperCrop{Width: 1, Height: 1}}); p.Width != whole.Width || p.Crop != nil {
		t.Errorf("all of it again: %+v", p)
	}
}

func TestAPageTakesNoMoreThanTheHallSays(t *testing.T) {
	var mu sync.Mutex
	var asked []int
	d, edit := editing(t, func(_ context.Context, src []byte, e imaging.Edit) (imaging.Page, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, e.MaxBytes)
		return imaging.Page{JPEG: src, Width: 600, Height: 800, DPI: 200}, nil
	})
	d.pageBytes.Store(300_000)
	edit(link.PapersEdit{Look: link.LookGrey})
	edit(link.PapersEdit{Paper: "A3"})
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 3 || asked[0] != 0 || asked[1] != 300_000 || asked[2] != 600_000 {
		t.Errorf("asked for %v bytes", asked)
	}
}

func TestEditsThatCantBeChangeNothing(t *testing.T) {
	d, _ := editing(t, copied)
	before := d.view().Pages[0]
	much, little := 101, -101
	for _, tt := range []struct {
		name string
		edit link.PapersEdit
	}{
		{"a paper that nobody knows", link.PapersEdit{Paper: "A0"}},
		{"too bright", link.PapersEdit{Brightness: &much}},
		{"too dark", link.PapersEdit{Brightness: &little}},
		{"too much contrast", link.PapersEdit{Contrast: &much}},
		{"a part beside the page", link.PapersEdit{Crop: &link.PaperCrop{X: 0.5, Width: 0.6, Height: 1}}},
		{"a part above the page", link.PapersEdit{Crop: &link.PaperCrop{Y: -0.1, Width: 1, Height: 1}}},
		{"a part too small to see", link.PapersEdit{Crop: &link.PaperCrop{Width: 0.01, Height: 1}}},
		{"a good change with a bad one", link.PapersEdit{Paper: "A3", Contrast: &little}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.edit.Ticket, tt.edit.Page = visitID, before.ID
			if err := d.ask(link.TypePapersEdit, tt.edit); !refusedAs(err, "papers.edit") {
				t.Errorf("got %v", err)
			}
			if now := d.view().Pages[0]; now.Rev != before.Rev || now.Paper != "" || now.Crop != nil {
				t.Errorf("it became %+v", now)
			}
		})
	}
}
