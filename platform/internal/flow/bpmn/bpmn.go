// Package bpmn reads and writes flows as BPMN 2.0 XML with their drawing, so
// that they can be drawn in any editor that speaks it. What BPMN doesn't say
// (who, until when, how several opinions become one) stands in extension
// elements of our own namespace. Reading takes exactly what we understand: an
// element that we don't is named in the error, so that nobody believes it does
// anything.
package bpmn

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"smarthall/platform/internal/flow/engine"
)

// The namespaces.
const (
	nsModel = "http://www.omg.org/spec/BPMN/20100524/MODEL"
	nsDI    = "http://www.omg.org/spec/BPMN/20100524/DI"
	nsDC    = "http://www.omg.org/spec/DD/20100524/DC"
	nsDD    = "http://www.omg.org/spec/DD/20100524/DI"
	nsXSI   = "http://www.w3.org/2001/XMLSchema-instance"
	// Namespace is that of our own elements.
	Namespace = "urn:smarthall:flow:1"
)

// Bounds of what is read.
const (
	maxBytes    = 1 << 20
	maxDepth    = 20
	maxElements = 10_000
	maxText     = 4000
)

// element is one element of a document, read whole.
type element struct {
	name  xml.Name
	attrs []xml.Attr
	kids  []*element
	text  string
}

// attr is an attribute without a namespace.
func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// label names an element in an error.
func (e *element) label() string {
	if id := e.attr("id"); id != "" {
		return fmt.Sprintf("%s（%s）", clip(e.name.Local), clip(id))
	}
	return clip(e.name.Local)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// parse reads a document into elements. Document types are refused: entities
// can make much of little.
func parse(data []byte) (*element, error) {
	if len(data) > maxBytes {
		return nil, errors.New("流程图文件过大，最多 1 MB")
	}
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.Strict = true
	dec.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("charset") }
	var root *element
	var open []*element
	count := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.New("流程图文件不是有效的 BPMN 2.0 XML（须为 UTF-8）")
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, errors.New("流程图文件不能含有文档类型声明")
		case xml.StartElement:
			count++
			if count > maxElements || len(open) >= maxDepth {
				return nil, errors.New("流程图文件过于复杂")
			}
			e := &element{name: t.Name, attrs: t.Copy().Attr}
			if len(open) == 0 && root != nil {
				return nil, errors.New("流程图文件不是有效的 BPMN 2.0 XML：有多个根元素")
			}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.kids = append(parent.kids, e)
			} else {
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				e := open[len(open)-1]
				if e.text += string(t); len(e.text) > maxText {
					return nil, errors.New("流程图文件中的文字过长")
				}
			}
		}
	}
	if root == nil {
		return nil, errors.New("流程图文件是空的")
	}
	return root, nil
}

// reader gathers a definition.
type reader struct {
	def      engine.Definition
	defaults map[string]string // gateway by its default edge
	boxes    map[string]*engine.Box
	points   map[string][]engine.Point
}

// Read reads a flow. The error is a sentence in Chinese for who drew it.
func Read(data []byte) (*engine.Definition, error) {
	root, err := parse(data)
	if err != nil {
		return nil, err
	}
	if root.name != (xml.Name{Space: nsModel, Local: "definitions"}) {
		return nil, errors.New("流程图文件不是 BPMN 2.0：没有 definitions")
	}
	r := &reader{defaults: map[string]string{}, boxes: map[string]*engine.Box{}, points: map[string][]engine.Point{}}
	processes := 0
	for _, e := range root.kids {
		switch {
		case e.name == model("process"):
			if processes++; processes > 1 {
				return nil, errors.New("一个文件只能有一个流程")
			}
			err = r.process(e)
		case e.name == (xml.Name{Space: nsDI, Local: "BPMNDiagram"}):
			err = r.diagram(e)
		default:
			err = unknown(e)
		}
		if err != nil {
			return nil, err
		}
	}
	if processes == 0 {
		return nil, errors.New("流程图文件中没有流程")
	}
	for edge, gateway := range r.defaults {
		e := r.def.Edge(edge)
		if e == nil || e.From != gateway {
			return nil, fmt.Errorf("网关 %s 的默认连线 %s 不存在", clip(gateway), clip(edge))
		}
		e.Default = true
	}
	for i := range r.def.Nodes {
		r.def.Nodes[i].Box = r.boxes[r.def.Nodes[i].ID]
	}
	for i := range r.def.Edges {
		r.def.Edges[i].Points = r.points[r.def.Edges[i].ID]
	}
	return &r.def, nil
}

func model(local string) xml.Name { return xml.Name{Space: nsModel, Local: local} }
func ours(local string) xml.Name  { return xml.Name{Space: Namespace, Local: local} }

func unknown(e *element) error {
	return fmt.Errorf("不支持的元素 %s，请删除后再保存", e.label())
}

// kinds are BPMN's words for ours.
var kinds = map[string]engine.Kind{
	"startEvent": engine.Start, "userTask": engine.User, "serviceTask": engine.Service, "parallelGateway": engine.And,
	"inclusiveGateway": engine.Or, "exclusiveGateway": engine.Xor, "intermediateCatchEvent": engine.Timer, "endEvent": engine.End,
}

func (r *reader) process(p *element) error {
	r.def.ID, r.def.Name = p.attr("id"), p.attr("name")
	for _, e := range p.kids {
		var err error
		switch kind, ok := kinds[e.name.Local]; {
		case e.name == model("documentation"):
		case e.name == model("extensionElements"):
			err = r.version(e)
		case e.name == model("sequenceFlow"):
			err = r.edge(e)
		case ok && e.name.Space == nsModel:
			err = r.node(e, kind)
		default:
			err = unknown(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// version reads which version of which flow it was written from.
func (r *reader) version(ext *element) error {
	for _, e := range ext.kids {
		if e.name == ours("flow") {
			r.def.ID = e.attr("id")
			n, err := number(e, "version")
			if err != nil {
				return err
			}
			r.def.Version = n
		} else if e.name.Space == Namespace {
			return unknown(e)
		}
	}
	return nil
}

// number reads a whole number; none is 0.
func number(e *element, name string) (int, error) {
	text := e.attr(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1_000_000 {
		return 0, fmt.Errorf("%s 的 %s 须为整数", e.label(), name)
	}
	return n, nil
}

func (r *reader) edge(e *element) error {
	edge := engine.Edge{ID: e.attr("id"), From: e.attr("sourceRef"), To: e.attr("targetRef"), Name: e.attr("name")}
	for _, k := range e.kids {
		switch k.name {
		case model("conditionExpression"):
			edge.When = strings.TrimSpace(k.text)
		case model("documentation"), model("extensionElements"):
		default:
			return unknown(k)
		}
	}
	r.def.Edges = append(r.def.Edges, edge)
	return nil
}

func (r *reader) node(e *element, kind engine.Kind) error {
	n := engine.Node{ID: e.attr("id"), Name: e.attr("name"), Kind: kind}
	if edge := e.attr("default"); edge != "" {
		r.defaults[edge] = n.ID
	}
	timed := false
	for _, k := range e.kids {
		switch {
		case k.name == model("incoming"), k.name == model("outgoing"), k.name == model("documentation"):
		case k.name == model("extensionElements"):
			if err := extension(k, &n); err != nil {
				return err
			}
		case k.name == model("timerEventDefinition") && kind == engine.Timer:
			timed = true
		default:
			return unknown(k)
		}
	}
	if kind == engine.Timer && !timed {
		return fmt.Errorf("中间事件 %s 须为定时", e.label())
	}
	r.def.Nodes = append(r.def.Nodes, n)
	return nil
}

// extension reads our own elements; those of other editors are left out.
func extension(ext *element, n *engine.Node) error {
	for _, e := range ext.kids {
		if e.name.Space != Namespace {
			continue
		}
		var err error
		switch e.name.Local {
		case "step":
			n.Decides, n.Holdable = e.attr("decides") == "true", e.attr("holdable") == "true"
			n.Return = engine.ReturnPolicy(e.attr("return"))
		case "assign":
			a := assign(e)
			n.Assign = &a
		case "multi":
			err = multi(e, n)
		case "limit":
			n.Limit, err = term(e)
		case "wait":
			n.Wait, err = term(e)
		case "returnTo":
			n.ReturnTo = append(n.ReturnTo, e.attr("node"))
		case "action":
			n.Action = e.attr("name")
		default:
			err = unknown(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func assign(e *element) engine.Assign {
	return engine.Assign{Org: e.attr("org"), Role: e.attr("role"), Post: e.attr("post")}
}

func multi(e *element, n *engine.Node) error {
	ratio, err := number(e, "ratio")
	if err != nil {
		return err
	}
	n.Multi = &engine.Multi{Mode: engine.Mode(e.attr("mode")), Ratio: ratio, Veto: e.attr("veto") == "true"}
	for _, k := range e.kids {
		if k.name != ours("of") {
			return unknown(k)
		}
		n.Multi.Of = append(n.Multi.Of, assign(k))
	}
	return nil
}

func term(e *element) (*engine.Term, error) {
	days, err := number(e, "days")
	if err != nil {
		return nil, err
	}
	return &engine.Term{Unit: e.attr("unit"), Days: days}, nil
}

// diagram reads where things are drawn. Labels and planes are drawn by rule, so
// their places aren't kept.
func (r *reader) diagram(d *element) error {
	for _, plane := range d.kids {
		if plane.name.Local != "BPMNPlane" {
			continue
		}
		for _, e := range plane.kids {
			if e.name.Space != nsDI {
				return unknown(e)
			}
			for _, k := range e.kids {
				switch k.name.Local {
				case "Bounds":
					box, err := bounds(k)
					if err != nil {
						return err
					}
					r.boxes[e.attr("bpmnElement")] = box
				case "waypoint":
					x, err := pixel(k, "x")
					if err != nil {
						return err
					}
					y, err := pixel(k, "y")
					if err != nil {
						return err
					}
					id := e.attr("bpmnElement")
					r.points[id] = append(r.points[id], engine.Point{X: x, Y: y})
				}
			}
		}
	}
	return nil
}

func bounds(e *element) (box *engine.Box, err error) {
	box = &engine.Box{}
	for name, to := range map[string]*int{"x": &box.X, "y": &box.Y, "width": &box.W, "height": &box.H} {
		if *to, err = pixel(e, name); err != nil {
			return nil, err
		}
	}
	return box, nil
}

// maxPixel bounds a drawing.
const maxPixel = 100_000

// pixel reads a coordinate; editors write fractions.
func pixel(e *element, name string) (int, error) {
	f, err := strconv.ParseFloat(e.attr(name), 64)
	if err != nil || !(f >= -maxPixel && f <= maxPixel) {
		return 0, fmt.Errorf("图形位置有误：%s 的 %s", e.label(), name)
	}
	if f < 0 {
		return int(f - 0.5), nil
	}
	return int(f + 0.5), nil
}
