package licence

import (
	"bytes"
	"context"
	"html/template"
	"net/http"
	"strings"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
)

// Routes declares the context's operations and pages.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "licence"}
	}
	offices := access.StaffWith(access.RoleApprover, access.RoleChief, access.RoleClerk)
	httpd.Register(r, op("list-my-licences", http.MethodGet, "/me/licences", "List one's licences", access.People().AtKiosks()), s.getMine)
	httpd.Register(r, op("verify-licence", http.MethodGet, "/licence-verification/{code}", "Tell whether a licence stands", access.Everybody()), s.getVerified)
	httpd.Register(r, op("find-licences", http.MethodGet, "/licences", "Find licences of one's body by number or holder", offices), s.getFound)
	httpd.Register(r, op("get-licence-history", http.MethodGet, "/licences/{id}/history", "What became of a licence", access.People().Or(offices)), s.getHistory)
	httpd.Register(r, op("change-licence", http.MethodPost, "/licences/{id}/state", "Suspend, restore or revoke a licence", access.StaffWith(access.RoleChief)), s.postState)
	httpd.Register(r, op("list-licence-types", http.MethodGet, "/licence-types", "The catalogue of licences", access.Everybody()), s.getTypes)
	httpd.Register(r, op("put-licence-type", http.MethodPut, "/licence-types/{id}", "Add or change a kind of licences", access.StaffWith(access.RoleItemReviewer)), s.putTypes)
	r.Page(op("download-licence", http.MethodGet, "/licence-files/{id}", "", access.People().Or(offices)), s.pageFile)
	r.Page(op("verify-licence-page", http.MethodGet, "/licences/verify", "", access.Everybody()), s.pageVerify)
	r.Page(op("verified-licence-page", http.MethodGet, "/licences/verify/{code}", "", access.Everybody()), s.pageVerify)
}

type none struct{}

type licencesOutput struct {
	Body struct {
		Licences []Licence `json:"licences"`
	}
}

func (s *Service) getMine(ctx context.Context, _ *none) (*licencesOutput, error) {
	list, err := s.Mine(ctx)
	out := &licencesOutput{}
	out.Body.Licences = list
	return out, err
}

type findInput struct {
	Number string `query:"number" minLength:"4" maxLength:"100" required:"true" doc:"The licence's or the holder's number"`
}

func (s *Service) getFound(ctx context.Context, in *findInput) (*licencesOutput, error) {
	list, err := s.Find(ctx, in.Number)
	out := &licencesOutput{}
	out.Body.Licences = list
	return out, err
}

type idInput struct {
	ID string `path:"id" maxLength:"40"`
}

type historyOutput struct {
	Body struct {
		History []Happening `json:"history"`
		Prints  []Print     `json:"prints" doc:"Those of halls' machines"`
	}
}

func (s *Service) getHistory(ctx context.Context, in *idInput) (*historyOutput, error) {
	if _, err := s.visible(ctx, in.ID); err != nil {
		return nil, err
	}
	out := &historyOutput{}
	var err error
	if out.Body.History, err = s.History(ctx, in.ID); err != nil {
		return nil, err
	}
	out.Body.Prints, err = s.PrintsOf(ctx, in.ID)
	return out, err
}

// visible reads a licence that the caller may see: her own, the one of the
// legal person she acts for, or one of the body that she works for.
func (s *Service) visible(ctx context.Context, id string) (Licence, error) {
	l, err := s.one(ctx, s.Store.Read(), `WHERE id = $1`, id)
	if err != nil {
		return l, err
	}
	c := access.From(ctx)
	own := c.Kind == access.Person && (l.legal == "" && l.person == c.ID || l.legal != "" && l.legal == c.For)
	office := c.Kind == access.Staff && c.Org == l.organisation && c.Covers(l.region)
	if !own && !office {
		return Licence{}, ErrUnknown
	}
	return l, nil
}

type stateInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		State  State  `json:"state" enum:"valid,suspended,revoked"`
		Reason string `json:"reason" minLength:"1" maxLength:"200"`
	}
}

type licenceOutput struct{ Body Licence }

func (s *Service) postState(ctx context.Context, in *stateInput) (*licenceOutput, error) {
	l, err := s.Change(ctx, in.ID, in.Body.State, in.Body.Reason)
	return &licenceOutput{l}, err
}

type typesOutput struct {
	Body struct {
		Types []Type `json:"types"`
	}
}

func (s *Service) getTypes(ctx context.Context, _ *none) (*typesOutput, error) {
	list, err := s.Types(ctx)
	out := &typesOutput{}
	out.Body.Types = list
	return out, err
}

type typeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Type
}

func (s *Service) putTypes(ctx context.Context, in *typeInput) (*none, error) {
	if in.Body.ID != in.ID {
		return nil, ErrType.Wrong("id", "编号与地址不一致")
	}
	return nil, s.PutType(ctx, in.Body)
}

// pageFile sends a licence as a PDF.
func (s *Service) pageFile(w http.ResponseWriter, r *http.Request) error {
	l, err := s.visible(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.print(&b, l); err != nil {
		return err
	}
	if err := s.Audit.Write(r.Context(), audit.Entry{Action: "licence.download", Object: l.ID}); err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/pdf")
	header.Set("Content-Disposition", `inline; filename="licence-`+l.Number+`.pdf"`)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(b.Bytes()) // whoever asked may be gone
	return nil
}

// Verified is what anybody may know of a licence who holds it.
type Verified struct {
	Name       string `json:"name"`
	Number     string `json:"number"`
	Identifier string `json:"identifier"`
	Body       string `json:"body"`
	Holder     string `json:"holder" doc:"Masked"`
	From       string `json:"from"`
	Until      string `json:"until,omitempty"`
	State      State  `json:"state"`
	Reason     string `json:"reason,omitempty"`
	Digest     string `json:"digest" doc:"SM3 of its content"`
	Demo       bool   `json:"demo,omitempty"`
}

// Stands tells whether the licence may be used.
func (v Verified) Stands() bool { return v.State == Valid }

// Word is the state in one word.
func (v Verified) Word() string { return v.State.Word() }

// Verify returns what the licence with a code is, or ErrUnknown.
func (s *Service) Verify(ctx context.Context, code string) (Verified, error) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if len(code) != 16 || strings.Trim(code, letters) != "" {
		return Verified{}, ErrUnknown
	}
	l, err := s.one(ctx, s.Store.Read(), `WHERE code = $1`, code)
	if err != nil {
		return Verified{}, err
	}
	return Verified{
		Name: l.Name, Number: l.Number, Identifier: l.Identifier, Body: l.Body.Name, Holder: privacy.MaskName(l.Holder), From: l.From, Until: l.Until,
		State: l.State, Reason: l.Reason, Digest: l.digest, Demo: s.Demo,
	}, nil
}

type codeInput struct {
	Code string `path:"code" maxLength:"40"`
}

type verifiedOutput struct{ Body Verified }

func (s *Service) getVerified(ctx context.Context, in *codeInput) (*verifiedOutput, error) {
	v, err := s.Verify(ctx, in.Code)
	return &verifiedOutput{v}, err
}

var verifyPage = template.Must(template.New("verify").Parse(`<div class="panel block">
<h1>电子证照核验</h1>
{{with .Found}}{{if .Stands}}<p class="notice" role="status"><strong>✓ 证照有效。</strong>请与出示的证照逐项核对。</p>
{{else}}<p class="notice" role="alert"><strong>! 证照{{.Word}}。</strong>{{with .Reason}}原因：{{.}}{{end}}</p>{{end}}
{{if .Demo}}<p class="muted">演示环境签发，不具法律效力。</p>{{end}}
<dl class="facts"><div><dt>证照名称</dt><dd>{{.Name}}</dd></div><div><dt>编号</dt><dd>{{.Number}}</dd></div><div><dt>持证主体</dt><dd>{{.Holder}}</dd></div>
<div><dt>发证机关</dt><dd>{{.Body}}</dd></div><div><dt>有效期</dt><dd>{{.From}} 至 {{if .Until}}{{.Until}}{{else}}长期{{end}}</dd></div>
<div><dt>证照标识</dt><dd style="overflow-wrap:anywhere">{{.Identifier}}</dd></div><div><dt>内容摘要（SM3）</dt><dd><code style="overflow-wrap:anywhere">{{.Digest}}</code></dd></div></dl>
{{else}}{{if .Code}}<p class="notice" role="alert"><strong>没有查到这份证照。</strong>请核对核验码，或重新扫描证照上的二维码。</p>
{{else}}<p>请扫描证照上的二维码，或输入核验码。</p>{{end}}{{end}}
<form method="get" action="/licences/verify" class="block"><label for="code">核验码</label> <input id="code" name="code" value="{{.Code}}" maxlength="24" autocomplete="off" required> <button class="button">核验</button></form>
</div>`))

// pageVerify shows whether a licence stands.
func (s *Service) pageVerify(w http.ResponseWriter, r *http.Request) error {
	code := r.PathValue("code")
	if code == "" {
		code = r.URL.Query().Get("code")
	}
	shown := []rune(strings.ToValidUTF8(code, ""))
	data := struct {
		Code  string
		Found *Verified
	}{Code: string(shown[:min(len(shown), 24)])}
	status := http.StatusOK
	if code != "" {
		found, err := s.Verify(r.Context(), code)
		switch f := fault.Of(err); {
		case f != nil && f.Kind == fault.NotFound:
			status = http.StatusNotFound
		case err != nil:
			return err
		default:
			data.Found = &found
		}
	}
	var b bytes.Buffer
	if err := verifyPage.Execute(&b, data); err != nil {
		return err
	}
	return s.Frame(w, r, status, "电子证照核验", template.HTML(b.String())) //nolint:gosec // made by an escaping template
}
