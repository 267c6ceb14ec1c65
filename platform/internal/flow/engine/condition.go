package engine

import (
	"errors"
	"fmt"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// maxCondition bounds a condition's text in bytes, maxParts its parts.
const (
	maxCondition = 500
	maxParts     = 100
)

// The names that a condition may use: facts.x are what the case says, values.x
// what tasks added, opinions.NODE.result the last opinion of a user node
// (approve, refuse, or empty while there is none).
var conditionNames = map[string]any{"facts": map[string]any{}, "values": map[string]any{}, "opinions": map[string]any{}}

// operators are the binary ones that a condition may use.
var operators = map[string]bool{
	"==": true, "!=": true, "<": true, "<=": true, ">": true, ">=": true, "and": true, "&&": true, "or": true, "||": true,
	"+": true, "-": true, "*": true, "/": true, "%": true, "in": true,
	"contains": true, "startsWith": true, "endsWith": true,
}

// Condition checks an edge's condition and returns the user nodes whose
// opinions it asks for, or why it can't be used, in Chinese.
func Condition(text string) (opinions []string, err error) {
	if len(text) > maxCondition {
		return nil, errors.New("条件过长")
	}
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, errors.New("条件写法有误")
	}
	v := &visitor{}
	ast.Walk(&tree.Node, v)
	if v.err == nil && v.parts > maxParts {
		v.err = errors.New("条件过于复杂")
	}
	if v.err != nil {
		return nil, v.err
	}
	if _, err := compile(text); err != nil {
		return nil, errors.New("条件写法有误，结果须为是或否")
	}
	return v.opinions, nil
}

// visitor looks at every part of a condition.
type visitor struct {
	parts    int
	opinions []string
	err      error
}

// Visit implements ast.Visitor.
func (v *visitor) Visit(node *ast.Node) {
	v.parts++
	if why := v.refuse(*node); why != "" && v.err == nil {
		v.err = errors.New(why)
	}
}

// refuse tells why a part may not be used; empty if it may.
func (v *visitor) refuse(node ast.Node) string {
	switch n := node.(type) {
	case *ast.NilNode, *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.ConstantNode, *ast.ArrayNode,
		*ast.ConditionalNode, *ast.ChainNode:
	case *ast.IdentifierNode:
		if _, ok := conditionNames[n.Value]; !ok {
			return fmt.Sprintf("条件中不能使用 %s，只能使用 facts、values、opinions", n.Value)
		}
	case *ast.MemberNode:
		property, ok := n.Property.(*ast.StringNode)
		if !ok {
			return "条件中只能按名称取值"
		}
		if base, ok := n.Node.(*ast.IdentifierNode); ok && base.Value == "opinions" {
			v.opinions = append(v.opinions, property.Value)
		}
	case *ast.UnaryNode:
		if n.Operator != "not" && n.Operator != "!" && n.Operator != "-" {
			return fmt.Sprintf("条件中不能使用 %s", n.Operator)
		}
	case *ast.BinaryNode:
		if !operators[n.Operator] {
			return fmt.Sprintf("条件中不能使用 %s", n.Operator)
		}
	case *ast.BuiltinNode:
		if n.Name != "len" {
			return fmt.Sprintf("条件中不能使用函数 %s", n.Name)
		}
	default:
		return "条件中有不能使用的写法"
	}
	return ""
}

// Env is what a condition is read against.
type Env map[string]any

// Holds tells whether a condition is true. One that can't be answered, because
// the case doesn't say what it asks for, is not.
func Holds(text string, env Env) bool {
	program, err := compile(text)
	if err != nil {
		return false
	}
	answer, err := expr.Run(program, map[string]any(env))
	if err != nil {
		return false
	}
	yes, _ := answer.(bool)
	return yes
}

// env is what conditions see of the state.
func (r *run) env() Env {
	opinions := map[string]any{}
	for i := range r.def.Nodes {
		n := &r.def.Nodes[i]
		if n.Kind != User {
			continue
		}
		result := Result("")
		if a := r.state.lastDone(n.ID); a != nil {
			result = a.Result
		}
		opinions[n.ID] = map[string]any{"result": string(result)}
	}
	return Env{"facts": r.state.Facts, "values": r.state.Values, "opinions": opinions}
}

// compile makes a condition's program. Nothing but len can be called in it.
func compile(text string) (*vm.Program, error) {
	return expr.Compile(text, expr.Env(conditionNames), expr.AsBool(), expr.DisableAllBuiltins(), expr.EnableBuiltin("len"), expr.MaxNodes(maxParts))
}
