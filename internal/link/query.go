package link

import "time"

// Cases at a kiosk: what became of an application, asked by card, by number or
// by the code on a paper. The page names the card's session or what was typed;
// the agent asks the hall over HTTP (/api/v1/case-query), which asks the
// platform. What came is kept in the agent until the person goes, so that what
// is rated and printed is hers.
const (
	// TypeCaseQuery (up, kiosk) looks cases up, which the answer has: CaseQuery.
	TypeCaseQuery Type = "case.query"
	// TypeCaseRate (up, kiosk) rates one of those that were found: CaseRate.
	TypeCaseRate Type = "case.rate"
	// TypePaperPrint (up, kiosk) prints what is shown, once: PaperPrint.
	TypePaperPrint Type = "paper.print"
)

// CaseQuery names a card that was read, or a case's number with its query code
// or the last four characters of the applicant's ID number, or is what a scanner
// read off a paper.
type CaseQuery struct {
	Session string `json:"session,omitempty"`
	Number  string `json:"number,omitempty"`
	Code    string `json:"code,omitempty"`
	Scanned string `json:"scanned,omitempty"`
}

// CaseRate says how a finished case went. Case is its number as it was shown.
type CaseRate struct {
	Case  string `json:"case"`
	Score int    `json:"score" minimum:"1" maximum:"5"`
	// Tags are some of those that the score offers.
	Tags []string `json:"tags,omitempty"`
}

// PaperPrint orders a slip of what the agent knows: of a case that was found, by
// its number; or of what to bring for an item, by the ids or names of its
// materials; or, on a whole page, a form of an item: of the material with the id
// Form the empty one or, with Filled, the example; or of the way to a place of
// the hall's plan.
type PaperPrint struct {
	Case      string   `json:"case,omitempty"`
	Item      string   `json:"item,omitempty"`
	Materials []string `json:"materials,omitempty"`
	Form      string   `json:"form,omitempty"`
	Filled    bool     `json:"filled,omitempty"`
	Way       *WaySlip `json:"way,omitempty"`
	// Words is the slip as a page words it for whoever reads another language than
	// Chinese, of a way all above its steps; absent: the agent writes it in Chinese.
	Words *SlipWords `json:"words,omitempty"`
}

// SlipWords are what stands on a slip, but for codes, which the agent adds.
type SlipWords struct {
	// Hall and Title head it, Scan tells what the code is for, Printed how it came.
	Hall  string `json:"hall"`
	Title string `json:"title"`
	// Lines are at most 80.
	Lines   []SlipLine `json:"lines"`
	Scan    string     `json:"scan"`
	Printed string     `json:"printed"`
	// Here marks on the map of a way where somebody stands.
	Here string `json:"here,omitempty"`
}

// SlipLine is a line of a slip: a text, or a rule across the paper.
type SlipLine struct {
	Text  string `json:"text,omitempty"`
	Bold  bool   `json:"bold,omitempty"`
	Large bool   `json:"large,omitempty"`
	Rule  bool   `json:"rule,omitempty"`
}

// WaySlip is a way through the hall as the page tells it.
type WaySlip struct {
	// From and To are the ids of places of the plan.
	From string `json:"from"`
	To   string `json:"to"`
	// Metres are walked.
	Metres int `json:"metres"`
	// Steps are what to do, in the words of the page, in order.
	Steps []string `json:"steps"`
	// Route is the same on the plan, floor by floor, for a printer of pictures.
	Route []WayStretch `json:"route,omitempty"`
}

// WayStretch is the part of a way on one floor: where it begins, turns and ends.
type WayStretch struct {
	Floor  string  `json:"floor"`
	Points []Point `json:"points"`
}

// CasesView is what was found.
type CasesView struct {
	Cases []CaseView `json:"cases"`
	// Scores are what a rating can say, the worst first.
	Scores []CaseScore `json:"scores,omitempty"`
}

// CaseView is one application as a screen may show it that everybody sees.
// Sentences are the platform's.
type CaseView struct {
	// Number is the application's, CaseNo the case's from its acceptance on.
	Number           string `json:"number"`
	CaseNo           string `json:"caseNo,omitempty"`
	ItemName         string `json:"itemName"`
	OrganisationName string `json:"organisationName"`
	// Applicant is masked.
	Applicant string `json:"applicant"`
	State     string `json:"state"`
	StateWord string `json:"stateWord"`
	// StateCode is what StateWord says: the state, or what says more than it, such
	// as held. Older platforms don't send it.
	StateCode string `json:"stateCode,omitempty"`
	// Guidance tells the applicant what happens and what to do.
	Guidance string `json:"guidance"`
	// Left counts working days of the promised term, negative: late; absent where
	// none runs. PromisedDue is its last day.
	Left        *int   `json:"left,omitempty"`
	PromisedDue string `json:"promisedDue,omitempty"`
	// Stages are behind and at it, Steps those of the examination.
	Stages []CaseStage `json:"stages"`
	Steps  []CaseStep  `json:"steps,omitempty"`
	Todo   []CaseTodo  `json:"todo,omitempty"`
	// Documents are titles.
	Documents []string `json:"documents,omitempty"`
	// DocumentKinds are what they are, in the same order, such as acceptance; absent
	// from older platforms.
	DocumentKinds []string `json:"documentKinds,omitempty"`
	// Rate tells that it may be rated, Rated with how much it was.
	Rate  bool `json:"rate,omitempty"`
	Rated int  `json:"rated,omitempty"`
	// Link opens it on a phone.
	Link string `json:"link,omitempty"`
	// Children are the cases of a package.
	Children []CaseView `json:"children,omitempty"`
}

// CaseStage is a part of a case's way. Ended is absent while it lasts.
type CaseStage struct {
	// Kind is the platform's name for it, such as review.
	Kind  string    `json:"kind,omitempty"`
	Word  string    `json:"word"`
	Begun time.Time `json:"begun"`
	Ended time.Time `json:"ended,omitzero"`
	Who   string    `json:"who,omitempty"`
	// By is applicant or departments where Who is no name.
	By   string `json:"by,omitempty"`
	Note string `json:"note,omitempty"`
}

// CaseStep is a step of the examination: waiting, now, returned, held, done or
// skipped, in words as well.
type CaseStep struct {
	Name         string    `json:"name"`
	Organisation string    `json:"organisation,omitempty"`
	State        string    `json:"state"`
	Word         string    `json:"word"`
	Done         time.Time `json:"done,omitzero"`
	Due          string    `json:"due,omitempty"`
}

// CaseTodo is what the applicant has to do: supplement, deferred (bring later
// what was promised), pay, bring (show the originals) or collect.
type CaseTodo struct {
	Kind string   `json:"kind"`
	What []string `json:"what,omitempty"`
	// Lacks are what What says, one for one, where a notice asked for it; absent from
	// older platforms.
	Lacks []CaseLack `json:"lacks,omitempty"`
	// Until is the last day, as 2026-11-24.
	Until string `json:"until,omitempty"`
	// Amount is in fen.
	Amount int64 `json:"amount,omitempty"`
	// Online tells that it can be done on line as well.
	Online bool `json:"online,omitempty"`
}

// CaseLack is one thing that a notice asked for: a material that is missing or wrong,
// or to be given once more; without a material what a clerk wrote.
type CaseLack struct {
	Material string `json:"material,omitempty"`
	// Review is missing or wrong, Note what a clerk wrote.
	Review string `json:"review,omitempty"`
	Note   string `json:"note,omitempty"`
}

// CaseScore is one of what a rating can say, with what one can tick beside it.
type CaseScore struct {
	Score int      `json:"score"`
	Word  string   `json:"word"`
	Tags  []string `json:"tags,omitempty"`
	// TagCodes name the tags, in the same order; absent from older platforms.
	TagCodes []string `json:"tagCodes,omitempty"`
}

// CaseProof is what a kiosk's agent sends the hall, which sends it on: the
// card's number, or a case's with its code or the end of the applicant's ID
// number.
type CaseProof struct {
	IDNumber string `json:"idNumber,omitempty" maxLength:"40"`
	Number   string `json:"number,omitempty" maxLength:"60"`
	Code     string `json:"code,omitempty" maxLength:"20"`
	IDTail   string `json:"idTail,omitempty" maxLength:"4"`
}

// CaseRating is a rating on its way from the agent to the platform.
type CaseRating struct {
	CaseProof
	Case  string   `json:"case" maxLength:"60"`
	Score int      `json:"score" minimum:"1" maximum:"5"`
	Tags  []string `json:"tags,omitempty" maxItems:"10"`
}
