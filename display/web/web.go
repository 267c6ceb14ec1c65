// Package web holds the display's pages: the list of screens, the waiting-area board and the window screen.
// The pages are built by Vite into dist; a clean clone has only dist/.keep, so
// the program still compiles and says that its pages are missing.
package web

import "embed"

// Dist is the built pages, under "dist". The prefix all: keeps the files that
// begin with an underscore, which Vite emits.
//
//go:embed all:dist
var Dist embed.FS
