// Package privacy keeps people's data out of places that have no need of it:
// names, document numbers and phone numbers go in, and come out masked for
// screens, paper and logs, or hashed for search.
package privacy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// star stands for what is hidden.
const star = "*"

// compound are the surnames of two characters that are still borne, by the
// common reference lists of 复姓.
var compound = map[string]bool{
	"欧阳": true, "太史": true, "端木": true, "上官": true, "司马": true, "东方": true,
	"独孤": true, "南宫": true, "万俟": true, "闻人": true, "夏侯": true, "诸葛": true,
	"尉迟": true, "公羊": true, "赫连": true, "澹台": true, "皇甫": true, "宗政": true,
	"濮阳": true, "公冶": true, "太叔": true, "申屠": true, "公孙": true, "慕容": true,
	"仲孙": true, "钟离": true, "长孙": true, "宇文": true, "司徒": true, "鲜于": true,
	"司空": true, "闾丘": true, "子车": true, "亓官": true, "司寇": true, "巫马": true,
	"公西": true, "颛孙": true, "壤驷": true, "公良": true, "漆雕": true, "乐正": true,
	"宰父": true, "谷梁": true, "拓跋": true, "夹谷": true, "轩辕": true, "令狐": true,
	"段干": true, "百里": true, "呼延": true, "东郭": true, "南门": true, "羊舌": true,
	"微生": true, "公户": true, "公玉": true, "公仪": true, "梁丘": true, "公仲": true,
	"公上": true, "公门": true, "公山": true, "公坚": true, "左丘": true, "公伯": true,
	"西门": true, "公祖": true, "第五": true, "公乘": true, "贯丘": true, "公皙": true,
	"南荣": true, "东里": true, "东宫": true, "仲长": true, "子书": true, "子桑": true,
	"即墨": true, "达奚": true, "褚师": true, "纳兰": true, "淳于": true,
}

// MaskName returns the surname of a Chinese name and one star, whatever the
// length of the given name: 王*, 欧阳*. Of a name in Latin letters it leaves
// the initials of the first two words: S* J*. A name of one character is
// hidden whole. An empty name stays empty.
func MaskName(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(name)
	if unicode.Is(unicode.Han, first) {
		return maskHan([]rune(name))
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == '，' })
	if len(words) > 2 {
		words = words[:2]
	}
	for i, w := range words {
		words[i] = initial(w)
	}
	return strings.Join(words, " ")
}

// maskHan masks a name that begins with a Chinese character.
func maskHan(name []rune) string {
	switch {
	case len(name) == 1:
		return star
	case len(name) > 2 && compound[string(name[:2])]:
		return string(name[:2]) + star
	default:
		return string(name[:1]) + star
	}
}

// initial masks one word of a name.
func initial(word string) string {
	r, size := utf8.DecodeRuneInString(word)
	if size == len(word) {
		return star
	}
	return string(r) + star
}

// MaskNumber hides all but the first and the last character of a document's
// number and keeps its length: 3****************X. Numbers of up to three
// characters are hidden whole.
func MaskNumber(number string) string {
	r := []rune(strings.TrimSpace(number))
	if len(r) <= 3 {
		return strings.Repeat(star, len(r))
	}
	return string(r[0]) + strings.Repeat(star, len(r)-2) + string(r[len(r)-1])
}

// MaskPhone hides the middle four digits of a mobile number: 138****5678. Of
// other numbers it leaves at most the last four, and never more than half.
func MaskPhone(phone string) string {
	r := []rune(strings.TrimSpace(phone))
	if len(r) == 11 {
		return string(r[:3]) + strings.Repeat(star, 4) + string(r[7:])
	}
	shown := min(4, len(r)/2)
	return strings.Repeat(star, len(r)-shown) + string(r[len(r)-shown:])
}
