package delivery

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Courier is a carrier behind HTTP: JSON, each message signed on both sides
// (Sign), an answer together with what was asked. POST /parcels orders one and
// answers with its tracking number, GET /parcels/{tracking} tells where it is.
// A call that isn't answered is made again by Move, later each time.
type Courier struct {
	name string
	base string
	key  []byte
	http *http.Client
	now  func() time.Time
}

// Bounds of talking to a courier.
const (
	courierWait  = 8 * time.Second
	courierBytes = 1 << 20
	maxMovements = 500
	maxWords     = 200
	// clockSkew is by how much clocks may differ.
	clockSkew = 5 * time.Minute
)

// The headers of a signed message.
const (
	HeaderTime      = "X-Delivery-Time"
	HeaderSignature = "X-Delivery-Signature"
)

// ErrAnswer says that a courier's answer isn't one: it isn't the courier's, or
// says what can't be.
var ErrAnswer = errors.New("the carrier's answer can't be believed")

// NewCourier returns the carrier at an https address; http is for tests and for
// the same machine.
func NewCourier(name, address string, key []byte, now func() time.Time) (*Courier, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost") {
		return nil, fmt.Errorf("carrier %s: the address must begin with https://", name)
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > 30 {
		return nil, errors.New("a carrier has a name of at most 30 characters")
	}
	if len(key) < 16 {
		return nil, fmt.Errorf("carrier %s: the key must have 16 bytes at least", name)
	}
	client := &http.Client{Timeout: courierWait, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Courier{name: name, base: strings.TrimRight(address, "/"), key: key, http: client, now: now}, nil
}

// Sign is the signature of what is sent between the platform and a courier:
// HMAC-SHA256 over the time in seconds, the method and path, and the body, each
// on a line, in hex. An answer is signed with the method and path of what was
// asked, so that it answers nothing else.
func Sign(key []byte, at time.Time, method, path string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strconv.FormatInt(at.Unix(), 10) + "\n" + method + " " + path + "\n"))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Name implements Carrier.
func (c *Courier) Name() string { return c.name }

// tracking is what a number of a parcel looks like.
var tracking = regexp.MustCompile(`^[A-Za-z0-9-]{6,40}$`)

// Ship implements Carrier.
func (c *Courier) Ship(ctx context.Context, id, title string, to Receiver) (string, error) {
	in := struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		Receiver
	}{id, title, to}
	var out struct {
		Tracking string `json:"tracking"`
	}
	if err := c.call(ctx, http.MethodPost, "/parcels", in, &out); err != nil {
		return "", fmt.Errorf("order a parcel: %w", err)
	}
	if !tracking.MatchString(out.Tracking) {
		return "", fmt.Errorf("order a parcel: %w: no tracking number", ErrAnswer)
	}
	return out.Tracking, nil
}

// Track implements Carrier.
func (c *Courier) Track(ctx context.Context, number string) (t Track, err error) {
	if err := c.call(ctx, http.MethodGet, "/parcels/"+url.PathEscape(number), nil, &t); err != nil {
		return Track{}, fmt.Errorf("follow a parcel: %w", err)
	}
	if err := t.check(c.now()); err != nil {
		return Track{}, fmt.Errorf("follow a parcel: %w: %w", ErrAnswer, err)
	}
	return t, nil
}

// check refuses a way that no parcel goes.
func (t Track) check(now time.Time) error {
	switch {
	case t.Delivered && t.Returned:
		return errors.New("it was delivered and came back")
	case t.Delivered && strings.TrimSpace(t.Signer) == "":
		return errors.New("nobody signed for it")
	case len(t.Movements) > maxMovements:
		return errors.New("it moved too often")
	case !readable(t.Signer, 50):
		return errors.New("the signer isn't a name")
	}
	for _, m := range t.Movements {
		if m.At.After(now.Add(clockSkew)) || m.At.Year() < 2000 {
			return errors.New("it moved at another time")
		}
		if strings.TrimSpace(m.Words) == "" || !readable(m.Words, maxWords) {
			return errors.New("a movement isn't told")
		}
	}
	return nil
}

// readable tells whether a text can be stored and shown.
func readable(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' })
}

// call sends one signed message and reads the signed answer.
func (c *Courier) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, courierWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := c.now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(HeaderTime, strconv.FormatInt(at.Unix(), 10))
	req.Header.Set(HeaderSignature, Sign(c.key, at, method, path, body))
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // nothing more is read
	answer, err := io.ReadAll(io.LimitReader(res.Body, courierBytes+1))
	switch {
	case err != nil:
		return err
	case len(answer) > courierBytes:
		return fmt.Errorf("%w: it is too large", ErrAnswer)
	case res.StatusCode < 200 || res.StatusCode > 299:
		return fmt.Errorf("the carrier answers with status %d", res.StatusCode)
	}
	if err := c.verify(res.Header, method, path, answer); err != nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return nil
}

// verify tells whether an answer is the courier's, to what was asked, and now.
func (c *Courier) verify(header http.Header, method, path string, answer []byte) error {
	seconds, err := strconv.ParseInt(header.Get(HeaderTime), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: it isn't signed", ErrAnswer)
	}
	at := time.Unix(seconds, 0)
	if skew := c.now().Sub(at); skew > clockSkew || skew < -clockSkew {
		return fmt.Errorf("%w: it is of another time", ErrAnswer)
	}
	if !hmac.Equal([]byte(Sign(c.key, at, method, path, answer)), []byte(header.Get(HeaderSignature))) {
		return fmt.Errorf("%w: it is signed by somebody else", ErrAnswer)
	}
	return nil
}
