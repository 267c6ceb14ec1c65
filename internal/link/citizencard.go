package link

// A citizen card (市民卡) or electronic social-security card is shown as a code
// that only the city's card centre can resolve. An agent that scans one keeps it
// from its pages and asks the hall over HTTP (/api/v1/citizen-card), which asks
// the platform, which asks the card centre; what comes back is used as an ID card
// that was laid.

// ScannedCard is the Kind of Scanned for the code of a citizen card. Its Text is
// a handle that the agent knows for a moment, never the code.
const ScannedCard = "card"

// CitizenCardView is a kind of codes that stand for a person.
type CitizenCardView struct {
	// Name is what people call the card.
	Name string `json:"name"`
	// Pattern is a regular expression (RE2) that the whole of such a code matches.
	Pattern string `json:"pattern"`
}

// CardCode is a code that was scanned, as an agent sends it to the hall and the
// hall to the platform.
type CardCode struct {
	Code string `json:"code" minLength:"1" maxLength:"512"`
}

// CardHolder is whom the card centre names. It is personal data: it stays in the
// agent, pages see it masked.
type CardHolder struct {
	Name     string `json:"name"`
	IDNumber string `json:"idNumber"`
}

// SiteView is a site of the web that people may read at kiosks.
type SiteView struct {
	Name string `json:"name"`
	// Intro says what it is for.
	Intro string `json:"intro,omitempty"`
	// Address begins with https://, or is one of the platform's.
	Address string `json:"address"`
}
