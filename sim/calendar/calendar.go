package calendar

// A Calendar maps operational time to clock time and back.
type Calendar struct{}
