package hub_test

import (
	"errors"
	"testing"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

func FuzzCommand(f *testing.F) {
	for _, seed := range []string{
		`{"type":"ticket.take","id":"1","body":{"service":"tax","channel":"card","person":{"name":"王小明","idNumber":"11010519491231002X"},"print":true}}`,
		`{"type":"ticket.finish","id":"2","body":{"ticket":"T","result":"ok"}}`,
		`{"type":"ticket.rate","id":"3","body":{"ticket":"T","score":5}}`,
		`{"type":"window.pause","id":"4","body":{"text":"稍候"}}`,
		`{"type":"window.call","id":"5","body":{"ticket":"T","reason":"\u0000"}}`,
		`{"type":"window.callNext","id":"6"}`, `{"type":"call.shown"}`, `{}`, `[]`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	fx := newFixture(f, options{})
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := link.Decode(data)
		if err != nil {
			return
		}
		if m.Type == link.TypeWindowSignIn {
			return // a password check is slow on purpose
		}
		for _, role := range []link.Role{link.RoleKiosk, link.RoleCounter, link.RoleDisplay} {
			cmd, err := fx.hub.Decode(role, "4", m)
			var refusal *queue.Refusal
			switch {
			case err == nil && cmd == nil:
				t.Errorf("%s as %s: neither command nor error", m.Type, role)
			case err != nil && !errors.As(err, &refusal) && !errors.Is(err, link.ErrMalformed):
				t.Errorf("%s as %s: %v", m.Type, role, err)
			case err == nil && role == link.RoleDisplay:
				t.Errorf("a display may give %s", cmd.Name())
			}
		}
	})
}
