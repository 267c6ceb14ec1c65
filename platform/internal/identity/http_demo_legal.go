package identity

import (
	"errors"
	"html/template"
	"net/http"
	"strings"

	"smarthall/internal/codes"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/identity/certificate"
)

// The pages of a demo city that stand for a phone's wallet of electronic
// business licences, and for the counter of a certificate authority.
const (
	walletPath      = "/demo/wallet"
	certificatePath = "/demo/certificate"
)

// maxDemoForm bounds the body of a form, in bytes.
const maxDemoForm = 8 << 10

func (s *Service) demoLegalRoutes(r *httpd.Router) {
	page := func(id, method, path string, fn func(w http.ResponseWriter, req *http.Request) error) {
		r.Page(httpd.Operation{ID: id, Method: method, Path: path, Who: access.Everybody(), Tag: tag}, fn)
	}
	if s.demoWallet != nil {
		page("open-demo-wallet", http.MethodGet, walletPath, s.getWallet)
		page("answer-demo-wallet", http.MethodPost, walletPath, s.postWallet)
	}
	if s.demoAuthority != nil {
		page("ask-demo-certificate", http.MethodGet, certificatePath, s.getCertificate)
		page("make-demo-certificate", http.MethodPost, certificatePath, s.postCertificate)
	}
}

// demoPage is what the pages show. Form is empty where there is nothing to fill
// in.
type demoPage struct {
	Title, Site, Nonce, Done, Trouble string
	Form                              *licenceForm
	Key                               string
	Wrong                             map[string]string
}

// demoExample fills the forms in, so that a demo needs no typing.
var demoExample = licenceForm{Name: "东湖区云栖小馆餐饮有限公司", Code: "91330102MA27XL0X30", Role: string(Handler)}

func (s *Service) show(w http.ResponseWriter, t *template.Template, status int, p demoPage) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the request
	w.WriteHeader(status)
	_ = t.Execute(w, p) // who asked may be gone
	return nil
}

// showTrouble shows why the wallet can't go on.
func (s *Service) showTrouble(w http.ResponseWriter, err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	status := http.StatusConflict
	if f.Kind == fault.NotFound {
		status = http.StatusNotFound
	}
	return s.show(w, walletPage, status, demoPage{Title: demoWalletName, Trouble: f.Detail})
}

func (s *Service) getWallet(w http.ResponseWriter, req *http.Request) error {
	nonce := req.URL.Query().Get("c")
	site, err := s.demoWallet.asked(req.Context(), nonce)
	if err != nil {
		return s.showTrouble(w, err)
	}
	form := demoExample
	return s.show(w, walletPage, http.StatusOK, demoPage{Title: demoWalletName, Site: site, Nonce: nonce, Form: &form})
}

func (s *Service) postWallet(w http.ResponseWriter, req *http.Request) error {
	req.Body = http.MaxBytesReader(w, req.Body, maxDemoForm)
	nonce := req.PostFormValue("c")
	site, err := s.demoWallet.asked(req.Context(), nonce)
	if err != nil {
		return s.showTrouble(w, err)
	}
	if req.PostFormValue("answer") != "approve" {
		if err := s.demoWallet.end(req.Context(), nonce, "declined", LegalIdentity{}); err != nil {
			return s.showTrouble(w, err)
		}
		return s.show(w, walletPage, http.StatusOK, demoPage{Title: demoWalletName, Done: "已拒绝，电脑上的操作不会继续。"})
	}
	form := readLicenceForm(req)
	if wrong := form.wrongs(s.Store.Now()); len(wrong) > 0 {
		return s.show(w, walletPage, http.StatusUnprocessableEntity, demoPage{Title: demoWalletName, Site: site, Nonce: nonce, Form: &form, Wrong: wrong})
	}
	if err := s.demoWallet.end(req.Context(), nonce, "approved", form.identity(s.Store.Now())); err != nil {
		return s.showTrouble(w, err)
	}
	return s.show(w, walletPage, http.StatusOK, demoPage{Title: demoWalletName, Done: "已同意，请回到原页面继续。"})
}

func (s *Service) getCertificate(w http.ResponseWriter, _ *http.Request) error {
	form := demoExample
	return s.show(w, certificatePage, http.StatusOK, demoPage{Title: demoAuthorityName, Form: &form, Key: string(certificate.ECDSA)})
}

// postCertificate gives a key and its certificate out, as a file.
func (s *Service) postCertificate(w http.ResponseWriter, req *http.Request) error {
	req.Body = http.MaxBytesReader(w, req.Body, maxDemoForm)
	form, key := readLicenceForm(req), req.PostFormValue("key")
	wrong := map[string]string{}
	if !isLegalName(form.Name) {
		wrong["name"] = "请填写营业执照上的名称"
	}
	if _, err := codes.ParseCredit(form.Code); err != nil {
		wrong["code"] = "统一社会信用代码有误，请核对"
	}
	switch certificate.Key(key) {
	case certificate.SM2, certificate.ECDSA, certificate.RSA:
	default:
		wrong["key"] = "请选择密钥类型"
	}
	if len(wrong) > 0 {
		return s.show(w, certificatePage, http.StatusUnprocessableEntity, demoPage{Title: demoAuthorityName, Form: &form, Key: key, Wrong: wrong})
	}
	issued, err := s.demoAuthority.Issue(form.Name, form.Code, certificate.Key(key), s.Store.Now())
	if err != nil {
		return errors.Join(ErrLegalAway, err)
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Header().Set("Content-Disposition", `attachment; filename="`+strings.ToLower(form.Code)+"-"+key+`.pem"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(issued)) // who asked may be gone
	return nil
}

// demoHead is the frame of the demo pages: for a phone, without scripts.
const demoHead = `{{define "head"}}<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<style>*{box-sizing:border-box}body{font:17px/1.5 system-ui,"Noto Sans SC","WenQuanYi Zen Hei",sans-serif;margin:0;color:#1b2733;background:#eef3ee}
header{background:#1d6b45;color:#fff;padding:14px 20px}h1{font-size:21px;margin:0}main{max-width:30em;margin:0 auto;padding:16px}
.note{background:#fff4d6;border:1px solid #d9b44a;border-radius:8px;padding:10px 14px;margin:0 0 14px}
label{display:block;margin-top:12px}label span,legend{display:block;margin-bottom:4px;font-weight:600}
input:not([type=radio]),select{width:100%;min-height:48px;padding:0 12px;border:2px solid #9aa7b2;border-radius:8px;font:inherit;background:#fff}
fieldset{border:0;padding:0;margin:14px 0 0}fieldset label{display:flex;gap:10px;align-items:center;min-height:48px;margin:0}fieldset input{width:24px;height:24px;flex:none}
small{color:#b3261e;display:block}button{width:100%;min-height:52px;margin-top:16px;border:2px solid #1d6b45;border-radius:8px;font:inherit;font-weight:700;background:#1d6b45;color:#fff}
button.no{background:#fff;color:#1d6b45;margin-top:10px}.big{font-size:20px;font-weight:700;text-align:center;padding:40px 0}</style></head>
<body><header><h1>{{.Title}}</h1></header><main>
<p class="note">演示页面，仅供体验：这里填写的内容没有人核实，不具法律效力。</p>{{end}}
{{define "unit"}}<label><span>单位名称</span><input name="name" maxlength="100" required value="{{.Form.Name}}">{{with .Wrong.name}}<small role="alert">{{.}}</small>{{end}}</label>
<label><span>统一社会信用代码</span><input name="code" maxlength="18" required autocapitalize="characters" value="{{.Form.Code}}">{{with .Wrong.code}}<small role="alert">{{.}}</small>{{end}}</label>{{end}}
{{define "foot"}}</main></body></html>{{end}}`

var walletPage = template.Must(template.Must(template.New("wallet").Parse(demoHead)).Parse(`{{template "head" .}}
{{if .Trouble}}<p class="big" role="alert">{{.Trouble}}</p>{{else if .Done}}<p class="big" role="status">{{.Done}}</p>{{else}}
<p>{{with .Site}}{{.}} {{else}}政务服务平台 {{end}}请求使用您的电子营业执照：登录或绑定单位账号。</p>
<form method="post" action="` + walletPath + `"><input type="hidden" name="c" value="{{.Nonce}}">
{{template "unit" .}}
<label><span>法定代表人</span><input name="representative" maxlength="50" required value="{{.Form.Representative}}">{{with .Wrong.representative}}<small role="alert">{{.}}</small>{{end}}</label>
<label><span>持照人姓名</span><input name="holder" maxlength="50" required value="{{.Form.Holder}}">{{with .Wrong.holder}}<small role="alert">{{.}}</small>{{end}}</label>
<label><span>持照人身份证号码</span><input name="number" maxlength="18" required autocapitalize="characters" value="{{.Form.Number}}">{{with .Wrong.number}}<small role="alert">{{.}}</small>{{end}}</label>
<fieldset><legend>授权持照人以什么身份办事</legend>
<label class="choice"><input type="radio" name="role" value="representative" {{if eq .Form.Role "representative"}}checked{{end}}>法定代表人：全部事项，可授权他人</label>
<label class="choice"><input type="radio" name="role" value="manager" {{if eq .Form.Role "manager"}}checked{{end}}>管理者：全部事项，可再授权</label>
<label class="choice"><input type="radio" name="role" value="handler" {{if eq .Form.Role "handler"}}checked{{end}}>经办人：全部事项，不能再授权</label>
{{with .Wrong.role}}<small role="alert">{{.}}</small>{{end}}</fieldset>
<p>授权 180 天内有效。</p>
<button name="answer" value="approve">同意使用</button>
<button class="no" name="answer" value="decline" formnovalidate>拒绝</button></form>{{end}}{{template "foot" .}}`))

var certificatePage = template.Must(template.Must(template.New("certificate").Parse(demoHead)).Parse(`{{template "head" .}}
<p>领取一份单位证书文件（含私钥）。请自己保管，登录页只用它在您的浏览器里签名，不会上传私钥。</p>
<form method="post" action="` + certificatePath + `">
{{template "unit" .}}
<label><span>密钥类型</span><select name="key">
<option value="ecdsa" {{if eq .Key "ecdsa"}}selected{{end}}>ECDSA（浏览器可直接签名）</option>
<option value="rsa" {{if eq .Key "rsa"}}selected{{end}}>RSA（浏览器可直接签名）</option>
<option value="sm2" {{if eq .Key "sm2"}}selected{{end}}>SM2 国密（用签名工具签名）</option></select>{{with .Wrong.key}}<small role="alert">{{.}}</small>{{end}}</label>
<button>领取演示证书</button></form>{{template "foot" .}}`))
