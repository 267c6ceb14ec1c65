package evaluation

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"

	"smarthall/platform/internal/portal"
)

// pendingPage is what one can rate.
type pendingPage struct {
	Pending
	Place string // name of the hall
}

func (s *Service) pagePending(w http.ResponseWriter, req *http.Request) error {
	ctx := req.Context()
	all, err := s.AllPending(ctx)
	if err != nil {
		return err
	}
	data := make([]pendingPage, 0, len(all))
	for _, p := range all {
		view := ratePage{Subject: p.Subject}
		if err := s.aboutSubject(ctx, &view); err != nil {
			return err
		}
		p.Subject = view.Subject
		data = append(data, pendingPage{p, view.Place})
	}
	return s.show(w, req, portal.Framed{Title: "待评价", Nav: "rate"}, "pending", data)
}

// ratePage is the form behind a link.
type ratePage struct {
	Subject
	Path  string
	Place string // name of the hall
	Body  string // name of the organisation
	Rated *Rating
	Score int
	Text  string
	Alert string
	Days  int
}

func (s *Service) pageRate(w http.ResponseWriter, req *http.Request) error {
	ctx := req.Context()
	token := req.PathValue("token")
	u, rated, err := s.Invited(ctx, token)
	if err != nil {
		return err
	}
	data := ratePage{Subject: u, Path: req.URL.Path, Rated: rated}
	status := http.StatusOK
	if req.Method == http.MethodPost {
		form, err := readForm(w, req)
		if err == nil {
			data.Score, _ = strconv.Atoi(form.Get("score")) // what is no number is no score
			data.Text = form.Get("text")
			_, err = s.RateByLink(ctx, token, data.Score, form["tag"], data.Text)
		}
		f, ok := wrongs(err)
		if err == nil || errors.Is(err, ErrRated) {
			http.Redirect(w, req, req.URL.Path, http.StatusSeeOther)
			return nil
		}
		if !ok {
			return err
		}
		status, data.Alert = http.StatusUnprocessableEntity, f.Detail
	}
	if err := s.aboutSubject(ctx, &data); err != nil {
		return err
	}
	return s.show(w, req, portal.Framed{Status: status, Title: "评价服务", Nav: "rate"}, "rate", data)
}

// aboutSubject finds the names of what is rated.
func (s *Service) aboutSubject(ctx context.Context, p *ratePage) error {
	r := Rating{Subject: p.Subject}
	if p.Item != "" && p.ItemName == "" {
		if it, err := s.Item(ctx, p.Item); err == nil {
			p.ItemName, r.Organisation = it.Name, cmp.Or(r.Organisation, it.Organisation)
		}
	}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	p.Body = orgs[r.Organisation].Name
	if p.Hall != "" {
		if h, err := s.Hall(ctx, p.Hall); err == nil {
			p.Place = h.Name
		}
	}
	p.Days, err = s.days(ctx, s.Store.Read(), r.Organisation, kindRectification)
	return err
}

// ratingsPage is what everybody may see of ratings.
type ratingsPage struct {
	Public
	Bars []bar
}

// bar is one score with its share.
type bar struct {
	face
	N     int
	Share float64
}

func (s *Service) pageRatings(w http.ResponseWriter, req *http.Request) error {
	p, err := s.PublicRatings(req.Context())
	if err != nil {
		return err
	}
	data := ratingsPage{Public: p}
	for _, f := range faces {
		b := bar{face: f, N: p.All.Scores[f.Score-1]}
		if p.All.N > 0 {
			b.Share = float64(b.N*1000/p.All.N) / 10
		}
		data.Bars = append(data.Bars, b)
	}
	return s.show(w, req, portal.Framed{Title: "服务评价", Nav: "rate"}, "ratings", data)
}
