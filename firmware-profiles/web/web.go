// Package web holds the console of the simulators: one page that lays cards,
// presses keys and shows what devices received. Vite builds it into dist; a clean
// clone has only dist/.keep, so that the program compiles without its page.
package web

import "embed"

// Dist is the built pages, under "dist". The prefix all: keeps the files that
// begin with an underscore, which Vite emits.
//
//go:embed all:dist
var Dist embed.FS
