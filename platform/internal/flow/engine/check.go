package engine

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Finding is one thing that is wrong with a definition.
type Finding struct {
	// Element is the node's or edge's id; empty: the whole.
	Element string `json:"element,omitempty"`
	// Severe ones keep the definition from being published.
	Severe bool   `json:"severe"`
	Text   string `json:"text"`
}

// Surroundings is what a definition is checked against.
type Surroundings struct {
	// Roles are those that may be asked; nil: any.
	Roles []string
	// Org tells whether an organisation is there; nil: any is.
	Org func(id string) bool
	// Promised is the promised limit of the item in working days; 0: unknown.
	Promised int
}

// Bounds of a definition.
const (
	maxNodes = 200
	maxEdges = 400
)

var idPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,59}$`)

// check gathers findings.
type check struct {
	def      *Definition
	around   Surroundings
	findings []Finding
}

// Check tells all that is wrong with a definition.
func Check(def *Definition, around Surroundings) []Finding {
	c := &check{def: def, around: around}
	if len(def.Nodes) > maxNodes || len(def.Edges) > maxEdges {
		c.severe("", "流程过大：最多 %d 个节点、%d 条连线", maxNodes, maxEdges)
		return c.findings
	}
	if !c.shape() {
		return c.findings
	}
	for i := range def.Nodes {
		c.node(&def.Nodes[i])
	}
	for i := range def.Edges {
		c.edge(&def.Edges[i])
	}
	c.ways()
	c.limits()
	if !Severe(c.findings) {
		c.tokens()
	}
	return c.findings
}

// Severe tells whether one of the findings is.
func Severe(list []Finding) bool {
	return slices.ContainsFunc(list, func(f Finding) bool { return f.Severe })
}

func (c *check) severe(element, format string, args ...any) {
	c.findings = append(c.findings, Finding{element, true, fmt.Sprintf(format, args...)})
}

func (c *check) warn(element, format string, args ...any) {
	c.findings = append(c.findings, Finding{element, false, fmt.Sprintf(format, args...)})
}

// shape checks ids and that edges join nodes; false: nothing else makes sense.
func (c *check) shape() bool {
	seen := map[string]bool{}
	for _, n := range c.def.Nodes {
		c.id(n.ID, seen)
		if !slices.Contains(Kinds(), n.Kind) {
			c.severe(n.ID, "没有“%s”这种节点", short(string(n.Kind)))
		}
	}
	for _, e := range c.def.Edges {
		c.id(e.ID, seen)
		if c.def.Node(e.From) == nil || c.def.Node(e.To) == nil {
			c.severe(e.ID, "连线的一端没有节点")
		}
	}
	return len(c.findings) == 0
}

func (c *check) id(id string, seen map[string]bool) {
	switch {
	case !idPattern.MatchString(id):
		c.severe(short(id), "编号有误：以字母开头，只含字母、数字、_ . -，最多 60 个")
	case seen[id]:
		c.severe(id, "编号重复")
	}
	seen[id] = true
}

// short is a text that can be told.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// title is what people call a node.
func title(n *Node) string {
	if n.Name != "" {
		return n.Name
	}
	return n.ID
}

func (c *check) node(n *Node) {
	in, out := len(c.def.In(n.ID)), len(c.def.Out(n.ID))
	gateway := n.Kind == And || n.Kind == Or || n.Kind == Xor
	if len([]rune(n.Name)) > 60 {
		c.severe(n.ID, "名称最多 60 个字")
	}
	switch {
	case n.Kind == Start && in > 0:
		c.severe(n.ID, "开始节点不能有进入的连线")
	case n.Kind == End && out > 0:
		c.severe(n.ID, "结束节点不能有离开的连线")
	case n.Kind != End && out == 0:
		c.severe(n.ID, "“%s”之后没有去处", title(n))
	case n.Kind != Start && in == 0:
		c.severe(n.ID, "“%s”没有进入的连线", title(n))
	case !gateway && out > 1:
		c.severe(n.ID, "“%s”有多条离开的连线，请用网关分支", title(n))
	}
	switch n.Kind {
	case User:
		c.user(n)
	case Timer:
		if n.Wait == nil || n.Wait.Days < 1 || !slices.Contains([]string{WorkingDays, Days, Months}, n.Wait.Unit) {
			c.severe(n.ID, "“%s”须写明等待多久", title(n))
		}
	case Service:
		if !regexp.MustCompile(`^[a-z][a-z-]{0,39}$`).MatchString(n.Action) {
			c.severe(n.ID, "“%s”须写明自动动作（小写字母和 -）", title(n))
		}
	case Xor, Or:
		if out > 1 {
			c.defaults(n)
		}
		if n.Kind == Or && out > maxBranches+1 {
			c.severe(n.ID, "包容网关“%s”最多 %d 条分支", title(n), maxBranches)
		}
	}
}

// defaults checks that a choice has exactly one way for when nothing holds.
func (c *check) defaults(n *Node) {
	defaults := 0
	for _, e := range c.def.Out(n.ID) {
		if e.Default {
			defaults++
		}
	}
	if defaults != 1 {
		c.severe(n.ID, "网关“%s”须有且只有一条默认连线", title(n))
	}
}

func (c *check) user(n *Node) {
	if n.Name == "" {
		c.severe(n.ID, "办理环节须有名称")
	}
	if n.Assign == nil && (n.Multi == nil || len(n.Multi.Of) == 0) {
		c.severe(n.ID, "“%s”须写明由谁办理", title(n))
	}
	for _, a := range n.Assigns() {
		if a.Role != "" && c.around.Roles != nil && !slices.Contains(c.around.Roles, a.Role) {
			c.severe(n.ID, "“%s”的办理角色“%s”不存在", title(n), short(a.Role))
		}
		if a.Org == "" || a.Org != ItemOrg && c.around.Org != nil && !c.around.Org(a.Org) {
			c.severe(n.ID, "“%s”的办理部门“%s”不存在", title(n), short(a.Org))
		}
	}
	if m := n.Multi; m != nil {
		if !slices.Contains([]Mode{"", One, All, Ratio, Any}, m.Mode) {
			c.severe(n.ID, "“%s”的会签方式有误", title(n))
		}
		if m.Mode == Ratio && (m.Ratio < 1 || m.Ratio > 100) {
			c.severe(n.ID, "“%s”的通过比例须为 1 至 100", title(n))
		}
		if (m.Mode == "" || m.Mode == One) && len(m.Of) > 1 {
			c.severe(n.ID, "“%s”有多个办理方，须选择会签、票签或或签", title(n))
		}
	}
	if l := n.Limit; l != nil && (!slices.Contains([]string{WorkingDays, Days, Months, Instant, NoTerm}, l.Unit) || l.Days < 0 || l.Days > 3650) {
		c.severe(n.ID, "“%s”的时限有误", title(n))
	}
	if !slices.Contains([]ReturnPolicy{"", ReturnAny, ReturnNone, ReturnListed}, n.Return) {
		c.severe(n.ID, "“%s”的退回方式有误", title(n))
	}
	for _, to := range n.ReturnTo {
		if target := c.def.Node(to); target == nil || target.Kind != User {
			c.severe(n.ID, "“%s”可退回的环节“%s”不存在", title(n), short(to))
		}
	}
}

func (c *check) edge(e *Edge) {
	from := c.def.Node(e.From)
	choice := c.def.chooses(from)
	switch {
	case !choice && (e.When != "" || e.Default):
		c.severe(e.ID, "只有排他网关和包容网关离开的连线能写条件或设为默认")
	case e.Default && e.When != "":
		c.severe(e.ID, "默认连线不写条件")
	case choice && !e.Default && strings.TrimSpace(e.When) == "":
		c.severe(e.ID, "连线须写条件，或设为默认")
	}
	if e.When == "" {
		return
	}
	opinions, err := Condition(e.When)
	if err != nil {
		c.severe(e.ID, "%s", err)
		return
	}
	for _, id := range opinions {
		if n := c.def.Node(id); n == nil || n.Kind != User {
			c.severe(e.ID, "条件中的 opinions.%s 不是办理环节", short(id))
		}
	}
}

// ways checks that every node can be come to and left for an end.
func (c *check) ways() {
	starts := 0
	var reached map[string]bool
	decides, ends := false, false
	for _, n := range c.def.Nodes {
		switch {
		case n.Kind == Start:
			starts++
			reached = c.def.reach(n.ID)
		case n.Kind == End:
			ends = true
		case n.Decides && n.Kind == User:
			decides = true
		}
	}
	if starts != 1 {
		c.severe("", "须有且只有一个开始节点")
		return
	}
	if !ends {
		c.severe("", "没有结束节点")
		return
	}
	if !decides {
		c.severe("", "没有作出决定的环节：请把一个办理环节设为“作出决定”")
	}
	for i := range c.def.Nodes {
		n := &c.def.Nodes[i]
		if n.Kind != Start && !reached[n.ID] {
			c.severe(n.ID, "“%s”永远不会办到", title(n))
		}
		onward := c.def.reach(n.ID)
		if n.Kind != End && !slices.ContainsFunc(c.def.Nodes, func(e Node) bool { return e.Kind == End && onward[e.ID] }) {
			c.severe(n.ID, "从“%s”走不到结束", title(n))
		}
		if onward[n.ID] && !c.pauses(n) {
			c.severe(n.ID, "“%s”所在的回路中没有办理环节", title(n))
		}
	}
}

// pauses tells whether every loop through a node has somebody's step or a
// timer in it.
func (c *check) pauses(n *Node) bool {
	if n.Kind == User || n.Kind == Timer {
		return true
	}
	var stop []string
	for _, o := range c.def.Nodes {
		if o.Kind == User || o.Kind == Timer {
			stop = append(stop, o.ID)
		}
	}
	return !c.def.reach(n.ID, stop...)[n.ID]
}

// limits checks that the longest way without a loop keeps the promised limit.
func (c *check) limits() {
	if c.around.Promised < 1 || Severe(c.findings) {
		return
	}
	if sum := Longest(c.def); sum > c.around.Promised {
		c.warn("", "各环节时限合计 %d 个工作日，超过事项承诺时限 %d 个工作日", sum, c.around.Promised)
	}
}

// Longest is how many working days the longest way through a definition takes
// at most, each node counted once.
func Longest(def *Definition) int {
	longest := map[string]int{}
	var walk func(id string, on []string, steps *int) int
	walk = func(id string, on []string, steps *int) int {
		if sum, ok := longest[id]; ok {
			return sum
		}
		*steps++
		if *steps > 20_000 || slices.Contains(on, id) {
			return 0
		}
		n, most := def.Node(id), 0
		for _, e := range def.Out(id) {
			most = max(most, walk(e.To, append(on, id), steps))
		}
		for _, t := range []*Term{n.Limit, n.Wait} {
			if t != nil && t.Unit == WorkingDays {
				most += t.Days
			}
		}
		if len(on) == 0 || !def.reach(id)[id] {
			longest[id] = most
		}
		return most
	}
	steps := 0
	for _, n := range def.Nodes {
		if n.Kind == Start {
			return walk(n.ID, nil, &steps)
		}
	}
	return 0
}
