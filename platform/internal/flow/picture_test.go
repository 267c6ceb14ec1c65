package flow_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smarthall/platform/internal/flow"
)

// wellFormed checks that a picture is XML.
func wellFormed(t *testing.T, data []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(data))
	for {
		if _, err := dec.Token(); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Errorf("picture: %v", err)
			}
			return
		}
	}
}

func TestPicturesTellWhereACaseStands(t *testing.T) {
	o := file(t)
	o.begin("c1", o.joint(), nil)
	o.pass("ann", "lead")
	o.pass("hal", "first")
	o.pass("fay", "second")
	decide := o.find("ann", "decide")
	o.do("ann", decide.ID, "claim", flow.Request{})
	o.do("ann", decide.ID, "return", flow.Request{Opinion: "请补充", Node: "first"})
	for name, draw := range map[string]func(w io.Writer, public bool) error{
		"wide":   func(w io.Writer, public bool) error { return o.Picture(t.Context(), w, "c1", public) },
		"narrow": func(w io.Writer, public bool) error { return o.PictureNarrow(t.Context(), w, "c1", public) },
	} {
		for _, public := range []bool{true, false} {
			var b bytes.Buffer
			o.must(draw(&b, public))
			wellFormed(t, b.Bytes())
			text := b.String()
			for _, want := range []string{"汇总决定", "协办部门一审查：退回重办", "主办部门审查：已办结"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: the picture doesn't say %q", name, want)
				}
			}
			if strings.Contains(text, "员工") == public || strings.Contains(text, "请补充") {
				t.Errorf("%s, public %v: persons or opinions", name, public)
			}
			if dir := os.Getenv("FLOW_PICTURES"); dir != "" && public {
				o.must(os.WriteFile(filepath.Join(dir, name+".svg"), b.Bytes(), 0o600))
			}
		}
	}
	first := o.find("hal", "first")
	o.do("hal", first.ID, "hold", flow.Request{Reason: "survey", Days: 3})
	var b bytes.Buffer
	o.must(o.PictureNarrow(t.Context(), &b, "c1", true))
	if !strings.Contains(b.String(), "暂停计时：现场勘验") {
		t.Error("the picture doesn't say that the case is held")
	}
	if dir := os.Getenv("FLOW_PICTURES"); dir != "" {
		o.must(os.WriteFile(filepath.Join(dir, "held.svg"), b.Bytes(), 0o600))
		b.Reset()
		o.must(o.Picture(t.Context(), &b, "c1", true))
		o.must(os.WriteFile(filepath.Join(dir, "heldwide.svg"), b.Bytes(), 0o600))
	}
	o.refused(o.Picture(t.Context(), io.Discard, "nobody", true), flow.ErrNone)
}

func TestEveryTemplateIsSoundAndDrawn(t *testing.T) {
	o := file(t)
	for _, def := range flow.Templates() {
		findings, err := o.Check(t.Context(), &def, "food")
		o.must(err)
		for _, f := range findings {
			if f.Severe {
				t.Errorf("%s: %+v", def.ID, f)
			}
		}
		var b bytes.Buffer
		o.must(flow.Draw(&b, &def, nil))
		wellFormed(t, b.Bytes())
		if dir := os.Getenv("FLOW_PICTURES"); dir != "" {
			o.must(os.WriteFile(filepath.Join(dir, def.ID+".svg"), b.Bytes(), 0o600))
		}
		run, err := o.Try(o.as("rob"), def.ID, flow.Trial{})
		o.must(err)
		if !run.Ended || !run.Approved || len(run.Steps) == 0 {
			t.Errorf("%s: trial %+v", def.ID, run)
		}
	}
}

func TestNamesCantBreakAPicture(t *testing.T) {
	o := file(t)
	_, def, err := o.Definition(o.as("rob"), "two-step", 0)
	o.must(err)
	def.Name = `</title><script>alert(1)</script>`
	def.Node("review").Name = `<script>"审&查'</script>很长很长很长很长很长很长很长很长的名称`
	var b bytes.Buffer
	o.must(flow.Draw(&b, def, nil))
	wellFormed(t, b.Bytes())
	if strings.Contains(b.String(), "<script") {
		t.Error("a name became a script")
	}
}
