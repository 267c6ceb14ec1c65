package demo

import (
	"cmp"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"smarthall/platform/internal/item"
)

// materials are the materials that many items ask for, and what is said of one
// that says nothing of its own, by type.
type materials struct {
	Papers    []paper                      `yaml:"papers"`
	Fill      map[item.MaterialType]string `yaml:"fill"`
	Standards map[item.MaterialType]string `yaml:"standards"`
}

// paper is a material. One that uses a common one says only what differs.
type paper struct {
	Use  string            `yaml:"use"`
	ID   string            `yaml:"id"`
	Name string            `yaml:"name"`
	Type item.MaterialType `yaml:"type"`
	// Originals and Copies are by default what the type says.
	Originals int       `yaml:"originals"`
	Copies    int       `yaml:"copies"`
	Size      string    `yaml:"size"`
	Licence   string    `yaml:"licence"`
	Need      item.Need `yaml:"need"` // must by default
	// At most one of them: the government body that issues it, the one that
	// shares it, the intermediary. None: the applicant's own.
	From   string `yaml:"from"`
	Share  string `yaml:"share"`
	Agency string `yaml:"agency"`
	// Contact is where to ask the body.
	Contact string `yaml:"contact"`
	Fill    string `yaml:"fill"`
	Check   string `yaml:"check"`
	Basis   string `yaml:"basis"`
	When    string `yaml:"when"`
	// Fields are the gaps of a form with how somebody made up fills them.
	Fields fields `yaml:"fields"`
	Sample string `yaml:"sample"`
	// Paper tells that it isn't asked for on line.
	Paper bool `yaml:"paper"`
}

// fields are the gaps of a form in their order.
type fields [][2]string

// UnmarshalYAML implements yaml.Unmarshaler: it reads a mapping.
func (f *fields) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a form's fields are a mapping", node.Line)
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		*f = append(*f, [2]string{node.Content[i].Value, node.Content[i+1].Value})
	}
	return nil
}

// over returns p with what it leaves out taken from base.
func (p paper) over(base paper) paper {
	or := func(to *string, from string) { *to = cmp.Or(*to, from) }
	or(&p.ID, base.ID)
	or(&p.Name, base.Name)
	or(&p.Size, base.Size)
	or(&p.Licence, base.Licence)
	or(&p.Fill, base.Fill)
	or(&p.Check, base.Check)
	or(&p.Basis, base.Basis)
	or(&p.When, base.When)
	or(&p.Sample, base.Sample)
	or(&p.Contact, base.Contact)
	if p.From == "" && p.Share == "" && p.Agency == "" {
		p.From, p.Share, p.Agency = base.From, base.Share, base.Agency
	}
	if p.Type == "" {
		p.Type, p.Originals, p.Copies = base.Type, cmp.Or(p.Originals, base.Originals), cmp.Or(p.Copies, base.Copies)
	}
	p.Need = cmp.Or(p.Need, base.Need)
	if p.Fields == nil {
		p.Fields = base.Fields
	}
	p.Paper = p.Paper || base.Paper
	return p
}

// material makes the item's material of p; online tells whether one can apply
// for the item on line.
func (m materials) material(p paper, online bool) (item.Material, error) {
	if p.Use != "" {
		base, ok := m.paper(p.Use)
		if !ok {
			return item.Material{}, fmt.Errorf("no common material %q", p.Use)
		}
		p = p.over(base)
	}
	to := item.Material{
		ID: p.ID, Name: p.Name, Type: p.Type, Originals: p.Originals, Copies: p.Copies, Size: cmp.Or(p.Size, "A4"),
		Electronic: online && !p.Paper, Licence: p.Licence, Need: cmp.Or(p.Need, item.Must), Source: p.source(),
		Instructions: cmp.Or(p.Fill, m.Fill[p.Type]), Standard: cmp.Or(p.Check, m.Standards[p.Type]), Basis: p.Basis, When: p.When,
	}
	if to.Source.Kind == item.FromSharing {
		to.Electronic = false
		to.Instructions = cmp.Or(p.Fill, "由窗口通过数据共享核验，不用提交；核验不到的，再补交。")
		to.Standard = cmp.Or(p.Check, "共享信息与申请内容一致，状态有效。")
	} else if to.Originals == 0 && to.Copies == 0 {
		to.Originals, to.Copies = onPaper(p.Type)
	}
	if len(p.Fields) > 0 {
		to.Blank = item.File{Name: p.Name + "（空表）.txt", Text: p.Fields.text(p.Name, false)}
		to.Sample = item.File{Name: p.Name + "（填写示例）.txt", Text: p.Fields.text(p.Name+"（示例）", true)}
	}
	if p.Sample != "" {
		to.Sample = item.File{Name: p.Name + "（示例）.txt", Text: p.Sample}
	}
	return to, nil
}

func (m materials) paper(id string) (paper, bool) {
	for _, p := range m.Papers {
		if p.ID == id {
			return p, true
		}
	}
	return paper{}, false
}

// onPaper is how many originals and copies a type means.
func onPaper(t item.MaterialType) (originals, copies int) {
	switch t {
	case item.CopyMaterial:
		return 0, 1
	case item.BothMaterial:
		return 1, 1
	case item.EDocMaterial:
		return 0, 0
	default:
		return 1, 0
	}
}

func (p paper) source() item.Source {
	switch {
	case p.From != "":
		return item.Source{Kind: item.FromGovernment, Name: p.From, Contact: p.Contact}
	case p.Share != "":
		return item.Source{Kind: item.FromSharing, Name: p.Share, Contact: p.Contact}
	case p.Agency != "":
		return item.Source{Kind: item.FromIntermediary, Name: p.Agency, Contact: p.Contact}
	default:
		return item.Source{Kind: item.FromApplicant}
	}
}

func (f fields) text(title string, filled bool) string {
	var b strings.Builder
	b.WriteString(title + "\n")
	for _, field := range f {
		b.WriteString(field[0] + "：")
		if filled {
			b.WriteString(field[1])
		}
		b.WriteString("\n")
	}
	return b.String()
}
