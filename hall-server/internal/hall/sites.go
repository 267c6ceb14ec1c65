package hall

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"smarthall/internal/link"
)

// Site is a site of the web that people may read at kiosks (I-02), and nothing
// beyond it.
type Site struct {
	Name string `yaml:"name"`
	// Intro says what it is for, in a few words.
	Intro string `yaml:"intro"`
	// Address begins with https://, or is a path of the platform's, such as /items.
	Address string `yaml:"address"`
}

// The bounds of a hall's sites: how many, an introduction in characters, an
// address in bytes.
const (
	maxSites       = 24
	maxSiteIntro   = 40
	maxSiteAddress = 500
)

func (c *checker) checkSites(h *Hall) {
	if len(h.Sites) > maxSites {
		c.add("sites", "最多 %d 个网站", maxSites)
		return
	}
	for i, s := range h.Sites {
		path := fmt.Sprintf("sites/%d", i)
		c.shortName(path, s.Name)
		if utf8.RuneCountInString(s.Intro) > maxSiteIntro {
			c.add(path+"/intro", "说明最多 %d 个字", maxSiteIntro)
		}
		if !isSite(s.Address) {
			c.add(path+"/address", "%q 不能打开：网址要以 https:// 开头（不带用户名、口令，不用 IP），或写平台自己的路径，如 /items", shortened(s.Address))
		}
		if slices.IndexFunc(h.Sites, func(o Site) bool { return o.Address == s.Address }) != i {
			c.add(path+"/address", "这个网址写了两次")
		}
	}
}

// isSite tells whether an address may be opened at kiosks: a name of the web by
// https, or a path of the platform's. Machines of the hall's own network have no
// names that begin so, and what stands in an address is put into a policy, where
// blanks and semicolons would end it.
func isSite(address string) bool {
	if len(address) > maxSiteAddress || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`;,"'<>\`, r) }) {
		return false
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Opaque != "" {
		return false
	}
	if u.Scheme == "" && u.Host == "" {
		return strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//")
	}
	host := u.Hostname()
	return u.Scheme == "https" && strings.Contains(host, ".") && !strings.Contains(host, "*") && net.ParseIP(host) == nil
}

// shortened is an address as a mistake shows it.
func shortened(address string) string {
	if runes := []rune(address); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return address
}

// SiteViews are the sites as kiosks get them; those of a platform that has no
// pages are left out.
func (h *Hall) SiteViews(platform *link.PlatformView) []link.SiteView {
	var out []link.SiteView
	for _, s := range h.Sites {
		view := link.SiteView(s)
		if strings.HasPrefix(s.Address, "/") {
			if platform == nil || platform.Pages == "" {
				continue
			}
			view.Address = strings.TrimSuffix(platform.Pages, "/") + s.Address
		}
		out = append(out, view)
	}
	return out
}

// NewSites are the names of those sites of h that before hadn't.
func (h *Hall) NewSites(before *Hall) []string {
	var out []string
	for _, s := range h.Sites {
		if !slices.ContainsFunc(before.Sites, func(o Site) bool { return o.Address == s.Address }) {
			out = append(out, s.Name)
		}
	}
	return out
}
