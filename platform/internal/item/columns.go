package item

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// errWord says that a cell has none of the words it may have.
var errWord = errors.New("取值有误，请从下拉列表中选择")

// cellOf completes a column of a field with how it is read and written.
func cellOf[T, V any](c column[T], field func(*T) *V, read func(cell string) (V, error), write func(V) string) column[T] {
	c.set = func(row *T, cell string) (err error) {
		*field(row), err = read(cell)
		return err
	}
	c.get = func(row *T) string { return trimCell(write(*field(row))) }
	c.keep = func(row, own *T) {
		if c.get(row) == c.get(own) {
			*field(row) = *field(own)
		}
	}
	return c
}

// trimCell is a cell's text as it is read.
func trimCell(cell string) string { return strings.TrimSpace(strings.ReplaceAll(cell, "\r\n", "\n")) }

// keepCells takes from own whatever a row's cells can't tell from it.
func keepCells[T any](s sheet[T], row, own *T) {
	for _, c := range s.columns {
		c.keep(row, own)
	}
}

// choice finds the constant of a kind that people read as word.
func choice(kind, word string) (string, error) {
	for key, w := range words {
		if k, v, _ := strings.Cut(key, ":"); k == kind && w == word {
			return v, nil
		}
	}
	return "", errWord
}

// choicesOf are the words of a kind, in the order of list.
func choicesOf[T ~string](kind string, list ...T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = words[kind+":"+string(v)]
	}
	return out
}

func readText(cell string) (string, error) { return cell, nil }
func asIs(text string) string              { return text }

// text is a column of any text.
func text[T any](head, note string, must bool, field func(*T) *string) column[T] {
	return cellOf(column[T]{head: head, note: note, must: must}, field, readText, asIs)
}

func readID(cell string) (string, error) {
	if !validID(cell) {
		return "", errors.New("编号须为 2 至 40 位小写字母、数字或连字符")
	}
	return cell, nil
}

// lines is a column with one entry on each line.
func lines[T any](head string, field func(*T) *[]string) column[T] {
	return cellOf(column[T]{head: head, note: "一行一条"}, field, func(cell string) ([]string, error) { return splitLines(cell), nil },
		func(list []string) string { return strings.Join(list, "\n") })
}

func splitLines(cell string) []string {
	var list []string
	for l := range strings.Lines(cell) {
		if l = strings.TrimSpace(l); l != "" {
			list = append(list, l)
		}
	}
	return list
}

// pick is a column of one of the words of a kind.
func pick[T any, V ~string](head, kind string, must bool, field func(*T) *V, list ...V) column[T] {
	c := column[T]{head: head, note: "从列表中选择", must: must, choices: choicesOf(kind, list...)}
	return cellOf(c, field, func(cell string) (V, error) {
		v, err := choice(kind, cell)
		return V(v), err
	}, func(v V) string { return words[kind+":"+string(v)] })
}

// number is a column of a small number.
func number[T any](head string, field func(*T) *int) column[T] {
	return cellOf(column[T]{head: head, note: "数字"}, field, func(cell string) (int, error) {
		n, err := strconv.Atoi(cell)
		if err != nil || n < 0 || n > 9999 {
			return 0, errors.New("须为数字")
		}
		return n, nil
	}, strconv.Itoa)
}

// yes is a column of 是 or 否.
func yes[T any](head string, field func(*T) *bool) column[T] {
	return either(head, "是或否", "是", "否", field, false)
}

// either is a column of one of two words.
func either[T any](head, note, yes, no string, field func(*T) *bool, must bool) column[T] {
	choices := []string{yes, no}
	if must {
		slices.Reverse(choices)
	}
	return cellOf(column[T]{head: head, note: note, must: must, choices: choices}, field, func(cell string) (bool, error) {
		if cell != yes && cell != no {
			return false, errWord
		}
		return cell == yes, nil
	}, func(v bool) string {
		if v {
			return yes
		}
		return no
	})
}

// limitColumn is a column of a limit in words.
func limitColumn[T any](head string, field func(*T) *Limit) column[T] {
	return cellOf(column[T]{head: head, note: "如：5个工作日、30日、3个月、当场办结、法律法规未规定"}, field, readLimit, Limit.Text)
}

// readLimit reads a limit as Text writes it.
func readLimit(cell string) (Limit, error) {
	for _, u := range []Unit{OnTheSpot, NoLimit} {
		if cell == u.Word() {
			return Limit{Unit: u}, nil
		}
	}
	for _, u := range []Unit{WorkingDays, Months, Days} {
		if digits, ok := strings.CutSuffix(cell, u.Word()); ok {
			n, err := strconv.Atoi(digits)
			if err != nil || n <= 0 || n > 3650 {
				break
			}
			return Limit{Unit: u, Days: n}, nil
		}
	}
	return Limit{}, errors.New("时限的写法有误，如：5个工作日、当场办结")
}

// sample is a column of a sample as text.
func sample[T any](head, name string, field func(*T) *File) column[T] {
	return cellOf(column[T]{head: head, note: "示范文本，或以 / 或 https:// 开头的网址"}, field, func(cell string) (File, error) {
		if validURL(cell) && !strings.Contains(cell, "\n") {
			return File{Name: name, URL: cell}, nil
		}
		return File{Name: name + ".txt", Text: cell}, nil
	}, func(f File) string {
		if f.URL != "" {
			return f.URL
		}
		return f.Text
	})
}

// split reads words with 、 or commas between them.
func split(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool {
		return r == '、' || r == '，' || r == ',' || r == ';' || r == '；' || r == '\n' || r == ' '
	})
}

func readWords(cell string) ([]string, error) { return split(cell), nil }
func writeWords(list []string) string         { return strings.Join(list, "、") }

func readObjects(cell string) ([]Object, error) {
	var list []Object
	for _, w := range split(cell) {
		v, err := choice("object", w)
		if err != nil {
			return nil, err
		}
		list = append(list, Object(v))
	}
	return list, nil
}

func writeObjects(list []Object) string { return writeWords(choicesOf("object", list...)) }

// readBases reads rules, one a line, as law, article and text between bars.
func readBases(cell string) ([]Basis, error) {
	var list []Basis
	for _, l := range splitLines(cell) {
		parts := strings.SplitN(l, "|", 3)
		b := Basis{Law: strings.TrimSpace(parts[0])}
		if len(parts) > 1 {
			b.Article = strings.TrimSpace(parts[1])
		}
		if len(parts) > 2 {
			b.Text = strings.TrimSpace(parts[2])
		}
		list = append(list, b)
	}
	return list, nil
}

func writeBases(list []Basis) string {
	rows := make([]string, len(list))
	for i, b := range list {
		rows[i] = strings.TrimRight(b.Law+"|"+b.Article+"|"+b.Text, "|")
	}
	return strings.Join(rows, "\n")
}

// readAmount reads yuan into fen.
func readAmount(cell string) (int64, error) {
	yuan, cents, _ := strings.Cut(cell, ".")
	if len(cents) > 2 || len(yuan) > 8 {
		return 0, errors.New("金额有误")
	}
	n, err := strconv.ParseUint(yuan+(cents + "00")[:2], 10, 32)
	if err != nil {
		return 0, errors.New("金额有误")
	}
	return int64(n), nil //nolint:gosec // of 32 bits
}

func writeAmount(fen int64) string {
	if fen == 0 {
		return "" // none is fixed
	}
	return fmt.Sprintf("%d.%02d", fen/100, fen%100)
}
