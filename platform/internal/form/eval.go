package form

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// scope is what an expression sees.
type scope struct {
	values  Values
	answers Answers
	now     time.Time
	item    any // the row looked at, in a function over rows
}

// holds tells whether an expression is true. Only true itself is.
func (s *scope) holds(n *Node) bool {
	if n == nil {
		return true
	}
	return s.eval(n) == true
}

// eval gives an expression's value: nil, a truth, a number, a text, a list or
// an object. It never fails: what is missing, or makes no sense, is nil.
// Browsers do the same in eval.ts; shared vectors hold the two together.
func (s *scope) eval(n *Node) any {
	switch n.Kind {
	case kindLiteral:
		return n.Value
	case kindName:
		return s.name(text(n.Value))
	case kindMember:
		m, ok := s.eval(n.Args[0]).(map[string]any)
		if !ok {
			return nil
		}
		return m[text(n.Value)]
	case kindItem:
		return s.item
	case kindList:
		list := make([]any, len(n.Args))
		for i, a := range n.Args {
			list[i] = s.eval(a)
		}
		return list
	case kindIf:
		if s.holds(n.Args[0]) {
			return s.eval(n.Args[1])
		}
		return s.eval(n.Args[2])
	case kindOp:
		return s.operator(text(n.Value), n.Args)
	case kindEach:
		return s.each(text(n.Value), n.Args[0], n.Args[1])
	case kindCall:
		list := make([]any, len(n.Args))
		for i, a := range n.Args {
			list[i] = s.eval(a)
		}
		return s.call(text(n.Value), list)
	default:
		return nil
	}
}

// text is v if it is one.
func text(v any) string {
	s, _ := v.(string)
	return s
}

func (s *scope) name(name string) any {
	if name != "answers" {
		return s.values[name]
	}
	m := make(map[string]any, len(s.answers))
	for k, v := range s.answers {
		m[k] = v
	}
	return m
}

func (s *scope) operator(name string, args []*Node) any {
	left := s.eval(args[0])
	switch name {
	case "not":
		return left != true
	case "and":
		return left == true && s.holds(args[1])
	case "or":
		return left == true || s.holds(args[1])
	case "??":
		if left != nil {
			return left
		}
		return s.eval(args[1])
	case "-":
		if len(args) == 1 {
			return arithmetic("-", 0.0, left)
		}
	}
	return binary(name, left, s.eval(args[1]))
}

func binary(name string, left, right any) any {
	switch name {
	case "==":
		return same(left, right)
	case "!=":
		return !same(left, right)
	case "<":
		return less(left, right)
	case ">":
		return less(right, left)
	case "<=":
		return less(left, right) || comparable2(left, right) && same(left, right)
	case ">=":
		return less(right, left) || comparable2(left, right) && same(left, right)
	case "in":
		list, ok := right.([]any)
		if !ok {
			return false
		}
		for _, member := range list {
			if same(left, member) {
				return true
			}
		}
		return false
	case "contains", "startsWith", "endsWith", "matches":
		return compareText(name, left, right)
	default:
		return arithmetic(name, left, right)
	}
}

// same tells whether two are equal: texts, numbers, truths or nothing. Lists
// and objects equal nothing.
func same(left, right any) bool {
	switch l := left.(type) {
	case nil:
		return right == nil
	case string:
		r, ok := right.(string)
		return ok && l == r
	case float64:
		r, ok := right.(float64)
		return ok && l == r
	case bool:
		r, ok := right.(bool)
		return ok && l == r
	default:
		return false
	}
}

// comparable2 tells whether two have an order.
func comparable2(left, right any) bool {
	switch left.(type) {
	case string:
		_, ok := right.(string)
		return ok
	case float64:
		_, ok := right.(float64)
		return ok
	default:
		return false
	}
}

func less(left, right any) bool {
	switch l := left.(type) {
	case string:
		r, ok := right.(string)
		return ok && l < r // bytes of UTF-8 are in the order of code points
	case float64:
		r, ok := right.(float64)
		return ok && l < r
	default:
		return false
	}
}

func compareText(name string, left, right any) bool {
	l, ok := left.(string)
	r, also := right.(string)
	switch {
	case !ok || !also:
		return false
	case name == "contains":
		return strings.Contains(l, r)
	case name == "startsWith":
		return strings.HasPrefix(l, r)
	case name == "endsWith":
		return strings.HasSuffix(l, r)
	default:
		return matches(l, r)
	}
}

// arithmetic is of two numbers; + joins texts, too. What isn't a number at the
// end is nil.
func arithmetic(name string, left, right any) any {
	if l, ok := left.(string); ok && name == "+" {
		r, also := right.(string)
		if !also {
			return nil
		}
		return l + r
	}
	l, ok := left.(float64)
	r, also := right.(float64)
	if !ok || !also {
		return nil
	}
	switch name {
	case "+":
		return finite(l + r)
	case "-":
		return finite(l - r)
	case "*":
		return finite(l * r)
	case "/":
		return finite(l / r)
	default:
		return finite(math.Mod(l, r))
	}
}

func finite(f float64) any {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return nil
	}
	return f + 0 // no negative zero
}

// each asks a question of every row of a table.
func (s *scope) each(name string, list, body *Node) any {
	rows, ok := s.eval(list).([]any)
	if !ok {
		return nil
	}
	inner := *s
	count, sum := 0.0, any(0.0)
	for _, row := range rows {
		inner.item = row
		v := inner.eval(body)
		if v == true {
			count++
		}
		sum = arithmetic("+", sum, v)
	}
	switch name {
	case "sum":
		return sum
	case "count":
		return count
	case "any":
		return count > 0
	case "none":
		return count == 0
	default:
		return int(count) == len(rows)
	}
}

func (s *scope) call(name string, args []any) any {
	switch name {
	case "today":
		return today(s.now)
	case "len":
		return length(args[0])
	case "round":
		return round(args[0], args[1])
	case "days":
		return days(text(args[0]), text(args[1]))
	}
	t, ok := args[0].(string)
	switch name {
	case "isIDNumber":
		return ok && isID(t, s.now)
	case "isCreditCode":
		return ok && isCredit(t)
	case "isPhone":
		return ok && isPhone(t)
	case "isDate":
		return ok && isDate(t)
	}
	if !ok {
		return nil
	}
	switch name {
	case "trim":
		return trim(t)
	case "birth":
		return birth(t, s.now)
	case "age":
		return years(text(birth(t, s.now)), s.now)
	default: // years
		return years(t, s.now)
	}
}

// length is of a text in characters, or of a list.
func length(v any) any {
	switch v := v.(type) {
	case string:
		return float64(utf8.RuneCountInString(v))
	case []any:
		return float64(len(v))
	default:
		return nil
	}
}

// round is x with so many digits behind the point, halves up.
func round(x, digits any) any {
	f, ok := x.(float64)
	d, also := digits.(float64)
	if !ok || !also || d != math.Trunc(d) || d < 0 || d > maxDecimals {
		return nil
	}
	scale := 1.0
	for range int(d) {
		scale *= 10
	}
	scaled := float64(f * scale)
	return finite(math.Floor(float64(scaled+0.5)) / scale)
}
