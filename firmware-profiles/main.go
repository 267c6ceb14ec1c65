// Command smarthall-profile is the technician's tool for firmware profiles: it
// checks, begins, explains and tests the files that describe device models,
// tries and listens to real devices, and simulates devices for halls that have
// none.
//
//	smarthall-profile check [--lang zh|en] [--json] FILE...
//	smarthall-profile test [--vectors] [FILE...]
//	smarthall-profile new --from ID NEW-ID [--out FILE]
//	smarthall-profile explain FILE|ID [--out DIR]
//	smarthall-profile try FILE|ID PORT
//	smarthall-profile sniff PORT [PORT2]
//	smarthall-profile import [--out DIR] [--model KEY] [--chinese] FILE...
//	smarthall-profile list
//	smarthall-profile simulate --config FILE --listen ADDR
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"smarthall/firmware-profiles/internal/tool"
)

//go:generate go run . explain --all --out ../docs/devices
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := tool.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
