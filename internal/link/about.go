package link

// AboutView is what a hall says of itself on touch pages. Every part may be
// absent.
type AboutView struct {
	// Introduction are paragraphs.
	Introduction []string `json:"introduction,omitempty"`
	Address      string   `json:"address,omitempty"`
	// Hours are when it is open, one line each.
	Hours []string `json:"hours,omitempty"`
	// Departments work in the hall.
	Departments []DepartmentView `json:"departments,omitempty"`
	// Process is what happens to a case, step by step.
	Process []ArticleView `json:"process,omitempty"`
	// Laws are those that people ask for.
	Laws []ArticleView `json:"laws,omitempty"`
	// Notices are announcements with a text, the newest first.
	Notices []ArticleView `json:"notices,omitempty"`
	// Telephones are to ask and to complain.
	Telephones []TelephoneView `json:"telephones,omitempty"`
	// Traffic is how to get there, one line each.
	Traffic []string `json:"traffic,omitempty"`
}

// DepartmentView is an office that serves people in the hall.
type DepartmentView struct {
	Name string `json:"name"`
	// Duties is what it does here.
	Duties string `json:"duties,omitempty"`
	// Windows are the numbers above its windows.
	Windows   []string `json:"windows,omitempty"`
	Telephone string   `json:"telephone,omitempty"`
}

// ArticleView is something to read.
type ArticleView struct {
	Title string `json:"title"`
	// Date is when it was made, YYYY-MM-DD.
	Date string `json:"date,omitempty"`
	// Text are its paragraphs.
	Text []string `json:"text,omitempty"`
}

// TelephoneView is a number to call.
type TelephoneView struct {
	Name   string `json:"name"`
	Number string `json:"number"`
	// Hours are when somebody answers.
	Hours string `json:"hours,omitempty"`
}
