package evaluation

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/search"
	"smarthall/platform/internal/store"
)

// Published is an answer that everybody may read (IX-05, IX-08).
type Published struct {
	ID           string    `json:"id"`
	Kind         Kind      `json:"kind"`
	Title        string    `json:"title"`
	Question     string    `json:"question"`
	Answer       string    `json:"answer"`
	Organisation string    `json:"organisation" doc:"Name"`
	Item         string    `json:"item,omitempty"`
	ItemName     string    `json:"itemName,omitempty"`
	Asked        time.Time `json:"asked"`
	At           time.Time `json:"at"`
}

// personal are numbers by which somebody can be known: phones, ID numbers, bank
// cards, number plates, addresses of mail.
var personal = regexp.MustCompile(`[0-9]{7,}[Xx]?|0[0-9]{2,3}[- ][0-9]{7,8}|1[3-9][0-9][- ][0-9]{4}[- ][0-9]{4}|` +
	`[\p{Han}][A-HJ-NP-Z][·. -]?[A-HJ-NP-Z0-9]{5,6}|[\w.+-]+@[\w-]+(\.[\w-]+)+`)

// named is a name behind a word that announces one.
var named = regexp.MustCompile(`(我叫|本人叫|姓名是|姓名[:： ]|联系人[:： ]?)(\p{Han}{2,4})`)

// plain turns full-width digits and letters into common ones, so that none
// hides a number.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ', r == '＠':
			return r - '０' + '0'
		default:
			return r
		}
	}, text)
}

// Mask hides what it recognises of personal data in a text. It is a first
// proposal: whoever publishes reads it.
func Mask(text string) string {
	text = named.ReplaceAllString(plain(text), "${1}某某")
	return personal.ReplaceAllStringFunc(text, func(found string) string {
		return strings.Repeat("*", min(len([]rune(found)), 8))
	})
}

// isPersonal tells whether a text holds a number by which somebody can be known.
func isPersonal(text string) bool { return personal.MatchString(plain(text)) }

// publishable tells whether a voice may be published: a suggestion always, what
// else with the asker's consent.
func (v *Voice) publishable() bool { return v.Consent || v.Kind == Suggestion }

// Publish shows everybody a voice with its answer, in the words of the desk,
// which has read them. A complaint or consultation needs the asker's consent; of
// a suggestion the proposer is never shown.
func (s *Service) Publish(ctx context.Context, id, title, question, answer string) error {
	title, question, answer = tidy(title), tidy(question), tidy(answer)
	wrong := textFault(ErrInput, "title", "标题", title, 2, maxTitle)
	wrong = textFault(wrong, "question", "问题", question, 2, maxBody)
	wrong = textFault(wrong, "answer", "答复", answer, 2, maxText)
	if len(wrong.Fields) > 0 {
		return wrong
	}
	all, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	_, err = s.change(ctx, id, "publish", func(tx *store.Tx, v *Voice) (string, error) {
		switch {
		case !desk(access.From(ctx), v.Region):
			return "", ErrForbidden
		case v.State != Answered && v.State != Closed:
			return "", ErrState
		case !v.publishable():
			return "", ErrConsent
		case isPersonal(title) || isPersonal(question) || isPersonal(answer):
			return "", ErrPersonal
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO evaluation_answer (voice, kind, title, question, answer, organisation, item, item_name, shown, asked, published, changed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $10)
			ON CONFLICT (voice) DO UPDATE SET title = excluded.title, question = excluded.question, answer = excluded.answer, shown = 1, changed = excluded.changed`,
			v.ID, string(v.Kind), title, question, answer, all[v.Organisation].Name, v.Item, v.ItemName, store.Millis(v.Created), store.Millis(tx.Now))
		return "", err
	})
	s.answers.stale()
	return err
}

// Withdraw takes a published answer back.
func (s *Service) Withdraw(ctx context.Context, id string) error {
	_, err := s.change(ctx, id, "withdraw", func(tx *store.Tx, v *Voice) (string, error) {
		if !desk(access.From(ctx), v.Region) {
			return "", ErrForbidden
		}
		result, err := tx.ExecContext(ctx, `UPDATE evaluation_answer SET shown = 0, changed = $1 WHERE voice = $2 AND shown = 1`, store.Millis(tx.Now), v.ID)
		if err != nil {
			return "", err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return "", ErrState.Because(err)
		}
		return "", nil
	})
	s.answers.stale()
	return err
}

const selectAnswer = `SELECT voice, kind, title, question, answer, organisation, item, item_name, shown, asked, published, changed FROM evaluation_answer`

// stored is a published answer as it is stored.
type stored struct {
	Published
	shown   bool
	changed int64
}

func scanAnswer(row interface{ Scan(...any) error }) (v stored, err error) {
	var asked, at int64
	err = row.Scan(&v.ID, &v.Kind, &v.Title, &v.Question, &v.Answer, &v.Organisation, &v.Item, &v.ItemName, &v.shown, &asked, &at, &v.changed)
	v.Asked, v.At = store.Time(asked), store.Time(at)
	return v, err
}

// PublishedAnswer is a published answer, or ErrNone.
func (s *Service) PublishedAnswer(ctx context.Context, id string) (Published, error) {
	v, err := scanAnswer(s.Store.Read().QueryRowContext(ctx, selectAnswer+` WHERE voice = $1`, id))
	if store.IsNone(err) || err == nil && !v.shown {
		return Published{}, ErrNone
	}
	if err != nil {
		return Published{}, fmt.Errorf("read an answer: %w", err)
	}
	return v.Published, nil
}

// answers are the published ones, found by their words.
type answers struct {
	index *search.Index

	mu      sync.Mutex
	at      time.Time // of the last look; guarded by mu, like all below
	changed int64
	shown   map[string]int64 // when each was published
}

// How old what people find may be, and how far two processes' clocks may differ.
const (
	answersFresh = 2 * time.Second
	clocksApart  = time.Minute
)

func newAnswers() *answers {
	return &answers{index: search.New(), shown: map[string]int64{}}
}

// stale has the next search look at what changed.
func (a *answers) stale() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = time.Time{}
}

// refreshAnswers takes what changed since the last look into the index.
func (s *Service) refreshAnswers(ctx context.Context) error {
	a := s.answers
	a.mu.Lock()
	defer a.mu.Unlock()
	if time.Since(a.at) < answersFresh {
		return nil
	}
	all, err := list(ctx, s.Store.Read(), selectAnswer+` WHERE changed > $1 ORDER BY changed`, scanAnswer, a.changed-clocksApart.Milliseconds())
	if err != nil {
		return err
	}
	for _, v := range all {
		a.changed = max(a.changed, v.changed)
		if !v.shown {
			a.index.Delete(v.ID)
			delete(a.shown, v.ID)
			continue
		}
		a.shown[v.ID] = store.Millis(v.At)
		a.index.Put(search.Document{
			ID: v.ID, Facets: map[string][]string{"kind": {string(v.Kind)}, "item": {v.Item}},
			Fields: []search.Field{{Text: v.Title, Weight: 10}, {Text: v.Question, Weight: 4}, {Text: v.ItemName, Weight: 4}, {Text: v.Answer, Weight: 2}, {Text: v.Organisation, Weight: 1}},
		})
	}
	a.at = time.Now()
	return nil
}

// newest are the ids of published answers of a kind, the newest first.
func (a *answers) newest(ctx context.Context, q store.Querier, kind Kind, limit, from int) (ids []string, total int, err error) {
	one := func(row interface{ Scan(...any) error }) (id string, err error) { return id, row.Scan(&id) }
	ids, err = list(ctx, q, `SELECT voice FROM evaluation_answer WHERE shown = 1 AND (kind = $1 OR $1 = '') ORDER BY published DESC, voice DESC LIMIT $2 OFFSET $3`,
		one, string(kind), limit, from)
	if err != nil {
		return nil, 0, err
	}
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM evaluation_answer WHERE shown = 1 AND (kind = $1 OR $1 = '')`, string(kind)).Scan(&total)
	return ids, total, err
}

// FindAnswers are the published answers that fit a text, the best first, or
// without a text the newest; kind may be empty.
func (s *Service) FindAnswers(ctx context.Context, text string, kind Kind, limit, from int) ([]Published, int, error) {
	if err := s.refreshAnswers(ctx); err != nil {
		return nil, 0, err
	}
	var ids []string
	var total int
	if strings.TrimSpace(text) == "" {
		var err error
		if ids, total, err = s.answers.newest(ctx, s.Store.Read(), kind, limit, from); err != nil {
			return nil, 0, err
		}
	} else {
		q := search.Query{Text: text, Limit: limit, From: from}
		if kind != "" {
			q.Filter = map[string][]string{"kind": {string(kind)}}
		}
		r := s.answers.index.Search(q)
		total = r.Total
		for _, h := range r.Hits {
			ids = append(ids, h.ID)
		}
	}
	found := make([]Published, 0, len(ids))
	for _, id := range ids {
		v, err := s.PublishedAnswer(ctx, id)
		if err != nil {
			continue // it was taken back just now
		}
		found = append(found, v)
	}
	return found, total, nil
}

// publishedIDs are those of the ids that are published.
func (s *Service) isPublished(ctx context.Context, id string) bool {
	_, err := s.PublishedAnswer(ctx, id)
	return err == nil
}

// kindsOfVoice are the kinds in the order in which pages show them.
var kindsOfVoice = slices.Clone([]Kind{Consultation, Suggestion, Complaint})
