package server

// A sound says what an operation takes, where an example by its schema isn't
// enough to get through its rules: members of the body over those of the
// example (nil: left out), and what stands in its path.
type sound struct {
	body object
	// path holds ids, or queries of one.
	path map[string]string
}

// longer is a text that most rules of length let pass.
const longer = "材料已经补齐，请予办理。"

// aPerson is one of whom nothing else is asked.
const aPerson = `SELECT id FROM person ORDER BY id DESC LIMIT 1`

// aConversation is one that somebody asked for a person in.
const aConversation = `SELECT id FROM evaluation_conversation ORDER BY asked DESC, id LIMIT 1`

var sounds = map[string]sound{
	"add-staff":                   {body: object{"account": "xinren", "region": "330100", "organisation": "centre", "roles": []any{"clerk"}}},
	"change-staff":                {body: object{"region": "330100", "organisation": "centre", "roles": []any{"security-admin"}}},
	"put-organisation":            {body: object{"region": "330100", "parent": nil, "code": nil}, path: map[string]string{"id": "market"}},
	"find-person":                 {body: object{"number": "330100199005200128"}},
	"reset-at-window":             {body: object{"number": "330100199005200128"}},
	"disable-person":              {path: map[string]string{"id": aPerson}},
	"ask-enable-person":           {path: map[string]string{"id": aPerson}},
	"find-legal-person":           {body: object{"code": "91330102MADEM0001X"}},
	"disable-legal-person":        {path: map[string]string{"id": `SELECT id FROM legal_person ORDER BY id DESC LIMIT 1`}},
	"ask-enable-legal-person":     {path: map[string]string{"id": `SELECT id FROM legal_person ORDER BY id DESC LIMIT 1`}},
	"put-article":                 {body: object{"id": "sweep", "kind": "notice", "body": longer}, path: map[string]string{"id": "sweep"}},
	"put-package":                 {body: object{"items": []any{"business-licence", "food-licence"}}, path: map[string]string{"id": "sweep"}},
	"add-hall":                    {body: object{"id": "sweep", "region": "330100", "districts": nil}},
	"change-hall":                 {body: object{"region": "330100", "districts": nil}, path: map[string]string{"id": "demo"}},
	"propose-item-change":         {body: object{"others": nil}},
	"begin-form":                  {body: object{"id": "sweep"}},
	"set-day":                     {body: object{"day": "2027-10-01", "periods": nil, "hall": nil}},
	"plan-year":                   {body: object{"text": "2027-10-01 休 国庆节"}},
	"set-year":                    {body: object{"text": "2027-10-01 休 国庆节"}},
	"issue-order":                 {body: object{"due": "2026-12-20"}},
	"put-licence-type":            {body: object{"id": "sweep"}, path: map[string]string{"id": "sweep"}},
	"draft-message-template":      {body: object{"channels": []any{"site"}, "vars": []any{}, "texts": nil}, path: map[string]string{"key": "sweep.text"}},
	"preview-message-template":    {body: object{"channels": []any{"site"}, "vars": []any{}, "texts": nil}, path: map[string]string{"key": "sweep.text"}},
	"dispatch-voice":              {body: object{"organisation": "market"}},
	"explain-voice":               {body: object{"text": longer}},
	"answer-voice":                {body: object{"text": longer}},
	"begin-conversation":          {body: object{"item": nil, "organisation": nil}},
	"put-conversation-in-writing": {path: map[string]string{"id": aConversation}},
	"reply-in-conversation":       {path: map[string]string{"id": aConversation}},
	"hand-conversation-over":      {body: object{"organisation": "market"}, path: map[string]string{"id": aConversation}},
	"say-in-conversation":         {path: map[string]string{"id": aConversation}},
	"set-consultation-hours":      {body: object{"hours": []any{object{"from": "00:00", "to": "24:00"}}}},
	"get-conversation":            {path: map[string]string{"id": aConversation}},
	"want-person":                 {path: map[string]string{"id": aConversation}},
	"extend-rectification":        {body: object{"reason": longer}},
	"rectify":                     {body: object{"text": longer}, path: map[string]string{"deed": "explain"}},
	"begin-knowledge":             {body: object{"body": longer, "item": nil}},
	"save-knowledge-draft":        {body: object{"body": longer, "item": nil}, path: map[string]string{"id": `SELECT id FROM knowledge_draft ORDER BY id LIMIT 1`}},
	"begin-case":                  {body: object{"item": "residence-permit", "answers": nil}},
	"make-case":                   {body: object{"item": "residence-permit", "answers": nil, "hall": "demo", "idNumber": "330100199005200128", "phone": "13800000101"}},
	"act-on-task":                 {path: map[string]string{"verb": "open"}},
	"rate-knowledge":              {path: map[string]string{"id": `SELECT id FROM knowledge_entry ORDER BY id LIMIT 1`}},
	"withdraw-knowledge":          {path: map[string]string{"id": `SELECT id FROM knowledge_entry ORDER BY id LIMIT 1`}},
	"set-deputy":                  {body: object{"from": "2026-11-24", "until": "2026-12-24"}},
}
