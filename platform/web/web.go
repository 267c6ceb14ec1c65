// Package web embeds the pages of the platform that live in a browser: what
// people do after they signed in, and what the staff work with. `make web`
// builds them; the public's read-only pages are rendered by Go elsewhere.
package web

import "embed"

// Dist holds the built pages in its folder dist.
//
//go:embed all:dist
var Dist embed.FS
