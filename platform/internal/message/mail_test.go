package message_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/platform/internal/message"
)

// mailServer talks SMTP as badly as a test wants.
type mailServer struct {
	listener net.Listener
	// answers replace the good ones, by the command's first word; "" is the
	// greeting, "." the answer to a whole mail. An empty answer hangs up.
	answers map[string]string

	mu    sync.Mutex
	mails []string
}

func startMail(t *testing.T, answers map[string]string) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{listener: l, answers: answers}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				s.serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return s
}

// say answers a command; false hangs up.
func (s *mailServer) say(conn net.Conn, command, good string) bool {
	answer, ok := s.answers[command]
	if !ok {
		answer = good
	}
	if answer == "" {
		return false
	}
	if answer == "slow" {
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		_, _ = io.Copy(io.Discard, conn) // until the other side has enough
		return false
	}
	_, err := fmt.Fprintf(conn, "%s\r\n", answer)
	return err == nil
}

func (s *mailServer) serve(conn net.Conn) {
	lines := bufio.NewScanner(conn)
	if !s.say(conn, "", "220 mail.example.test ESMTP") {
		return
	}
	for lines.Scan() {
		command := strings.ToUpper(strings.Fields(lines.Text() + " ?")[0])
		good := map[string]string{"EHLO": "250-mail.example.test\r\n250 8BITMIME", "QUIT": "221 bye", "DATA": "354 go on"}[command]
		if good == "" {
			good = "250 ok"
		}
		if !s.say(conn, command, good) || command == "QUIT" {
			return
		}
		if command != "DATA" || s.answers["DATA"] != "" {
			continue
		}
		var text strings.Builder
		for lines.Scan() && lines.Text() != "." {
			text.WriteString(lines.Text() + "\r\n")
		}
		s.mu.Lock()
		s.mails = append(s.mails, text.String())
		s.mu.Unlock()
		if !s.say(conn, ".", "250 queued") {
			return
		}
	}
}

func mailer(t *testing.T, addr string, plain bool) message.Provider {
	t.Helper()
	p, err := message.NewMailer(message.ProviderSettings{
		Name: "mail", Kind: "smtp", URL: "smtp://" + addr, From: "政务服务 <no-reply@example.test>", Plain: plain, Timeout: 30 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func letter(to, title, text string) message.Order {
	return message.Order{ID: "01JABCDEF", Channel: message.Email, To: message.Address(to), Text: message.Text{Title: title, Text: text}}
}

func TestWhatMailServersAnswer(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers map[string]string
		plain   bool
		refused bool
		good    bool
	}{
		{"taken", nil, true, false, true},
		{"taken, then hung up", map[string]string{"QUIT": ""}, true, false, true},
		{"no such user", map[string]string{"RCPT": "550 5.1.1 no such user"}, true, true, false},
		{"the mail is no good", map[string]string{".": "554 5.6.0 spam"}, true, true, false},
		{"try later", map[string]string{"RCPT": "451 4.7.1 greylisted"}, true, false, false},
		{"the box is full for now", map[string]string{".": "452 4.2.2 over quota"}, true, false, false},
		{"our sender is not let in", map[string]string{"MAIL": "550 5.7.1 go away"}, true, false, false},
		{"closed", map[string]string{"": "421 4.3.2 closing"}, true, false, false},
		{"hangs up at once", map[string]string{"": ""}, true, false, false},
		{"hangs up before it says yes", map[string]string{".": ""}, true, false, false},
		{"slow", map[string]string{"RCPT": "slow"}, true, false, false},
		{"nothing encrypted where it must be", nil, false, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startMail(t, tt.answers)
			wait := time.Minute
			if tt.name == "slow" {
				wait = time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			_, err := mailer(t, s.listener.Addr().String(), tt.plain).Send(ctx, letter("zhang@example.com", "标题", "内容"))
			var refused *message.Refusal
			if (err == nil) != tt.good || errors.As(err, &refused) != tt.refused {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "zhang@example.com") {
				t.Errorf("the error tells: %v", err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if !tt.plain && len(s.mails) > 0 {
				t.Error("it went in the clear")
			}
		})
	}
}

func TestNobodyCanWriteTheHeadersOfAMail(t *testing.T) {
	s := startMail(t, nil)
	p := mailer(t, s.listener.Addr().String(), true)
	title := "已受理\r\nBcc: all@example.com\r\n\r\n正文"
	text := "第一行\n.\nBcc: all@example.com\r\n.\r\nMAIL FROM:<x@example.com>\r\n"
	if _, err := p.Send(t.Context(), letter("zhang@example.com", title, text)); err != nil {
		t.Fatal(err)
	}
	var refused *message.Refusal
	for _, to := range []string{"zhang@example.com\r\nRCPT TO:<all@example.com>", "a@b.cn>,<c@d.cn", "nobody", ""} {
		if _, err := p.Send(t.Context(), letter(to, "x", "y")); !errors.As(err, &refused) {
			t.Errorf("%q: got %v", to, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mails) != 1 {
		t.Fatalf("%d mails", len(s.mails))
	}
	m, err := mail.ReadMessage(strings.NewReader(s.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "已受理 Bcc: all@example.com 正文" {
		t.Errorf("the subject is %q, %v", subject, err)
	}
	if m.Header.Get("Bcc") != "" || m.Header.Get("To") != "<zhang@example.com>" || m.Header.Get("Message-Id") != "<01JABCDEF@example.test>" {
		t.Errorf("the headers are %v", m.Header)
	}
}

// eximConf is a mail server that puts all it takes in a folder.
const eximConf = `primary_hostname = mail.example.test
spool_directory = DIR/spool
log_file_path = DIR/log-%s
pid_file_path = DIR/pid
tls_advertise_hosts =
deliver_drop_privilege = true
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  deny local_parts = nobody
       message = no such user
  defer local_parts = busy
  accept
begin routers
all:
  driver = accept
  transport = folder
begin transports
folder:
  driver = appendfile
  file = DIR/mail/box
`

// startExim starts a real mail server, and returns its address and the folder
// of what it took.
func startExim(t *testing.T) (addr, folder string) {
	t.Helper()
	binary, err := exec.LookPath("exim4")
	if err != nil || os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("no exim4 here, or not root: make test installs exim4-daemon-light")
		}
		t.Skip("no exim4 here, or not root: apt-get install exim4-daemon-light")
	}
	dir, err := os.MkdirTemp("", "exim") //nolint:usetesting // the server runs as somebody else, who can't enter a folder of the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, sub := range []string{"", "spool", "mail"} {
		path := filepath.Join(dir, sub)
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o777); err != nil { //nolint:gosec // the server writes here as somebody else
			t.Fatal(err)
		}
	}
	conf := filepath.Join(dir, "conf")
	if err := os.WriteFile(conf, []byte(strings.ReplaceAll(eximConf, "DIR", dir)), 0o644); err != nil { //nolint:gosec // the server reads it as somebody else
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	l.Close()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-C", conf, "-bdf", "-oX", host+"."+port)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	waitFor(t, func() bool {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
	return addr, filepath.Join(dir, "mail")
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it didn't happen")
		}
	}
}

func TestMailArrivesAtARealServer(t *testing.T) {
	addr, folder := startExim(t)
	c := file(t)
	c.Use(mailer(t, addr, true))
	c.send(accepted("zhang"))
	c.work()
	c.wantState(message.Delivered, "")
	path := filepath.Join(folder, "box")
	waitFor(t, func() bool { _, err := os.Stat(path); return err == nil })
	var text string
	waitFor(t, func() bool {
		data, err := os.ReadFile(path)
		text = string(data)
		return err == nil && strings.Contains(text, "Subject:")
	})
	_, text, _ = strings.Cut(text, "\n") // the line of the mailbox
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "已受理：食品经营许可新办" || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("the headers are %v", m.Header)
	}

	c.contacts["nobody"] = message.Contact{Email: "nobody@example.com"}
	c.send(accepted("nobody"))
	c.work()
	c.wantState(message.PermanentFailure, "550")

	c.contacts["busy"] = message.Contact{Email: "busy@example.com"}
	c.send(accepted("busy"))
	c.work()
	c.wantState(message.Created, "没有响应")
}
