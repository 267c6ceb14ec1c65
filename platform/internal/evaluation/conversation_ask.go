package evaluation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// Question is what begins a conversation.
type Question struct {
	// Item is the item whose page it comes from: its organisation answers
	// (IX-04). Else Organisation does; both empty: the centre.
	Item, Organisation string
	Text               string
	// Key makes a question that comes again the same one.
	Key string
}

// tidyLine checks one thing to be said.
func tidyLine(text, key string, least, most int) (string, error) {
	text = tidy(text)
	wrong := textFault(ErrInput, "text", "内容", text, least, most)
	if len(key) > maxKey {
		wrong = wrong.Wrong("key", "请求编号过长")
	}
	if len(wrong.Fields) > 0 {
		return "", wrong
	}
	return text, nil
}

// Begin begins a conversation with its first question and the program's answer.
// An asker without a secret is a guest who gets one. A question that was sent
// before is the conversation that it began.
func (s *Service) Begin(ctx context.Context, secret string, q Question) (Conversation, error) {
	text, err := tidyLine(q.Text, q.Key, 1, maxLine)
	if err != nil {
		return Conversation{}, err
	}
	who := s.asker(ctx, secret)
	if who == (Asker{}) {
		return Conversation{}, ErrConversation
	}
	addressed := Voice{Kind: Consultation, Item: q.Item, About: q.Organisation}
	if err := s.address(ctx, &addressed); err != nil {
		return Conversation{}, err
	}
	guidance := s.guide(ctx, text, q.Item)
	v := Conversation{
		ID: store.NewID(), Person: who.Person, For: who.For, Guest: who.Guest, Organisation: addressed.Organisation, Region: addressed.Region,
		Item: addressed.Item, ItemName: addressed.ItemName, Phase: Automatic, Subject: shorten(strings.ReplaceAll(text, "\n", " "), subjectLength), Version: 1,
	}
	request := s.hash("conversation\x00" + who.Person + "\x00" + who.Guest + "\x00" + q.Key)
	if q.Key == "" {
		request = v.ID
	}
	err = s.begun(ctx, &v, request, text, guidance)
	if errors.Is(err, errTwice) {
		err = s.begun(ctx, &v, request, text, guidance) // now the other one is there
	}
	return v, err
}

// begun stores a new conversation, or makes v the one of the same request.
func (s *Service) begun(ctx context.Context, v *Conversation, request, text string, guidance Guidance) error {
	return s.Store.Write(ctx, "begin a conversation", func(tx *store.Tx) error {
		before, err := scanConversation(tx.QueryRowContext(ctx, selectConversation+` WHERE request = $1`, request))
		if err == nil {
			*v = before
			return nil
		}
		if !store.IsNone(err) {
			return fmt.Errorf("read a conversation: %w", err)
		}
		var live int
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM evaluation_conversation WHERE state IN ('automatic', 'waiting', 'served')
			AND (person = $1 AND person <> '' OR guest = $2 AND guest <> '')`, v.Person, v.Guest).Scan(&live)
		if err != nil {
			return fmt.Errorf("count conversations: %w", err)
		}
		if live >= maxConversations {
			return ErrConversations
		}
		n := *v
		n.Created, n.Seen = tx.Now, tx.Now
		result, err := tx.ExecContext(ctx, `INSERT INTO evaluation_conversation (id, request, person, acting_for, guest, organisation, region, item, item_name, state,
			member, subject, lines, version, handovers, created, asked, answered, answerer, ended, seen, owes, voice, changed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, 0, $12, 0, $13, 0, 0, '', 0, $13, 0, '', $13) ON CONFLICT (request) DO NOTHING`,
			n.ID, request, n.Person, n.For, n.Guest, n.Organisation, n.Region, n.Item, n.ItemName, string(n.Phase), n.Subject, n.Version, store.Millis(tx.Now))
		if err != nil {
			return fmt.Errorf("store a conversation: %w", err)
		}
		if k, err := result.RowsAffected(); err != nil || k == 0 {
			return errors.Join(err, errTwice)
		}
		if err := s.say(ctx, tx, &n, Line{Speaker: ByAsker, Text: text}, ""); err != nil {
			return err
		}
		if err := s.say(ctx, tx, &n, Line{Speaker: ByMachine, Text: guidance.Text, Links: guidance.Links}, ""); err != nil {
			return err
		}
		if err := s.keep(ctx, tx, &n); err != nil {
			return err
		}
		*v = n
		return s.note(ctx, tx, "begin-conversation", n.ID, "")
	})
}

// guide is what the program answers to a question: what it knows, or that it
// knows nothing.
func (s *Service) guide(ctx context.Context, text, item string) Guidance {
	g := Guidance{Text: "没有找到现成的答案。可以换个说法再问，或者转人工。"}
	if s.Guide == nil {
		return g
	}
	found, err := s.Guide(ctx, text, item)
	if err != nil {
		s.Log.Warn("no automatic answer", slog.Any("err", err)) // people answer all the same
		return g
	}
	if found.Text == "" && len(found.Links) == 0 {
		return g
	}
	return found
}

// Hear is a conversation of the asker's, or ErrConversation.
func (s *Service) Hear(ctx context.Context, secret, id string) (Conversation, error) {
	v, err := s.conversation(ctx, s.Store.Read(), id)
	if err == nil && !s.asker(ctx, secret).has(v) {
		return Conversation{}, ErrConversation
	}
	return v, err
}

// present notes that the asker's page is still there, now and then.
func (s *Service) present(ctx context.Context, v Conversation) error {
	if v.Phase.over() || s.Store.Now().Sub(v.Seen) < seenEvery {
		return nil
	}
	return s.Store.Write(ctx, "see an asker", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE evaluation_conversation SET seen = $1 WHERE id = $2 AND seen < $1`, store.Millis(tx.Now), v.ID)
		return err
	})
}

// asks changes a conversation of the asker's that isn't over.
func (s *Service) asks(ctx context.Context, secret, id, doing string, change func(tx *store.Tx, v *Conversation) error) (Conversation, error) {
	who := s.asker(ctx, secret)
	return s.converse(ctx, id, doing, func(tx *store.Tx, v *Conversation) error {
		if !who.has(*v) {
			return ErrConversation
		}
		if v.Seen.Before(tx.Now) {
			v.Seen = tx.Now
		}
		return change(tx, v)
	})
}

// Say adds what the asker says. Before she asked for a person the program
// answers; a line with a key that is there changes nothing.
func (s *Service) Say(ctx context.Context, secret, id, text, key string) (Conversation, error) {
	text, err := tidyLine(text, key, 1, maxLine)
	if err != nil {
		return Conversation{}, err
	}
	v, err := s.Hear(ctx, secret, id)
	if err != nil {
		return v, err
	}
	var guidance Guidance
	if v.Phase == Automatic {
		guidance = s.guide(ctx, text, v.Item)
	}
	return s.asks(ctx, secret, id, "say something", func(tx *store.Tx, v *Conversation) error {
		if there, err := said(ctx, tx, id, ByAsker, key); err != nil || there {
			return err
		}
		if err := s.admits(ctx, tx, *v); err != nil {
			return err
		}
		if err := s.say(ctx, tx, v, Line{Speaker: ByAsker, Text: text}, key); err != nil {
			return err
		}
		v.Owes = v.Phase == Waiting || v.Phase == Served
		if v.Phase == Automatic && guidance.Text != "" {
			if err := s.say(ctx, tx, v, Line{Speaker: ByMachine, Text: guidance.Text, Links: guidance.Links}, ""); err != nil {
				return err
			}
		}
		return s.keep(ctx, tx, v)
	})
}

// admits tells why the asker can't say another thing now.
func (s *Service) admits(ctx context.Context, tx *store.Tx, v Conversation) error {
	if v.Phase.over() {
		return ErrOver
	}
	if v.Lines >= maxLines {
		return ErrFull
	}
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM evaluation_line WHERE conversation = $1 AND speaker = 'asker' AND at > $2`,
		v.ID, store.Millis(tx.Now.Add(-time.Minute))).Scan(&n)
	if err != nil {
		return fmt.Errorf("count lines: %w", err)
	}
	if n >= linesAMinute {
		return ErrHaste
	}
	return nil
}

// WantPerson asks for one of the organisation's staff, in the hours in which
// they are there.
func (s *Service) WantPerson(ctx context.Context, secret, id string) (Conversation, error) {
	return s.asks(ctx, secret, id, "ask for a person", func(tx *store.Tx, v *Conversation) error {
		switch {
		case v.Phase.over():
			return ErrOver
		case v.Phase != Automatic:
			return nil // she did before
		}
		service, err := s.service(ctx, tx, v.Region, tx.Now)
		if err != nil {
			return err
		}
		if !service.Open {
			return ErrOffHours
		}
		v.Phase, v.Asked, v.Waits, v.Owes = Waiting, tx.Now, tx.Now, true
		if err := s.announce(ctx, tx, v, "已转人工，"+s.nameOf(ctx, v.Organisation)+"的工作人员会尽快答复，请不要关闭页面。"); err != nil {
			return err
		}
		if err := s.keep(ctx, tx, v); err != nil {
			return err
		}
		return s.note(ctx, tx, "want-person", v.ID, v.Organisation)
	})
}

// announce adds what the platform says of the conversation.
func (s *Service) announce(ctx context.Context, tx *store.Tx, v *Conversation, text string, links ...Link) error {
	return s.say(ctx, tx, v, Line{Speaker: ByPlatform, Text: text, Links: links}, "")
}

// nameOf is what an organisation is called.
func (s *Service) nameOf(ctx context.Context, id string) string {
	all, err := s.organisations(ctx)
	if name := all[id].Name; err == nil && name != "" {
		return name
	}
	return "承办部门"
}

// Leave ends a conversation at the asker's wish.
func (s *Service) Leave(ctx context.Context, secret, id string) (Conversation, error) {
	return s.asks(ctx, secret, id, "leave a conversation", func(tx *store.Tx, v *Conversation) error {
		if v.Phase.over() {
			return nil
		}
		return s.end(ctx, tx, v, "您已结束咨询。")
	})
}

// end ends a conversation with what is told to both.
func (s *Service) end(ctx context.Context, tx *store.Tx, v *Conversation, text string) error {
	v.Phase, v.Ended, v.Owes = Ended, tx.Now, false
	if err := s.announce(ctx, tx, v, text); err != nil {
		return err
	}
	if err := s.keep(ctx, tx, v); err != nil {
		return err
	}
	return s.note(ctx, tx, "end-conversation", v.ID, "")
}

// AllConversations are those of the asker, the newest first.
func (s *Service) AllConversations(ctx context.Context, secret string) ([]Conversation, error) {
	who := s.asker(ctx, secret)
	if who.Person != "" {
		return list(ctx, s.Store.Read(), selectConversation+` WHERE person = $1 ORDER BY id DESC LIMIT $2`, scanConversation, who.Person, minePage)
	}
	if who.Guest == "" {
		return []Conversation{}, nil
	}
	return list(ctx, s.Store.Read(), selectConversation+` WHERE guest = $1 ORDER BY id DESC LIMIT $2`, scanConversation, who.Guest, minePage)
}

// ownLine is a line in the copy of a person's data.
type ownLine struct {
	At   time.Time `json:"at"`
	By   Speaker   `json:"by"`
	Text string    `json:"text"`
}

// ownConversation is a conversation in the copy of a person's data.
type ownConversation struct {
	Begun        time.Time `json:"begun"`
	Organisation string    `json:"organisation"`
	Item         string    `json:"item,omitempty"`
	Lines        []ownLine `json:"lines"`
}

// OwnConversations are those of the context's caller with all that was said,
// for the copy of her data.
func (s *Service) OwnConversations(ctx context.Context) (any, error) {
	if access.From(ctx).Kind != access.Person {
		return nil, ErrConversation
	}
	all, err := s.AllConversations(ctx, "")
	own := make([]ownConversation, 0, len(all))
	for _, v := range all {
		said, err := s.lines(ctx, v.ID, 0, false)
		if err != nil {
			return nil, err
		}
		one := ownConversation{Begun: v.Created, Organisation: s.nameOf(ctx, v.Organisation), Item: v.ItemName, Lines: make([]ownLine, 0, len(said))}
		for _, l := range said {
			one.Lines = append(one.Lines, ownLine{l.At, l.Speaker, l.Text})
		}
		own = append(own, one)
	}
	return own, err
}
