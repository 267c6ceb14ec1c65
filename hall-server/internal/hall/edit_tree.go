package hall

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// opKey gives a key of a mapping another name: a part of a rename.
const opKey Op = "key"

// entryOf is the place of the entry that a step of a path names, of n; -1 if
// there is none. Entries with ids are named by them alone: "1" may be an id.
func entryOf(n int, step string, id func(int) string) int {
	ids := false
	for i := range n {
		if own := id(i); own != "" {
			ids = true
			if own == step {
				return i
			}
		}
	}
	if i, err := strconv.Atoi(step); err == nil && !ids && i >= 0 && i < n && strconv.Itoa(i) == step {
		return i
	}
	return -1
}

// idIn is idOf for decoded values.
func idIn(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	for _, key := range []string{"id", "tag"} {
		switch id := m[key].(type) {
		case nil:
		case string:
			return id
		default:
			return fmt.Sprint(id) // a file that says id: 1
		}
	}
	return ""
}

// change makes an edit in a decoded file and returns it changed. Maps and lists
// on the way are new ones.
func change(tree any, steps []string, e *Edit) (any, error) {
	if len(steps) == 0 {
		return changeHere(tree, e)
	}
	switch node := tree.(type) {
	case nil:
		if e.Op != OpSet && e.Op != OpInsert {
			return nil, errNoPlace
		}
		return changeIn(map[string]any{}, steps, e)
	case map[string]any:
		return changeIn(node, steps, e)
	case []any:
		i := entryOf(len(node), steps[0], func(i int) string { return idIn(node[i]) })
		if i < 0 {
			return nil, fmt.Errorf("没有 %s", steps[0])
		}
		list := slices.Clone(node)
		if len(steps) > 1 || e.Op == OpSet {
			v, err := change(node[i], steps[1:], e)
			list[i] = v
			return list, err
		}
		return changeEntry(list, i, e)
	}
	return nil, errNoPlace
}

var errNoPlace = errors.New("没有这处设置")

func changeIn(node map[string]any, steps []string, e *Edit) (any, error) {
	key := steps[0]
	v, has := node[key]
	next := maps.Clone(node)
	if next == nil {
		next = map[string]any{}
	}
	if len(steps) > 1 || e.Op == OpSet || e.Op == OpInsert {
		if !has && e.Op != OpSet && e.Op != OpInsert {
			return nil, errNoPlace
		}
		v, err := change(v, steps[1:], e)
		next[key] = v
		return next, err
	}
	if !has {
		return nil, errNoPlace
	}
	delete(next, key)
	switch e.Op {
	case OpRemove:
	case opKey:
		next[e.ID] = v
	default:
		return nil, errOp
	}
	return next, nil
}

// changeHere is the end of a path.
func changeHere(v any, e *Edit) (any, error) {
	switch e.Op {
	case OpSet:
		return e.Value, nil
	case OpInsert:
		list, ok := v.([]any)
		if !ok && v != nil {
			return nil, errors.New("这里不是列表，不能添加")
		}
		at := len(list)
		if e.At != nil {
			at = *e.At
		}
		if at < 0 || at > len(list) {
			return nil, errors.New("列表没有这个位置")
		}
		if len(list) >= maxValueItems*4 {
			return nil, errors.New("列表太长")
		}
		return slices.Insert(slices.Clone(list), at, e.Value), nil
	}
	return nil, errOp
}

// changeEntry removes or moves the i-th entry of a list.
func changeEntry(list []any, i int, e *Edit) (any, error) {
	switch e.Op {
	case OpRemove:
		return slices.Delete(list, i, i+1), nil
	case OpMove:
		if e.At == nil || *e.At < 0 || *e.At >= len(list) {
			return nil, errors.New("列表没有这个位置")
		}
		return moved(list, i, *e.At), nil
	}
	return nil, errOp
}

// moved is list with its from-th entry at place to.
func moved[T any](list []T, from, to int) []T {
	v := list[from]
	return slices.Insert(slices.Delete(slices.Clone(list), from, from+1), to, v)
}

// references are where the file names things of a list by their ids; * stands
// for every entry. keys are mappings whose keys are ids.
var references = map[string]struct{ values, keys []string }{
	"zones":  {values: []string{"services/*/zone", "windows/*/zone", "plan/floors/*/areas/*/zone"}, keys: []string{"calls/zones", "messages/zones"}},
	"series": {values: []string{"services/*/series"}},
	"services": {
		values: []string{"windows/*/services/*", "windows/*/helps/*", "rules/strategy/order/*", "windows/*/strategy/order/*"},
		keys:   []string{"rules/strategy/weights", "windows/*/strategy/weights"},
	},
	"windows":    {values: []string{"agents/*/window", "agents/*/devices/*/window", "plan/floors/*/places/*/window"}},
	"agents":     {values: []string{"series/*/kiosk", "plan/floors/*/places/*/agent"}},
	"staff":      {},
	"priorities": {},
}

// renames are the edits that give the thing at path another id and name it so
// everywhere. A window's posts, 8-1 and 8-2, follow their window.
func renames(tree any, path, id string) ([]Edit, error) {
	steps, err := stepsOf(path)
	if err != nil {
		return nil, err
	}
	if len(steps) != 2 || checkText(id) != nil || strings.TrimSpace(id) == "" || len(id) > 40 {
		return nil, errors.New("编号无效")
	}
	refs, ok := references[steps[0]]
	if !ok {
		return nil, errors.New("这里没有可以改的编号")
	}
	list, _ := child2(tree, steps[0]).([]any)
	name := func(i int) string { return idIn(list[i]) }
	if entryOf(len(list), steps[1], name) < 0 {
		return nil, fmt.Errorf("没有 %s", steps[1])
	}
	if id == steps[1] {
		return nil, errors.New("编号没有改")
	}
	if slices.ContainsFunc(list, func(v any) bool { return idIn(v) == id }) {
		return nil, fmt.Errorf("编号 %s 已经有了", id)
	}
	var out []Edit
	for _, pattern := range refs.values {
		for _, at := range matching(tree, strings.Split(pattern, "/"), "") {
			if to, is := renamed(at.value, steps[0], steps[1], id); is {
				out = append(out, Edit{Op: OpSet, Path: at.path, Value: to})
			}
		}
	}
	for _, pattern := range refs.keys {
		for _, at := range matching(tree, strings.Split(pattern, "/"), "") {
			if m, ok := at.value.(map[string]any); ok && m[steps[1]] != nil {
				out = append(out, Edit{Op: opKey, Path: at.path + "/" + escaped(steps[1]), ID: id})
			}
		}
	}
	// The thing itself comes last: until then paths name it by its old id.
	return append(out, Edit{Op: OpSet, Path: path + "/id", Value: id}), nil
}

func renamed(value any, list, from, to string) (string, bool) {
	text := fmt.Sprint(value)
	if text == from {
		return to, true
	}
	if post, ok := strings.CutPrefix(text, from+"-"); ok && list == "windows" && len(post) == 1 && post >= "1" && post <= "9" {
		return to + "-" + post, true
	}
	return "", false
}

func child2(tree any, key string) any {
	m, _ := tree.(map[string]any)
	return m[key]
}

func escaped(step string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(step)
}

// found is a value with the path that leads to it.
type found struct {
	path  string
	value any
}

// matching are the values at a pattern of steps.
func matching(v any, pattern []string, path string) []found {
	if len(pattern) == 0 {
		return []found{{strings.TrimPrefix(path, "/"), v}}
	}
	switch node := v.(type) {
	case map[string]any:
		if next, ok := node[pattern[0]]; ok {
			return matching(next, pattern[1:], path+"/"+escaped(pattern[0]))
		}
	case []any:
		if pattern[0] != "*" {
			return nil
		}
		var out []found
		for i := range node {
			step := idIn(node[i])
			if step == "" {
				step = strconv.Itoa(i)
			}
			out = append(out, matching(node[i], pattern[1:], path+"/"+escaped(step))...)
		}
		return out
	}
	return nil
}
