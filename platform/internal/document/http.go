package document

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// Routes declares the context's pages and operations. The documents of a case
// are the case's to hand out.
func (s *Service) Routes(r *httpd.Router) {
	page := func(id, path string, fn func(http.ResponseWriter, *http.Request) error) {
		r.Page(httpd.Operation{ID: id, Method: http.MethodGet, Path: path, Who: access.Everybody(), Tag: "document"}, fn)
	}
	page("verify-document-page", "/verify", s.pageVerify)
	page("verified-document-page", "/verify/{code}", s.pageVerify)
	httpd.Register(r, httpd.Operation{
		ID: "verify-document", Method: http.MethodGet, Path: "/documents/{code}", Summary: "Tell whether a document is genuine", Who: access.Everybody(), Tag: "document",
	}, s.getVerified)
	httpd.Register(r, httpd.Operation{
		ID: "get-document-prefix", Method: http.MethodGet, Path: "/document-prefixes/{organisation}", Summary: "Tell what an organisation's document numbers begin with",
		Who: access.StaffWith(access.RoleSystemAdmin), Tag: "document",
	}, s.getPrefix)
	httpd.Register(r, httpd.Operation{
		ID: "put-document-prefix", Method: http.MethodPut, Path: "/document-prefixes/{organisation}", Summary: "Set what an organisation's document numbers begin with",
		Who: access.StaffWith(access.RoleSystemAdmin), Tag: "document",
	}, s.putPrefix)
}

// Verified is what anybody may know of a document who holds it.
type Verified struct {
	Title        string `json:"title"`
	Number       string `json:"number"`
	Organisation string `json:"organisation"`
	Item         string `json:"item,omitempty"`
	Day          string `json:"day"`
	// Addressee is masked.
	Addressee string `json:"addressee"`
	CaseNo    string `json:"caseNo,omitempty"`
	// Withdrawn says why it doesn't stand any more.
	Withdrawn string `json:"withdrawn,omitempty"`
	// Digest is the SM3 of its content.
	Digest string `json:"digest"`
	Demo   bool   `json:"demo,omitempty"`
}

// Verify returns what the document with a code is, or ErrUnknown.
func (s *Service) Verify(ctx context.Context, code string) (Verified, error) {
	if code = normal(code); code == "" {
		return Verified{}, ErrUnknown
	}
	r, err := s.one(ctx, `WHERE code = $1`, code)
	if err != nil {
		return Verified{}, err
	}
	c := r.content
	return Verified{
		Title: c.Title, Number: c.Number, Organisation: c.Organisation.Name, Item: c.Item, Day: c.Day, Addressee: privacy.MaskName(c.Addressee),
		CaseNo: c.CaseNo, Withdrawn: r.doc.Withdrawn, Digest: r.digest, Demo: s.Demo,
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

var verifyPage = template.Must(template.New("verify").Funcs(template.FuncMap{"day": dayWords}).Parse(`<div class="panel block">
<h1>文书核验</h1>
{{with .Found}}{{if .Withdrawn}}<p class="notice" role="alert"><strong>此文书已撤销。</strong>原因：{{.Withdrawn}}</p>
{{else}}<p class="notice" role="status"><strong>✓ 核验通过。</strong>此文书由本平台签发，请与手中文书逐项核对。</p>{{end}}
{{if .Demo}}<p class="muted">演示环境签发，不具法律效力。</p>{{end}}
<dl class="facts"><div><dt>文书</dt><dd>{{.Title}}</dd></div><div><dt>文号</dt><dd>{{.Number}}</dd></div><div><dt>签发部门</dt><dd>{{.Organisation}}</dd></div>
<div><dt>签发日期</dt><dd>{{day .Day}}</dd></div><div><dt>当事人</dt><dd>{{.Addressee}}</dd></div>{{with .Item}}<div><dt>事项</dt><dd>{{.}}</dd></div>{{end}}
{{with .CaseNo}}<div><dt>办件编号</dt><dd>{{.}} <a href="/progress?number={{.}}">查询办理进度</a></dd></div>{{end}}<div><dt>内容摘要（SM3）</dt><dd><code style="overflow-wrap:anywhere">{{.Digest}}</code></dd></div></dl>
{{else}}{{if .Code}}<p class="notice" role="alert"><strong>没有查到这份文书。</strong>请核对核验码。如果文书是别人交给您的，请拨打 12345 求证。</p>
{{else}}<p>请输入文书左下角的 16 位核验码，或用手机扫描文书上的二维码。</p>{{end}}{{end}}
<form method="get" action="/verify" class="block"><label for="code">核验码</label> <input id="code" name="code" value="{{.Code}}" maxlength="24" autocomplete="off" required> <button class="button">核验</button></form>
</div>`))

// pageVerify shows whether a document is genuine.
func (s *Service) pageVerify(w http.ResponseWriter, r *http.Request) error {
	code := r.PathValue("code")
	if code == "" {
		code = r.URL.Query().Get("code")
	}
	status := http.StatusOK
	data := struct {
		Code  string
		Found *Verified
	}{Code: clip(code)}
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
	return s.Frame(w, r, status, "文书核验", template.HTML(b.String())) //nolint:gosec // made by an escaping template
}

// clip bounds what is shown again of what somebody typed.
func clip(text string) string {
	runes := []rune(strings.ToValidUTF8(text, ""))
	return string(runes[:min(len(runes), 24)])
}

type prefixInput struct {
	Organisation string `path:"organisation" maxLength:"40"`
	Body         struct {
		Prefix string `json:"prefix" maxLength:"30" doc:"Empty: the organisation's name"`
	}
}

type none struct{}

type organisationInput struct {
	Organisation string `path:"organisation" maxLength:"40"`
}

type prefixOutput struct {
	Body struct {
		Prefix string `json:"prefix" doc:"Empty: the organisation's name"`
	}
}

// getPrefix tells what numbers begin with.
func (s *Service) getPrefix(ctx context.Context, in *organisationInput) (*prefixOutput, error) {
	out := &prefixOutput{}
	if err := s.administers(ctx, in.Organisation); err != nil {
		return nil, err
	}
	err := s.Store.Read().QueryRowContext(ctx, `SELECT prefix FROM document_prefix WHERE organisation = $1`, in.Organisation).Scan(&out.Body.Prefix)
	if err != nil && !store.IsNone(err) {
		return nil, fmt.Errorf("read the organisation's prefix: %w", err)
	}
	return out, nil
}

// administers refuses an organisation that isn't one, or isn't of the caller's
// region.
func (s *Service) administers(ctx context.Context, organisation string) error {
	if s.Region == nil {
		return nil
	}
	region, err := s.Region(ctx, organisation)
	if err != nil {
		return err
	}
	if region == "" || !access.From(ctx).Covers(region) {
		return ErrOrder.Wrong("organisation", "不能管理其他地区的部门")
	}
	return nil
}

// putPrefix sets what numbers begin with from now on.
func (s *Service) putPrefix(ctx context.Context, in *prefixInput) (*none, error) {
	prefix := strings.TrimSpace(in.Body.Prefix)
	if strings.ContainsAny(prefix, "〔〕<>\x00\n") {
		return nil, ErrOrder.Wrong("prefix", "发文字头不能含有〔〕等符号")
	}
	if err := s.administers(ctx, in.Organisation); err != nil {
		return nil, err
	}
	return nil, s.Store.Write(ctx, "set a prefix", func(tx *store.Tx) error {
		query, args := `INSERT INTO document_prefix (organisation, prefix) VALUES ($1, $2)
			ON CONFLICT (organisation) DO UPDATE SET prefix = excluded.prefix`, []any{in.Organisation, prefix}
		if prefix == "" {
			query, args = `DELETE FROM document_prefix WHERE organisation = $1`, args[:1]
		}
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "document.prefix", Object: in.Organisation, Detail: prefix})
	})
}
