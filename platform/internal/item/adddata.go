package item

import (
	"context"
	"fmt"
	"slices"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// AddData adds what isn't there yet: entries of the catalogue, items, which are
// published at once, packages and synonyms; all or nothing. What is there stays
// as it is, so that adding the same twice changes nothing. It is for data that
// was reviewed elsewhere, and for demo cities.
func (s *Service) AddData(ctx context.Context, d Data) error {
	orgs, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	err = s.Store.Write(ctx, "add items", func(tx *store.Tx) error {
		added := 0
		for _, e := range d.Catalogue {
			if gaps := checkEntry(e); len(gaps) > 0 {
				return about("目录 "+e.BasicCode, faultyInput(gaps))
			}
			if _, err := s.entry(ctx, tx, e.BasicCode); err == nil {
				continue
			}
			if _, err := s.putEntry(ctx, tx, e); err != nil {
				return err
			}
			added++
		}
		for _, it := range d.Items {
			fresh, err := s.addItem(ctx, tx, orgs, it)
			if err != nil {
				return about("事项 "+it.ID, err)
			}
			added += int(store.Bool(fresh))
		}
		n, err := s.addRest(ctx, tx, d)
		if added += n; err != nil || added == 0 {
			return err
		}
		if _, err := revise(ctx, tx); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.System, Action: "item.add-data", Object: "items", Detail: fmt.Sprint(added, " added")})
	})
	if err == nil {
		s.changed()
	}
	return err
}

// about names in a no what it is about.
func about(what string, err error) error {
	f := fault.Of(err)
	if f == nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	detail := f.Detail
	for _, field := range f.Fields[:min(len(f.Fields), 5)] {
		detail += "；" + field.Name + "：" + field.Message
	}
	return f.With(clip(what, 60) + "：" + detail)
}

// addItem publishes an item unless there is one with its id.
func (s *Service) addItem(ctx context.Context, tx *store.Tx, orgs organisations, it Item) (bool, error) {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM item_head WHERE id = $1`, it.ID).Scan(&n); err != nil || n > 0 {
		return false, err
	}
	if !orgs.fill(&it) {
		return false, ErrInput.Wrong("organisation", "没有这个部门："+clip(it.Organisation, 40))
	}
	if err := s.inherit(ctx, tx, &it); err != nil {
		return false, err
	}
	if err := faulty(Check(&it)); err != nil {
		return false, err
	}
	h, err := s.insertHead(ctx, tx, &it)
	if err != nil {
		return false, err
	}
	return true, s.publish(ctx, tx, h, it, KindNew, false)
}

// addRest adds packages and synonyms that aren't there.
func (s *Service) addRest(ctx context.Context, tx *store.Tx, d Data) (added int, err error) {
	for _, p := range d.Packages {
		if gaps := checkPackage(p); len(gaps) > 0 {
			return 0, about("一件事 "+p.ID, faultyInput(gaps))
		}
		data, err := encode(p)
		if err != nil {
			return 0, err
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO item_package (id, data) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, p.ID, data)
		if err != nil {
			return 0, err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			added++
		}
	}
	for _, syn := range d.Synonyms {
		if gaps := checkSynonyms(syn); len(gaps) > 0 {
			return 0, about("同义词 "+syn.Word, faultyInput(gaps))
		}
		means, err := encode(syn.Means)
		if err != nil {
			return 0, err
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO item_synonym (word, means) VALUES ($1, $2) ON CONFLICT (word) DO NOTHING`, syn.Word, means)
		if err != nil {
			return 0, err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			added++
		}
	}
	return added, nil
}

func checkPackage(p Package) []Gap {
	c := &checker{gaps: bounds(p)}
	if !validID(p.ID) {
		c.tell("id", "编号须为 2 至 40 位小写字母、数字或连字符")
	}
	c.need("name", p.Name, "名称")
	c.need("object", string(p.Object), "服务对象")
	c.need("summary", p.Summary, "简介")
	if len(p.Items) < 2 {
		c.tell("items", "至少包含两个事项")
	}
	return c.gaps
}

func checkSynonyms(syn Synonyms) []Gap {
	c := &checker{gaps: bounds(syn)}
	if len([]rune(syn.Word)) < 2 {
		c.tell("word", "词语至少两个字")
	}
	if len(syn.Means) == 0 || slices.Contains(syn.Means, "") {
		c.tell("means", "请填写对应的词语")
	}
	return c.gaps
}

// PutSynonyms sets what a citizens' word means; without meanings it is taken
// out.
func (s *Service) PutSynonyms(ctx context.Context, syn Synonyms) error {
	if len(syn.Means) > 0 {
		if gaps := checkSynonyms(syn); len(gaps) > 0 {
			return faultyInput(gaps)
		}
	}
	means, err := encode(syn.Means)
	if err != nil {
		return err
	}
	err = s.Store.Write(ctx, "store synonyms", func(tx *store.Tx) error {
		if len(syn.Means) == 0 {
			_, err = tx.ExecContext(ctx, `DELETE FROM item_synonym WHERE word = $1`, syn.Word)
		} else {
			_, err = tx.ExecContext(ctx, `INSERT INTO item_synonym (word, means) VALUES ($1, $2) ON CONFLICT (word) DO UPDATE SET means = excluded.means`, syn.Word, means)
		}
		if err != nil {
			return err
		}
		if _, err := revise(ctx, tx); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.synonyms", Object: clip(syn.Word, 20)})
	})
	if err == nil {
		s.changed()
	}
	return err
}

// PutPackage makes or changes a package. Its items must be there.
func (s *Service) PutPackage(ctx context.Context, p Package) error {
	if gaps := checkPackage(p); len(gaps) > 0 {
		return faultyInput(gaps)
	}
	known, err := s.Summaries(ctx, p.Items...)
	if err != nil {
		return err
	}
	if len(known) < len(p.Items) {
		return ErrInput.Wrong("items", "有的事项不存在或未发布")
	}
	data, err := encode(p)
	if err != nil {
		return err
	}
	err = s.Store.Write(ctx, "store a package", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO item_package (id, data) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, p.ID, data); err != nil {
			return err
		}
		if _, err := revise(ctx, tx); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.package", Object: p.ID})
	})
	if err == nil {
		s.changed()
	}
	return err
}
