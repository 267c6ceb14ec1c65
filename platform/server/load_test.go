package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
)

// BenchmarkUsers lets 50, 500 and 5,000 users ask at once, over connections of
// their own, over and over, as tenders count them; the users share the machine
// with the platform. "empty" is a handler that answers nothing, asked the same
// way in the same run: the floor that the machine sets. ratio is the median
// above that floor.
func BenchmarkUsers(b *testing.B) {
	c := openCity(b, sqldbtest.File(b))
	made := c.apply()
	for _, m := range made.list("materials") {
		c.do("shouli", http.MethodPost, "/acceptance/cases/"+made.text("id")+"/materials/"+m.text("id")+"/review", object{"result": "ok"})
	}
	c.do("shouli", http.MethodPost, "/acceptance/cases/"+made.text("id")+"/accept", object{"originals": true})
	query := fmt.Sprintf(`{"number":%q,"code":%q}`, made.text("number"), made.text("queryCode"))
	mux := http.NewServeMux()
	mux.Handle("/", c.handler)
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	web := httptest.NewServer(mux)
	defer web.Close()
	for _, users := range []int{50, 500, 5000} {
		var floor time.Duration
		for _, ask := range []struct{ name, caller, request string }{
			{"empty", "", get("/empty")},
			{"item", "", get("/items/food-licence")},
			{"search", "", get("/api/v1/search?q=%E8%90%A5%E4%B8%9A%E6%89%A7%E7%85%A7")},
			{"progress", "", post("/api/v1/case-query", query)},
			{"tasks", "shenpi", get("/api/v1/tasks?view=claimable")},
		} {
			b.Run(fmt.Sprintf("%s/%d", ask.name, users), func(b *testing.B) {
				request := strings.Replace(ask.request, "\r\n", "\r\nX-Caller: "+ask.caller+"\r\n", 1)
				took := load(b, web.Listener.Addr().String(), request, users)
				median := took[len(took)/2]
				if ask.name == "empty" {
					floor = median
				}
				b.ReportMetric(float64(median.Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
				b.ReportMetric(float64(median)/float64(max(floor, 1)), "ratio")
			})
		}
	}
}

func get(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n"
}

func post(path, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

// load lets users ask the same over and over and returns how long each answer
// took, the shortest first.
func load(b *testing.B, address, request string, users int) []time.Duration {
	b.Helper()
	each := max(4, 20_000/users)
	took := make([]time.Duration, users*each)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(users)
	for i := range users {
		done.Go(func() {
			conn, err := net.DialTimeout("tcp", address, 20*time.Second)
			if err != nil {
				b.Error(err)
				ready.Done()
				return
			}
			defer conn.Close()
			reader := bufio.NewReader(conn)
			ready.Done()
			<-start
			for j := range each {
				begun := time.Now()
				if err := exchange(conn, reader, request); err != nil {
					b.Error(err)
					return
				}
				took[i*each+j] = time.Since(begun)
			}
		})
	}
	ready.Wait()
	begun := time.Now()
	close(start)
	done.Wait()
	b.ReportMetric(float64(len(took))/time.Since(begun).Seconds(), "answers/s")
	slices.Sort(took)
	return took
}

// exchange sends a request and reads its answer.
func exchange(conn net.Conn, reader *bufio.Reader, request string) error {
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	res, err := http.ReadResponse(reader, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", strings.SplitN(request, "\r\n", 2)[0], res.StatusCode)
	}
	return nil
}
