package hall_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"smarthall/hall-server/internal/hall"
)

// blaming are the files whose sentences tell what is wrong with a hall file.
var blaming = []string{
	"parse.go", "about.go", "video.go", "citizencard.go", "ticket.go", "plan.go", "hours.go", "roster.go", "sites.go", "edit.go",
	"devices.go", "../httpd/profiles.go", "../profiles/profiles.go", "../profiles/propose.go", "edit_list.go", "edit_tree.go", "edit_render.go", "edit_span.go",
	"../queue/config_check.go", "../queue/strategy.go", "../message/settings.go", "../httpd/config_effects.go", "../httpd/config_sites.go",
	"../../../internal/codes/citizencard.go",
}

// aside are literals of those files that are no such sentence, or a part of one.
var aside = []string{
	"扫码看排队进度", "第 %d 行：%s", "、", "格式有误：", "$1 不是时长，应如 15m 或 10s", "$1 不是这里要的值", "不认识的设置 $1", "设置 $1 写了两次", "身份证", "号窗口 ",
	"%s应 %s 到岗，未登录", "%s应在岗到 %s，%s 起没有登录",
}

var verbs = regexp.MustCompile(`%[a-zA-Z]`)

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func TestEveryMistakeIsSaidInEnglish(t *testing.T) {
	for _, name := range blaming {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil || !han(text) || slices.Contains(aside, text) {
				return true
			}
			filled := verbs.ReplaceAllStringFunc(text, func(v string) string {
				return map[string]string{"%d": "2", "%q": `"x"`}[v] + map[bool]string{true: "x"}[v != "%d" && v != "%q"]
			})
			if got := hall.English(filled); han(got) {
				t.Errorf("%s: %s has no English words (got %s)", name, text, got)
			}
			return true
		})
	}
}

func TestEnglishOfAMistakeInsideARefusal(t *testing.T) {
	for in, want := range map[string]string{
		`没有保存：没有区域 "东"`:                          `Not saved: There is no zone "东"`,
		"没有保存：市民卡码的样式 pattern 不是正则表达式":           "Not saved: A card's pattern: it isn't a regular expression",
		"配置已由周主任在 10:20 修改，请重新载入后再改":             "周主任 changed the settings at 10:20: load them anew first",
		"a sentence that nobody has in the book": "a sentence that nobody has in the book",
	} {
		if got := hall.English(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
