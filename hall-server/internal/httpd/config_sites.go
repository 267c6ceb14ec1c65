package httpd

import "smarthall/hall-server/internal/hall"

// siteEffects tells of sites that kiosks get: only a browser in front of one
// knows whether it lets itself be shown inside another page.
func siteEffects(old, now *hall.Hall) []effect {
	var out []effect
	for _, name := range now.NewSites(old) {
		out = append(out, warn("网站“%s”能否在终端里显示还不知道：有的网站不许被嵌入，保存后请到一台终端上打开看一眼", name))
	}
	return out
}
