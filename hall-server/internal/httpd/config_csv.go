package httpd

import (
	"encoding/csv"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"smarthall/hall-server/internal/hall"
)

// causeWords say how a version came to be.
var causeWords = map[hall.Cause]string{
	hall.CauseFirst: "首次使用", hall.CauseForm: "表单修改", hall.CauseText: "修改文件", hall.CauseRestore: "恢复旧版本", hall.CauseDisk: "在服务器上修改",
}

// auditPage is how many versions are read at once.
const auditPage = 200

// versionsCSV answers with who changed what, a change a line, the newest first,
// as people's Excel reads it.
func (a *api) versionsCSV(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="hall-changes.csv"`)
	if _, err := w.Write([]byte("\xef\xbb\xbf")); err != nil {
		return
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write([]string{"版本", "时间", "账号", "姓名", "方式", "修改内容", "说明"}) // Error below tells
	loc := a.Hall.Hall().Location()
	for before := int64(0); ; {
		list, err := a.Store.HallVersions(r.Context(), before, auditPage)
		if err != nil {
			a.Log.Error("export versions of the hall file", slog.Any("error", err))
			return
		}
		for _, v := range list {
			how := causeWords[v.Cause]
			if v.Restored > 0 {
				how += " " + strconv.FormatInt(v.Restored, 10)
			}
			for _, change := range v.Changes {
				_ = out.Write([]string{
					strconv.FormatInt(v.ID, 10), v.At.In(loc).Format("2006-01-02 15:04:05"), cellText(v.By), cellText(v.Name),
					how, cellText(change), cellText(v.Note),
				})
			}
			before = v.ID
		}
		if len(list) < auditPage || before <= 1 {
			break
		}
	}
	if out.Flush(); out.Error() != nil {
		a.Log.Debug("export versions of the hall file", slog.Any("error", out.Error()))
	}
}

// cellText is a text that a spreadsheet won't take for a formula.
func cellText(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
