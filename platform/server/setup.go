package server

import (
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"smarthall/internal/datalock"
	"smarthall/internal/privacy"
	"smarthall/internal/sqldb"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// Tools are the platform's small commands beside serving.
var Tools = map[string]func(ctx context.Context, args []string, out io.Writer) error{
	"setup": SetUp, "reset": Reset, "verify": Verify, "recount": Recount,
}

// SetUp runs the command platform setup: it begins an empty platform with the
// body that manages it and the three administrators' accounts, and writes their
// passwords, each good for one sign-in, to out. It refuses where there are
// staff, and while a platform process works with the data folder.
func SetUp(ctx context.Context, args []string, out io.Writer) (err error) {
	var target, data string
	var body identity.Organisation
	flags := toolFlags("setup", out, &data, &target)
	flags.StringVar(&body.Name, "name", "", "`name` of the body that manages the platform, such as 东湖市政务服务中心")
	flags.StringVar(&body.Region, "region", "", "its region's `code` (GB/T 2260), such as 330100")
	flags.StringVar(&body.ID, "organisation", "centre", "its `id` among the organisations")
	if err := parseTool(flags, args); err != nil {
		return err
	}
	if body.Name == "" || body.Region == "" {
		return errors.New(`say who manages the platform: platform setup --data DIR --name 东湖市政务服务中心 --region 330100`)
	}
	lock, err := datalock.Take(data)
	if errors.Is(err, datalock.ErrTaken) {
		return fmt.Errorf("stop the platform first, then set it up and start it again: %w", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	people, closeStore, err := openPeopleOnly(ctx, data, target)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	accounts, err := people.SetUp(ctx, body)
	if errors.Is(err, identity.ErrBegun) {
		return fmt.Errorf("%w; platform reset --account NAME helps an administrator who can't sign in", err)
	}
	if err != nil {
		return err
	}
	return printAccounts(out, body, accounts)
}

// printAccounts writes what the technician hands over, in her language.
func printAccounts(out io.Writer, body identity.Organisation, accounts []identity.FirstAccount) error {
	text := fmt.Sprintf("平台已初始化：%s（%s），管理机构编号 %s。\n\n", body.Name, body.Region, body.ID)
	for _, a := range accounts {
		text += fmt.Sprintf("  %s  账号 %-9s 一次性密码 %s\n", a.Name, a.Account, a.Password)
	}
	text += "\n密码只显示这一次，请分别交给三位管理员。启动平台后打开 /staff 登录，设置自己的密码和动态码。\n" +
		"接下来：系统管理员新增部门和大厅，安全管理员新增人员。\n"
	_, err := io.WriteString(out, text)
	return err
}

// Reset runs the command platform reset: an account gets a password for one
// sign-in and loses its second factor. It is for the administrator whom nobody
// else can help; the platform may run meanwhile.
func Reset(ctx context.Context, args []string, out io.Writer) (err error) {
	var target, data, account string
	flags := toolFlags("reset", out, &data, &target)
	flags.StringVar(&account, "account", "", "`name` that the member of staff signs in by")
	if err := parseTool(flags, args); err != nil {
		return err
	}
	if account == "" {
		return errors.New("say whose: platform reset --data DIR --account NAME")
	}
	st, secret, err := openToVerify(ctx, data, target)
	if err != nil {
		return err
	}
	people, err := peopleOnly(ctx, st, secret)
	if err != nil {
		return errors.Join(err, st.Close())
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	password, err := people.Rescue(ctx, account)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "账号 %s 已重置：一次性密码 %s，动态码须重新设置，其他登录已退出。密码只显示这一次。\n", account, password)
	return err
}

func toolFlags(name string, out io.Writer, data, database *string) *flag.FlagSet {
	flags := flag.NewFlagSet("platform "+name, flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(data, "data", "var/platform", "`folder` of the secrets, and of the database unless --database names one")
	flags.StringVar(database, "database", os.Getenv(DatabaseEnv), "postgres:// `URL` of the database. "+DatabaseEnv+" says it, too")
	return flags
}

func parseTool(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	return nil
}

// openPeopleOnly opens the database of a platform, begun if need be, for
// identity alone.
func openPeopleOnly(ctx context.Context, data, database string) (*identity.Service, func() error, error) {
	target := database
	if target == "" {
		target = filepath.Join(data, "platform.db")
	} else if !sqldb.IsURL(target) {
		return nil, nil, fmt.Errorf("the database must be a postgres:// URL, not %q", target)
	}
	secret, err := keys.Load(data)
	if err != nil {
		return nil, nil, err
	}
	st, err := store.Open(ctx, store.Config{
		Target: target, Sealer: privacy.NewSealer(secret.For("events")), Secret: hex.EncodeToString(secret.For("fingerprint")[:8]), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, nil, err
	}
	people, err := peopleOnly(ctx, st, secret)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return people, st.Close, nil
}

// peopleOnly is identity for a command: it sends no messages and asks nobody.
func peopleOnly(ctx context.Context, st *store.Store, secret *keys.Keys) (*identity.Service, error) {
	log, err := audit.Open(ctx, st)
	if err != nil {
		return nil, err
	}
	return identity.Open(ctx, identity.Config{Store: st, Keys: secret, Audit: log, Log: slog.New(slog.DiscardHandler)})
}

// warnUnlessBegun says what to do where nobody can sign in yet.
func (c *contexts) warnUnlessBegun(ctx context.Context, log *slog.Logger, data string) error {
	begun, err := c.identity.Begun(ctx)
	if err == nil && !begun {
		log.Warn("nobody can sign in yet: stop the platform, set it up, start it again",
			slog.String("command", "platform setup --data "+data+" --name 政务服务中心名称 --region 行政区划代码"))
	}
	return err
}
