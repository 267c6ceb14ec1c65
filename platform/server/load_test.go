package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
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
		for _, one := range []struct {
			name     string
			requests []string
		}{
			{"empty", []string{get("/empty", "")}},
			{"item", []string{get("/items/food-licence", "")}},
			{"search", []string{get("/api/v1/search?q="+url.QueryEscape("营业执照"), "")}},
			{"searches", searches(users)},
			{"progress", []string{post("/api/v1/case-query", query)}},
			{"tasks", []string{get("/api/v1/tasks?view=claimable", "shenpi")}},
		} {
			b.Run(fmt.Sprintf("%s/%d", one.name, users), func(b *testing.B) {
				took := load(b, web.Listener.Addr().String(), one.requests, users)
				median := took[len(took)/2]
				if one.name == "empty" {
					floor = median
				}
				b.ReportMetric(float64(median.Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
				b.ReportMetric(float64(median)/float64(max(floor, 1)), "ratio")
			})
		}
	}
}

// searches are so many that no two users, and nobody twice, ask the same: none
// of the answers is kept. Rounds of other sizes ask others.
func searches(users int) (list []string) {
	words := []string{
		"营业执照", "食品经营", "许可", "身份证", "补领", "社保转移", "施工许可", "残疾", "开饭店", "医保", "公积金", "户口", "驾驶证",
		"结婚", "注册", "变更", "注销", "设立", "护照", "生育", "退休", "工伤", "就业", "房屋", "消防", "卫生", "出生", "学校",
	}
	for i := range max(users, 20_000) {
		text := words[i%len(words)] + words[i/len(words)%len(words)] + strconv.Itoa(users+i)
		list = append(list, get("/api/v1/search?q="+url.QueryEscape(text), ""))
	}
	return list
}

func get(path, caller string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\nX-Caller: " + caller + "\r\n\r\n"
}

func post(path, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

// load lets users ask the requests in turn, over and over, and returns how long
// each answer took, the shortest first.
func load(b *testing.B, address string, requests []string, users int) []time.Duration {
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
				request := requests[(i*each+j)%len(requests)]
				begun := time.Now()
				if err := talk(conn, reader, request); err != nil {
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

// talk sends a request and reads its answer.
func talk(conn net.Conn, reader *bufio.Reader, request string) error {
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
