package exchange

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
)

// manual is the page that third parties read before they use the open API.
var manual = template.Must(template.New("open").Parse(`<div class="panel block">
<h1>开放接口</h1>
<p>网站、地图、手机应用等第三方可以凭密钥查询本网站公开的信息：已发布的政务服务事项，和各大厅此刻的等候人数。
不提供任何个人或企业的办件、证照信息。</p>
<h2 style="margin:24px 0 8px">申请密钥</h2>
<p>向政务服务管理机构申请，写明使用单位、联系人和每日调用次数。密钥请放在服务器上，不要写进网页或应用。</p>
<h2 style="margin:24px 0 8px">调用方法</h2>
<p>每次请求在请求头 <code>X-Api-Key</code> 中带上密钥，应答为 UTF-8 编码的 JSON。</p>
<dl class="facts" style="margin-top:12px">
<div style="margin-bottom:12px"><dt><b>查询事项</b></dt><dd><code style="overflow-wrap:anywhere">GET {{.Base}}/api/v1/open/items?q=营业执照&amp;page=1&amp;size=50</code><br>
<code>q</code> 关键词，可不填；<code>page</code> 页码；<code>size</code> 每页条数，最多 100。
应答 <code>items</code> 为事项（编号、事项编码、名称、实施部门、区划、能否网办、指南地址），<code>total</code> 为总数。</dd></div>
<div style="margin-bottom:12px"><dt><b>大厅等候</b></dt><dd><code style="overflow-wrap:anywhere">GET {{.Base}}/api/v1/open/halls</code><br>
应答 <code>halls</code> 为大厅（名称、地址、开放时间、等候人数 <code>waiting</code>）。没有 <code>waiting</code> 表示此刻不知道，不是没有人。</dd></div>
</dl>
<h2 style="margin:24px 0 8px">限次和错误</h2>
<p>按密钥、按自然日（北京时间）限次。密钥无效为 401 <code>exchange.key</code>；当日次数用完为 429 <code>exchange.quota</code>；
参数有误为 422。出错时应答为 <code>application/problem+json</code>，<code>detail</code> 是原因。</p>
<h2 style="margin:24px 0 8px">例子</h2>
<pre style="overflow:auto" tabindex="0">curl -H "X-Api-Key: sh-…" "{{.Base}}/api/v1/open/halls"
{"halls":[{"id":"demo","name":"…","address":"…","hours":"…","waiting":12}]}</pre>
</div>`))

// pageManual shows the manual of the open API.
func (s *Service) pageManual(w http.ResponseWriter, r *http.Request) error {
	base := s.BaseURL
	if base == "" { // a platform that wasn't told how people reach it
		base = "http://" + r.Host
	}
	var body bytes.Buffer
	if err := manual.Execute(&body, map[string]string{"Base": base}); err != nil {
		return fmt.Errorf("write the manual: %w", err)
	}
	return s.Frame(w, r, http.StatusOK, "开放接口", template.HTML(body.String())) //nolint:gosec // the template has escaped it
}
