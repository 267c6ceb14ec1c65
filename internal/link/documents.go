package link

import "time"

// Materials of the visit in front: pages that the agent keeps until they are
// made into one PDF document, and documents on their way to the hall. The
// pictures themselves go over HTTP: the agent serves the pages below
// /papers/TICKET/PAGE, the hall takes documents at /api/v1/documents.
const (
	// TypeUploadsChanged (down) tells what is on its way to the hall: Uploads.
	TypeUploadsChanged Type = "uploads.changed"
	// TypeUploadDrop (up, counter) gives up an upload that the hall refused: UploadRef.
	TypeUploadDrop Type = "upload.drop"
	// TypePapersChanged (down, counter) is everything about a visit's materials: Papers.
	TypePapersChanged Type = "papers.changed"
	// TypePapersOpen (up, counter) asks for papers.changed of a visit: TicketRef.
	TypePapersOpen Type = "papers.open"
	// TypePapersCapture (up, counter) takes a picture with the document camera: TicketRef.
	TypePapersCapture Type = "papers.capture"
	// TypePapersScan (up, counter) scans what lies in the scanner: PapersScan.
	TypePapersScan Type = "papers.scan"
	// TypePapersEdit (up, counter) changes one page: PapersEdit.
	TypePapersEdit Type = "papers.edit"
	// TypePapersOrder (up, counter) puts the pages in order: PapersOrder.
	TypePapersOrder Type = "papers.order"
	// TypePapersDelete (up, counter) throws a page away: PageRef.
	TypePapersDelete Type = "papers.delete"
	// TypePapersFinish (up, counter) makes one PDF of the pages and sends it: PapersFinish.
	TypePapersFinish Type = "papers.finish"
	// TypePapersPhone (up, counter) opens or ends the upload by phone: PapersPhone.
	TypePapersPhone Type = "papers.phone"
	// TypePapersRemove (up, counter) deletes a document that the hall has: DocumentRef.
	TypePapersRemove Type = "papers.remove"
)

// UploadState is how far a document is on its way to the hall.
type UploadState string

// The states.
const (
	UploadWaiting UploadState = "waiting" // for its turn, or for the hall
	UploadSending UploadState = "sending"
	UploadStored  UploadState = "stored"  // the hall has it; told once
	UploadRefused UploadState = "refused" // the hall will never take it
)

// Uploads are the documents that the hall hasn't got yet, oldest first, and
// those that it has just received.
type Uploads struct {
	Uploads []UploadView `json:"uploads"`
}

// UploadView is one document on its way.
type UploadView struct {
	ID     string `json:"id"`
	Ticket string `json:"ticket"`
	// Kind is material or signature.
	Kind  string      `json:"kind"`
	Name  string      `json:"name"`
	State UploadState `json:"state"`
	// Size and Sent are bytes.
	Size int64 `json:"size"`
	Sent int64 `json:"sent"`
	// Detail says why it waits or was refused, in Chinese.
	Detail string `json:"detail,omitempty"`
}

// UploadRef names an upload.
type UploadRef struct {
	ID string `json:"id"`
}

// Papers are a visit's materials: pages that are being made ready, and
// documents that the hall has.
type Papers struct {
	Ticket string      `json:"ticket"`
	Pages  []PaperPage `json:"pages"`
	// Documents are those the hall has; absent while it can't be asked.
	Documents []DocumentView `json:"documents,omitempty"`
	// Camera and Scanner tell whether the counter has one.
	Camera  bool `json:"camera,omitempty"`
	Scanner bool `json:"scanner,omitempty"`
	// Working says what is being done, in Chinese; empty if nothing.
	Working string `json:"working,omitempty"`
	// Problem is what went wrong last, in Chinese.
	Problem string `json:"problem,omitempty"`
	// Phone is set while the citizen may send pictures.
	Phone *PaperPhone `json:"phone,omitempty"`
	// Left are the pages of other visits that were never finished.
	Left []PapersLeft `json:"left,omitempty"`
}

// PapersLeft is a visit whose pages wait to be made into a document.
type PapersLeft struct {
	Ticket string `json:"ticket"`
	Number string `json:"number,omitempty"`
	Pages  int    `json:"pages"`
}

// PaperPage is one page that the agent keeps.
type PaperPage struct {
	ID string `json:"id"`
	// From is camera, scanner or phone.
	From string `json:"from"`
	// Rev counts the changes; it belongs into the address of its pictures.
	Rev int `json:"rev"`
	// State is working, ready or failed.
	State string `json:"state"`
	// Width and Height are the finished page's, in pixels.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
	// Bytes is the finished page's size.
	Bytes int `json:"bytes,omitempty"`
	// Corners are the sheet's on the original, clockwise from the left upper one
	// as it is read, in shares of its width and height.
	Corners []PaperPoint `json:"corners,omitempty"`
	// Found tells whether the corners were found by themselves.
	Found bool `json:"found,omitempty"`
	// ByHand tells whether the clerk has set them.
	ByHand bool `json:"byHand,omitempty"`
	// Turn is clockwise: 0, 90, 180 or 270 degrees.
	Turn int       `json:"turn,omitempty"`
	Look PaperLook `json:"look"`
	// Paper is A4 or A3 where the clerk has said so; empty is what fits.
	Paper string `json:"paper,omitempty"`
	// Brightness and Contrast are -100 to 100.
	Brightness int `json:"brightness,omitempty"`
	Contrast   int `json:"contrast,omitempty"`
	// Crop is the part of the page that is kept; absent is all of it.
	Crop *PaperCrop `json:"crop,omitempty"`
	// Detail says what failed, in Chinese.
	Detail string `json:"detail,omitempty"`
}

// PaperPoint is a place on a picture, each coordinate 0 to 1.
type PaperPoint struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// PaperCrop is a part of a turned page, in shares of its width and height.
type PaperCrop struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// PaperLook is the colour of a page.
type PaperLook string

// The looks.
const (
	LookColour PaperLook = "colour"
	LookGrey   PaperLook = "grey"
	LookBlack  PaperLook = "black" // black on white
)

// PaperPhone is an open upload by phone.
type PaperPhone struct {
	// URL is what the citizen's phone opens, for a QR code.
	URL   string    `json:"url"`
	Until time.Time `json:"until"`
	// Pictures is how many came so far.
	Pictures int `json:"pictures"`
}

// PapersScan orders a scan.
type PapersScan struct {
	Ticket string `json:"ticket"`
	// Source is flatbed or feeder.
	Source string `json:"source"`
	// Paper is A4 or A3; empty means A4.
	Paper    string `json:"paper,omitempty"`
	TwoSided bool   `json:"twoSided,omitempty"`
}

// PapersEdit changes a page. What is absent stays as it is.
type PapersEdit struct {
	Ticket string `json:"ticket"`
	Page   string `json:"page"`
	// Corners are the four new ones, in any order.
	Corners []PaperPoint `json:"corners,omitempty"`
	// Auto has the corners found again, Whole takes the whole picture.
	Auto  bool      `json:"auto,omitempty"`
	Whole bool      `json:"whole,omitempty"`
	Turn  *int      `json:"turn,omitempty"`
	Look  PaperLook `json:"look,omitempty"`
	// Paper is A4, A3 or auto.
	Paper string `json:"paper,omitempty"`
	// Brightness and Contrast are -100 to 100; 0 is as the picture is.
	Brightness *int `json:"brightness,omitempty"`
	Contrast   *int `json:"contrast,omitempty"`
	// Crop keeps a part of the page; that of the whole page takes all again.
	Crop *PaperCrop `json:"crop,omitempty"`
}

// PapersOrder names all pages in their new order.
type PapersOrder struct {
	Ticket string   `json:"ticket"`
	Pages  []string `json:"pages"`
}

// PageRef names a page.
type PageRef struct {
	Ticket string `json:"ticket"`
	Page   string `json:"page"`
}

// PapersFinish makes the document. Name is what clerks read: 身份证复印件.
type PapersFinish struct {
	Ticket string `json:"ticket"`
	Name   string `json:"name"`
}

// PapersPhone opens the upload by phone, or ends it.
type PapersPhone struct {
	Ticket string `json:"ticket"`
	Open   bool   `json:"open"`
}

// DocumentRef names a document that the hall has.
type DocumentRef struct {
	Ticket   string `json:"ticket"`
	Document string `json:"document"`
}

// DocumentView is a document of a visit as the hall knows it.
type DocumentView struct {
	ID     string `json:"id"`
	Ticket string `json:"ticket"`
	// Kind is material, signature or phone (a picture that came by phone).
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Type is application/pdf, image/jpeg or image/png.
	Type string `json:"type"`
	// Size is the whole document's, Received what the hall has of it, in bytes.
	Size     int64 `json:"size"`
	Received int64 `json:"received"`
	// Stored is true once it is complete and was checked.
	Stored  bool      `json:"stored"`
	SHA256  string    `json:"sha256"`
	Created time.Time `json:"created"`
	// Window is the one that sent it; empty for a phone.
	Window string `json:"window,omitempty"`
}
