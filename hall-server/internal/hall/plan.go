package hall

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"smarthall/internal/link"
)

// Plan is the hall drawn to scale. Lengths are metres; x runs to the right and y
// down from a floor's upper left corner.
type Plan struct {
	Floors []Floor `yaml:"floors"`
}

// Floor is one storey.
type Floor struct {
	ID     string  `yaml:"id"`
	Name   string  `yaml:"name"`
	Width  float64 `yaml:"width"`
	Depth  float64 `yaml:"depth"`
	Areas  []Area  `yaml:"areas"`
	Places []Place `yaml:"places"`
}

// Area is a part of a floor with an outline; see link.AreaView.
type Area struct {
	ID    string  `yaml:"id"`
	Name  string  `yaml:"name"`
	Kind  string  `yaml:"kind"`
	Zone  string  `yaml:"zone"`
	Shape []Point `yaml:"shape"`
}

// Place is a spot on a floor; see link.PlaceView.
type Place struct {
	ID     string   `yaml:"id"`
	Name   string   `yaml:"name"`
	Kind   string   `yaml:"kind"`
	Window string   `yaml:"window"`
	Agent  string   `yaml:"agent"`
	At     Point    `yaml:"at"`
	Turn   float64  `yaml:"turn"`
	Leads  []string `yaml:"leads"`
}

// Point is a spot on a floor, written [x, y].
type Point struct{ X, Y float64 }

// UnmarshalYAML implements yaml.Unmarshaler.
func (p *Point) UnmarshalYAML(node *yaml.Node) error {
	var xy []float64
	if err := node.Decode(&xy); err != nil {
		return err
	}
	if len(xy) != 2 {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: 位置应写作 [横, 纵]，单位米", node.Line)}}
	}
	p.X, p.Y = xy[0], xy[1]
	return nil
}

// Language is one that citizens may read besides Chinese.
type Language struct {
	// Tag is its BCP 47 tag, such as en.
	Tag string `yaml:"tag"`
	// Name is what its readers call it.
	Name string `yaml:"name"`
	// Names translate the hall's own words by the Chinese text.
	Names map[string]string `yaml:"names"`
}

// The plan's bounds.
const (
	maxFloors = 60
	maxShapes = 2_000 // areas and places of a floor
	maxCorner = 200
	maxLength = 2_000 // metres
)

// areaKinds and placeKinds are what a plan may draw.
var (
	areaKinds  = []string{"zone", "seats", "room", "counter", "wall"}
	placeKinds = []string{
		"window", "agent", "entrance", "exit", "stairs", "lift", "toilet", "accessible-toilet", "water", "copier", "desk",
		"complaints", "forms", "reading", "nursing", "first-aid", "seats", "parking", "other",
	}
)

func (c *checker) checkPlan(h *Hall) {
	if h.Plan == nil {
		return
	}
	if len(h.Plan.Floors) == 0 || len(h.Plan.Floors) > maxFloors {
		c.add("plan/floors", "平面图要有 1 到 %d 层", maxFloors)
		return
	}
	places := map[string]int{} // the floor of each
	for i, f := range h.Plan.Floors {
		path := fmt.Sprintf("plan/floors/%d", i)
		if f.ID == "" || f.Name == "" || slices.IndexFunc(h.Plan.Floors, func(o Floor) bool { return o.ID == f.ID }) != i {
			c.add(path+"/id", "楼层编号 %q 为空或重复，或缺少名称", f.ID)
		}
		if !f.sized() {
			c.add(path+"/width", "楼层的宽 width、深 depth 应大于 0，最多 %d 米", maxLength)
			continue // all on it would be outside
		}
		if len(f.Areas) > maxShapes || len(f.Places) > maxShapes {
			c.add(path, "一层最多画 %d 个区域、%d 个位置", maxShapes, maxShapes)
			continue
		}
		for j := range f.Areas {
			c.checkArea(h, &f, j, fmt.Sprintf("%s/areas/%d", path, j))
		}
		for j, p := range f.Places {
			c.checkPlace(h, &f, &p, fmt.Sprintf("%s/places/%d", path, j))
			if _, twice := places[p.ID]; twice {
				c.add(fmt.Sprintf("%s/places/%d/id", path, j), "位置编号 %q 重复", p.ID)
			}
			places[p.ID] = i
		}
	}
	for i, f := range h.Plan.Floors {
		for j, p := range f.Places {
			for k, to := range p.Leads {
				if floor, ok := places[to]; !ok || floor == i {
					c.add(fmt.Sprintf("plan/floors/%d/places/%d/leads/%d", i, j, k), "%q 应是另一层楼梯或电梯的编号", to)
				}
			}
		}
	}
}

func (c *checker) checkArea(h *Hall, f *Floor, j int, path string) {
	a := &f.Areas[j]
	if a.ID == "" || slices.IndexFunc(f.Areas, func(o Area) bool { return o.ID == a.ID }) != j {
		c.add(path, "区域编号 %q 为空或重复", a.ID)
	}
	if !slices.Contains(areaKinds, a.Kind) {
		c.add(path+"/kind", "kind 只能是 zone、seats、room、counter 或 wall")
	}
	if a.Zone != "" && !slices.ContainsFunc(h.Zones, func(z Zone) bool { return z.ID == a.Zone }) {
		c.add(path+"/zone", "没有区域 %q", a.Zone)
	}
	if len(a.Shape) < 3 || len(a.Shape) > maxCorner {
		c.add(path+"/shape", "轮廓要有 3 到 %d 个角", maxCorner)
	}
	for k, p := range a.Shape {
		if !f.holds(p) {
			c.add(fmt.Sprintf("%s/shape/%d", path, k), "这个角在楼层之外")
		}
	}
}

func (c *checker) checkPlace(h *Hall, f *Floor, p *Place, path string) {
	if p.ID == "" {
		c.add(path, "位置需要编号 id")
	}
	if !slices.Contains(placeKinds, p.Kind) {
		c.add(path+"/kind", "不认识的位置种类 %q", p.Kind)
	}
	if (p.Kind == "window") != (p.Window != "") || p.Window != "" && !slices.ContainsFunc(h.Windows, func(w Window) bool { return w.ID == p.Window }) {
		c.add(path+"/window", "窗口位置要写大厅里有的窗口，%q 不是", p.Window)
	}
	if (p.Kind == "agent") != (p.Agent != "") || p.Agent != "" && !slices.ContainsFunc(h.Agents, func(a Agent) bool { return a.ID == p.Agent }) {
		c.add(path+"/agent", "终端位置要写大厅里有的终端，%q 不是", p.Agent)
	}
	if p.Kind != "window" && p.Name == "" {
		c.add(path+"/name", "位置 %q 需要名称", p.ID)
	}
	if !f.holds(p.At) {
		c.add(path+"/at", "这个位置在楼层之外")
	}
	if !(p.Turn >= -360 && p.Turn <= 360) {
		c.add(path+"/turn", "朝向是 -360 到 360 度")
	}
}

// sized tells whether f has a size, written so that NaN fails as well.
func (f *Floor) sized() bool {
	return f.Width > 0 && f.Width <= maxLength && f.Depth > 0 && f.Depth <= maxLength
}

// holds tells whether p lies on the floor.
func (f *Floor) holds(p Point) bool {
	return p.X >= 0 && p.X <= f.Width && p.Y >= 0 && p.Y <= f.Depth
}

// languageTag is what BCP 47 tags of pages look like.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

func (c *checker) checkLanguages(h *Hall) {
	for i, l := range h.Languages {
		path := fmt.Sprintf("languages/%d", i)
		if l.Tag == "" || l.Name == "" || slices.IndexFunc(h.Languages, func(o Language) bool { return o.Tag == l.Tag }) != i {
			c.add(path, "语言标记 %q 为空或重复，或缺少名称", l.Tag)
		}
		if l.Tag != "" && !languageTag.MatchString(l.Tag) {
			c.add(path+"/tag", "%q 不是语言标记，应如 en、ja、bo-CN", l.Tag)
		}
	}
}

// PlanView is the plan as pages get it; nil without one.
func (h *Hall) PlanView() *link.PlanView {
	if h.Plan == nil {
		return nil
	}
	out := &link.PlanView{Floors: make([]link.FloorView, 0, len(h.Plan.Floors))}
	for _, f := range h.Plan.Floors {
		floor := link.FloorView{
			ID: f.ID, Name: f.Name, Width: f.Width, Depth: f.Depth,
			Areas: make([]link.AreaView, 0, len(f.Areas)), Places: make([]link.PlaceView, 0, len(f.Places)),
		}
		for _, a := range f.Areas {
			area := link.AreaView{ID: a.ID, Name: a.Name, Kind: a.Kind, Zone: a.Zone}
			for _, p := range a.Shape {
				area.Shape = append(area.Shape, link.Point(p))
			}
			floor.Areas = append(floor.Areas, area)
		}
		for _, p := range f.Places {
			floor.Places = append(floor.Places, h.placeView(p))
		}
		out.Floors = append(out.Floors, floor)
	}
	return out
}

// placeView is a place with the words of its window's sign.
func (h *Hall) placeView(p Place) link.PlaceView {
	out := link.PlaceView{
		ID: p.ID, Name: p.Name, Kind: p.Kind, Window: p.Window, Agent: p.Agent,
		X: p.At.X, Y: p.At.Y, Turn: p.Turn, Leads: p.Leads,
	}
	for _, w := range h.Windows {
		// A window with posts has been spread into its posts.
		if p.Window != "" && (w.ID == p.Window || w.Post > 0 && w.ID == postID(p.Window, w.Post)) {
			out.Number, out.Sign = w.Number, w.Name
			if out.Name == "" {
				out.Name = strings.TrimSpace(w.Number + "号窗口 " + w.Name)
			}
			break
		}
	}
	if out.Name == "" {
		out.Name = p.ID
	}
	return out
}

// LanguageViews are the languages as pages get them.
func (h *Hall) LanguageViews() []link.LanguageView {
	var out []link.LanguageView
	for _, l := range h.Languages {
		out = append(out, link.LanguageView(l))
	}
	return out
}
