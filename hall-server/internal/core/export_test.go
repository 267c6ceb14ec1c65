package core

// Queued is how many requests wait to be decided.
func (c *Core) Queued() int { return len(c.requests) }
