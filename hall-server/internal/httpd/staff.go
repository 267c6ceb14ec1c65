package httpd

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/hall"
)

type staffView struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Role     string `json:"role" enum:"clerk,manager,admin"`
	Disabled bool   `json:"disabled,omitempty"`
	LastSeen string `json:"lastSeen,omitempty" format:"date-time" doc:"The last sign-in on a page or at a window"`
}

type staffOutput struct {
	Body struct {
		Staff []staffView `json:"staff"`
	}
}

func (a *api) listStaff(ctx context.Context, _ *struct{}) (*staffOutput, error) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	seen, err := a.Store.LastSeen(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &staffOutput{}
	out.Body.Staff = []staffView{}
	for _, s := range a.Hall.Hall().Staff {
		one := staffView{ID: s.ID, Name: s.Name, Role: s.Role, Disabled: s.Disabled}
		if at, ok := seen[s.ID]; ok {
			one.LastSeen = at.Format(timeLayout)
		}
		out.Body.Staff = append(out.Body.Staff, one)
	}
	return out, nil
}

// agentToken makes what a terminal of the hall's file connects with. It is the
// same as hall-server token's, and as long-lived: a machine can't be asked for a
// new one.
func (a *api) agentToken(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"40"`
},
) (*struct {
	Body struct {
		Token string `json:"token"`
	}
}, error,
) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	agent, known := a.Hall.Hall().Agent(in.ID)
	role := map[string]access.Role{"kiosk": access.Kiosk, "counter": access.Clerk, "display": access.Display}[agent.Role]
	if !known || role == "" {
		return nil, newProblem(http.StatusNotFound, "agent.unknown", "没有这台终端")
	}
	token, err := a.Keys.Token(access.Claims{Role: role, Subject: agent.ID, Window: agent.Window})
	if err != nil {
		return nil, a.problem(err)
	}
	a.Log.Info("audit", slog.String("what", "agent token made"), slog.String("agent", agent.ID), slog.String("by", actor(ctx)))
	out := &struct {
		Body struct {
			Token string `json:"token"`
		}
	}{}
	out.Body.Token = token
	return out, nil
}

// Passwords: what bcrypt looks at is the longest, in bytes. Each costs a tenth
// of a second to hash, so that a request may set a few only.
const (
	minPassword  = 8
	maxPassword  = 72
	maxPasswords = 10
)

// hashPasswords replaces the passwords that edits give to staff by their
// hashes: a form never sends a hash.
func hashPasswords(edits []hall.Edit) ([]hall.Edit, error) {
	out := make([]hall.Edit, len(edits))
	copy(out, edits)
	count := 0
	for i := range out {
		steps := strings.Split(out[i].Path, "/")
		if steps[0] != "staff" || out[i].Op == hall.OpRename || out[i].Op == hall.OpMove || out[i].Op == hall.OpRemove {
			continue
		}
		var err error
		switch {
		case len(steps) == 3 && steps[2] == "password":
			out[i].Value, err = hashed(out[i].Value, steps[1])
			count++
		case len(steps) == 1 && out[i].Op == hall.OpInsert:
			person, _ := out[i].Value.(map[string]any)
			if person == nil {
				return nil, passwordProblem("新增人员需要编号、姓名、角色和口令")
			}
			copied := make(map[string]any, len(person))
			for key, v := range person {
				copied[key] = v
			}
			id, _ := person["id"].(string)
			copied["password"], err = hashed(person["password"], id)
			out[i].Value = copied
			count++
		case len(steps) < 3:
			err = passwordProblem("人员请逐项修改")
		}
		if err != nil {
			return nil, err
		}
		if count > maxPasswords {
			return nil, passwordProblem(fmt.Sprintf("一次最多设置 %d 个口令", maxPasswords))
		}
	}
	return out, nil
}

func hashed(value any, id string) (string, error) {
	password, _ := value.(string)
	if utf8.RuneCountInString(password) < minPassword || len(password) > maxPassword {
		return "", passwordProblem(fmt.Sprintf("口令至少 %d 位，最多 %d 字节", minPassword, maxPassword))
	}
	if password == id || strings.Count(password, password[:1]) == len(password) {
		return "", passwordProblem("口令太简单，请换一个")
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return string(hash), nil
}

func passwordProblem(detail string) *Problem {
	return newProblem(http.StatusUnprocessableEntity, "staff.password-rule", detail)
}
