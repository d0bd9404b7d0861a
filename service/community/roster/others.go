package roster

// What other sheets of a community are read by.

// Plain folds full-width characters and drops all white space.
func Plain(cell string) string { return plain(cell) }

// Header is Plain without what people decorate headers with.
func Header(cell string) string { return plainHeader(cell) }

// Mobile returns the mobile number that a cell means, with the country code.
func Mobile(cell string) (number string, ok bool) {
	number, _, ok = phone(cell)
	return number, ok
}
