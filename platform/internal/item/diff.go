package item

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Change is one difference between two versions.
type Change struct {
	// Path names the field; entries of lists with ids are named by them, such as
	// materials[lease].copies.
	Path string `json:"path"`
	// Before and After are what stood there, in short; empty: nothing.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Diff tells what differs between two versions, by path.
func Diff(a, b *Item) []Change {
	var list []Change
	diff("", tree(a), tree(b), &list)
	slices.SortFunc(list, func(x, y Change) int { return cmp.Compare(x.Path, y.Path) })
	return list
}

// ignored are what the platform itself writes into a version.
var ignored = map[string]bool{"version": true, "state": true, "changed": true, "publishedAt": true, "reason": true}

// tree is an item as JSON has it.
func tree(it *Item) any {
	data, err := json.Marshal(it)
	if err != nil {
		panic(fmt.Sprintf("encode item: %v", err)) // it holds nothing that JSON can't
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		panic(fmt.Sprintf("decode item: %v", err))
	}
	for k := range ignored {
		delete(m, k)
	}
	return m
}

func diff(path string, a, b any, list *[]Change) {
	ma, oka := branches(a)
	mb, okb := branches(b)
	if (oka || a == nil) && (okb || b == nil) && (oka || okb) {
		if before, after, ok := moved(a, b); ok {
			*list = append(*list, Change{path, clip(before, shown), clip(after, shown)})
		}
		all := map[string]bool{}
		for k := range ma {
			all[k] = true
		}
		for k := range mb {
			all[k] = true
		}
		_, isList := a.([]any)
		if !isList {
			_, isList = b.([]any)
		}
		for _, k := range slices.Sorted(maps.Keys(all)) {
			at := k
			switch {
			case isList:
				at = path + "[" + k + "]"
			case path != "":
				at = path + "." + k
			}
			diff(at, ma[k], mb[k], list)
		}
		return
	}
	if before, after := leaf(a), leaf(b); before != after {
		*list = append(*list, Change{path, clip(before, shown), clip(after, shown)})
	}
}

// shown bounds what is shown of a text that changed, in characters.
const shown = 200

// moved tells whether two lists have the same entries in another order, and in
// which.
func moved(a, b any) (before, after string, ok bool) {
	la, oka := a.([]any)
	lb, okb := b.([]any)
	if !oka || !okb || len(la) != len(lb) {
		return "", "", false
	}
	na, nb := names(la), names(lb)
	if slices.Equal(na, nb) || !slices.Equal(slices.Sorted(slices.Values(na)), slices.Sorted(slices.Values(nb))) {
		return "", "", false
	}
	return strings.Join(na, " "), strings.Join(nb, " "), true
}

// names are what the entries of a list are called: their ids, or their places.
func names(list []any) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = strconv.Itoa(i + 1)
		if o, ok := e.(map[string]any); ok {
			if id, ok := o["id"].(string); ok && id != "" {
				out[i] = id
			}
		}
	}
	return out
}

// branches are what is below a value, by name: members of an object, entries of
// a list by their id or place. false means that it is a leaf.
func branches(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case []any:
		m := map[string]any{}
		for i, name := range names(v) {
			m[name] = v[i]
		}
		return m, true
	default:
		return nil, false
	}
}

// leaf is a leaf in words; false and zero are as good as nothing.
func leaf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "是"
		}
		return ""
	case float64:
		if v == 0 {
			return ""
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}
