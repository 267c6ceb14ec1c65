package kiosk

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"
)

// siteFrame is a page of the kiosk's own around a site of the web, so that each
// visit gets a policy with the sites that the hall allows at that moment. Within
// its frame the site may run scripts and send forms, to those sites alone: it
// opens no windows or dialogs, leads the kiosk's page nowhere and hands down no
// files. Browsers that know credentialless frames (Chrome 110 and later) give it
// a storage that ends with the kiosk's page; to others, of which the page says
// nothing, the frame's sandbox allows it none.
var siteFrame = template.Must(template.New("site").Parse(`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{{.Name}}</title>
<style>html,body,iframe{display:block;width:100%;height:100%;margin:0;border:0;background:#fff}</style></head>
<body><iframe src="{{.Address}}" title="{{.Name}}" sandbox="allow-scripts allow-forms{{if .Storage}} allow-same-origin{{end}}" credentialless
 referrerpolicy="no-referrer" allow="camera 'none'; microphone 'none'; geolocation 'none'; display-capture 'none'; fullscreen 'none'; usb 'none'; serial 'none'; payment 'none'"></iframe></body></html>
`))

// serveSite gives the frame around the hall's site with a number, from 0. The
// query storage=1 says that the browser knows credentialless frames.
func (k *Kiosk) serveSite(w http.ResponseWriter, r *http.Request) {
	hall, ok := k.agent.Hall()
	n, err := strconv.Atoi(r.PathValue("number"))
	if !ok || err != nil || n < 0 || n >= len(hall.Hall.Sites) {
		http.NotFound(w, r)
		return
	}
	origin := originOf(hall.Hall.Sites[n].Address)
	if origin == "" {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	// A link out of the site meets this policy, too: nothing else can be reached.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src "+origin+"; frame-ancestors 'self'; base-uri 'none'; form-action 'none'")
	_ = siteFrame.Execute(w, struct {
		Name, Address string
		Storage       bool
	}{hall.Hall.Sites[n].Name, hall.Hall.Sites[n].Address, r.URL.Query().Get("storage") == "1"}) // a page that is gone wants no answer
}

// originOf is the origin of a site's address as a policy names it; empty if it
// has none. The hall has checked the address, and this machine doesn't rely on it.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	for _, r := range u.Host {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != ':' && r != '[' && r != ']' {
			return ""
		}
	}
	return u.Scheme + "://" + u.Host
}
