package server

import (
	"net/http"
	"strings"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// owned says, for what a path names by its first parameter, where a real id of
// one is that has an owner. The longest beginning of a path counts.
var owned = map[string]string{
	"/staff/{id}":               `SELECT id FROM staff WHERE account = 'anquan'`,
	"/organisations/{id}":       `SELECT id FROM organisation WHERE id = 'market'`,
	"/legal-persons/{id}":       `SELECT id FROM legal_person ORDER BY id LIMIT 1`,
	"/item-drafts/{id}":         `SELECT id FROM item_head WHERE id = 'business-licence'`,
	"/items/{id}/proposals":     `SELECT id FROM item_head WHERE id = 'business-licence'`,
	"/appointments/settings/":   `SELECT id FROM node_hall ORDER BY id LIMIT 1`,
	"/supervision/cases/{id}":   `SELECT id FROM case_record WHERE state = 'accepted' ORDER BY id LIMIT 1`,
	"/supervision/signals/{id}": `SELECT id FROM supervision_signal ORDER BY id LIMIT 1`,
	"/supervision/orders/{id}":  `SELECT id FROM supervision_order ORDER BY id LIMIT 1`,
	"/payments/{id}":            `SELECT id FROM payment_order ORDER BY id LIMIT 1`,
	"/payment-receipts/{id}":    `SELECT id FROM payment_order ORDER BY id LIMIT 1`,
	"/licences/{id}":            `SELECT id FROM licence_issued ORDER BY id LIMIT 1`,
	"/licence-files/{id}":       `SELECT id FROM licence_issued ORDER BY id LIMIT 1`,
	"/my/voices/{id}":           `SELECT id FROM evaluation_voice ORDER BY id LIMIT 1`,
	"/voices/{id}":              `SELECT id FROM evaluation_voice ORDER BY id LIMIT 1`,
	"/staff/conversations/{id}": aConversation,
	"/rectifications/{id}":      `SELECT id FROM evaluation_rectification ORDER BY id LIMIT 1`,
	"/cases/{id}":               `SELECT id FROM case_record WHERE state = 'accepted' ORDER BY id LIMIT 1`,
	"/acceptance/cases/{id}":    `SELECT id FROM case_record WHERE state = 'accepted' ORDER BY id LIMIT 1`,
	"/tasks/{id}":               `SELECT id FROM flow_task WHERE state = 'open' ORDER BY id LIMIT 1`,
	"/document-prefixes/":       `SELECT id FROM organisation WHERE id = 'market'`,
}

// cityWide are the operations of the identity desks, which look after the
// accounts of all: a person or a unit belongs to no region.
var cityWide = map[string]bool{"disable-legal-person": true, "ask-enable-legal-person": true, "enable-legal-person": true}

// foreigners are those who have an operation's right and nothing to do with what
// they ask for: staff with all roles in another city, the managing body of which
// has another id; a person and a hall of whom nothing is.
func foreigners() map[string]access.Caller {
	return map[string]access.Caller{
		"foreign staff":  {Kind: access.Staff, ID: "foreign", Region: "340100", Org: "elsewhere", Roles: access.Roles(), Session: "s"},
		"foreign person": {Kind: access.Person, ID: "foreign", Session: "s"},
		"foreign hall":   {Kind: access.Hall, ID: "foreign"},
	}
}

// TestIdsOfOthersOpenNothing asks every operation whose path names something that
// has an owner, by a real id, as somebody who has the right but isn't concerned:
// nothing is shown, and the audit log, in which every change stands, gets no line.
func TestIdsOfOthersOpenNothing(t *testing.T) {
	c, router, _ := demoPlatform(t, true)
	handler := router.Handler()
	ids := map[string]string{}
	for beginning, query := range owned {
		var id string
		if err := c.store.Read().QueryRowContext(t.Context(), query).Scan(&id); err != nil {
			t.Errorf("no real id for %s: %v", beginning, err)
		}
		ids[beginning] = id
	}
	logged := func() (n int64) {
		if err := c.store.Read().QueryRowContext(t.Context(), `SELECT seq FROM audit_head WHERE id = 1`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	met := map[string]bool{}
	for _, op := range router.Operations() {
		beginning := ownerOf(op)
		if beginning == "" || op.Who.Allows(access.Caller{}) || cityWide[op.ID] {
			continue
		}
		met[beginning] = true
		named := op
		open, rest, _ := strings.Cut(op.Path, "{")
		_, rest, _ = strings.Cut(rest, "}")
		t.Run(op.Method+" "+op.Path, func(t *testing.T) {
			for name, caller := range foreigners() {
				if !op.Who.Allows(caller) {
					continue
				}
				before := logged()
				res := askAt(t, router, handler, named, open+ids[beginning]+rest, name)
				if res.Code < http.StatusBadRequest || res.Code >= http.StatusInternalServerError {
					t.Errorf("%s is answered %d %.200s", name, res.Code, res.Body)
				}
				if after := logged(); after != before {
					t.Errorf("%s left %d lines in the log", name, after-before)
				}
			}
		})
	}
	for beginning := range owned {
		if !met[beginning] {
			t.Errorf("no operation begins with %s", beginning)
		}
	}
}

// ownerOf is the longest beginning in owned that an operation's path has.
func ownerOf(op httpd.Operation) string {
	path, best := strings.TrimPrefix(op.Path, httpd.Prefix), ""
	for beginning := range owned {
		if strings.HasPrefix(path, beginning) && len(beginning) > len(best) {
			best = beginning
		}
	}
	return best
}
