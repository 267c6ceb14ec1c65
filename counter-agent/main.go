// Command counter-agent runs on a clerk's PC: it serves the clerk's pages, reads
// cards and asks the evaluation pad for ratings.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"smarthall/counter-agent/counter"
	"smarthall/counter-agent/web"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/internal/agent"
	"smarthall/internal/link"
)

func main() { os.Exit(agent.Main(link.RoleCounter, run)) }

func run(ctx context.Context, c *agent.Config, log *slog.Logger) error {
	library, err := all.Watch(ctx, c.Profiles, log)
	if err != nil {
		return fmt.Errorf("load firmware profiles: %w", err)
	}
	defer library.Stop()
	door, err := counter.New(counter.Options{Config: c, Open: library.Open, Profiles: library.Profiles, Pages: web.Dist, Log: log})
	if err != nil {
		return err
	}
	return door.Run(ctx)
}
