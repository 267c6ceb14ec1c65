package samv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"smarthall/internal/device"
)

// TextSize is the size of the card's text block in bytes.
const TextSize = 256

// ErrLayout is the error of a text block whose type byte is none of the four.
var ErrLayout = errors.New("unknown card layout")

// longTerm stands in the place of the last day of validity.
const longTerm = "长期"

// span is a field of the text block: offset and length in bytes.
type span struct{ at, size int }

// The fields of the text block, UTF-16LE and padded with spaces (GA/T 490 and
// its successors). The permit of Hong Kong, Macao and Taiwan residents has the
// citizen's fields and four more; nation is empty there.
var (
	cardType = span{248, 2}

	citizenName    = span{0, 30}
	citizenSex     = span{30, 2}
	citizenNation  = span{32, 4}
	citizenBirth   = span{36, 16}
	citizenAddress = span{52, 70}
	citizenNumber  = span{122, 36}
	citizenIssuer  = span{158, 30}
	validFrom      = span{188, 16} // in all four layouts
	validUntil     = span{204, 16}

	permitPass  = span{220, 18}
	permitCount = span{238, 4}

	oldLatin     = span{0, 120} // foreigner, 2017
	oldSex       = span{120, 2}
	oldNumber    = span{122, 30}
	oldCountry   = span{152, 6}
	oldName      = span{158, 30}
	oldBirth     = span{220, 16}
	oldVersion   = span{236, 4}
	oldAuthority = span{240, 8}

	newName     = span{0, 30} // foreigner, 2023
	newSex      = span{30, 2}
	newRenewals = span{32, 4}
	newBirth    = span{36, 16}
	newLatin    = span{52, 70}
	newNumber   = span{122, 36}
	newLatin2   = span{220, 22}
	newCountry  = span{242, 6}
)

// kinds are the type letters.
var kinds = map[string]device.IdentityKind{
	"": device.Citizen, "J": device.ResidentPermit, "I": device.Foreigner2017, "Y": device.Foreigner2023,
}

// ParseCard reads the data of a good answer to ReadCard: text and photo.
func ParseCard(data []byte) (device.Identity, error) {
	if len(data) < 4 {
		return device.Identity{}, fmt.Errorf("card data of %d bytes: %w", len(data), device.ErrFrame)
	}
	textLen, photoLen := int(binary.BigEndian.Uint16(data)), int(binary.BigEndian.Uint16(data[2:]))
	if textLen != TextSize || len(data) != 4+textLen+photoLen {
		return device.Identity{}, fmt.Errorf("card data of %d bytes says text %d, photo %d: %w", len(data), textLen, photoLen, device.ErrFrame)
	}
	id, err := ParseText([TextSize]byte(data[4 : 4+TextSize]))
	if err != nil {
		return device.Identity{}, err
	}
	if photoLen > 0 {
		id.Photo = append([]byte(nil), data[4+TextSize:]...)
	}
	return id, nil
}

// Fingerprint sizes: a card holds none, one finger or two.
const fingerSize = 512

// ParseCardFinger reads the data of a good answer to ReadFingerprint: text,
// photo and 0, 512 or 1024 bytes of fingerprints, which are returned as they are.
func ParseCardFinger(data []byte) (device.Identity, []byte, error) {
	if len(data) < 6 {
		return device.Identity{}, nil, fmt.Errorf("card data of %d bytes: %w", len(data), device.ErrFrame)
	}
	n := int(binary.BigEndian.Uint16(data[4:]))
	if n%fingerSize != 0 || n > 2*fingerSize || len(data) < 6+n {
		return device.Identity{}, nil, fmt.Errorf("card data of %d bytes says fingerprints %d: %w", len(data), n, device.ErrFrame)
	}
	end := len(data) - n
	id, err := ParseCard(append(slices.Clone(data[:4]), data[6:end]...))
	if err != nil {
		return device.Identity{}, nil, err
	}
	return id, slices.Clone(data[end:]), nil
}

// addressSize is the additional address in bytes, 35 characters.
const addressSize = 70

// ParseAddress reads the data of a good answer to ReadAddress.
func ParseAddress(data []byte) (string, error) {
	if len(data) != addressSize {
		return "", fmt.Errorf("additional address of %d bytes: %w", len(data), device.ErrFrame)
	}
	var b block
	copy(b[:], data)
	return b.text(span{0, addressSize}), nil
}

// AddressData is the data of the answer to ReadAddress for an address, which is
// cut if it is too long: the inverse of ParseAddress, for simulators.
func AddressData(address string) []byte {
	var b block
	for i := 0; i < addressSize; i += 2 {
		b[i] = ' '
	}
	b.put(span{0, addressSize}, address)
	return b[:addressSize]
}

// ParseText reads a card's text block by the layout that its type letter
// names. The error wraps ErrLayout, or device.ErrFrame for a date that is none.
func ParseText(text [TextSize]byte) (device.Identity, error) {
	b := block(text)
	kind, ok := kinds[b.text(cardType)]
	if !ok {
		return device.Identity{}, fmt.Errorf("type letter %04X: %w", binary.LittleEndian.Uint16(b[cardType.at:]), ErrLayout)
	}
	id := device.Identity{Kind: kind}
	var birth span
	switch kind {
	case device.Foreigner2017:
		birth = b.oldForeigner(&id)
	case device.Foreigner2023:
		birth = b.newForeigner(&id)
	default:
		birth = b.citizen(&id)
	}
	var errs [3]error
	id.Birth, errs[0] = b.date(birth)
	id.ValidFrom, errs[1] = b.date(validFrom)
	if b.text(validUntil) != longTerm {
		id.ValidUntil, errs[2] = b.date(validUntil)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return device.Identity{}, fmt.Errorf("read text block: %w", err)
	}
	return id, nil
}

// EncodeText is the text block of a card with this identity: the inverse of
// ParseText, for simulators. What is too long for its field is cut.
func EncodeText(id device.Identity) [TextSize]byte {
	var b block
	for i := 0; i < TextSize; i += 2 {
		b[i] = ' '
	}
	b.putDate(validFrom, id.ValidFrom)
	b.putDate(validUntil, id.ValidUntil)
	if id.ValidUntil.IsZero() {
		b.put(validUntil, longTerm)
	}
	switch id.Kind {
	case device.Foreigner2017:
		b.putOldForeigner(id)
	case device.Foreigner2023:
		b.putNewForeigner(id)
	default:
		b.putCitizen(id)
	}
	for letter, kind := range kinds {
		if kind == id.Kind {
			b.put(cardType, letter)
		}
	}
	return [TextSize]byte(b)
}

// block is the text block with its fields.
type block [TextSize]byte

// citizen reads the layouts of citizens and of permits.
func (b block) citizen(id *device.Identity) (birth span) {
	id.Name = b.text(citizenName)
	id.Sex = sexes[b.text(citizenSex)]
	id.Address = b.text(citizenAddress)
	id.Number = b.text(citizenNumber)
	id.Issuer = b.text(citizenIssuer)
	if id.Kind == device.ResidentPermit {
		id.PassNumber = b.text(permitPass)
		id.IssueCount = b.text(permitCount)
		return citizenBirth
	}
	id.Nation = Nation(b.text(citizenNation))
	return citizenBirth
}

func (b *block) putCitizen(id device.Identity) {
	b.put(citizenName, id.Name)
	b.put(citizenSex, sexCode(id.Sex))
	b.putDate(citizenBirth, id.Birth)
	b.put(citizenAddress, id.Address)
	b.put(citizenNumber, id.Number)
	b.put(citizenIssuer, id.Issuer)
	if id.Kind == device.ResidentPermit {
		b.put(permitPass, id.PassNumber)
		b.put(permitCount, id.IssueCount)
		return
	}
	b.put(citizenNation, nationCode(id.Nation))
}

// oldForeigner reads the layout of 2017.
func (b block) oldForeigner(id *device.Identity) (birth span) {
	id.LatinName = b.text(oldLatin)
	id.Name = orElse(b.text(oldName), id.LatinName)
	id.Sex = sexes[b.text(oldSex)]
	id.Number = b.text(oldNumber)
	id.Nationality = b.text(oldCountry)
	id.Issuer = b.text(oldAuthority)
	return oldBirth
}

func (b *block) putOldForeigner(id device.Identity) {
	b.put(oldLatin, id.LatinName)
	b.put(oldName, chineseName(id))
	b.put(oldSex, sexCode(id.Sex))
	b.put(oldNumber, id.Number)
	b.put(oldCountry, id.Nationality)
	b.put(oldAuthority, id.Issuer)
	b.put(oldVersion, "01")
	b.putDate(oldBirth, id.Birth)
}

// newForeigner reads the layout of 2023, whose Latin name is in two parts.
func (b block) newForeigner(id *device.Identity) (birth span) {
	id.LatinName = strings.TrimRight(b.raw(newLatin)+b.raw(newLatin2), " \x00")
	id.Name = orElse(b.text(newName), id.LatinName)
	id.Sex = sexes[b.text(newSex)]
	id.Number = b.text(newNumber)
	id.Nationality = b.text(newCountry)
	return newBirth
}

func (b *block) putNewForeigner(id device.Identity) {
	latin := utf16.Encode([]rune(id.LatinName))
	head := min(len(latin), newLatin.size/2)
	b.putUnits(newLatin, latin[:head])
	b.putUnits(newLatin2, latin[head:])
	b.put(newName, chineseName(id))
	b.put(newSex, sexCode(id.Sex))
	b.put(newRenewals, "00")
	b.put(newNumber, id.Number)
	b.put(newCountry, id.Nationality)
	b.putDate(newBirth, id.Birth)
}

// orElse is s, or other when the card leaves s empty: many foreigners have no
// Chinese name.
func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// chineseName is the name unless it only repeats the Latin one.
func chineseName(id device.Identity) string {
	if id.Name == id.LatinName {
		return ""
	}
	return id.Name
}

// raw is a field with its padding.
func (b block) raw(s span) string {
	units := make([]uint16, s.size/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[s.at+2*i:])
	}
	return string(utf16.Decode(units))
}

// text is a field without its padding.
func (b block) text(s span) string { return strings.Trim(b.raw(s), " \x00") }

// date is a day such as 19491231; an empty field is the zero time.
func (b block) date(s span) (time.Time, error) {
	text := b.text(s)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse("20060102", text)
	if err != nil {
		return time.Time{}, fmt.Errorf("no date at offset %d: %w", s.at, device.ErrFrame)
	}
	return t, nil
}

func (b *block) put(s span, text string) { b.putUnits(s, utf16.Encode([]rune(text))) }

// putUnits writes a field; a pair of surrogates is never cut in two.
func (b *block) putUnits(s span, units []uint16) {
	n := min(len(units), s.size/2)
	if n > 0 && n < len(units) && utf16.IsSurrogate(rune(units[n])) && units[n] >= 0xDC00 {
		n--
	}
	for i, u := range units[:n] {
		binary.LittleEndian.PutUint16(b[s.at+2*i:], u)
	}
}

func (b *block) putDate(s span, t time.Time) {
	if !t.IsZero() {
		b.put(s, t.Format("20060102"))
	}
}

// SAMID is the module's number as it is printed on its papers.
func SAMID(data []byte) (string, error) {
	if len(data) < 16 {
		return "", fmt.Errorf("module number of %d bytes: %w", len(data), device.ErrFrame)
	}
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(data[at:]) }
	return fmt.Sprintf("%02X.%02X-%d-%010d-%010d", data[0], data[2], word(4), word(8), word(12)), nil
}
