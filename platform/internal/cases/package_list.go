package cases

import (
	"context"
	"errors"
	"net/http"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/item"
)

// PackageOffer is a package that can be applied for where there is no clerk: each
// of its items can, on line and with this platform.
type PackageOffer struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Object  item.Object `json:"object"`
	Summary string      `json:"summary"`
	Items   []string    `json:"items" doc:"Ids, in the order in which they are done"`
}

// PackageOffers are those packages, in the order of their ids. One with an item
// that isn't in use for the time being isn't among them.
func (s *Service) PackageOffers(ctx context.Context) ([]PackageOffer, error) {
	all, err := s.Items.Packages(ctx)
	if err != nil {
		return nil, err
	}
	offers := []PackageOffer{}
	for _, p := range all {
		ok, err := s.allOnline(ctx, p)
		if err != nil {
			return nil, err
		}
		if ok {
			offers = append(offers, PackageOffer{ID: p.ID, Name: p.Name, Object: p.Object, Summary: p.Summary, Items: p.Items})
		}
	}
	return offers, nil
}

// allOnline tells whether each item of a package can be applied for on line here.
func (s *Service) allOnline(ctx context.Context, p item.Package) (bool, error) {
	for _, id := range p.Items {
		it, err := s.Items.Get(ctx, id)
		if errors.Is(err, item.ErrUnknown) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if it.State != item.Published || it.OnlineURL != "" || len(modes(it)) == 0 {
			return false, nil
		}
	}
	return len(p.Items) > 0, nil
}

// packageRoutes declares what is done with packages by whoever applies.
func (s *Service) packageRoutes(r *httpd.Router, op describe) {
	people := access.People().AtKiosks()
	httpd.Register(r, op("get-package-outcome", http.MethodPost, "/packages/{id}/outcome", "What a package needs in the case that the answers describe", access.Everybody()), s.postBundle)
	begin := op("begin-package", http.MethodPost, "/packages/{id}/cases", "Begin an application for a package", people)
	begin.Status = http.StatusCreated
	httpd.Register(r, begin, s.postPackage)
	httpd.Register(r, op("list-package-offers", http.MethodGet, "/package-offers", "List the packages that can be applied for without a clerk", people), s.getPackageOffers)
}

type offersOutput struct {
	Body struct {
		Packages []PackageOffer `json:"packages"`
	}
}

func (s *Service) getPackageOffers(ctx context.Context, _ *none) (*offersOutput, error) {
	list, err := s.PackageOffers(ctx)
	if err != nil {
		return nil, err
	}
	out := &offersOutput{}
	out.Body.Packages = list
	return out, nil
}
