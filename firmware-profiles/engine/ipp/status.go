package ipp

import (
	"slices"
	"strings"

	"smarthall/internal/device"
)

// States of a printer and of a job (RFC 8011, sections 5.4.11 and 5.3.7).
const (
	PrinterIdle       = 3
	PrinterProcessing = 4
	PrinterStopped    = 5

	JobPending    = 3
	JobHeld       = 4
	JobProcessing = 5
	JobStopped    = 6
	JobCanceled   = 7
	JobAborted    = 8
	JobCompleted  = 9
)

// pdf is the one format that is sent.
const pdf = "application/pdf"

// wanted are the attributes that a printer is asked for.
var wanted = []string{
	"printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "operations-supported",
	"document-format-supported", "media-supported", "sides-supported", "copies-supported",
}

// status is what a printer says of itself.
type status struct {
	state  device.State
	detail string // for people, in Chinese; empty if all is well

	formats, media, sides []string // empty where it doesn't say
	operations            []int
	copies                int // most at once; 0 where it doesn't say
}

// trouble is what a state reason means: as an error, and as a warning that
// doesn't stop the printer.
type trouble struct {
	state, warning device.State
	zh             string
}

// troubles are the reasons of RFC 8011, section 5.4.12, PWG 5100.9 and CUPS
// that a person can do something about. Others count for what printer-state
// says.
var troubles = map[string]trouble{
	"media-jam":           {device.Jam, device.Jam, "卡纸"},
	"door-open":           {device.CoverOpen, device.CoverOpen, "机门未关"},
	"cover-open":          {device.CoverOpen, device.CoverOpen, "机盖未关"},
	"interlock-open":      {device.CoverOpen, device.CoverOpen, "机门未关"},
	"media-empty":         {device.PaperEnd, device.PaperNearEnd, "纸盒缺纸"},
	"media-needed":        {device.PaperEnd, device.PaperNearEnd, "请装纸"},
	"input-tray-missing":  {device.PaperEnd, device.PaperNearEnd, "纸盒未装好"},
	"media-low":           {device.PaperNearEnd, device.PaperNearEnd, "纸将用完"},
	"marker-supply-empty": {device.Fault, device.Online, "墨粉或墨水已用完"},
	"toner-empty":         {device.Fault, device.Online, "墨粉已用完"},
	"marker-supply-low":   {device.Online, device.Online, "墨粉或墨水将用完"},
	"toner-low":           {device.Online, device.Online, "墨粉将用完"},
	"output-area-full":    {device.Fault, device.Online, "出纸盘已满"},
	"fuser-over-temp":     {device.Fault, device.Online, "定影器过热"},
	"spool-area-full":     {device.Fault, device.Online, "打印机存储已满"},
	"paused":              {device.Fault, device.Fault, "打印机已暂停"},
	"shutdown":            {device.Offline, device.Offline, "打印机已关机"},
	"offline":             {device.Offline, device.Offline, "打印机未连接"},
	"timed-out":           {device.Offline, device.Offline, "打印机没有应答"},
}

// gravity orders the states: of several troubles the gravest is shown.
var gravity = []device.State{
	device.Online, device.PaperNearEnd, device.Fault, device.PaperEnd, device.CoverOpen, device.Jam, device.Offline,
}

// statusOf reads the answer to Get-Printer-Attributes.
func statusOf(m Message) status {
	s := status{
		state:   device.Online,
		formats: m.Texts(TagPrinter, "document-format-supported"),
		media:   m.Texts(TagPrinter, "media-supported"),
		sides:   m.Texts(TagPrinter, "sides-supported"),

		operations: m.Numbers(TagPrinter, "operations-supported"),
	}
	if n := m.Numbers(TagPrinter, "copies-supported"); len(n) > 0 {
		s.copies = n[len(n)-1]
	}
	for _, reason := range m.Texts(TagPrinter, "printer-state-reasons") {
		s.blame(reason)
	}
	stopped, _ := m.Number(TagPrinter, "printer-state")
	accepting, told := m.Bool(TagPrinter, "printer-is-accepting-jobs")
	switch {
	case !s.state.Works():
	case stopped == PrinterStopped:
		s.state, s.detail = device.Fault, "打印机停止工作"
	case told && !accepting:
		s.state, s.detail = device.Fault, "打印机不接收任务"
	case !s.takesPDF():
		s.state, s.detail = device.Fault, "打印机不能直接打印 PDF（只接受 "+strings.Join(s.formats, "、")+"），请改用 CUPS 打印队列"
	}
	return s
}

// blame takes one state reason into account.
func (s *status) blame(reason string) {
	name, level := severity(reason)
	t, known := troubles[name]
	state := t.state
	switch {
	case !known, level == "report" && t.state != device.Offline:
		return
	case level == "warning":
		state = t.warning
	}
	if s.detail == "" || slices.Index(gravity, state) > slices.Index(gravity, s.state) {
		s.state, s.detail = state, t.zh
	}
}

// takesPDF tells whether the printer takes PDF, or doesn't say what it takes.
func (s *status) takesPDF() bool {
	return len(s.formats) == 0 || slices.Contains(s.formats, pdf)
}

// can tells whether the printer has an operation, or doesn't say.
func (s *status) can(op int) bool { return len(s.operations) == 0 || slices.Contains(s.operations, op) }

// err is the error of a printer in this state; nil if it works.
func (s *status) err() error {
	causes := map[device.State]error{
		device.PaperEnd: device.ErrNoPaper, device.CoverOpen: device.ErrCoverOpen, device.Jam: device.ErrJam,
		device.Offline: device.ErrOffline, device.Fault: device.ErrFault,
	}
	if s.state.Works() {
		return nil
	}
	return causes[s.state]
}
