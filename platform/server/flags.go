package server

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
)

// What these name where no flag does stands in no list of processes, since it
// holds a password.
const (
	DatabaseEnv = "SMARTHALL_DATABASE"
	FilesEnv    = "SMARTHALL_FILES"
	BusEnv      = "SMARTHALL_BUS"
)

// ParseFlags reads the platform's command line.
func ParseFlags(args []string) (Config, error) {
	var conf Config
	var clock, kiosks string
	flags := flag.NewFlagSet("platform", flag.ContinueOnError)
	flags.StringVar(&conf.Data, "data", "var/platform", "`folder` of the secrets and files, and of the database unless --database names one")
	flags.StringVar(&conf.Listen, "listen", "127.0.0.1:8090", "`address` to listen on")
	flags.StringVar(&conf.Database, "database", os.Getenv(DatabaseEnv), "postgres:// `URL` of the database; by default SQLite in the data folder. "+DatabaseEnv+" says it, too")
	flags.StringVar(&conf.Halls, "halls", "", "`address` where halls connect as leaf nodes, such as 127.0.0.1:7422; none by default")
	flags.StringVar(&conf.Files, "files", os.Getenv(FilesEnv), "`folder` of uploaded files, or s3://key:secret@host/bucket; by default files in the data folder. "+FilesEnv+" says it, too")
	flags.StringVar(&conf.Bus, "bus", os.Getenv(BusEnv), "nats:// `URLs`, separated by commas, of a NATS cluster that several platform processes share instead of --halls. "+BusEnv+" says it, too")
	flags.StringVar(&conf.BaseURL, "base-url", "", "`address` by which people reach the platform, such as https://zwfw.example.cn, for links in pages, documents, QR codes and messages; by default what a request came by")
	flags.StringVar(&kiosks, "kiosks", "", "`origins`, separated by commas, of kiosks' pages that may show the portal in a frame, such as http://127.0.0.1:8081; none by default")
	flags.BoolVar(&conf.Demo, "demo", false, "begin an empty database with a demo city")
	flags.StringVar(&clock, "clock", "", "start the platform's clock at this `time`, such as 2026-11-23T08:55:00+08:00, for rehearsals")
	if err := flags.Parse(args); err != nil {
		return conf, err
	}
	if flags.NArg() > 0 {
		return conf, fmt.Errorf("unknown argument %q; the tools are setup, reset and verify", flags.Arg(0))
	}
	conf.DemoLife = conf.Demo
	var err error
	if conf.BaseURL, err = readBaseURL(conf.BaseURL); err != nil {
		return conf, fmt.Errorf("--base-url: %w", err)
	}
	if conf.Frames, err = readOrigins(kiosks); err != nil {
		return conf, fmt.Errorf("--kiosks: %w", err)
	}
	if clock == "" {
		return conf, nil
	}
	if conf.Clock, err = time.Parse(time.RFC3339, clock); err != nil {
		return conf, fmt.Errorf("--clock: %w", err)
	}
	return conf, nil
}

// readOrigins reads a list of origins: a scheme and a host, maybe with a port, and
// no wildcard.
func readOrigins(list string) (origins []string, err error) {
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimRight(strings.TrimSpace(text), "/")
		if text == "" {
			continue
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || text != u.Scheme+"://"+u.Host || strings.ContainsAny(u.Host, "*;, '\"") {
			return nil, fmt.Errorf("%q must be like http://127.0.0.1:8081", text)
		}
		origins = append(origins, text)
	}
	return origins, nil
}

// readBaseURL checks how people reach the platform. The result has no slash at
// its end.
func readBaseURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q must be like https://zwfw.example.cn", text)
	}
	return strings.TrimRight(text, "/"), nil
}
