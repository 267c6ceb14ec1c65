package screen

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"smarthall/internal/link"
)

// FilesOf are the ids of the pictures and videos that a layout shows, some maybe
// twice.
func FilesOf(v link.LayoutView) []string {
	var out []string
	if v.Picture != "" {
		out = append(out, v.Picture)
	}
	for _, b := range v.Blocks {
		if b.Set.File != "" {
			out = append(out, b.Set.File)
		}
	}
	return out
}

// Only is what is left of set for a display with these screens: their plans,
// the layouts that these show, and the files of those. All voice rules stay. Its
// rev is of what is left, so that it stays the same when other screens' layouts
// change.
func Only(set *link.LayoutSet, screens []string) (*link.LayoutSet, error) {
	out := &link.LayoutSet{Voice: set.Voice}
	shown, files := map[string]bool{}, map[string]bool{}
	for _, p := range set.Screens {
		if !slices.Contains(screens, p.Screen) {
			continue
		}
		out.Screens = append(out.Screens, p)
		for _, slot := range p.Slots {
			shown[slot.Layout] = true
		}
	}
	for _, v := range set.Layouts {
		if !shown[v.ID] {
			continue
		}
		out.Layouts = append(out.Layouts, v)
		for _, id := range FilesOf(v) {
			files[id] = true
		}
	}
	for _, f := range set.Files {
		if files[f.ID] {
			out.Files = append(out.Files, f)
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("encode a display's layouts: %w", err)
	}
	h := fnv.New64a()
	_, _ = h.Write(text) // never fails
	out.Rev = strconv.FormatUint(h.Sum64(), 36)
	return out, nil
}
