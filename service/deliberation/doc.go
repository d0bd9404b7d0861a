// Package deliberation owns proposals (民主协商): from a draft to the vote of a frozen electorate, the published decision,
// its tasks and the look back; the meetings of 四议两公开; surveys, which bind nobody. Ballots are secret: who voted and what
// was voted are kept apart (docs/decisions/0027-secret-ballot.md). It does not own who lives where, nor the moderators'
// words.
package deliberation
