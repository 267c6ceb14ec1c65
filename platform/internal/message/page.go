package message

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

//go:embed outbox.html
var outboxHTML string

var outboxPage = template.Must(template.New("outbox").Funcs(template.FuncMap{
	"channel": func(c Channel) string { return channelWords[c] },
	"clock":   func(t time.Time) string { return t.Format("01-02 15:04:05") },
}).Parse(outboxHTML))

var channelWords = map[Channel]string{SMS: "短信", WeChat: "微信", Email: "邮件", Inbox: "站内消息"}

// shownInOutbox is how many messages the page shows.
const shownInOutbox = 100

// pages declares the outbox: for the staff, and in a demo for everybody, who
// finds the codes there that otherwise go to a phone.
func (s *Service) pages(r *httpd.Router) {
	r.Page(httpd.Operation{
		ID: "staff-outbox", Method: http.MethodGet, Path: "/staff/outbox", Summary: "The outbox", Who: access.StaffWith(access.RoleMessageManager), Tag: "message",
	}, s.showOutbox)
	if s.Demo {
		r.Page(httpd.Operation{ID: "outbox", Method: http.MethodGet, Path: "/outbox", Summary: "The outbox of a demo", Who: access.Everybody(), Tag: "message"}, s.showOutbox)
	}
}

func (s *Service) showOutbox(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Outbox(r.Context(), shownInOutbox)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := outboxPage.Execute(&page, struct {
		Demo     bool
		Messages []Posted
	}{s.Demo, list}); err != nil {
		return fmt.Errorf("write the outbox: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = page.WriteTo(w) // who asked may be gone
	return nil
}
