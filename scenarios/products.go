package scenarios

import (
	"strings"

	"seatcast/sim/clock"
)

// Products are the licence products of the built-in catalogue, for those who read
// what other programs call them.
type Products struct{ catalogue *catalogue }

// NewProducts returns the products of the built-in catalogue.
func NewProducts() (Products, error) {
	c, err := newCatalogue()
	return Products{c}, err
}

// Names returns the short names of all products, in the order of the catalogue.
func (p Products) Names() []string { return p.catalogue.names() }

// Find returns the short name of the product that a word means, in whatever case:
// its short name, its title, or the GUID or part number of one of its SKUs. The
// name of a service plan will do where only one product has it, with a note to
// warn of.
func (p Products) Find(word string) (name, note string, ok bool) {
	for _, row := range p.catalogue.products {
		if strings.EqualFold(row.Title, strings.TrimSpace(word)) {
			return row.Name, "", true
		}
	}
	row, note, ok := p.catalogue.lookup(word)
	if !ok {
		return "", "", false
	}
	return row.Name, note, true
}

// ExpiredDays returns how many days a subscription bought directly stays expired
// before it is disabled.
func (p Products) ExpiredDays() int {
	ch, _ := p.catalogue.channel("direct")
	return int(ch.Expired / clock.Day)
}

// NameError says what is wrong with a name of a tenant, or of anything else that a
// scenario names; nil where nothing is.
func NameError(name string) error { return nameError(name) }
