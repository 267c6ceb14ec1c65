package server_test

import (
	"strings"
	"testing"

	"smarthall/hall-server/server"
)

func TestThePlatformIsNamedByFlagOrEnvironment(t *testing.T) {
	const address = "nats-leaf://demo:s3cret@127.0.0.1:7422"
	t.Setenv(server.PlatformEnv, "")
	for name, c := range map[string]struct {
		env, want string
		args      []string
	}{
		"none: a hall on its own": {},
		"a flag":                  {want: "demo", args: []string{"--platform", address}},
		"the environment":         {want: "demo", env: address},
		"the flag wins":           {want: "demo", env: "nats-leaf://other:s3cret@127.0.0.1:7422", args: []string{"--platform", address}},
	} {
		t.Setenv(server.PlatformEnv, c.env)
		if conf, err := server.ParseFlags(c.args); err != nil || conf.Platform.Hall != c.want {
			t.Errorf("%s: got %q, %v", name, conf.Platform.Hall, err)
		}
	}
	t.Setenv(server.PlatformEnv, "")
	_, err := server.ParseFlags([]string{"--platform", "nats-leaf://s3cret@127.0.0.1:7422"})
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}

func TestThePlatformsPagesAreAnOrigin(t *testing.T) {
	t.Setenv(server.PagesEnv, "")
	for address, want := range map[string]string{
		"":                             "",
		"https://ZWFW.example.cn":      "https://zwfw.example.cn",
		"http://127.0.0.1:8090/":       "http://127.0.0.1:8090",
		"javascript:alert(1)":          "refused",
		"https://zwfw.example.cn/path": "refused",
		"https://a:b@zwfw.example.cn":  "refused",
		"https://zwfw.example.cn?x=1":  "refused",
		"zwfw.example.cn":              "refused",
	} {
		conf, err := server.ParseFlags([]string{"--platform-pages", address})
		got := conf.PlatformPages
		if err != nil {
			got = "refused"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}
