package tool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"smarthall/firmware-profiles/engine/port"
	"smarthall/firmware-profiles/profile"
)

// identity is what a printer says of itself when it is asked.
type identity struct {
	// says is everything it said, which match.probe is compared with.
	says string
	// firmware is its revision, empty if it told none.
	firmware string
}

// question is one thing that a printer is asked about itself. Its answer ends
// with a byte.
type question struct {
	ask []byte
	end byte
}

// questions are what is asked, by engine: GS I of ESC/POS for maker, model and
// firmware, ~!T of TSPL, ~HI of ZPL.
var questions = map[profile.Engine][]question{
	profile.EngineESCPOS: {{[]byte{0x1D, 'I', 'B'}, 0}, {[]byte{0x1D, 'I', 'C'}, 0}, {[]byte{0x1D, 'I', 'A'}, 0}},
	profile.EngineTSPL:   {{[]byte("~!T\r\n"), '\n'}},
	profile.EngineZPL:    {{[]byte("~HI\r\n"), 0x03}},
}

const (
	identifyWait = 700 * time.Millisecond // for one answer
	maxIdentity  = 200                    // bytes of one
)

// asksIdentity tells whether a profile goes by what a device says of itself.
func asksIdentity(p *profile.Profile) bool {
	return (p.Match.Probe != "" || p.Match.Firmware != "") && len(questions[p.Engine]) > 0
}

// identified asks a printer what it is, if the profile goes by that, and tells
// whether to go on with it. Silence is no objection: many don't know the
// question.
func (a *attempt) identified(ctx context.Context, line port.Port) bool {
	if !asksIdentity(a.p) {
		return true
	}
	a.begin("询问型号和固件")
	fits, err := a.identify(ctx, line)
	if err != nil {
		return a.failed(err)
	}
	return fits
}

// identify asks, compares with the profile and says what came out. The error is
// that of the line.
func (a *attempt) identify(ctx context.Context, line port.Port) (bool, error) {
	var is identity
	for _, q := range questions[a.p.Engine] {
		answer, err := a.inquire(ctx, line, q)
		if err != nil {
			return false, err
		}
		is.take(a.p.Engine, q, answer)
	}
	fits, text, err := is.compare(a.p.Match)
	if err != nil {
		return false, err
	}
	a.say(text)
	return fits, nil
}

// inquire asks one question and returns what was answered in time.
func (a *attempt) inquire(ctx context.Context, line port.Port, q question) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, identifyWait)
	defer cancel()
	a.rec.add(time.Now(), toDevice, q.ask)
	if err := line.Write(ctx, q.ask); err != nil {
		return nil, fmt.Errorf("ask what it is: %w", err)
	}
	var answer []byte
	buf := make([]byte, 64)
	for len(answer) < maxIdentity && bytes.IndexByte(answer, q.end) < 0 {
		n, err := line.Read(ctx, buf)
		if errors.Is(err, context.DeadlineExceeded) {
			return answer, nil
		}
		if err != nil {
			return nil, fmt.Errorf("ask what it is: %w", err)
		}
		a.rec.add(time.Now(), fromDevice, buf[:n])
		answer = append(answer, buf[:n]...)
	}
	return answer, nil
}

// take adds an answer.
func (i *identity) take(engine profile.Engine, q question, answer []byte) {
	text := printable(string(answer))
	switch engine {
	case profile.EngineESCPOS:
		at := bytes.IndexByte(answer, '_') // the answer's mark; a status byte may go before it
		if at < 0 {
			return
		}
		text = printable(string(answer[at+1:]))
		if q.ask[2] == 'A' {
			i.firmware = text
		}
	case profile.EngineZPL:
		if parts := strings.Split(text, ","); len(parts) > 1 {
			i.firmware = strings.TrimSpace(parts[1])
		}
	}
	i.says = strings.TrimSpace(i.says + " " + text)
}

// compare tells whether the printer is what the profile is for, and says so.
func (i *identity) compare(m profile.Match) (bool, string, error) {
	if i.says == "" {
		return true, "设备没有回答型号，请按铭牌核对", nil
	}
	text := "设备自称 " + i.says
	if m.Probe != "" {
		want, err := regexp.Compile(m.Probe)
		if err != nil {
			return false, "", fmt.Errorf("match.probe: %w", err) // the loader refuses it
		}
		if !want.MatchString(i.says) {
			return false, text + "，与型号文件的 probe（" + m.Probe + "）不符，请换一个型号", nil
		}
	}
	if m.Firmware == "" {
		return true, text, nil
	}
	limits, err := profile.ParseVersions(m.Firmware)
	if err != nil {
		return false, "", fmt.Errorf("match.firmware: %w", err) // the loader refuses it
	}
	switch in, known := limits.Hold(i.firmware); {
	case !known:
		return true, text + "，没有说固件版本，请自行核对是否 " + m.Firmware, nil
	case !in:
		return false, text + "，固件 " + i.firmware + " 不在型号文件适用的 " + m.Firmware + " 之内，请换一个型号", nil
	default:
		return true, text + "，固件在适用范围 " + m.Firmware + " 之内", nil
	}
}
