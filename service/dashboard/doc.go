// Package dashboard counts what stands in the rows of a grid, an area, a community or a street's community. It owns no
// rows, and tells nothing of what is sensitive: no flags, no needs, nobody by name.
package dashboard
