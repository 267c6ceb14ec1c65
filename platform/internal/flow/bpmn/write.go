package bpmn

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"
	"strconv"

	"smarthall/platform/internal/flow/engine"
)

// Moddle describes our own elements to bpmn-js (moddleExtensions).
//
//go:embed hall.json
var Moddle []byte

// names are our kinds in BPMN's words.
var names = func() map[engine.Kind]string {
	m := map[engine.Kind]string{}
	for name, kind := range kinds {
		m[kind] = name
	}
	return m
}()

// writer writes elements one after the other.
type writer struct {
	bytes.Buffer
	depth int
}

// attrs are name and value by turns; empty values are left out.
func (w *writer) open(name string, attrs ...string) {
	w.begin(name, attrs)
	w.WriteString(">\n")
	w.depth++
}

func (w *writer) begin(name string, attrs []string) {
	for range w.depth {
		w.WriteString("  ")
	}
	w.WriteString("<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			w.WriteString(" " + attrs[i] + `="`)
			_ = xml.EscapeText(w, []byte(attrs[i+1])) // a buffer takes everything
			w.WriteString(`"`)
		}
	}
}

func (w *writer) close(name string) {
	w.depth--
	for range w.depth {
		w.WriteString("  ")
	}
	w.WriteString("</" + name + ">\n")
}

func (w *writer) empty(name string, attrs ...string) {
	w.begin(name, attrs)
	w.WriteString("/>\n")
}

func (w *writer) text(name, text string, attrs ...string) {
	w.begin(name, attrs)
	w.WriteString(">")
	_ = xml.EscapeText(w, []byte(text))
	w.WriteString("</" + name + ">\n")
}

// count is a number as an attribute, empty for 0.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func truth(b bool) string {
	if b {
		return "true"
	}
	return ""
}

// Write writes a flow; one without places is laid out.
func Write(def engine.Definition) ([]byte, error) {
	def = engine.Placed(def)
	w := &writer{}
	w.WriteString(xml.Header)
	w.open("bpmn:definitions", "xmlns:bpmn", nsModel, "xmlns:bpmndi", nsDI, "xmlns:dc", nsDC, "xmlns:di", nsDD, "xmlns:xsi", nsXSI,
		"xmlns:hall", Namespace, "id", "Definitions_1", "targetNamespace", Namespace)
	w.open("bpmn:process", "id", "Process_1", "name", def.Name, "isExecutable", "true")
	w.open("bpmn:extensionElements")
	w.empty("hall:flow", "id", def.ID, "version", count(def.Version))
	w.close("bpmn:extensionElements")
	for i := range def.Nodes {
		if err := w.node(&def, &def.Nodes[i]); err != nil {
			return nil, err
		}
	}
	for _, e := range def.Edges {
		attrs := []string{"id", e.ID, "name", e.Name, "sourceRef", e.From, "targetRef", e.To}
		if e.When == "" {
			w.empty("bpmn:sequenceFlow", attrs...)
			continue
		}
		w.open("bpmn:sequenceFlow", attrs...)
		w.text("bpmn:conditionExpression", e.When, "xsi:type", "bpmn:tFormalExpression")
		w.close("bpmn:sequenceFlow")
	}
	w.close("bpmn:process")
	w.diagram(&def)
	w.close("bpmn:definitions")
	return w.Bytes(), nil
}

func (w *writer) node(def *engine.Definition, n *engine.Node) error {
	name, ok := names[n.Kind]
	if !ok {
		return fmt.Errorf("write node %s: no such kind %q", n.ID, n.Kind)
	}
	name = "bpmn:" + name
	otherwise := ""
	for _, e := range def.Out(n.ID) {
		if e.Default {
			otherwise = e.ID
		}
	}
	w.open(name, "id", n.ID, "name", n.Name, "default", otherwise)
	w.extension(n)
	for _, e := range def.In(n.ID) {
		w.text("bpmn:incoming", e.ID)
	}
	for _, e := range def.Out(n.ID) {
		w.text("bpmn:outgoing", e.ID)
	}
	if n.Kind == engine.Timer {
		w.open("bpmn:timerEventDefinition", "id", n.ID+"_timer")
		if n.Wait != nil {
			w.text("bpmn:timeDuration", fmt.Sprintf("P%d%s", n.Wait.Days, map[bool]string{true: "M", false: "D"}[n.Wait.Unit == engine.Months]),
				"xsi:type", "bpmn:tFormalExpression")
		}
		w.close("bpmn:timerEventDefinition")
	}
	w.close(name)
	return nil
}

// extension writes what BPMN has no words for.
func (w *writer) extension(n *engine.Node) {
	at := w.Len()
	w.open("bpmn:extensionElements")
	inside := w.Len()
	if n.Decides || n.Holdable || n.Return != "" {
		w.empty("hall:step", "decides", truth(n.Decides), "holdable", truth(n.Holdable), "return", string(n.Return))
	}
	if n.Assign != nil {
		w.assign("hall:assign", *n.Assign)
	}
	if m := n.Multi; m != nil {
		w.open("hall:multi", "mode", string(m.Mode), "ratio", count(m.Ratio), "veto", truth(m.Veto))
		for _, a := range m.Of {
			w.assign("hall:of", a)
		}
		w.close("hall:multi")
	}
	if n.Limit != nil {
		w.empty("hall:limit", "unit", n.Limit.Unit, "days", count(n.Limit.Days))
	}
	for _, to := range n.ReturnTo {
		w.empty("hall:returnTo", "node", to)
	}
	if n.Action != "" {
		w.empty("hall:action", "name", n.Action)
	}
	if n.Wait != nil {
		w.empty("hall:wait", "unit", n.Wait.Unit, "days", count(n.Wait.Days))
	}
	if w.Len() == inside { // nothing to say
		w.depth--
		w.Truncate(at)
		return
	}
	w.close("bpmn:extensionElements")
}

func (w *writer) assign(name string, a engine.Assign) {
	w.empty(name, "org", a.Org, "role", a.Role, "post", a.Post)
}

func (w *writer) diagram(def *engine.Definition) {
	w.open("bpmndi:BPMNDiagram", "id", "BPMNDiagram_1")
	w.open("bpmndi:BPMNPlane", "id", "BPMNPlane_1", "bpmnElement", "Process_1")
	for _, n := range def.Nodes {
		attrs := []string{"id", n.ID + "_di", "bpmnElement", n.ID}
		if n.Kind == engine.Xor {
			attrs = append(attrs, "isMarkerVisible", "true")
		}
		w.open("bpmndi:BPMNShape", attrs...)
		w.empty("dc:Bounds", "x", strconv.Itoa(n.Box.X), "y", strconv.Itoa(n.Box.Y), "width", strconv.Itoa(n.Box.W), "height", strconv.Itoa(n.Box.H))
		w.close("bpmndi:BPMNShape")
	}
	for _, e := range def.Edges {
		w.open("bpmndi:BPMNEdge", "id", e.ID+"_di", "bpmnElement", e.ID)
		for _, p := range e.Points {
			w.empty("di:waypoint", "x", strconv.Itoa(p.X), "y", strconv.Itoa(p.Y))
		}
		w.close("bpmndi:BPMNEdge")
	}
	w.close("bpmndi:BPMNPlane")
	w.close("bpmndi:BPMNDiagram")
}
