package exchange

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"smarthall/internal/gm"
)

// Envelope is one message as it crosses the wire. Body is a JSON document as
// text, so that what was signed is what arrives, whoever writes JSON in between.
type Envelope struct {
	// ID is the sender's, unique for ever: who takes a message notes it.
	ID string `json:"id"`
	// From and To are members' codes.
	From string `json:"from"`
	To   string `json:"to"`
	// Service says what the body is.
	Service string `json:"service"`
	// Subject is what it is about; messages of one subject are numbered by Seq
	// from 1 and arrive in that order.
	Subject string `json:"subject,omitempty"`
	Seq     int64  `json:"seq,omitempty"`
	// At is when this envelope was signed (RFC 3339): a message that is sent again
	// is signed again.
	At string `json:"at"`
	// Re is the message that a receipt answers.
	Re   string `json:"re,omitempty"`
	Body string `json:"body"`
	// Signature is SM2 with SM3 over Text, in ASN.1 and base64.
	Signature string `json:"signature"`
}

// Bounds of what is believed to be a message, in bytes.
const (
	maxEnvelope = 1 << 20
	maxBody     = 768 << 10
	maxSubject  = 80
)

// TimeLayout is how At is written: milliseconds, and the zone.
const TimeLayout = "2006-01-02T15:04:05.000Z07:00"

var (
	idShape      = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z-]{7,63}$`)
	memberShape  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,39}$`)
	serviceShape = regexp.MustCompile(`^[a-z]{2,20}(\.[a-z]{2,20})?$`)
)

// ParseEnvelope reads a message. It tells nothing about who sent it: Verify does.
func ParseEnvelope(data []byte) (e Envelope, err error) {
	if len(data) > maxEnvelope || !utf8.Valid(data) {
		return e, errors.New("it is too large, or no text")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields() // a member that isn't signed says nothing
	if err := dec.Decode(&e); err != nil {
		return Envelope{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Envelope{}, errors.New("something follows the message")
	}
	if err := e.check(); err != nil {
		return Envelope{}, err
	}
	return e, nil
}

// check refuses fields that can't be of a message.
func (e *Envelope) check() error {
	switch {
	case !idShape.MatchString(e.ID):
		return errors.New("id isn't one")
	case !memberShape.MatchString(e.From) || !memberShape.MatchString(e.To):
		return errors.New("from or to isn't a member's code")
	case !serviceShape.MatchString(e.Service):
		return errors.New("service isn't a code")
	case len(e.Subject) > maxSubject || strings.ContainsFunc(e.Subject, unicode.IsControl):
		return errors.New("subject is too long, or has control characters")
	case e.Seq < 0 || (e.Seq > 0) != (e.Subject != ""):
		return errors.New("a subject is numbered from 1")
	case e.Re != "" && !idShape.MatchString(e.Re):
		return errors.New("re isn't an id")
	case len(e.Body) > maxBody || !json.Valid([]byte(e.Body)) || strings.ContainsRune(e.Body, 0):
		return errors.New("body isn't a JSON document, or too large")
	}
	if _, err := time.Parse(TimeLayout, e.At); err != nil {
		return errors.New("at isn't a time with milliseconds")
	}
	return nil
}

// Signed is when the envelope was signed.
func (e *Envelope) Signed() time.Time {
	at, _ := time.Parse(TimeLayout, e.At) // check has read it
	return at
}

// Text is what is signed: the fields a line each, the body as its SM3 digest in
// hex. No field can hold a line's end.
func (e *Envelope) Text() []byte {
	return []byte(strings.Join([]string{
		"smarthall-exchange-1", e.ID, e.From, e.To, e.Service, e.Subject, strconv.FormatInt(e.Seq, 10), e.At, e.Re, gm.Digest([]byte(e.Body)),
	}, "\n"))
}

// Sign signs the envelope.
func (e *Envelope) Sign(key *gm.Signer) error {
	signature, err := key.Sign(e.Text())
	e.Signature = base64.StdEncoding.EncodeToString(signature)
	return err
}

// Verify tells whether the envelope was signed by a public key's owner.
func (e *Envelope) Verify(public string) error {
	signature, err := base64.StdEncoding.DecodeString(e.Signature)
	if err != nil {
		return gm.ErrSignature
	}
	return gm.Verify(public, e.Text(), signature)
}

// said is the digest of what a message says, whenever it was signed.
func (e *Envelope) said() string {
	return gm.Chain("", e.Service, e.Subject, strconv.FormatInt(e.Seq, 10), e.Body)
}

// Receipt is the body of an answer. Its envelope has the service "receipt" and
// names the message in Re.
type Receipt struct {
	Outcome Outcome `json:"outcome"`
	// Code and Detail say why a message was refused.
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
	// Data is what was asked for.
	Data json.RawMessage `json:"data,omitempty"`
}

// Outcome is how a message was taken.
type Outcome string

// The outcomes.
const (
	Taken Outcome = "taken"
	No    Outcome = "refused"
)

// serviceReceipt is the service of answers.
const serviceReceipt = "receipt"

// parseReceipt reads an answer's body.
func parseReceipt(body string) (r Receipt, err error) {
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return r, err
	}
	switch {
	case r.Outcome != Taken && r.Outcome != No:
		return r, errors.New("it says neither taken nor refused")
	case len(r.Code) > 80 || utf8.RuneCountInString(r.Detail) > 500 || strings.ContainsRune(r.Code+r.Detail, 0):
		return r, errors.New("its reason is too long")
	}
	return r, nil
}
