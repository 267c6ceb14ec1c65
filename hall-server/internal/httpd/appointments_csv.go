package httpd

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"smarthall/hall-server/internal/queue"
	"smarthall/internal/link"
)

// csvColumns are the columns of an appointments file by the words of its head
// line; people's Excel writes the Chinese ones.
var csvColumns = map[string]string{
	"预约编号": "id", "预约码": "code", "业务": "service", "事项": "service", "日期": "day", "开始": "from", "结束": "to",
	"姓名": "name", "身份证号": "idNumber", "证件号": "idNumber", "手机号": "phone", "渠道": "via", "取消": "cancelled",
}

// csvNeeds are the columns that a file must have, with their words.
var csvNeeds = [][2]string{{"id", "预约编号"}, {"service", "业务"}, {"day", "日期"}, {"from", "开始"}, {"to", "结束"}}

// csvCancelled are what people write into the column of the cancelled.
var csvCancelled = map[string]bool{
	"": false, "否": false, "0": false, "no": false, "false": false,
	"是": true, "1": true, "yes": true, "true": true, "取消": true, "已取消": true,
}

func (a *api) importAppointmentsCSV(ctx context.Context, in *struct {
	Keyed
	RawBody []byte `contentType:"text/csv"`
},
) (*importedOutput, error) {
	list, lines, wrong := a.readCSV(in.RawBody)
	if len(wrong) > 0 {
		p := newProblem(http.StatusUnprocessableEntity, "appointment.file", "预约文件有误，没有导入任何一行")
		p.Errors = wrong
		return nil, p
	}
	return a.takeOver(ctx, in.Key, list, func(i int) FieldError { return FieldError{Line: lines[i]} })
}

// maxWrong is how many mistakes of a file are told.
const maxWrong = 20

// readCSV reads a file in UTF-8 or GB18030, as Excel writes it, into
// appointments and their lines.
func (a *api) readCSV(data []byte) (list []queue.Appointment, lines []int, wrong []FieldError) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil {
			return nil, nil, []FieldError{{Line: 1, Message: "文件既不是 UTF-8 也不是 GB18030 文本"}}
		}
		data = decoded
	}
	reader := csv.NewReader(bytes.NewReader(data))
	reader.TrimLeadingSpace = true
	head, err := reader.Read()
	if err != nil {
		return nil, nil, []FieldError{{Line: 1, Message: "文件没有标题行"}}
	}
	columns, wrong := csvHead(head)
	if len(wrong) > 0 {
		return nil, nil, wrong
	}
	for len(wrong) < maxWrong {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := reader.FieldPos(0)
		if err != nil {
			return nil, nil, append(wrong, FieldError{Line: line, Message: "这一行的格式有误，列数或引号不对"})
		}
		one, err := a.csvRow(columns, row)
		if err != nil {
			wrong = append(wrong, FieldError{Line: line, Message: err.Error()})
			continue
		}
		list, lines = append(list, one), append(lines, line)
	}
	return list, lines, wrong
}

// csvHead finds what each column holds.
func csvHead(head []string) ([]string, []FieldError) {
	columns := make([]string, len(head))
	for i, name := range head {
		name = strings.TrimSpace(name)
		columns[i] = name
		if key, ok := csvColumns[name]; ok {
			columns[i] = key
		}
	}
	var missing []string
	for _, need := range csvNeeds {
		if !slices.Contains(columns, need[0]) {
			missing = append(missing, need[1])
		}
	}
	if len(missing) > 0 {
		return nil, []FieldError{{Line: 1, Message: "标题行缺少：" + strings.Join(missing, "、")}}
	}
	return columns, nil
}

// csvRow is one line of the file. Days are 2026-11-23, times 09:30.
func (a *api) csvRow(columns, row []string) (queue.Appointment, error) {
	value := make(map[string]string, len(columns))
	for i, column := range columns {
		value[column] = strings.TrimSpace(row[i])
	}
	if value["id"] == "" {
		return queue.Appointment{}, errors.New("预约编号是空的")
	}
	loc := a.Hall.Hall().Location()
	at := func(column string) (time.Time, error) {
		t, err := time.ParseInLocation("2006-1-2 15:04", strings.ReplaceAll(value["day"], "/", "-")+" "+value[column], loc)
		if err != nil {
			return t, fmt.Errorf("%s %s 不是日期和时刻，应如 2026-11-23 和 09:30", value["day"], value[column])
		}
		return t, nil
	}
	from, err := at("from")
	if err != nil {
		return queue.Appointment{}, err
	}
	to, err := at("to")
	if err != nil {
		return queue.Appointment{}, err
	}
	if _, ok := a.Hall.Hall().Service(queue.ServiceID(value["service"])); !ok {
		return queue.Appointment{}, fmt.Errorf("没有业务 %q", value["service"])
	}
	if !to.After(from) {
		return queue.Appointment{}, errors.New("结束时刻应在开始之后")
	}
	out := a.appointment(&AppointmentBody{
		Service: value["service"], From: from, To: to, Via: value["via"], Code: value["code"],
		Person: link.Person{Name: value["name"], IDNumber: value["idNumber"], Phone: value["phone"]},
	}, value["id"])
	cancelled, ok := csvCancelled[strings.ToLower(value["cancelled"])]
	if !ok {
		return queue.Appointment{}, fmt.Errorf("“取消”一栏是 %q，应为“是”或“否”", value["cancelled"])
	}
	if cancelled {
		out.State = queue.AppointmentCancelled
	}
	return out, nil
}
