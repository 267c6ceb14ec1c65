// Package web holds the pages of the display: the list of screens, the
// waiting-area board and the window screen. Vite builds them into dist; a clean
// clone has only dist/.keep, so that the program compiles without its pages.
package web

import "embed"

// Dist is the built pages, under "dist". The prefix all: keeps the files that
// begin with an underscore, which Vite emits.
//
//go:embed all:dist
var Dist embed.FS
