package cases_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

type (
	forms      struct{ *city }
	filed      struct{ *city }
	flows      struct{ *city }
	papers     struct{ *city }
	licences   struct{ *city }
	payments   struct{ *city }
	deliveries struct{ *city }
	ratings    struct{ *city }
)

// The form wants a name of the shop, drops what begins with x, and locks who.
func (forms) ForItem(_ context.Context, item string) (cases.FormRef, error) {
	return cases.FormRef{ID: "form-" + item, Version: 2}, nil
}

func (forms) Clean(_ context.Context, _ cases.FormRef, values map[string]any, _ cases.Facts) (map[string]any, error) {
	out := map[string]any{}
	for k, v := range values {
		if !strings.HasPrefix(k, "x") {
			out[k] = v
		}
	}
	return out, nil
}

func (forms) Check(_ context.Context, _ cases.FormRef, values map[string]any, _ cases.Facts) ([]fault.Field, error) {
	if name, _ := values["shop"].(string); name == "" || len(name) > 300 {
		return []fault.Field{{Name: "shop", Message: "请填写店名"}}, nil
	}
	return nil, nil
}

func (forms) Prefill(_ context.Context, _ cases.FormRef, f cases.Facts) (map[string]any, []cases.Locked, error) {
	values := map[string]any{"who": f.Applicant.Called()}
	if len(f.Earlier) > 0 {
		values["address"] = f.Earlier[0].Values["address"]
	}
	return values, []cases.Locked{{Name: "who", Why: "来自实名信息"}}, nil
}

func (forms) Lock(_ context.Context, _ cases.FormRef, values map[string]any, f cases.Facts) (map[string]any, error) {
	out := map[string]any{}
	for k, v := range values {
		out[k] = v
	}
	out["who"] = f.Applicant.Called()
	return out, nil
}

func (forms) Print(_ context.Context, w io.Writer, _ cases.FormRef, _ map[string]any, _ cases.Facts, title, _, _ string) error {
	_, err := io.WriteString(w, "%PDF-"+title)
	return err
}

var errNoFile = fault.New(fault.NotFound, "files.unknown", "没有这个文件")

// upload makes a file of the context's caller.
func (c *city) upload(ctx context.Context) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := fmt.Sprintf("f%d", len(c.files)+1)
	c.files[id] = file{File: cases.File{ID: id, Name: "材料.pdf", Type: "application/pdf", Size: 9}, by: access.From(ctx).ID}
	return id
}

func (f filed) Own(ctx context.Context, _ *store.Tx, id, owner string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	got, ok := f.files[id]
	if !ok || got.by != access.From(ctx).ID || len(got.owners) > 0 {
		return errNoFile
	}
	got.owners = append(got.owners, owner)
	f.files[id] = got
	return nil
}

func (f filed) Share(_ context.Context, _ *store.Tx, id, owner string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	got := f.files[id]
	got.owners = append(got.owners, owner)
	f.files[id] = got
	return nil
}

func (f filed) Disown(_ context.Context, _ *store.Tx, id, owner string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	got := f.files[id]
	got.owners = slices.DeleteFunc(got.owners, func(o string) bool { return o == owner })
	f.files[id] = got
	return nil
}

func (f filed) File(_ context.Context, id string) (cases.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	got, ok := f.files[id]
	if !ok {
		return got.File, errNoFile
	}
	return got.File, nil
}

func (f filed) Serve(w http.ResponseWriter, r *http.Request, id string) error {
	got, err := f.File(r.Context(), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", got.Type)
	_, err = io.WriteString(w, "%PDF-1.4 x")
	return err
}

func (f flows) Start(_ context.Context, _ *store.Tx, b cases.FlowStart) error {
	f.flows[b.Case] = "running"
	return nil
}

func (f flows) Terminate(_ context.Context, _ *store.Tx, id, reason string) error {
	f.flows[id] = reason
	return nil
}

func (f flows) Resume(_ context.Context, _ *store.Tx, id, _ string) error {
	f.flows[id] = "resumed"
	return nil
}

func (f flows) Steps(_ context.Context, id string) ([]cases.FlowStep, error) {
	if f.flows[id] == "" {
		return nil, nil
	}
	return []cases.FlowStep{{Name: "审查", State: "now", Word: "办理中", Organisation: "东湖区市场监督管理局"}}, nil
}

// MaySee lets the approvers of another body look, who examine every case.
func (f flows) MaySee(ctx context.Context, _ string) (bool, error) {
	return access.From(ctx).Org == examiner, nil
}

// examiner is a body that no case here is of, whose approvers examine them all.
const examiner = "fire"

func (f flows) Picture(_ context.Context, w io.Writer, _ string) error {
	_, err := io.WriteString(w, "<svg><text>审查</text></svg>")
	return err
}

func (p papers) Issue(_ context.Context, _ *store.Tx, o cases.DocumentOrder) (cases.Document, error) {
	p.papers = append(p.papers, o)
	return cases.Document{ID: fmt.Sprintf("d%d", len(p.papers)), Kind: o.Kind, Name: o.Kind, Number: "东政务〔2026〕1号", Day: "2026-11-23", Code: "ABCD"}, nil
}

func (papers) PDF(_ context.Context, w io.Writer, id string) error {
	_, err := io.WriteString(w, "%PDF-"+id)
	return err
}

func (l licences) Issue(_ context.Context, _ *store.Tx, o cases.LicenceOrder) (cases.Licence, error) {
	l.issued = append(l.issued, o)
	return cases.Licence{ID: "l1", Name: "食品经营许可证", Number: "JY1"}, nil
}

func (licences) Held(_ context.Context, id string, a cases.Applicant, person, _ string) (cases.Licence, error) {
	if id != "card-"+person {
		return cases.Licence{}, cases.ErrSource
	}
	return cases.Licence{ID: id, Name: "居民身份证", Number: a.IDNumber}, nil
}

func (p payments) Order(_ context.Context, _ *store.Tx, o cases.PaymentOrder) (string, error) {
	p.orders = append(p.orders, o)
	return fmt.Sprintf("pay%d", len(p.orders)), nil
}
func (p payments) First(context.Context, string) (bool, error) { return p.first, nil }
func (p payments) Cancel(_ context.Context, _ *store.Tx, id, _ string) error {
	p.orders = append(p.orders, cases.PaymentOrder{Title: "cancelled " + id})
	return nil
}

func (d deliveries) Order(_ context.Context, _ *store.Tx, o cases.DeliveryOrder) (string, error) {
	d.posted = append(d.posted, o)
	return fmt.Sprintf("post%d", len(d.posted)), nil
}

func (r ratings) Invite(_ context.Context, _ *store.Tx, i cases.Invitation) (string, error) {
	r.invited = append(r.invited, i)
	return "https://donghu.example/rate/" + i.Case, nil
}

func (r ratings) Rate(_ context.Context, _ *store.Tx, i cases.Invitation, score int, tags []string, via string) (bool, error) {
	if r.rated[i.Case] != 0 {
		return false, nil
	}
	r.rated[i.Case] = score
	r.said = append(r.said, fmt.Sprint(via, " ", score, tags))
	return true, nil
}

func (r ratings) Rated(_ context.Context, id string) (int, error) { return r.rated[id], nil }

func (ratings) Scores() []cases.Score {
	return []cases.Score{{Score: 1, Word: "非常不满意", Tags: []string{"多次跑动"}}, {Score: 5, Word: "非常满意", Tags: []string{}}}
}
