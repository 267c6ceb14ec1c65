package ipp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"smarthall/internal/device"
)

// Operations (RFC 8011, section 5.4.15).
const (
	OpPrintJob             = 0x0002
	OpValidateJob          = 0x0004
	OpCreateJob            = 0x0005
	OpSendDocument         = 0x0006
	OpCancelJob            = 0x0008
	OpGetJobAttributes     = 0x0009
	OpGetPrinterAttributes = 0x000B
)

// Status codes (RFC 8011, appendix B). Those below lastSuccess are a yes.
const (
	StatusOK               = 0x0000
	lastSuccess            = 0x00FF
	StatusBadRequest       = 0x0400
	StatusForbidden        = 0x0401
	StatusNotAuthenticated = 0x0402
	StatusNotAuthorised    = 0x0403
	StatusNotPossible      = 0x0404
	StatusNotFound         = 0x0406
	StatusFormat           = 0x040A
	StatusUnknownOperation = 0x0501
	StatusVersion          = 0x0503
	StatusNotAccepting     = 0x0506
	StatusBusy             = 0x0507
)

// defaultPath is where printers without a spooler are asked (PWG 5100.14).
const defaultPath = "/ipp/print"

// dialTimeout bounds the connection to a printer on the hall's own network.
const dialTimeout = 3 * time.Second

// statusError is a printer's no.
type statusError struct {
	code uint16
	text string // the printer's own words
}

func (e *statusError) Error() string {
	return fmt.Sprintf("printer answers status %04x %.80s", e.code, e.text)
}

// Unwrap says that trying again at once is of no use.
func (e *statusError) Unwrap() error { return device.ErrFault }

// refused tells whether err is the status code of a printer.
func refused(err error, codes ...uint16) bool {
	var s *statusError
	if !errors.As(err, &s) {
		return false
	}
	for _, c := range codes {
		if s.code == c {
			return true
		}
	}
	return false
}

// errLogin is the error of a printer that wants a name and a password.
var errLogin = fmt.Errorf("printer asks for a password: %w", device.ErrFault)

// client asks one printer.
type client struct {
	http *http.Client
	// address is where requests go, http(s)://host:port/path; uri is the same
	// as the printer calls itself.
	address, uri string
	id           atomic.Uint32
	version      atomic.Uint32 // 0 means Version2
}

// newClient reads a port: ipp://host[:port][/path], ipps://…, or tcp://host:port.
// insecure takes any certificate, as printers sign their own.
func newClient(port string, insecure bool) (*client, error) {
	u, err := url.Parse(port)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("port %q is no address of a printer such as ipp://host:631%s", port, defaultPath)
	}
	web, scheme := "http", "ipp"
	switch u.Scheme {
	case "ipp", "tcp":
	case "ipps":
		web, scheme = "https", "ipps"
	default:
		return nil, fmt.Errorf("port %q must begin with ipp:// or ipps://", port)
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "631")
	}
	path := u.EscapedPath()
	if path == "" || path == "/" {
		path = defaultPath
	}
	return &client{
		address: web + "://" + host + path, uri: scheme + "://" + host + path,
		http: &http.Client{
			Transport: &http.Transport{
				DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext,
				// A connection per request: no printer can drop one just when a
				// document is to be sent on it.
				DisableKeepAlives: true,
				TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure}, //nolint:gosec // printers sign their own certificates; the setting says so
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// request begins a request about the printer.
func (c *client) request(op uint16, attributes ...Attribute) Message {
	version := uint16(c.version.Load())
	if version == 0 {
		version = Version2
	}
	head := []Attribute{
		Text(TagCharset, "attributes-charset", "utf-8"),
		Text(TagLanguage, "attributes-natural-language", "zh-cn"),
		Text(TagURI, "printer-uri", c.uri),
	}
	return Message{Version: version, Code: op, ID: c.id.Add(1), Groups: []Group{{TagOperation, append(head, attributes...)}}}
}

// ask does a request that may be repeated: once more with IPP/1.1 if the
// printer knows no IPP/2.0.
func (c *client) ask(ctx context.Context, m Message) (Message, error) {
	answer, err := c.do(ctx, m, nil)
	if !refused(err, StatusVersion) || m.Version == version11 {
		return answer, err
	}
	c.version.Store(uint32(version11))
	m.Version = version11
	return c.do(ctx, m, nil)
}

// do sends a request, with its document, and returns the answer. Its errors
// wrap device.ErrOffline when nothing was sent, device.ErrTimeout when it
// isn't known what became of the request, device.ErrFrame for an answer that is
// none, or are a statusError; ctx's own error is one of a silent printer.
func (c *client) do(ctx context.Context, m Message, document []byte) (Message, error) {
	head, err := m.Append(nil)
	if err != nil {
		return Message{}, err
	}
	sent := &counter{r: io.MultiReader(bytes.NewReader(head), bytes.NewReader(document))}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, sent)
	if err != nil {
		return Message{}, fmt.Errorf("ask printer: %w", err)
	}
	req.ContentLength = int64(len(head) + len(document))
	req.Header.Set("Content-Type", "application/ipp")
	req.Header.Set("Accept", "application/ipp")
	res, err := c.http.Do(req)
	if err != nil {
		return Message{}, broken("ask printer", err, sent.read.Load())
	}
	defer func() { _ = res.Body.Close() }() // nothing more is read
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return Message{}, errLogin
	default:
		return Message{}, fmt.Errorf("printer answers HTTP status %d: %w", res.StatusCode, device.ErrFrame)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxMessage+1))
	switch {
	case err != nil:
		return Message{}, broken("read the printer's answer", err, true)
	case len(body) > maxMessage:
		return Message{}, fmt.Errorf("the printer's answer is larger than %d bytes: %w", maxMessage, device.ErrFrame)
	}
	answer, _, err := Parse(body)
	switch {
	case err != nil:
		return Message{}, err
	case answer.Code > lastSuccess:
		return Message{}, &statusError{answer.Code, answer.Text(TagOperation, "status-message")}
	case answer.ID != m.ID:
		return Message{}, fmt.Errorf("the printer answers request %d, not %d: %w", answer.ID, m.ID, device.ErrFrame)
	}
	return answer, nil
}

// broken is the error of a connection that failed: before anything was sent
// the printer is away, afterwards nobody knows.
func broken(doing string, err error, sent bool) error {
	var opening *net.OpError
	if errors.As(err, &opening) && opening.Op == "dial" || !sent {
		return device.Temporary(fmt.Errorf("%s: %w: %w", doing, device.ErrOffline, err))
	}
	return device.Temporary(fmt.Errorf("%s: %w: %w", doing, device.ErrTimeout, err))
}

// counter notes whether anything of a body was read.
type counter struct {
	r    io.Reader
	read atomic.Bool
}

func (c *counter) Read(p []byte) (int, error) {
	c.read.Store(true)
	return c.r.Read(p)
}

// close lets go of what the client holds.
func (c *client) close() { c.http.CloseIdleConnections() }

// severity parts a state reason into its name and how grave it is.
func severity(reason string) (name, severity string) {
	for _, s := range []string{"-error", "-warning", "-report"} {
		if cut, ok := strings.CutSuffix(reason, s); ok {
			return cut, s[1:]
		}
	}
	return reason, "error" // RFC 8011, section 5.4.12
}
