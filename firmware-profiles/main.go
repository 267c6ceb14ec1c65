// Command smarthall-profile is the technician's tool for firmware profiles: it
// checks and plays the files that describe device models, lists the shipped
// ones and simulates devices for halls that have none.
//
//	smarthall-profile check FILE...
//	smarthall-profile test [FILE...]
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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := tool.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
