package licence_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/licence"
)

// machine is where the cards of these tests are laid.
const machine = "kiosk-2"

var card = licence.Card{IDNumber: order().Holder.Number}

func atHall(t testing.TB, id string) context.Context {
	return access.With(t.Context(), access.Caller{Kind: access.Hall, ID: id})
}

func (l *library) printables(c licence.Card) (names []string, left int) {
	l.t.Helper()
	list, err := l.Printables(atHall(l.t, "east"), machine, c)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, p := range list.Licences {
		names, left = append(names, p.Name), p.Left
	}
	return names, left
}

func (l *library) handOut(id string) (licence.Sheet, error) {
	return l.HandOut(atHall(l.t, "east"), machine, licence.PrintOrder{Card: card, Licence: id, Place: "一楼东侧 2 号自助终端"})
}

func TestACardShowsItsHoldersOwnValidLicencesMasked(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		l := open(t, target)
		made := l.must(order())
		suspended := l.must(order())
		if _, err := l.Change(chief(t), suspended.ID, licence.Suspended, "检查"); err != nil {
			t.Fatal(err)
		}
		company := order()
		company.Holder = licence.Holder{Person: "lin", Legal: "restaurant", Name: "小雨餐饮", Number: "91330102MA00000001", Represented: "林小雨"}
		l.must(company)
		acting := order() // as the number of somebody who acts for a legal person
		acting.Holder.Legal = "restaurant"
		l.must(acting)

		list, err := l.Printables(atHall(t, "east"), machine, licence.Card{IDNumber: " " + strings.ToLower(card.IDNumber)})
		if err != nil || len(list.Licences) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		p := list.Licences[0]
		if p.ID != made.ID || p.Name != "食品经营许可证" || p.Issuer != made.Body.Name || p.Until != "2031-11-21" || p.Left != licence.DefaultPrints {
			t.Errorf("%+v", p)
		}
		if p.Holder != "林*" || p.Number == made.Number || !strings.HasPrefix(p.Number, made.Number[:4]+"*") || !strings.HasSuffix(p.Number, made.Number[len(made.Number)-4:]) {
			t.Errorf("not masked: %+v", p)
		}
		if names, _ := l.printables(licence.Card{IDNumber: "330100198503110171"}); len(names) != 0 {
			t.Errorf("another's card: %v", names)
		}
		l.forward(5, 1)
		if names, _ := l.printables(card); len(names) != 0 {
			t.Errorf("past its last day: %v", names)
		}
	})
}

func TestOnlyTheHoldersCardGetsAValidLicence(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		l := open(t, target)
		made := l.must(order())
		sheet, err := l.handOut(made.ID)
		if err != nil || !bytes.HasPrefix(sheet.PDF, []byte("%PDF-")) || sheet.Print == "" {
			t.Fatalf("%d bytes, %v", len(sheet.PDF), err)
		}
		legal := order()
		legal.Holder.Legal = "restaurant"
		company := l.must(legal)
		for name, tt := range map[string]struct {
			order licence.PrintOrder
			want  error
		}{
			"another's card":     {licence.PrintOrder{Card: licence.Card{IDNumber: "330100198503110171"}, Licence: made.ID}, licence.ErrUnknown},
			"no card":            {licence.PrintOrder{Licence: made.ID}, licence.ErrCard},
			"a long card":        {licence.PrintOrder{Card: licence.Card{IDNumber: strings.Repeat("9", 1000)}, Licence: made.ID}, licence.ErrCard},
			"no licence":         {licence.PrintOrder{Card: card}, licence.ErrUnknown},
			"a licence of SQL":   {licence.PrintOrder{Card: card, Licence: "' OR 1=1 --"}, licence.ErrUnknown},
			"a company's":        {licence.PrintOrder{Card: card, Licence: company.ID}, licence.ErrUnknown},
			"by its number only": {licence.PrintOrder{Card: card, Licence: made.Number}, licence.ErrUnknown},
		} {
			if got, err := l.HandOut(atHall(t, "east"), machine, tt.order); !errors.Is(err, tt.want) || len(got.PDF) > 0 {
				t.Errorf("%s: %d bytes, %v", name, len(got.PDF), err)
			}
		}
		for _, to := range []licence.State{licence.Suspended, licence.Revoked} {
			if _, err := l.Change(chief(t), made.ID, to, "检查"); err != nil {
				t.Fatal(err)
			}
			if got, err := l.handOut(made.ID); !errors.Is(err, licence.ErrNotValid) || len(got.PDF) > 0 {
				t.Errorf("%s: %d bytes, %v", to, len(got.PDF), err)
			}
		}
		if prints, err := l.PrintsOf(t.Context(), made.ID); err != nil || len(prints) != 1 {
			t.Errorf("what was refused is noted: %+v, %v", prints, err)
		}
	})
}

func TestALicenceComesOutSoOftenADayAndWhatFailedDoesntCount(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		l := open(t, target)
		made := l.must(order())
		print := func(outcome licence.Outcome) error {
			t.Helper()
			sheet, err := l.handOut(made.ID)
			if err != nil || outcome == licence.Sent {
				return err
			}
			report := licence.PrintReport{Print: sheet.Print, Outcome: outcome}
			for range 2 { // told again it changes nothing
				if noted, err := l.Report(atHall(t, "east"), machine, report); err != nil || strings.Contains(noted.Number, made.Number[5:10]) {
					t.Fatalf("%+v, %v", noted, err)
				}
			}
			return nil
		}
		for _, outcome := range []licence.Outcome{licence.Failed, licence.Printed, licence.Unknown, licence.Failed, licence.Sent} {
			if err := print(outcome); err != nil {
				t.Fatalf("%s: %v", outcome, err)
			}
		}
		if err := print(licence.Printed); !errors.Is(err, licence.ErrPrintLimit) {
			t.Errorf("once too often: %v", err)
		}
		if _, left := l.printables(card); left != 0 {
			t.Errorf("%d left", left)
		}
		prints, err := l.PrintsOf(t.Context(), made.ID)
		if err != nil || len(prints) != 5 {
			t.Fatalf("%+v, %v", prints, err)
		}
		if p := prints[1]; p.Outcome != licence.Printed || p.Hall != "东湖区政务服务中心" || p.Machine != "一楼东侧 2 号自助终端" || !p.At.Equal(l.clock()) {
			t.Errorf("%+v", p)
		}
		l.forward(0, 1)
		if _, left := l.printables(card); left != licence.DefaultPrints {
			t.Errorf("%d left on the next day", left)
		}
		// A printer that fails for ever isn't fed for ever.
		for n := 0; ; n++ {
			if err := print(licence.Failed); errors.Is(err, licence.ErrPrintLimit) && n >= 10 {
				break
			} else if err != nil || n > 100 {
				t.Fatalf("%d: %v", n, err)
			}
		}
	})
}

func TestTwoMachinesTogetherPrintNoMoreThanOne(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		l := open(t, target)
		made := l.must(order())
		var group sync.WaitGroup
		var mu sync.Mutex
		out := 0
		for range 8 {
			group.Go(func() {
				_, err := l.handOut(made.ID)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					out++
				case !errors.Is(err, licence.ErrPrintLimit):
					t.Error(err)
				}
			})
		}
		group.Wait()
		if out != licence.DefaultPrints {
			t.Errorf("%d came out", out)
		}
	})
}

func TestOnlyTheMachineThatGotASheetTellsOfIt(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	made := l.must(order())
	sheet, err := l.handOut(made.ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		hall, machine string
		report        licence.PrintReport
	}{
		"another hall":     {"west", machine, licence.PrintReport{Print: sheet.Print, Outcome: licence.Failed}},
		"another machine":  {"east", "kiosk-9", licence.PrintReport{Print: sheet.Print, Outcome: licence.Failed}},
		"no outcome":       {"east", machine, licence.PrintReport{Print: sheet.Print}},
		"as never told of": {"east", machine, licence.PrintReport{Print: sheet.Print, Outcome: licence.Sent}},
		"no print":         {"east", machine, licence.PrintReport{Outcome: licence.Failed}},
	} {
		if _, err := l.Report(atHall(t, tt.hall), tt.machine, tt.report); !errors.Is(err, licence.ErrReport) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if prints, err := l.PrintsOf(t.Context(), made.ID); err != nil || len(prints) != 1 || prints[0].Outcome != licence.Sent {
		t.Errorf("%+v, %v", prints, err)
	}
}

func TestACityThatPrintsNoneSaysSo(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	made := l.must(order())
	l.Prints = 0
	if _, err := l.Printables(atHall(t, "east"), machine, card); !errors.Is(err, licence.ErrPrintOff) {
		t.Errorf("%v", err)
	}
	if _, err := l.handOut(made.ID); !errors.Is(err, licence.ErrPrintOff) {
		t.Errorf("%v", err)
	}
}

func TestAMachineThatReadsTooManyCardsWaits(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	for n := 0; n < 100; n++ {
		if _, err := l.Printables(atHall(t, "east"), machine, card); errors.Is(err, licence.ErrPrintPace) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Error("it reads on")
}

func TestWhatAHallAsksBadlyIsRefused(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	made := l.must(order())
	for _, body := range []string{``, `[]`, `{"idNumber":7}`, `{"idNumber":""}`, `{"idNumber":"` + strings.Repeat("x", 41) + `"}`} {
		for name, asked := range map[string]func(context.Context, string, json.RawMessage) (any, error){"list": l.AskedList, "print": l.AskedPrint} {
			if _, err := asked(atHall(t, "east"), machine, json.RawMessage(body)); !errors.Is(err, licence.ErrCard) && !errors.Is(err, licence.ErrUnknown) {
				t.Errorf("%s %q: %v", name, body, err)
			}
		}
		if _, err := l.AskedPrinted(atHall(t, "east"), machine, json.RawMessage(body)); !errors.Is(err, licence.ErrReport) {
			t.Errorf("%q: %v", body, err)
		}
	}
	if prints, err := l.PrintsOf(t.Context(), made.ID); err != nil || len(prints) != 0 {
		t.Errorf("%+v, %v", prints, err)
	}
}

// The line carries an answer of 900 KiB, JSON and all.
func TestASheetGoesThroughTheLine(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	o := order()
	o.Values["name"] = strings.Repeat("东湖市很长名字的餐饮管理有限公司", 30)
	sheet, err := l.handOut(l.must(o).ID)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(sheet)
	if err != nil || len(data) > 900<<10 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	t.Logf("%d bytes of PDF, %d on the line", len(sheet.PDF), len(data))
}

func TestHolderAndOfficeSeeWhereItWasPrinted(t *testing.T) {
	l := open(t, t.TempDir()+"/p.db")
	made := l.must(order())
	if _, err := l.handOut(made.ID); err != nil {
		t.Fatal(err)
	}
	router := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Caller: func(r *http.Request) (access.Caller, error) { return access.From(r.Context()), nil }})
	l.Routes(router)
	for name, tt := range map[string]struct {
		who  context.Context
		want int
	}{
		"her own": {person(t, "lin", ""), 200}, "another's": {person(t, "chen", ""), 404}, "nobody": {t.Context(), 401}, "the body that issued it": {chief(t), 200},
	} {
		w := httptest.NewRecorder()
		router.Handler().ServeHTTP(w, httptest.NewRequestWithContext(tt.who, http.MethodGet, "/api/v1/licences/"+made.ID+"/history", nil))
		if seen := strings.Contains(w.Body.String(), "2 号自助终端"); w.Code != tt.want || seen != (tt.want == 200) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
