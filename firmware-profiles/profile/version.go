package profile

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Versions is a range of firmware revisions, such as ">=1.2 <2".
type Versions []bound

// bound is one limit of a range.
type bound struct {
	op string
	at []int
}

var (
	boundPattern   = regexp.MustCompile(`^(>=|<=|<|>|=)([0-9]{1,9}(?:\.[0-9]{1,9}){0,3})$`)
	versionPattern = regexp.MustCompile(`[0-9]{1,9}(?:\.[0-9]{1,9})*`)
)

// ParseVersions reads a range: limits parted by spaces, all of which have to
// hold.
func ParseVersions(text string) (Versions, error) {
	var out Versions
	for _, word := range strings.Fields(text) {
		m := boundPattern.FindStringSubmatch(word)
		if m == nil {
			return nil, fmt.Errorf("%q is no limit of a version such as >=1.2 or <2", word)
		}
		out = append(out, bound{op: m[1], at: numbers(m[2])})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%q is no range of versions such as >=1.2 <2", text)
	}
	return out, nil
}

// Hold tells whether a revision, as a device writes it ("V84.20.18Z"), is in the
// range; known is false if there is no number in it.
func (v Versions) Hold(revision string) (in, known bool) {
	text := versionPattern.FindString(revision)
	if text == "" {
		return false, false
	}
	have := numbers(text)
	for _, b := range v {
		c := compare(have, b.at)
		if ok := map[string]bool{">=": c >= 0, "<=": c <= 0, "<": c < 0, ">": c > 0, "=": c == 0}[b.op]; !ok {
			return false, true
		}
	}
	return true, true
}

// numbers are the parts of 1.2.3.
func numbers(text string) []int {
	var out []int
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return out // the pattern leaves no such part
		}
		out = append(out, n)
	}
	return out
}

// compare compares two revisions; a part that is missing is 0.
func compare(a, b []int) int {
	for i := range max(len(a), len(b)) {
		var x, y int
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}

// recognition checks that what the file says its model is recognised by can be
// asked for.
func (c *checker) recognition(p *Profile) {
	if p.Match.Probe != "" && !p.Engine.Probes() {
		c.add([]string{"match", "probe"}, fmt.Sprintf("协议引擎 %s 不会询问型号，请去掉 probe", p.Engine), fmt.Sprintf("engine %s doesn't ask a device what it is: remove probe", p.Engine))
	}
	if p.Match.Firmware == "" {
		return
	}
	if !slices.Contains(firmwareProbing, p.Engine) {
		c.add([]string{"match", "firmware"}, fmt.Sprintf("协议引擎 %s 不会询问固件版本，请去掉 firmware", p.Engine), fmt.Sprintf("engine %s doesn't ask for the firmware: remove it", p.Engine))
	}
	if _, err := ParseVersions(p.Match.Firmware); err != nil {
		c.add([]string{"match", "firmware"}, "固件范围应写成 >=1.2 <2 这样", err.Error())
	}
}
