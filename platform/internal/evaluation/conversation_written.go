package evaluation

import (
	"context"
	"log/slog"
	"strings"
	"unicode/utf8"

	"smarthall/platform/internal/store"
)

// writeDown turns a conversation into a written consultation of its
// organisation, with its limit (IX-02), and tells both why.
func (s *Service) writeDown(ctx context.Context, tx *store.Tx, v *Conversation, why, phone string) error {
	text, err := s.transcript(ctx, tx, v.ID)
	if err != nil {
		return err
	}
	voice := Voice{
		ID: store.NewID(), Kind: Consultation, State: Asked, Category: "其他", Title: shorten("在线咨询："+v.Subject, maxTitle), Body: text,
		Person: v.Person, For: v.For, Organisation: v.Organisation, About: v.Organisation, Region: v.Region, Item: v.Item, ItemName: v.ItemName,
	}
	if v.Person == "" {
		voice.phone = s.vault.Seal(kindPhone, phone)
	}
	due, err := s.limitFor(ctx, tx, voice.About, voice.Region, voice.Kind)
	if err != nil {
		return err
	}
	v.Phase, v.Ended, v.Owes, v.Voice = Written, tx.Now, false, voice.ID
	name := due.In(s.Zone).Format("2006年1月2日")
	if err := s.announce(ctx, tx, v, why+s.nameOf(ctx, v.Organisation)+"将在 "+name+"前书面答复。", Link{"查看留言和答复", s.voicePath(voice)}); err != nil {
		return err
	}
	if err := s.keep(ctx, tx, v); err != nil {
		return err
	}
	return s.add(ctx, tx, &voice, s.hash("conversation\x00"+v.ID))
}

// voicePath is where the asker finds a voice.
func (s *Service) voicePath(v Voice) string {
	if v.Person != "" {
		return "/my/voices/" + v.ID
	}
	return "/voices/" + s.token("voice", v.ID)
}

// transcript is what the asker and the staff said, as the text of a written
// consultation; of a long one the end, where the open question is.
func (s *Service) transcript(ctx context.Context, q store.Querier, id string) (string, error) {
	scan := func(row interface{ Scan(...any) error }) (line string, err error) {
		var by Speaker
		if err = row.Scan(&by, &line); err == nil && by == ByStaff {
			line = "工作人员：" + line
		}
		return line, err
	}
	said, err := list(ctx, q, `SELECT speaker, text FROM evaluation_line WHERE conversation = $1 AND speaker IN ('asker', 'staff') ORDER BY n`, scan, id)
	if err != nil {
		return "", err
	}
	text := strings.Join(said, "\n")
	if n := utf8.RuneCountInString(text); n > maxBody {
		text = "…" + string([]rune(text)[n-maxBody+1:])
	}
	return text, nil
}

// WriteDown turns a conversation into a written consultation at the asker's
// wish; phone is where a guest is told of the answer, or empty.
func (s *Service) WriteDown(ctx context.Context, secret, id, phone string) (Conversation, error) {
	if phone = strings.TrimSpace(phone); phone != "" && !mobile.MatchString(phone) {
		return Conversation{}, ErrInput.Wrong("phone", "手机号须为 11 位")
	}
	return s.asks(ctx, secret, id, "write a conversation down", func(tx *store.Tx, v *Conversation) error {
		switch v.Phase {
		case Written:
			return nil // it is
		case Ended:
			return ErrOver
		}
		return s.writeDown(ctx, tx, v, "已转为留言，", phone)
	})
}

// PutInWriting does the same at the wish of the staff who has it.
func (s *Service) PutInWriting(ctx context.Context, id string) (Conversation, error) {
	return s.talks(ctx, id, "put a conversation in writing", func(tx *store.Tx, v *Conversation) error {
		return s.writeDown(ctx, tx, v, "这个问题需要核实，已转为留言，", "")
	})
}

// Settle ends what nobody goes on with: a conversation whose asker waits in vain
// or has left with an open question becomes a written consultation, any other
// that was left ends.
func (s *Service) Settle(ctx context.Context) error {
	now := s.Store.Now()
	due, err := list(ctx, s.Store.Read(), selectConversation+` WHERE state IN ('automatic', 'waiting', 'served') AND (seen < $1 OR state = 'waiting') ORDER BY id LIMIT $2`,
		scanConversation, store.Millis(now.Add(-absence)), jobBatch*5)
	if err != nil {
		return err
	}
	for _, v := range due {
		if _, err := s.converse(ctx, v.ID, "settle a conversation", s.settle(ctx)); err != nil {
			s.Log.Error("evaluation", slog.String("job", "settle"), slog.String("conversation", v.ID), slog.Any("err", err))
		}
	}
	return nil
}

// settle is Settle for one conversation, as it is now.
func (s *Service) settle(ctx context.Context) func(tx *store.Tx, v *Conversation) error {
	return func(tx *store.Tx, v *Conversation) error {
		left := tx.Now.Sub(v.Seen) > absence
		switch {
		case v.Phase.over():
			return nil
		case left && (v.Phase == Waiting || v.Phase == Served && v.Owes):
			return s.writeDown(ctx, tx, v, "您离开了页面，已转为留言，", "")
		case left:
			return s.end(ctx, tx, v, "您离开了页面，咨询已结束。")
		case v.Phase != Waiting:
			return nil
		}
		service, err := s.service(ctx, tx, v.Region, tx.Now)
		if err != nil {
			return err
		}
		if service.Open && tx.Now.Sub(v.Waits) <= patience {
			return nil
		}
		return s.writeDown(ctx, tx, v, "很抱歉，暂时没有工作人员接待，已转为留言，", "")
	}
}
