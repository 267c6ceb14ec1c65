package profile

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed hall.device.v1.schema.json
var schemaJSON []byte

// schemaURL is the schema's name; nothing is fetched from there.
const schemaURL = "https://smarthall.invalid/schema/hall.device/v1"

// SchemaJSON is the JSON Schema (2020-12) of a profile, for editors.
func SchemaJSON() []byte { return bytes.Clone(schemaJSON) }

// compiled is the embedded schema; it panics on a schema that doesn't compile,
// which the tests of this package would show.
var compiled = sync.OnceValue(func() *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		panic(fmt.Sprintf("profile schema: %v", err))
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, doc); err != nil {
		panic(fmt.Sprintf("profile schema: %v", err))
	}
	return c.MustCompile(schemaURL)
})

// english prints the schema library's own words, for the rare kinds that have
// no text of ours.
var english = message.NewPrinter(language.English)

// finding is one violation of the schema: the place, the key in it that is
// meant (or ""), and what to say.
type finding struct {
	path   []string
	key    string
	zh, en string
}

// validate checks a document against the schema.
func validate(doc any) []finding {
	err := compiled().Validate(doc)
	if err == nil {
		return nil
	}
	ve, ok := err.(*jsonschema.ValidationError) //nolint:errorlint // Validate returns exactly this type
	if !ok {
		return []finding{{zh: "文件不符合规范", en: err.Error()}}
	}
	return leaves(ve)
}

// leaves are the violations that say something concrete. Of an anyOf only the
// fact that no branch fits is worth telling.
func leaves(ve *jsonschema.ValidationError) []finding {
	switch ve.ErrorKind.(type) {
	case *kind.AnyOf:
		return []finding{anyOf(ve)}
	case *kind.PropertyNames:
		return say(ve)
	}
	if len(ve.Causes) == 0 {
		return say(ve)
	}
	var out []finding
	for _, c := range ve.Causes {
		out = append(out, leaves(c)...)
	}
	return out
}

// anyOf names the keys of which one is needed.
func anyOf(ve *jsonschema.ValidationError) finding {
	var keys []string
	for _, c := range ve.Causes {
		if r, ok := c.ErrorKind.(*kind.Required); ok {
			keys = append(keys, r.Missing...)
		}
	}
	slices.Sort(keys)
	return finding{
		path: ve.InstanceLocation,
		zh:   fmt.Sprintf("至少需要其中一项：%s", strings.Join(keys, "、")),
		en:   fmt.Sprintf("one of these is needed: %s", strings.Join(keys, ", ")),
	}
}

// say puts a violation into words.
func say(ve *jsonschema.ValidationError) []finding {
	at := func(key, zh, en string) finding {
		return finding{path: ve.InstanceLocation, key: key, zh: zh, en: en}
	}
	switch k := ve.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		var out []finding
		for _, p := range k.Properties {
			out = append(out, at(p, fmt.Sprintf("不认识的项“%s”", p), fmt.Sprintf("unknown key %q", p)))
		}
		return out
	case *kind.FalseSchema:
		return []finding{at("", "此协议引擎不使用这一项", "this engine has no use for this key")}
	case *kind.Required:
		return []finding{at("", "缺少："+strings.Join(k.Missing, "、"), "missing: "+strings.Join(k.Missing, ", "))}
	case *kind.DependentRequired:
		m := strings.Join(k.Missing, ", ")
		return []finding{at(k.Prop, fmt.Sprintf("写了 %s 就必须写 %s", k.Prop, m), fmt.Sprintf("%s needs %s beside it", k.Prop, m))}
	case *kind.Type:
		want := strings.Join(k.Want, " or ")
		return []finding{at("", fmt.Sprintf("类型应为 %s，实际是 %s（文字和十六进制请加引号）", want, k.Got),
			fmt.Sprintf("want %s, got %s (put text and hex in quotes)", want, k.Got))}
	case *kind.Enum:
		list := make([]string, len(k.Want))
		for i, w := range k.Want {
			list[i] = fmt.Sprint(w)
		}
		return []finding{at("", fmt.Sprintf("“%v”不在可选值内：%s", k.Got, strings.Join(list, "、")),
			fmt.Sprintf("%q is none of: %s", fmt.Sprint(k.Got), strings.Join(list, ", ")))}
	case *kind.Const:
		return []finding{at("", fmt.Sprintf("应为 %v", k.Want), fmt.Sprintf("must be %v", k.Want))}
	case *kind.Pattern:
		return []finding{at("", fmt.Sprintf("“%s”的写法不对，应符合 %s", k.Got, k.Want), fmt.Sprintf("%q must look like %s", k.Got, k.Want))}
	case *kind.PropertyNames:
		return []finding{at(k.Property, fmt.Sprintf("“%s”不能用作名字", k.Property), fmt.Sprintf("%q is no valid name here", k.Property))}
	}
	return []finding{at("", limitZH(ve.ErrorKind), ve.ErrorKind.LocalizedString(english))}
}

// limitZH is the Chinese text of a number or size out of bounds.
func limitZH(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Minimum:
		return fmt.Sprintf("数值太小，最小 %s", k.Want.RatString())
	case *kind.Maximum:
		return fmt.Sprintf("数值太大，最大 %s", k.Want.RatString())
	case *kind.MultipleOf:
		return fmt.Sprintf("应为 %s 的倍数", k.Want.RatString())
	case *kind.MinItems:
		return fmt.Sprintf("至少要有 %d 项", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("最多 %d 项", k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("至少要有 %d 项", k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("最多 %d 项", k.Want)
	case *kind.MinLength:
		return fmt.Sprintf("至少 %d 个字", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("最多 %d 个字", k.Want)
	case *kind.UniqueItems:
		return "列表里有重复的项"
	default:
		return "不符合规范"
	}
}
