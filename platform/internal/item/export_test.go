package item

// DownShape is the shape of what halls are told, for tests.
const DownShape = downShape

// Readers of what stands in words, for tests.
var (
	ReadWindows = readWindows
	ReadHours   = readHours
)
