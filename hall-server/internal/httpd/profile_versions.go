package httpd

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/hall-server/internal/profiles"
	"smarthall/hall-server/internal/profiles/history"
)

// profileVersionOperations declares what became of the hall's own device models,
// and the way back.
func (a *api) profileVersionOperations(h huma.API, post func(id, path, summary string, status int) huma.Operation, get func(id, path, summary string) huma.Operation) {
	const path = "/hall/profiles/versions"
	huma.Register(h, get("list-profile-versions", path, "What became of the hall's own firmware profiles, the newest first"), a.listProfileVersions)
	huma.Register(h, get("get-profile-version", path+"/{id}", "A version of a firmware profile, with its text"), a.getProfileVersion)
	huma.Register(h, get("compare-profile-versions", path+"/{id}/changes", "The lines in which a version differs from another"), a.compareProfileVersions)
	huma.Register(h, post("restore-profile-version", path+"/{id}/restore", "Bring an earlier version of a firmware profile back, as a new one", 0), a.restoreProfileVersion)
}

type profileVersionView struct {
	ID       int64          `json:"id"`
	Profile  string         `json:"profile"`
	At       string         `json:"at" format:"date-time"`
	By       string         `json:"by"`
	Name     string         `json:"name"`
	Note     string         `json:"note,omitempty"`
	Cause    string         `json:"cause" enum:"first,upload,remove,restore,disk"`
	Restored int64          `json:"restored,omitempty" doc:"The version that this one brought back"`
	Revision string         `json:"revision,omitempty" doc:"Absent where the profile was taken away"`
	Lines    []history.Line `json:"lines" doc:"The first of the lines that it changed"`
	More     int            `json:"more,omitempty" doc:"How many other lines it changed"`
	Current  bool           `json:"current,omitempty" doc:"It is in force"`
	Text     string         `json:"text,omitempty" doc:"For who asks for one version"`
}

func (a *api) profileVersionView(v history.Version, text []byte) profileVersionView {
	return profileVersionView{
		ID: v.ID, Profile: v.Profile, At: v.At.Format(timeLayout), By: v.By, Name: v.Name, Note: v.Note, Cause: string(v.Cause), Restored: v.Restored,
		Revision: v.Revision, Lines: append([]history.Line{}, v.Lines...), More: v.More, Current: !v.Gone() && a.Profiles.Newest(v.Profile) == v.ID, Text: string(text),
	}
}

func (a *api) listProfileVersions(ctx context.Context, in *struct {
	Profile string `query:"profile" maxLength:"80" doc:"Only those of this profile"`
	Before  int64  `query:"before" minimum:"0" doc:"Only those before this one"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
},
) (*struct {
	Body struct {
		Versions []profileVersionView `json:"versions"`
	}
}, error,
) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	list, err := a.Profiles.Versions(ctx, in.Profile, in.Before, in.Limit)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &struct {
		Body struct {
			Versions []profileVersionView `json:"versions"`
		}
	}{}
	out.Body.Versions = []profileVersionView{}
	for _, v := range list {
		out.Body.Versions = append(out.Body.Versions, a.profileVersionView(v, nil))
	}
	return out, nil
}

func (a *api) getProfileVersion(ctx context.Context, in *VersionRef) (*struct{ Body profileVersionView }, error) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	v, text, err := a.Profiles.Version(ctx, in.ID)
	if err != nil {
		return nil, a.notChanged(ctx, err)
	}
	return &struct{ Body profileVersionView }{a.profileVersionView(v, text)}, nil
}

type comparedLines struct {
	Lines []history.Line `json:"lines"`
	More  int            `json:"more,omitempty" doc:"How many other lines differ"`
}

func (a *api) compareProfileVersions(ctx context.Context, in *struct {
	VersionRef
	To int64 `query:"to" minimum:"0" doc:"The other version; by default the one in force"`
},
) (*struct{ Body comparedLines }, error) {
	if err := staffOnlyError(ctx); err != nil {
		return nil, err
	}
	v, text, err := a.Profiles.Version(ctx, in.ID)
	other, _ := a.Profiles.Text(v.Profile)
	if err == nil && in.To != 0 {
		var to []byte
		_, to, err = a.Profiles.Version(ctx, in.To)
		other = string(to)
	}
	if err != nil {
		return nil, a.notChanged(ctx, err)
	}
	out := &struct{ Body comparedLines }{}
	out.Body.Lines, out.Body.More = history.Compare(string(text), other)
	if out.Body.Lines == nil {
		out.Body.Lines = []history.Line{}
	}
	return out, nil
}

func (a *api) restoreProfileVersion(ctx context.Context, in *struct {
	VersionRef
	Body struct {
		ProfileChange
		DryRun bool `json:"dryRun,omitempty" doc:"Only tell what that would do"`
	}
},
) (*reportOutput, error) {
	if err := adminOnly(ctx); err != nil {
		return nil, err
	}
	var report profiles.Report
	err := a.changeProfile(ctx, in.Body.ProfileChange, func(c profiles.Change) (err error) {
		report, err = a.Profiles.Restore(ctx, in.ID, c, in.Body.DryRun)
		return err
	})
	if in.Body.DryRun && err == nil && report.Model != nil {
		return reportFor(ctx, report), nil
	}
	return a.savedProfile(ctx, "firmware profile brought back", report, err)
}
