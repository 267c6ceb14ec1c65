// Command display runs on a display box: it serves the board and window pages,
// drives the LED strips and speaks the calls.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"smarthall/display/signage"
	"smarthall/display/web"
	"smarthall/firmware-profiles/engine/all"
	"smarthall/internal/agent"
	"smarthall/internal/link"
)

func main() { os.Exit(agent.Main(link.RoleDisplay, run)) }

func run(ctx context.Context, c *agent.Config, log *slog.Logger) error {
	library, err := all.Watch(ctx, c.Profiles, log)
	if err != nil {
		return fmt.Errorf("load firmware profiles: %w", err)
	}
	defer library.Stop()
	door, err := signage.New(signage.Options{Config: c, Open: library.Open, Profiles: library.Profiles, Pages: web.Dist, Log: log})
	if err != nil {
		return err
	}
	return door.Run(ctx)
}
