// Package picture owns what may pass as a photo: it decodes what was uploaded, turns it upright, and encodes it anew, so
// that nothing is left but the picture: no place, no camera, no file within the file. It knows no database.
package picture
