package identity

import (
	"context"
	"net/http"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

// scanCookie is the name of the cookie that ties a code to the browser that
// shows it.
const scanCookie = "scan"

const scanPath = "/scan-sign-ins"

func (s *Service) scanRoutes(r *httpd.Router, op describe) {
	httpd.Register(r, op("begin-scan", http.MethodPost, scanPath, "Show a code that somebody scans to sign in here", access.Everybody()), s.postScan)
	httpd.Register(r, op("get-scan", http.MethodGet, scanPath+"/current", "How far the sign-in of this browser's code is", access.Everybody()), s.getScan)
	httpd.Register(r, op("enter-by-scan", http.MethodPost, scanPath+"/current/session", "Sign in by the code that was confirmed", access.Everybody()), s.postScanSession)
	httpd.Register(r, op("see-scan", http.MethodPost, scanPath+"/scanned", "See which computer asks", access.People()), s.postScanned)
	httpd.Register(r, op("confirm-scan", http.MethodPost, scanPath+"/confirmation", "Let the computer in", access.People()), s.postConfirmation)
	httpd.Register(r, op("refuse-scan", http.MethodPost, scanPath+"/refusal", "Keep the computer out", access.People()), s.postRefusal)
}

type scanInput struct {
	Transport
	Agent string `header:"User-Agent" hidden:"true"`
}

type scanStartOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Cache     string      `header:"Cache-Control"`
	Body      struct {
		Code   string    `json:"code" doc:"For the QR code: /scan# and this"`
		Number string    `json:"number" doc:"Two digits that are asked for on the phone"`
		Until  time.Time `json:"until"`
	}
}

func (s *Service) postScan(ctx context.Context, in *scanInput) (*scanStartOutput, error) {
	v, err := s.BeginScan(ctx, in.Agent)
	if err != nil {
		return nil, err
	}
	out := &scanStartOutput{Cache: "no-store", SetCookie: http.Cookie{
		Name: scanCookie, Value: v.Browser, Path: httpd.Prefix + scanPath, MaxAge: int(scanLife / time.Second), HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: in.secure(),
	}}
	out.Body.Code, out.Body.Number, out.Body.Until = v.Code, v.Number, v.Until
	return out, nil
}

type scanBrowserInput struct {
	Transport
	Browser string `cookie:"scan" hidden:"true"`
}

type scanStateOutput struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		State ScanState `json:"state" enum:"shown,scanned,confirmed,refused,used,expired"`
	}
}

func (s *Service) getScan(ctx context.Context, in *scanBrowserInput) (*scanStateOutput, error) {
	v, err := s.ScanOf(ctx, in.Browser)
	if err != nil {
		return nil, err
	}
	out := &scanStateOutput{Cache: "no-store"}
	out.Body.State = v.State
	return out, nil
}

func (s *Service) postScanSession(ctx context.Context, in *scanBrowserInput) (*sessionOutput, error) {
	session, p, err := s.EnterByScan(ctx, in.Browser)
	if err != nil {
		return nil, err
	}
	return &sessionOutput{cookie(session, in.secure()), SessionView{session.Token, session.Until, personView(p)}}, nil
}

type scanCodeInput struct {
	Body struct {
		Code string `json:"code" maxLength:"64"`
	}
}

type scannedOutput struct {
	Body struct {
		Computer string    `json:"computer" doc:"What asks, in words"`
		At       time.Time `json:"at" doc:"When it asked"`
		Until    time.Time `json:"until"`
		// Fresh tells that the caller may confirm without signing in again.
		Fresh bool `json:"fresh"`
	}
}

func (s *Service) postScanned(ctx context.Context, in *scanCodeInput) (*scannedOutput, error) {
	v, err := s.SeeScan(ctx, in.Body.Code)
	if err != nil {
		return nil, err
	}
	out := &scannedOutput{}
	out.Body.Computer, out.Body.At, out.Body.Until = v.Computer, v.Created, v.Until
	out.Body.Fresh = s.freshSession(ctx) == nil
	return out, nil
}

type confirmationInput struct {
	Body struct {
		Code   string `json:"code" maxLength:"64"`
		Number string `json:"number" maxLength:"4" doc:"The one that the computer shows"`
	}
}

func (s *Service) postConfirmation(ctx context.Context, in *confirmationInput) (*none, error) {
	return nil, s.ConfirmScan(ctx, in.Body.Code, in.Body.Number)
}

func (s *Service) postRefusal(ctx context.Context, in *scanCodeInput) (*none, error) {
	return nil, s.RefuseScan(ctx, in.Body.Code)
}
