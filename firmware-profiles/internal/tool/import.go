package tool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/internal/escposdb"
	"smarthall/firmware-profiles/profile"
)

// importModels drafts profiles of the ticket printers in files of the public
// database escpos-printer-db. Without a folder it only tells what would be
// written. A model that can't print tickets is told with the reason and isn't an
// error: the database has customer displays, too.
func (t *tool) importModels(args []string) int {
	flags := t.flags("import")
	dir := flags.String("out", "", "folder for the profiles; without it they are only listed")
	only := flags.String("model", "", "the one model to take, by its key in the database")
	chinese := flags.Bool("chinese", false, "the printers have a Simplified Chinese font (FS &)")
	names, err := parse(flags, args)
	if err != nil {
		return exitUsage
	}
	if len(names) == 0 {
		return t.misuse()
	}
	models, err := readDatabase(names)
	if err != nil {
		return t.fail(err)
	}
	shipped, err := catalog.Load()
	if err != nil {
		return t.fail(err)
	}
	drafts, err := t.drafts(models, shipped, *only, escposdb.Options{Chinese: *chinese})
	if err != nil {
		return t.fail(err)
	}
	if *dir == "" {
		return exitOK
	}
	if err := t.keep(*dir, drafts); err != nil {
		return t.fail(err)
	}
	fmt.Fprintf(t.out, "已写入 %d 个 / written. 资料出自 escpos-printer-db（CC BY 4.0），请保留文件中的出处；没有在真机上试过，请用 smarthall-profile try 核对\n", len(drafts))
	return exitOK
}

// drafts are the profiles of the models that can print tickets and aren't
// shipped yet; of each model is told what becomes of it.
func (t *tool) drafts(models []escposdb.Model, shipped *profile.Catalog, only string, o escposdb.Options) ([]escposdb.Draft, error) {
	var out []escposdb.Draft
	found := false
	ids := map[string]string{}
	for _, m := range models {
		if only != "" && m.Key != only {
			continue
		}
		found = true
		d, err := escposdb.NewDraft(m, o)
		var unfit *escposdb.UnfitError
		switch {
		case errors.As(err, &unfit):
			fmt.Fprintf(t.out, "%-24s 不适用：%s / %s\n", m.Key, unfit.ZH, unfit.EN)
			continue
		case err != nil:
			return nil, fmt.Errorf("draft %s: %w", m.Key, err)
		}
		if p, have := shipped.Get(d.ID); have {
			fmt.Fprintf(t.out, "%-24s 已有自带型号 %s（%s）/ shipped already\n", m.Key, p.ID, p.Names.ZH)
			continue
		}
		if open := openPoints(d.File, d.Text); len(open) > 0 {
			fmt.Fprintf(t.out, "%-24s 不适用：%s\n", m.Key, open[0].Both())
			continue
		}
		if other, twice := ids[d.ID]; twice {
			return nil, fmt.Errorf("型号 %s 和 %s 的编号都是 %s / same id: %w", other, m.Key, d.ID, escposdb.ErrFormat)
		}
		ids[d.ID] = m.Key
		fmt.Fprintf(t.out, "%-24s → %s\n", m.Key, d.ID)
		out = append(out, d)
	}
	if !found {
		return nil, fmt.Errorf("资料库里没有型号 %q / no such model: %w", only, fs.ErrNotExist)
	}
	return out, nil
}

// keep writes the drafts into a folder, all or none: a file that is there
// already stays as it is.
func (t *tool) keep(dir string, drafts []escposdb.Draft) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // profiles are for everybody to read
		return fmt.Errorf("make folder: %w", err)
	}
	for _, d := range drafts {
		file := filepath.Join(dir, d.File)
		if _, err := os.Lstat(file); err == nil {
			return fmt.Errorf("%s 已经存在，不会覆盖；一个也没有写入 / exists already, nothing was written", file)
		}
	}
	for _, d := range drafts {
		if err := writeNew(filepath.Join(dir, d.File), d.Text); err != nil {
			return err
		}
	}
	return nil
}

// readDatabase reads the models of files.
func readDatabase(names []string) ([]escposdb.Model, error) {
	files := make([]escposdb.File, len(names))
	for i, name := range names {
		data, err := os.ReadFile(name) //nolint:gosec // the file is the one the user names
		if err != nil {
			return nil, fmt.Errorf("read database: %w", err)
		}
		files[i] = escposdb.File{Name: name, Data: data}
	}
	models, err := escposdb.Read(files...)
	if err != nil {
		return nil, fmt.Errorf("资料库文件读不懂 / %w", err)
	}
	return models, nil
}
