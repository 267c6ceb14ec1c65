package history

import "strings"

// Line is one line that two texts don't share: taken out, put in, or changed.
type Line struct {
	// Was is its number in the older text, from 1; 0 for a line that was put in.
	Was int `json:"was,omitempty"`
	// Now is its number in the newer text; 0 for a line that was taken out.
	Now int    `json:"now,omitempty"`
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// Bounds of a comparison: how many lines are told, how long each may be, and how
// much is looked at to find the shortest way from one text to the other. Beyond
// that all lines between the first and the last difference count as changed.
const (
	maxLines = 400
	maxRunes = 200
	maxCells = 4 << 20
)

// Compare are the lines in which text differs from old, from the top, and how
// many more there are.
func Compare(old, text string) (lines []Line, more int) {
	if old == text {
		return nil, 0
	}
	a, b := split(old), split(text)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	d := differ{a: a[head : len(a)-tail], b: b[head : len(b)-tail], head: head}
	d.walk()
	if len(d.lines) == 0 { // only the ends of lines differ
		d.lines = []Line{{Was: len(a), Now: len(b), Old: at(a, len(a)-1), New: at(b, len(b)-1)}}
	}
	for i := range d.lines {
		d.lines[i].Old, d.lines[i].New = clip(d.lines[i].Old), clip(d.lines[i].New)
	}
	return d.lines, d.more
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
}

func clip(line string) string {
	if r := []rune(line); len(r) > maxRunes {
		return string(r[:maxRunes]) + "…"
	}
	return line
}

// differ finds what a and b don't share; both begin head lines into their texts.
type differ struct {
	a, b  []string
	head  int
	lines []Line
	more  int
}

// walk goes along a longest common subsequence and tells of what lies between.
func (d *differ) walk() {
	n, m := len(d.a), len(d.b)
	if n*m > maxCells {
		d.hunk(0, n, 0, m)
		return
	}
	// common[i][j] is how many lines a[i:] and b[j:] share.
	common := make([][]int32, n+1)
	for i := range common {
		common[i] = make([]int32, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if d.a[i] == d.b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j, fromI, fromJ := 0, 0, 0, 0
	for i < n && j < m {
		switch {
		case d.a[i] == d.b[j]:
			d.hunk(fromI, i, fromJ, j)
			i, j = i+1, j+1
			fromI, fromJ = i, j
		case common[i+1][j] >= common[i][j+1]:
			i++
		default:
			j++
		}
	}
	d.hunk(fromI, n, fromJ, m)
}

// hunk tells of the lines i to endI of a that j to endJ of b took the place of.
func (d *differ) hunk(i, endI, j, endJ int) {
	for i < endI || j < endJ {
		var l Line
		if i < endI {
			l.Was, l.Old = d.head+i+1, at(d.a, i)
			i++
		}
		if j < endJ {
			l.Now, l.New = d.head+j+1, at(d.b, j)
			j++
		}
		if len(d.lines) == maxLines {
			d.more++
			continue
		}
		d.lines = append(d.lines, l)
	}
}

func at(list []string, i int) string {
	if i < 0 || i >= len(list) {
		return ""
	}
	return list[i]
}
