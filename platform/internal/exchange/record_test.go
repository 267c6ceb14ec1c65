package exchange_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"smarthall/internal/gm"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/exchange"
	"smarthall/platform/internal/store"
)

// sharer is a system outside that shares records, or answers something else.
type sharer struct {
	key    *gm.Signer
	data   string
	no     bool
	orders []exchange.RecordOrder
}

func newSharer(t *testing.T, p *platform, code string) *sharer {
	t.Helper()
	s := &sharer{key: newSigner(t, code[0])}
	p.line.to["https://"+code+".example"] = s.take
	return s
}

func (s *sharer) take(_ context.Context, data []byte) ([]byte, error) {
	e, err := exchange.ParseEnvelope(data)
	if err != nil {
		return nil, err
	}
	var o exchange.RecordOrder
	if err := json.Unmarshal([]byte(e.Body), &o); err != nil {
		return nil, err
	}
	s.orders = append(s.orders, o)
	r := exchange.Receipt{Outcome: exchange.Taken, Data: json.RawMessage(s.data)}
	if s.no {
		r = exchange.Receipt{Outcome: exchange.No, Code: "nothing"}
	}
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	a := exchange.Envelope{ID: store.NewID(), From: e.To, To: e.From, Service: "receipt", At: e.At, Re: e.ID, Body: string(body)}
	if err := a.Sign(s.key); err != nil {
		return nil, err
	}
	return json.Marshal(a)
}

func TestAClerkGetsTheRecordOfWhoeverSharesIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		p := open(t, target, &world{now: start}, newLine())
		order := exchange.RecordOrder{
			Purpose: "核验申请材料", CaseNo: "NO-1", Material: "户口登记信息", Body: "公安局", Name: "林晓", IDNumber: "330100199005200128", Region: "330102",
		}
		if _, err := p.FetchRecord(t.Context(), order); !errors.Is(err, exchange.ErrService) {
			t.Fatalf("with nobody who shares: %v", err)
		}
		province, police := newSharer(t, p, "province"), newSharer(t, p, "ga")
		p.add(exchange.Member{
			Code: "province", Name: "省平台", Kind: exchange.Upper, KnownAs: "city", Address: "https://province.example", PublicKey: province.key.Public(), Region: "330000",
		}, exchange.ServiceRecord)
		p.add(exchange.Member{
			Code: "ga", Name: "市公安局人口系统", Kind: exchange.Department, KnownAs: "city", Address: "https://ga.example", PublicKey: police.key.Public(),
			Region: "330100", Organisation: "medicare", Account: "yibao",
		}, exchange.ServiceRecord)
		police.data = `{"found":true,"record":{"number":"HK-1","body":"市公安局","fields":[{"name":"住址","value":"湖滨路 1 号"}]}}`
		province.data = `{"found":false}`

		r, err := p.FetchRecord(t.Context(), order)
		if err != nil || r.Number != "HK-1" || r.Member != "ga" || len(r.Fields) != 1 || len(province.orders) != 0 {
			t.Fatalf("%+v, %v; the province was asked %d times", r, err, len(province.orders))
		}
		want := order
		want.Region = ""
		if police.orders[0] != want {
			t.Errorf("asked %+v, want %+v", police.orders[0], want)
		}

		police.data = `{"found":false}`
		if _, err := p.FetchRecord(t.Context(), order); !errors.Is(err, exchange.ErrNoRecord) || len(province.orders) != 1 {
			t.Errorf("with a record nowhere: %v; the province was asked %d times", err, len(province.orders))
		}
		for name, change := range map[string]func(){
			"nonsense":      func() { police.data = `[1]` },
			"half":          func() { police.data = `{"found":true}` },
			"contradiction": func() { police.data = `{"found":false,"record":{"number":"x","body":"y"}}` },
			"a refusal":     func() { police.no = true },
			"silence":       func() { p.line.to["https://ga.example"] = nil },
		} {
			change()
			if _, err := p.FetchRecord(t.Context(), order); !errors.Is(err, exchange.ErrAway) {
				t.Errorf("%s, and a province that has none: %v", name, err)
			}
			police.no = false
		}
		province.data = `{"found":true,"record":{"number":"P-1","body":"省公安厅"}}`
		if r, err := p.FetchRecord(t.Context(), order); err != nil || r.Member != "province" {
			t.Errorf("the province has it: %+v, %v", r, err)
		}
		order.Region = "420100"
		if _, err := p.FetchRecord(t.Context(), order); !errors.Is(err, exchange.ErrService) {
			t.Errorf("of another province: %v", err)
		}
		for _, m := range p.messages(exchange.Out) {
			if m.State != exchange.Acknowledged && m.State != exchange.Refused {
				t.Errorf("a question was left %s: nobody asks it again", m.State)
			}
		}
	})
}
