// Package web holds the clerk's pages as built by Vite. They flow into
// the agent's local page server; a clone that wasn't built yet embeds an empty
// dist, and the agent says so.
package web

import "embed"

// Dist is the content of dist/: one .html per page and its assets.
//
//go:embed all:dist
var Dist embed.FS
