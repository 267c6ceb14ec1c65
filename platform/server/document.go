package server

import (
	"context"
	"html/template"
	"net/http"
	"slices"

	"smarthall/platform/internal/document"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/portal"
)

// openDocuments opens the papers of cases.
func (c *contexts) openDocuments(ctx context.Context, conf Config) (err error) {
	c.documents, err = document.Open(ctx, document.Config{
		Store: c.store, Keys: c.keys, Audit: c.audit, Frame: c.frame, BaseURL: conf.BaseURL, Demo: conf.Demo, Log: conf.Log,
		Region: func(ctx context.Context, organisation string) (string, error) {
			list, err := c.identity.Organisations(ctx)
			if i := slices.IndexFunc(list, func(o identity.Organisation) bool { return o.ID == organisation }); i >= 0 {
				return list[i].Region, err
			}
			return "", err
		},
	})
	return err
}

// frame shows another context's page in the portal's form.
func (c *contexts) frame(w http.ResponseWriter, r *http.Request, status int, title string, body template.HTML) error {
	return c.portal.Frame(w, r, portal.Framed{Status: status, Title: title, Nav: "find", Body: body})
}
