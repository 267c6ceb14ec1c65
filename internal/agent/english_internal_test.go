package agent

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// explaining are the files whose sentences become a device's detail.
var explaining = []string{
	"internal/agent/words.go",
	"firmware-profiles/engine/bus/bus.go", "firmware-profiles/engine/port/lock.go", "firmware-profiles/engine/port/usb.go",
	"firmware-profiles/engine/escpos/status.go", "firmware-profiles/engine/escpos/query.go",
	"firmware-profiles/engine/tspl/tspl.go", "firmware-profiles/engine/zpl/zpl.go", "firmware-profiles/engine/label/session.go",
	"firmware-profiles/engine/ipp/status.go", "firmware-profiles/engine/ipp/printer.go",
	"firmware-profiles/engine/sane/program.go", "firmware-profiles/engine/escl/client.go",
	"firmware-profiles/engine/audio/speaker.go", "firmware-profiles/engine/samv/status.go",
}

// aside are literals of those files that aren't sentences of their own: parts of
// one, what a card says that is no fault, or what is joined with others.
var aside = []string{
	" 或 @", "、", "打印机不能直接打印 PDF（只接受 ", "），请改用 CUPS 打印队列", "播放设备不能用：", "USB 设备打不开：",
	"操作成功", "证件中没有此项内容", "找到证件", "没有找到证件", "选取证件失败",
}

func TestEveryCauseIsSaidInEnglish(t *testing.T) {
	for _, name := range explaining {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../..", name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil || !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || slices.Contains(aside, text) {
				return true
			}
			filled := strings.NewReplacer("%d", "2", "%s", "x").Replace(text)
			if got := inEnglish(filled); got == "" || strings.ContainsFunc(got, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s: %s has no English words (got %q)", name, text, got)
			}
			return true
		})
	}
}

func TestWhatADeviceSaysItselfStays(t *testing.T) {
	if got := inEnglish("播放设备不能用：aplay: no such device"); got != "The sound device can't be used: aplay: no such device" {
		t.Errorf("got %q", got)
	}
	if got := inEnglish("read /dev/ttyS0: input/output error"); got != "" {
		t.Errorf("got %q, want nothing: the text itself is shown", got)
	}
}
