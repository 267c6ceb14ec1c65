package escl

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/internal/device"
)

// defaultPath is where nearly all scanners have eSCL.
const defaultPath = "/eSCL"

const (
	maxXML  = 1 << 20 // bytes of an answer in XML
	maxWait = 10 * time.Second
)

// Answers of NextDocument that are no errors.
var (
	errNoMore = errors.New("no more pages")
	errNotYet = errors.New("page isn't ready yet")
)

// client speaks HTTP with one scanner.
type client struct {
	base *url.URL
	http *http.Client
}

// newClient reads a port: an address with or without a path.
func newClient(port, path, fingerprint string) (*client, error) {
	u, err := url.Parse(port)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("scanner port %q is no address such as http://192.168.10.40/eSCL", port)
	}
	if u.User != nil {
		return nil, errors.New("scanner port holds a password, which boards would show: let the scanner answer without one")
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = path
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	transport := &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, DisableCompression: true}
	if fingerprint != "" {
		if transport.TLSClientConfig, err = pinned(fingerprint); err != nil {
			return nil, err
		}
	}
	return &client{base: u, http: &http.Client{
		Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // a scanner that sends us elsewhere isn't the one we know
		},
	}}, nil
}

// pinned trusts the one certificate that has the fingerprint: scanners sign
// theirs themselves.
func pinned(fingerprint string) (*tls.Config, error) {
	want, err := hex.DecodeString(strings.ReplaceAll(fingerprint, ":", ""))
	if err != nil || len(want) != sha256.Size {
		return nil, errors.New("fingerprint is no SHA-256 in hex")
	}
	return &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection compares the certificate itself
		VerifyConnection: func(cs tls.ConnectionState) error {
			got := sha256.Sum256(cs.PeerCertificates[0].Raw)
			if !bytes.Equal(got[:], want) {
				return fmt.Errorf("certificate has the fingerprint %x, not the one that is trusted", got)
			}
			return nil
		},
	}, nil
}

func (c *client) close() { c.http.CloseIdleConnections() }

// answer is what a scanner answered.
type answer struct {
	code   int
	header http.Header
	body   []byte
}

// exchange sends a request and reads its answer, up to limit bytes.
func (c *client) exchange(ctx context.Context, method, where string, body []byte, limit int64) (answer, error) {
	u := *c.base
	u.Path = where
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("ask scanner: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "text/xml")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, lost(ctx, certificate(err))
	}
	defer func() { _ = res.Body.Close() }() // read to its end, or given up
	data, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return answer{}, lost(ctx, err)
	case int64(len(data)) > limit:
		return answer{}, fmt.Errorf("answer of more than %d bytes: %w", limit, device.ErrFrame)
	default:
		return answer{code: res.StatusCode, header: res.Header, body: data}, nil
	}
}

// certificate adds what has to be written into the settings to trust a
// scanner's own certificate.
func certificate(err error) error {
	var unknown *tls.CertificateVerificationError
	if errors.As(err, &unknown) && len(unknown.UnverifiedCertificates) > 0 {
		sum := sha256.Sum256(unknown.UnverifiedCertificates[0].Raw)
		return fmt.Errorf("%w (to trust it, set the parameter fingerprint to %x)", err, sum)
	}
	return err
}

// lost says what an interrupted exchange means: the caller gave up, the
// scanner was too slow, or it is gone.
func lost(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return device.Temporary(fmt.Errorf("%w: %w", device.ErrTimeout, err))
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return device.Temporary(fmt.Errorf("%w: %w", device.ErrOffline, err))
	}
}

// get asks for one of the scanner's XML documents.
func (c *client) get(ctx context.Context, name string) ([]byte, error) {
	a, err := c.exchange(ctx, http.MethodGet, c.base.Path+"/"+name, nil, maxXML)
	if err != nil {
		return nil, err
	}
	if a.code != http.StatusOK {
		return nil, &statusError{code: a.code}
	}
	return a.body, nil
}

// create begins a job and returns its path. heard tells that the scanner may
// have begun it: the whole request has left, whatever became of the answer.
func (c *client) create(ctx context.Context, settings []byte) (where string, heard bool, err error) {
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(w httptrace.WroteRequestInfo) { sent.Store(w.Err == nil) },
	})
	where, err = c.created(c.exchange(ctx, http.MethodPost, c.base.Path+"/ScanJobs", settings, maxXML))
	return where, sent.Load(), err
}

// created is the path of a new job in the answer to the request for it.
func (c *client) created(a answer, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if a.code != http.StatusCreated {
		return "", &statusError{code: a.code}
	}
	// Only the path counts: scanners behind a router name addresses that only
	// they know.
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || u.Path == "" {
		return "", fmt.Errorf("scan job without a place: %w", device.ErrFrame)
	}
	where := u.Path
	if !strings.HasPrefix(where, "/") {
		where = c.base.Path + "/ScanJobs/" + where
	}
	return strings.TrimSuffix(path.Clean(where), "/"), nil
}

// next asks for the next page. errNotYet comes with the time to wait.
func (c *client) next(ctx context.Context, where string) ([]byte, time.Duration, error) {
	a, err := c.exchange(ctx, http.MethodGet, where+"/NextDocument", nil, sheet.MaxBytes)
	if err != nil {
		return nil, 0, err
	}
	switch a.code {
	case http.StatusOK:
		return a.body, 0, nil
	case http.StatusNotFound:
		return nil, 0, errNoMore
	case http.StatusServiceUnavailable:
		return nil, retryAfter(a.header), errNotYet
	default:
		return nil, 0, &statusError{code: a.code}
	}
}

// retryAfter is how long the scanner asks to wait.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(min(n, 3600))*time.Second, maxWait)
}

// remove ends a job. One that is no longer known has ended.
func (c *client) remove(ctx context.Context, where string) error {
	a, err := c.exchange(ctx, http.MethodDelete, where, nil, maxXML)
	if err != nil {
		return err
	}
	if a.code >= 300 && a.code != http.StatusNotFound && a.code != http.StatusGone {
		return &statusError{code: a.code}
	}
	return nil
}

// statusError is an answer that refuses. It wraps device.ErrFault; a scanner
// that is busy is worth trying again.
type statusError struct{ code int }

func (e *statusError) Error() string {
	switch e.code {
	case http.StatusServiceUnavailable:
		return "scanner is busy (HTTP 503)"
	case http.StatusGone:
		return "scan job was cancelled at the scanner (HTTP 410)"
	default:
		return fmt.Sprintf("scanner answered HTTP %d", e.code)
	}
}

// Unwrap makes it a device.ErrFault, a temporary one where waiting can help.
func (e *statusError) Unwrap() error {
	if e.code == http.StatusServiceUnavailable {
		return device.Temporary(device.ErrFault)
	}
	return device.ErrFault
}

// Explain implements device.Explainer.
func (e *statusError) Explain() string {
	switch e.code {
	case http.StatusServiceUnavailable:
		return "扫描仪正忙，请稍后再试"
	case http.StatusGone:
		return "扫描已在扫描仪上取消"
	case http.StatusUnauthorized, http.StatusForbidden:
		return "扫描仪不允许网络扫描，请在它的网页上打开 AirPrint（eSCL）扫描"
	case http.StatusNotFound:
		return "扫描仪没有打开 eSCL 扫描，或地址里的路径不对"
	default:
		return "扫描仪没有接受扫描"
	}
}

var _ device.Explainer = (*statusError)(nil)
