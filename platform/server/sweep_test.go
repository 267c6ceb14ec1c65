package server

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// A hostile is a text that somebody would like to bring in.
type hostile struct {
	name string
	text string
	// raw stands in JSON for it; empty: what encoding gives.
	raw string
	// never means that no operation may take it.
	never bool
}

// hostiles are put into every field of every operation. Those that may be kept
// come back as they were.
var hostiles = []hostile{
	{name: "an SQL quote", text: `'); DROP TABLE person; --"`},
	{name: "a script", text: `"><script>alert(1)</script><img src=x onerror=alert(2)>`},
	{name: "a turned direction", text: "\u202egnp.tset\u2066"},
	{name: "a family", text: "👩\u200d👩\u200d👧🇨🇳𠮷"},
	{name: "100 kB", text: strings.Repeat("长", 100<<10/3)},
	{name: "NUL", text: "a\x00b", never: true},
	{name: "no UTF-8", text: "a\xff\xfe", raw: "a\xff\xfe", never: true},
	{name: "half a character", text: "a\xed\xa0\x80", raw: `a\ud800`, never: true},
}

// refusalsKept are the operations that count wrong tries.
var refusalsKept = map[string]bool{"change-password": true, "change-staff-password": true}

// sweep puts hostile texts into a whole platform and remembers them.
type sweep struct {
	*testing.T
	c       *contexts
	router  *httpd.Router
	handler http.Handler
	caller  func(name string) access.Caller
	watch   *sql.Conn // sees what others change
	ids     map[string]string
	put     []string // what was sent, by its number

	asked, taken int
}

// sweepers have everything that their kind of caller may have.
func sweepers(callers map[string]access.Caller) map[string]access.Caller {
	staff := callers["staff"]
	staff.Roles = access.Roles()
	market := staff
	market.Org = "market"
	return map[string]access.Caller{"all of the centre": staff, "all of the market": market}
}

// TestEveryOperationBearsHostileText puts each of the hostile texts into every
// text of every operation (body, path and query) and into every field of every
// page's form, as somebody who may: no answer is a defect; what is refused has
// changed nothing; what is kept comes back as the same text, and no page makes a
// program of it.
func TestEveryOperationBearsHostileText(t *testing.T) {
	c, router, caller := demoPlatform(t, true)
	s := &sweep{T: t, c: c, router: router, handler: router.Handler(), caller: caller, ids: map[string]string{}}
	for beginning, query := range owned {
		var id string
		if err := c.store.Read().QueryRowContext(t.Context(), query).Scan(&id); err != nil {
			t.Fatalf("no real id for %s: %v", beginning, err)
		}
		s.ids[beginning] = id
	}
	pool, ok := c.store.Read().(interface {
		Conn(ctx context.Context) (*sql.Conn, error)
	})
	if !ok {
		t.Fatal("readers are no pool")
	}
	var err error
	if s.watch, err = pool.Conn(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.watch.Close(); err != nil {
			t.Error(err)
		}
	})
	for i, op := range router.Operations() {
		if raceDetector && i%8 != 0 {
			continue // the race detector is too slow for all of them
		}
		if o := described(router.Description(), op); o != nil {
			s.operation(op, o)
		}
	}
	s.forms()
	s.keptWhole()
	s.told()
	t.Logf("%d requests, %d texts taken", s.asked, s.taken)
	if s.taken < 100 && !raceDetector {
		t.Errorf("only %d texts were taken", s.taken)
	}
}

// request is one way to ask an operation, with the places where a text stands.
type request struct {
	op     httpd.Operation
	caller string
	path   []string // its segments
	params []int    // those that are parameters
	query  url.Values
	body   any
	leaves int // texts in the body
}

// operation asks an operation with each text in each of its places.
func (s *sweep) operation(op httpd.Operation, o *huma.Operation) {
	req := s.reaching(op, o)
	for _, h := range hostiles {
		for _, i := range req.params {
			one := req
			one.path = slices.Clone(req.path)
			s.try(one, h, "path", func(text string) []byte {
				one.path[i] = url.PathEscape(text)
				return req.json(-1, nil)
			})
		}
		for name := range req.query {
			one := req
			one.query = maps.Clone(req.query)
			s.try(one, h, "query "+name, func(text string) []byte {
				one.query[name] = []string{text}
				return req.json(-1, nil)
			})
		}
		for i := range req.leaves {
			s.try(req, h, fmt.Sprintf("text %d of the body", i), func(text string) []byte {
				raw, err := json.Marshal(text)
				if h.raw != "" {
					raw, err = []byte(`"`+strings.ReplaceAll(text, h.text, h.raw)+`"`), nil
				}
				if err != nil {
					s.Fatal(err)
				}
				return req.json(i, raw)
			})
		}
	}
}

// try sends one request and looks at what became of it.
func (s *sweep) try(req request, h hostile, where string, body func(text string) []byte) {
	data := body(s.mark(h))
	before := s.version()
	code, answer := s.send(req, data)
	changed := s.version() != before
	what := fmt.Sprintf("%s %s as %s, %s in %s", req.op.Method, req.op.Path, req.caller, h.name, where)
	switch {
	case code >= http.StatusInternalServerError && code != http.StatusServiceUnavailable:
		s.Errorf("%s: %d %.300s", what, code, answer)
	case code >= http.StatusBadRequest && changed && !refusalsKept[req.op.ID]:
		s.Errorf("%s: refused by %d and something has changed: %.300s", what, code, answer)
	case code < http.StatusBadRequest && h.never:
		s.Errorf("%s: taken by %d: %.300s", what, code, answer)
	case code < http.StatusBadRequest:
		s.taken++
		s.whole(what, answer, false)
	}
}

// send asks.
func (s *sweep) send(req request, body []byte) (int, []byte) {
	s.asked++
	target := strings.Join(req.path, "/")
	if len(req.query) > 0 {
		target += "?" + req.query.Encode()
	}
	r := httptest.NewRequestWithContext(s.Context(), req.op.Method, target, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Caller", req.caller)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

// version changes whenever somebody else changes the database.
func (s *sweep) version() (n int64) {
	if err := s.watch.QueryRowContext(s.Context(), `PRAGMA data_version`).Scan(&n); err != nil {
		s.Fatal(err)
	}
	return n
}

// reaching is the request that gets furthest with harmless texts.
func (s *sweep) reaching(op httpd.Operation, o *huma.Operation) request {
	var best request
	rank := -1
	ids := []string{"01ARZ3NDEKTSV4RRFFQ69G5FAV"}
	if beginning := ownerOf(op); beginning != "" {
		ids = append([]string{s.ids[beginning]}, ids...)
	}
	for _, caller := range []string{"person", "for a firm", "hall", "all of the centre", "all of the market", "nobody"} {
		if !op.Who.Allows(s.caller(caller)) {
			continue
		}
		for _, id := range ids {
			req := s.harmless(op, o, caller, id)
			code, _ := s.send(req, req.json(-1, nil))
			if r := reached(code); r > rank {
				best, rank = req, r
			}
		}
	}
	return best
}

// harmless is a request that an operation's schema lets through, and its rules
// as far as sounds knows them.
func (s *sweep) harmless(op httpd.Operation, o *huma.Operation, caller, id string) request {
	api := s.router.Description()
	req := request{op: op, caller: caller, path: strings.Split(op.Path, "/"), query: url.Values{}}
	known := sounds[op.ID]
	for i, segment := range req.path {
		name := strings.Trim(segment, "{}")
		if name == segment {
			continue
		}
		req.path[i] = s.resolve(cmp.Or(known.path[name], id))
		p := slices.IndexFunc(o.Parameters, func(p *huma.Param) bool { return p.Name == name })
		if p >= 0 && o.Parameters[p].Schema.Type == huma.TypeInteger {
			req.path[i] = "1"
		} else {
			req.params = append(req.params, i)
		}
	}
	for _, p := range o.Parameters {
		if p.In == "query" && (p.Required || p.Schema.Type == huma.TypeString) {
			req.query.Set(p.Name, fmt.Sprint(example(api, p.Schema, 0)))
		}
	}
	if o.RequestBody != nil && o.RequestBody.Content["application/json"] != nil {
		req.body = example(api, o.RequestBody.Content["application/json"].Schema, 0)
		if members, ok := req.body.(map[string]any); ok {
			maps.Copy(members, known.body)
			maps.DeleteFunc(members, func(_ string, v any) bool { return v == nil })
		}
		req.leaves = len(leaves(req.body))
	}
	return req
}

// resolve asks the database for an id where a query of one is given.
func (s *sweep) resolve(id string) string {
	if !strings.HasPrefix(id, "SELECT ") {
		return id
	}
	var found string
	if err := s.c.store.Read().QueryRowContext(s.Context(), id).Scan(&found); err != nil {
		return "01ARZ3NDEKTSV4RRFFQ69G5FAV" // there is none yet
	}
	return found
}

// reached is how far a request got by its answer's status.
func reached(code int) int {
	order := []int{http.StatusNotFound, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusConflict}
	if code < http.StatusBadRequest {
		return len(order)
	}
	return slices.Index(order, code)
}

// leaf is a text in a value.
type leaf struct{ set func(v any) }

// leaves are the texts in a value, in a fixed order; names in free objects are
// texts, too.
func leaves(v any) (all []leaf) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if _, ok := v[name].(string); ok {
				all = append(all, leaf{func(x any) { v[name] = x }})
			}
			all = append(all, leaves(v[name])...)
		}
	case []any:
		for i := range v {
			if _, ok := v[i].(string); ok {
				all = append(all, leaf{func(x any) { v[i] = x }})
			}
			all = append(all, leaves(v[i])...)
		}
	}
	return all
}

// json is the body with raw JSON as its nth text; none if n is negative.
func (r request) json(n int, raw []byte) []byte {
	if r.body == nil {
		return nil
	}
	plain, err := json.Marshal(r.body)
	if err != nil {
		panic(err) // examples are plain values
	}
	if n < 0 {
		return plain
	}
	const mark = "HERE-IT-STANDS"
	var body any
	if err := json.Unmarshal(plain, &body); err != nil {
		panic(err)
	}
	if text, ok := body.(string); ok {
		body = cmp.Or(mark, text)
	} else {
		leaves(body)[n].set(mark)
	}
	marked, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return bytes.Replace(marked, []byte(`"`+mark+`"`), raw, 1)
}
