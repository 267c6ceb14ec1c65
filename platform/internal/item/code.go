package item

import (
	"strings"
	"sync"
)

// Code is what a code says where a rule is known that it follows. Codes are
// opaque text everywhere else.
type Code struct {
	// Rule is the rule's name; empty: none is known, the code is taken as text.
	Rule string `json:"rule,omitempty"`
	// Parts are what it is made of, by the rule's names for them.
	Parts map[string]string `json:"parts,omitempty"`
}

// Parser reads codes of one rule; false means that the code follows another.
type Parser func(code string) (parts map[string]string, ok bool)

// parsers are the rules in the order in which they are tried; guarded by
// parsing.
var (
	parsing sync.RWMutex
	parsers = []struct {
		rule  string
		parse Parser
	}{
		{"GB/T 39554.1 业务办理项编码", func(c string) (map[string]string, bool) { return national(c, 33) }},
		{"GB/T 39554.1 实施编码", func(c string) (map[string]string, bool) { return national(c, 31) }},
		{"GB/T 39554.1 基本编码", func(c string) (map[string]string, bool) { return national(c, 12) }},
	}
)

// RegisterRule adds a local rule of codes, tried before those that are there.
func RegisterRule(name string, p Parser) {
	parsing.Lock()
	defer parsing.Unlock()
	parsers = append([]struct {
		rule  string
		parse Parser
	}{{name, p}}, parsers...)
}

// ParseCode reads a code by the first rule that it follows.
func ParseCode(code string) Code {
	parsing.RLock()
	defer parsing.RUnlock()
	for _, p := range parsers {
		if parts, ok := p.parse(code); ok {
			return Code{p.rule, parts}
		}
	}
	return Code{}
}

// national reads the codes of GB/T 39554.1: 12 characters are region (2), type
// (2), main item (5) and sub-item (3); before them the body's credit code (18)
// and the level (1) make 31, and the number of the handling item (2) makes 33.
func national(code string, length int) (map[string]string, bool) {
	if len(code) != length || strings.ContainsFunc(code, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) {
		return nil, false
	}
	parts := map[string]string{}
	rest := code
	if length >= 31 {
		parts["body"], parts["level"] = code[:18], code[18:19]
		if parts["level"] < "1" || parts["level"] > "6" {
			return nil, false
		}
		rest = code[19:]
	}
	parts["region"], parts["type"], parts["main"], parts["sub"] = rest[:2], rest[2:4], rest[4:9], rest[9:12]
	if strings.ContainsFunc(parts["region"]+parts["main"]+parts["sub"], func(r rune) bool { return r < '0' || r > '9' }) {
		return nil, false
	}
	if length == 33 {
		parts["handling"] = rest[12:]
	}
	return parts, true
}

// levels are the levels' digits in an implementation code.
var levels = map[Level]string{LevelNational: "1", LevelProvince: "2", LevelCity: "3", LevelCounty: "4", LevelTownship: "5", LevelVillage: "6"}

// implementation makes an implementation code of a body's credit code, the
// level and a basic code; empty, where one of them is missing or of another rule.
func implementation(credit string, level Level, basic string) string {
	if _, ok := national(basic, 12); !ok || len(credit) != 18 || levels[level] == "" {
		return ""
	}
	return credit + levels[level] + basic
}
