// Package proof owns what can be checked without the database: the Merkle tree of the sealed stream
// (RFC 6962), the signatures of anchors (Ed25519), and the file that proves one line of a booklet.
//
// A leaf of the tree is the hash of a seal followed by the hashes of the account lines that its record
// made. So a signature covers what was moved, through the seal, and also each balance after it, through
// the lines.
package proof
