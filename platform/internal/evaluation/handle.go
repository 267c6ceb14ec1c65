package evaluation

import (
	"context"
	"fmt"
	"strconv"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// maxDispatches is how often a voice may be handed on (IX-07: and once more).
const maxDispatches = 2

// noticeAnswered is the message at an answer.
const noticeAnswered = "service.answered"

// mayRead tells whether a member of staff may see a voice: the desk of the
// region, who supervises it, and the organisation that it is with or about. Of
// a complaint the department sees only what was dispatched to it.
func mayRead(c access.Caller, v Voice) bool {
	switch {
	case desk(c, v.Region), c.Has(access.RoleSupervisor) && c.Covers(v.Region):
		return true
	case c.Kind != access.Staff || c.Org == "" || c.Org != v.Organisation:
		return false
	case v.Kind == Complaint:
		return v.State == Dispatched && (v.Assignee == "" || v.Assignee == c.ID)
	default:
		return true
	}
}

// mayAct tells whether a member of staff may answer or explain: the desk, and
// the organisation that has it, or the one of it who was named.
func mayAct(c access.Caller, v Voice) bool {
	if desk(c, v.Region) {
		return true
	}
	return mayRead(c, v) && c.Org == v.Organisation && (v.Assignee == "" || v.Assignee == c.ID)
}

// change lets the context's caller do something to a voice that she may see.
// apply checks the state and changes v, which is then stored.
func (s *Service) change(ctx context.Context, id, action string, apply func(tx *store.Tx, v *Voice) (text string, err error)) (Voice, error) {
	caller := access.From(ctx)
	var v Voice
	err := s.Store.Write(ctx, action+" a voice", func(tx *store.Tx) error {
		var err error
		if v, err = s.voice(ctx, tx, id); err != nil {
			return err
		}
		if !mayRead(caller, v) {
			return ErrNone
		}
		before := v.State
		text, err := apply(tx, &v)
		if err != nil {
			return err
		}
		if err := save(ctx, tx, v, before); err != nil {
			return err
		}
		if err := s.step(ctx, tx, v.ID, action, v.Organisation, text); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "evaluation." + action, Object: v.ID})
	})
	return v, err
}

// save stores what may change of a voice, if it is still in the state before.
func save(ctx context.Context, tx *store.Tx, v Voice, before State) error {
	result, err := tx.ExecContext(ctx, `UPDATE evaluation_voice SET state = $1, organisation = $2, assignee = $3, due = $4, late = $5, dispatches = $6,
		answer = $7, answered = $8, satisfaction = $9, remark = $10, changed = $11 WHERE id = $12 AND state = $13`,
		string(v.State), v.Organisation, v.Assignee, store.Millis(v.Due), store.Bool(v.Late), v.Dispatches,
		v.Answer, store.Millis(v.Answered), v.Satisfaction, v.Remark, store.Millis(tx.Now), v.ID, string(before))
	if err != nil {
		return fmt.Errorf("store a voice: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return ErrState.Because(err)
	}
	return nil
}

// Dispatch hands a voice on to an organisation, and to one of its staff if
// member is set. A complaint comes back with an explanation; one whose answer
// the asker isn't satisfied with may be dispatched once more, under a new limit.
func (s *Service) Dispatch(ctx context.Context, id, organisation, member, note string) (Voice, error) {
	note = tidy(note)
	if f := textFault(ErrInput, "note", "转办意见", note, 0, maxText); len(f.Fields) > 0 {
		return Voice{}, f
	}
	all, err := s.organisations(ctx)
	if err != nil {
		return Voice{}, err
	}
	if _, ok := all[organisation]; !ok {
		return Voice{}, ErrOrg
	}
	if member != "" {
		m, err := s.People.Member(ctx, member)
		if err != nil || m.Organisation != organisation {
			return Voice{}, ErrAssignee.Because(err)
		}
	}
	return s.change(ctx, id, "dispatch", func(tx *store.Tx, v *Voice) (string, error) {
		again := v.State == Answered && v.Satisfaction > 0 && v.Satisfaction <= badScore
		switch {
		case !desk(access.From(ctx), v.Region):
			return "", ErrForbidden
		case v.State != Asked && v.State != Explained && !again:
			return "", ErrState
		case v.Dispatches >= maxDispatches:
			return "", ErrDispatches
		}
		if again {
			due, err := s.limitFor(ctx, tx, v.About, v.Region, v.Kind)
			if err != nil {
				return "", err
			}
			v.Due, v.Satisfaction = due, 0
		}
		v.State = Asked
		if v.Kind == Complaint {
			v.State = Dispatched
		}
		v.Organisation, v.Assignee, v.Dispatches = organisation, member, v.Dispatches+1
		return note, nil
	})
}

// Explain gives a dispatched complaint back to the desk with what the
// department says of it.
func (s *Service) Explain(ctx context.Context, id, text string) (Voice, error) {
	text = tidy(text)
	if f := textFault(ErrInput, "text", "情况说明", text, 5, maxText); len(f.Fields) > 0 {
		return Voice{}, f
	}
	return s.change(ctx, id, "explain", func(_ *store.Tx, v *Voice) (string, error) {
		if v.State != Dispatched {
			return "", ErrState
		}
		if !mayAct(access.From(ctx), *v) {
			return "", ErrForbidden
		}
		v.State = Explained
		return text, nil
	})
}

// Answer answers a voice and tells the asker. A complaint is answered by the
// desk, what else by who has it.
func (s *Service) Answer(ctx context.Context, id, text string) (Voice, error) {
	text = tidy(text)
	if f := textFault(ErrInput, "text", "答复", text, 5, maxText); len(f.Fields) > 0 {
		return Voice{}, f
	}
	return s.change(ctx, id, "answer", func(tx *store.Tx, v *Voice) (string, error) {
		caller := access.From(ctx)
		switch {
		case v.State != Asked && v.State != Explained:
			return "", ErrState
		case v.Kind == Complaint && !desk(caller, v.Region), !mayAct(caller, *v):
			return "", ErrForbidden
		}
		v.State, v.Answer, v.Answered = Answered, text, tx.Now
		v.Late = v.Late || tx.Now.After(v.Due)
		if err := tx.Publish(ctx, "", TypeAnswered, v.ID, v.event()); err != nil {
			return "", err
		}
		return text, s.tellAnswered(ctx, tx, v)
	})
}

// tellAnswered tells the asker that there is an answer, if it is known where.
func (s *Service) tellAnswered(ctx context.Context, tx *store.Tx, v *Voice) error {
	to := message.To{Person: v.Person}
	if v.phone != "" {
		phone, err := s.vault.Open(kindPhone, v.phone)
		if err != nil {
			return fmt.Errorf("open the phone of %s: %w", v.ID, err)
		}
		to.Phone = phone
	}
	if to == (message.To{}) {
		return nil
	}
	return s.Messages.Send(ctx, tx, message.Notice{
		Template: noticeAnswered, Key: noticeAnswered + "/" + v.ID + "/" + strconv.Itoa(v.Dispatches), To: to,
		Vars: map[string]string{"kind": v.Kind.Word(), "title": shorten(v.Title, noticeTitle), "number": v.Number},
	})
}

// noticeTitle is how many characters of a title a message holds.
const noticeTitle = 40

// shorten cuts a text to n characters.
func shorten(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// Satisfy notes how satisfied the asker is with the answer, once for each
// answer. The caller has shown that v is hers. One who is satisfied closes it.
func (s *Service) Satisfy(ctx context.Context, v Voice, score int, remark string) (Voice, error) {
	remark = tidy(remark)
	if score < 1 || score > 5 {
		return v, ErrScore.Wrong("score", "请选择满意程度")
	}
	if f := textFault(ErrInput, "remark", "意见", remark, 0, maxRemark); len(f.Fields) > 0 {
		return v, f
	}
	err := s.Store.Write(ctx, "rate an answer", func(tx *store.Tx) error {
		now, err := s.voice(ctx, tx, v.ID)
		if err != nil {
			return err
		}
		if now.Satisfaction != 0 {
			return ErrRated
		}
		if now.State != Answered {
			return ErrState
		}
		now.Satisfaction, now.Remark = score, remark
		if score > badScore {
			now.State = Closed
		}
		if err := save(ctx, tx, now, Answered); err != nil {
			return err
		}
		v = now
		if err := s.step(ctx, tx, v.ID, "rated-answer", "", strconv.Itoa(score)); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "evaluation.rate-answer", Object: v.ID, Detail: strconv.Itoa(score)})
	})
	return v, err
}

// maxRemark bounds what is said with a score, in characters.
const maxRemark = 500

// Close ends an answered voice.
func (s *Service) Close(ctx context.Context, id, note string) (Voice, error) {
	note = tidy(note)
	if f := textFault(ErrInput, "note", "说明", note, 0, maxText); len(f.Fields) > 0 {
		return Voice{}, f
	}
	return s.change(ctx, id, "close", func(_ *store.Tx, v *Voice) (string, error) {
		if !desk(access.From(ctx), v.Region) {
			return "", ErrForbidden
		}
		if v.State != Answered {
			return "", ErrState
		}
		v.State = Closed
		return note, nil
	})
}

// Contact is how an asker is reached. It is personal data.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone"`
}

// Contact shows who may answer how the asker is reached, which the audit log
// notes. Of a complaint only the desk sees it, never the department complained
// of.
func (s *Service) Contact(ctx context.Context, id string) (Contact, error) {
	caller := access.From(ctx)
	v, err := s.voice(ctx, s.Store.Read(), id)
	if err != nil {
		return Contact{}, err
	}
	switch {
	case !mayRead(caller, v):
		return Contact{}, ErrNone
	case v.Kind == Complaint && !desk(caller, v.Region), !mayAct(caller, v):
		return Contact{}, ErrForbidden
	}
	if err := s.Audit.Write(ctx, audit.Entry{Action: "evaluation.see-contact", Object: v.ID}); err != nil {
		return Contact{}, err
	}
	return s.contact(ctx, v.Person, v.phone)
}

func (s *Service) contact(ctx context.Context, person, sealed string) (c Contact, err error) {
	switch {
	case person != "":
		p, err := s.People.Person(ctx, person)
		if err != nil {
			return c, ErrNoContact.Because(err)
		}
		return Contact{p.Name, p.Phone}, nil
	case sealed != "":
		if c.Phone, err = s.vault.Open(kindPhone, sealed); err != nil {
			return c, fmt.Errorf("open a phone: %w", err)
		}
		return c, nil
	default:
		return c, ErrNoContact
	}
}
