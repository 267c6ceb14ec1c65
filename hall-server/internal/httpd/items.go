package httpd

import (
	"context"
	"encoding/json"
	"slices"
)

// itemView is an item that the platform published for this hall.
type itemView struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Services  []string        `json:"services" doc:"The hall's services that serve it"`
	Materials []string        `json:"materials" doc:"Names of what to bring"`
	Item      json.RawMessage `json:"item" doc:"All that the platform says of it"`
}

func (a *api) listItems(ctx context.Context, in *struct {
	Service string `query:"service" maxLength:"60" doc:"Only those of this service"`
},
) (*struct {
	Body struct {
		Items []itemView `json:"items"`
	}
}, error,
) {
	list, err := a.Store.Items(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	out := &struct {
		Body struct {
			Items []itemView `json:"items"`
		}
	}{}
	out.Body.Items = []itemView{}
	for _, item := range list {
		if in.Service == "" || slices.Contains(item.Services, in.Service) {
			out.Body.Items = append(out.Body.Items, itemView{item.ID, item.Name, item.Services, item.Materials, item.Body})
		}
	}
	return out, nil
}
