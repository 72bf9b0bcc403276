package claim

// Sources is a set of the ways in which a person holds a product. A seat is
// used once however many there are, and frees when the last one goes (rule S1).
type Sources uint8

// The sources.
const (
	FromAutoClaim Sources = 1 << iota // assigned directly by an auto-claim policy
	FromDirect                        // assigned directly by an administrator, or held on day one
	FromGroup                         // by group-based licensing, through one group or several
)
