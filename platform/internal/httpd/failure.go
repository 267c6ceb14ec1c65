package httpd

import (
	"html/template"
	"net/http"
	"net/url"

	"smarthall/internal/problem"
)

// failure is the page of a no.
var failure = template.Must(template.New("failure").Parse(`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Detail}}</title>
<style>body{font:18px/1.6 system-ui,"Noto Sans SC","WenQuanYi Zen Hei",sans-serif;margin:0;display:grid;place-items:center;min-height:90vh;
color:#1b2733;background:#f4f6f8}main{padding:32px;max-width:32em}a{display:inline-block;min-height:48px;line-height:48px;padding:0 24px;
background:#0b5cad;color:#fff;text-decoration:none;border-radius:8px}small{color:#5a6672}</style></head>
<body><main><h1>{{.Detail}}</h1><p><a href="/">返回首页</a></p><p><small>{{.Code}}</small></p></main></body></html>
`))

// writeFailure answers with a page that says why not.
func writeFailure(w http.ResponseWriter, p *problem.Problem) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = failure.Execute(w, p) // who asked may be gone
}

// escape makes a local address safe within a query.
func escape(s string) string { return url.QueryEscape(s) }
