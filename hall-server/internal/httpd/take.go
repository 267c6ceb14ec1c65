package httpd

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"smarthall/hall-server/internal/access"
	"smarthall/internal/link"
)

// quickTake takes tickets for requests that are as plain as those of our own
// agents, at a third of the cost: huma decodes a body twice and by reflection.
// Anything else, and every request that is wrong, goes to next, where huma's
// route of the same operation knows all that may be said and what to refuse. So
// this may only accept what that accepts, with the same meaning; a fuzz test
// holds it to that.
func (a *api) quickTake(next http.Handler) http.Handler {
	channels := strings.Split(takeTag("Channel", "enum"), ",")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != prefix+"/tickets" {
			next.ServeHTTP(w, r)
			return
		}
		s := scratches.Get().(*scratch)
		defer scratches.Put(s)
		var in takeInput
		claims, ok := a.plainRequest(r, &in.Keyed)
		if ok {
			var body []byte
			if body, ok = s.read(r); ok {
				ok = plainTake(body, &in, channels)
			}
		}
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		out, err := a.takeTicket(access.With(r.Context(), claims), &in)
		if err != nil {
			a.refuse(w, err)
			return
		}
		s.answer(w, out, a.Log)
	})
}

// takeTag is a tag of a field of takeInput's body, where the rules for what it
// may hold stand.
func takeTag(field, tag string) string {
	body, _ := reflect.TypeFor[takeInput]().FieldByName("Body")
	f, ok := body.Type.FieldByName(field)
	if !ok {
		panic("no field " + field) // the test of any route finds it
	}
	return f.Tag.Get(tag)
}

// plainRequest tells who asks and under which key, and whether all but the
// body is plain.
func (a *api) plainRequest(r *http.Request, key *Keyed) (access.Claims, bool) {
	if r.Header.Get("Content-Type") != "application/json" || len(r.TransferEncoding) > 0 || r.Header["Cookie"] != nil {
		return access.Claims{}, false
	}
	switch r.Header.Get("Accept") {
	case "", "*/*", "application/json":
	default:
		return access.Claims{}, false
	}
	key.Key = r.Header.Get("Idempotency-Key")
	if len(key.Key) > plainText {
		return access.Claims{}, false
	}
	claims, err := a.claims(r.Header.Get("Authorization"), "")
	return claims, err == nil
}

// refuse answers with the problem that an operation returned.
func (a *api) refuse(w http.ResponseWriter, err error) {
	var p *Problem
	if !errors.As(err, &p) {
		a.Log.Error("request failed", slog.Any("error", err))
		p = newProblem(http.StatusInternalServerError, "internal", "系统出错，请联系技术人员")
	}
	a.write(w, p)
}

// scratch is the memory of one request and its answer.
type scratch struct {
	body [1024]byte
	text []byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// read returns r's body if there is a short one; if not, r can still be read
// from its beginning.
func (s *scratch) read(r *http.Request) ([]byte, bool) {
	if r.ContentLength <= 0 || r.ContentLength > int64(len(s.body)) {
		return nil, false
	}
	n, err := io.ReadFull(r.Body, s.body[:r.ContentLength])
	// Should it be read again, what comes after n is the end or the same error.
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(s.body[:n]), r.Body), r.Body}
	return s.body[:n], err == nil
}

// jsonType is shared by all answers: nobody changes it.
var jsonType = []string{"application/json"}

func (s *scratch) answer(w http.ResponseWriter, out *ticketOutput, log *slog.Logger) {
	text, err := out.Body.AppendJSON(s.text[:0])
	if err != nil {
		panic("encode a ticket: " + err.Error()) // it is plain data
	}
	s.text = append(text, '\n')
	h := w.Header()
	h["Content-Type"] = jsonType
	if out.Replayed != "" {
		h.Set("Idempotency-Replayed", out.Replayed)
	}
	w.WriteHeader(http.StatusCreated)
	if _, err := w.Write(s.text); err != nil {
		log.Debug("write answer", slog.Any("error", err))
	}
}

// plainText is the longest text that is taken for plain, in bytes. Every limit
// of takeInput's fields, in letters, is longer but those of a phone and an ID.
const plainText = 60

// plainTake reads a body into in. It is false for all that needs a closer look.
func plainTake(body []byte, in *takeInput, channels []string) bool {
	s := plain{body}
	var channel string
	ok := s.object(func(name string) bool {
		switch name {
		case "service":
			return s.text(&in.Body.Service, plainText)
		case "channel":
			return s.text(&channel, plainText)
		case "priority":
			return s.text(&in.Body.Priority, plainText)
		case "person":
			return s.object(func(name string) bool {
				switch name {
				case "name":
					return s.text(&in.Body.Person.Name, plainText)
				case "idNumber":
					return s.text(&in.Body.Person.IDNumber, 40)
				case "phone":
					return s.text(&in.Body.Person.Phone, 20)
				}
				return false
			})
		}
		return false
	})
	in.Body.Channel = link.Channel(channel)
	return ok && s.end() && in.Body.Service != "" && slices.Contains(channels, channel)
}

// plain is JSON on its way: objects whose texts have no escapes.
type plain struct{ rest []byte }

// skip passes white space.
func (s *plain) skip() {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\n' || s.rest[0] == '\t' || s.rest[0] == '\r') {
		s.rest = s.rest[1:]
	}
}

// next passes c, if it comes next.
func (s *plain) next(c byte) bool {
	s.skip()
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// end tells whether nothing is left.
func (s *plain) end() bool {
	s.skip()
	return len(s.rest) == 0
}

// object reads an object; member reads the value of each name.
func (s *plain) object(member func(name string) bool) bool {
	if !s.next('{') {
		return false
	}
	if s.next('}') {
		return true
	}
	for {
		name, ok := s.quoted()
		if !ok || !s.next(':') || !member(string(name)) {
			return false
		}
		if !s.next(',') {
			return s.next('}')
		}
	}
}

// text reads a text of at most limit bytes; one that is there already is no
// plain case.
func (s *plain) text(to *string, limit int) bool {
	text, ok := s.quoted()
	if !ok || len(text) > limit || *to != "" {
		return false
	}
	*to = string(text) // a copy: the body isn't kept
	return true
}

// quoted reads a text as it stands between its quotation marks.
func (s *plain) quoted() ([]byte, bool) {
	if !s.next('"') {
		return nil, false
	}
	n := bytes.IndexByte(s.rest, '"')
	if n < 0 {
		return nil, false
	}
	text := s.rest[:n]
	for _, c := range text {
		if c < ' ' || c == '\\' {
			return nil, false
		}
	}
	s.rest = s.rest[n+1:]
	return text, utf8.Valid(text)
}
