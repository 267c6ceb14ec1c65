package identity_test

import (
	"errors"
	"testing"
	"time"

	"smarthall/internal/awaytest"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity"
)

// TestWhoConfirmsIdentitiesIsNotWaitedForWhenAway: whatever a prover, a register
// or the province does instead of answering, nobody is proved and the question
// ends in its time with words that say which system it was.
func TestWhoConfirmsIdentitiesIsNotWaitedForWhenAway(t *testing.T) {
	for _, server := range awaytest.Servers(t) {
		at := `name: 人社厅, url: "http://` + server.Addr + `/ask", secretFile: secret, timeout: 500ms`
		o, _, err := outer(t, `provers: [{kind: id-card, `+at+`}, {kind: social-card, `+at+`}]
legalRegister: {`+at+`}
`)
		if err != nil {
			t.Fatal(err)
		}
		province := identity.NewProvince(identity.ProvinceSettings{Issuer: "http://" + server.Addr, Client: "city", Timeout: 500 * time.Millisecond})
		for name, tt := range map[string]struct {
			ask  func() error
			want *fault.Fault
		}{
			"prover":   {func() error { return o.Provers[identity.ProofSocial].Prove(t.Context(), "张三", number(1), "A1") }, identity.ErrProverAway},
			"register": {func() error { return o.LegalRegister.Confirm(t.Context(), credit, "甲公司", "张三") }, identity.ErrProverAway},
			"province": {func() error { return province.Discover(t.Context()) }, identity.ErrProvinceAway},
		} {
			t.Run("a "+name+" that "+server.Name, func(t *testing.T) {
				t.Parallel()
				begun := time.Now()
				if err := tt.ask(); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				if took := time.Since(begun); took > awaytest.Patience {
					t.Errorf("it was waited for %s", took)
				}
			})
		}
	}
}
