// Command platform runs the city platform: portal, items, people, appointments
// and the halls that hang on it.
//
//	platform --data DIR --listen ADDR [--database postgres://…] [--demo] [--halls ADDR]
//	platform setup  --data DIR [--database postgres://…] --name NAME --region CODE
//	platform reset  --data DIR [--database postgres://…] --account NAME
//	platform verify --data DIR [--database postgres://…]
//	platform recount --data DIR [--database postgres://…]
//
// setup begins an empty platform: the body that manages it and the accounts of
// its administrators. reset lets an administrator in again whom nobody else can
// help. verify tells whether the audit log, what was signed and what is counted
// are as they should be; recount counts anew.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a small machine may have no zone files

	"smarthall/platform/server"
	"smarthall/platform/web"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "platform:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		if tool, ok := server.Tools[args[0]]; ok {
			return tool(ctx, args[1:], os.Stdout)
		}
	}
	conf, err := server.ParseFlags(args)
	if err != nil {
		return err
	}
	conf.Version, conf.Pages = version, web.Dist
	conf.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	s, err := server.New(ctx, conf)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}
