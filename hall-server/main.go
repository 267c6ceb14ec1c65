// Command hall-server runs the hall node: numbering, calling, the live board
// and the link to all agents of one government service hall.
//
//	hall-server --data DIR --listen ADDR [--hall FILE] [--clock TIME]
//	hall-server token --data DIR --role admin|manager|clerk|kiosk|display [--window 3] [--name NAME]
//	hall-server check FILE       explains every mistake in a hall file
//	hall-server password         makes a hash for the hall file, of standard input
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // a kiosk box may have no zone files

	"smarthall/hall-server/server"
	"smarthall/hall-server/web"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "hall-server:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		if tool, ok := server.Tools[args[0]]; ok {
			return tool(args[1:], os.Stdin, os.Stdout)
		}
	}
	conf, err := server.ParseFlags(args)
	if err != nil {
		return err
	}
	debug.SetGCPercent(server.GCPercent)
	conf.Version, conf.Pages = version, web.Dist
	conf.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	s, err := server.New(ctx, conf)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}
