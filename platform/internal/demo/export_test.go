package demo

// Delegated are the ids of items that delegations name.
func (c City) Delegated() (items [][]string) {
	for _, d := range c.people.Delegations {
		items = append(items, d.Items)
	}
	return items
}
