package exchange_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/fault"
)

func TestMembersAreChecked(t *testing.T) {
	w := &world{now: start, cases: map[string]exchange.Handover{}, steps: map[string][]exchange.Step{}}
	city := open(t, sqldbtest.File(t), w, newLine())
	good := exchange.Member{
		Code: "province", Name: "省平台", Kind: exchange.Upper, KnownAs: "city", Address: "https://province.example/api/v1", PublicKey: newSigner(t, 7).Public(), Region: "330100",
	}
	for name, test := range map[string]struct {
		change func(m *exchange.Member)
		field  string
	}{
		"code":               {func(m *exchange.Member) { m.Code = "Pro vince" }, "code"},
		"name":               {func(m *exchange.Member) { m.Name = " " }, "name"},
		"what it calls us":   {func(m *exchange.Member) { m.KnownAs = "" }, "knownAs"},
		"no TLS":             {func(m *exchange.Member) { m.Address = "http://province.example" }, "address"},
		"a secret in it":     {func(m *exchange.Member) { m.Address = "https://a:b@province.example" }, "address"},
		"another scheme":     {func(m *exchange.Member) { m.Address = "file:///etc/passwd" }, "address"},
		"no key":             {func(m *exchange.Member) { m.PublicKey = "04ab" }, "publicKey"},
		"our own key":        {func(m *exchange.Member) { m.PublicKey = city.Public() }, "publicKey"},
		"region":             {func(m *exchange.Member) { m.Region = "33010" }, "region"},
		"an unknown service": {func(m *exchange.Member) { m.Grants = []exchange.Grant{{Service: "case.all"}} }, "grants"},
		"a department's":     {func(m *exchange.Member) { m.Grants = []exchange.Grant{{Service: exchange.ServiceStep}} }, "grants"},
		"what everybody has": {func(m *exchange.Member) { m.Grants = []exchange.Grant{{Service: exchange.ServiceCheck}} }, "grants"},
		"twice": {func(m *exchange.Member) {
			m.Grants = []exchange.Grant{{Service: exchange.ServiceReport}, {Service: exchange.ServiceReport}}
		}, "grants"},
		"to send, no address": {func(m *exchange.Member) {
			m.Address, m.Grants = "", []exchange.Grant{{Service: exchange.ServiceReport}}
		}, "grants"},
		"no body":         {func(m *exchange.Member) { m.Kind = exchange.Department }, "organisation"},
		"no such account": {func(m *exchange.Member) { m.Kind, m.Organisation, m.Account = exchange.Department, "medicare", "admin" }, "account"},
		"another body's":  {func(m *exchange.Member) { m.Kind, m.Organisation, m.Account = exchange.Department, "police", "yibao" }, "account"},
	} {
		t.Run(name, func(t *testing.T) {
			m := good
			test.change(&m)
			_, err := city.AddMember(admin(t.Context()), m)
			no := fault.Of(err)
			if !errors.Is(err, exchange.ErrInput) || !slices.ContainsFunc(no.Fields, func(f fault.Field) bool { return f.Name == test.field }) {
				t.Errorf("it is refused with %v, want one about %s", err, test.field)
			}
		})
	}
	if list, err := city.Members(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("there are %+v, %v", list, err)
	}
	if _, err := city.AddMember(admin(t.Context()), good); err != nil {
		t.Fatal(err)
	}
	if _, err := city.AddMember(admin(t.Context()), good); !errors.Is(err, exchange.ErrTakenCode) {
		t.Errorf("twice: %v", err)
	}
	entries, err := city.audit.Of(t.Context(), "province", 5)
	if err != nil || len(entries) != 1 || entries[0].Action != "exchange.add-member" {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}
}

func TestANewKeyTakesTheOldOnesPlace(t *testing.T) {
	city, s := department(t, sqldbtest.File(t))
	m, err := city.Member(t.Context(), "medicare-system")
	if err != nil {
		t.Fatal(err)
	}
	old := s.signer
	s.signer = newSigner(t, 8)
	m.PublicKey, m.Account = s.signer.Public(), "yibao"
	if _, err := city.ChangeMember(admin(t.Context()), m); err != nil {
		t.Fatal(err)
	}
	if r := s.say(exchange.ServiceCheck, struct{}{}); r.Outcome != exchange.Taken {
		t.Errorf("the new key: %+v", r)
	}
	s.signer = old
	if _, err := s.post(s.envelope(exchange.ServiceCheck, struct{}{})); !errors.Is(err, exchange.ErrBelieved) {
		t.Errorf("the old key: %v", err)
	}
}

func TestSharedDataIsGivenForAPurposeAndEachCallIsLogged(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		city, s := department(t, target)
		m, err := city.Member(t.Context(), "medicare-system")
		if err != nil {
			t.Fatal(err)
		}
		m.Account = "yibao"
		m.Grants = append(m.Grants, exchange.Grant{Service: exchange.ServiceLicence}, exchange.Grant{Service: exchange.ServicePerson})
		if _, err := city.ChangeMember(admin(t.Context()), m); err != nil {
			t.Fatal(err)
		}
		why := func(more map[string]any) map[string]any {
			more["purpose"], more["caseNo"] = "生育津贴审核", "NO-1"
			return more
		}
		for _, test := range []struct {
			service string
			body    map[string]any
			want    string // in the data, or the code of a refusal
		}{
			{exchange.ServiceLicence, why(map[string]any{"type": "food", "holder": "91330102dem0002017"}), `"found":true`},
			{exchange.ServiceLicence, why(map[string]any{"type": "food", "holder": "91330102DEM0000000"}), `"found":false`},
			{exchange.ServiceLicence, map[string]any{"type": "food", "holder": "91330102DEM0002017"}, "exchange.purpose"},
			{exchange.ServicePerson, why(map[string]any{"name": "林晓", "idNumber": "330100199005200128"}), `"matches":true`},
			{exchange.ServicePerson, why(map[string]any{"name": "林小", "idNumber": "330100199005200128"}), `"matches":false`},
			{exchange.ServicePerson, why(map[string]any{"name": "林晓", "idNumber": "330100199005200129"}), "exchange.body"},
		} {
			r := s.say(test.service, test.body)
			if got := string(r.Data) + r.Code; !strings.Contains(got, test.want) {
				t.Errorf("%s %v is answered with %s, want %s", test.service, test.body, got, test.want)
			}
		}
		calls, err := city.Calls(t.Context(), "", "", 100)
		if err != nil || len(calls) != 4 || calls[3].Purpose != "生育津贴审核" || !calls[3].Found || calls[2].Found {
			t.Errorf("the log has %+v, %v", calls, err)
		}
		for _, msg := range city.messages(exchange.In) {
			d, err := city.Message(t.Context(), msg.Key)
			if text, bad := json.Marshal(d); err != nil || bad != nil || strings.Contains(string(text), "33010019") {
				t.Errorf("administrators see %s, %v", text, err)
			}
		}
	})
}

func TestOpenKeysHaveTheirDays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		w := &world{now: start, cases: map[string]exchange.Handover{}, steps: map[string][]exchange.Step{}}
		city := open(t, target, w, newLine())
		ctx := admin(t.Context())
		if _, _, err := city.AddKey(ctx, exchange.Key{Name: "x", Contact: "", PerDay: 0}); !errors.Is(err, exchange.ErrInput) {
			t.Errorf("a key for nobody: %v", err)
		}
		key, secret, err := city.AddKey(ctx, exchange.Key{Name: "地图服务商", Contact: "张三 13800000000", PerDay: 2})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []error{nil, nil, exchange.ErrQuota} {
			if err := city.Use(t.Context(), secret); !errors.Is(err, want) {
				t.Errorf("request %d: %v, want %v", i+1, err, want)
			}
		}
		if list, err := city.KeyList(t.Context()); err != nil || len(list) != 1 || list[0].Today != 2 {
			t.Errorf("keys are %+v, %v", list, err)
		}
		w.forward(24 * time.Hour)
		if err := city.Use(t.Context(), secret); err != nil {
			t.Errorf("the next day: %v", err)
		}
		key.Active = false
		if err := city.ChangeKey(ctx, key); err != nil {
			t.Fatal(err)
		}
		for _, shown := range []string{secret, "", "sh-aaaaaaaaaaaaaaaaaaaaaaaaaa"} {
			if err := city.Use(t.Context(), shown); !errors.Is(err, exchange.ErrKey) {
				t.Errorf("key %q: %v", shown, err)
			}
		}
	})
}
