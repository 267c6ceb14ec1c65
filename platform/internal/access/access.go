// Package access says who asks: a member of the public, one of the staff, a
// hall, or nobody yet. Every operation declares who may use it; what somebody
// may see of what it returns (own cases, own region) is the business of the
// context that owns it.
package access

import (
	"context"
	"slices"
	"strings"
)

// Kind is what sort of caller it is.
type Kind string

// The kinds.
const (
	Nobody Kind = ""       // not signed in
	Person Kind = "person" // a natural person, perhaps for a legal one
	Staff  Kind = "staff"
	Hall   Kind = "hall" // a hall-server, or a system of another body
)

// Role is what a member of staff may do.
type Role string

// The roles. A member of staff has any number of them, each for a region and
// all below it.
const (
	RoleItemEditor   Role = "item-editor"   // 事项编制
	RoleItemReviewer Role = "item-reviewer" // 事项审核
	RoleServiceDesk  Role = "service-desk"  // 咨询投诉答复
	RoleIdentityDesk Role = "identity-desk" // 窗口注册
	RoleIdentityHead Role = "identity-head" // 账号启用审批
	RoleAppointment  Role = "appointment"   // 预约管理
	RoleClerk        Role = "clerk"         // 窗口受理
	RoleApprover     Role = "approver"      // 审批
	// RoleChief speaks for a department at its windows (首席代表): allows
	// extensions and exceptions, answers to the supervisors.
	RoleChief          Role = "chief-representative"
	RoleSupervisor     Role = "supervisor"      // 监察
	RoleSystemAdmin    Role = "system-admin"    // 系统管理员
	RoleSecurityAdmin  Role = "security-admin"  // 安全管理员: people and roles
	RoleAuditor        Role = "auditor"         // 审计管理员: reads the log
	RoleMessageManager Role = "message-manager" // 消息模板
)

// Roles are all roles.
func Roles() []Role {
	return []Role{
		RoleItemEditor, RoleItemReviewer, RoleServiceDesk, RoleIdentityDesk, RoleIdentityHead, RoleAppointment,
		RoleClerk, RoleApprover, RoleChief, RoleSupervisor, RoleSystemAdmin, RoleSecurityAdmin, RoleAuditor, RoleMessageManager,
	}
}

// Caller is who asks. The zero value is nobody.
type Caller struct {
	Kind Kind
	// ID is the person's, the member of staff's or the hall's.
	ID string
	// For is the legal person that a person acts for; empty means herself.
	For string
	// Region is the code (GB/T 2260 and its extensions) where the staff's roles
	// hold, with all Within it; Org the organisation.
	Region, Org string
	Roles       []Role
	// Session names the session, for signing out and the audit log.
	Session string
	// Kiosk is the self-service terminal, as hall/kiosk, that a person's session
	// was made at on the hall's word; empty elsewhere. Such a session does only
	// what operations allow it by AtKiosks.
	Kiosk string
}

// Has tells whether the caller is staff with one of the roles.
func (c Caller) Has(roles ...Role) bool {
	return c.Kind == Staff && slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(c.Roles, r) })
}

// Covers tells whether a member of staff's roles hold in the region: hers, and
// all within it.
func (c Caller) Covers(region string) bool {
	return c.Kind == Staff && Within(region, c.Region)
}

type key struct{}

// With returns a context that knows its caller.
func With(ctx context.Context, c Caller) context.Context { return context.WithValue(ctx, key{}, c) }

// From returns the context's caller, or nobody.
func From(ctx context.Context) Caller {
	c, _ := ctx.Value(key{}).(Caller)
	return c
}

// Who is whom an operation is for. The zero value is nobody at all, so that an
// operation which forgets to say is closed.
type Who struct {
	all    bool
	person bool
	kiosk  bool
	hall   bool
	staff  bool
	roles  []Role
}

// Everybody may: signed in or not.
func Everybody() Who { return Who{all: true} }

// People may: members of the public who are signed in.
func People() Who { return Who{person: true} }

// AtKiosks lets members of the public do it at a self-service terminal, too,
// where a card alone has let them in.
func (w Who) AtKiosks() Who {
	w.kiosk = true
	return w
}

// StaffWith may: staff with one of the roles; without roles, all staff.
func StaffWith(roles ...Role) Who { return Who{staff: true, roles: roles} }

// Halls may.
func Halls() Who { return Who{hall: true} }

// Or joins two.
func (w Who) Or(v Who) Who {
	w.all, w.person, w.hall = w.all || v.all, w.person || v.person, w.hall || v.hall
	w.kiosk = w.kiosk || v.kiosk
	if v.staff {
		if w.staff && (len(w.roles) == 0 || len(v.roles) == 0) {
			w.roles = nil
		} else {
			w.roles = append(slices.Clone(w.roles), v.roles...)
		}
		w.staff = true
	}
	return w
}

// Allows tells whether c is among them.
func (w Who) Allows(c Caller) bool {
	switch {
	case w.all:
		return true
	case c.Kind == Person:
		return w.person && (w.kiosk || c.Kiosk == "")
	case c.Kind == Hall:
		return w.hall
	case c.Kind == Staff:
		return w.staff && (len(w.roles) == 0 || c.Has(w.roles...))
	default:
		return false
	}
}

// String lists them, for the API's description.
func (w Who) String() string {
	if w.all {
		return "everybody"
	}
	var list []string
	if w.person && w.kiosk {
		list = append(list, "people also at kiosks")
	} else if w.person {
		list = append(list, "people")
	}
	if w.hall {
		list = append(list, "halls")
	}
	if w.staff && len(w.roles) == 0 {
		list = append(list, "staff")
	}
	for _, r := range w.roles {
		list = append(list, string(r))
	}
	if len(list) == 0 {
		return "nobody"
	}
	return strings.Join(list, ", ")
}
