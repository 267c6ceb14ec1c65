package appointment_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxqr "github.com/makiuchi-d/gozxing/qrcode"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/appointment"
	"smarthall/platform/internal/httpd"
)

// api serves the context's operations to callers that a header names: p1, p2 …
// are people, hall is a hall, and REGION/ROLE is staff.
func (c *city) api() (http.Handler, []httpd.Operation) {
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Caller: func(r *http.Request) (access.Caller, error) {
		who := r.Header.Get("X-Test-Caller")
		region, role, staff := strings.Cut(who, "/")
		switch {
		case who == "":
			return access.Caller{}, nil
		case who == "hall":
			return access.Caller{Kind: access.Hall, ID: "east"}, nil
		case staff:
			return access.Caller{Kind: access.Staff, ID: "s1", Region: region, Roles: []access.Role{access.Role(role)}}, nil
		default:
			return access.Caller{Kind: access.Person, ID: who}, nil
		}
	}})
	c.Routes(r)
	return r.Handler(), r.Operations()
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.body) }

// code is the problem document's code.
func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p) // no problem has no code
	return p.Code
}

func ask(h http.Handler, who, method, path, body string, headers ...string) answer {
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	req := httptest.NewRequest(method, "/api/v1"+path, in)
	req.Header.Set("X-Test-Caller", who)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

func decode[T any](t *testing.T, a answer, status int) (v T) {
	t.Helper()
	if a.status != status {
		t.Fatalf("got %v, want %d", a, status)
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

const good = `{"hall":"east","item":"invoice","day":"2026-11-24","from":"09:00"}`

func TestAVisitThroughTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		h, _ := c.api()
		c.person(1)
		offers := decode[struct{ Offers []appointment.Offer }](t, ask(h, "", "GET", "/appointments/offers?item=invoice", ""), 200).Offers
		if len(offers) != 1 || offers[0].Days[0].Periods[0] != (appointment.OfferPeriod{From: nine, To: ten, Places: 10, Left: 10}) {
			t.Fatalf("offers %+v", offers)
		}
		first := ask(h, "p1", "POST", "/appointments", good, "Idempotency-Key", "k")
		booked := decode[appointment.View](t, first, 201)
		if booked.Name != "*三" && booked.Name != "张*" || strings.Contains(string(first.body), number(1)) || len(booked.Code) != 8 || !booked.Changeable {
			t.Errorf("booked %s", first.body)
		}
		again := ask(h, "p1", "POST", "/appointments", good, "Idempotency-Key", "k")
		if same := decode[appointment.View](t, again, 201); same.ID != booked.ID || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("again %s", again)
		}
		if a := ask(h, "p1", "POST", "/appointments", strings.Replace(good, "24", "25", 1), "Idempotency-Key", "k"); a.status != 422 || a.code() != "appointment.request-reused" {
			t.Errorf("the key of another: %s", a)
		}
		mine := decode[struct{ Appointments []appointment.View }](t, ask(h, "p1", "GET", "/me/appointments", ""), 200).Appointments
		if len(mine) != 1 || mine[0].Code != booked.Code {
			t.Errorf("mine %+v", mine)
		}
		moved := decode[appointment.View](t, ask(h, "p1", "POST", "/appointments/"+booked.ID+"/move", `{"day":"2026-11-25","from":"14:00"}`), 200)
		if moved.Day != wednesday || moved.From != two || moved.HallName != "东湖区政务服务中心" {
			t.Errorf("moved %+v", moved)
		}
		seen := ask(h, "330102/service-desk", "GET", "/appointments/"+booked.ID, "")
		if v := decode[appointment.View](t, seen, 200); v.Code != "" || v.Phone != "138****0001" {
			t.Errorf("staff see %s", seen.body)
		}
		cancelled := decode[appointment.View](t, ask(h, "p1", "POST", "/appointments/"+booked.ID+"/cancel", ""), 200)
		if cancelled.State != appointment.Cancelled || cancelled.Changeable {
			t.Errorf("cancelled %+v", cancelled)
		}
		if a := ask(h, "p1", "GET", "/me/appointments/"+booked.ID+"/code.png", ""); a.status != 409 {
			t.Errorf("the code of a cancelled appointment: %s", a)
		}
	})
}

func TestTheQRCodeSaysTheCode(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		h, _ := c.api()
		b := c.book(c.person(1), visit(tuesday, nine))
		a := ask(h, "p1", "GET", "/me/appointments/"+b.ID+"/code.png", "")
		if a.status != 200 || a.header.Get("Content-Type") != "image/png" {
			t.Fatalf("got %v %s", a.status, a.header)
		}
		picture, err := png.Decode(bytes.NewReader(a.body))
		c.must(err)
		bits, err := gozxing.NewBinaryBitmapFromImage(picture)
		c.must(err)
		read, err := zxqr.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
		if err != nil || read.GetText() != b.Code {
			t.Errorf("read %v, %v, want %s", read, err, b.Code)
		}
		if a := ask(h, "p2", "GET", "/me/appointments/"+b.ID+"/code.png", ""); a.code() != "appointment.unknown" {
			t.Errorf("another person sees %s", a)
		}
	})
}

func TestStaffOperationsThroughTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		h, _ := c.api()
		const staff = "330102/appointment"
		for _, step := range []struct {
			method, path, body string
			status             int
		}{
			{"PUT", "/appointments/settings/east/services/food", `{"share":50,"periods":[{"from":"09:00","to":"12:00","places":30}]}`, 204},
			{"PUT", "/appointments/settings/east/items/food-licence", `{"service":"food","name":"食品经营许可","open":true,"firstDay":1,"days":7}`, 204},
			{"GET", "/appointments/settings/east", "", 200},
			{"POST", "/appointments/telephone", `{"hall":"east","item":"food-licence","day":"2026-11-24","from":"09:00","name":"李四","idNumber":"` + number(5) + `","phone":"13800000005"}`, 201},
			{"PUT", "/appointments/periods", `{"hall":"east","service":"food","day":"2026-11-24","from":"09:00","closed":"停电","cancel":true}`, 200},
			{"GET", "/appointments?hall=east&day=2026-11-24", "", 200},
			{"GET", "/appointments/export?hall=east&day=2026-11-24", "", 200},
			{"GET", "/appointments/statistics?hall=east&from=2026-11-01&to=2026-11-30", "", 200},
			{"PUT", "/appointments/days", `{"hall":"east","day":"2026-11-28","work":true,"name":"周末服务"}`, 204},
			{"GET", "/appointments/days", "", 200},
			{"DELETE", "/appointments/days?hall=east&day=2026-11-28", "", 204},
			{"PUT", "/appointments/rules", `{"misses":2,"days":30,"suspended":60}`, 204},
			{"GET", "/appointments/rules", "", 200},
			{"GET", "/appointments/appeals", "", 200},
		} {
			if a := ask(h, staff, step.method, step.path, step.body); a.status != step.status {
				t.Errorf("%s %s: %s", step.method, step.path, a)
			}
		}
		list := decode[struct{ Appointments []appointment.View }](t, ask(h, staff, "GET", "/appointments?hall=east&day=2026-11-24", ""), 200).Appointments
		if len(list) != 1 || list[0].State != appointment.Cancelled || list[0].Reason != "停电" {
			t.Errorf("the day is %+v", list)
		}
		if days := decode[struct{ Days []any }](t, ask(h, staff, "GET", "/appointments/days", ""), 200).Days; len(days) != 0 {
			t.Errorf("days %v", days)
		}
	})
}

// TestNobodyButThoseMeant goes through every operation with every kind of
// caller: who isn't meant gets 401 or 403, and who is never does.
func TestNobodyButThoseMeant(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		h, operations := c.api()
		callers := map[string]access.Caller{"": {}, "p1": {Kind: access.Person, ID: "p1"}, "hall": {Kind: access.Hall, ID: "east"}}
		for _, role := range access.Roles() {
			callers["330102/"+string(role)] = access.Caller{Kind: access.Staff, Region: "330102", Roles: []access.Role{role}}
		}
		public := 0
		for _, op := range operations {
			path := strings.TrimPrefix(op.Path, "/api/v1")
			for _, name := range []string{"id", "hall", "item", "service", "number"} {
				path = strings.ReplaceAll(path, "{"+name+"}", "x")
			}
			body := ""
			if op.Method != "GET" && op.Method != "DELETE" {
				body = `{}`
			}
			for who, caller := range callers {
				a := ask(h, who, op.Method, path, body)
				closed := a.status == 401 || a.status == 403 && a.code() == "request.forbidden"
				if closed == op.Who.Allows(caller) {
					t.Errorf("%s by %q: %v", op, who, a)
				}
				if a.status >= 500 {
					t.Errorf("%s by %q: %v", op, who, a)
				}
			}
			if op.Who.Allows(access.Caller{}) {
				public++
			}
		}
		if public != 2 { // what is offered, and the rules of credit
			t.Errorf("%d operations are open to everybody", public)
		}
	})
}

func TestHostileRequestsChangeNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		h, _ := c.api()
		c.person(1)
		for name, body := range map[string]string{
			"no JSON":           `{`,
			"a list":            `[]`,
			"nothing":           `{}`,
			"SQL":               `{"hall":"east","item":"invoice","day":"2026-11-24'; DROP TABLE appointment; --","from":"09:00"}`,
			"SQL for an item":   `{"hall":"east","item":"' UNION SELECT 1 --","day":"2026-11-24","from":"09:00"}`,
			"a script":          `{"hall":"<script>","item":"invoice","day":"2026-11-24","from":"09:00"}`,
			"25 o'clock":        `{"hall":"east","item":"invoice","day":"2026-11-24","from":"25:00"}`,
			"a number":          `{"hall":"east","item":"invoice","day":"2026-11-24","from":540}`,
			"a time zone":       `{"hall":"east","item":"invoice","day":"2026-11-24T09:00:00+14:00","from":"09:00"}`,
			"full-width digits": `{"hall":"east","item":"invoice","day":"２０２６-11-24","from":"09:00"}`,
			"another's name":    `{"hall":"east","item":"invoice","day":"2026-11-24","from":"09:00","person":"p2"}`,
			"huge":              `{"hall":"` + strings.Repeat("x", 1<<20) + `"}`,
		} {
			a := ask(h, "p1", "POST", "/appointments", body)
			if a.status < 400 || a.status >= 500 {
				t.Errorf("%s: %.300s", name, a)
			}
		}
		for _, path := range []string{
			"/appointments/offers?item=' OR ''='", "/appointments/offers?item=invoice&hall=%00", "/appointments/offers", "/appointments/offers?item=" + strings.Repeat("x", 5000),
			"/appointments/%27%20OR%20%271%27=%271", "/appointments/..%2f..%2fme",
		} {
			if a := ask(h, "p1", "GET", strings.ReplaceAll(path, " ", "%20"), ""); a.status >= 500 {
				t.Errorf("%s: %s", path, a)
			}
		}
		if n := c.count(`SELECT count(*) FROM appointment`); n != 0 {
			t.Errorf("%d bookings", n)
		}
		b := c.book(c.person(1), visit(tuesday, nine))
		for _, who := range []string{"", "p2", "hall", "330103/appointment", "330102/clerk"} {
			for _, verb := range []string{"cancel", "move"} {
				a := ask(h, who, "POST", "/appointments/"+b.ID+"/"+verb, `{"day":"2026-11-25","from":"09:00"}`)
				if !slices.Contains([]int{401, 403, 404, 422}, a.status) {
					t.Errorf("%s by %q: %s", verb, who, a)
				}
			}
		}
		if c.state(b) != appointment.Booked || c.left("invoice", tuesday, nine) != 9 {
			t.Error("somebody else changed it")
		}
	})
}

func FuzzClocks(f *testing.F) {
	for _, seed := range []string{"09:00", "24:00", "24:01", "9:00", "", "--:--", "0a:00", "99:99", "０９:00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c appointment.Clock
		if err := c.UnmarshalText([]byte(text)); err == nil && (c.String() != text || c < 0 || c > 24*60) {
			t.Errorf("%q is read as %s", text, c)
		}
	})
}
