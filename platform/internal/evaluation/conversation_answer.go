package evaluation

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// mayHear tells whether a member of staff may see a conversation: the desk and
// the supervisors of the region, and the organisation that has it. What the
// program alone answered is nobody's.
func mayHear(c access.Caller, v Conversation) bool {
	if v.Asked.IsZero() {
		return false
	}
	if desk(c, v.Region) || c.Has(access.RoleSupervisor) && c.Covers(v.Region) {
		return true
	}
	return c.Kind == access.Staff && c.Org != "" && c.Org == v.Organisation
}

// mayTalk tells whether a member of staff may answer in it: the desk, and the
// organisation's; somebody who only supervises may not.
func mayTalk(c access.Caller, v Conversation) bool {
	return mayHear(c, v) && (desk(c, v.Region) || c.Org == v.Organisation)
}

// Overhear is a conversation that the context's caller, of the staff, may see.
func (s *Service) Overhear(ctx context.Context, id string) (Conversation, error) {
	v, err := s.conversation(ctx, s.Store.Read(), id)
	if err == nil && !mayHear(access.From(ctx), v) {
		return Conversation{}, ErrConversation
	}
	return v, err
}

// talks changes a conversation as one of the staff who may, and who has it or
// takes it: somebody else's stays hers.
func (s *Service) talks(ctx context.Context, id, doing string, change func(tx *store.Tx, v *Conversation) error) (Conversation, error) {
	c := access.From(ctx)
	return s.converse(ctx, id, doing, func(tx *store.Tx, v *Conversation) error {
		switch {
		case !mayHear(c, *v):
			return ErrConversation
		case !mayTalk(c, *v):
			return ErrForbidden
		case v.Phase.over():
			return ErrOver
		case v.Member != "" && v.Member != c.ID:
			return ErrTaken
		}
		return change(tx, v)
	})
}

// serve makes a conversation the caller's.
func (s *Service) serve(ctx context.Context, tx *store.Tx, v *Conversation) error {
	if v.Member != "" {
		return nil
	}
	v.Member, v.Phase = access.From(ctx).ID, Served
	return s.announce(ctx, tx, v, s.nameOf(ctx, v.Organisation)+"的工作人员为您服务。")
}

// TakeUp makes a conversation that waits the context's caller's. Of two who take
// it at once one has it.
func (s *Service) TakeUp(ctx context.Context, id string) (Conversation, error) {
	return s.talks(ctx, id, "take a conversation up", func(tx *store.Tx, v *Conversation) error {
		if v.Member != "" {
			return nil
		}
		if err := s.serve(ctx, tx, v); err != nil {
			return err
		}
		if err := s.keep(ctx, tx, v); err != nil {
			return err
		}
		return s.note(ctx, tx, "take-conversation", v.ID, "")
	})
}

// Reply adds what the context's caller, of the staff, answers.
func (s *Service) Reply(ctx context.Context, id, text, key string) (Conversation, error) {
	text, err := tidyLine(text, key, 1, maxText)
	if err != nil {
		return Conversation{}, err
	}
	return s.talks(ctx, id, "answer in a conversation", func(tx *store.Tx, v *Conversation) error {
		if there, err := said(ctx, tx, id, ByStaff, key); err != nil || there {
			return err
		}
		if v.Lines >= maxLines {
			return ErrFull
		}
		if err := s.serve(ctx, tx, v); err != nil {
			return err
		}
		if err := s.say(ctx, tx, v, Line{Speaker: ByStaff, Member: access.From(ctx).ID, Text: text}, key); err != nil {
			return err
		}
		v.Owes = false
		first := v.Answered.IsZero()
		if first {
			v.Answered, v.Answerer = tx.Now, v.Organisation
		}
		if err := s.keep(ctx, tx, v); err != nil || !first {
			return err
		}
		return s.note(ctx, tx, "answer-conversation", v.ID, "")
	})
}

// HandOver gives a conversation to another organisation, where it waits; note is
// for its staff alone.
func (s *Service) HandOver(ctx context.Context, id, organisation, note string) (Conversation, error) {
	note = tidy(note)
	if f := textFault(ErrInput, "note", "转交说明", note, 0, maxLine); len(f.Fields) > 0 {
		return Conversation{}, f
	}
	all, err := s.organisations(ctx)
	if err != nil {
		return Conversation{}, err
	}
	to, ok := all[organisation]
	if !ok {
		return Conversation{}, ErrOrg
	}
	return s.talks(ctx, id, "hand a conversation over", func(tx *store.Tx, v *Conversation) error {
		switch {
		case v.Organisation == organisation:
			return ErrHandover.Wrong("organisation", "请转给另一个部门")
		case v.Handovers >= maxHandovers:
			return ErrHandovers
		}
		if note != "" {
			if err := s.say(ctx, tx, v, Line{Speaker: ByNote, Member: access.From(ctx).ID, Text: note}, ""); err != nil {
				return err
			}
		}
		v.Organisation, v.Region, v.Member, v.Phase, v.Owes, v.Handovers = to.ID, to.Region, "", Waiting, true, v.Handovers+1
		v.Waits = tx.Now // the other organisation has the whole patience
		if err := s.announce(ctx, tx, v, "已转给"+to.Name+"，请稍候。"); err != nil {
			return err
		}
		if err := s.keep(ctx, tx, v); err != nil {
			return err
		}
		return s.note(ctx, tx, "hand-conversation-over", v.ID, to.ID)
	})
}

// Finish ends a conversation that the context's caller has.
func (s *Service) Finish(ctx context.Context, id string) (Conversation, error) {
	return s.talks(ctx, id, "finish a conversation", func(tx *store.Tx, v *Conversation) error {
		if v.Owes {
			return ErrState.With("还没有答复提问，请先答复、转交或转为留言")
		}
		return s.end(ctx, tx, v, "工作人员已结束本次咨询，感谢您的咨询。")
	})
}

// liveMost bounds the conversations that staff see at once.
const liveMost = 200

// Live are the conversations that wait for or are with those whom the context's
// caller may answer for, the longest waiting first, and a mark that changes when
// any of them does.
func (s *Service) Live(ctx context.Context) (all []Conversation, mark string, err error) {
	region, organisation := mineOnly(access.From(ctx))
	all, err = list(ctx, s.Store.Read(), selectConversation+` WHERE state IN ('waiting', 'served') AND region LIKE $1 AND organisation LIKE $2 ESCAPE '\'
		ORDER BY asked, id LIMIT $3`, scanConversation, region, organisation, liveMost)
	sum := fnv.New64a()
	for _, v := range all {
		_, _ = fmt.Fprintf(sum, "%s %d;", v.ID, v.Version) // a hash takes everything
	}
	return all, strconv.FormatUint(sum.Sum64(), 36), err
}

// Waiting are the conversations that nobody has taken up yet and the context's
// caller may, the longest waiting first, and a mark that changes with them.
func (s *Service) Waiting(ctx context.Context) (all []Conversation, mark string, err error) {
	c := access.From(ctx)
	region, organisation := mineOnly(c)
	all, err = list(ctx, s.Store.Read(), selectConversation+` WHERE state = 'waiting' AND region LIKE $1 AND organisation LIKE $2 ESCAPE '\'
		ORDER BY asked, id LIMIT $3`, scanConversation, region, organisation, liveMost)
	all = slices.DeleteFunc(all, func(v Conversation) bool { return !mayTalk(c, v) })
	slices.SortFunc(all, func(a, b Conversation) int { return cmp.Or(a.Waits.Compare(b.Waits), cmp.Compare(a.ID, b.ID)) })
	sum := fnv.New64a()
	for _, v := range all {
		_, _ = fmt.Fprintf(sum, "%s %d;", v.ID, store.Millis(v.Waits)) // a hash takes everything
	}
	return all, strconv.FormatUint(sum.Sum64(), 36), err
}

// Over are those that are over of the same staff, the latest first.
func (s *Service) Over(ctx context.Context, limit, from int) ([]Conversation, error) {
	region, organisation := mineOnly(access.From(ctx))
	return list(ctx, s.Store.Read(), selectConversation+` WHERE state IN ('ended', 'written') AND asked > 0 AND region LIKE $1 AND organisation LIKE $2 ESCAPE '\'
		ORDER BY asked DESC, id DESC LIMIT $3 OFFSET $4`, scanConversation, region, organisation, limit, from)
}

// quickAnswer is within what time a first answer counts as quick.
const quickAnswer = 3 * time.Minute

// Attendance is how an organisation's staff answered the conversations of a
// time.
type Attendance struct {
	Organisation string `json:"organisation"`
	Name         string `json:"name"`
	// Asked are those in which a person was asked for, Answered those that one
	// answered, Written those that became written consultations.
	Asked    int `json:"asked"`
	Answered int `json:"answered"`
	Written  int `json:"written"`
	// Quick is how many had their first answer within three minutes.
	Quick int `json:"quick"`
	// Mean and Longest are the seconds to the first answer.
	Mean    int `json:"mean"`
	Longest int `json:"longest"`
}

// attending is whose a conversation counts as: that of who answered first, else
// of who has it.
const attending = `CASE WHEN answerer <> '' THEN answerer ELSE organisation END`

// Attendances count the conversations in which a person was asked for in a time,
// in the region of the context's caller, by organisation.
func (s *Service) Attendances(ctx context.Context, from, to time.Time) ([]Attendance, error) {
	scan := func(row interface{ Scan(...any) error }) (a Attendance, err error) {
		var sum, longest int64
		err = row.Scan(&a.Organisation, &a.Asked, &a.Answered, &a.Written, &a.Quick, &sum, &longest)
		if a.Answered > 0 {
			a.Mean = int(sum / int64(a.Answered) / 1000)
		}
		a.Longest = int(longest / 1000)
		return a, err
	}
	all, err := list(ctx, s.Store.Read(), `SELECT `+attending+`, count(*), SUM(CASE WHEN answered > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN voice <> '' THEN 1 ELSE 0 END),
		SUM(CASE WHEN answered > 0 AND answered - asked <= CAST($1 AS BIGINT) THEN 1 ELSE 0 END), SUM(CASE WHEN answered > 0 THEN answered - asked ELSE 0 END),
		MAX(CASE WHEN answered > 0 THEN answered - asked ELSE 0 END)
		FROM evaluation_conversation WHERE asked >= $2 AND asked < $3 AND asked > 0 AND region LIKE $4 GROUP BY `+attending+` ORDER BY count(*) DESC, 1 LIMIT 500`,
		scan, quickAnswer.Milliseconds(), store.Millis(from), store.Millis(to), covered(access.From(ctx)))
	if err != nil {
		return nil, err
	}
	orgs, err := s.organisations(ctx)
	for i := range all {
		all[i].Name = orgs[all[i].Organisation].Name
	}
	return all, err
}
