// Package stories plays the systems of docs/systems.md as their users would: over HTTP, against the built program, which
// serves the demo's community, on both engines. It has tests only, one file a system: TestStory_Name is the proof of the
// row of that name.
package stories
