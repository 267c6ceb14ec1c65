package flow_test

import (
	"strings"
	"testing"

	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/flow/engine"
)

// drawn is a draft of eve's, named.
func (o *office) drawn(name string) flow.Version {
	o.tb.Helper()
	_, def, err := o.Definition(o.as("eve"), "two-step", 0)
	o.must(err)
	def.ID, def.Name = "", name
	v, err := o.Save(o.as("eve"), *def, 0)
	o.must(err)
	return v
}

// publish takes a draft all the way.
func (o *office) publish(v flow.Version) {
	o.tb.Helper()
	o.must(o.Propose(o.as("eve"), v.Definition, v.Edition, ""))
	o.must(o.Publish(o.as("rob"), v.Definition, v.Edition+1, true, ""))
}

// known finds a definition in what somebody may see.
func (o *office) known(who, id string) (flow.Kept, bool) {
	o.tb.Helper()
	list, err := o.Definitions(o.as(who))
	o.must(err)
	for _, k := range list {
		if k.ID == id {
			return k, true
		}
	}
	return flow.Kept{}, false
}

func TestADraftIsDropped(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		v := o.drawn("写错的流程")
		o.refused(o.Drop(o.as("eve"), v.Definition, 9), flow.ErrStale)
		o.refused(o.Drop(o.as("ann"), v.Definition, 1), flow.ErrRegion)
		o.refused(o.Drop(o.as("eve"), "two-step", 1), flow.ErrState)
		o.refused(o.Drop(o.as("eve"), "'; DROP TABLE flow_version; --", 1), flow.ErrDefinition)
		o.must(o.Drop(o.as("eve"), v.Definition, 1))
		if _, there := o.known("eve", v.Definition); there {
			t.Error("a definition without a version is listed")
		}
		o.refused(o.Drop(o.as("eve"), v.Definition, 1), flow.ErrDefinition)
		// Of a published one only the next version goes; a proposal can be taken back, too.
		v = o.drawn("食品经营许可审批")
		o.publish(v)
		_, def, err := o.Definition(o.as("eve"), v.Definition, 0)
		o.must(err)
		next, err := o.Save(o.as("eve"), *def, 0)
		o.must(err)
		o.must(o.Propose(o.as("eve"), v.Definition, next.Edition, ""))
		o.must(o.Drop(o.as("eve"), v.Definition, next.Edition+1))
		k, there := o.known("eve", v.Definition)
		if !there || k.Published != 1 || k.Open != 0 {
			t.Errorf("%+v", k)
		}
		o.refused(o.Drop(o.as("eve"), v.Definition, 3), flow.ErrState)
		o.begin("c1", v.Definition, nil)
	})
}

func TestAWithdrawnFlowTakesNoNewCases(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		v := o.drawn("食品经营许可审批")
		o.publish(v)
		o.must(o.Bind(o.as("rob"), "food", v.Definition))
		o.begin("c1", "", nil)
		o.refused(o.Withdraw(o.as("rob"), v.Definition, "改革后不再使用"), flow.ErrBound)
		o.must(o.Bind(o.as("rob"), "food", ""))
		for _, tt := range []struct {
			who, id, why string
			want         error
		}{
			{"eve", v.Definition, "改革", flow.ErrPublisher},
			{"ann", v.Definition, "改革", flow.ErrPublisher},
			{"rob", "two-step", "改革", flow.ErrPublisher},
			{"rob", v.Definition, " ", flow.ErrInput},
			{"rob", "nothing", "改革", flow.ErrDefinition},
		} {
			o.refused(o.Withdraw(o.as(tt.who), tt.id, tt.why), tt.want)
		}
		if k, _ := o.known("rob", v.Definition); !k.Withdrawable {
			t.Errorf("%+v", k)
		}
		o.must(o.Withdraw(o.as("rob"), v.Definition, "改革后不再使用"))
		o.refused(o.Withdraw(o.as("rob"), v.Definition, "再停用"), flow.ErrState)
		o.refused(o.Bind(o.as("rob"), "food", v.Definition), flow.ErrState)
		// The running case goes on, also where nothing of its flow is in memory.
		again := o.pass("ann", "review")
		if again.ID == "" {
			t.Error("the running case stands")
		}
		o.pass("ben", "decide")
		if got := strings.Join(o.told, " "); !strings.Contains(got, "ended") {
			t.Errorf("told %q", got)
		}
		got, def, err := o.Definition(o.as("eve"), v.Definition, 0)
		if err != nil || got.State != flow.Replaced || got.Note != "改革后不再使用" || def.Name != "食品经营许可审批" {
			t.Errorf("%+v, %v", got, err)
		}
		// It can be written and published anew.
		next, err := o.Save(o.as("eve"), engine.Definition{ID: v.Definition, Name: def.Name, Nodes: def.Nodes, Edges: def.Edges}, 0)
		o.must(err)
		o.publish(next)
		if k, _ := o.known("rob", v.Definition); k.Published != 2 {
			t.Errorf("%+v", k)
		}
	})
}
