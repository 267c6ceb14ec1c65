package cases

import (
	"context"
	"io"
	"net/http"
	"time"

	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// People is what this context asks of identity.
type People interface {
	// Person returns a natural person, or identity.ErrUnknown; PersonByNumber
	// does so by the ID number.
	Person(ctx context.Context, id string) (identity.Person, error)
	PersonByNumber(ctx context.Context, number string) (identity.Person, error)
	// MayActFor returns what a person may do for a legal person now, or
	// identity.ErrNoDelegate.
	MayActFor(ctx context.Context, person, legal string) (identity.Scope, error)
	// LegalPersons are those that a person may act for.
	LegalPersons(ctx context.Context, person string) ([]identity.LegalPerson, error)
}

// Items is what this context asks of item.
type Items interface {
	// Get returns the version that people see, or item.ErrUnknown.
	Get(ctx context.Context, id string) (item.Item, error)
	// Package returns a package, or a fault.
	Package(ctx context.Context, id string) (item.Package, error)
	// Packages are all of them.
	Packages(ctx context.Context) ([]item.Package, error)
}

// Halls is what this context asks of node.
type Halls interface {
	// Hall returns a hall, or node.ErrNoHall.
	Hall(ctx context.Context, id string) (node.Hall, error)
}

// Ranges is what this context asks of node about numbers.
type Ranges interface {
	// Granted tells whether the platform granted a hall the number n of a name.
	Granted(ctx context.Context, q store.Querier, hall, name string, n int64) (bool, error)
}

// Bodies are the organisations.
type Bodies interface {
	// Organisations are all of them.
	Organisations(ctx context.Context) ([]identity.Organisation, error)
}

// FormRef names a version of a form. The zero value is no form.
type FormRef struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Locked is a field that keeps what a register says, and why.
type Locked struct {
	Name string `json:"name"`
	Why  string `json:"why"`
	// From is the register: person or legal.
	From string `json:"from,omitempty"`
}

// Facts are what is known of an applicant, for filling in forms.
type Facts struct {
	Applicant Applicant
	Answers   item.Answers
	// Earlier are her earlier forms, the newest first.
	Earlier []EarlierForm
}

// EarlierForm is what was filled in for an earlier case.
type EarlierForm struct {
	Form   FormRef
	Values map[string]any
}

// Forms is what this context asks of form.
type Forms interface {
	// ForItem names the form of an item.
	ForItem(ctx context.Context, item string) (FormRef, error)
	// Clean drops what the form doesn't know or doesn't show; Check tells every
	// field that is wrong.
	Clean(ctx context.Context, f FormRef, values map[string]any, facts Facts) (map[string]any, error)
	Check(ctx context.Context, f FormRef, values map[string]any, facts Facts) ([]fault.Field, error)
	// Prefill is what can be filled in from facts, and which fields keep what a
	// register says; Lock puts that over what was filled in.
	Prefill(ctx context.Context, f FormRef, facts Facts) (map[string]any, []Locked, error)
	Lock(ctx context.Context, f FormRef, values map[string]any, facts Facts) (map[string]any, error)
	// Print writes the filled form as PDF; link is what its QR code leads to.
	Print(ctx context.Context, w io.Writer, f FormRef, values map[string]any, facts Facts, title, number, link string) error
}

// File is an uploaded file.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// Files is what this context asks of files. Errors are faults for people.
type Files interface {
	// Own makes the caller's upload a case's, Share lets another case have it
	// too, and Disown lets it go.
	Own(ctx context.Context, tx *store.Tx, file, owner string) error
	Share(ctx context.Context, tx *store.Tx, file, owner string) error
	Disown(ctx context.Context, tx *store.Tx, file, owner string) error
	// File tells of one; Serve answers a request with it.
	File(ctx context.Context, file string) (File, error)
	Serve(w http.ResponseWriter, r *http.Request, file string) error
}

// FlowStart begins the examination of a case.
type FlowStart struct {
	Case, CaseNo, Title, Item, Organisation, Region string
	Facts                                           map[string]any
	Begun                                           time.Time
}

// FlowStep is one step of an examination, as the public sees it.
type FlowStep struct {
	Name         string    `json:"name"`
	Organisation string    `json:"organisation,omitempty"`
	State        string    `json:"state" doc:"As flow calls it: waiting, now, returned, held, done, skipped"`
	Word         string    `json:"word" doc:"The state in Chinese"`
	Opened       time.Time `json:"opened,omitzero"`
	Done         time.Time `json:"done,omitzero"`
	Due          string    `json:"due,omitempty"`
}

// Flows is what this context asks of flow.
type Flows interface {
	Start(ctx context.Context, tx *store.Tx, f FlowStart) error
	Terminate(ctx context.Context, tx *store.Tx, caseID, reason string) error
	// Resume lets it go on after a supplement, without telling this context.
	Resume(ctx context.Context, tx *store.Tx, caseID, note string) error
	// Steps are what the public may see, none if the case has no flow.
	Steps(ctx context.Context, caseID string) ([]FlowStep, error)
	// Picture draws them as SVG.
	Picture(ctx context.Context, w io.Writer, caseID string) error
	// MaySee tells whether the context's caller has, had or may take a step of
	// the case.
	MaySee(ctx context.Context, caseID string) (bool, error)
}

// DocumentOrder asks for a numbered, sealed notice.
type DocumentOrder struct {
	// Kind is receipt, acceptance, supplement, refusal, deferred, approval,
	// rejection, special, extension, payment, delivery or termination.
	Kind                           string
	Case, CaseNo                   string
	Item                           string // its name
	Organisation, OrganisationName string
	Region                         string
	Addressee                      string
	// Body are paragraphs, Table rows with a heading row first.
	Body  []string
	Table [][]string
	Basis string
	// Sign asks for a line on which the applicant signs.
	Sign bool
}

// Document is a notice that was given.
type Document struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Number string `json:"number"`
	Day    string `json:"day"`
	Code   string `json:"code,omitempty" doc:"For verification"`
}

// Documents is what this context asks of document.
type Documents interface {
	Issue(ctx context.Context, tx *store.Tx, o DocumentOrder) (Document, error)
	PDF(ctx context.Context, w io.Writer, id string) error
}

// LicenceOrder asks for a licence.
type LicenceOrder struct {
	Type, Case, CaseNo, Organisation, Region string
	Applicant                                Applicant
	Person, Legal                            string
	// Item is its name.
	Item string
	// Form, Answers and Values are what was filled in.
	Form    FormRef
	Answers item.Answers
	Values  map[string]any
}

// Licence is one that was issued.
type Licence struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Number string `json:"number"`
}

// Licences is what this context asks of licence.
type Licences interface {
	Issue(ctx context.Context, tx *store.Tx, o LicenceOrder) (Licence, error)
	// Held tells the name of a licence that stands in the library and is valid,
	// if the applicant holds it; a fault otherwise.
	Held(ctx context.Context, licence string, a Applicant, person, legal string) (Licence, error)
}

// PaymentOrder asks for fees.
type PaymentOrder struct {
	Case, CaseNo, Title, Organisation, Region string
	Person, Legal, Payer                      string
	Lines                                     []FeeLine
}

// FeeLine is one fee; Amount counts fen.
type FeeLine struct {
	Fee    string `json:"fee"`
	Name   string `json:"name"`
	Amount int64  `json:"amount"`
	Basis  string `json:"basis,omitempty"`
}

// Payments is what this context asks of payment.
type Payments interface {
	Order(ctx context.Context, tx *store.Tx, o PaymentOrder) (id string, err error)
	// First tells whether an item's fees are due before the decision.
	First(ctx context.Context, item string) (bool, error)
	// Cancel takes an order back that nobody has to pay any more.
	Cancel(ctx context.Context, tx *store.Tx, id, reason string) error
}

// DeliveryOrder asks for a result to be brought to the applicant.
type DeliveryOrder struct {
	Case, CaseNo, Organisation, Region string
	// Person may follow it, for Legal if that isn't empty.
	Person, Legal string
	Delivery      Delivery
	Title         string
}

// Deliveries is what this context asks of delivery.
type Deliveries interface {
	Order(ctx context.Context, tx *store.Tx, o DeliveryOrder) (id string, err error)
}

// Invitation asks for a rating.
type Invitation struct {
	Case, CaseNo, Item, ItemName, Organisation, Region, Person, Hall, Clerk string
}

// Evaluations is what this context asks of evaluation.
type Evaluations interface {
	// Invite returns the page where the case is rated.
	Invite(ctx context.Context, tx *store.Tx, i Invitation) (url string, err error)
	// Rate takes a rating that was given at via; false: it was rated before.
	Rate(ctx context.Context, tx *store.Tx, i Invitation, score int, tags []string, via string) (bool, error)
	// Rated is the score that a case was rated with; 0: it wasn't yet.
	Rated(ctx context.Context, caseID string) (int, error)
	// Scores are what a rating can say, the worst first.
	Scores() []Score
}

// Score is one of what a rating can say.
type Score struct {
	Score int      `json:"score"`
	Word  string   `json:"word"`
	Tags  []string `json:"tags" doc:"What one can tick with it"`
	// TagCodes name the tags, in the same order, for pages in other languages.
	TagCodes []string `json:"tagCodes,omitempty"`
}
