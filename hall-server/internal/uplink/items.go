package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"smarthall/hall-server/internal/store"
)

// ItemStore keeps items; store.Store.
type ItemStore interface {
	Items(ctx context.Context) ([]store.Item, error)
}

// Items are the items that the platform published for this hall. They stay
// while the platform is away, and after a restart. Its methods may be called
// from anywhere.
type Items struct {
	store ItemStore
	// materials are what to bring for a service of the hall.
	materials atomic.Pointer[map[string][]string]
}

// OpenItems reads what is kept.
func OpenItems(ctx context.Context, from ItemStore) (*Items, error) {
	i := &Items{store: from}
	return i, i.load(ctx)
}

// load reads the items anew.
func (i *Items) load(ctx context.Context) error {
	list, err := i.store.Items(ctx)
	if err != nil {
		return err
	}
	materials := make(map[string][]string)
	for _, item := range list {
		for _, id := range item.Services {
			for _, name := range item.Materials {
				if !slices.Contains(materials[id], name) {
					materials[id] = append(materials[id], name)
				}
			}
		}
	}
	i.materials.Store(&materials)
	return nil
}

// maxMaterials is how many materials are named for a service of several items:
// a list that nobody reads helps nobody.
const maxMaterials = 12

// Materials are what to bring for a service, as its items say; nil if none
// does.
func (i *Items) Materials(service string) []string {
	if i == nil {
		return nil
	}
	all := (*i.materials.Load())[service]
	return all[:min(len(all), maxMaterials)]
}

// Limits of an item, in bytes and entries.
const (
	maxItem    = 1 << 20
	maxEntries = 500
)

// readItem reads the body of item.published, which is about the item id, for
// hall.
func readItem(id string, data json.RawMessage, hall string) (*store.Item, error) {
	if len(data) > maxItem {
		return nil, fmt.Errorf("item of %d bytes", len(data))
	}
	var in struct {
		Name      string     `json:"name"`
		Services  []string   `json:"services"`
		Materials []material `json:"materials"`
		Places    []struct {
			Hall    string `json:"hall"`
			Service string `json:"service"`
		} `json:"places"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("read item: %w", err)
	}
	if id == "" || in.Name == "" || len(id) > maxID || max(len(in.Services), len(in.Materials), len(in.Places)) > maxEntries {
		return nil, errors.New("item without id or name, or with too many parts")
	}
	out := &store.Item{ID: id, Name: in.Name, Services: in.Services, Body: data}
	for _, p := range in.Places {
		if p.Hall == hall && p.Service != "" && !slices.Contains(out.Services, p.Service) {
			out.Services = append(out.Services, p.Service)
		}
	}
	for _, m := range in.Materials {
		if m != "" && !slices.Contains(out.Materials, string(m)) {
			out.Materials = append(out.Materials, string(m))
		}
	}
	return out, nil
}

// material is the name of what to bring: a text, or something with a name.
type material string

// UnmarshalJSON implements json.Unmarshaler.
func (m *material) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*m = material(text)
		return nil
	}
	var named struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(data, &named); err != nil {
		return fmt.Errorf("read material: %w", err)
	}
	*m = material(named.Name)
	return nil
}
