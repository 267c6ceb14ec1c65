package exchange

import (
	"context"
	"mime"
	"net/http"
	"strconv"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
)

type describe func(id, method, path, summary string, who access.Who) httpd.Operation

// Routes declares the context's operations.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "exchange"}
	}
	all := access.Everybody() // a signature says who it is
	door := op("take-exchange-message", http.MethodPost, "/exchange/messages", "Take a signed message of another system and answer with a signed receipt", all)
	door.MaxBody, door.Judges = maxEnvelope, true
	httpd.Register(r, door, s.postMessage)
	file := op("exchange-file", http.MethodGet, httpd.Prefix+"/exchange/files/{token}", "A file by a link that opens it once", all)
	r.Page(file, s.pageFile)
	r.Page(op("open-manual", http.MethodGet, "/open", "How third parties use the open API", all), s.pageManual)
	httpd.Register(r, op("list-open-items", http.MethodGet, "/open/items", "Published items, for third parties with a key", all), s.getOpenItems)
	httpd.Register(r, op("list-open-halls", http.MethodGet, "/open/halls", "Halls and how many wait there, for third parties with a key", all), s.getOpenHalls)
	s.staffRoutes(r, op)
}

type messageInput struct{ RawBody []byte }

type receiptOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *Service) postMessage(ctx context.Context, in *messageInput) (*receiptOutput, error) {
	answer, err := s.Receive(ctx, in.RawBody)
	return &receiptOutput{"application/json", answer}, err
}

// pageFile serves the file of a link, once.
func (s *Service) pageFile(w http.ResponseWriter, r *http.Request) error {
	body, f, err := s.OpenLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // it was only read
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Cache-Control", "no-store")
	return copyFile(w, body)
}

type openItemsInput struct {
	Key  string `header:"X-Api-Key" maxLength:"60"`
	Text string `query:"q" maxLength:"60" doc:"What people call it"`
	Page int    `query:"page" minimum:"1" maximum:"1000" default:"1"`
	Size int    `query:"size" minimum:"1" maximum:"100" default:"50"`
}

type openItemsOutput struct {
	Body struct {
		Items []OpenItem `json:"items"`
		Total int        `json:"total"`
	}
}

func (s *Service) getOpenItems(ctx context.Context, in *openItemsInput) (*openItemsOutput, error) {
	if err := s.use(ctx, in.Key); err != nil {
		return nil, err
	}
	out := &openItemsOutput{}
	var err error
	out.Body.Items, out.Body.Total, err = s.Catalog.Items(ctx, in.Text, in.Page, in.Size)
	return out, err
}

type openHallsInput struct {
	Key string `header:"X-Api-Key" maxLength:"60"`
}

type openHallsOutput struct {
	Body struct {
		Halls []OpenHall `json:"halls"`
	}
}

func (s *Service) getOpenHalls(ctx context.Context, in *openHallsInput) (*openHallsOutput, error) {
	if err := s.use(ctx, in.Key); err != nil {
		return nil, err
	}
	out := &openHallsOutput{}
	var err error
	out.Body.Halls, err = s.Catalog.Halls(ctx)
	return out, err
}
