package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/internal/link"
)

// bodies are the types that cross the link, by name; describe complains about
// a message whose body is not among them.
var bodies = []any{
	link.AgentView{},
	link.ActionDone{},
	link.AlarmsView{},
	link.Answer{},
	link.BoardView{},
	link.CallAck{},
	link.CallEnded{},
	link.CallShown{},
	link.CallTicket{},
	link.CallView{},
	link.CancelAppointment{},
	link.CancelTicket{},
	link.CardRead{},
	link.CheckInAppointment{},
	link.ClearSession{},
	link.DeviceProblem{},
	link.DevicesAssigned{},
	link.DevicesChanged{},
	link.DeviceTried{},
	link.DeviceTry{},
	link.DeviceView{},
	link.DocumentRef{},
	link.FindForSession{},
	link.CaseQuery{},
	link.CaseRate{},
	link.PaperPrint{},
	link.FindTicket{},
	link.PrintLabel{},
	link.FindVisits{},
	link.FinishTicket{},
	link.HallView{},
	link.Hello{},
	link.LinkState{},
	link.OfflineTicket{},
	link.PadAnswer{},
	link.KioskHelp{},
	link.KioskHelped{},
	link.HelpChanged{},
	link.PadAsk{},
	link.PadFace{},
	link.PadState{},
	link.PageReady{},
	link.PageRef{},
	link.PageSnapshot{},
	link.PapersEdit{},
	link.PapersFinish{},
	link.PapersOrder{},
	link.PapersPhone{},
	link.PapersScan{},
	link.Papers{},
	link.DisplayScreens{},
	link.LayoutSet{},
	link.FeedsView{},
	link.LayoutShow{},
	link.ParkTicket{},
	link.NoteTicket{},
	link.SeeMaterials{},
	link.Pause{},
	link.Pending{},
	link.PrintDone{},
	link.PrintJob{},
	link.Problem{},
	link.QueueChanged{},
	link.RateTicket{},
	link.RatingAsked{},
	link.RatingGiven{},
	link.RatingMissed{},
	link.Received{},
	link.ReprintTicket{},
	link.ResumeTicket{},
	link.NewRoll{},
	link.RollCounted{},
	link.RollReset{},
	link.Scanned{},
	link.ServicesChanged{},
	link.SignIn{},
	link.Snapshot{},
	link.TakeForSession{},
	link.TakeTicket{},
	link.TicketRef{},
	link.TicketView{},
	link.TotalsView{},
	link.TransferTicket{},
	link.UploadRef{},
	link.Uploads{},
	link.VoicePlayed{},
	link.VoicePlay{},
	link.Welcome{},
	link.WindowView{},
	link.WindowsChanged{},
}

const refPrefix = "#/$defs/"

// field is one JSON field of a body, in the order of the Go struct.
type field struct {
	Name     string
	Doc      string
	Required bool
	Schema   *huma.Schema
	// Enum is the Go name of the enumeration the field holds, if it does.
	Enum string
	// Array is true for a Go slice that is never omitted, and so may be null.
	Null bool
}

// described is every body with its fields, by name.
type described struct {
	Order  []string
	Fields map[string][]field
	Defs   map[string]*huma.Schema
}

// describe builds the schemas of all bodies and of what they hold.
func describe(src *source) (*described, error) {
	registry := huma.NewMapRegistry(refPrefix, func(t reflect.Type, _ string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		return t.Name()
	})
	types := map[string]reflect.Type{}
	for _, b := range bodies {
		registry.Schema(reflect.TypeOf(b), true, "")
		collect(reflect.TypeOf(b), types)
	}
	d := &described{Fields: map[string][]field{}, Defs: registry.Map()}
	for name, t := range types {
		d.Order = append(d.Order, name)
		schema := d.Defs[name]
		if schema == nil {
			return nil, fmt.Errorf("no schema for %s", name)
		}
		schema.Description = src.Types[name]
		schema.AdditionalProperties = nil
		d.Fields[name] = d.fields(src, t, schema)
	}
	slices.Sort(d.Order)
	for _, g := range src.Groups {
		for _, m := range g.Messages {
			if _, ok := d.Fields[m.Body]; m.Body != "" && !ok {
				return nil, fmt.Errorf("message %s: unknown body %s", m.Type, m.Body)
			}
		}
	}
	return d, nil
}

// collect adds t and every struct of internal/link below it.
func collect(t reflect.Type, into map[string]reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		collect(t.Elem(), into)
	case reflect.Struct:
		if !strings.HasSuffix(t.PkgPath(), "internal/link") || into[t.Name()] != nil {
			return
		}
		into[t.Name()] = t
		for i := range t.NumField() {
			collect(t.Field(i).Type, into)
		}
	}
}

// fields lists t's JSON fields, with docs and enumerations put into schema.
func (d *described) fields(src *source, t reflect.Type, schema *huma.Schema) []field {
	var out []field
	var required []string
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			for _, inner := range d.fields(src, f.Type, schema) {
				out = append(out, inner)
				if inner.Required {
					required = append(required, inner.Name)
				}
			}
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		prop := schema.Properties[name]
		if prop == nil {
			continue
		}
		one := field{
			Name:     name,
			Doc:      src.Fields[t.Name()+"."+f.Name],
			Required: !strings.Contains(options, "omit"),
			Schema:   prop,
		}
		if one.Doc == "" {
			one.Doc = f.Tag.Get("doc")
		}
		d.refine(src, &one, f.Type)
		if one.Required {
			required = append(required, name)
		}
		out = append(out, one)
	}
	schema.Required = required
	return out
}

// refine sets what huma can't know: enumerations, comments and nulls.
func (d *described) refine(src *source, f *field, t reflect.Type) {
	f.Null = f.Required && t.Kind() == reflect.Slice
	f.Schema.Nullable = f.Null
	if f.Schema.Ref == "" {
		f.Schema.Description = f.Doc
	}
	values := src.Enums[t.Name()]
	if t.Kind() != reflect.String || len(values) == 0 {
		return
	}
	f.Enum = t.Name()
	f.Schema.Enum = nil
	for _, v := range values {
		f.Schema.Enum = append(f.Schema.Enum, v.Text)
	}
}

// encodeSchema writes the JSON Schema document of all bodies.
func encodeSchema(d *described) ([]byte, error) {
	defs := map[string]json.RawMessage{}
	for _, name := range d.Order {
		raw, err := json.Marshal(d.Defs[name])
		if err != nil {
			return nil, fmt.Errorf("encode schema of %s: %w", name, err)
		}
		defs[name] = raw
	}
	raw, err := json.Marshal(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     "urn:smarthall:link",
		"title":   fmt.Sprintf("Smart Hall link, version %d", link.Version),
		"$defs":   defs,
	})
	if err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, fmt.Errorf("indent schema: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
