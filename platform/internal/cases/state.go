package cases

import (
	"slices"

	"smarthall/platform/internal/fault"
)

// State is where a case stands.
type State string

// The states.
const (
	Draft         State = "draft"         // 填写中
	Submitted     State = "submitted"     // 已提交，待审查
	Supplementing State = "supplementing" // 补正中
	Prepared      State = "prepared"      // 预审通过，待携带原件到场
	Accepted      State = "accepted"      // 办理中
	Decided       State = "decided"       // 已决定，待送达
	Closed        State = "closed"        // 办结
	NotAccepted   State = "not-accepted"  // 不予受理
	Withdrawn     State = "withdrawn"     // 已撤回
	Terminated    State = "terminated"    // 已终止
)

// States are all states, in the order in which a case meets them.
func States() []State {
	return []State{Draft, Submitted, Supplementing, Prepared, Accepted, Decided, Closed, NotAccepted, Withdrawn, Terminated}
}

// Over tells whether nothing can happen to a case any more.
func (s State) Over() bool {
	return s == Closed || s == NotAccepted || s == Withdrawn || s == Terminated
}

// Word is the state as people read it.
func (s State) Word() string {
	return map[State]string{
		Draft: "填写中", Submitted: "待受理审查", Supplementing: "待补正", Prepared: "预审通过", Accepted: "办理中", Decided: "已作出决定",
		Closed: "已办结", NotAccepted: "不予受理", Withdrawn: "已撤回", Terminated: "已终止",
	}[s]
}

// Mode is how often the applicant has to come (ON-04).
type Mode string

// The modes.
const (
	PreReview    Mode = "pre-review"   // 原件预审: at most two visits
	Verification Mode = "verification" // 原件核验: at most one
	Online       Mode = "online"       // 全程网办: none
	Window       Mode = "window"       // made at the counter
)

// Visits is how often the applicant has to come at most.
func (m Mode) Visits() int {
	return map[Mode]int{PreReview: 2, Verification: 1, Online: 0, Window: 2}[m]
}

// Word is the mode as people read it.
func (m Mode) Word() string {
	return map[Mode]string{PreReview: "原件预审", Verification: "原件核验", Online: "全程网办", Window: "窗口办理"}[m]
}

// Result is what was decided.
type Result string

// The results.
const (
	Approved Result = "approved"
	Refused  Result = "refused"
)

// Word is the result as people read it.
func (r Result) Word() string {
	return map[Result]string{Approved: "准予", Refused: "不予"}[r]
}

// Standing is all of a case that decides which steps are open to it.
type Standing struct {
	State State `json:"state"`
	Mode  Mode  `json:"mode"`
	// Taken tells that it was accepted once: a supplement that is asked for
	// during the examination leads back there.
	Taken bool `json:"taken,omitempty"`
	// Held tells that the clock stands for a special procedure.
	Held bool `json:"held,omitempty"`
	// Asked counts the notices of what is missing that were given before
	// acceptance; by law there is one.
	Asked int `json:"asked,omitempty"`
	// Extended tells that the term was extended; by law that happens once.
	Extended bool `json:"extended,omitempty"`
	// Deferred counts materials that were promised for later and aren't there.
	Deferred int `json:"deferred,omitempty"`
	// Originals counts what has to be compared with its original before the
	// result is handed over (原件核验).
	Originals int `json:"originals,omitempty"`
	// Unpaid tells that a fee which is due now isn't paid.
	Unpaid bool `json:"unpaid,omitempty"`
	// Instant tells that the window may decide by itself.
	Instant bool   `json:"instant,omitempty"`
	Result  Result `json:"result,omitempty"`
}

// Verb is a step.
type Verb string

// The verbs.
const (
	Submit     Verb = "submit"     // by the applicant
	Supplement Verb = "supplement" // by the applicant, or brought to the window
	Withdraw   Verb = "withdraw"   // by the applicant
	Ask        Verb = "ask"        // 一次性告知
	Prepare    Verb = "prepare"    // 预审通过
	Accept     Verb = "accept"     // 受理
	AcceptLate Verb = "accept-late"
	Refuse     Verb = "refuse"     // 不予受理
	AskAgain   Verb = "ask-again"  // 审查中补正
	Hold       Verb = "hold"       // 特别程序
	Resume     Verb = "resume"     //
	Extend     Verb = "extend"     // 延期
	Decide     Verb = "decide"     // by the flow
	DecideNow  Verb = "decide-now" // by the window
	Compare    Verb = "compare"    // 核对一份原件
	Deliver    Verb = "deliver"    // 送达
	Terminate  Verb = "terminate"  // 终止
)

// Verbs are all verbs.
func Verbs() []Verb {
	return []Verb{
		Submit, Supplement, Withdraw, Ask, Prepare, Accept, AcceptLate, Refuse, AskAgain, Hold, Resume, Extend, Decide, DecideNow, Compare, Deliver, Terminate,
	}
}

// Command is a step with what its rules depend on.
type Command struct {
	Verb Verb
	// Approved is the decision of Decide and DecideNow.
	Approved bool
	// Present tells that the applicant stands at the window with her originals.
	Present bool
	// Originals are what Decide leaves to be compared.
	Originals int
	// Head tells that a head gave a reason for a second notice.
	Head bool
}

// The ways the state machine says no.
var (
	ErrState      = fault.New(fault.Conflict, "cases.state", "办件目前的状态不能进行这一步")
	ErrAskedOnce  = fault.New(fault.Conflict, "cases.asked-once", "补正只能一次性告知；确需再次告知的，由负责人写明理由后办理")
	ErrOriginals  = fault.New(fault.Conflict, "cases.originals", "本件为原件预审，申请人带原件到场核验后才能受理")
	ErrCompare    = fault.New(fault.Conflict, "cases.compare", "本件为原件核验，请先逐项核对材料原件，再送达结果")
	ErrMode       = fault.New(fault.Conflict, "cases.mode", "这一办理方式没有预审环节，请直接受理")
	ErrHeld       = fault.New(fault.Conflict, "cases.held", "办件正在特别程序中，恢复后才能继续")
	ErrNotHeld    = fault.New(fault.Conflict, "cases.not-held", "办件没有暂停")
	ErrExtended   = fault.New(fault.Conflict, "cases.extended", "办理期限只能延长一次")
	ErrDeferred   = fault.New(fault.Conflict, "cases.deferred-open", "还有容缺材料没有补齐，补齐后才能作出准予决定")
	ErrUnpaid     = fault.New(fault.Conflict, "cases.unpaid", "费用尚未缴清，缴清后才能进行这一步")
	ErrNotInstant = fault.New(fault.Conflict, "cases.not-instant", "该事项不是即办件，窗口不能当场决定")
)

// open says in which states a verb makes sense at all.
var open = map[Verb][]State{
	Submit: {Draft}, Supplement: {Supplementing}, Withdraw: {Submitted, Supplementing, Prepared, Accepted},
	Ask: {Submitted, Prepared}, Prepare: {Submitted}, Accept: {Submitted, Prepared}, AcceptLate: {Submitted}, Refuse: {Submitted, Supplementing, Prepared},
	AskAgain: {Accepted}, Hold: {Accepted}, Resume: {Accepted}, Extend: {Accepted}, Decide: {Accepted}, DecideNow: {Accepted},
	Compare: {Decided}, Deliver: {Decided}, Terminate: {Accepted, Supplementing},
}

// Step is what becomes of a case: the law as one function. A step that the law
// doesn't allow is a fault that says why, and changes nothing.
func Step(s Standing, c Command) (Standing, error) {
	if !slices.Contains(open[c.Verb], s.State) || !s.fits(c.Verb) {
		return s, ErrState.With("办件" + s.State.Word() + "，不能进行这一步")
	}
	switch c.Verb {
	case Submit:
		s.State = Submitted
	case Supplement:
		s.State = Submitted
		if s.Taken {
			s.State = Accepted
		}
	case Withdraw:
		s.State, s.Held = Withdrawn, false
	case Ask:
		if s.Asked > 0 && !c.Head {
			return s, ErrAskedOnce
		}
		s.State, s.Asked = Supplementing, s.Asked+1
	case Prepare:
		if s.Mode != PreReview {
			return s, ErrMode
		}
		s.State = Prepared
	case Accept:
		if s.Mode == PreReview && !c.Present {
			return s, ErrOriginals
		}
		s.State, s.Taken = Accepted, true
	case AcceptLate:
		s.State, s.Taken = Accepted, true
	case Refuse:
		s.State = NotAccepted
	case Terminate:
		s.State, s.Held = Terminated, false
	case Compare:
		if s.Originals == 0 {
			return s, ErrState.With("没有待核对的原件")
		}
		s.Originals--
	case Deliver:
		if s.Unpaid {
			return s, ErrUnpaid
		}
		if s.Originals > 0 {
			return s, ErrCompare
		}
		s.State = Closed
	default:
		return examine(s, c)
	}
	return s, nil
}

// fits refuses, among the states of a verb, those that only look the same: a
// case that was accepted can't be refused acceptance, and one that wasn't can't
// be terminated.
func (s Standing) fits(v Verb) bool {
	switch v {
	case Refuse:
		return !s.Taken
	case Terminate:
		return s.Taken
	default:
		return true
	}
}

// examine is Step for what happens while a case is examined.
func examine(s Standing, c Command) (Standing, error) {
	if c.Verb == Resume {
		if !s.Held {
			return s, ErrNotHeld
		}
		s.Held = false
		return s, nil
	}
	if s.Held {
		return s, ErrHeld
	}
	switch c.Verb {
	case AskAgain:
		s.State = Supplementing
	case Hold:
		s.Held = true
	case Extend:
		if s.Extended {
			return s, ErrExtended
		}
		s.Extended = true
	case Decide, DecideNow:
		return decide(s, c)
	}
	return s, nil
}

func decide(s Standing, c Command) (Standing, error) {
	switch {
	case c.Verb == DecideNow && !s.Instant:
		return s, ErrNotInstant
	case c.Approved && s.Deferred > 0:
		return s, ErrDeferred
	case c.Approved && s.Unpaid:
		return s, ErrUnpaid
	}
	s.State, s.Result = Decided, Refused
	if c.Approved {
		s.Result = Approved
		if s.Mode == Verification {
			s.Originals = c.Originals
		}
	}
	return s, nil
}
