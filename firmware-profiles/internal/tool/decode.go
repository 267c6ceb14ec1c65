package tool

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"smarthall/firmware-profiles/engine/bx5"
	"smarthall/firmware-profiles/engine/escpos"
	"smarthall/firmware-profiles/engine/samv"
	"smarthall/firmware-profiles/engine/scanner"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// heard is what a decoder makes of a piece of a stream: a vector's words.
type heard struct {
	// do and in are an action that was asked for.
	do string
	in any
	// is is what the device said.
	is map[string]any
	// by is the question that the answer belongs to, of printers.
	by string
	// raw are the bytes that were heard; nil means the whole group.
	raw []byte
}

// words are what was heard in Chinese.
func (h heard) words(p *profile.Profile) string {
	var parts []string
	if h.do != "" {
		parts = append(parts, action(p, profile.Vector{Do: h.do}))
	}
	if h.in != nil {
		parts = append(parts, fmt.Sprint(h.in))
	}
	if h.is != nil {
		parts = append(parts, meaning(h.is))
	}
	return strings.Join(parts, " ")
}

// listener understands both directions of a line.
type listener interface {
	// host takes a group that went to the device, device one that came from it.
	host(p []byte) []heard
	device(p []byte) []heard
}

// newListener is the listener for a profile's engine.
func newListener(p *profile.Profile, params profile.ParamValues) (listener, error) {
	if lang := labelLanguage(p.Engine); lang != nil {
		return &labelListener{lang: lang}, nil
	}
	switch p.Engine {
	case profile.EngineFramed:
		c := p.Codec(params)
		return &framedListener{codec: c, commands: c.CommandDecoder(), answers: c.Decoder()}, nil
	case profile.EngineSAMV:
		return &samListener{}, nil
	case profile.EngineBX5:
		return &bxListener{}, nil
	case profile.EngineScanner:
		return &scanListener{s: scanner.NewSplitter(p)}, nil
	case profile.EngineESCPOS:
		return &printListener{}, nil
	default:
		return nil, fmt.Errorf("no decoder for engine %q", p.Engine)
	}
}

// failure is the word for a broken frame.
func failure(err error) map[string]any {
	switch {
	case errors.Is(err, profile.ErrUnmapped):
		return map[string]any{"error": "unmapped"}
	case errors.Is(err, device.ErrChecksum):
		return map[string]any{"error": "checksum"}
	default:
		return map[string]any{"error": "frame"}
	}
}

// framedListener hears devices that are described by frames.
type framedListener struct {
	codec             *profile.Codec
	commands, answers *profile.Decoder
}

// findings feeds a decoder; a group ends by silence, and with it what is
// unfinished.
func findings(d *profile.Decoder, p []byte) []profile.Decoded {
	d.Feed(p)
	var out []profile.Decoded
	for {
		found, ok := d.Next()
		if !ok {
			found, ok = d.Flush()
		}
		if !ok {
			return out
		}
		out = append(out, found)
	}
}

func (l *framedListener) host(p []byte) []heard {
	var out []heard
	for _, found := range findings(l.commands, p) {
		if name, ok := l.codec.CommandOf(found); ok {
			out = append(out, heard{do: name, raw: found.Raw})
		}
	}
	return out
}

func (l *framedListener) device(p []byte) []heard {
	var out []heard
	for _, found := range findings(l.answers, p) {
		h, said := l.codec.Interpret(found), heard{raw: found.Raw}
		switch {
		case h.Err != nil:
			said.is = failure(h.Err)
		case h.Reply != "":
			said.do, said.is = h.Reply, map[string]any{"reply": true}
		case h.Kind != "":
			said.is = map[string]any{string(h.Kind): h.Value}
		default:
			said.is = map[string]any{"ignored": true}
		}
		out = append(out, said)
	}
	return out
}

// samActions are the requests of card readers by the words of vectors.
var samActions = []struct {
	do  string
	req samv.Request
}{
	{"reset", samv.ResetModule},
	{"status", samv.ReadStatus},
	{"sam-id", samv.ReadSAMID},
	{"find", samv.FindCard},
	{"select", samv.SelectCard},
	{"read", samv.ReadCard},
	{"read-finger", samv.ReadFingerprint},
	{"address", samv.ReadAddress},
}

// samListener hears card readers. Of a card it tells nothing but that it was
// read.
type samListener struct {
	requests, answers samv.Parser
	asked             string
}

func (l *samListener) host(p []byte) []heard {
	l.requests.Feed(p)
	var out []heard
	for {
		req, ok, err := l.requests.NextRequest()
		if !ok {
			l.requests.Reset()
			return out
		}
		if err != nil {
			continue
		}
		l.asked = ""
		for _, a := range samActions {
			if req.Is(a.req) {
				l.asked = a.do
				out = append(out, heard{do: a.do, raw: req.Encode()})
			}
		}
	}
}

func (l *samListener) device(p []byte) []heard {
	l.answers.Feed(p)
	var out []heard
	for {
		a, ok, err := l.answers.NextAnswer()
		if !ok {
			return out // a long answer may go on in the next group
		}
		if err != nil {
			out = append(out, heard{do: l.asked, is: failure(err)})
			continue
		}
		out = append(out, heard{do: l.asked, is: l.meaning(a), raw: a.Encode()})
	}
}

func (l *samListener) meaning(a samv.Answer) map[string]any {
	is := map[string]any{"sw3": fmt.Sprintf("%02X", byte(a.SW3))}
	switch l.asked {
	case "find":
		is["card"] = map[bool]string{true: "present", false: "absent"}[a.SW3 == samv.CardFound]
	case "status":
		is["state"] = string(a.SW3.Neutral())
	case "sam-id":
		if id, err := samv.SAMID(a.Data); err == nil && a.SW3 == samv.OK {
			is["samid"] = id
		}
	}
	return is
}

// bxListener hears LED cards.
type bxListener struct{ hostSide, cardSide bx5.Decoder }

func (l *bxListener) host(p []byte) []heard {
	var out []heard
	l.hostSide.Feed(p, func(f bx5.Frame, err error) {
		switch {
		case err != nil:
		case bytes.Equal(f.Data, bx5.Ping()):
			out = append(out, heard{do: "ping"})
		case bytes.Equal(f.Data, bx5.Clear()):
			out = append(out, heard{do: "clear"})
		case bytes.Equal(f.Data, bx5.DeleteAreas()):
			out = append(out, heard{do: "delete-areas"})
		default:
			if change, err := bx5.ParseChange(f.Data); err == nil {
				out = append(out, heardAreas(change.Areas)...)
			}
		}
	})
	return out
}

// heardAreas are the vectors of what a card is told to show.
func heardAreas(areas []bx5.Area) []heard {
	switch len(areas) {
	case 0:
		return nil
	case 1:
		return []heard{{do: "show", in: areas[0].Text}}
	}
	var in []any
	for _, a := range areas {
		in = append(in, map[string]any{"x": int(a.X), "y": int(a.Y), "w": int(a.Width), "h": int(a.Height), "text": a.Text})
	}
	return []heard{{do: "show-areas", in: in}}
}

func (l *bxListener) device(p []byte) []heard {
	var out []heard
	l.cardSide.Feed(p, func(f bx5.Frame, err error) {
		switch {
		case err != nil:
			out = append(out, heard{do: "answer", is: failure(err)})
		case len(f.Data) < 2 || f.Data[0] != 0xA0:
			out = append(out, heard{do: "answer", is: map[string]any{"error": "none"}})
		case f.Data[1] != 0:
			out = append(out, heard{do: "answer", is: map[string]any{"error": "refused"}})
		default:
			out = append(out, heard{do: "answer", is: map[string]any{"ack": true}})
		}
	})
	return out
}

// scanListener hears scanners.
type scanListener struct{ s *scanner.Splitter }

func (l *scanListener) host([]byte) []heard { return nil }

func (l *scanListener) device(p []byte) []heard {
	codes := l.s.Feed(p)
	if l.s.Pending() || len(codes) == 0 {
		codes = append(codes, l.s.Flush())
	}
	var out []heard
	for _, c := range codes {
		h := heard{do: "scan"}
		switch {
		case errors.Is(c.Err, scanner.ErrTooLong):
			h.is = map[string]any{"error": "too-long"}
		case c.Err != nil:
			h.is = map[string]any{"error": "no-text"}
		case c.Text == "":
			h.is = map[string]any{"none": true}
		default:
			h.is = map[string]any{"code": c.Text}
		}
		out = append(out, h)
	}
	return out
}

// printListener hears printers: the questions in real time and their answers.
// What is printed isn't decoded.
type printListener struct{ asked byte }

func (l *printListener) host(p []byte) []heard {
	switch {
	case len(p) == 3 && p[0] == 0x10 && p[1] == 0x04 && p[2] >= 1 && p[2] <= 4:
		l.asked = p[2]
		return []heard{{do: "ask", in: int(p[2])}}
	case bytes.Equal(p, []byte{0x1B, 0x40}):
		return []heard{{do: "init"}}
	case bytes.Equal(p, []byte{0x1D, 0x72, 0x01}):
		return []heard{{do: "paper-query"}}
	default:
		return nil
	}
}

func (l *printListener) device(p []byte) []heard {
	if l.asked == 0 || len(p) != 1 || !escpos.IsStatus(p[0]) {
		return nil
	}
	by := fmt.Sprint(l.asked)
	st := escpos.Status{}
	switch l.asked {
	case 1:
		st.Printer = p[0]
	case 2:
		st.Offline = p[0]
	case 3:
		st.Error = p[0]
	default:
		st.Paper = p[0]
	}
	l.asked = 0
	state, _ := st.State(true)
	return []heard{{do: "status", by: by, is: map[string]any{"state": string(state)}}}
}
