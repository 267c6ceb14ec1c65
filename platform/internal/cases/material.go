package cases

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// Source is how a material is provided.
type Source string

// The sources.
const (
	NotProvided Source = ""
	Upload      Source = "upload"   // files from the applicant
	FromLibrary Source = "licence"  // of the licence library (免提交)
	Shared      Source = "shared"   // the departments share it, nobody brings it
	ByForm      Source = "form"     // the form that was filled in is it
	OnPaper     Source = "paper"    // seen at the window
	Scanned     Source = "scanned"  // files made at the window from the original
	Promised    Source = "promise"  // 告知承诺
	Later       Source = "deferred" // 容缺后补
)

// Trust is how far a document is believed (国办函〔2016〕108号).
type Trust string

// The levels.
const (
	TrustA Trust = "A" // issued by an organ: used as it is
	TrustB Trust = "B" // compared with the original at the window
	TrustC Trust = "C" // uploaded: the original must be seen
	TrustD Trust = "D" // made by the applicant, who promised that it is true
)

// Review is what the clerk found.
type Review string

// The findings.
const (
	Unseen  Review = "unseen"
	Good    Review = "ok"
	Missing Review = "missing"
	Wrong   Review = "wrong"
)

// Material is one material of a case: what the guide asked for when the case
// began, and what came of it.
type Material struct {
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	Type         item.MaterialType `json:"type"`
	Need         item.Need         `json:"need"`
	Licence      string            `json:"licence,omitempty" doc:"The kind in the licence library that takes its place"`
	Electronic   bool              `json:"electronic" doc:"May be provided on line"`
	Originals    int               `json:"originals,omitempty"`
	Copies       int               `json:"copies,omitempty"`
	Instructions string            `json:"instructions,omitempty"`
	Standard     string            `json:"standard,omitempty" doc:"What is checked: the review point"`
	When         string            `json:"when,omitempty"`
	// Form tells that the form which is filled in on line takes its place.
	Form bool `json:"form,omitempty"`
	// Items are those of a package that need it, with their own ids of it.
	Items map[string]string `json:"items,omitempty"`

	Source Source `json:"source" enum:",upload,licence,shared,form,paper,scanned,promise,deferred"`
	Trust  Trust  `json:"trust,omitempty" enum:"A,B,C,D"`
	Files  []File `json:"files,omitempty"`
	// Held is the licence of the library.
	Held *Licence `json:"held,omitempty"`
	// From is who shares it, Record what was fetched there.
	From   string  `json:"from,omitempty"`
	Record *Record `json:"record,omitempty"`
	// Due is the last day for a deferred material; Extended tells that a head
	// gave more time, Overdue that it passed.
	Due      string `json:"due,omitempty"`
	Extended bool   `json:"extended,omitempty"`
	Overdue  bool   `json:"overdue,omitempty"`

	// Compare tells that its original has to be seen before the result is
	// handed over, Compared when it was.
	Compare  bool      `json:"compare,omitempty" doc:"Its original is compared before the result is handed over"`
	Compared time.Time `json:"compared,omitzero"`

	Review Review `json:"review" enum:"unseen,ok,missing,wrong"`
	Note   string `json:"note,omitempty"`
	// Reviewer is the member of staff.
	Reviewer string    `json:"reviewer,omitempty"`
	Reviewed time.Time `json:"reviewed,omitzero"`
}

// materialOf begins a case's material.
func materialOf(m item.Material) Material {
	c := Material{
		ID: m.ID, Name: m.Name, Type: m.Type, Need: m.Need, Licence: m.Licence, Electronic: m.Electronic, Originals: m.Originals, Copies: m.Copies,
		Instructions: m.Instructions, Standard: m.Standard, When: m.When, Review: Unseen,
	}
	if m.Source.Kind == item.FromSharing {
		c.Source, c.From = Shared, m.Source.Name // believed once its record was fetched
	}
	return c
}

// online tells whether it has to be there when somebody applies on line: not
// what is brought on paper, nor what is only shown, because who she is was
// confirmed when she registered.
func (m *Material) online() bool { return m.Electronic && m.Type != item.ShowMaterial }

// open tells whether nothing was provided where something has to be.
func (m *Material) open() bool { return m.Source == NotProvided && m.online() }

// forget drops what was provided and found.
func (m *Material) forget() {
	m.Source, m.Trust, m.Files, m.Held, m.Due = NotProvided, "", nil, nil, ""
	m.Review, m.Note, m.Reviewer, m.Reviewed = Unseen, "", "", time.Time{}
	m.fillIn()
}

// fillIn lets the form take a material's place.
func (m *Material) fillIn() {
	if m.Form {
		m.Source, m.Trust = ByForm, TrustD
	}
}

// Provide is how a material is to be provided: exactly one of its fields.
type Provide struct {
	// Files are ids of uploads, all that belong to the material.
	Files   []string `json:"files,omitempty" maxItems:"20" doc:"Ids of POST /files; all that belong to the material"`
	Licence string   `json:"licence,omitempty" maxLength:"60" doc:"Id of a licence of the library"`
	Promise bool     `json:"promise,omitempty" doc:"The promise of the guide is given (告知承诺)"`
	Later   bool     `json:"later,omitempty" doc:"Asks to bring it later (容缺)"`
	Paper   bool     `json:"paper,omitempty" doc:"Staff: seen on paper at the window"`
}

// maxFiles is how many files a material has at most.
const maxFiles = 20

func (p Provide) one() bool {
	n := 0
	for _, given := range []bool{len(p.Files) > 0, p.Licence != "", p.Promise, p.Later, p.Paper} {
		if given {
			n++
		}
	}
	return n == 1
}

// provide sets how a material is provided. It belongs to a transaction that
// locked the case.
func (s *Service) provide(ctx context.Context, tx *store.Tx, c *Case, id string, p Provide) error {
	m := c.material(id)
	switch {
	case m == nil:
		return ErrMaterial
	case !p.one() || len(p.Files) > maxFiles:
		return ErrInput.Wrong("files", "请选择一种提供方式，文件不超过 20 个")
	}
	staff := access.From(ctx).Kind == access.Staff
	before, due := m.Files, m.Due
	switch {
	case len(p.Files) > 0:
		files, err := s.take(ctx, tx, c, m, p.Files)
		if err != nil {
			return err
		}
		m.forget()
		m.Files, m.Source, m.Trust = files, Upload, TrustC
		if m.Type == item.FormMaterial || m.Need == item.Promise {
			m.Trust = TrustD
		}
		if staff {
			m.Source, m.Trust = Scanned, TrustB
		}
	case p.Licence != "":
		if s.Licences == nil || m.Licence == "" {
			return ErrSource.With("这项材料不能用电子证照代替")
		}
		held, err := s.Licences.Held(ctx, p.Licence, c.Applicant, c.Person, c.Legal)
		if err != nil {
			return err
		}
		m.forget()
		m.Held, m.Source, m.Trust = &held, FromLibrary, TrustA
	case p.Promise:
		if m.Need != item.Promise {
			return ErrSource.With("这项材料不适用告知承诺")
		}
		m.forget()
		m.Source, m.Trust = Promised, TrustD
	case p.Later:
		if m.Need != item.Tolerable || c.Taken {
			return ErrTolerance
		}
		m.forget()
		m.Source = Later
	default:
		if !staff {
			return ErrSource
		}
		m.forget()
		m.Source, m.Trust = OnPaper, TrustB
	}
	if m.Source != Later {
		m.Due = due // a deferred one is brought: see brought
	}
	return s.release(ctx, tx, c, before, m.Files)
}

// take makes uploads the case's; those it has already stay.
func (s *Service) take(ctx context.Context, tx *store.Tx, c *Case, m *Material, ids []string) ([]File, error) {
	if s.Files == nil {
		return nil, ErrSource
	}
	files := make([]File, 0, len(ids))
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			continue
		}
		if k := slices.IndexFunc(m.Files, func(f File) bool { return f.ID == id }); k >= 0 {
			files = append(files, m.Files[k])
			continue
		}
		if err := s.claim(ctx, tx, id, c.ID); err != nil {
			return nil, err
		}
		f, err := s.Files.File(ctx, id)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// release lets files go that a material no longer has.
func (s *Service) release(ctx context.Context, tx *store.Tx, c *Case, before, after []File) error {
	for _, f := range before {
		if slices.ContainsFunc(after, func(g File) bool { return g.ID == f.ID }) || c.has(f.ID) || c.signedWith(f.ID) {
			continue
		}
		if err := s.Files.Disown(ctx, tx, f.ID, c.ID); err != nil {
			return fmt.Errorf("let a file of case %s go: %w", c.ID, err)
		}
	}
	return nil
}

// has tells whether one of the case's materials has a file.
func (c *Case) has(file string) bool {
	return slices.ContainsFunc(c.Dossier.Materials, func(m Material) bool {
		return slices.ContainsFunc(m.Files, func(f File) bool { return f.ID == file })
	})
}

// Finding is what a clerk found of a material.
type Finding struct {
	Material string `json:"material" maxLength:"60"`
	Result   Review `json:"result" enum:"ok,missing,wrong"`
	Note     string `json:"note,omitempty" maxLength:"300" doc:"What is wrong and how to mend it; the applicant reads it"`
}

// find notes what a clerk found.
func (c *Case) find(f Finding, clerk string, now time.Time) error {
	m := c.material(f.Material)
	switch {
	case m == nil:
		return ErrMaterial
	case !slices.Contains([]Review{Good, Missing, Wrong}, f.Result):
		return ErrInput.Wrong("result", "审查结果有误")
	case f.Result == Wrong && f.Note == "":
		return ErrReason.Wrong("note", "请写明哪里有误、怎样改")
	case utf8.RuneCountInString(f.Note) > 300:
		return ErrInput.Wrong("note", "说明不超过 300 字")
	case f.Result == Good && m.Source == Later:
		return ErrReview.Wrong("result", m.Name+"还没有提供，不能审查为合格")
	}
	m.Review, m.Note, m.Reviewer, m.Reviewed = f.Result, f.Note, clerk, now
	if f.Result == Good && m.Source == Shared && m.Record == nil {
		m.Trust = TrustB // a clerk has seen to it without the record
	}
	if f.Result == Good && m.Source == NotProvided {
		m.Source, m.Trust = OnPaper, TrustB
	}
	return nil
}

// Lack is one thing that a notice asks for.
type Lack struct {
	// Material is the name of what is missing or wrong, or to be given once more;
	// empty where Note is all that is asked for.
	Material string `json:"material,omitempty"`
	Review   Review `json:"review,omitempty" enum:"missing,wrong"`
	// Note is what a clerk wrote.
	Note string `json:"note,omitempty"`
}

// words are those of the notice.
func (l Lack) words() string {
	words := l.Material
	if l.Review == Missing {
		words += "：缺少"
	}
	switch {
	case l.Note == "":
		return words
	case l.Material == "":
		return l.Note
	case l.Review == Missing:
		return words + "，" + l.Note
	default:
		return words + "：" + l.Note
	}
}

func inWords(list []Lack) []string {
	words := make([]string, len(list))
	for i, l := range list {
		words[i] = l.words()
	}
	return words
}

// written are lacks of which there is nothing but a clerk's words.
func written(notes []string) []Lack {
	list := make([]Lack, len(notes))
	for i, note := range notes {
		list[i] = Lack{Note: note}
	}
	return list
}

// wanting is what the applicant still has to provide.
func (c *Case) wanting() (list []Lack) {
	for i := range c.Dossier.Materials {
		if m := &c.Dossier.Materials[i]; m.Review == Missing || m.Review == Wrong {
			list = append(list, Lack{m.Name, m.Review, m.Note})
		}
	}
	return list
}
