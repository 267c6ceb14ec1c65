package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"smarthall/platform/internal/flow/engine"
)

// draw makes a definition of a few words: "a>b" is an edge, "a>b?x" one with a
// condition, "a>b!" the default. What a node is follows from its first letter:
// S start, E end, A and, O or, X xor, T timer, all else a user node.
func draw(words ...string) *engine.Definition {
	def := &engine.Definition{ID: "test", Name: "test"}
	kinds := map[byte]engine.Kind{'S': engine.Start, 'E': engine.End, 'A': engine.And, 'O': engine.Or, 'X': engine.Xor, 'T': engine.Timer}
	node := func(id string) {
		if def.Node(id) != nil {
			return
		}
		n := engine.Node{ID: id, Name: id, Kind: engine.User}
		if kind, ok := kinds[id[0]]; ok {
			n.Kind = kind
		}
		switch n.Kind {
		case engine.User:
			n.Assign, n.Decides, n.Holdable = &engine.Assign{Org: engine.ItemOrg}, true, true
		case engine.Timer:
			n.Wait = &engine.Term{Unit: engine.Days, Days: 1}
		}
		def.Nodes = append(def.Nodes, n)
	}
	for i, w := range words {
		w, when, _ := strings.Cut(w, "?")
		w, otherwise := strings.CutSuffix(w, "!")
		from, to, _ := strings.Cut(w, ">")
		node(from)
		node(to)
		def.Edges = append(def.Edges, engine.Edge{ID: fmt.Sprintf("e%d", i), From: from, To: to, When: when, Default: otherwise})
	}
	return def
}

// game is one case in the engine.
type game struct {
	t     *testing.T
	def   *engine.Definition
	state engine.State
	seen  []engine.Event
}

func started(t *testing.T, def *engine.Definition, facts map[string]any) *game {
	t.Helper()
	g := &game{t: t, def: def}
	g.do(engine.Command{Verb: engine.VerbStart, Facts: facts})
	return g
}

func (g *game) try(cmd engine.Command) error {
	next, events, err := engine.Step(g.def, g.state, cmd)
	g.state = next
	g.seen = append(g.seen, events...)
	return err
}

func (g *game) do(cmd engine.Command) {
	g.t.Helper()
	if err := g.try(cmd); err != nil {
		g.t.Fatalf("%s: %v", cmd.Verb, err)
	}
}

// task is the open task of a node, claimed by p.
func (g *game) task(node string) int {
	g.t.Helper()
	for _, task := range g.state.Tasks {
		if task.Node == node && task.State == engine.TaskOpen {
			if task.Person == "" {
				g.do(engine.Command{Verb: engine.VerbClaim, Task: task.ID, By: "p"})
			}
			return task.ID
		}
	}
	g.t.Fatalf("nobody is asked at %s: %v", node, g.open())
	return 0
}

func (g *game) pass(node string) {
	g.t.Helper()
	id := g.task(node)
	g.do(engine.Command{Verb: engine.VerbPass, Task: id, By: g.state.Task(id).Person})
}

func (g *game) giveBack(from, to string) {
	g.t.Helper()
	id := g.task(from)
	g.do(engine.Command{Verb: engine.VerbReturn, Task: id, By: g.state.Task(id).Person, Node: to})
}

func (g *game) open() (list []string) {
	for _, a := range g.state.Activations {
		if !a.Done {
			list = append(list, a.Node)
		}
	}
	slices.Sort(list)
	return list
}

func (g *game) want(nodes ...string) {
	g.t.Helper()
	if got := g.open(); !slices.Equal(got, nodes) {
		g.t.Fatalf("open %v, want %v", got, nodes)
	}
}

// An inclusive join fired because a parallel branch had gone another way. When
// that branch's choice is taken back, so is the join, or the token that comes
// this time would pass it a second time.
func TestAnInclusiveJoinHangsOnTheChoicesThatSparedIt(t *testing.T) {
	def := draw("S>A1", "A1>a", "A1>p", "a>Oj", "p>Xc", "Xc>Oj?values.toJoin == true", "Xc>k!", "Oj>after", "after>Eone", "k>Etwo")
	if list := engine.Check(def, engine.Surroundings{}); engine.Severe(list) {
		t.Fatal(list)
	}
	g := started(t, def, nil)
	g.pass("a")
	g.want("p") // p may still come
	g.pass("p")
	g.want("after", "k")
	g.giveBack("k", "p")
	g.want("p") // the join's passage is gone, a's token waits again
	id := g.task("p")
	g.do(engine.Command{Verb: engine.VerbPass, Task: id, By: "p", Values: map[string]any{"toJoin": true}})
	g.want("after")
	g.pass("after")
	if g.state.Over != engine.Ended {
		t.Errorf("over %q", g.state.Over)
	}
}

// Inside an outer loop a neighbour's inclusive join is reachable in theory; it
// must not keep this one waiting.
func TestAnInclusiveJoinDoesNotWaitForItsNeighbour(t *testing.T) {
	def := draw("S>Xm", "Xm>A1", "A1>O1", "O1>a!", "O1>b?facts.b == true", "a>O1j", "b>O1j", "O1j>A2",
		"A1>c", "c>A2", "A2>d", "d>Xo", "Xo>Xm?values.again == true", "Xo>E!")
	if list := engine.Check(def, engine.Surroundings{}); engine.Severe(list) {
		t.Fatal(list)
	}
	g := started(t, def, nil)
	g.pass("a")
	if g.state.Last("O1j") == nil {
		t.Error("the join waits for c, which can't come before it has fired")
	}
	g.pass("c")
	id := g.task("d")
	g.do(engine.Command{Verb: engine.VerbPass, Task: id, By: "p", Values: map[string]any{"again": true}})
	g.want("a", "c")
}

func TestCountingOpinions(t *testing.T) {
	const yes, no = engine.VerbPass, engine.VerbRefuse
	for _, c := range []struct {
		name  string
		multi engine.Multi
		said  []engine.Verb
		want  engine.Result
		early bool // before everybody has spoken
	}{
		{"all agree", engine.Multi{Mode: engine.All}, []engine.Verb{yes, yes, yes}, engine.Approve, false},
		{"one of all is against", engine.Multi{Mode: engine.All}, []engine.Verb{no, yes, yes}, engine.Refuse, false},
		{"a veto ends it", engine.Multi{Mode: engine.All, Veto: true}, []engine.Verb{yes, no}, engine.Refuse, true},
		{"two thirds are enough", engine.Multi{Mode: engine.Ratio, Ratio: 66}, []engine.Verb{yes, yes}, engine.Approve, true},
		{"two thirds can't be had any more", engine.Multi{Mode: engine.Ratio, Ratio: 66}, []engine.Verb{no, no}, engine.Refuse, true},
		{"the last vote decides", engine.Multi{Mode: engine.Ratio, Ratio: 66}, []engine.Verb{yes, no, yes}, engine.Approve, false},
		{"a veto in a vote", engine.Multi{Mode: engine.Ratio, Ratio: 66, Veto: true}, []engine.Verb{yes, no}, engine.Refuse, true},
		{"the first one decides", engine.Multi{Mode: engine.Any}, []engine.Verb{no}, engine.Refuse, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			def := draw("S>a", "a>E")
			c.multi.Of = []engine.Assign{{Org: "x"}, {Org: "y"}, {Org: "z"}}
			def.Node("a").Multi = &c.multi
			g := started(t, def, nil)
			for i, verb := range c.said {
				if g.state.Over != "" {
					t.Fatalf("over after %d opinions", i)
				}
				g.do(engine.Command{Verb: verb, Task: g.task("a"), By: "p"})
			}
			got, _ := g.state.Decision(def)
			if g.state.Over != engine.Ended || got != c.want {
				t.Errorf("over %q, decision %q, want %q", g.state.Over, got, c.want)
			}
			spared := slices.ContainsFunc(g.state.Tasks, func(task engine.Task) bool { return task.State == engine.TaskSpared })
			if spared != c.early {
				t.Errorf("spared %v, want %v", spared, c.early)
			}
		})
	}
}

func TestReturnPolicies(t *testing.T) {
	def := draw("S>a", "a>b", "b>c", "c>E")
	def.Node("c").Return, def.Node("c").ReturnTo = engine.ReturnListed, []string{"b"}
	g := started(t, def, nil)
	g.pass("a")
	g.pass("b")
	id := g.task("c")
	for node, want := range map[string]error{"a": engine.ErrReturn, "c": engine.ErrReturn, "nowhere": engine.ErrReturn, "": engine.ErrReturn} {
		if err := g.try(engine.Command{Verb: engine.VerbReturn, Task: id, By: "p", Node: node}); !errors.Is(err, want) {
			t.Errorf("return to %q: %v", node, err)
		}
	}
	g.giveBack("c", "b")
	g.want("b")
	def.Node("b").Return = engine.ReturnNone
	if err := g.try(engine.Command{Verb: engine.VerbReturn, Task: g.task("b"), By: "p", Node: "a"}); !errors.Is(err, engine.ErrReturn) {
		t.Errorf("from where nothing is returned: %v", err)
	}
}

// A direct return's way is given up when what it needs has changed meanwhile.
func TestADirectWayThatNoLongerFitsIsTheCommonOne(t *testing.T) {
	def := draw("S>A1", "A1>a", "a>b", "b>A2", "A1>c", "c>A2", "A2>d", "d>E")
	g := started(t, def, nil)
	g.pass("a")
	g.pass("b")
	g.pass("c")
	id := g.task("d")
	g.do(engine.Command{Verb: engine.VerbReturn, Task: id, By: "p", Node: "a", Direct: true})
	g.want("a")
	g.giveBack("a", "c") // c's opinion, which d needs, is asked again
	g.want("a", "c")
	g.pass("a")
	g.want("b", "c")
	g.pass("b")
	g.pass("c")
	g.want("d")
}

func TestFindings(t *testing.T) {
	long := draw("S>a", "a>b", "b>E")
	for _, id := range []string{"a", "b"} {
		long.Node(id).Limit = &engine.Term{Unit: engine.WorkingDays, Days: 3}
	}
	undecided := draw("S>a", "a>E")
	undecided.Node("a").Decides = false
	strange := draw("S>a", "a>E")
	strange.Node("a").Assign = &engine.Assign{Org: "moon", Role: "wizard"}
	for _, c := range []struct {
		name    string
		def     *engine.Definition
		element string
		want    string
	}{
		{"unreachable", draw("S>a", "a>E", "b>E"), "b", "永远不会办到"},
		{"no way out", draw("S>Xa", "Xa>b!", "Xa>E?values.x == 1", "b>c", "c>b"), "b", "走不到结束"},
		{"dead end", draw("S>a", "a>A1", "A1>b", "A1>E"), "b", "没有去处"},
		{"no default", draw("S>Xa", "Xa>b?values.x == 1", "Xa>c?values.x == 2", "b>E", "c>E"), "Xa", "默认连线"},
		{"no condition", draw("S>Xa", "Xa>b!", "Xa>c", "b>E", "c>E"), "e2", "须写条件"},
		{"a join that waits for ever", draw("S>Xa", "Xa>b!", "Xa>c?values.x == 1", "b>A1", "c>A1", "A1>d", "d>E"), "A1", "停住"},
		{"done twice at once", draw("S>A1", "A1>b", "A1>c", "b>d", "c>d", "d>E"), "E", "同时办理两次"},
		{"a loop without a step", draw("S>a", "a>Xm", "Xm>Xn", "Xn>Xm!", "Xn>E?values.x == 1"), "Xm", "没有办理环节"},
		{"several ways without a gateway", draw("S>a", "a>b", "a>c", "b>E", "c>E"), "a", "用网关"},
		{"two starts", draw("S>a", "S2>a", "a>E"), "", "一个开始"},
		{"nobody decides", undecided, "", "作出决定"},
		{"unknown role", strange, "a", "角色“wizard”不存在"},
		{"unknown body", strange, "a", "部门“moon”不存在"},
		{"longer than promised", long, "", "超过事项承诺时限 5 个工作日"},
		{"a bad condition", draw("S>Xa", "Xa>b!", "Xa>c?system('rm') == 1", "b>E", "c>E"), "e2", "不能使用"},
		{"an opinion of nobody", draw("S>Xa", "Xa>b!", "Xa>c?opinions.zz.result == 'approve'", "b>E", "c>E"), "e2", "opinions.zz"},
		{"an edge from nowhere", &engine.Definition{Nodes: []engine.Node{{ID: "S", Kind: engine.Start}}, Edges: []engine.Edge{{ID: "e", From: "S", To: "x"}}}, "e", "没有节点"},
		{"ids twice", &engine.Definition{Nodes: []engine.Node{{ID: "S", Kind: engine.Start}, {ID: "S", Kind: engine.End}}}, "S", "重复"},
		{"a bad id", &engine.Definition{Nodes: []engine.Node{{ID: "<script>", Kind: engine.Start}}}, "<script>", "编号有误"},
	} {
		t.Run(c.name, func(t *testing.T) {
			around := engine.Surroundings{Roles: []string{"approver"}, Org: func(id string) bool { return id == "market" }, Promised: 5}
			list := engine.Check(c.def, around)
			if !slices.ContainsFunc(list, func(f engine.Finding) bool { return f.Element == c.element && strings.Contains(f.Text, c.want) }) {
				t.Errorf("findings %+v, want %q at %q", list, c.want, c.element)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	env := engine.Env{
		"facts":    map[string]any{"values": map[string]any{"area": 250.0, "kind": "restaurant"}, "green": true},
		"values":   map[string]any{"n": 3.0, "list": "a,b"},
		"opinions": map[string]any{"review": map[string]any{"result": "approve"}},
	}
	for text, want := range map[string]bool{
		`facts.values.area > 200`:                                 true,
		`facts.values.area > 200 and facts.green`:                 true,
		`facts.values.kind in ["hotel", "restaurant"]`:            true,
		`opinions.review.result == "approve" && !(values.n < 3)`:  true,
		`facts.values.area > 200 ? values.n == 4 : true`:          false,
		`len(values.list) == 3 or false`:                          true,
		`facts.unknown > 5`:                                       false,
		`facts.unknown.deeper == 1`:                               false,
		`facts.values.kind > 5`:                                   false,
		`values.list contains "b" and values.list startsWith "a"`: true,
	} {
		if _, err := engine.Condition(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := engine.Holds(text, env); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{
		``, `1 +`, `1 + 1`, `"yes"`, `env("HOME") == ""`, `now() > 1`, `facts["x"] matches "a+"`, `filter(facts.values, {true}) == []`, `let x = 1; x == 1`,
		`[1..1000000] == []`, `values.n ** 9 > 1`, `values[facts.x] == 1`, `$env.facts == 1`, `all(values, {# > 1})`, `secret == 1`, `len(values) |> print()`,
		strings.Repeat("1 == 1 and ", 100) + "true", strings.Repeat("(", 400) + "true" + strings.Repeat(")", 400), "sleep(9) == 1", `facts.values.len() == 1`,
	} {
		if _, err := engine.Condition(text); err == nil {
			t.Errorf("%q is taken as a condition", text)
		}
	}
}

func TestEndlessRoundsAreRefused(t *testing.T) {
	def := draw("S>a", "a>Xo", "Xo>a!", "Xo>E?values.x == 1")
	g := started(t, def, nil)
	var err error
	for range 1000 {
		id := g.task("a")
		if err = g.try(engine.Command{Verb: engine.VerbPass, Task: id, By: "p"}); err != nil {
			break
		}
	}
	if !errors.Is(err, engine.ErrRounds) {
		t.Errorf("got %v", err)
	}
	g.want("a") // it stands where it was
}
