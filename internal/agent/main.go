package agent

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"smarthall/internal/link"
)

// Main is what the three programs have in common: flags, settings, signals and
// the exit code, which it returns: 0 after a signal, 1 after a failure, 2 for
// wrong flags or settings.
func Main(role link.Role, run func(ctx context.Context, c *Config, log *slog.Logger) error) int {
	name := string(role) + "-agent"
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	path := flags.String("config", "", "the agent's settings, a YAML `FILE`")
	verbose := flags.Bool("verbose", false, "log every detail")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return 2
	}
	if *path == "" || flags.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "usage: %s --config FILE\n", name)
		return 2
	}
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	c, err := LoadConfig(*path, role)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, c, log); err != nil {
		log.Error("agent failed", slog.Any("err", err))
		return 1
	}
	return 0
}

// Version returns the program's version as the build knows it, for the board.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}
