package payment

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"

	"smarthall/internal/calendar"
	"smarthall/internal/pdf"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
)

// Routes declares the context's operations and pages.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "payment"}
	}
	offices := access.StaffWith(access.RoleClerk, access.RoleChief)
	httpd.Register(r, op("get-payment", http.MethodGet, "/payments/{id}", "Get what is owed", access.People().Or(offices)), s.getOrder)
	httpd.Register(r, op("pay", http.MethodPost, "/payments/{id}/pay", "Begin to pay: returns the provider's page", access.People()), s.postPay)
	httpd.Register(r, op("look-at-payment", http.MethodPost, "/payments/{id}/look", "Ask the provider whether it was paid", access.People().Or(offices)), s.postLook)
	httpd.Register(r, op("pay-at-window", http.MethodPost, "/payments/{id}/at-window", "Book what was paid in the hall", access.StaffWith(access.RoleClerk)), s.postAtWindow)
	httpd.Register(r, op("refund-payment", http.MethodPost, "/payments/{id}/refund", "Give a payment back", access.StaffWith(access.RoleChief)), s.postRefund)
	httpd.Register(r, op("list-payments", http.MethodGet, "/payments", "List one's body's orders", offices), s.getOrders)
	httpd.Register(r, op("list-reconciliations", http.MethodGet, "/reconciliations", "List how the books compare", access.StaffWith(access.RoleSystemAdmin, access.RoleChief)), s.getReconciliations)
	httpd.Register(r, op("reconcile", http.MethodPost, "/reconciliations/{day}", "Compare a day's books", access.StaffWith(access.RoleSystemAdmin)), s.postReconcile)
	httpd.Register(r, op("get-payment-time", http.MethodGet, "/payment-times/{item}", "Tell whether an item's fees are due before the decision", access.StaffWith(access.RoleItemReviewer)), s.getFirst)
	httpd.Register(r, op("put-payment-time", http.MethodPut, "/payment-times/{item}", "Set whether an item's fees are due before the decision", access.StaffWith(access.RoleItemReviewer)), s.putFirst)
	r.Page(op("payment-receipt", http.MethodGet, "/payment-receipts/{id}", "", access.People().Or(offices)), s.pageReceipt)
	callback := op("payment-callback", http.MethodPost, "/payments/callback/{provider}", "", access.Everybody())
	r.Page(callback, s.callback)
	if d, ok := s.Provider.(demo); ok {
		d.routes(r)
	}
}

type none struct{}

type idInput struct {
	ID string `path:"id" maxLength:"40"`
}

type orderOutput struct{ Body Order }

func (s *Service) getOrder(ctx context.Context, in *idInput) (*orderOutput, error) {
	o, err := s.Get(ctx, in.ID)
	return &orderOutput{o}, err
}

type payOutput struct {
	Body struct {
		Page string `json:"page"`
	}
}

func (s *Service) postPay(ctx context.Context, in *idInput) (*payOutput, error) {
	page, err := s.Pay(ctx, in.ID)
	out := &payOutput{}
	out.Body.Page = page
	return out, err
}

func (s *Service) postLook(ctx context.Context, in *idInput) (*orderOutput, error) {
	if _, err := s.Get(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := s.Look(ctx, in.ID); err != nil && !errors.Is(err, errBooked) {
		return nil, err
	}
	return s.getOrder(ctx, in)
}

type windowInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Proof string `json:"proof" minLength:"1" maxLength:"200" doc:"Cash, or the number of the bank's slip"`
	}
}

func (s *Service) postAtWindow(ctx context.Context, in *windowInput) (*orderOutput, error) {
	o, err := s.PaidAtWindow(ctx, in.ID, in.Body.Proof)
	return &orderOutput{o}, err
}

type refundInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200"`
	}
}

func (s *Service) postRefund(ctx context.Context, in *refundInput) (*orderOutput, error) {
	o, err := s.Refund(ctx, in.ID, in.Body.Reason)
	return &orderOutput{o}, err
}

type ordersInput struct {
	State  string `query:"state" enum:"created,paying,paid,closed,refunding,refunded" required:"false"`
	Before string `query:"before" maxLength:"40"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

type ordersOutput struct {
	Body struct {
		Orders []Order `json:"orders"`
	}
}

// getOrders lists the orders of the caller's body, or of its whole region for
// the centre.
func (s *Service) getOrders(ctx context.Context, in *ordersInput) (*ordersOutput, error) {
	c := access.From(ctx)
	org := c.Org
	if slices.Contains(s.Managers, org) {
		org = ""
	}
	rows, err := s.Store.Read().QueryContext(ctx, columns+`WHERE ($1 = '' OR organisation = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`,
		org, in.State, in.Before, in.Limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := &ordersOutput{}
	out.Body.Orders = []Order{}
	for rows.Next() {
		o, err := s.scan(rows)
		if err != nil {
			return nil, err
		}
		if c.Covers(o.region) {
			out.Body.Orders = append(out.Body.Orders, o)
		}
	}
	return out, rows.Err()
}

type reconciliationsOutput struct {
	Body struct {
		Reconciliations []Reconciliation `json:"reconciliations"`
	}
}

func (s *Service) getReconciliations(ctx context.Context, _ *none) (*reconciliationsOutput, error) {
	list, err := s.Reconciliations(ctx, 60)
	out := &reconciliationsOutput{}
	out.Body.Reconciliations = list
	return out, err
}

type dayInput struct {
	Day string `path:"day" maxLength:"10"`
}

type reconciliationOutput struct{ Body Reconciliation }

func (s *Service) postReconcile(ctx context.Context, in *dayInput) (*reconciliationOutput, error) {
	day, err := calendar.ParseDay(in.Day)
	if err != nil || !day.Before(calendar.On(s.Store.Now().In(s.Zone)).Add(1)) {
		return nil, ErrRequest.Wrong("day", "请给出已经过去的日期")
	}
	r, err := s.Reconcile(ctx, day)
	if err != nil {
		return nil, err
	}
	return &reconciliationOutput{r}, s.Audit.Write(ctx, audit.Entry{Action: "payment.reconcile", Object: in.Day})
}

// maxCallback bounds what a provider says, in bytes.
const maxCallback = 64 << 10

// callback hears a provider. What it says only makes the platform look into the
// provider's books: repeated, late or out of order it changes nothing.
func (s *Service) callback(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCallback+1))
	if err != nil || len(body) > maxCallback || r.PathValue("provider") != s.Provider.Name() {
		return ErrUnknown
	}
	reference, err := s.Provider.Callback(r, body)
	if err != nil {
		return ErrUnknown.Because(err)
	}
	o, err := s.one(r.Context(), s.Store.Read(), `WHERE provider = $1 AND reference = $2`, s.Provider.Name(), reference)
	if err != nil {
		return err
	}
	if err := s.Look(r.Context(), o.ID); err != nil && !errors.Is(err, errBooked) {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// pageReceipt sends the receipt of a payment as a PDF.
func (s *Service) pageReceipt(w http.ResponseWriter, r *http.Request) error {
	o, err := s.Get(r.Context(), r.PathValue("id"))
	switch {
	case err != nil:
		return err
	case o.Receipt == "":
		return ErrState.With("尚未缴费，没有票据")
	}
	name, err := s.Body(r.Context(), o.Organisation)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.print(&b, o, name); err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/pdf")
	header.Set("Content-Disposition", `inline; filename="receipt.pdf"`)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(b.Bytes()) // whoever asked may be gone
	return nil
}

// print writes a receipt: half a page, as people keep them.
func (s *Service) print(w io.Writer, o Order, body string) error {
	const left, width, row = 22.0, 210 - 44.0, 8.0
	grey := pdf.Colour{96, 96, 96}
	doc := pdf.New(pdf.Options{Title: "缴费票据", Made: o.Paid})
	doc.AddPage(pdf.A4)
	doc.Font(20, pdf.Black)
	doc.Cell(left, 22, width, 10, "缴 费 票 据", pdf.Centre)
	doc.Font(10, grey)
	doc.Cell(left, 36, width, 6, o.Receipt, pdf.Right)
	doc.Cell(left, 36, width, 6, "缴款人："+o.payer, pdf.Left)
	y := 45.0
	line := func(cells [3]string, head bool) {
		doc.Font(10.5, pdf.Black)
		if head {
			doc.Fill(left, y, width, row, pdf.Colour{240, 242, 245})
		}
		doc.Cell(left+2, y, 84, row, cells[0], pdf.Left)
		doc.Cell(left+88, y, 44, row, cells[1], pdf.Left)
		doc.Cell(left+132, y, width-134, row, cells[2], pdf.Right)
		doc.Line(left, y+row, left+width, y+row, 0.2, grey)
		y += row
	}
	line([3]string{"收费项目", "依据", "金额（元）"}, true)
	for _, l := range o.Lines {
		line([3]string{l.Name, l.Basis, Yuan(l.Amount)}, false)
	}
	line([3]string{"合计", "", Yuan(o.Amount)}, false)
	doc.Font(10, grey)
	doc.Cell(left, y+4, width, 6, "办件编号："+o.CaseNo, pdf.Left)
	doc.Cell(left, y+10, width, 6, "缴费时间："+o.Paid.In(s.Zone).Format("2006年1月2日 15:04"), pdf.Left)
	if o.Demo {
		doc.Cell(left, y+16, width, 6, "演示支付，未发生真实扣款，不作为报销凭证", pdf.Left)
	}
	doc.Font(12, pdf.Black)
	doc.Cell(left+width-80, y+14, 80, 8, "收款单位："+body, pdf.Centre)
	doc.Seal(left+width-40, y+16, 38, pdf.Seal{Around: body, Below: "收费专用章"})
	return doc.Output(w)
}
