package item

import (
	"time"
)

// State is where a version of an item, or a catalogue entry, stands.
type State string

// The states of a version. A published version is the one people see; a
// suspended item's guide stays readable but nothing new is taken.
const (
	Draft     State = "draft"     // being written
	InReview  State = "in-review" // waits for one of its reviews
	Published State = "published"
	Suspended State = "suspended" // 暂停
	Cancelled State = "cancelled" // 取消, for good
	Replaced  State = "replaced"  // a newer version was published
	Dropped   State = "dropped"   // a draft that was given up
)

// Entry is one line of the catalogue list (基本目录): what is the same
// everywhere. An implementing body can't change any of it (IT-04).
type Entry struct {
	// BasicCode is the 12 characters of GB/T 39554.1 or a local rule's text.
	BasicCode string `json:"basicCode" yaml:"basicCode" maxLength:"60"`
	Name      string `json:"name" yaml:"name" maxLength:"120"`
	Type      Type   `json:"type" yaml:"type"`
	// Bases are the legal bases.
	Bases []Basis `json:"bases" yaml:"bases" maxItems:"60"`
	// Parent is the basic code of the main item (主项) of a sub-item.
	Parent string `json:"parent,omitempty" yaml:"parent,omitempty" maxLength:"60"`
	// Level is the level that lists it: national, province or city.
	Level Level `json:"level" yaml:"level"`
	// State is published or cancelled.
	State State `json:"state,omitempty" yaml:"state,omitempty"`
	// Revision counts its changes. It is set by the platform.
	Revision int `json:"revision,omitempty" yaml:"-" readOnly:"true"`
}

// Basis is one legal basis.
type Basis struct {
	// Law is its full name with the number of the document, Article the article.
	Law     string `json:"law" yaml:"law" maxLength:"200"`
	Article string `json:"article,omitempty" yaml:"article,omitempty" maxLength:"100"`
	Text    string `json:"text,omitempty" yaml:"text,omitempty" maxLength:"2000"`
}

// Item is one version of an entry of the implementation list (实施清单) with its
// guide: the catalogue's part, which is inherited, and the body's own.
type Item struct {
	// ID is the same in all versions: lower-case letters, digits and hyphens.
	ID string `json:"id" yaml:"id" maxLength:"40"`
	// Version counts from 1; 0 is a draft that was never stored.
	Version int   `json:"version" yaml:"-" readOnly:"true"`
	State   State `json:"state" yaml:"-" readOnly:"true"`
	// Changed is when the version was last written, PublishedAt when it became
	// the one that people see.
	Changed     time.Time `json:"changed,omitzero" yaml:"-" readOnly:"true"`
	PublishedAt time.Time `json:"publishedAt,omitzero" yaml:"-" readOnly:"true"`
	// Reason is why this version was made, or why the item is suspended or
	// cancelled, in words for the public.
	Reason string `json:"reason,omitempty" yaml:"reason,omitempty" maxLength:"400"`

	// The catalogue's part. An editor gives BasicCode alone; the rest is the
	// catalogue's.
	BasicCode string  `json:"basicCode" yaml:"basicCode" maxLength:"60"`
	Name      string  `json:"name" yaml:"-" readOnly:"true"`
	Type      Type    `json:"type" yaml:"-" readOnly:"true"`
	Bases     []Basis `json:"bases" yaml:"-" readOnly:"true"`

	Local `yaml:",inline"`
}

// Local is the part of an item that its implementing body writes.
type Local struct {
	// Code is the implementation code (实施编码): in GB/T 39554.1 the body's
	// credit code (18), the level (1) and the basic code (12). Empty: it is made
	// from them where the body's credit code is known.
	Code string `json:"code,omitempty" yaml:"code,omitempty" maxLength:"60"`
	// Title is the handling item's (办理项) name where the body splits the item
	// by differing materials; empty: the item's name.
	Title string `json:"title,omitempty" yaml:"title,omitempty" maxLength:"120"`
	// Organisation is the id of the implementing body. Its name comes from the
	// list of organisations.
	Organisation     string `json:"organisation" yaml:"organisation" maxLength:"40"`
	OrganisationName string `json:"organisationName,omitempty" yaml:"-" readOnly:"true"`
	Region           string `json:"region" yaml:"region" maxLength:"12" doc:"GB/T 2260"`
	Level            Level  `json:"level" yaml:"level"`

	// Summary is one or two sentences for lists and the kiosk.
	Summary string `json:"summary" yaml:"summary" maxLength:"300"`
	// Keywords are words that people look for it by, beyond its name and the
	// shared synonyms.
	Keywords []string `json:"keywords,omitempty" yaml:"keywords,omitempty" maxItems:"40"`
	Objects  []Object `json:"objects" yaml:"objects" maxItems:"2"`
	// Themes are ids of Themes.
	Themes []string `json:"themes" yaml:"themes" maxItems:"12"`
	Class  Class    `json:"class" yaml:"class"`
	Form   Form     `json:"form" yaml:"form"`
	// Online is how far it goes on line; Visits how often one has to come (0: never).
	Online Online `json:"online" yaml:"online"`
	Visits int    `json:"visits" yaml:"visits" minimum:"0" maximum:"9"`
	// Scope is where one may apply beside the body's own place (通办范围).
	Scope     Scope  `json:"scope" yaml:"scope"`
	ScopeNote string `json:"scopeNote,omitempty" yaml:"scopeNote,omitempty" maxLength:"300"`

	// Content is what the body decides or does (行使内容); Authority what the
	// window may decide itself (窗口权限).
	Content    string   `json:"content,omitempty" yaml:"content,omitempty" maxLength:"1000"`
	Authority  string   `json:"authority,omitempty" yaml:"authority,omitempty" maxLength:"300"`
	Conditions []string `json:"conditions" yaml:"conditions" maxItems:"40" doc:"Who may apply, and when"`
	// Quota is how many may be granted; empty: no limit of number.
	Quota string `json:"quota,omitempty" yaml:"quota,omitempty" maxLength:"300"`

	Statutory Limit `json:"statutory" yaml:"statutory" doc:"法定办结时限"`
	Promised  Limit `json:"promised" yaml:"promised" doc:"承诺办结时限"`

	Materials []Material `json:"materials" yaml:"materials" maxItems:"80"`
	Fees      []Fee      `json:"fees" yaml:"fees" maxItems:"40" doc:"None: free of charge"`
	Situation Situation  `json:"situation,omitzero" yaml:"situation,omitempty"`
	Steps     []Step     `json:"steps" yaml:"steps" maxItems:"30"`
	// Review is the review standard (审查标准).
	Review []string `json:"review" yaml:"review" maxItems:"40"`
	Result Result   `json:"result" yaml:"result"`

	Bookable    bool   `json:"bookable" yaml:"bookable"`
	BookingNote string `json:"bookingNote,omitempty" yaml:"bookingNote,omitempty" maxLength:"300"`
	// OnlinePayment is for items with fees only.
	OnlinePayment bool     `json:"onlinePayment" yaml:"onlinePayment"`
	Delivery      Delivery `json:"delivery" yaml:"delivery"`
	// OnlineURL is where one applies on line, if elsewhere than here.
	OnlineURL string `json:"onlineUrl,omitempty" yaml:"onlineUrl,omitempty" maxLength:"300"`

	Places        []Place        `json:"places" yaml:"places" maxItems:"40"`
	Consultations []Consultation `json:"consultations" yaml:"consultations" maxItems:"12"`
	// Supervision are the ways to complain.
	Supervision []Consultation `json:"supervision" yaml:"supervision" maxItems:"12"`

	FAQ      []Asked  `json:"faq,omitempty" yaml:"faq,omitempty" maxItems:"40"`
	Mistakes []string `json:"mistakes,omitempty" yaml:"mistakes,omitempty" maxItems:"20" doc:"Common mistakes"`
	Rights   []string `json:"rights,omitempty" yaml:"rights,omitempty" maxItems:"20" doc:"Rights, duties and remedies"`
	// Before and After are ids of items that usually come before and after.
	Before []string `json:"before,omitempty" yaml:"before,omitempty" maxItems:"20"`
	After  []string `json:"after,omitempty" yaml:"after,omitempty" maxItems:"20"`
}

// Limit is a time limit.
type Limit struct {
	// Unit is working-days, days, months, instant (decided on the spot) or none
	// (the law sets no limit).
	Unit Unit `json:"unit" yaml:"unit"`
	// Days counts units; 0 for instant and none.
	Days int    `json:"days,omitempty" yaml:"days,omitempty" minimum:"0" maximum:"3650"`
	Note string `json:"note,omitempty" yaml:"note,omitempty" maxLength:"300"`
}

// Material is one thing to bring.
type Material struct {
	// ID is unique within the item; situations name it.
	ID   string       `json:"id" yaml:"id" maxLength:"40"`
	Name string       `json:"name" yaml:"name" maxLength:"120"`
	Type MaterialType `json:"type" yaml:"type"`
	// Originals and Copies are how many of each on paper; Size is the paper's.
	Originals int    `json:"originals" yaml:"originals" minimum:"0" maximum:"99"`
	Copies    int    `json:"copies" yaml:"copies" minimum:"0" maximum:"99"`
	Size      string `json:"size,omitempty" yaml:"size,omitempty" maxLength:"20" doc:"A4 unless it says otherwise"`
	// Electronic tells whether an electronic one is asked for on line, Licence
	// the kind of licence of the licence library that takes its place (免提交).
	Electronic bool   `json:"electronic" yaml:"electronic"`
	Licence    string `json:"licence,omitempty" yaml:"licence,omitempty" maxLength:"60"`
	// Need is must, tolerable (容缺) or promise (告知承诺).
	Need         Need   `json:"need" yaml:"need"`
	Source       Source `json:"source" yaml:"source"`
	Instructions string `json:"instructions,omitempty" yaml:"instructions,omitempty" maxLength:"600" doc:"How to fill it in"`
	Standard     string `json:"standard,omitempty" yaml:"standard,omitempty" maxLength:"600" doc:"What is checked when it is taken"`
	// Basis is the rule that asks for it (GD-03); empty: the item's.
	Basis  string `json:"basis,omitempty" yaml:"basis,omitempty" maxLength:"300"`
	Blank  File   `json:"blank,omitzero" yaml:"blank,omitempty" doc:"The empty form"`
	Sample File   `json:"sample,omitzero" yaml:"sample,omitempty"`
	// When says in words in which case it is needed. Which exactly is the
	// situation's business.
	When string `json:"when,omitempty" yaml:"when,omitempty" maxLength:"200"`
}

// Source is where a material comes from.
type Source struct {
	Kind SourceKind `json:"kind" yaml:"kind"`
	// Name is the department or intermediary that issues it, Contact where to
	// ask it.
	Name    string `json:"name,omitempty" yaml:"name,omitempty" maxLength:"120"`
	Contact string `json:"contact,omitempty" yaml:"contact,omitempty" maxLength:"200"`
}

// File is a file to look at or to download: an address, or a text that is shown
// as it is.
type File struct {
	Name string `json:"name,omitempty" yaml:"name,omitempty" maxLength:"120"`
	// URL is a path on the platform, or an https address.
	URL  string `json:"url,omitempty" yaml:"url,omitempty" maxLength:"300"`
	Text string `json:"text,omitempty" yaml:"text,omitempty" maxLength:"4000"`
}

// Fee is one thing that is charged for.
type Fee struct {
	// ID is unique within the item; situations name it.
	ID   string `json:"id" yaml:"id" maxLength:"40"`
	Name string `json:"name" yaml:"name" maxLength:"120"`
	// Standard is the rate in words, Amount in fen where it is fixed (0: it isn't).
	Standard string `json:"standard" yaml:"standard" maxLength:"300"`
	Amount   int64  `json:"amount,omitempty" yaml:"amount,omitempty" minimum:"0" maximum:"1000000000"`
	Basis    string `json:"basis" yaml:"basis" maxLength:"400"`
	// Reduction tells who pays less or nothing.
	Reduction string `json:"reduction,omitempty" yaml:"reduction,omitempty" maxLength:"300"`
}

// Step is one step of the process.
type Step struct {
	Name string `json:"name" yaml:"name" maxLength:"60"`
	Text string `json:"text" yaml:"text" maxLength:"600"`
	// Post is who is responsible: an office or a post, no person.
	Post  string `json:"post,omitempty" yaml:"post,omitempty" maxLength:"100"`
	Limit Limit  `json:"limit" yaml:"limit"`
	// Special marks a procedure whose time isn't counted (现场勘验, 检测, 听证 …).
	Special bool   `json:"special,omitempty" yaml:"special,omitempty"`
	Output  string `json:"output,omitempty" yaml:"output,omitempty" maxLength:"200" doc:"What the step ends with, such as 受理通知书"`
}

// Result is what one gets.
type Result struct {
	Name string `json:"name" yaml:"name" maxLength:"120"`
	// Kind is licence, document, payment, record or other.
	Kind   ResultKind `json:"kind" yaml:"kind"`
	Sample File       `json:"sample,omitzero" yaml:"sample,omitempty"`
	// Valid is how long it is valid, in words.
	Valid string `json:"valid,omitempty" yaml:"valid,omitempty" maxLength:"100"`
	// Licence is the kind in the licence library.
	Licence string `json:"licence,omitempty" yaml:"licence,omitempty" maxLength:"60"`
}

// Delivery tells what may go by post.
type Delivery struct {
	Papers bool   `json:"papers" yaml:"papers" doc:"Materials may be sent in"`
	Result bool   `json:"result" yaml:"result" doc:"The result may be sent home"`
	Note   string `json:"note,omitempty" yaml:"note,omitempty" maxLength:"300"`
}

// Place is where one goes, and when.
type Place struct {
	// Hall is the id of a hall of this platform and Service the id of the
	// service there that gives the ticket; empty: a place elsewhere.
	Hall    string `json:"hall,omitempty" yaml:"hall,omitempty" maxLength:"40"`
	Service string `json:"service,omitempty" yaml:"service,omitempty" maxLength:"60"`
	Name    string `json:"name" yaml:"name" maxLength:"120"`
	Address string `json:"address" yaml:"address" maxLength:"200"`
	Window  string `json:"window,omitempty" yaml:"window,omitempty" maxLength:"100"`
	Hours   string `json:"hours" yaml:"hours" maxLength:"200"`
	Phone   string `json:"phone,omitempty" yaml:"phone,omitempty" maxLength:"60"`
	Traffic string `json:"traffic,omitempty" yaml:"traffic,omitempty" maxLength:"200"`
}

// Consultation is a way to ask (IX-10), or to complain.
type Consultation struct {
	Way Way `json:"way" yaml:"way"`
	// Where is the telephone number, address, page or place.
	Where string `json:"where" yaml:"where" maxLength:"200"`
	Hours string `json:"hours,omitempty" yaml:"hours,omitempty" maxLength:"200"`
	Reply string `json:"reply,omitempty" yaml:"reply,omitempty" maxLength:"100" doc:"How soon one is answered"`
}

// Asked is a frequently asked question.
type Asked struct {
	Question string `json:"question" yaml:"question" maxLength:"200"`
	Answer   string `json:"answer" yaml:"answer" maxLength:"1500"`
}
