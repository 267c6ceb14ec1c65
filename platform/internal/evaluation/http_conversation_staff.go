package evaluation

import (
	"context"
	"net/http"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// answerRoutes declares what the staff does in conversations.
func (s *Service) answerRoutes(r *httpd.Router) {
	staff, desk := access.StaffWith(), access.StaffWith(access.RoleServiceDesk)
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: tag}
	}
	const at = "/staff/conversations"
	httpd.Register(r, op("list-conversations", http.MethodGet, at, "List conversations that wait, are served, or are over", staff), s.getConversations)
	httpd.Register(r, op("count-conversations", http.MethodGet, at+"/statistics", "How soon organisations answer", access.StaffWith(access.RoleServiceDesk, access.RoleSupervisor)), s.getAttendances)
	httpd.Register(r, op("list-waiting-conversations", http.MethodGet, at+"/waiting", "What waits for the caller to take it up, waiting for a change if asked to", staff), s.getWaiting)
	httpd.Register(r, op("overhear-conversation", http.MethodGet, at+"/{id}", "What was said after a line, waiting for it if asked to", staff), s.getOverheard)
	httpd.Register(r, op("take-conversation", http.MethodPost, at+"/{id}/take", "Take it up", staff), s.postTake)
	httpd.Register(r, op("reply-in-conversation", http.MethodPost, at+"/{id}/lines", "Answer", staff), s.postReply)
	httpd.Register(r, op("hand-conversation-over", http.MethodPost, at+"/{id}/handover", "Hand it over to another organisation", staff), s.postHandover)
	httpd.Register(r, op("put-conversation-in-writing", http.MethodPost, at+"/{id}/consultation", "Turn it into a written consultation", staff), s.postInWriting)
	httpd.Register(r, op("finish-conversation", http.MethodPost, at+"/{id}/end", "End it", staff), s.postFinish)
	httpd.Register(r, op("get-consultation-hours", http.MethodGet, "/evaluation/hours", "When staff answers in conversations", staff), s.getHours)
	httpd.Register(r, op("set-consultation-hours", http.MethodPut, "/evaluation/hours", "Set when staff answers in conversations", desk), s.putHours)
}

// OverheardView is a conversation as staff sees it.
type OverheardView struct {
	ConversationView
	// Asker is masked; empty: she isn't signed in.
	Asker string    `json:"asker,omitempty"`
	Asked time.Time `json:"asked,omitzero"`
	// Waits is since when it waits for the organisation that has it, Due when it
	// becomes a written consultation unless somebody takes it up.
	Waits time.Time `json:"waits,omitzero"`
	Due   time.Time `json:"due,omitzero"`
	// Answered is when the first answer of a person came.
	Answered time.Time `json:"answered,omitzero"`
	// Owes tells that the asker's last words have no answer.
	Owes   bool   `json:"owes"`
	Member string `json:"member,omitempty" doc:"Name of who has it"`
	Mine   bool   `json:"mine"`
	Voice  string `json:"voice,omitempty" doc:"The written consultation that it turned into"`
	// May are the deeds that the caller may do now.
	May []string `json:"may"`
}

// mayDo are the deeds of a caller in a conversation now.
func mayDo(c access.Caller, v Conversation) []string {
	deeds := []string{}
	if v.Phase.over() || !mayTalk(c, v) || v.Member != "" && v.Member != c.ID {
		return deeds
	}
	if v.Member == "" {
		deeds = append(deeds, "take")
	}
	deeds = append(deeds, "reply", "handover", "consultation")
	if !v.Owes {
		deeds = append(deeds, "end")
	}
	return deeds
}

func (s *viewer) overheardView(ctx context.Context, v Conversation, said []Line) OverheardView {
	c := access.From(ctx)
	out := OverheardView{
		ConversationView: s.conversationView(v, said), Asker: s.maskedName(ctx, v.Person), Asked: v.Asked, Answered: v.Answered, Owes: v.Owes,
		Mine: v.Member != "" && v.Member == c.ID, Voice: v.Voice, May: mayDo(c, v),
	}
	if v.Phase == Waiting {
		out.Waits, out.Due = v.Waits, s.due(ctx, v)
	}
	out.Member = s.memberName(ctx, v.Member)
	for i, l := range said {
		out.Lines[i].Name = s.memberName(ctx, l.Member)
	}
	return out
}

// due is when a conversation that waits becomes a written consultation: when the
// asker's patience or the service hours are over. Hours of a region are asked
// for once.
func (s *viewer) due(ctx context.Context, v Conversation) time.Time {
	until, ok := s.until[v.Region]
	if !ok {
		if service, err := s.service(ctx, s.Store.Read(), v.Region, s.Store.Now()); err == nil {
			until = service.until
		}
		s.until[v.Region] = until
	}
	due := v.Waits.Add(patience)
	if !until.IsZero() && until.Before(due) {
		return until
	}
	return due
}

// memberName is what a member of staff is called, asked for once.
func (s *viewer) memberName(ctx context.Context, id string) string {
	name, ok := s.members[id]
	if !ok && id != "" {
		if m, err := s.People.Member(ctx, id); err == nil {
			name = m.Name
		}
		s.members[id] = name
	}
	return name
}

type conversationsInput struct {
	Over  bool   `query:"over" doc:"Those that are over, the latest first"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	From  int    `query:"from" minimum:"0" maximum:"100000"`
	Mark  string `query:"mark" maxLength:"20" doc:"The mark of the list that is known"`
	Wait  int    `query:"wait" minimum:"0" maximum:"25" doc:"Seconds to wait for another list"`
}

type conversationsOutput struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Conversations []OverheardView `json:"conversations"`
		Mark          string          `json:"mark"`
		ServiceTime
		// At is the platform's time, by which waits are counted.
		At time.Time `json:"at"`
	}
}

func (s *Service) getConversations(ctx context.Context, in *conversationsInput) (*conversationsOutput, error) {
	var all []Conversation
	var err error
	out := &conversationsOutput{Cache: noStore}
	if in.Over {
		all, err = s.Over(ctx, in.Limit, in.From)
	} else {
		err = s.lounge.until(ctx, "", 0, time.Duration(in.Wait)*time.Second, func() (bool, error) {
			all, out.Body.Mark, err = s.Live(ctx)
			return out.Body.Mark != in.Mark, err
		})
	}
	if err != nil {
		return nil, err
	}
	by, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	out.Body.Conversations = make([]OverheardView, 0, len(all))
	for _, v := range all {
		out.Body.Conversations = append(out.Body.Conversations, by.overheardView(ctx, v, nil))
	}
	out.Body.At = s.Store.Now()
	out.Body.ServiceTime, err = s.service(ctx, s.Store.Read(), access.From(ctx).Region, out.Body.At)
	return out, err
}

type waitingInput struct {
	Mark string `query:"mark" maxLength:"20" doc:"The mark of the list that is known"`
	Wait int    `query:"wait" minimum:"0" maximum:"25" doc:"Seconds to wait for another list"`
}

// WaitingView is a conversation that nobody has taken up yet.
type WaitingView struct {
	ID      string    `json:"id"`
	Subject string    `json:"subject"`
	Waits   time.Time `json:"waits"`
}

type waitingOutput struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Waiting []WaitingView `json:"waiting"`
		Mark    string        `json:"mark"`
	}
}

func (s *Service) getWaiting(ctx context.Context, in *waitingInput) (*waitingOutput, error) {
	out := &waitingOutput{Cache: noStore}
	var all []Conversation
	err := s.lounge.until(ctx, "", 0, time.Duration(in.Wait)*time.Second, func() (news bool, err error) {
		all, out.Body.Mark, err = s.Waiting(ctx)
		return out.Body.Mark != in.Mark, err
	})
	if err != nil {
		return nil, err
	}
	out.Body.Waiting = make([]WaitingView, 0, len(all))
	for _, v := range all {
		out.Body.Waiting = append(out.Body.Waiting, WaitingView{v.ID, v.Subject, v.Waits})
	}
	return out, nil
}

type overheardOutput struct {
	Cache string `header:"Cache-Control"`
	Body  OverheardView
}

// overheard answers staff with a conversation after a deed.
func (s *Service) overheard(ctx context.Context, v Conversation, err error, after int) (*overheardOutput, error) {
	if err != nil {
		return nil, err
	}
	by, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	said, err := s.lines(ctx, v.ID, after, true)
	if err != nil {
		return nil, err
	}
	return &overheardOutput{noStore, by.overheardView(ctx, v, said)}, nil
}

func (s *Service) getOverheard(ctx context.Context, in *SinceInput) (*overheardOutput, error) {
	var v Conversation
	var err error
	err = s.lounge.until(ctx, in.ID, in.Version, time.Duration(in.Wait)*time.Second, func() (bool, error) {
		v, err = s.Overhear(ctx, in.ID)
		return v.Version != in.Version, err
	})
	return s.overheard(ctx, v, err, in.After)
}

type overheardInput struct {
	ID    string `path:"id" maxLength:"40"`
	After int    `query:"after" minimum:"0" maximum:"100000"`
}

func (s *Service) postTake(ctx context.Context, in *overheardInput) (*overheardOutput, error) {
	v, err := s.TakeUp(ctx, in.ID)
	return s.overheard(ctx, v, err, in.After)
}

type replyInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body LineBody
}

func (s *Service) postReply(ctx context.Context, in *replyInput) (*overheardOutput, error) {
	v, err := s.Reply(ctx, in.ID, in.Body.Text, in.Body.Key)
	return s.overheard(ctx, v, err, in.Body.After)
}

type handoverInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Organisation string `json:"organisation" maxLength:"60"`
		Note         string `json:"note,omitempty" maxLength:"2000" doc:"For its staff alone"`
	}
}

func (s *Service) postHandover(ctx context.Context, in *handoverInput) (*none, error) {
	_, err := s.HandOver(ctx, in.ID, in.Body.Organisation, in.Body.Note)
	return nil, err
}

func (s *Service) postInWriting(ctx context.Context, in *overheardInput) (*overheardOutput, error) {
	v, err := s.PutInWriting(ctx, in.ID)
	return s.overheard(ctx, v, err, in.After)
}

func (s *Service) postFinish(ctx context.Context, in *overheardInput) (*overheardOutput, error) {
	v, err := s.Finish(ctx, in.ID)
	return s.overheard(ctx, v, err, in.After)
}

type attendancesInput struct {
	From string `query:"from" format:"date" doc:"The first day; by default 30 days ago"`
	To   string `query:"to" format:"date" doc:"The last day; by default today"`
}

type attendancesOutput struct {
	Body struct {
		Organisations []Attendance `json:"organisations"`
	}
}

// attendanceDays is how far statistics go back where nobody says.
const attendanceDays = 30

func (s *Service) getAttendances(ctx context.Context, in *attendancesInput) (*attendancesOutput, error) {
	to := calendar.On(s.Store.Now().In(s.Zone))
	from := to.Add(-attendanceDays)
	for text, day := range map[string]*calendar.Day{in.From: &from, in.To: &to} {
		if text == "" {
			continue
		}
		read, err := calendar.ParseDay(text)
		if err != nil {
			return nil, ErrInput.Because(err)
		}
		*day = read
	}
	all, err := s.Attendances(ctx, from.In(s.Zone), to.Add(1).In(s.Zone))
	out := &attendancesOutput{}
	out.Body.Organisations = all
	return out, err
}

type hoursBody struct {
	Hours []Hours `json:"hours" minItems:"1" maxItems:"4"`
}

type hoursOutput struct{ Body hoursBody }

func (s *Service) getHours(ctx context.Context, _ *none) (*hoursOutput, error) {
	spans, err := s.spans(ctx, s.Store.Read())
	out := &hoursOutput{}
	for _, p := range spans {
		out.Body.Hours = append(out.Body.Hours, p.hours())
	}
	return out, err
}

type hoursInput struct{ Body hoursBody }

func (s *Service) putHours(ctx context.Context, in *hoursInput) (*none, error) {
	return nil, s.SetHours(ctx, in.Body.Hours)
}
