package server

import (
	"flag"
	"fmt"
	"os"
	"time"
)

// DatabaseEnv names the database where no flag does, so that its password
// stands in no list of processes.
const DatabaseEnv = "SMARTHALL_DATABASE"

// ParseFlags reads the platform's command line.
func ParseFlags(args []string) (Config, error) {
	var conf Config
	var clock string
	flags := flag.NewFlagSet("platform", flag.ContinueOnError)
	flags.StringVar(&conf.Data, "data", "var/platform", "`folder` of the secrets and files, and of the database unless --database names one")
	flags.StringVar(&conf.Listen, "listen", "127.0.0.1:8090", "`address` to listen on")
	flags.StringVar(&conf.Database, "database", os.Getenv(DatabaseEnv), "postgres:// `URL` of the database; by default SQLite in the data folder. "+DatabaseEnv+" says it, too")
	flags.StringVar(&conf.Halls, "halls", "", "`address` where halls connect as leaf nodes, such as 127.0.0.1:7422; none by default")
	flags.BoolVar(&conf.Demo, "demo", false, "begin an empty database with a demo city")
	flags.StringVar(&clock, "clock", "", "start the platform's clock at this `time`, such as 2026-11-23T08:55:00+08:00, for rehearsals")
	if err := flags.Parse(args); err != nil {
		return conf, err
	}
	if flags.NArg() > 0 {
		return conf, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	if clock == "" {
		return conf, nil
	}
	var err error
	if conf.Clock, err = time.Parse(time.RFC3339, clock); err != nil {
		return conf, fmt.Errorf("--clock: %w", err)
	}
	return conf, nil
}
