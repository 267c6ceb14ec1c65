package tool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/profile"
)

// newProfile begins a file for a new model that inherits a shipped one. What
// only the person with the device can know is left open, and what is open is
// listed at once.
func (t *tool) newProfile(args []string) int {
	flags := t.flags("new")
	from := flags.String("from", "", "id of the shipped profile to inherit")
	file := flags.String("out", "", "file to write; the text goes to the output without it")
	ids, err := parse(flags, args)
	if err != nil {
		return exitUsage
	}
	if len(ids) != 1 || *from == "" {
		return t.misuse()
	}
	text, err := begin(*from, ids[0])
	if err != nil {
		return t.fail(err)
	}
	name := *file
	if name == "" {
		name = strings.ReplaceAll(ids[0], "/", "-") + ".yaml"
	}
	open := openPoints(name, text)
	for _, m := range open {
		if m.Path == "/id" {
			return t.fail(fmt.Errorf("型号编号 %q 不合规则，应为“厂家/型号”，小写字母、数字、点和减号 / bad id: %s", ids[0], m.EN))
		}
	}
	if *file == "" {
		fmt.Fprint(t.out, text)
	} else if err := writeNew(*file, text); err != nil {
		return t.fail(err)
	} else {
		fmt.Fprintf(t.out, "已写入 %s / written\n", *file)
	}
	fmt.Fprintf(t.err, "还要填写 %d 处 / still to be filled in:\n", len(open))
	for _, m := range open {
		fmt.Fprintln(t.err, "  "+m.Both())
	}
	return exitOK
}

// writeNew writes a file that must not exist yet.
func writeNew(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // the file is the one the user names
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s 已经存在，不会覆盖 / exists already", file)
	}
	if err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return nil
}

// openPoints is what check says about a begun file.
func openPoints(name, text string) profile.Mistakes {
	_, err := read(name, []byte(text))
	var ms profile.Mistakes
	errors.As(err, &ms)
	return ms
}

// begin is the text of a new file.
func begin(from, id string) (string, error) {
	cat, err := catalog.Load()
	if err != nil {
		return "", err
	}
	parent, ok := cat.Get(from)
	switch {
	case !ok:
		return "", fmt.Errorf("没有自带型号 %q，smarthall-profile list 可查 / no such profile", from)
	case parent.Inherits != "":
		return "", fmt.Errorf("%s 自己继承自 %s，只能继承一层，请写 --from %s / only one level is possible", from, parent.Inherits, parent.Inherits)
	}
	if other, taken := cat.Get(id); taken {
		return "", fmt.Errorf("型号编号 %s 已经用于“%s”，请换一个 / id is taken", id, other.Names.ZH)
	}
	data, err := catalog.FS.ReadFile(parent.File)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", parent.File, err)
	}
	blocks := topBlocks(string(data))
	var b strings.Builder
	fmt.Fprintf(&b, `# %[1]s 继承自 %[2]s（%[3]s）：没有写的项都与它相同。
# 填写后请检查：smarthall-profile check 文件，smarthall-profile test 文件，smarthall-profile try 文件 端口
schema: hall.device/v1
id: %[1]s
inherits: %[2]s
class: %[4]s
# 型号的中文名和英文名，照机身铭牌写
names: {zh: "", en: ""}

# 与 %[2]s 不同才写。下面是它的内容，改哪一项就去掉哪一项前面的 # 号。
`, id, from, parent.Names.ZH, parent.Class)
	for _, key := range []string{"transports", "params", "caps", "timing", "status", "quirks", "frames", "commands", "events"} {
		b.WriteString(commented(blocks[key]))
	}
	fmt.Fprintf(&b, `
# 每一部分的依据：hardware 真机验证，capture 实录数据，manual 说明书，guess 推测；附上出处。
# 例如 evidence: {transports: {level: manual, note: "maker's manual, page 3"}}
evidence: {}

# 样例来自您的设备：说明书上的例子，或 smarthall-profile sniff 记录的数据。至少一条发送（out）、一条接收（recv）。
# 下面是 %s 的样例；与您的设备逐条核对，相符的去掉 # 号，并删去 vectors 后面的 []。
vectors: []
`, from)
	vectors := strings.TrimPrefix(blocks["vectors"], "vectors:\n")
	b.WriteString(commented(vectors))
	return b.String(), nil
}

// topKey begins a block of a profile file.
var topKey = regexp.MustCompile(`^([a-z_]+):`)

// topBlocks are the lines of a profile file by their top-level key, comments
// before the first key left out.
func topBlocks(text string) map[string]string {
	out := map[string]string{}
	key := ""
	for line := range strings.Lines(text) {
		if m := topKey.FindStringSubmatch(line); m != nil {
			key = m[1]
		}
		if key != "" {
			out[key] += line
		}
	}
	return out
}

// commented puts a # before every line.
func commented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("# " + line)
	}
	return b.String()
}
