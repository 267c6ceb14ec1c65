// Package intake receives applications while the platform is away (离线收件). A
// clerk's choice of item, the applicant's card, ticked materials and documents of
// the visit flow in and become an intake with a number of a range that the
// platform granted beforehand, and a receipt for the applicant. When the platform
// is back, intakes flow up: an event that names nobody, which uplink sends in the
// order of the visit; then, asked and answered, whose it is; then the files. Each
// step is tried until the platform has it and has one effect however often it is
// tried. What the platform refuses comes back to the clerk with its reason.
//
// Persons lie sealed in the hall's database and are forgotten as soon as the
// platform has them. They are never logged.
package intake

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/privacy"
	"smarthall/internal/problem"
)

// State is where an intake stands.
type State string

// The states.
const (
	Waiting State = "waiting" // for the platform
	Taken   State = "taken"   // it is a case there
	Refused State = "refused" // the clerk has to mend it, or to give it up
	Void    State = "void"    // given up
)

// Applicant is who applies.
type Applicant struct {
	Name     string `json:"name"`
	IDNumber string `json:"idNumber"`
	Phone    string `json:"phone"`
	Address  string `json:"address,omitempty"`
}

// LogValue keeps a person out of every log.
func (Applicant) LogValue() slog.Value { return slog.StringValue("applicant") }

// Material is one line of what the guide asks for in this case.
type Material struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Note string `json:"note,omitempty"`
	// Seen tells that the clerk saw it on paper.
	Seen bool `json:"seen,omitempty"`
}

// File is a document of the visit that belongs to a material.
type File struct {
	Document string `json:"document"`
	Material string `json:"material"`
	// State is waiting, taken or refused, Detail why.
	State  State  `json:"state"`
	Detail string `json:"detail,omitempty"`
	// Upload is the platform's id of it, once it was sent.
	Upload string `json:"-"`
}

// Intake is one application that was received here.
type Intake struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	// Item is the platform's id.
	Item         string    `json:"item"`
	ItemName     string    `json:"itemName"`
	Ticket       string    `json:"ticket"`
	TicketNumber string    `json:"ticketNumber"`
	Window       string    `json:"window"`
	Made         time.Time `json:"made"`
	// Name is the applicant's, masked.
	Name      string     `json:"name"`
	Materials []Material `json:"materials"`
	Files     []File     `json:"files"`
	State     State      `json:"state"`
	// Reason is the code and Detail the sentence of what the platform said no with.
	Reason  string    `json:"reason,omitempty"`
	Detail  string    `json:"detail,omitempty"`
	Settled time.Time `json:"settled,omitzero"`

	// Clerk is who made it. Print tells a repeated request from another one, After
	// is the last record of the log before it, Sealed holds a secret; Announced
	// tells that its event is in the stream.
	Clerk     string `json:"-"`
	Print     string `json:"-"`
	After     uint64 `json:"-"`
	Sealed    string `json:"-"`
	Announced bool   `json:"-"`
}

// secret is what is sealed of an intake.
type secret struct {
	Applicant Applicant         `json:"applicant"`
	Answers   map[string]string `json:"answers,omitempty"`
	// Code opens the case's progress; it stands on the receipt.
	Code string `json:"code"`
}

func sealedAs(id string) string { return "intake " + id }

// Item is an item that the platform published for this hall.
type Item struct {
	ID, Name string
	// Services are the hall's that serve it.
	Services []string
	// Body is all that the platform said of it.
	Body json.RawMessage
}

// Table keeps intakes.
type Table interface {
	// AddIntake adds one; false says that its id is there.
	AddIntake(ctx context.Context, in *Intake) (bool, error)
	// Intake returns one; ErrUnknown if there is none.
	Intake(ctx context.Context, id string) (Intake, error)
	// Intakes are those of a window, of all with an empty one, that were made
	// since, or that somebody has to do something about; the newest first.
	Intakes(ctx context.Context, window string, since time.Time, limit int) ([]Intake, error)
	// PendingIntakes are those that the platform has been told of and that have
	// something to bring, the oldest first.
	PendingIntakes(ctx context.Context, limit int) ([]Intake, error)
	// SettleIntake notes what became of one that waits; a taken one is forgotten
	// whose it was.
	SettleIntake(ctx context.Context, id string, state State, reason, detail string, at time.Time) error
	// RenewIntake has a refused one tried again with another person; false if it
	// isn't refused.
	RenewIntake(ctx context.Context, id, sealed, masked string) (bool, error)
	// VoidIntake gives a refused one up; false if it isn't refused.
	VoidIntake(ctx context.Context, id string, at time.Time) (bool, error)
	// SetIntakeFile notes what became of a file.
	SetIntakeFile(ctx context.Context, id string, f File) error
	// SweepIntakes forgets those that were settled before.
	SweepIntakes(ctx context.Context, before time.Time) error
}

// Numbers gives numbers of ranges that the platform granted.
type Numbers interface {
	// Next gives one out, or ErrNoNumbers; Keep sees to it that so many are there.
	Next(ctx context.Context, name string, keep int64) (int64, error)
	Keep(ctx context.Context, name string, keep int64) error
	Left(ctx context.Context, name string) (int64, error)
}

// City is the platform; uplink.Service.
type City interface {
	Ask(ctx context.Context, topic, from string, question, answer any) error
	// Announce tells that there is an intake to be announced.
	Announce()
}

// Documents are the visits' materials; documents.Service.
type Documents interface {
	Get(ctx context.Context, id string) (documents.Document, error)
	Copy(ctx context.Context, id string, w io.Writer) error
}

// Config is what New needs.
type Config struct {
	Table     Table
	Numbers   Numbers
	City      City
	Documents Documents
	// Linked tells whether the platform is reached now.
	Linked func() bool
	// Items are those that the platform published for this hall.
	Items func(ctx context.Context) ([]Item, error)
	// Seq is the last record of the log.
	Seq   func() uint64
	Now   func() time.Time
	Vault privacy.Vault
	// Platform is the origin of the platform's pages and API, Hall and Token what
	// it knows the hall by.
	Platform, Hall, Token string
	Log                   *slog.Logger
	// Every is how often what waits is tried; zero means every two seconds.
	Every time.Duration
}

// Service receives applications. Make it with New, then Run it; its other methods
// may be called from any goroutine, and on nil, which a hall without a platform
// has.
type Service struct {
	conf   Config
	client *http.Client
	nudged chan struct{}
	making [16]sync.Mutex // by id: a request that comes twice at once is one

	mu   sync.Mutex
	left int64 // numbers at the last look; guarded by mu
}

// New returns a service that begins when it is run; nil where there is no
// platform whose desk would go on with a case.
func New(conf Config) *Service {
	if conf.Platform == "" || conf.Hall == "" {
		return nil
	}
	if conf.Every == 0 {
		conf.Every = 2 * time.Second
	}
	return &Service{
		conf: conf, nudged: make(chan struct{}, 1), left: stock,
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// The numbers of intakes.
const (
	// Series is the name of their range, the same at the platform.
	Series = "application"
	// keep is how many the hall wants to have at least: as many again are asked
	// for when there are fewer. With stock of them it is well provided for.
	keep, stock = 100, 200
	// low is from how many left on it is said on the board: less than a fifth.
	low = stock / 5
)

// What the table and the numbers say no with.
var (
	ErrUnknown   = errors.New("no such intake")
	ErrNoNumbers = errors.New("no numbers are left")
)

// What clerks are told.
var (
	errNone     = problem.New(http.StatusServiceUnavailable, "platform.none", "本大厅没有接入市级平台，不能收件")
	errUnknown  = problem.New(http.StatusNotFound, "intake.unknown", "没有这次收件")
	errReused   = problem.New(http.StatusConflict, "intake.reused", "这个收件编号已用于另一次收件，请重新打开离线收件")
	errNumbers  = problem.New(http.StatusServiceUnavailable, "intake.no-numbers", "平台预留的办件编号已用完，暂时不能离线收件；请留下群众的联系方式，平台恢复后再收件")
	errItem     = problem.New(http.StatusUnprocessableEntity, "intake.item", "本大厅没有这个事项的办事指南，请选择其他事项")
	errAnswers  = problem.New(http.StatusUnprocessableEntity, "intake.answers", "请先回答全部情形问题")
	errMaterial = problem.New(http.StatusUnprocessableEntity, "intake.material", "办事指南里没有这项材料，请刷新后重新选择")
	errDocument = problem.New(http.StatusUnprocessableEntity, "intake.document", "扫描的材料不属于这次办事，或还没有传完，请稍候再收件")
	errApplied  = problem.New(http.StatusUnprocessableEntity, "intake.applicant", "申请人信息有误，请核对姓名、身份证号和手机号")
	errNotNow   = problem.New(http.StatusConflict, "intake.state", "只有平台退回的收件才能更正或作废")
	errSent     = problem.New(http.StatusConflict, "intake.sent", "平台已经收到这次收件，请在平台补打凭证")
)

// Status is how the hall is provided for.
type Status struct {
	Linked bool `json:"linked"`
	// Left is how many numbers are at hand; Low tells that they are few.
	Left int64 `json:"left"`
	Low  bool  `json:"low"`
}

// Status tells how the hall is provided for.
func (s *Service) Status(ctx context.Context) (Status, error) {
	if s == nil {
		return Status{}, errNone
	}
	left, err := s.conf.Numbers.Left(ctx, Series)
	if err != nil {
		return Status{}, err
	}
	return Status{s.conf.Linked(), left, left < low}, nil
}

// NumbersLow is how many numbers are left if those are few, for the board.
func (s *Service) NumbersLow() (left int64, few bool) {
	if s == nil {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left, s.left < low
}

// Visit is a visit that is served at a window.
type Visit struct {
	Ticket queue.TicketID
	Number string
	Window queue.WindowID
	// Clerk is who serves it.
	Clerk string
}

// listed is how long an intake is in the clerk's list, most how many are.
const (
	listed = 7 * 24 * time.Hour
	most   = 100
	// kept is how long what was settled is known.
	kept = 90 * 24 * time.Hour
)

// List are the intakes of a window, or of all with an empty one: those of the
// last days, and all that somebody has to do something about; the newest first.
func (s *Service) List(ctx context.Context, window string) ([]Intake, error) {
	if s == nil {
		return nil, errNone
	}
	return s.conf.Table.Intakes(ctx, window, s.conf.Now().Add(-listed), most)
}

// Get returns an intake.
func (s *Service) Get(ctx context.Context, id string) (Intake, error) {
	if s == nil {
		return Intake{}, errNone
	}
	in, err := s.conf.Table.Intake(ctx, id)
	if errors.Is(err, ErrUnknown) {
		return in, errUnknown
	}
	return in, err
}
