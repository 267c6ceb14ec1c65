package message

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// maxSecretFile bounds a file with a secret, in bytes.
const maxSecretFile = 4 << 10

func readSecretFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecretFile))
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// mailer is a mail server that takes our mail (SMTP, RFC 5321).
type mailer struct {
	conf    ProviderSettings
	host    string
	tls     bool // from the first byte on
	options []gomail.Option
}

// line is the connection of one mail. The library leaves it open when something
// goes wrong, waits on it when ctx has ended, and reads lines of any length.
type line struct {
	ctx  context.Context // of the mail: it lives no longer
	conn net.Conn
	stop func() bool
}

// maxSaid bounds what a mail server may say over one mail, in bytes.
const maxSaid = 1 << 20

// heard is a connection on which only so much is listened to.
type heard struct {
	net.Conn
	left int
}

// Read implements io.Reader.
func (h *heard) Read(b []byte) (int, error) {
	if h.left <= 0 {
		return 0, errors.New("the mail server says too much")
	}
	n, err := h.Conn.Read(b[:min(len(b), h.left)])
	h.left -= n
	return n, err
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.conn, l.stop = conn, context.AfterFunc(l.ctx, func() { _ = conn.SetDeadline(time.Now()) })
	return &heard{conn, maxSaid}, nil
}

func (l *line) close() {
	if l.conn != nil {
		l.stop()
		l.conn.Close()
	}
}

func newMailer(conf ProviderSettings) (*mailer, error) {
	u, err := url.Parse(conf.URL)
	if err != nil {
		return nil, errors.New("the mail server's URL can't be read")
	}
	m := &mailer{conf: conf, host: u.Hostname()}
	port, policy := 587, gomail.TLSMandatory
	if conf.Plain {
		port, policy = 25, gomail.TLSOpportunistic
	}
	m.options = []gomail.Option{
		gomail.WithTimeout(conf.Timeout), gomail.WithTLSPolicy(policy), gomail.WithoutNoop(),
		gomail.WithTLSConfig(&tls.Config{ServerName: m.host, MinVersion: tls.VersionTLS12}),
	}
	if u.Scheme == "smtps" {
		port, m.tls = 465, true
		m.options = append(m.options, gomail.WithSSL())
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, fmt.Errorf("the mail server's port: %w", err)
		}
	}
	m.options = append(m.options, gomail.WithPort(port))
	if conf.User != "" {
		password, err := readSecretFile(conf.SecretFile)
		if err != nil {
			return nil, err
		}
		m.options = append(m.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(conf.User), gomail.WithPassword(password))
	}
	return m, nil
}

// Name implements Provider.
func (m *mailer) Name() string { return m.conf.Name }

// Channel implements Provider.
func (m *mailer) Channel() Channel { return Email }

// Receipts implements Provider. Mail servers say no when they take a mail, or
// write to its sender.
func (m *mailer) Receipts() bool { return false }

// Send implements Provider. A server that says no for ever (5xx) refuses; after
// any other fault the mail comes again, with the same Message-ID.
func (m *mailer) Send(ctx context.Context, o Order) (string, error) {
	msg, err := m.letter(o)
	if err != nil {
		return "", err
	}
	line := line{ctx: ctx}
	defer line.close()
	options := m.options
	if !m.tls {
		options = append(slices.Clip(options), gomail.WithDialContextFunc(line.dial))
	}
	client, err := gomail.NewClient(m.host, options...)
	if err != nil {
		return "", fmt.Errorf("prepare a mail: %w", err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return "", &Fault{"the mail server can't be reached or doesn't let us in", err}
	}
	err = client.SendWithSMTPClient(conn, msg)
	// The server has said yes or no: how the line ends doesn't matter.
	_ = client.CloseWithSMTPClient(conn)
	var said *gomail.SendError
	switch {
	case err == nil:
		return o.ID, nil
	case errors.As(err, &said) && said.ErrorCode() >= 500 && (said.Reason == gomail.ErrSMTPRcptTo || said.Reason == gomail.ErrSMTPDataClose):
		return "", &Refusal{"邮件服务器拒收（" + strconv.Itoa(said.ErrorCode()) + "）"}
	default:
		return "", &Fault{"the mail server did not take the mail", err}
	}
}

// letter is the mail of an order: plain text, its lines and headers our own.
func (m *mailer) letter(o Order) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.From(m.conf.From); err != nil {
		return nil, fmt.Errorf("prepare a mail: %w", err)
	}
	if err := msg.To(o.To.Whole()); err != nil {
		return nil, &Refusal{"电子邮箱地址有误"}
	}
	msg.Subject(oneLine(o.Title))
	msg.SetDate()
	_, domain, _ := strings.Cut(m.conf.From, "@")
	msg.SetMessageIDWithValue(o.ID + "@" + strings.TrimRight(domain, "> "))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answering machine answers
	msg.SetBodyString(gomail.TypeTextPlain, o.Text.Text)
	return msg, nil
}
