package profile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// lineKinds are the transports that carry bytes both ways.
var lineKinds = []TransportKind{Serial, TCP, USBFS}

// engineKinds are the transports that an engine can open.
var engineKinds = map[Engine][]TransportKind{
	EngineESCPOS:  append(slices.Clone(lineKinds), USBLP),
	EngineTSPL:    append(slices.Clone(lineKinds), USBLP),
	EngineZPL:     append(slices.Clone(lineKinds), USBLP),
	EngineSAMV:    lineKinds,
	EngineBX5:     lineKinds,
	EngineFramed:  lineKinds,
	EngineScanner: append(slices.Clone(lineKinds), Input),
	EngineCamera:  {V4L2, HTTP},
	EngineESCL:    {HTTP},
	EngineSANE:    {SANE},
	EngineIPP:     {IPP},
	EngineAudio:   {Audio, TCP},
	EngineWebPad:  {Page},
}

// probing are the engines whose devices can be asked what they are, and
// firmwareProbing those that tell their firmware as well.
var (
	probing         = []Engine{EngineESCPOS, EngineTSPL, EngineZPL}
	firmwareProbing = []Engine{EngineESCPOS, EngineZPL}
)

// Opens tells whether the engine can open a kind of transport.
func (e Engine) Opens(kind TransportKind) bool { return slices.Contains(engineKinds[e], kind) }

// Probes tells whether the engine can ask a device what it is.
func (e Engine) Probes() bool { return slices.Contains(probing, e) }

// transports checks that the engine can open what the file describes.
func (c *checker) transports(p *Profile) {
	for i, tr := range p.Transports {
		at := []string{"transports", strconv.Itoa(i)}
		if !p.Engine.Opens(tr.Kind) {
			can := words(engineKinds[p.Engine])
			c.add(append(at, "kind"), fmt.Sprintf("协议引擎 %s 打不开 %s 连接；它能打开的有 %s", p.Engine, tr.Kind, can),
				fmt.Sprintf("engine %s can't open a %s transport; it opens %s", p.Engine, tr.Kind, can))
		}
		if (tr.Out == 0) != (tr.In == 0) {
			c.add(at, "out 和 in 要一起写，或都不写", "out and in go together")
		}
		if tr.Out >= 0x80 || tr.In != 0 && tr.In < 0x80 {
			c.add(at, "端点方向不对：out 小于 0x80，in 不小于 0x80", "endpoints have the wrong direction: out is below 0x80, in isn't")
		}
	}
}

// words are kinds for people.
func words(kinds []TransportKind) string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return strings.Join(out, " ")
}
