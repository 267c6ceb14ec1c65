package form

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// Node is an expression as both ends evaluate it: the server by Eval, browsers
// by the same rules from the node's JSON. It is made from expr-lang's syntax
// and holds only what is listed here, so that no browser needs a parser.
type Node struct {
	Kind Kind `json:"k"`
	// Value is a literal's, or the name of a name, member, operator or
	// function.
	Value any     `json:"v,omitempty"`
	Args  []*Node `json:"a,omitempty"`
}

// Kind is what a node is.
type Kind string

// The kinds of nodes, with their arguments.
const (
	kindLiteral Kind = "lit"
	kindName    Kind = "name"   // a field of the form, or answers
	kindMember  Kind = "member" // of an object: object
	kindItem    Kind = "item"   // the row that all, any, none, count or sum looks at
	kindList    Kind = "list"   // members
	kindOp      Kind = "op"     // operands, one or two
	kindIf      Kind = "if"     // condition, then, else
	kindCall    Kind = "call"   // arguments
	kindEach    Kind = "each"   // list, what is asked of each row
)

// operators are those of expr-lang that are understood, by how they are kept.
var operators = map[string]string{
	"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "and": "and", "&&": "and", "or": "or", "||": "or",
	"not": "not", "!": "not", "+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "??": "??", "in": "in",
	"contains": "contains", "startsWith": "startsWith", "endsWith": "endsWith", "matches": "matches",
}

// functions are what may be called, with how many arguments.
var functions = map[string]int{
	"today": 0, "age": 1, "birth": 1, "years": 1, "days": 2, "len": 1, "trim": 1, "round": 2,
	"isIDNumber": 1, "isCreditCode": 1, "isPhone": 1, "isDate": 1,
}

// overRows are the functions that ask something of each row of a table.
var overRows = []string{"all", "any", "none", "count", "sum"}

// reserved are names that no field may have.
var reserved = []string{
	"answers", "true", "false", "nil", "let", "if", "else", "and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith",
	"map", "filter", "find", "findIndex", "findLast", "findLastIndex", "groupBy", "sortBy", "one", "reduce", "constructor", "prototype",
	"toString", "valueOf", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString",
}

// maxExpression bounds an expression, in characters, maxNodes what it is made
// of.
const (
	maxExpression = 500
	maxNodes      = 120
)

// parse reads an expression; what can't be done on both ends is told in words.
// The names it uses are returned, too.
func parse(source string) (node *Node, names []string, problem string) {
	if utf8.RuneCountInString(source) > maxExpression {
		return nil, nil, "表达式太长，请拆成几条"
	}
	defer func() {
		if recover() != nil { // hostile text makes the parser panic rather than fail
			node, names, problem = nil, nil, "表达式写法有误"
		}
	}()
	t, err := parser.Parse(source)
	if err != nil {
		return nil, nil, "表达式写法有误：" + firstLine(err)
	}
	b := builder{}
	node = b.build(t.Node)
	if b.problem != "" {
		return nil, nil, b.problem
	}
	return node, b.names, ""
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return clip(line, 120)
}

// builder turns expr-lang's tree into ours.
type builder struct {
	names   []string
	nodes   int
	inEach  bool
	problem string // the first one
}

func (b *builder) refuse(problem string) *Node {
	if b.problem == "" {
		b.problem = problem
	}
	return &Node{Kind: kindLiteral}
}

func (b *builder) build(n ast.Node) *Node {
	if b.nodes++; b.nodes > maxNodes {
		return b.refuse("表达式太复杂，请拆成几条")
	}
	switch n := n.(type) {
	case *ast.NilNode:
		return &Node{Kind: kindLiteral}
	case *ast.BoolNode:
		return &Node{Kind: kindLiteral, Value: n.Value}
	case *ast.StringNode:
		return &Node{Kind: kindLiteral, Value: n.Value}
	case *ast.IntegerNode:
		return b.number(float64(n.Value))
	case *ast.FloatNode:
		return b.number(n.Value)
	case *ast.IdentifierNode:
		return b.name(n.Value)
	case *ast.PointerNode:
		if !b.inEach || n.Name != "" {
			return b.refuse("“#”只能在 all、any、none、count、sum 中使用")
		}
		return &Node{Kind: kindItem}
	case *ast.ChainNode:
		return b.build(n.Node) // a member of nothing is nothing anyway
	case *ast.MemberNode:
		return b.member(n)
	case *ast.ArrayNode:
		return &Node{Kind: kindList, Args: b.all(n.Nodes)}
	case *ast.UnaryNode:
		return b.unary(n)
	case *ast.BinaryNode:
		return b.binary(n)
	case *ast.ConditionalNode:
		return &Node{Kind: kindIf, Args: b.all([]ast.Node{n.Cond, n.Exp1, n.Exp2})}
	case *ast.BuiltinNode:
		if slices.Contains(overRows, n.Name) {
			return b.each(n)
		}
		return b.call(n.Name, n.Arguments)
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			return b.call(callee.Value, n.Arguments)
		}
		return b.refuse("表达式中不能调用方法")
	default:
		return b.refuse("表达式用了这里不支持的写法")
	}
}

func (b *builder) number(f float64) *Node {
	if math.Abs(f) > maxSafe {
		return b.refuse("表达式中的数字太大")
	}
	return &Node{Kind: kindLiteral, Value: f}
}

func (b *builder) all(list []ast.Node) []*Node {
	out := make([]*Node, len(list))
	for i, n := range list {
		out[i] = b.build(n)
	}
	return out
}

func (b *builder) name(name string) *Node {
	if name == "$env" {
		return b.refuse("表达式中不能使用 $env")
	}
	if !slices.Contains(b.names, name) {
		b.names = append(b.names, name)
	}
	return &Node{Kind: kindName, Value: name}
}

func (b *builder) member(n *ast.MemberNode) *Node {
	property, ok := n.Property.(*ast.StringNode)
	if !ok {
		return b.refuse("只能用“.名称”取一项内容")
	}
	return &Node{Kind: kindMember, Value: property.Value, Args: []*Node{b.build(n.Node)}}
}

func (b *builder) unary(n *ast.UnaryNode) *Node {
	operand := b.build(n.Node)
	if n.Operator == "+" {
		return operand
	}
	name, ok := operators[n.Operator]
	if !ok || (name != "not" && name != "-") {
		return b.refuse("不支持的运算：" + clip(n.Operator, 20))
	}
	return &Node{Kind: kindOp, Value: name, Args: []*Node{operand}}
}

func (b *builder) binary(n *ast.BinaryNode) *Node {
	name, ok := operators[n.Operator]
	if !ok {
		return b.refuse("不支持的运算：" + clip(n.Operator, 20))
	}
	if name == "matches" {
		pattern, ok := n.Right.(*ast.StringNode)
		if !ok {
			return b.refuse("matches 后面应为带引号的固定文字")
		}
		if problem := checkPattern(pattern.Value); problem != "" {
			return b.refuse(problem)
		}
	}
	return &Node{Kind: kindOp, Value: name, Args: b.all([]ast.Node{n.Left, n.Right})}
}

func (b *builder) call(name string, arguments []ast.Node) *Node {
	want, ok := functions[name]
	switch {
	case !ok:
		return b.refuse("没有函数“" + clip(name, 40) + "”")
	case want != len(arguments):
		return b.refuse("函数“" + name + "”的参数个数不对")
	}
	return &Node{Kind: kindCall, Value: name, Args: b.all(arguments)}
}

func (b *builder) each(n *ast.BuiltinNode) *Node {
	if b.inEach {
		return b.refuse("all、any、none、count、sum 不能套用")
	}
	if len(n.Arguments) != 2 {
		return b.refuse("函数“" + n.Name + "”要写明对每一行看什么")
	}
	body, ok := n.Arguments[1].(*ast.PredicateNode)
	if !ok {
		return b.refuse("函数“" + n.Name + "”要写明对每一行看什么")
	}
	list := b.build(n.Arguments[0])
	b.inEach = true
	defer func() { b.inEach = false }()
	return &Node{Kind: kindEach, Value: n.Name, Args: []*Node{list, b.build(body.Node)}}
}
