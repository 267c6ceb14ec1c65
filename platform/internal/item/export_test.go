package item

// DownShape is the shape of what halls are told, for tests.
const DownShape = downShape
