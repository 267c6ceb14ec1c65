package hall

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"smarthall/internal/codes"
	"smarthall/internal/link"
)

// CitizenCard is a kind of codes (市民卡、电子社保卡) that the city's card centre
// resolves to a person.
type CitizenCard struct {
	// Name is what people call the card.
	Name string `yaml:"name"`
	// Pattern is a regular expression that the whole of a code matches; see
	// codes.CardPattern.
	Pattern string `yaml:"pattern"`
}

// The bounds of a hall's lists, and of a name in characters.
const (
	maxCitizenCards = 10
	maxSiteName     = 20
)

func (c *checker) checkCitizenCards(h *Hall) {
	if len(h.CitizenCards) > maxCitizenCards {
		c.add("citizen_cards", "最多 %d 种市民卡码", maxCitizenCards)
		return
	}
	for i, card := range h.CitizenCards {
		path := fmt.Sprintf("citizen_cards/%d", i)
		c.shortName(path, card.Name)
		if _, err := codes.CardPattern(card.Pattern); err != nil {
			c.add(path+"/pattern", "市民卡码的样式 pattern %v", err)
		}
		if slices.IndexFunc(h.CitizenCards, func(o CitizenCard) bool { return o.Pattern == card.Pattern }) != i {
			c.add(path+"/pattern", "这个样式写了两次")
		}
	}
}

// shortName checks what stands on a button or in a sentence.
func (c *checker) shortName(path, name string) {
	if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > maxSiteName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		c.add(path, "需要名称 name，最多 %d 个字", maxSiteName)
	}
}

// CitizenCardViews are the codes as agents get them.
func (h *Hall) CitizenCardViews() []link.CitizenCardView {
	var out []link.CitizenCardView
	for _, card := range h.CitizenCards {
		out = append(out, link.CitizenCardView(card))
	}
	return out
}
