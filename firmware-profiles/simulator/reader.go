package simulator

import (
	"fmt"

	"smarthall/firmware-profiles/engine/samv"
	"smarthall/internal/device"
)

// CardView is the card on a reader.
type CardView struct {
	Kind   device.IdentityKind `json:"kind"`
	Name   string              `json:"name"`
	Number string              `json:"number"`
}

// photoSize is a WLT photo block.
const photoSize = 1024

// reader is an ID card reader. The device's mutex guards it.
type reader struct {
	d      *Device
	parser samv.Parser
	card   *device.Identity
	// How far the host came with the card that lies there.
	found, selected, read bool
	// cutAt is after how many bytes of the next card answer the card is lifted;
	// negative means that it stays.
	cutAt  int
	fault  samv.Status // what the module answers to everything; 0 if it works
	finger []byte      // what the chip holds of fingerprints
	people people
}

func newReader(d *Device) *reader { return &reader{d: d, cutAt: -1} }

// powerOn is a module that was switched on: a card that lies there is new.
func (r *reader) powerOn() {
	r.parser.Reset()
	r.found, r.selected, r.read = false, false, false
}

func (r *reader) receive(p []byte) {
	r.parser.Feed(p)
	for {
		req, ok, err := r.parser.NextRequest()
		switch {
		case !ok:
			return
		case err != nil:
			r.answer(samv.BadChecksum, nil)
		default:
			r.obey(req)
		}
	}
}

func (r *reader) obey(req samv.Request) {
	if r.fault != 0 {
		r.answer(r.fault, nil)
		return
	}
	switch {
	case req.Is(samv.ResetModule), req.Is(samv.ReadStatus):
		r.answer(samv.OK, nil)
	case req.Is(samv.ReadSAMID):
		r.answer(samv.OK, []byte{5, 0, 3, 0, 0x27, 0xBD, 0x33, 0x01, 1, 0, 0, 0, 2, 0, 0, 0})
	case req.Is(samv.FindCard):
		r.find()
	case req.Is(samv.SelectCard):
		r.choose()
	case req.Is(samv.ReadCard):
		r.readCard()
	case req.Is(samv.ReadFingerprint):
		r.readFinger()
	case req.Is(samv.ReadAddress):
		r.readAddress()
	default:
		r.answer(samv.BadCommand, nil)
	}
}

// find answers 9F for a card; a module that reads once doesn't see it again.
func (r *reader) find() {
	gone := r.d.cfg.ReadOnce && r.read
	r.found = r.card != nil && !gone
	if !r.found {
		r.answer(samv.FindFailed, nil)
		return
	}
	r.answer(samv.CardFound, []byte{0x00, 0x00, 0x00, 0x01}) // IIN is not always zero
}

func (r *reader) choose() {
	r.selected = r.card != nil && r.found
	r.found = false
	if !r.selected {
		r.answer(samv.SelectFailed, nil)
		return
	}
	r.answer(samv.OK, []byte{0, 0, 0, 0, 0, 0, 0, 1})
}

// readCard answers the card's text and photo; each needs find and select anew.
func (r *reader) readCard() {
	if r.card == nil || !r.selected {
		r.answer(samv.ReadFailed, nil)
		return
	}
	r.selected, r.read = false, true
	whole := samv.Response(samv.OK, samv.CardData(samv.EncodeText(*r.card), photo()))
	if r.cutAt < 0 {
		r.transmit(whole)
		return
	}
	r.d.send(whole[:min(r.cutAt, len(whole))])
	r.lift()
	r.cutAt = -1
	r.d.changed()
}

// readFinger answers the card's text, photo and fingerprints; a module whose
// profile knows none doesn't know the question.
func (r *reader) readFinger() {
	if r.d.profile.Caps.Fingerprint == "none" {
		r.answer(samv.BadCommand, nil)
		return
	}
	if r.card == nil || !r.selected {
		r.answer(samv.ReadFailed, nil)
		return
	}
	r.selected, r.read = false, true
	r.answer(samv.OK, samv.CardDataFinger(samv.EncodeText(*r.card), photo(), r.finger))
}

// readAddress works on a card that was read, as long as it lies there.
func (r *reader) readAddress() {
	if r.card == nil || !r.read {
		r.answer(samv.ReadFailed, nil)
		return
	}
	if r.card.NewAddress != "" {
		r.answer(samv.OK, samv.AddressData(r.card.NewAddress))
		return
	}
	r.answer(samv.NoContent, nil)
}

// photo stands for a WLT picture, which nobody here can decode.
func photo() []byte {
	p := make([]byte, photoSize)
	for i := range p {
		p[i] = byte(i * 31)
	}
	return p
}

func (r *reader) answer(sw3 samv.Status, data []byte) { r.transmit(samv.Response(sw3, data)) }

func (r *reader) transmit(p []byte) {
	if r.d.takeWrongSum() {
		p[len(p)-1] ^= 0xFF
	}
	r.d.send(p)
}

// lift takes the card away.
func (r *reader) lift() {
	r.card = nil
	r.found, r.selected, r.read = false, false, false
}

func (r *reader) show(v *View) {
	if r.card != nil {
		v.Card = &CardView{Kind: r.card.Kind, Name: r.card.Name, Number: r.card.Number}
	}
	if r.fault != 0 {
		v.Conditions = append(v.Conditions, "module-fault")
	}
}

// Lay puts a card on a reader, in the place of one that lies there.
func (d *Device) Lay(id device.Identity) error {
	return on(d, func(r *reader) error {
		r.lift()
		r.card = &id
		return nil
	})
}

// LayKind lays the next synthetic card of a kind, with what person names
// changed, and returns it.
func (d *Device) LayKind(kind device.IdentityKind, person Person) (device.Identity, error) {
	var id device.Identity
	err := on(d, func(r *reader) error {
		next, err := r.people.next(kind)
		if err != nil {
			return err
		}
		if id, err = person.apply(next); err != nil {
			return err
		}
		r.lift()
		r.card = &id
		return nil
	})
	return id, err
}

// Fingerprints sets how many bytes of fingerprints the cards on a reader hold:
// 0, 512 or 1024.
func (d *Device) Fingerprints(n int) error {
	return on(d, func(r *reader) error {
		if n != 0 && n != 512 && n != 1024 {
			return fmt.Errorf("%d bytes of fingerprints: %w", n, ErrArgument)
		}
		r.finger = make([]byte, n)
		return nil
	})
}

// Lift takes the card away; without one it does nothing.
func (d *Device) Lift() error {
	return on(d, func(r *reader) error {
		r.lift()
		return nil
	})
}

// LiftDuringRead lets the card that lies there, or is laid next, be lifted
// while it is read: the answer ends after n bytes.
func (d *Device) LiftDuringRead(n int) error {
	return on(d, func(r *reader) error {
		if n < 0 {
			return fmt.Errorf("%d bytes: %w", n, ErrArgument)
		}
		r.cutAt = n
		return nil
	})
}

// ModuleFault makes a reader's module answer code to everything, 60 (self-test
// failed) or 66 (not authorised); 0 makes it work again.
func (d *Device) ModuleFault(code samv.Status) error {
	return on(d, func(r *reader) error {
		switch code {
		case 0, samv.SelfTestFailed, samv.SAMNotAuthorised:
			r.fault = code
			return nil
		default:
			return fmt.Errorf("module fault %02X: %w", byte(code), ErrArgument)
		}
	})
}
