// Package roster reads the roster (花名册) that a community keeps in Excel, as it is: headers of many
// names, title rows above them, columns in any order, merged cells, full-width digits, dates as text or
// serials, phones in scientific notation, everything on one sheet or on four. It is pure: it knows no
// database. What it cannot take it tells cell by cell; what it repaired it tells as well.
package roster
