package audit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// serve is the log's surface for a caller with the role that a request names.
func serve(log *audit.Log) http.Handler {
	r := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Caller: func(r *http.Request) (access.Caller, error) {
		role := r.Header.Get("Role")
		if role == "" {
			return access.Caller{}, nil
		}
		return access.Caller{Kind: access.Staff, ID: "s9", Roles: []access.Role{access.Role(role)}}, nil
	}})
	log.Routes(r, func(_ context.Context, id string) string {
		if id == "s1" {
			return "沈编"
		}
		return ""
	})
	return r.Handler()
}

func get(t *testing.T, h http.Handler, method, path, role string, into any) int {
	t.Helper()
	req := httptest.NewRequest(method, path, nil)
	req.Header.Set("Role", role)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if into != nil && w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	return w.Code
}

type entries struct {
	Entries []audit.EntryView `json:"entries"`
}

// numbers are the entries' numbers in their order.
func (e entries) numbers() string {
	list := []string{}
	for _, x := range e.Entries {
		list = append(list, fmt.Sprint(x.Seq))
	}
	return strings.Join(list, " ")
}

func TestNobodyButTheAuditorReadsTheLog(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		_, log := open(t, target)
		h := serve(log)
		for _, role := range access.Roles() {
			want := http.StatusForbidden
			if role == access.RoleAuditor {
				want = http.StatusOK
			}
			if got := get(t, h, http.MethodGet, "/api/v1/audit", string(role), nil); got != want {
				t.Errorf("%s reads: %d, want %d", role, got, want)
			}
			if got := get(t, h, http.MethodPost, "/api/v1/audit/verification", string(role), nil); got != want {
				t.Errorf("%s verifies: %d, want %d", role, got, want)
			}
		}
		if got := get(t, h, http.MethodGet, "/api/v1/audit", "", nil); got != http.StatusUnauthorized {
			t.Errorf("nobody reads: %d", got)
		}
	})
}

func TestTheLogIsFilteredAndPaged(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		_, log := open(t, target)
		for _, e := range []audit.Entry{
			{Actor: audit.Actor{Kind: access.Staff, ID: "s1"}, Action: "identity.view", Object: "p1"},
			{Actor: audit.Actor{Kind: access.Staff, ID: "s1"}, Action: "item.save", Object: "i1"},
			{Actor: audit.Actor{Kind: access.Person, ID: "p1"}, Action: "identity.sign-in", Object: "p1"},
			{Actor: audit.System, Action: "identityx.view", Object: "p2"},
		} {
			if err := log.Write(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		h := serve(log)
		tests := []struct{ query, want string }{
			{"", "4 3 2 1"},
			{"?limit=2", "4 3"},
			{"?limit=2&before=3", "2 1"},
			{"?action=identity", "3 1"},
			{"?action=identity.view", "1"},
			{"?action=identity.vie", ""},
			{"?action=%25", ""},
			{"?actor=s1", "2 1"},
			{"?object=p1", "3 1"},
			{"?object=p1&actor=s1", "1"},
			{"?object=%27%20OR%201%3D1%20--", ""},
			{"?since=2999-01-01T00:00:00Z", ""},
			{"?until=1999-01-01T00:00:00Z", ""},
			{"?since=1999-01-01T00:00:00Z&until=2999-01-01T00:00:00Z", "4 3 2 1"},
		}
		for _, tt := range tests {
			var got entries
			if code := get(t, h, http.MethodGet, "/api/v1/audit"+tt.query, "auditor", &got); code != http.StatusOK || got.numbers() != tt.want {
				t.Errorf("%s: %d %q, want %q", tt.query, code, got.numbers(), tt.want)
			}
			for _, e := range got.Entries {
				if (e.ActorName == "沈编") != (e.Actor == "s1") {
					t.Errorf("%s: entry %d is %q's", tt.query, e.Seq, e.ActorName)
				}
			}
		}
		for _, wrong := range []string{"?limit=0", "?limit=1000", "?before=-1", "?since=yesterday", "?actor=" + strings.Repeat("a", 41)} {
			if code := get(t, h, http.MethodGet, "/api/v1/audit"+wrong, "auditor", nil); code != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", wrong, code)
			}
		}
	})
}

func TestACheckTellsAndIsItselfLogged(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		st, log := open(t, target)
		for range 3 {
			if err := log.Write(t.Context(), audit.Entry{Action: "a", Object: "o"}); err != nil {
				t.Fatal(err)
			}
		}
		h := serve(log)
		var got struct {
			Whole   bool
			Entries int64
			Problem string
		}
		if code := get(t, h, http.MethodPost, "/api/v1/audit/verification", "auditor", &got); code != http.StatusOK || !got.Whole || got.Entries != 3 {
			t.Fatalf("got %d %+v", code, got)
		}
		err := st.Write(t.Context(), "tamper", func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE audit SET object = 'x' WHERE seq = 2`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if code := get(t, h, http.MethodPost, "/api/v1/audit/verification", "auditor", &got); code != http.StatusOK || got.Whole || got.Entries != 1 || got.Problem == "" {
			t.Fatalf("got %d %+v", code, got)
		}
		list, err := log.Find(t.Context(), audit.Filter{Action: "audit.verify", Limit: 10})
		if err != nil || len(list) != 2 || list[0].Outcome != audit.Refused || list[1].Outcome != audit.Done || list[0].Actor.ID != "s9" {
			t.Errorf("got %+v, %v", list, err)
		}
	})
}
