// Package photos keeps the photos of campaigns and of matters: it takes uploads in, has them checked, links to them, and
// deletes what is nobody's. Who may add and see which is for whoever has them.
package photos
