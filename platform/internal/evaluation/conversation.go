package evaluation

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// Phase is where a conversation is on its way.
type Phase string

// The phases of a conversation (IX-01, IX-02). What is written goes on as a
// consultation with its limit; what is ended is over.
const (
	Automatic Phase = "automatic" // the program answers
	Waiting   Phase = "waiting"   // for one of the organisation's staff
	Served    Phase = "served"    // by one of them
	Ended     Phase = "ended"
	Written   Phase = "written"
)

// over tells whether nothing can be said any more.
func (g Phase) over() bool { return g == Ended || g == Written }

// Speaker is who said a line.
type Speaker string

// The speakers. A note is the staff's own: the asker never sees it.
const (
	ByAsker    Speaker = "asker"
	ByStaff    Speaker = "staff"
	ByMachine  Speaker = "automatic"
	ByPlatform Speaker = "platform"
	ByNote     Speaker = "note"
)

// Link leads from a line to a page of the portal.
type Link struct {
	Title string `json:"title" maxLength:"200"`
	Path  string `json:"path" maxLength:"200"`
}

// Line is one thing that was said.
type Line struct {
	N       int
	At      time.Time
	Speaker Speaker
	Member  string
	Text    string
	Links   []Link
}

// Conversation is a consultation in real time.
type Conversation struct {
	ID string
	// Person asks, for the legal person For if that is set; without a person it
	// is the Guest whose cookie has that hash.
	Person, For, Guest   string
	Organisation, Region string
	Item, ItemName       string
	Phase                Phase
	// Member answers; empty: nobody yet.
	Member  string
	Subject string
	// Lines is the number of the last line, Version counts what changed.
	Lines, Version, Handovers int
	// Asked is when the asker wanted a person, Answered when one first answered;
	// Waits is since when the organisation that has it may take it up.
	Created, Asked, Answered, Ended, Seen, Waits time.Time
	// Answerer is the organisation whose staff answered first.
	Answerer string
	// Owes tells that the asker said the last word to the staff.
	Owes bool
	// Voice is the written consultation that it turned into.
	Voice string
}

// Guidance is what the program answers by itself.
type Guidance struct {
	Text  string
	Links []Link
}

// Bounds of conversations. Nobody has more than so many at once; patience is
// how long a person waits for the staff, absence how long her page may be away,
// before what she asked becomes a written consultation.
const (
	maxLine          = 500
	maxLines         = 400
	maxConversations = 3
	linesAMinute     = 12
	maxHandovers     = 5
	maxKey           = 64
	patience         = 10 * time.Minute
	absence          = 3 * time.Minute
	seenEvery        = 20 * time.Second
	subjectLength    = 40
)

// The ways a conversation says no.
var (
	ErrConversation  = fault.New(fault.NotFound, "evaluation.conversation", "没有这个在线咨询，或已经结束很久")
	ErrOver          = fault.New(fault.Conflict, "evaluation.conversation-over", "这次咨询已经结束，可以重新发起或留言")
	ErrConversations = fault.New(fault.Conflict, "evaluation.conversations", "您同时进行的咨询较多，请先结束其中一个")
	ErrHaste         = fault.New(fault.TooMany, "evaluation.haste", "发送过快，请稍等片刻再发")
	ErrFull          = fault.New(fault.Conflict, "evaluation.conversation-full", "这次咨询的内容已经很多，请结束后重新发起或留言")
	ErrOffHours      = fault.New(fault.Conflict, "evaluation.off-hours", "现在不是人工服务时间，可以留言，由部门在期限内答复")
	ErrTaken         = fault.New(fault.Conflict, "evaluation.taken", "这个咨询已由其他工作人员接待")
	ErrHandover      = fault.New(fault.Invalid, "evaluation.handover", "请转给另一个部门")
	ErrHandovers     = fault.New(fault.Conflict, "evaluation.handovers", "转交次数过多，请直接答复或转为留言")
	ErrHours         = fault.New(fault.Invalid, "evaluation.hours", "服务时间须为一至四段，不重叠，形如 09:00 至 12:00")
)

// Asker is who asks in a conversation: a person, or a guest by the secret of
// her cookie.
type Asker struct{ Person, For, Guest string }

// asker is the context's caller, or the guest with a secret. The zero value is
// nobody.
func (s *Service) asker(ctx context.Context, secret string) Asker {
	if c := access.From(ctx); c.Kind == access.Person {
		return Asker{Person: c.ID, For: c.For}
	}
	if !isToken(secret) {
		return Asker{}
	}
	return Asker{Guest: s.hash("guest\x00" + secret)}
}

// has tells whether a conversation is the asker's.
func (a Asker) has(v Conversation) bool {
	if a.Person != "" {
		return v.Person == a.Person
	}
	return a.Guest != "" && v.Person == "" && v.Guest == a.Guest
}

const (
	conversationColumns = `id, person, acting_for, guest, organisation, region, item, item_name, state, member, subject, lines, version, handovers,
	created, asked, answered, answerer, ended, seen, owes, voice, waits`
	selectConversation = `SELECT ` + conversationColumns + ` FROM evaluation_conversation`
)

func scanConversation(row interface{ Scan(...any) error }) (v Conversation, err error) {
	var created, asked, answered, ended, seen, waits int64
	err = row.Scan(&v.ID, &v.Person, &v.For, &v.Guest, &v.Organisation, &v.Region, &v.Item, &v.ItemName, &v.Phase, &v.Member, &v.Subject, &v.Lines, &v.Version,
		&v.Handovers, &created, &asked, &answered, &v.Answerer, &ended, &seen, &v.Owes, &v.Voice, &waits)
	v.Created, v.Asked, v.Answered, v.Ended, v.Seen = store.Time(created), store.Time(asked), store.Time(answered), store.Time(ended), store.Time(seen)
	v.Waits = store.Time(waits)
	return v, err
}

// conversation reads one by its id, or ErrConversation.
func (s *Service) conversation(ctx context.Context, q store.Querier, id string) (Conversation, error) {
	v, err := scanConversation(q.QueryRowContext(ctx, selectConversation+` WHERE id = $1`, id))
	if store.IsNone(err) {
		return v, ErrConversation
	}
	if err != nil {
		return v, fmt.Errorf("read a conversation: %w", err)
	}
	return v, nil
}

// lock reads a conversation that the transaction is going to change: whoever
// else wants to change it waits for the end, so that lines that come at once
// stand one below the other.
func (s *Service) lock(ctx context.Context, tx *store.Tx, id string) (Conversation, error) {
	v, err := scanConversation(tx.QueryRowContext(ctx, `UPDATE evaluation_conversation SET version = version WHERE id = $1 RETURNING `+conversationColumns, id))
	if store.IsNone(err) {
		return v, ErrConversation
	}
	if err != nil {
		return v, fmt.Errorf("lock a conversation: %w", err)
	}
	return v, nil
}

// keep stores what changed of a conversation that is locked.
func (s *Service) keep(ctx context.Context, tx *store.Tx, v *Conversation) error {
	v.Version++
	_, err := tx.ExecContext(ctx, `UPDATE evaluation_conversation SET organisation = $1, region = $2, state = $3, member = $4, lines = $5, version = $6,
		handovers = $7, asked = $8, answered = $9, answerer = $10, ended = $11, seen = $12, owes = $13, voice = $14, changed = $15, waits = $16 WHERE id = $17`,
		v.Organisation, v.Region, string(v.Phase), v.Member, v.Lines, v.Version, v.Handovers, store.Millis(v.Asked), store.Millis(v.Answered), v.Answerer,
		store.Millis(v.Ended), store.Millis(v.Seen), store.Bool(v.Owes), v.Voice, store.Millis(tx.Now), store.Millis(v.Waits), v.ID)
	if err != nil {
		return fmt.Errorf("store a conversation: %w", err)
	}
	return nil
}

// converse changes a conversation in a transaction of its own and tells whoever
// waits for it.
func (s *Service) converse(ctx context.Context, id, doing string, change func(tx *store.Tx, v *Conversation) error) (Conversation, error) {
	var v Conversation
	err := s.Store.Write(ctx, doing, func(tx *store.Tx) (err error) {
		if v, err = s.lock(ctx, tx, id); err != nil {
			return err
		}
		return change(tx, &v)
	})
	if err == nil {
		s.lounge.wake(v.ID, v.Version)
	}
	return v, err
}

// say adds a line; the caller keeps the conversation afterwards.
func (s *Service) say(ctx context.Context, tx *store.Tx, v *Conversation, l Line, key string) error {
	if l.Links == nil {
		l.Links = []Link{}
	}
	links, err := json.Marshal(l.Links)
	if err != nil {
		return err
	}
	v.Lines++
	_, err = tx.ExecContext(ctx, `INSERT INTO evaluation_line (conversation, n, at, speaker, member, key, text, links)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, v.ID, v.Lines, store.Millis(tx.Now), string(l.Speaker), l.Member, key, l.Text, string(links))
	if err != nil {
		return fmt.Errorf("store a line: %w", err)
	}
	return nil
}

// said tells whether a speaker's line with a key is there.
func said(ctx context.Context, tx *store.Tx, id string, by Speaker, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM evaluation_line WHERE conversation = $1 AND speaker = $2 AND key = $3`, id, string(by), key).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read a line: %w", err)
	}
	return n > 0, nil
}

// lines are what was said after the nth line; the asker doesn't see notes.
func (s *Service) lines(ctx context.Context, id string, after int, notes bool) ([]Line, error) {
	scan := func(row interface{ Scan(...any) error }) (l Line, err error) {
		var at int64
		var links string
		if err = row.Scan(&l.N, &at, &l.Speaker, &l.Member, &l.Text, &links); err != nil {
			return l, err
		}
		l.At = store.Time(at)
		return l, json.Unmarshal([]byte(links), &l.Links)
	}
	return list(ctx, s.Store.Read(), `SELECT n, at, speaker, member, text, links FROM evaluation_line
		WHERE conversation = $1 AND n > $2 AND (speaker <> 'note' OR $3 = 1) ORDER BY n`, scan, id, after, store.Bool(notes))
}

// note writes a deed in a conversation into the audit log, as the last thing of
// its transaction.
func (s *Service) note(ctx context.Context, tx *store.Tx, action, id, detail string) error {
	e := audit.Entry{Action: "evaluation." + action, Object: id, Detail: detail}
	if access.From(ctx).Kind == access.Nobody {
		e.Actor = audit.System
	}
	return s.Audit.Add(ctx, tx, e)
}
