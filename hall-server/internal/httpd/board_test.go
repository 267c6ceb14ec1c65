package httpd_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/alarm"
	"smarthall/hall-server/internal/hall"
	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// wallHall is a hall with a roster and a camera, on a Monday at ten.
func wallHall(t *testing.T) *fixture {
	t.Helper()
	// The demo's own video and roster stand one after the other.
	before, rest, _ := bytes.Cut(hall.Demo, []byte("\nvideo:"))
	_, after, _ := bytes.Cut(rest, []byte("\npriorities:"))
	text := bytes.Replace(slices.Concat(before, []byte("\npriorities:"), after), []byte(`{id: "4", number: "4",`),
		[]byte(`{id: "4", number: "4", camera: {name: "A4", rtsp: "rtsp://10.0.0.4/1", onvif: "http://10.0.0.4/onvif"},`), 1)
	text = append(text, []byte(`
roster:
  - {window: "4", clerks: [li], hours: 09:00-17:00}
  - {window: "5", clerks: [wang], hours: 09:00-17:00}
video: {player: "https://nvr.example/play?src={camera}&from={from}&to={to}"}
`)...)
	file := filepath.Join(t.TempDir(), "hall.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return newFixture(t, testkit.File(file), testkit.Clock(testkit.Opening.Add(time.Hour)))
}

// alarms are those that ring.
func (f *fixture) alarms() []alarm.Alarm {
	f.Helper()
	var out struct{ Alarms []alarm.Alarm }
	f.must(200, "GET", api+"/board/alarms", nil, &out)
	return out.Alarms
}

// ringing waits for the alarm with key.
func (f *fixture) ringing(key string) alarm.Alarm {
	f.Helper()
	for end := time.Now().Add(testkit.Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, a := range f.alarms() {
			if a.Key == key {
				return a
			}
		}
	}
	f.Fatalf("%s never rang: %+v", key, f.alarms())
	return alarm.Alarm{}
}

func TestSomebodyTakesAnAlarm(t *testing.T) {
	f := wallHall(t)
	a := f.ringing("window/5")
	if a.Detail != "王强 应在岗到 17:00，10:00 起没有登录" || a.Taken != nil || a.Window != "5" || a.Zone != "A" {
		t.Errorf("got %+v", a)
	}
	take := func(id string, body any) testkit.Answer {
		return f.as(manager, "POST", api+"/board/alarms/"+id+"/take", body)
	}
	for name, body := range map[string]any{
		"a long name": map[string]any{"name": strings.Repeat("张", 31)}, "a long note": map[string]any{"note": strings.Repeat("x", 201)},
		"unknown": map[string]any{"who": "x"}, "nothing": "",
	} {
		if got := take(a.ID, body); got.Status < 400 || got.Status > 499 {
			t.Errorf("%s: got %d", name, got.Status)
		}
	}
	for _, id := range []string{"nonsense", "x' OR 1=1", strings.Repeat("9", 41)} {
		if got := take(url.PathEscape(id), map[string]any{}); got.Status != 404 && got.Status != 422 {
			t.Errorf("%s: got %d %s", id, got.Status, got.Body)
		}
	}
	if got := f.ringing("window/5"); got.Taken != nil {
		t.Fatalf("a refused request took it: %+v", got.Taken)
	}
	if got := take(a.ID, map[string]any{"name": " 张  工 ", "note": "马上到"}); got.Status != 200 {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	if got := f.ringing("window/5").Taken; got == nil || got.Name != "张 工" || got.By != "manager" || got.Note != "马上到" || got.At.IsZero() {
		t.Errorf("got %+v", got)
	}
	take(a.ID, map[string]any{})
	if got := f.ringing("window/5").Taken; got == nil || got.Name != "周主任" || got.Note != "" {
		t.Errorf("without a name: %+v", got)
	}
}

func TestTheDaysAttendanceAndItsFile(t *testing.T) {
	f := wallHall(t)
	f.open()
	var got struct {
		Day      string
		Rostered bool
		Events   []struct {
			Kind, Window, Name string
			Minutes            int
		}
	}
	f.must(200, "GET", api+"/attendance", nil, &got)
	late, absent := false, false
	for _, e := range got.Events {
		late = late || e.Kind == "late" && e.Window == "4" && e.Name == "李敏" && e.Minutes == 60
		absent = absent || e.Kind == "absent" && e.Window == "5" && e.Name == "王强"
	}
	if got.Day != "2026-11-23" || !got.Rostered || !late || !absent {
		t.Errorf("got %+v", got)
	}
	file := f.as(manager, "GET", api+"/attendance.csv?day=2026-11-23", nil)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.Body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != len(got.Events)+1 || rows[0][0] != "日期" || !strings.HasPrefix(file.Header.Get("Content-Type"), "text/csv") {
		t.Errorf("got %v %v", rows, err)
	}
	for _, day := range []string{"2026-13-01", "x", "2026-11-23' OR 1=1"} {
		for _, path := range []string{"/attendance", "/attendance.csv"} {
			if a := f.as(manager, "GET", api+path+"?day="+url.QueryEscape(day), nil); a.Status != 422 {
				t.Errorf("%s of %q: got %d", path, day, a.Status)
			}
		}
	}
}

func TestVideoOfAWindowAndOfAVisit(t *testing.T) {
	f := wallHall(t)
	type video struct{ URL, RTSP, ONVIF, Window string }
	var live video
	f.must(200, "GET", api+"/windows/4/video", nil, &live)
	if live.URL != "https://nvr.example/play?src=A4&from=&to=" || live.RTSP != "" || live.ONVIF != "" {
		t.Errorf("a manager got %+v", live)
	}
	var full video
	f.hall.Must(200, testkit.Request{Method: "GET", Path: api + "/windows/4/video", Token: f.tokens[admin]}, &full)
	if full.RTSP != "rtsp://10.0.0.4/1" || full.ONVIF == "" {
		t.Errorf("a technician got %+v", full)
	}
	id := f.ticket("finished")
	var visit struct{ Stays []video }
	f.must(200, "GET", api+"/tickets/"+id+"/video", nil, &visit)
	if len(visit.Stays) != 1 || !strings.HasPrefix(visit.Stays[0].URL, "https://nvr.example/play?src=A4&from=2026-11-23T10%3A") ||
		!strings.Contains(visit.Stays[0].URL, "&to=2026-11-23T10%3A") {
		t.Errorf("got %+v", visit)
	}
	// A camera that is replaced afterwards has no pictures of the visit.
	_, base := f.file()
	f.change(200, base, false, edit("set", "windows/4/camera/name", "B9"))
	was := visit.Stays[0].URL
	visit.Stays = nil
	f.must(200, "GET", api+"/tickets/"+id+"/video", nil, &visit)
	if len(visit.Stays) != 1 || visit.Stays[0].URL != was {
		t.Errorf("after another camera was put up: got %+v, want %s", visit, was)
	}
	f.must(200, "GET", api+"/windows/4/video", nil, &live)
	if live.URL != "https://nvr.example/play?src=B9&from=&to=" {
		t.Errorf("live: got %+v", live)
	}
	for _, path := range []string{"/windows/1/video", "/windows/nonsense/video", "/tickets/nonsense/video"} {
		if a := f.as(manager, "GET", api+path, nil); a.Status != 404 {
			t.Errorf("%s: got %d", path, a.Status)
		}
	}
	// Nothing of it reaches whoever isn't a manager.
	for _, who := range []string{kiosk, display, clerk} {
		for _, path := range []string{"/board", "/windows", "/services"} {
			if a := f.as(who, "GET", api+path, nil); strings.Contains(a.Body, "nvr.example") || strings.Contains(a.Body, "rtsp") {
				t.Errorf("%s sees video at %s", who, path)
			}
		}
	}
}

func TestAWindowsNumbersAndTheForecastOfANewHall(t *testing.T) {
	f := wallHall(t)
	f.ticket("finished")
	var numbers struct {
		Served, MeanService, Waiting int
		Camera                       bool
		Attendance                   []struct{ Kind string }
	}
	f.must(200, "GET", api+"/board/windows/4", nil, &numbers)
	if numbers.Served != 1 || !numbers.Camera || len(numbers.Attendance) < 2 {
		t.Errorf("got %+v", numbers)
	}
	var forecast struct {
		Known  bool
		Advice []any
	}
	f.must(200, "GET", api+"/board/forecast", nil, &forecast)
	if forecast.Known || len(forecast.Advice) != 0 {
		t.Errorf("a hall without a past promises %+v", forecast)
	}
	var setup struct {
		Targets  map[string]float64
		Cameras  []string
		Rostered bool
	}
	f.must(200, "GET", api+"/board/setup", nil, &setup)
	if setup.Targets["tax"] != 15 || len(setup.Cameras) != 3 || setup.Cameras[0] != "4" || !setup.Rostered {
		t.Errorf("got %+v", setup)
	}
}

// frame is one line of a replay.
type frame struct {
	At     time.Time
	Board  *link.BoardView
	Alarms []alarm.Alarm
	End    bool
}

// replayed is the frame of at.
func (f *fixture) replayed(at time.Time) frame {
	f.Helper()
	a := f.as(manager, "GET", api+"/board/replay?speed=0&from="+url.QueryEscape(at.Format(time.RFC3339Nano)), nil)
	var out frame
	if err := json.Unmarshal([]byte(a.Body), &out); err != nil || a.Status != 200 {
		f.Fatalf("got %d %s", a.Status, a.Body)
	}
	return out
}

func TestTheBoardOfAMomentAgo(t *testing.T) {
	f := wallHall(t)
	f.take()
	var then link.BoardView
	f.must(200, "GET", api+"/board", nil, &then)
	f.ticket("serving")
	f.take()
	got := f.replayed(then.Now)
	if got.Board == nil || got.Board.Totals.Waiting != 1 || got.Board.Totals.Taken != 1 || got.Board.Totals.Serving != 0 || got.Board.Hall.Plan == nil {
		t.Errorf("then: %+v", got.Board)
	}
	if now := f.replayed(then.Now.Add(time.Hour)); now.Board.Totals.Taken != 3 || now.Board.Totals.Serving != 1 {
		t.Errorf("now: %+v", now.Board.Totals)
	}
	if strings.Contains(f.as(manager, "GET", api+"/board/days", nil).Body, "2026-11-23") == false {
		t.Error("today can't be replayed")
	}
	var day struct {
		From, To time.Time
		Alarms   []alarm.Alarm
	}
	f.must(200, "GET", api+"/board/days/2026-11-23", nil, &day)
	if day.From.After(then.Now) || day.To.Before(then.Now) {
		t.Errorf("got %+v", day)
	}
}

func TestReplaysThatCannotBe(t *testing.T) {
	f := newFixture(t)
	now := url.QueryEscape(testkit.Opening.Format(time.RFC3339))
	for query, want := range map[string]int{
		"": 422, "from=nonsense": 422, "from=" + now + "&speed=61": 422, "from=" + now + "&speed=-1": 422, "from=" + now + "&speed=x": 422,
		"from=2020-01-01T00:00:00Z": 404, "from=9999-12-31T23:59:59Z&speed=1": 404,
	} {
		if a := f.as(manager, "GET", api+"/board/replay?"+query, nil); a.Status != want || f.problem(a).Code == "" {
			t.Errorf("%s: got %d, want %d", query, a.Status, want)
		}
	}
	for _, path := range []string{"/board/days/2020-01-01", "/board/days/x"} {
		if a := f.as(manager, "GET", api+path, nil); a.Status != 404 && a.Status != 422 {
			t.Errorf("%s: got %d", path, a.Status)
		}
	}
}

// A replay streams, a second one of the same session ends it, and whoever goes
// away leaves nothing behind.
func TestOneReplayStreamsForASession(t *testing.T) {
	f := newFixture(t)
	f.take()
	open := func() (*bufio.Scanner, context.CancelFunc, *http.Response) {
		ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
		req, err := http.NewRequestWithContext(ctx, "GET", f.hall.URL+api+"/board/replay?speed=1&from="+url.QueryEscape(testkit.Opening.Format(time.RFC3339)), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+f.tokens[manager])
		resp, err := f.hall.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		scanner := bufio.NewScanner(resp.Body)
		scanner.Buffer(nil, 1<<20)
		return scanner, cancel, resp
	}
	first, cancelFirst, one := open()
	defer cancelFirst()
	defer one.Body.Close()
	if !first.Scan() || !strings.Contains(first.Text(), `"board"`) {
		t.Fatalf("the first frame is %s", first.Text())
	}
	second, cancelSecond, two := open()
	defer two.Body.Close()
	if !second.Scan() {
		t.Fatal("the second replay has no frame")
	}
	for first.Scan() {
	}
	if err := first.Err(); err != nil {
		t.Errorf("the first replay ended with %v", err)
	}
	cancelSecond()
}

func TestTheBoardIsForManagers(t *testing.T) {
	f := newFixture(t)
	want := map[string]int{guest: 401, kiosk: 403, display: 403, clerk: 403, other: 403}
	for _, path := range []string{
		"/board/setup", "/board/windows/4", "/board/alarms", "/board/forecast", "/board/days", "/board/days/2026-11-23", "/board/replay",
		"/attendance", "/attendance.csv", "/windows/4/video", "/tickets/x/video",
	} {
		for who, status := range want {
			a := f.as(who, "GET", api+path, nil)
			if a.Status != status {
				t.Errorf("%s by %s: got %d", path, who, a.Status)
				continue
			}
			f.wantRefusal(a)
		}
	}
	for who, status := range want {
		if a := f.as(who, "POST", api+"/board/alarms/x/take", map[string]any{}); a.Status != status {
			t.Errorf("take by %s: got %d", who, a.Status)
		}
	}
}

func TestAClerksDayIsCountedAcrossWindows(t *testing.T) {
	f := wallHall(t)
	serve := func(window, service string, finish bool) link.TicketView {
		f.must(200, "POST", api+"/windows/"+window+"/sign-in", map[string]any{"staff": "li"}, nil)
		var took link.TicketView
		f.must(201, "POST", api+"/tickets", map[string]any{"service": service, "channel": "phone", "person": map[string]any{"name": "王小明"}}, &took)
		var called struct{ Ticket link.TicketView }
		f.must(200, "POST", api+"/windows/"+window+"/call-next", nil, &called)
		f.must(200, "POST", api+"/tickets/"+called.Ticket.ID+"/arrive", nil, nil)
		if finish {
			f.must(200, "POST", api+"/tickets/"+called.Ticket.ID+"/finish", nil, nil)
			f.must(200, "POST", api+"/tickets/"+called.Ticket.ID+"/rate", map[string]any{"score": 4}, nil)
			f.must(200, "POST", api+"/windows/"+window+"/sign-out", nil, nil)
		}
		return called.Ticket
	}
	first, second := serve("4", "tax", true), serve("5", "real-estate", false)
	var got struct {
		Name          string
		Served, Rated int
		MeanScore     float64
		Windows       []struct {
			Number string
			To     time.Time
		}
		Visits []struct {
			Number, State string
			Score         int
		}
		Attendance []struct{ Window string }
	}
	f.must(200, "GET", api+"/board/clerks/li", nil, &got)
	if got.Name != "李敏" || got.Served != 1 || got.Rated != 1 || got.MeanScore != 4 {
		t.Errorf("got %+v", got)
	}
	if len(got.Windows) != 2 || got.Windows[0].Number != "4" || got.Windows[0].To.IsZero() || got.Windows[1].Number != "5" || !got.Windows[1].To.IsZero() {
		t.Errorf("windows %+v", got.Windows)
	}
	states := map[string]string{}
	for _, v := range got.Visits {
		states[v.Number] = v.State
	}
	if states[first.Number] != "finished" || states[second.Number] != "serving" || len(states) != 2 {
		t.Errorf("visits %+v", got.Visits)
	}
	if len(got.Attendance) == 0 {
		t.Error("no attendance")
	}
	var other struct{ Served int }
	f.must(200, "GET", api+"/board/clerks/wang", nil, &other)
	if other.Served != 0 {
		t.Errorf("another's visits are counted: %+v", other)
	}
	for _, id := range []string{"nobody", "x' OR 1=1", "../li"} {
		if got := f.as(manager, "GET", api+"/board/clerks/"+url.PathEscape(id), nil); got.Status != 404 {
			t.Errorf("%q: got %d %s", id, got.Status, got.Body)
		}
	}
	if got := f.as(clerk, "GET", api+"/board/clerks/li", nil); got.Status != 403 {
		t.Errorf("a clerk sees a colleague's day: %d %s", got.Status, got.Body)
	}
}
