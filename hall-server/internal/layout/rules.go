package layout

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"smarthall/internal/link"
	"smarthall/internal/screen"
)

// Bounds of what is kept.
const (
	maxLayouts = 100
	maxBody    = 60 << 10 // bytes of one layout
	maxSet     = 1 << 20  // bytes of all that displays get
	maxBlocks  = 60
	minSide    = 100 // pixels of a page
	maxSide    = 7680
	minBlock   = 8 // pixels
	maxRows    = 12
	maxPages   = 8
	maxSeconds = 60
	maxShown   = 40 // services of a block
)

// kinds of blocks, with what people call them.
var kinds = map[string]string{
	"hero": "最新叫号", "calls": "叫号列表", "queue": "排队情况", "plate": "窗口名牌", "state": "窗口状态", "clock": "时钟",
	"feed": "外部信息", "notices": "通知", "text": "文字", "picture": "图片", "video": "视频", "qr": "二维码", "plan": "平面图",
}

// check holds a layout to the rules; the error says which block is wrong.
func (s *Service) check(v *link.LayoutView) error {
	if n := utf8.RuneCountInString(strings.TrimSpace(v.Name)); n == 0 || n > 40 || !plain(v.Name) {
		return refuse(Invalid, "layout.name", "请给版式起个名字，40 个字以内")
	}
	switch v.Kind {
	case link.LayoutStrip:
		return checkStrip(v)
	case link.LayoutScreen:
		return s.checkPage(v)
	}
	return refuse(Invalid, "layout.kind", "版式只能是屏幕或条屏")
}

// plain tells whether text has no control characters.
func plain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' })
}

func (s *Service) checkPage(v *link.LayoutView) error {
	switch {
	case v.Width < minSide || v.Width > maxSide || v.Height < minSide || v.Height > maxSide:
		return refuse(Invalid, "layout.size", fmt.Sprintf("屏幕的宽和高应为 %d 到 %d 像素", minSide, maxSide))
	case v.Strip != nil:
		return refuse(Invalid, "layout.kind", "屏幕版式里不能有条屏内容")
	case len(v.Blocks) > maxBlocks:
		return refuse(Invalid, "layout.blocks", fmt.Sprintf("一个版式最多 %d 个区块", maxBlocks))
	case v.Theme != "" && v.Theme != "dark" && v.Theme != "light":
		return refuse(Invalid, "layout.theme", "配色只能是深色或浅色")
	}
	if err := s.checkFile(v.Picture, "image/", "背景"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range v.Blocks {
		b := &v.Blocks[i]
		where := fmt.Sprintf("第 %d 块", i+1)
		name, ok := kinds[b.Kind]
		if !ok {
			return refuse(Invalid, "layout.block", where+"的种类“"+short(b.Kind)+"”不认识")
		}
		where += "（" + name + "）"
		if b.ID == "" || len(b.ID) > 40 || seen[b.ID] {
			return refuse(Invalid, "layout.block", where+"没有自己的编号")
		}
		seen[b.ID] = true
		if b.X < 0 || b.Y < 0 || b.W < minBlock || b.H < minBlock || b.W > v.Width || b.H > v.Height || b.X > v.Width-b.W || b.Y > v.Height-b.H {
			return refuse(Invalid, "layout.place", where+"超出了屏幕")
		}
		if err := s.checkBlock(b, where); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) checkBlock(b *link.LayoutBlock, where string) error {
	set, style := b.Set, b.Style
	for _, text := range append([]string{set.Zone, set.Title, set.Text, set.Feed, set.Format}, set.Services...) {
		if utf8.RuneCountInString(text) > 500 || !plain(text) {
			return refuse(Invalid, "layout.text", where+"的文字太长，或有不能显示的字符")
		}
	}
	if utf8.RuneCountInString(set.Title) > 40 {
		return refuse(Invalid, "layout.text", where+"的标题应在 40 个字以内")
	}
	oneOf := func(value string, allowed ...string) bool { return value == "" || slices.Contains(allowed, value) }
	switch {
	case !oneOf(style.Size, "s", "m", "l", "xl"), !oneOf(style.Tone, "plain", "panel", "soft", "accent"),
		!oneOf(style.Align, "left", "center", "right"), !oneOf(set.Fit, "contain", "cover"):
		return refuse(Invalid, "layout.style", where+"的样式不认识")
	case set.Count < 0 || set.Count > maxRows || set.Skip < 0 || set.Skip > maxRows || set.Window < 0 || set.Window > 6 || len(set.Services) > maxShown:
		return refuse(Invalid, "layout.count", fmt.Sprintf("%s的行数应在 %d 行以内", where, maxRows))
	}
	switch b.Kind {
	case "picture":
		return s.needFile(set.File, "image/", where)
	case "video":
		return s.needFile(set.File, "video/", where)
	case "text", "qr":
		if strings.TrimSpace(set.Text) == "" {
			return refuse(Invalid, "layout.empty", where+"还没有内容")
		}
	case "feed":
		if !feedName.MatchString(set.Feed) {
			return refuse(Invalid, "layout.feed", where+"还没有选信息来源")
		}
	}
	return nil
}

// short cuts what somebody sent, to say it back.
func short(text string) string {
	if r := []rune(text); len(r) > 20 {
		text = string(r[:20]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}

func (s *Service) needFile(id, kind, where string) error {
	if id == "" {
		return refuse(Invalid, "layout.empty", where+"还没有选文件")
	}
	return s.checkFile(id, kind, where)
}

// checkFile holds that a file is there and of a kind. s.mu is held.
func (s *Service) checkFile(id, kind, where string) error {
	if id == "" {
		return nil
	}
	f, ok := s.files[id]
	if !ok {
		return refuse(Invalid, "layout.file", where+"的文件不存在，请重新选择")
	}
	if !strings.HasPrefix(f.Type, kind) {
		return refuse(Invalid, "layout.file", where+"的文件种类不对，请重新选择")
	}
	return nil
}

func checkStrip(v *link.LayoutView) error {
	if v.Width < 16 || v.Width > screen.MaxStripWidth || v.Height < 8 || v.Height > screen.MaxStripHeight {
		return refuse(Invalid, "layout.size", fmt.Sprintf("条屏的点数应在 16×8 到 %d×%d 之间", screen.MaxStripWidth, screen.MaxStripHeight))
	}
	if len(v.Blocks) > 0 || v.Picture != "" {
		return refuse(Invalid, "layout.kind", "条屏版式里不能有屏幕区块")
	}
	if v.Strip == nil {
		return refuse(Invalid, "layout.empty", "条屏还没有内容")
	}
	for _, state := range []struct {
		name  string
		pages []link.StripPage
	}{{"叫号", v.Strip.Called}, {"办理", v.Strip.Serving}, {"空闲", v.Strip.Idle}, {"暂停", v.Strip.Paused}, {"关闭", v.Strip.Closed}} {
		if len(state.pages) > maxPages {
			return refuse(Invalid, "layout.pages", fmt.Sprintf("“%s”最多 %d 页", state.name, maxPages))
		}
		for i, p := range state.pages {
			where := fmt.Sprintf("“%s”第 %d 页", state.name, i+1)
			if err := checkStripAreas(v, p.Areas, where); err != nil {
				return err
			}
			if err := checkStripPage(p, where); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkStripPage(p link.StripPage, where string) error {
	switch n := utf8.RuneCountInString(p.Text); {
	case strings.TrimSpace(p.Text) == "":
		return refuse(Invalid, "layout.empty", where+"还没有文字")
	case n > 120 || !plain(p.Text) || strings.Contains(p.Text, "\n"):
		return refuse(Invalid, "layout.text", where+"的文字太长，或有不能显示的字符")
	case p.Seconds < 1 || p.Seconds > maxSeconds:
		return refuse(Invalid, "layout.seconds", fmt.Sprintf("%s的停留时间应为 1 到 %d 秒", where, maxSeconds))
	}
	return checkVariables(p.Text, where)
}

// checkVariables holds that a text of a strip has none that nobody fills.
func checkVariables(rest, where string) error {
	for _, name := range screen.Variables {
		rest = strings.ReplaceAll(rest, name, "")
	}
	if strings.ContainsAny(rest, "{}") {
		return refuse(Invalid, "layout.variable", where+"里有不认识的变量；可用 "+strings.Join(screen.Variables, " "))
	}
	return nil
}

// checkStripAreas holds the areas of a page to the strip: inside of it, high
// enough for a character, side by side.
func checkStripAreas(v *link.LayoutView, areas []link.StripArea, where string) error {
	if len(areas) > screen.MaxStripAreas {
		return refuse(Invalid, "layout.areas", fmt.Sprintf("%s最多 %d 个分区", where, screen.MaxStripAreas))
	}
	for i, a := range areas {
		at := fmt.Sprintf("%s的第 %d 个分区", where, i+1)
		low := min(screen.MinAreaHeight, v.Height)
		switch {
		case a.X < 0 || a.Y < 0 || a.W > v.Width || a.H > v.Height || a.X > v.Width-a.W || a.Y > v.Height-a.H:
			return refuse(Invalid, "layout.place", at+"超出了条屏")
		case a.W < screen.MinAreaWidth || a.H < low:
			return refuse(Invalid, "layout.place", fmt.Sprintf("%s太小，至少 %d×%d 点", at, screen.MinAreaWidth, low))
		case strings.TrimSpace(a.Text) == "":
			return refuse(Invalid, "layout.empty", at+"还没有文字")
		case utf8.RuneCountInString(a.Text) > 120 || !plain(a.Text) || strings.Contains(a.Text, "\n"):
			return refuse(Invalid, "layout.text", at+"的文字太长，或有不能显示的字符")
		}
		if err := checkVariables(a.Text, at); err != nil {
			return err
		}
		for j, b := range areas[:i] {
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				return refuse(Invalid, "layout.place", fmt.Sprintf("%s和第 %d 个分区重叠", at, j+1))
			}
		}
	}
	return nil
}
