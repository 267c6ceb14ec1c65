package form

import "strings"

// sentences are what is said of a wrong field. Browsers have the same in
// internal/ui/src/form/zh-CN.json under wrong.*; a test compares the two.
var sentences = map[string]string{
	"fill":         "请填写{label}",
	"choose":       "请选择{label}",
	"type":         "{label}的格式不正确，请重新填写",
	"integer":      "{label}应为整数",
	"number":       "{label}应填写数字",
	"enum":         "{label}不在可选的范围内，请重新选择",
	"minLength":    "{label}至少 {n} 个字",
	"maxLength":    "{label}最多 {n} 个字",
	"line":         "{label}中有不能使用的字符，请删去后重新填写",
	"text":         "{label}中有不能使用的字符，请删去后重新填写",
	"date":         "{label}不是有效的日期",
	"id-number":    "{label}有误，请对照身份证逐位核对",
	"credit-code":  "{label}有误，请对照营业执照逐位核对",
	"phone":        "{label}有误，请填写手机号码，或带区号的固定电话",
	"region":       "{label}有误，请重新选择",
	"pattern":      "{label}的格式不正确，请重新填写",
	"minimum":      "{label}不能小于 {n}{unit}",
	"maximum":      "{label}不能大于 {n}{unit}",
	"decimals":     "{label}最多保留 {n} 位小数",
	"minItems":     "{label}至少选 {n} 项",
	"maxItems":     "{label}最多选 {n} 项",
	"minItemsRows": "{label}至少填 {n} 行",
	"maxItemsRows": "{label}最多填 {n} 行",
	"unique":       "{label}有重复的选项",
	"earliest":     "{label}不能早于 {n}",
	"latest":       "{label}不能晚于 {n}",
	"row":          "第 {n} 行：",
	"part":         "{label}的{part}",
}

// words fill the gaps of a sentence.
type words map[string]string

// say is a sentence with its gaps filled. What fills them is never looked at
// again.
func say(key string, w words) string {
	var out strings.Builder
	rest := sentences[key]
	for {
		before, after, found := strings.Cut(rest, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, next, _ := strings.Cut(after, "}")
		out.WriteString(w[name])
		rest = next
	}
}
