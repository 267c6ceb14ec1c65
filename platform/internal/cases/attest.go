package cases

import (
	"context"
	"net/http"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// Channel is the way a case came.
type Channel string

// The channels.
const (
	ByPortal Channel = "online"
	ByWindow Channel = "window"
	ByKiosk  Channel = "kiosk" // a self-service terminal
)

// channel is the way the case came, or is coming.
func (c *Case) channel() Channel {
	switch {
	case c.Dossier.Kiosk != "":
		return ByKiosk
	case c.Mode == Window:
		return ByWindow
	default:
		return ByPortal
	}
}

// Attestation is how an applicant stood for her application at a self-service
// terminal: by what she wrote on its screen, and by her face where the hall
// compares it with the card's photo.
type Attestation struct {
	Signature File       `json:"signature"`
	Face      *FaceCheck `json:"face,omitempty"`
	// Kiosk is the terminal as hall/kiosk.
	Kiosk string    `json:"kiosk"`
	At    time.Time `json:"at"`
}

// FaceResult is how a comparison of faces ended.
type FaceResult string

// The results. A check that failed ends at the window, not here.
const (
	FaceSame    FaceResult = "same"
	FaceVouched FaceResult = "vouched" // staff compared card and person
)

// FaceCheck is a comparison of the person in front of a terminal with the photo
// of her card. It helps who examines the case and decides nothing.
type FaceCheck struct {
	Result FaceResult `json:"result" enum:"same,vouched"`
	// Score runs from 0, nothing alike, to 1; Threshold is what counted as same.
	Score     float64 `json:"score" minimum:"0" maximum:"1"`
	Threshold float64 `json:"threshold" minimum:"0" maximum:"1"`
	// By is who vouched.
	By string `json:"by,omitempty" maxLength:"60"`
}

// The ways an attestation is refused.
var (
	ErrAttest    = fault.New(fault.Forbidden, "cases.attest", "签名和人脸核验只能在大厅的自助终端上进行")
	ErrSignature = fault.New(fault.Invalid, "cases.signature", "签名有误，请重新签名")
	ErrFace      = fault.New(fault.Invalid, "cases.face", "人脸核验的结果有误")
)

// Attest keeps how the applicant stands for a draft or a supplement. She signs
// what she hands in: at a terminal nothing comes between the two pages.
func (s *Service) Attest(ctx context.Context, id, signature string, face *FaceCheck) (c Case, err error) {
	kiosk := access.From(ctx).Kiosk
	if face != nil && !face.sound() {
		return c, ErrFace
	}
	err = s.change(ctx, "attest a case", id, func(tx *store.Tx, owned *Case) error {
		defer func() { c = *owned }()
		if err := s.editable(ctx, owned); err != nil {
			return err
		}
		if kiosk == "" {
			return ErrAttest
		}
		file, err := s.sign(ctx, tx, owned, signature)
		if err != nil {
			return err
		}
		before := owned.Dossier.Attested
		owned.Dossier.Attested = &Attestation{Signature: file, Face: face, Kiosk: kiosk, At: tx.Now}
		if before != nil {
			if err := s.release(ctx, tx, owned, []File{before.Signature}, nil); err != nil {
				return err
			}
		}
		detail := kiosk + " signed"
		if face != nil {
			detail += ", face " + string(face.Result)
		}
		if err := s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.attest", Object: id, Detail: detail}); err != nil {
			return err
		}
		return s.edited(ctx, tx, owned)
	})
	return c, err
}

// sign makes an uploaded picture the case's signature.
func (s *Service) sign(ctx context.Context, tx *store.Tx, c *Case, id string) (File, error) {
	if a := c.Dossier.Attested; a != nil && a.Signature.ID == id {
		return a.Signature, nil
	}
	if s.Files == nil {
		return File{}, ErrSource
	}
	if err := s.Files.Own(ctx, tx, id, c.ID); err != nil {
		return File{}, err
	}
	f, err := s.Files.File(ctx, id)
	if err == nil && f.Type != "image/png" {
		err = ErrSignature
	}
	return f, err
}

// sound tells whether a check is one that a terminal can have made.
func (f *FaceCheck) sound() bool {
	share := func(v float64) bool { return v >= 0 && v <= 1 } // not a number is neither
	switch {
	case !share(f.Score) || !share(f.Threshold) || utf8.RuneCountInString(f.By) > 60:
		return false
	case f.Result == FaceSame:
		return f.Threshold > 0 && f.Score >= f.Threshold && f.By == ""
	default:
		return f.Result == FaceVouched && f.By != ""
	}
}

// signedWith tells whether a file is the case's signature.
func (c *Case) signedWith(file string) bool {
	return c.Dossier.Attested != nil && c.Dossier.Attested.Signature.ID == file
}

// attestRoutes declares what is done at self-service terminals alone.
func (s *Service) attestRoutes(r *httpd.Router, op describe) {
	httpd.Register(r, op("attest-case", http.MethodPut, "/cases/{id}/attestation", "Keep the applicant's signature and the comparison of her face, at a self-service terminal", access.People().AtKiosks()), s.putAttestation)
}

type attestationInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Signature string     `json:"signature" maxLength:"40" doc:"Id of an upload: PNG"`
		Face      *FaceCheck `json:"face,omitempty"`
	}
}

func (s *Service) putAttestation(ctx context.Context, in *attestationInput) (*viewOutput, error) {
	c, err := s.Attest(ctx, in.ID, in.Body.Signature, in.Body.Face)
	return s.answer(ctx, c, err)
}
