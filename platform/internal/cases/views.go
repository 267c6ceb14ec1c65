package cases

import (
	"context"
	"strings"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/limit"
)

// Summary is a case in a list.
type Summary struct {
	ID               string `json:"id"`
	Number           string `json:"number,omitempty" doc:"Of the application (申请编号)"`
	CaseNo           string `json:"caseNo,omitempty" doc:"Of the case, from its acceptance (统一办件编号)"`
	Item             string `json:"item,omitempty"`
	Package          string `json:"package,omitempty"`
	ItemName         string `json:"itemName"`
	Organisation     string `json:"organisation,omitempty"`
	OrganisationName string `json:"organisationName"`
	State            State  `json:"state" enum:"draft,submitted,supplementing,prepared,accepted,decided,closed,not-accepted,withdrawn,terminated"`
	StateWord        string `json:"stateWord"`
	Mode             Mode   `json:"mode" enum:"pre-review,verification,online,window"`
	ModeWord         string `json:"modeWord"`
	Result           Result `json:"result,omitempty" enum:"approved,refused"`
	ResultWord       string `json:"resultWord,omitempty"`
	Green            bool   `json:"green,omitempty"`
	// Applicant is for staff and at kiosks, masked.
	Applicant string `json:"applicant,omitempty"`
	// Guidance tells the applicant what to do now.
	Guidance Guidance `json:"guidance"`
	// Promised is the promised term's clock, from the acceptance.
	Promised  *limit.Reading `json:"promised,omitempty"`
	Created   time.Time      `json:"created"`
	Changed   time.Time      `json:"changed"`
	Submitted time.Time      `json:"submitted,omitzero"`
	Accepted  time.Time      `json:"accepted,omitzero"`
	Closed    time.Time      `json:"closed,omitzero"`
	Held      bool           `json:"held,omitempty"`
	Deferred  int            `json:"deferred,omitempty" doc:"Materials that are awaited (容缺)"`
	Originals int            `json:"originals,omitempty" doc:"Originals to be compared before the result is handed over"`
	Unpaid    bool           `json:"unpaid,omitempty"`
	Instant   bool           `json:"instant,omitempty" doc:"The window may decide by itself"`
	Hall      string         `json:"hall,omitempty"`
	Window    string         `json:"window,omitempty"`
	Ticket    string         `json:"ticket,omitempty"`
	// Channel is the way it came.
	Channel Channel `json:"channel" enum:"online,window,kiosk"`
	Kiosk   string  `json:"kiosk,omitempty" doc:"The self-service terminal that it was handed in at, as hall/kiosk"`
}

// Brief is what others show of a case.
type Brief struct {
	Summary
	Statutory *limit.Reading
}

// Brief returns what others show of a case, without asking who wants it.
func (s *Service) Brief(ctx context.Context, id string) (b Brief, err error) {
	c, err := s.one(ctx, s.Store.Read(), `id = $1`, id)
	if err != nil {
		return b, err
	}
	if b.Summary, err = s.summary(ctx, c); err != nil || c.Time.Begun.IsZero() {
		return b, err
	}
	b.Statutory, err = s.read(ctx, &c, c.Time.Statutory, "法定")
	return b, err
}

// View is a case as its applicant or a clerk sees it.
type View struct {
	Summary
	Parent    string    `json:"parent,omitempty"`
	QueryCode string    `json:"queryCode,omitempty" doc:"For the applicant"`
	Who       Applicant `json:"who" doc:"Masked, except for staff"`
	// Legal is the legal person that it is for.
	Legal        string                  `json:"legal,omitempty"`
	ItemVersion  int                     `json:"itemVersion,omitempty"`
	Answers      item.Answers            `json:"answers,omitempty"`
	Each         map[string]item.Answers `json:"each,omitempty" doc:"Answers of a package's items"`
	Form         *FormRef                `json:"form,omitempty"`
	Values       map[string]any          `json:"values"`
	Locked       []Locked                `json:"locked" doc:"Fields that keep what a register says"`
	Edition      int64                   `json:"edition" doc:"To be sent back with changes"`
	Materials    []Material              `json:"materials"`
	Delivery     Delivery                `json:"delivery"`
	Fees         []FeeLine               `json:"fees"`
	Documents    []Document              `json:"documents"`
	Licence      *Licence                `json:"licence,omitempty"`
	Missing      []string                `json:"missing,omitempty" doc:"What the last notice asked for"`
	Lacks        []Lack                  `json:"lacks,omitempty" doc:"What missing says, one for one, for pages that word it in other languages"`
	MissingDue   string                  `json:"missingDue,omitempty"`
	Reason       string                  `json:"reason,omitempty"`
	Payment      string                  `json:"payment,omitempty" doc:"Id of the payment's order"`
	Rate         string                  `json:"rate,omitempty" doc:"Where it is rated"`
	Tacit        bool                    `json:"tacit,omitempty" doc:"Counts as accepted because nobody answered in time"`
	StatutoryDue string                  `json:"statutoryDue,omitempty"`
	PromisedDue  string                  `json:"promisedDue,omitempty"`
	Statutory    *limit.Reading          `json:"statutory,omitempty"`
	Stages       []StageView             `json:"stages"`
	Steps        []FlowStep              `json:"steps"`
	Children     []Summary               `json:"children,omitempty" doc:"The cases of a package"`
	// AskedBefore tells a clerk that the one notice was given.
	AskedBefore bool `json:"askedBefore,omitempty"`
	// Attested is how the applicant stood for it at a self-service terminal.
	Attested *Attestation `json:"attested,omitempty"`
}

// StageView is a stage with how long it took.
type StageView struct {
	Kind  StageKind `json:"kind"`
	Word  string    `json:"word"`
	Begun time.Time `json:"begun"`
	Ended time.Time `json:"ended,omitzero"`
	Took  string    `json:"took" doc:"In words"`
	Who   string    `json:"who"`
	// By is applicant or departments where Who is no name.
	By     string `json:"by,omitempty"`
	Window string `json:"window,omitempty"`
	Note   string `json:"note,omitempty"`
}

// summary is a case in a list of the context's caller.
func (s *Service) summary(ctx context.Context, c Case) (Summary, error) {
	v := Summary{
		ID: c.ID, Number: c.Number, CaseNo: c.CaseNo, Item: c.Item, Package: c.Package, ItemName: c.ItemName, Organisation: c.Organisation,
		OrganisationName: c.OrganisationName, State: c.State, StateWord: c.stateWord(), Mode: c.Mode, ModeWord: c.Mode.Word(), Result: c.Result,
		ResultWord: c.Result.Word(), Green: c.Green, Guidance: Guide(c.Standing, c.Dossier.Delivery.Way, c.Parent != ""), Created: c.Created,
		Changed: c.Changed, Submitted: c.SubmittedAt, Accepted: c.AcceptedAt, Closed: c.ClosedAt, Held: c.Held, Deferred: c.Deferred,
		Originals: c.Originals, Unpaid: c.Unpaid, Instant: c.Instant, Hall: c.Hall, Window: c.Window, Ticket: c.Ticket, Channel: c.channel(), Kiosk: c.Dossier.Kiosk,
	}
	if access.From(ctx).Kind != access.Person {
		v.Applicant = masked(c.Applicant)
	}
	if c.Time.Begun.IsZero() {
		return v, nil
	}
	r, err := s.read(ctx, &c, c.Time.Promised, "承诺")
	v.Promised = r
	return v, err
}

// masked names an applicant without telling who she is.
func masked(a Applicant) string {
	if a.LegalName != "" {
		return a.LegalName
	}
	return privacy.MaskName(a.Name)
}

// stateWord is where a case stands, with what is special about it.
func (c *Case) stateWord() string {
	switch c.stateCode() {
	case "held":
		return "特别程序中"
	case "unpaid":
		return "待缴费"
	case "all-decided":
		return "全部已决定，待送达"
	case "approved", "refused":
		return c.Result.Word() + "，待送达"
	case "departments":
		return "各部门办理中"
	default:
		return c.State.Word()
	}
}

// stateCode says the same as stateWord, for pages that word it in other languages:
// the state, or what says more than it.
func (c *Case) stateCode() string {
	switch {
	case c.State == Accepted && c.Held:
		return "held"
	case c.State == Decided && c.Unpaid:
		return "unpaid"
	case c.State == Decided && c.Package != "":
		return "all-decided"
	case c.State == Decided && c.Result != "":
		return string(c.Result)
	case c.State == Submitted && c.Package != "":
		return "departments"
	default:
		return string(c.State)
	}
}

// read is where one of a case's clocks stands.
func (s *Service) read(ctx context.Context, c *Case, t limit.Term, name string) (*limit.Reading, error) {
	r, err := s.reckoner(ctx, c.Region)
	if err != nil {
		return nil, err
	}
	reading, err := r.Read(c.Time.clock(t), name, s.Store.Now())
	if err != nil {
		return nil, err
	}
	return &reading, nil
}

func (s *Service) summaries(ctx context.Context, list []Case) ([]Summary, error) {
	out := make([]Summary, len(list))
	for i, c := range list {
		var err error
		if out[i], err = s.summary(ctx, c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// view is what the context's caller sees of a case.
func (s *Service) view(ctx context.Context, c Case) (v View, err error) {
	d := c.Dossier
	v = View{
		Parent: c.Parent, Who: c.Applicant, Legal: c.Legal, ItemVersion: c.ItemVersion, Answers: d.Answers, Each: d.Each, Values: d.Values, Edition: c.Edition,
		Materials: d.Materials, Delivery: d.Delivery, Fees: d.Fees, Documents: d.Documents, Licence: d.Licence, Missing: d.Missing,
		Lacks: d.Lacks, MissingDue: d.MissingDue, Reason: d.Reason, Payment: d.Payment, Rate: d.Rate, Tacit: d.Tacit, StatutoryDue: c.StatutoryDue,
		PromisedDue: c.PromisedDue, Stages: c.stageViews(s.Store.Now()), AskedBefore: c.Asked > 0, Attested: d.Attested,
	}
	if d.Form != (FormRef{}) {
		v.Form = &d.Form
	}
	v.Locked = orEmpty(d.Locked)
	v.Values, v.Fees, v.Documents, v.Materials, v.Steps = orEmptyMap(v.Values), orEmpty(v.Fees), orEmpty(v.Documents), orEmpty(v.Materials), []FlowStep{}
	if v.Summary, err = s.summary(ctx, c); err != nil {
		return v, err
	}
	if kind := access.From(ctx).Kind; kind != access.Staff {
		v.Who = c.Applicant.masked()
		v.Delivery.Phone = privacy.MaskPhone(v.Delivery.Phone)
		v.Materials = withoutReviewers(v.Materials)
		if kind == access.Person {
			v.QueryCode, v.Delivery.Phone = c.QueryCode, d.Delivery.Phone
		}
	}
	if !c.Time.Begun.IsZero() {
		if v.Statutory, err = s.read(ctx, &c, c.Time.Statutory, "法定"); err != nil {
			return v, err
		}
		if s.Flows != nil && !c.Instant {
			if v.Steps, err = s.Flows.Steps(ctx, c.ID); err != nil {
				return v, err
			}
			v.Steps = orEmpty(v.Steps)
		}
	}
	if c.Package != "" {
		children, err := s.Children(ctx, s.Store.Read(), c.ID)
		if err != nil {
			return v, err
		}
		v.Children, err = s.summaries(ctx, children)
		if err != nil {
			return v, err
		}
	}
	return v, nil
}

// masked is an applicant as she may be shown to herself on a public screen.
func (a Applicant) masked() Applicant {
	a.Name, a.IDNumber, a.Phone, a.Address = privacy.MaskName(a.Name), privacy.MaskNumber(a.IDNumber), privacy.MaskPhone(a.Phone), ""
	return a
}

// withoutReviewers leaves out who of the staff looked at materials.
func withoutReviewers(list []Material) []Material {
	out := make([]Material, len(list))
	copy(out, list)
	for i := range out {
		out[i].Reviewer = ""
	}
	return out
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func orEmptyMap(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// whoCodes are the codes of those a stage is with who have no name of their own.
var whoCodes = map[string]string{whoApplicant: "applicant", whoDepartments: "departments"}

// stageViews are a case's stages with their durations (QY-06).
func (c *Case) stageViews(now time.Time) []StageView {
	list := make([]StageView, len(c.Stages))
	for i, st := range c.Stages {
		end := st.Ended
		if end.IsZero() {
			end = now
		}
		list[i] = StageView{
			Kind: st.Kind, Word: st.Kind.Word(), Begun: st.Begun, Ended: st.Ended, Took: took(end.Sub(st.Begun)), Who: st.Who, By: whoCodes[st.Who],
			Window: st.Window, Note: st.Note,
		}
	}
	return list
}

// took is a duration in words.
func took(d time.Duration) string {
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	var b strings.Builder
	switch {
	case days > 0:
		b.WriteString(chineseCount(days) + " 天")
		if hours > 0 {
			b.WriteString(" " + chineseCount(hours) + " 小时")
		}
	case hours > 0:
		b.WriteString(chineseCount(hours) + " 小时")
	case minutes > 0:
		b.WriteString(chineseCount(minutes) + " 分钟")
	default:
		return "不到 1 分钟"
	}
	return b.String()
}

// Progress is what whoever knows a case's number and code sees of it.
type Progress struct {
	Number           string         `json:"number"`
	CaseNo           string         `json:"caseNo,omitempty"`
	ItemName         string         `json:"itemName"`
	OrganisationName string         `json:"organisationName"`
	Applicant        string         `json:"applicant" doc:"Masked"`
	State            State          `json:"state"`
	StateWord        string         `json:"stateWord"`
	StateCode        string         `json:"stateCode" doc:"What stateWord says: the state, or held, unpaid, all-decided, approved, refused, departments"`
	Guidance         string         `json:"guidance"`
	ResultWord       string         `json:"resultWord,omitempty"`
	PromisedDue      string         `json:"promisedDue,omitempty"`
	Promised         *limit.Reading `json:"promised,omitempty"`
	Missing          []string       `json:"missing,omitempty"`
	MissingDue       string         `json:"missingDue,omitempty"`
	Stages           []StageView    `json:"stages"`
	Steps            []FlowStep     `json:"steps"`
	Children         []Progress     `json:"children,omitempty"`
}

// progress is the masked view of a case.
func (s *Service) progress(ctx context.Context, c Case) (p Progress, err error) {
	p = Progress{
		Number: c.Number, CaseNo: c.CaseNo, ItemName: c.ItemName, OrganisationName: c.OrganisationName, Applicant: masked(c.Applicant),
		State: c.State, StateWord: c.stateWord(), StateCode: c.stateCode(), Guidance: Guide(c.Standing, c.Dossier.Delivery.Way, c.Parent != "").Text,
		ResultWord: c.Result.Word(), PromisedDue: c.PromisedDue, Missing: c.Dossier.Missing, MissingDue: c.Dossier.MissingDue,
		Stages: c.stageViews(s.Store.Now()), Steps: []FlowStep{},
	}
	if c.Applicant.LegalName != "" {
		p.Applicant = maskBody(c.Applicant.LegalName)
	}
	if !c.Time.Begun.IsZero() {
		if p.Promised, err = s.read(ctx, &c, c.Time.Promised, "承诺"); err != nil {
			return p, err
		}
		if s.Flows != nil && !c.Instant {
			if p.Steps, err = s.Flows.Steps(ctx, c.ID); err != nil {
				return p, err
			}
			p.Steps = orEmpty(p.Steps)
		}
	}
	if c.Package == "" {
		return p, nil
	}
	children, err := s.Children(ctx, s.Store.Read(), c.ID)
	if err != nil {
		return p, err
	}
	for _, k := range children {
		of, err := s.progress(ctx, k)
		if err != nil {
			return p, err
		}
		p.Children = append(p.Children, of)
	}
	return p, nil
}

// maskBody leaves the first two and the last four characters of a body's name.
func maskBody(name string) string {
	r := []rune(name)
	if len(r) <= 6 {
		return string(r[:min(2, len(r))]) + "**"
	}
	return string(r[:2]) + "**" + string(r[len(r)-4:])
}
