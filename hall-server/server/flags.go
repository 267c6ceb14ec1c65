package server

import (
	"bufio"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/uplink"
)

// PlatformEnv is where the platform is, with the hall's token.
const PlatformEnv = "SMARTHALL_PLATFORM"

// PagesEnv is where the platform's pages are.
const PagesEnv = "SMARTHALL_PLATFORM_PAGES"

// FeedHostsEnv is from where feeds of screens are fetched.
const FeedHostsEnv = "SMARTHALL_FEED_HOSTS"

// SampleHostsEnv is from where sample forms are fetched besides the platform.
const SampleHostsEnv = "SMARTHALL_SAMPLE_HOSTS"

// ParseFlags reads the server's command line.
func ParseFlags(args []string) (Config, error) {
	var conf Config
	var clock string
	flags := flag.NewFlagSet("hall-server", flag.ContinueOnError)
	flags.StringVar(&conf.Data, "data", "var/hall", "`folder` of the database and the secrets")
	flags.StringVar(&conf.Listen, "listen", "127.0.0.1:8080", "`address` to listen on")
	flags.StringVar(&conf.Hall, "hall", "", "hall `file`; by default hall.yaml in the data folder, begun as the demo hall")
	platform := flags.String("platform", os.Getenv(PlatformEnv), "`address` of the platform that the hall hangs on, such as nats-leaf://hall:token@host:7422; none by default. "+PlatformEnv+" says it, too, and no list of processes shows it")
	pages := flags.String("platform-pages", os.Getenv(PagesEnv), "`address` of the platform's pages as the counters reach them, such as https://zwfw.example.cn; clerks go on there with a visit's case. "+PagesEnv+" says it, too")
	hosts := flags.String("sample-hosts", os.Getenv(SampleHostsEnv), "`hosts`, parted by commas, from which sample forms are fetched by https besides the platform, such as forms.example.cn; none by default. "+SampleHostsEnv+" says it, too")
	feeds := flags.String("feed-hosts", os.Getenv(FeedHostsEnv), "`hosts`, parted by commas, from which managers may have feeds of screens fetched, such as weather.example.cn or 10.1.2.3:8090; none by default. "+FeedHostsEnv+" says it, too")
	flags.StringVar(&conf.Languages, "languages", "", "`folder` of language files for the pages; by default languages in the data folder")
	flags.StringVar(&clock, "clock", "", "start the hall's clock at this `time`, such as 2026-11-23T08:55:00+08:00, for rehearsals")
	if err := flags.Parse(args); err != nil {
		return conf, err
	}
	if flags.NArg() > 0 {
		return conf, fmt.Errorf("unknown argument %q; the tools are token, check and password", flags.Arg(0))
	}
	var err error
	if *platform != "" {
		if conf.Platform, err = uplink.ParsePlatform(*platform); err != nil {
			return conf, fmt.Errorf("--platform: %w", err)
		}
	}
	if conf.PlatformPages, err = originOf(*pages); err != nil {
		return conf, fmt.Errorf("--platform-pages: %w", err)
	}
	if conf.SampleHosts, err = hostsOf(*hosts); err != nil {
		return conf, fmt.Errorf("--sample-hosts: %w", err)
	}
	if conf.FeedHosts, err = hostsOf(*feeds); err != nil {
		return conf, fmt.Errorf("--feed-hosts: %w", err)
	}
	if clock == "" {
		return conf, nil
	}
	if conf.Clock, err = time.Parse(time.RFC3339, clock); err != nil {
		return conf, fmt.Errorf("--clock: %w", err)
	}
	return conf, nil
}

// originOf reads the address of pages, which is an origin: clerks' pages hand a
// visit over to it and to no other. Empty stays empty.
func originOf(address string) (string, error) {
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("the address must be like https://zwfw.example.cn, with nothing behind the host")
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// hostsOf reads a list of hosts, each maybe with a port.
func hostsOf(list string) (hosts []string, err error) {
	for host := range strings.SplitSeq(list, ",") {
		if host = strings.ToLower(strings.TrimSpace(host)); host == "" {
			continue
		}
		u, err := url.Parse("https://" + host)
		if err != nil || u.Host != host || u.Hostname() == "" || strings.ContainsAny(host, "*@") {
			return nil, fmt.Errorf("%q is no host such as forms.example.cn", host)
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}

// Tools are the server's small commands beside serving.
var Tools = map[string]func(args []string, in io.Reader, out io.Writer) error{
	"token": printToken, "check": checkHall, "password": hashPassword,
}

// printToken prints a token that the server with the same data folder accepts.
func printToken(args []string, _ io.Reader, out io.Writer) error {
	var claims access.Claims
	flags := flag.NewFlagSet("hall-server token", flag.ContinueOnError)
	data := flags.String("data", "var/hall", "the server's data `folder`")
	role := flags.String("role", "", "admin, manager, clerk, kiosk or display")
	flags.StringVar(&claims.Window, "window", "", "the `window` that a clerk's token runs")
	flags.StringVar(&claims.Subject, "name", "", "the agent or script that bears it; an agent must say hello by this `name`")
	life := flags.Duration("life", 0, "how long it holds; 0 means for ever")
	if err := flags.Parse(args); err != nil {
		return err
	}
	claims.Role = access.Role(*role)
	switch {
	case !claims.Role.Valid():
		return fmt.Errorf("--role must be admin, manager, clerk, kiosk or display, not %q", *role)
	case claims.Role == access.Clerk && claims.Window == "":
		return errors.New("a clerk's token needs --window")
	case claims.Role != access.Clerk && claims.Window != "":
		return errors.New("--window is for clerks")
	}
	fallback := "script"
	if claims.Window != "" {
		fallback = "script-" + claims.Window
	}
	claims.Subject = cmp.Or(claims.Subject, fallback)
	if *life > 0 {
		claims.Expires = time.Now().Add(*life).Unix()
	}
	keys, err := access.Load(*data)
	if err != nil {
		return err
	}
	token, err := keys.Token(claims)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, token)
	return err
}

// checkHall explains every mistake in a hall file.
func checkHall(args []string, _ io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: hall-server check FILE")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("read hall file: %w", err)
	}
	h, err := hall.Parse(text)
	if err != nil {
		return fmt.Errorf("%s:\n%w", args[0], err)
	}
	_, err = fmt.Fprintf(out, "%s: good (%d services, %d windows)\n", args[0], len(h.Services), len(h.Windows))
	return err
}

// hashPassword prints the bcrypt hash of a password read from in.
func hashPassword(_ []string, in io.Reader, out io.Writer) error {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read password: %w", err)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(strings.TrimRight(line, "\r\n")), bcrypt.DefaultCost)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	_, err = fmt.Fprintln(out, string(hash))
	return err
}
