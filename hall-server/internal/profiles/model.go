package profiles

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"smarthall/firmware-profiles/profile"
)

// Model is a device model as people choose it.
type Model struct {
	ID       string `json:"id"`
	Class    string `json:"class" doc:"printer, id-reader, scanner, led, pad and so on"`
	Name     string `json:"name" doc:"In Chinese"`
	NameEN   string `json:"nameEn"`
	Revision string `json:"revision" doc:"The beginning of the profile's hash"`
	// Own profiles were uploaded to this hall.
	Own        bool        `json:"own" doc:"Uploaded to this hall; the others come with the program"`
	Aliases    []string    `json:"aliases,omitempty" doc:"Other names that the model is sold under"`
	Inherits   string      `json:"inherits,omitempty"`
	Help       string      `json:"help,omitempty" doc:"How it is set up, in Chinese"`
	HelpEN     string      `json:"helpEn,omitempty"`
	Transports []Transport `json:"transports" doc:"The ways to reach it"`
	Params     []Param     `json:"params" doc:"What its model leaves open"`
	// Version is the newest of an own profile; absent for others.
	Version int64 `json:"version,omitempty" doc:"The newest version of a profile of the hall's own"`
	// Rolls tells of models that print on rolls whose length can be counted.
	Rolls bool `json:"rolls,omitempty"`
}

// Transport is a way to reach a model.
type Transport struct {
	Kind string `json:"kind" doc:"serial, tcp, usblp, usbfs, http, v4l2, sane, ipp, input, audio or page"`
	Baud []int  `json:"baud,omitempty" doc:"Speeds, the likeliest first"`
	Port int    `json:"port,omitempty" doc:"The usual TCP port"`
	ID   string `json:"id,omitempty" doc:"Vendor and product on USB"`
}

// Param is a setting of one device that its model leaves open.
type Param struct {
	Name    string `json:"name"`
	Type    string `json:"type" enum:"int,string,bool"`
	Default string `json:"default"`
	Min     *int   `json:"min,omitempty"`
	Max     *int   `json:"max,omitempty"`
	Help    string `json:"help,omitempty" doc:"In Chinese"`
	HelpEN  string `json:"helpEn,omitempty"`
}

// Mistake is one thing wrong in a profile. Line and column count from 1; 0 is
// the file as a whole.
type Mistake struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Path   string `json:"path,omitempty"`
	// Message is in Chinese, MessageEN in English.
	Message   string `json:"message"`
	MessageEN string `json:"messageEn"`
}

// Report is what a check of a profile found.
type Report struct {
	// Model is absent where the file has mistakes.
	Model    *Model    `json:"model,omitempty"`
	Mistakes []Mistake `json:"mistakes"`
	// Notices say what other profiles are recognised by, too; they forbid nothing.
	Notices []Mistake `json:"notices"`
	// Changed tells that the file says otherwise than the one of its id before.
	Changed bool `json:"changed"`
	Plan
}

// List are all models, sorted by id.
func (s *Service) List() []Model {
	s.mu.RLock()
	mine, newest := maps.Clone(s.own), maps.Clone(s.newest)
	s.mu.RUnlock()
	var out []Model
	for _, p := range s.base.All() {
		if _, covered := mine[p.ID]; !covered {
			out = append(out, modelOf(p, false))
		}
	}
	for _, o := range mine {
		m := modelOf(o.p, true)
		m.Version = newest[m.ID].ID
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Model) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Check tells what is wrong with a profile, and what keeping it would do while
// there are the devices of seats. It keeps nothing.
func (s *Service) Check(text []byte, seats []Seat) Report {
	_, report := s.check(text, seats)
	return report
}

func (s *Service) check(text []byte, seats []Seat) (proposal, Report) {
	o, ms := examine(text, s.find)
	report := Report{Mistakes: said(ms), Notices: []Mistake{}, Plan: noPlan()}
	if o.doc != nil {
		report.Notices = said(o.doc.Clashes(s.others(o.doc.ID())))
	}
	if len(ms) > 0 {
		return proposal{}, report
	}
	m := modelOf(o.p, true)
	old, had := s.get(o.p.ID)
	report.Model, report.Changed = &m, !had || old.Hash != o.p.Hash
	p := s.propose(o.p.ID, &o)
	report.Plan = p.plan(seats)
	return p, report
}

// others are the documents of all profiles but the one with an id.
func (s *Service) others(id string) []*profile.Doc {
	var out []*profile.Doc
	for _, d := range s.base.Docs() {
		if d.ID() != id {
			out = append(out, d)
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for other, o := range s.own {
		if other != id {
			out = append(out, o.doc)
		}
	}
	return out
}

func said(ms profile.Mistakes) []Mistake {
	out := make([]Mistake, 0, len(ms))
	for _, m := range ms {
		out = append(out, Mistake{Line: m.Line, Column: m.Column, Path: m.Path, Message: m.ZH, MessageEN: m.EN})
	}
	return out
}

func modelOf(p *profile.Profile, mine bool) Model {
	m := Model{
		ID: p.ID, Class: string(p.Class), Name: p.Names.ZH, NameEN: p.Names.EN, Revision: p.Revision(), Own: mine,
		Aliases: p.Match.Aliases, Inherits: p.Inherits, Help: p.Help.ZH, HelpEN: p.Help.EN,
		Transports: []Transport{}, Params: []Param{}, Rolls: p.Class == "printer",
	}
	for _, t := range p.Transports {
		m.Transports = append(m.Transports, Transport{Kind: string(t.Kind), Baud: t.Baud, Port: t.Port, ID: t.ID})
	}
	for _, name := range slices.Sorted(maps.Keys(p.Params)) {
		param := p.Params[name]
		kind := param.Type
		if kind != "int" && kind != "bool" {
			kind = "string"
		}
		one := Param{Name: name, Type: kind, Min: param.Min, Max: param.Max, Help: param.Help.ZH, HelpEN: param.Help.EN}
		if param.Default != nil {
			one.Default = fmt.Sprint(param.Default)
		}
		m.Params = append(m.Params, one)
	}
	return m
}
