package form_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/codes"
	"smarthall/platform/internal/form"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

// vectorsFile is what browsers are tested with, too (internal/ui/tests).
const vectorsFile = "testdata/vectors.json"

// noon is when the vectors are judged.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

// vectors are what both ends have to agree on.
type vectors struct {
	Today       string       `json:"today"`
	Expressions []expression `json:"expressions"`
	Forms       []*form.Form `json:"forms"`
	Cases       []verdict    `json:"cases"`
}

// expression is one expression with what it gives.
type expression struct {
	Source  string       `json:"source"`
	Node    *form.Node   `json:"node"`
	Values  form.Values  `json:"values"`
	Answers form.Answers `json:"answers"`
	Want    any          `json:"want"`
}

// verdict is what is filled into a form, what of it counts and what is wrong.
type verdict struct {
	Form    string       `json:"form"`
	Values  form.Values  `json:"values"`
	Answers form.Answers `json:"answers"`
	Clean   form.Values  `json:"clean"`
	Wrong   []wrong      `json:"wrong"`
}

type wrong struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// bag is what expressions are tried on.
const bag = `{"n":3,"f":0.1,"g":0.2,"zero":0,"neg":-7.5,"big":9007199254740991,"s":"东湖区","empty":"","rare":"𠮷野家","emoji":"👨‍👩‍👧",
"a":"a","zh":"中","high":"𠀀","yes":true,"no":false,"day":"2000-02-29","later":"2026-11-23","now":"2026-11-22","bad":"2026-02-30",
"list":["x","y"],"none":[],"obj":{"k":"v","n":{"m":1}},"id":"11010519491231002X","idlow":"11010519491231002x","idbad":"110105194912310021",
"phone":"13800000001","tel":"0571-88880000","credit":"91330106673959654P",
"rows":[{"v":1,"w":"a"},{"v":2,"w":"b"},{"v":3.5}],"holes":[{"v":1},{}],"mixed":[{"v":1},{"v":"2"}],"cents":[{"v":0.1},{"v":0.2}]}`

// sources are expressions with what people expect of them; nil stands for null.
var sources = []struct {
	source string
	want   any
}{
	{"n == 3", true},
	{"n == 3.0", true},
	{"n != 3", false},
	{"n == '3'", false},
	{"missing == nil", true},
	{"missing != nil", false},
	{"n == nil", false},
	{"missing == missing", true},
	{"list == list", false},
	{"yes == true", true},
	{"no == false", true},
	{"no == nil", false},
	{"empty == ''", true},
	{"empty == nil", false},
	{"obj == obj", false},
	{"n > 2", true},
	{"n >= 3", true},
	{"n < 3", false},
	{"n <= 3", true},
	{"missing > 2", false},
	{"missing < 2", false},
	{"missing <= missing", false},
	{"s > 2", false},
	{"'b' > 'a'", true},
	{"'a' < '中'", true},
	{"zh < high", true},
	{"'\uffe5' < high", true},
	{"high <= high", true},
	{"day < later", true},
	{"day >= '2000-02-29'", true},
	{"yes > no", false},
	{"1 < n and n < 4", true},
	{"1 < n < 4", true},
	{"f + g", 0.30000000000000004},
	{"f + g == 0.3", false},
	{"round(f + g, 2) == 0.3", true},
	{"n + s", nil},
	{"s + zh", "东湖区中"},
	{"s + n", nil},
	{"missing + 1", nil},
	{"n - 5", -2.0},
	{"-n", -3.0},
	{"-zero", 0.0},
	{"+n", 3.0},
	{"-s", nil},
	{"n * neg", -22.5},
	{"n / 2", 1.5},
	{"n / zero", nil},
	{"zero / zero", nil},
	{"n % 2", 1.0},
	{"neg % 2", -1.5},
	{"n % zero", nil},
	{"big + 1", 9007199254740992.0},
	{"big * big * big", 7.307508186654512e47},
	{"1e300 * 1e300", "refused"},
	{"3.5 % 1.25", 1.0},
	{"0.1 * 3", 0.30000000000000004},
	{"1 / 3", 0.3333333333333333},
	{"round(2.5, 0)", 3.0},
	{"round(-2.5, 0)", -2.0},
	{"round(1.005, 2)", 1.0},
	{"round(neg, 1)", -7.5},
	{"round(n, -1)", nil},
	{"round(s, 2)", nil},
	{"round(n, 0.5)", nil},
	{"not yes", false},
	{"not no", true},
	{"not missing", true},
	{"not s", true},
	{"!yes", false},
	{"yes and s", false},
	{"s and yes", false},
	{"no or yes", true},
	{"missing or yes", true},
	{"yes && no", false},
	{"yes || missing", true},
	{"yes ? 1 : 2", 1.0},
	{"missing ? 1 : 2", 2.0},
	{"s ? 1 : 2", 2.0},
	{"missing ?? 5", 5.0},
	{"n ?? 5", 3.0},
	{"empty ?? 'x'", ""},
	{"no ?? yes", false},
	{"'x' in list", true},
	{"'z' in list", false},
	{"'x' in none", false},
	{"'x' in missing", false},
	{"n in [1, 2, 3]", true},
	{"s in ['东湖区', '西城区']", true},
	{"nil in [nil]", true},
	{"missing in list", false},
	{"'z' not in list", true},
	{"'k' in obj", false},
	{"'a' in 'abc'", false},
	{"n in ['3']", false},
	{"obj.k", "v"},
	{"obj.n.m", 1.0},
	{"obj.x", nil},
	{"obj.x.y", nil},
	{"missing.x", nil},
	{"s.length", nil},
	{"list.length", nil},
	{"obj.constructor", nil},
	{"obj.toString", nil},
	{"obj?.k", "v"},
	{"missing?.k", nil},
	{"obj['k']", "v"},
	{"answers.what", "new"},
	{"answers.none", nil},
	{"answers.what == 'new'", true},
	{"answers.toString", nil},
	{"list[0]", "refused"},
	{"s[1:2]", "refused"},
	{"len(s)", 3.0},
	{"len(rare)", 3.0},
	{"len(high)", 1.0},
	{"len(emoji)", 5.0},
	{"len(empty)", 0.0},
	{"len(list)", 2.0},
	{"len(none)", 0.0},
	{"len(n)", nil},
	{"len(missing)", nil},
	{"len(obj)", nil},
	{"trim('  x　 ')", "x"},
	{"trim(n)", nil},
	{"trim('\ufeffx\u00a0')", "x"},
	{"trim('\u0085x')", "\u0085x"},
	{"today()", "2026-11-22"},
	{"now == today()", true},
	{"later > today()", true},
	{"age(id)", 76.0},
	{"age(idlow)", 76.0},
	{"age(idbad)", nil},
	{"age(n)", nil},
	{"age(missing)", nil},
	{"birth(id)", "1949-12-31"},
	{"birth(idbad)", nil},
	{"years(day)", 26.0},
	{"years(later)", -1.0},
	{"years(now)", 0.0},
	{"years(bad)", nil},
	{"years('2025-11-22')", 1.0},
	{"years('2025-11-23')", 0.0},
	{"years('2000-02-29')", 26.0},
	{"years(n)", nil},
	{"days(day, later)", 9764.0},
	{"days(later, day)", -9764.0},
	{"days(now, now)", 0.0},
	{"days(bad, now)", nil},
	{"days('0001-01-01', '9999-12-31')", 3652058.0},
	{"days('0000-01-01', now)", nil},
	{"days(n, now)", nil},
	{"isIDNumber(id)", true},
	{"isIDNumber(idbad)", false},
	{"isIDNumber(n)", false},
	{"isIDNumber('')", false},
	{"isIDNumber('身份证号码号码')", false},
	{"isCreditCode(credit)", true},
	{"isCreditCode('91330106673959654Q')", false},
	{"isCreditCode(missing)", false},
	{"isCreditCode('9133010667395965IP')", false},
	{"isPhone(phone)", true},
	{"isPhone(tel)", true},
	{"isPhone('12800000001')", false},
	{"isPhone('0571-88880000-123')", true},
	{"isPhone(n)", false},
	{"isPhone('13800000001\\n')", false},
	{"isDate(day)", true},
	{"isDate(bad)", false},
	{"isDate('2026-2-3')", false},
	{"isDate('1900-02-29')", false},
	{"isDate(n)", false},
	{"sum(rows, .v)", 6.5},
	{"sum(rows, .w)", nil},
	{"sum(holes, .v)", nil},
	{"sum(mixed, .v)", nil},
	{"sum(none, .v)", 0.0},
	{"sum(missing, .v)", nil},
	{"sum(cents, .v)", 0.30000000000000004},
	{"round(sum(cents, .v), 2) == 0.3", true},
	{"sum(rows, .v * 2)", 13.0},
	{"sum(rows, #.v)", 6.5},
	{"sum(list, #)", nil},
	{"count(rows, .v > 1)", 2.0},
	{"all(rows, .v > 0)", true},
	{"all(rows, .w != nil)", false},
	{"all(none, .v > 0)", true},
	{"any(rows, .w == 'b')", true},
	{"any(none, true)", false},
	{"none(rows, .v > 5)", true},
	{"all(missing, .v)", nil},
	{"any(rows, .v == n)", false},
	{"all(rows, .v <= n + 1)", true},
	{"all(s, true)", nil},
	{"s contains '湖'", true},
	{"s startsWith '东'", true},
	{"s endsWith '区'", true},
	{"s contains n", false},
	{"n contains '3'", false},
	{"rare contains '野'", true},
	{"s contains ''", true},
	{"phone matches '^1[3-9][0-9]{9}$'", true},
	{"phone matches '38'", true},
	{"phone matches '^38'", false},
	{"n matches '3'", false},
	{"rare matches '^[^a-z]{3}$'", true},
	{"high matches '^[一-𠀀]$'", true},
	{"s matches '^东湖区$'", true},
	{"'x\\ny' matches '^x$'", false},
	{"'x\\n' matches 'x$'", false},
	{"phone matches '1.8'", "refused"},
	{"phone matches '\\\\w+'", "refused"},
	{"phone matches '(a+)+'", "refused"},
	{"phone matches s", "refused"},
	{"phone matches '(?i)x'", "refused"},
	{"phone matches '\\\\-'", "refused"},
	{"phone matches 'a}'", "refused"},
	{"phone matches '['", "refused"},
	{"phone matches 'a{2}'", false},
	{"now()", "refused"},
	{"print(s)", "refused"},
	{"s.trim()", "refused"},
	{"filter(rows, true)", "refused"},
	{"let x = 1; x", "refused"},
	{"{a: 1}", "refused"},
	{"$env", "refused"},
	{"$env.s", "refused"},
	{"1..3", "refused"},
	{"2 ** 3", "refused"},
	{"2 ^ 3", "refused"},
	{"age()", "refused"},
	{"age(id, id)", "refused"},
	{"all(rows, any(rows, true))", "refused"},
	{"#", "refused"},
	{"sum(list)", "refused"},
	{"1 +", "refused"},
	{"", "refused"},
	{"n = 3", "refused"},
	{"9007199254740993", "refused"},
	{"s | trim()", "东湖区"},
	{"if yes { 1 } else { 2 }", 1.0},
	{"[1, n, s]", []any{1.0, 3.0, "东湖区"}},
	{"obj", map[string]any{"k": "v", "n": map[string]any{"m": 1.0}}},
	{"yes and (no or n == 3) and not (s == zh)", true},
	{"days(today(), '2031-11-22') <= 1827", true},
	{"n >= 1 and n <= 5 ? 'in' : 'out'", "in"},
}

func TestExpressionsGiveWhatPeopleExpect(t *testing.T) {
	values := decode(t, bag)
	answers := form.Answers{"what": "new"}
	for _, tt := range sources {
		n, problem := form.Parse(tt.source)
		if (problem != "") != (tt.want == "refused") {
			t.Errorf("%s: refused with %q, want %v", tt.source, problem, tt.want)
			continue
		}
		if problem != "" {
			continue
		}
		if diff := cmp.Diff(tt.want, form.Eval(n, values, answers, noon)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.source, diff)
		}
	}
}

func decode(t testing.TB, data string) form.Values {
	t.Helper()
	var v form.Values
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// idOf is a valid number of somebody who doesn't exist.
func idOf(birth string) string {
	first := "330102" + birth + "012"
	check, err := codes.CheckDigit(first)
	if err != nil {
		panic(err)
	}
	return first + string(check)
}

// every is a form with every widget and bound, for the vectors.
const every = `
title: 向量
sections:
  - title: 一
    fields:
      - {name: text, widget: text, label: 文字, required: true, minLength: 2, maxLength: 5}
      - {name: code, widget: text, label: 编号, pattern: "[A-Z]{2}-?[0-9]{1,3}", patternMessage: 编号形如 AB-123}
      - {name: plain, widget: text, label: 字母, pattern: "[^a]{2}"}
      - {name: long, widget: long-text, label: 说明, maxLength: 10}
      - {name: whole, widget: number, label: 件数, unit: 件, minimum: 1, maximum: 10}
      - {name: part, widget: number, label: 面积, unit: 平方米, minimum: -0.5, decimals: 3}
      - {name: free, widget: number, label: 数, decimals: 6}
      - {name: money, widget: money, label: 金额}
      - {name: day, widget: date, label: 日期, earliest: 2000-01-01, latest: today}
      - {name: choice, widget: choice, label: 选择, options: [{value: a, label: 甲}, {value: b, label: 乙}]}
      - {name: several, widget: several, label: 多选, options: [{value: a, label: 甲}, {value: b, label: 乙}, {value: c, label: 丙}]}
      - {name: yes, widget: yes-no, label: 是否}
      - {name: id, widget: id-number, label: 身份证号码}
      - {name: credit, widget: credit-code, label: 信用代码}
      - {name: phone, widget: phone, label: 电话, requiredWhen: yes}
      - {name: address, widget: address, label: 地址}
      - {name: person, widget: person, label: 经办人}
      - {name: hint, widget: note, label: "", text: 说明}
  - title: 二
    when: choice == 'b'
    fields:
      - {name: more, widget: text, label: 更多, required: true, when: "answers.kind != 'short'"}
      - {name: deep, widget: yes-no, label: 再深, required: true, when: more startsWith '深'}
  - title: 三
    fields:
      - name: table
        widget: table
        label: 名册
        minRows: 2
        maxRows: 3
        columns:
          - {name: name, widget: text, label: 姓名, required: true, maxLength: 4}
          - {name: share, widget: number, label: 比例, unit: "%", required: true, minimum: 0, maximum: 100, decimals: 2}
          - {name: since, widget: date, label: 加入日期, latest: today}
          - {name: id, widget: id-number, label: 证件号码}
          - {name: kind, widget: choice, label: 类型, options: [{value: x, label: 子}, {value: y, label: 丑}]}
          - {name: ok, widget: yes-no, label: 确认}
rules:
  - {that: "round(sum(table, .share), 2) == 100", message: 比例之和应为 100%, at: table}
  - {that: whole <= money, message: 件数不能大于金额, at: whole}
  - {that: deep, message: 应为“是”, at: deep}
  - {that: "age(person.number) >= 18", message: 经办人应满 18 岁, at: person}
`

// hand are values by hand, with what is wrong with them: name and message after
// a colon.
var hand = []struct {
	values  string
	answers form.Answers
	want    []string
}{
	{values: `{"text":"东湖"}`},
	{values: `{}`, want: []string{"text:请填写文字"}},
	{values: `{"text":null}`, want: []string{"text:请填写文字"}},
	{values: `{"text":" 　 "}`, want: []string{"text:请填写文字"}},
	{values: `{"text":" 东湖　"}`},
	{values: `{"text":"东"}`, want: []string{"text:文字至少 2 个字"}},
	{values: `{"text":"𠮷𠮷𠮷𠮷𠮷"}`},
	{values: `{"text":"𠮷𠮷𠮷𠮷𠮷𠮷"}`, want: []string{"text:文字最多 5 个字"}},
	{values: `{"text":7}`, want: []string{"text:文字的格式不正确，请重新填写"}},
	{values: `{"text":["a"]}`, want: []string{"text:文字的格式不正确，请重新填写"}},
	{values: `{"text":{"a":1}}`, want: []string{"text:文字的格式不正确，请重新填写"}},
	{values: `{"text":"a\u0000b"}`, want: []string{"text:文字中有不能使用的字符，请删去后重新填写"}},
	{values: `{"text":"a\nb"}`, want: []string{"text:文字中有不能使用的字符，请删去后重新填写"}},
	{values: `{"text":"a\u202eb"}`, want: []string{"text:文字中有不能使用的字符，请删去后重新填写"}},
	{values: `{"text":"a\ud800b"}`, want: []string{"text:文字中有不能使用的字符，请删去后重新填写"}},
	{values: `{"text":"<b>&"}`},
	{values: `{"text":"ok","long":"一\n二"}`},
	{values: `{"text":"ok","long":"一二三四五六七八九十一"}`, want: []string{"long:说明最多 10 个字"}},
	{values: `{"text":"ok","code":"ab-1"}`, want: []string{"code:编号形如 AB-123"}},
	{values: `{"text":"ok","code":"AB-12"}`},
	{values: `{"text":"ok","code":"AB-12\n"}`},
	{values: `{"text":"ok","code":"xAB-12"}`, want: []string{"code:编号形如 AB-123"}},
	{values: `{"text":"ok","plain":"𠮷𠮷"}`},
	{values: `{"text":"ok","plain":"aa"}`, want: []string{"plain:字母的格式不正确，请重新填写"}},
	{values: `{"text":"ok","whole":3}`},
	{values: `{"text":"ok","whole":3.0}`},
	{values: `{"text":"ok","whole":3.5}`, want: []string{"whole:件数应为整数"}},
	{values: `{"text":"ok","whole":"3"}`, want: []string{"whole:件数应填写数字"}},
	{values: `{"text":"ok","whole":0}`, want: []string{"whole:件数不能小于 1件"}},
	{values: `{"text":"ok","whole":11}`, want: []string{"whole:件数不能大于 10件"}},
	{values: `{"text":"ok","whole":true}`, want: []string{"whole:件数应填写数字"}},
	{values: `{"text":"ok","part":-0.5}`},
	{values: `{"text":"ok","part":-0.501}`, want: []string{"part:面积不能小于 -0.5平方米"}},
	{values: `{"text":"ok","part":0.1235}`, want: []string{"part:面积最多保留 3 位小数"}},
	{values: `{"text":"ok","part":1e-7}`, want: []string{"part:面积最多保留 3 位小数"}},
	{values: `{"text":"ok","free":9007199254740991}`},
	{values: `{"text":"ok","free":9007199254740993}`, want: []string{"free:数不能大于 9007199254740991"}},
	{values: `{"text":"ok","free":1e300}`, want: []string{"free:数不能大于 9007199254740991"}},
	{values: `{"text":"ok","money":0.1}`},
	{values: `{"text":"ok","money":19.99}`},
	{values: `{"text":"ok","money":19.999}`, want: []string{"money:金额最多保留 2 位小数"}},
	{values: `{"text":"ok","money":-1}`, want: []string{"money:金额不能小于 0"}},
	{values: `{"text":"ok","money":1000000000001}`, want: []string{"money:金额不能大于 1000000000000"}},
	{values: `{"text":"ok","money":"十元"}`, want: []string{"money:金额应填写数字"}},
	{values: `{"text":"ok","day":"2026-11-22"}`},
	{values: `{"text":"ok","day":"2026-11-23"}`, want: []string{"day:日期不能晚于 2026-11-22"}},
	{values: `{"text":"ok","day":"1999-12-31"}`, want: []string{"day:日期不能早于 2000-01-01"}},
	{values: `{"text":"ok","day":"2026-02-29"}`, want: []string{"day:日期不是有效的日期"}},
	{values: `{"text":"ok","day":"2024-02-29"}`},
	{values: `{"text":"ok","day":"22.11.2026"}`, want: []string{"day:日期不是有效的日期"}},
	{values: `{"text":"ok","choice":"c"}`, want: []string{"choice:选择不在可选的范围内，请重新选择"}},
	{values: `{"text":"ok","choice":" a "}`},
	{values: `{"text":"ok","several":["a","c"]}`},
	{values: `{"text":"ok","several":[]}`},
	{values: `{"text":"ok","several":["a","a"]}`, want: []string{"several:多选有重复的选项"}},
	{values: `{"text":"ok","several":["a","x"]}`, want: []string{"several:多选不在可选的范围内，请重新选择"}},
	{values: `{"text":"ok","several":["a","b","c","a"]}`, want: []string{"several:多选最多选 3 项"}},
	{values: `{"text":"ok","several":"a"}`, want: []string{"several:多选的格式不正确，请重新填写"}},
	{values: `{"text":"ok","several":[1]}`, want: []string{"several:多选的格式不正确，请重新填写"}},
	{values: `{"text":"ok","yes":false}`},
	{values: `{"text":"ok","yes":"true"}`, want: []string{"yes:是否的格式不正确，请重新填写"}},
	{values: `{"text":"ok","yes":true}`, want: []string{"phone:请填写电话"}},
	{values: `{"text":"ok","yes":true,"phone":"１３８ 0000　0001"}`},
	{values: `{"text":"ok","phone":"1380000000"}`, want: []string{"phone:电话有误，请填写手机号码，或带区号的固定电话"}},
	{values: `{"text":"ok","id":"11010519491231002x"}`},
	{values: `{"text":"ok","id":"110105 19491231 002X"}`},
	{values: `{"text":"ok","id":"110105194912310021"}`, want: []string{"id:身份证号码有误，请对照身份证逐位核对"}},
	{values: `{"text":"ok","id":"` + idOf("20261123") + `"}`, want: []string{"id:身份证号码有误，请对照身份证逐位核对"}},
	{values: `{"text":"ok","id":"` + idOf("20261122") + `"}`},
	{values: `{"text":"ok","credit":"91330106673959654p"}`},
	{values: `{"text":"ok","credit":"91330106673959654O"}`, want: []string{"credit:信用代码有误，请对照营业执照逐位核对"}},
	{values: `{"text":"ok","address":{"region":"330102","area":"东湖区","street":"湖滨路1号"}}`},
	{values: `{"text":"ok","address":{"street":"湖滨路1号"}}`, want: []string{"address.region:请选择地址的所在地区"}},
	{values: `{"text":"ok","address":{"region":"33","street":" "}}`, want: []string{"address.region:地址的所在地区有误，请重新选择", "address.street:请填写地址的详细地址"}},
	{values: `{"text":"ok","address":"湖滨路"}`, want: []string{"address:地址的格式不正确，请重新填写"}},
	{values: `{"text":"ok","address":{"region":"330102","street":"x","evil":1}}`},
	{values: `{"text":"ok","person":{"name":"张三","number":"` + idOf("19800101") + `"}}`},
	{values: `{"text":"ok","person":{"name":"张三"}}`, want: []string{"person.number:请填写经办人的身份证号码"}},
	{values: `{"text":"ok","person":{"name":"张三","number":"` + idOf("20100101") + `"}}`, want: []string{"person:经办人应满 18 岁"}},
	{values: `{"text":"ok","person":{"name":"张三","number":"` + idOf("20271231") + `"}}`, want: []string{"person.number:经办人的身份证号码有误，请对照身份证逐位核对"}},
	{values: `{"text":"ok","person":{"name":5,"number":"1","phone":"x"}}`, want: []string{"person.name:经办人的姓名的格式不正确，请重新填写", "person.number:经办人的身份证号码有误，请对照身份证逐位核对", "person.phone:经办人的联系电话有误，请填写手机号码，或带区号的固定电话"}},
	{values: `{"text":"ok","hint":"x","unknown":1,"__proto__":{"text":1},"constructor":5}`},
	{values: `{"text":"ok","choice":"b"}`, want: []string{"more:请填写更多"}},
	{values: `{"text":"ok","choice":"b"}`, answers: form.Answers{"kind": "short"}},
	{values: `{"text":"ok","choice":"b","more":"深处"}`, want: []string{"deep:请选择再深"}},
	{values: `{"text":"ok","choice":"b","more":"深处","deep":false}`, want: []string{"deep:应为“是”"}},
	{values: `{"text":"ok","choice":"b","more":"深处","deep":true}`},
	{values: `{"text":"ok","choice":"a","more":5,"deep":"x"}`},
	{values: `{"text":"ok","whole":3,"money":2}`, want: []string{"whole:件数不能大于金额"}},
	{values: `{"text":"ok","whole":3,"money":-2}`, want: []string{"money:金额不能小于 0"}},
	{values: `{"text":"ok","table":[{"name":"甲","share":60.5},{"name":"乙","share":39.5}]}`},
	{values: `{"text":"ok","table":[{"name":"甲","share":60.5},{"name":"乙","share":39.49}]}`, want: []string{"table:比例之和应为 100%"}},
	{values: `{"text":"ok","table":[{"name":"甲","share":100}]}`, want: []string{"table:名册至少填 2 行"}},
	{values: `{"text":"ok","table":[{"name":"甲","share":25},{"name":"甲","share":25},{"name":"甲","share":25},{"name":"甲","share":25}]}`, want: []string{"table:名册最多填 3 行"}},
	{values: `{"text":"ok","table":[{"name":"甲","share":100},{},{"name":" ","share":null},{"name":"乙","share":0}]}`},
	{values: `{"text":"ok","table":[{"name":"甲","share":100},{"share":0}]}`, want: []string{"table[1].name:第 2 行：请填写姓名"}},
	{values: `{"text":"ok","table":[{"name":"欧阳东方朔","share":"x","since":"2027-01-01","kind":"z","ok":1,"id":"1"},{"name":"乙"}]}`, want: []string{
		"table[0].name:第 1 行：姓名最多 4 个字", "table[0].share:第 1 行：比例应填写数字", "table[0].id:第 1 行：证件号码有误，请对照身份证逐位核对",
		"table[0].kind:第 1 行：类型不在可选的范围内，请重新选择", "table[0].ok:第 1 行：确认的格式不正确，请重新填写", "table[1].share:第 2 行：请填写比例",
	}},
	{values: `{"text":"ok","table":[{"name":"甲","share":50,"since":"2027-01-01"},{"name":"乙","share":50,"id":"` + idOf("20270101") + `"}]}`, want: []string{
		"table[0].since:第 1 行：加入日期不能晚于 2026-11-22", "table[1].id:第 2 行：证件号码有误，请对照身份证逐位核对",
	}},
	{values: `{"text":"ok","table":[5,"x"]}`, want: []string{"table[0]:第 1 行：名册的格式不正确，请重新填写", "table[1]:第 2 行：名册的格式不正确，请重新填写"}},
	{values: `{"text":"ok","table":[{"name":["x"],"share":1},{"name":"乙","share":99}]}`, want: []string{"table[0].name:第 1 行：姓名的格式不正确，请重新填写"}},
	{values: `{"text":"ok","table":{"0":{"name":"甲"}}}`, want: []string{"table:名册的格式不正确，请重新填写"}},
	{values: `{"text":"ok","table":[{"name":"甲","share":33.333},{"name":"乙","share":66.67}]}`, want: []string{"table[0].share:第 1 行：比例最多保留 2 位小数"}},
}

func TestEveryWrongFieldGetsOneSentence(t *testing.T) {
	f := mustLoad(t, "every", every)
	for _, tt := range hand {
		var got []string
		for _, w := range f.Check(decode(t, tt.values), tt.answers, noon) {
			got = append(got, w.Name+":"+w.Message)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.values, diff)
		}
	}
}

func mustLoad(t testing.TB, id, definition string) *form.Form {
	t.Helper()
	f, err := form.Load(id, 1, []byte(definition))
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return f
}

// odd are values that go where they don't belong.
var odd = []string{
	`null`, `""`, `" "`, `"x"`, `"东湖"`, `"𠮷"`, `"\ud83d\ude00"`, `"\udc00"`, `"\u0000"`, `"\ufeff"`, `"　"`, `"a"`, `"b"`, `"深"`, `"2026-11-22"`, `"2026-02-30"`,
	`"11010519491231002X"`, `"13800000001"`, `"91330106673959654P"`, `"AB-1"`, `0`, `-0.0`, `1`, `1.5`, `-1`, `0.01`, `100`, `1e-7`, `1e21`, `9007199254740993`, `true`, `false`,
	`[]`, `[[]]`, `["a"]`, `["a","b"]`, `["a",null]`, `{}`, `{"name":"甲"}`, `{"region":"330102","street":"路"}`, `[{}]`, `[{"name":"甲","share":100},{"name":"乙","share":0}]`,
	`[{"name":"甲","share":1},7]`, `{"name":"甲","number":"11010519491231002X"}`, `"<script>alert(1)</script>"`, `"'; DROP TABLE form_head; --"`,
}

// fill fills a form at random with what is odd.
func fill(f *form.Form, r *rand.Rand) form.Values {
	v := form.Values{}
	for _, p := range f.Parts {
		for _, in := range p.Fields {
			if r.IntN(4) == 0 {
				continue
			}
			var value any
			if err := json.Unmarshal([]byte(odd[r.IntN(len(odd))]), &value); err != nil {
				panic(err)
			}
			v[in.Name] = value
		}
	}
	return v
}

// TestBrowsersJudgeTheSame keeps testdata/vectors.json up to date: what Go says
// of each, which the browsers' tests compare with what they say.
func TestBrowsersJudgeTheSame(t *testing.T) {
	v := vectors{Today: "2026-11-22"}
	values, answers := decode(t, bag), form.Answers{"what": "new"}
	for i, tt := range sources {
		if n, problem := form.Parse(tt.source); problem == "" {
			e := expression{Source: tt.source, Node: n, Answers: answers, Want: form.Eval(n, values, answers, noon)}
			if i == 0 {
				e.Values = values // the same for all
			}
			v.Expressions = append(v.Expressions, e)
		}
	}
	add := func(f *form.Form, values form.Values, answers form.Answers) {
		if answers == nil {
			answers = form.Answers{}
		}
		c := verdict{Form: f.ID, Values: values, Answers: answers, Clean: f.Clean(values, answers, noon), Wrong: []wrong{}}
		for _, w := range f.Check(values, answers, noon) {
			c.Wrong = append(c.Wrong, wrong(w))
		}
		v.Cases = append(v.Cases, c)
	}
	f := mustLoad(t, "every", every)
	v.Forms = append(v.Forms, f)
	for _, tt := range hand {
		add(f, decode(t, tt.values), tt.answers)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		add(f, fill(f, r), form.Answers{"kind": []string{"short", "long"}[r.IntN(2)]})
	}
	definitions, err := form.DemoForms()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(keys(definitions)) {
		g, wrong := form.Compile(id, 1, definitions[id])
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
		v.Forms = append(v.Forms, g)
		for range 4 {
			add(g, fill(g, r), demoAnswers[r.IntN(len(demoAnswers))])
		}
	}
	compareVectors(t, v)
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// demoAnswers are situations of several items at once.
var demoAnswers = []form.Answers{
	{},
	{"agent": "agent", "premises": "rented", "scope": "yes", "owner": "person", "what": "restaurant", "cold": "yes", "age": "child", "urgent": "yes", "able": "no"},
	{"agent": "self", "premises": "cluster", "owner": "legal", "what": "vending", "why": "lost", "who": "bed", "from": "army", "bid": "tender", "stage": "pit", "special": "yes"},
	{"agent": "other", "premises": "own", "what": "canteen", "cold": "no", "why": "change", "who": "ward", "from": "other", "bid": "direct", "stage": "whole"},
}

func compareVectors(t *testing.T, v vectors) {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	// One vector a line, so that a change shows.
	text := strings.NewReplacer(`{"source"`, "\n{\"source\"", `{"form"`, "\n{\"form\"", `{"id":`, "\n{\"id\":").Replace(out.String())
	if *update {
		if err := os.WriteFile(vectorsFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != text {
		t.Error("testdata/vectors.json is not what the code says: look at the change, then run with -update and the browsers' tests")
	}
	if n := len(v.Expressions) + len(v.Cases); n < 300 {
		t.Errorf("%d vectors", n)
	}
}

func TestBothEndsHaveTheSameWords(t *testing.T) {
	data, err := os.ReadFile("../../../internal/ui/src/form/zh-CN.json")
	if err != nil {
		t.Fatal(err)
	}
	var theirs map[string]string
	if err := json.Unmarshal(data, &theirs); err != nil {
		t.Fatal(err)
	}
	for key, ours := range form.Sentences {
		if theirs["form.wrong."+key] != ours {
			t.Errorf("wrong.%s: %q here, %q in browsers", key, ours, theirs["form.wrong."+key])
		}
	}
	for _, w := range []form.Widget{form.Person, form.Address} {
		for _, name := range []string{"name", "number", "phone", "region", "area", "street"} {
			if label := form.PartLabel(w, name); label != "" && theirs["form.part."+name] != label {
				t.Errorf("part.%s: %q here, %q in browsers", name, label, theirs["form.part."+name])
			}
		}
	}
}
