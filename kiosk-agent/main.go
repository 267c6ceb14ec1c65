// Command kiosk-agent runs on a queue machine: it serves the touch pages, reads
// cards and codes, and prints tickets.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"smarthall/firmware-profiles/engine/all"
	"smarthall/internal/agent"
	"smarthall/internal/link"
	"smarthall/kiosk-agent/kiosk"
	"smarthall/kiosk-agent/web"
)

func main() { os.Exit(agent.Main(link.RoleKiosk, run)) }

func run(ctx context.Context, c *agent.Config, log *slog.Logger) error {
	library, err := all.Watch(ctx, c.Profiles, log)
	if err != nil {
		return fmt.Errorf("load firmware profiles: %w", err)
	}
	defer library.Stop()
	k, err := kiosk.New(kiosk.Options{Config: c, Open: library.Open, Profiles: library.Profiles, Pages: web.Dist, Log: log})
	if err != nil {
		return err
	}
	return k.Run(ctx)
}
