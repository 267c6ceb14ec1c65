package httpd

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// documentOperations declares the routes of visits' materials.
func (a *api) documentOperations(
	h huma.API, post func(id, path, summary string, status int) huma.Operation, get func(id, path, summary string) huma.Operation,
) {
	remove := func(id, path, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodDelete, Path: prefix + path, Summary: summary,
			DefaultStatus: http.StatusNoContent, Errors: problemStatuses,
		}
	}
	part := huma.Operation{
		OperationID: "put-document-content", Method: http.MethodPut, Path: prefix + "/documents/{id}/content",
		Summary: "Add the part of a document that begins at an offset; the last one has the whole checked", MaxBodyBytes: documents.MaxPart,
		Errors: append(slices.Clone(problemStatuses), http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType),
	}
	huma.Register(h, post("create-document", "/documents", "Announce a document of a visit, or ask how much of it has come", http.StatusCreated), a.createDocument)
	huma.Register(h, get("get-document", "/documents/{id}", "What is known of a document"), a.getDocument)
	huma.Register(h, part, a.putDocument)
	huma.Register(h, get("get-document-content", "/documents/{id}/content", "A document itself: PDF, JPEG or PNG"), a.documentContent)
	huma.Register(h, remove("delete-document", "/documents/{id}", "Delete a document"), a.deleteDocument)
	huma.Register(h, get("list-documents", "/tickets/{id}/documents", "List the documents of a visit"), a.listDocuments)
	huma.Register(h, post("open-phone-upload", "/tickets/{id}/phone-upload", "Let the citizen send pictures by phone for ten minutes; an older address ends", 0), a.openPhone)
	huma.Register(h, get("get-phone-upload", "/tickets/{id}/phone-upload", "The open upload by phone of a visit"), a.getPhone)
	huma.Register(h, remove("close-phone-upload", "/tickets/{id}/phone-upload", "End the upload by phone"), a.closePhone)
}

// documentProblems say what people are told of each refusal.
var documentProblems = []struct {
	err          error
	status       int
	code, detail string
}{
	{documents.ErrUnknown, http.StatusNotFound, "document.unknown", "没有这份材料，可能已经删除"},
	{documents.ErrInvalid, http.StatusUnprocessableEntity, "document.invalid", "材料的说明有误"},
	{documents.ErrTaken, http.StatusConflict, "document.taken", "这个编号已用于另一份材料"},
	{documents.ErrSize, http.StatusRequestEntityTooLarge, "document.size", "材料不能为空，也不能超过 20 MB"},
	{documents.ErrOffset, http.StatusConflict, "document.offset", "上传位置不对，请从已收到的位置继续"},
	{documents.ErrPart, http.StatusUnprocessableEntity, "document.part", "这一段太小，或超出了材料的大小"},
	{documents.ErrState, http.StatusConflict, "document.incomplete", "材料还没有传完"},
	{documents.ErrFull, http.StatusConflict, "document.full", "这次办事的材料太多，请先删除不需要的"},
	{documents.ErrType, http.StatusUnsupportedMediaType, "document.type", "只能上传 JPEG、PNG 图片或 PDF 文件"},
	{documents.ErrDamaged, http.StatusUnprocessableEntity, "document.damaged", "文件不完整或已损坏，请重新上传"},
	{documents.ErrHash, http.StatusUnprocessableEntity, "document.hash", "收到的内容与说明不一致，请重新上传"},
	{documents.ErrPixels, http.StatusRequestEntityTooLarge, "document.pixels", "图片尺寸太大，请缩小后再上传"},
	{documents.ErrCode, http.StatusNotFound, "upload.code", "二维码已失效，请窗口工作人员重新出示"},
	{documents.ErrOther, http.StatusForbidden, "upload.other-phone", "这个二维码正在另一台手机上使用，请窗口工作人员重新出示"},
	{documents.ErrRate, http.StatusTooManyRequests, "upload.busy", "上传太快了，请稍等一会儿"},
	{documents.ErrMany, http.StatusConflict, "upload.many", "照片已经够多了，请窗口工作人员确认"},
}

// documentProblem is the answer to an error of documents.
func (a *api) documentProblem(err error) error {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	for _, p := range documentProblems {
		if errors.Is(err, p.err) {
			return newProblem(p.status, p.code, p.detail)
		}
	}
	return a.problem(err)
}

// visited is what counts of a visit for its documents.
type visited struct {
	day    queue.Day
	number string
	// window has the visit, or had it last; been are all that ever did.
	window queue.WindowID
	been   []queue.WindowID
	// open tells that it is at the window, or will come back to it.
	open, today bool
}

// visit looks a visit up for somebody who may have to do with its documents:
// managers, and clerks of windows where it was.
func (a *api) visit(ctx context.Context, id string) (visited, error) {
	who := access.From(ctx)
	if !who.Staff() && who.Role != access.Clerk {
		return visited{}, denied()
	}
	var v visited
	a.Core.Read(func(s *queue.State, _ queue.Time) {
		t := s.Tickets[queue.TicketID(id)]
		if t == nil {
			return
		}
		v = visited{day: s.Day, number: t.Number, window: t.Window, been: []queue.WindowID{t.Window}, today: true}
		v.open = t.State == queue.Called || t.State == queue.Serving || t.State == queue.Parked
		for _, p := range t.Periods {
			v.been = append(v.been, p.Window)
		}
	})
	if !v.today {
		past, ok, err := a.Store.Ticket(ctx, queue.TicketID(id))
		if err != nil {
			return v, a.problem(err)
		}
		if !ok {
			return v, a.problem(queue.Refuse(queue.NotFound, "ticket.unknown"))
		}
		v = visited{day: past.Day, number: past.Ticket.Number, window: past.Ticket.Window, been: []queue.WindowID{past.Ticket.Window}}
	}
	if !who.Staff() && (who.Window == "" || !slices.Contains(v.been, queue.WindowID(who.Window))) {
		return v, denied()
	}
	return v, nil
}

// seen is visit for somebody who wants to see documents: of a clerk the visit
// must be at the own window, or have ended there today.
func (a *api) seen(ctx context.Context, id string) (visited, error) {
	v, err := a.visit(ctx, id)
	who := access.From(ctx)
	if err == nil && !who.Staff() && (!v.today || string(v.window) != who.Window) {
		err = denied()
	}
	return v, err
}

// audit notes who had to do with a document, without saying what is in it.
func (a *api) audit(ctx context.Context, what string, d documents.Document) {
	a.Log.Info("audit", slog.String("what", what), slog.String("document", d.ID), slog.String("ticket", string(d.Ticket)),
		slog.String("kind", string(d.Kind)), slog.String("by", actor(ctx)))
}

func documentView(d documents.Document) link.DocumentView {
	return link.DocumentView{
		ID: d.ID, Ticket: string(d.Ticket), Kind: string(d.Kind), Name: d.Name, Type: d.Type, Size: d.Size, Received: d.Received,
		Stored: d.State == documents.Stored, SHA256: d.SHA256, Created: d.Created.Std(), Window: string(d.Window),
	}
}

type documentOutput struct{ Body link.DocumentView }

type documentInput struct {
	Body struct {
		ID     string `json:"id" maxLength:"40" doc:"A ULID of the sender's; sent again it is the same document"`
		Ticket string `json:"ticket" maxLength:"40"`
		Kind   string `json:"kind" enum:"material,signature"`
		Name   string `json:"name" minLength:"1" maxLength:"100" doc:"For clerks"`
		Type   string `json:"type" maxLength:"40" doc:"application/pdf, image/jpeg or image/png"`
		Size   int64  `json:"size" doc:"In bytes, at most 20 MiB"`
		SHA256 string `json:"sha256" maxLength:"64" doc:"Of the content, in lower-case hex"`
	}
}

func (a *api) createDocument(ctx context.Context, in *documentInput) (*documentOutput, error) {
	v, err := a.visit(ctx, in.Body.Ticket)
	if err != nil {
		return nil, err
	}
	d, err := a.Documents.Begin(ctx, documents.Document{
		ID: in.Body.ID, Ticket: queue.TicketID(in.Body.Ticket), Day: v.day, Kind: documents.Kind(in.Body.Kind), Name: in.Body.Name,
		Type: in.Body.Type, Size: in.Body.Size, SHA256: in.Body.SHA256,
		Window: queue.WindowID(access.From(ctx).Window), By: actor(ctx),
	})
	if err != nil {
		return nil, a.documentProblem(err)
	}
	return &documentOutput{documentView(d)}, nil
}

// DocumentRef names a document, or a visit, in a path.
type DocumentRef struct {
	ID string `path:"id" maxLength:"40"`
}

// document returns a document whose visit the asker may look at.
func (a *api) document(ctx context.Context, id string, may func(context.Context, string) (visited, error)) (documents.Document, error) {
	if c := access.From(ctx); !c.Staff() && c.Role != access.Clerk {
		return documents.Document{}, denied()
	}
	d, err := a.Documents.Get(ctx, id)
	if err != nil {
		return d, a.documentProblem(err)
	}
	_, err = may(ctx, string(d.Ticket))
	return d, err
}

func (a *api) getDocument(ctx context.Context, in *DocumentRef) (*documentOutput, error) {
	d, err := a.document(ctx, in.ID, a.visit)
	if err != nil {
		return nil, err
	}
	return &documentOutput{documentView(d)}, nil
}

func (a *api) putDocument(ctx context.Context, in *struct {
	DocumentRef
	Offset  int64  `query:"offset" minimum:"0" required:"true" doc:"How much came before"`
	RawBody []byte `contentType:"application/octet-stream"`
},
) (*documentOutput, error) {
	if _, err := a.document(ctx, in.ID, a.visit); err != nil {
		return nil, err
	}
	d, err := a.Documents.Append(ctx, in.ID, in.Offset, in.RawBody)
	if err != nil {
		return nil, a.documentProblem(err)
	}
	return &documentOutput{documentView(d)}, nil
}

func (a *api) documentContent(ctx context.Context, in *DocumentRef) (*huma.StreamResponse, error) {
	d, err := a.document(ctx, in.ID, a.seen)
	if err != nil {
		return nil, err
	}
	if d.State != documents.Stored {
		return nil, a.documentProblem(documents.ErrState)
	}
	a.audit(ctx, "document read", d)
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", d.Type)
		h.SetHeader("Content-Length", strconv.FormatInt(d.Size, 10))
		h.SetHeader("Content-Disposition", "inline")
		h.SetHeader("X-Content-Type-Options", "nosniff")
		h.SetHeader("Cache-Control", "no-store")
		h.SetStatus(http.StatusOK)
		// An answer that is too short ends the connection, so that nobody takes it
		// for the whole.
		if err := a.Documents.Copy(ctx, d.ID, h.BodyWriter()); err != nil && ctx.Err() == nil {
			a.Log.Error("document not read", slog.String("document", d.ID), slog.Any("error", err))
		}
	}}, nil
}

func (a *api) deleteDocument(ctx context.Context, in *DocumentRef) (*struct{}, error) {
	d, err := a.document(ctx, in.ID, a.seen)
	if err != nil {
		return nil, err
	}
	if err := a.Documents.Delete(ctx, in.ID); err != nil {
		return nil, a.documentProblem(err)
	}
	a.audit(ctx, "document deleted", d)
	return nil, nil
}

func (a *api) listDocuments(ctx context.Context, in *DocumentRef) (*struct {
	Body struct {
		Documents []link.DocumentView `json:"documents"`
	}
}, error,
) {
	if _, err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	list, err := a.Documents.List(ctx, queue.TicketID(in.ID))
	if err != nil {
		return nil, a.documentProblem(err)
	}
	out := &struct {
		Body struct {
			Documents []link.DocumentView `json:"documents"`
		}
	}{}
	out.Body.Documents = make([]link.DocumentView, 0, len(list))
	for _, d := range list {
		out.Body.Documents = append(out.Body.Documents, documentView(d))
	}
	return out, nil
}

type phoneOutput struct{ Body link.PaperPhone }

func (a *api) phoneView(u documents.PhoneUpload) *phoneOutput {
	base := strings.TrimRight(cmp.Or(a.Hall.Hall().URL, a.View.URL), "/")
	return &phoneOutput{link.PaperPhone{URL: base + "/u/" + u.Code, Until: u.Until.Std(), Pictures: u.Pictures}}
}

func (a *api) openPhone(ctx context.Context, in *DocumentRef) (*phoneOutput, error) {
	v, err := a.seen(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !v.open {
		return nil, newProblem(http.StatusConflict, "upload.closed", "这次办事已经结束，不能再收照片")
	}
	u := a.Documents.Phones.Open(documents.PhoneUpload{Ticket: queue.TicketID(in.ID), Day: v.day, Number: v.number, By: actor(ctx)})
	a.Log.Info("upload by phone opened", slog.String("ticket", in.ID), slog.String("by", actor(ctx)))
	return a.phoneView(u), nil
}

func (a *api) getPhone(ctx context.Context, in *DocumentRef) (*phoneOutput, error) {
	if _, err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	u, ok := a.Documents.Phones.Of(queue.TicketID(in.ID))
	if !ok {
		return nil, a.documentProblem(documents.ErrCode)
	}
	return a.phoneView(u), nil
}

func (a *api) closePhone(ctx context.Context, in *DocumentRef) (*struct{}, error) {
	if _, err := a.seen(ctx, in.ID); err != nil {
		return nil, err
	}
	a.Documents.Phones.Close(queue.TicketID(in.ID))
	return nil, nil
}
