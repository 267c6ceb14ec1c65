package samv_test

import (
	"fmt"
	"io"
	"sync"

	"smarthall/firmware-profiles/engine/samv"
	"smarthall/internal/device"
)

// addressAnswer is how a module takes "read additional address".
type addressAnswer int

const (
	knowsAddress addressAnswer = iota
	refusesAddress
	silentOnAddress
)

// module is a card reader as the driver sees it.
type module struct {
	readsOnce bool // answers 80 for a card that was read
	address   addressAnswer

	mu       sync.Mutex
	card     *device.Identity
	wasRead  bool
	fault    samv.Status                // answers everything
	readSays samv.Status                // answers ReadCard, unless 0
	mangle   func(answer []byte) []byte // changes the bytes of each answer, if set
	asked    map[string]int
}

func (m *module) change(f func(m *module)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m)
}

func (m *module) lay(id device.Identity) {
	m.change(func(m *module) { m.card, m.wasRead = &id, false })
}

func (m *module) lift() {
	m.change(func(m *module) { m.card, m.wasRead = nil, false })
}

func (m *module) count(req samv.Request) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked[fmt.Sprintf("%02X%02X", req.Cmd, req.Para)]
}

// serve answers until the line breaks.
func (m *module) serve(line io.ReadWriter) {
	var p samv.Parser
	buf := make([]byte, 256)
	for {
		n, err := line.Read(buf)
		if err != nil {
			return
		}
		p.Feed(buf[:n])
		for {
			req, ok, err := p.NextRequest()
			if !ok {
				break
			}
			if err != nil {
				continue
			}
			if _, err := line.Write(m.answer(req)); err != nil {
				return
			}
		}
	}
}

func (m *module) answer(req samv.Request) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.asked == nil {
		m.asked = map[string]int{}
	}
	m.asked[fmt.Sprintf("%02X%02X", req.Cmd, req.Para)]++
	if req.Is(samv.ReadAddress) && m.address == silentOnAddress {
		return nil
	}
	out := m.say(req)
	if m.mangle != nil {
		out = m.mangle(out)
	}
	return out
}

func (m *module) say(req samv.Request) []byte {
	switch {
	case m.fault != 0:
		return samv.Response(m.fault, nil)
	case req.Is(samv.ReadStatus):
		return samv.Response(samv.OK, nil)
	case req.Is(samv.FindCard) && m.card != nil && (!m.readsOnce || !m.wasRead):
		return samv.Response(samv.CardFound, []byte{1, 2, 3, 4})
	case req.Is(samv.FindCard):
		return samv.Response(samv.FindFailed, nil)
	case req.Is(samv.SelectCard) && m.card != nil:
		return samv.Response(samv.OK, make([]byte, 8))
	case req.Is(samv.SelectCard):
		return samv.Response(samv.SelectFailed, nil)
	case req.Is(samv.ReadCard) && m.readSays != 0:
		m.wasRead = true
		return samv.Response(m.readSays, nil)
	case req.Is(samv.ReadCard) && m.card != nil:
		m.wasRead = true
		return samv.Response(samv.OK, samv.CardData(samv.EncodeText(*m.card), make([]byte, 1024)))
	case req.Is(samv.ReadCard):
		return samv.Response(samv.ReadFailed, nil)
	case req.Is(samv.ReadAddress) && m.address == refusesAddress:
		return samv.Response(samv.BadCommand, nil)
	case req.Is(samv.ReadAddress) && m.card != nil && m.wasRead && m.card.NewAddress != "":
		return samv.Response(samv.OK, samv.AddressData(m.card.NewAddress))
	case req.Is(samv.ReadAddress) && m.card != nil && m.wasRead:
		return samv.Response(samv.NoContent, nil)
	case req.Is(samv.ReadAddress):
		return samv.Response(samv.ReadFailed, nil)
	default:
		return samv.Response(samv.BadCommand, nil)
	}
}

// byteByByte writes every byte alone.
type byteByByte struct{ io.ReadWriter }

func (b byteByByte) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := b.ReadWriter.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}
