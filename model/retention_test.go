package model

import "testing"

// TestAMatterKeepsItsDoorAsLongAsItMayBeReopened compares the rule with the time that reporters have.
func TestAMatterKeepsItsDoorAsLongAsItMayBeReopened(t *testing.T) {
	for _, rule := range RetentionRules() {
		if rule.Code == "matter_doors" && rule.Life <= MatterReopenClosed {
			t.Errorf("it is kept for %v, and may be reopened for %v", rule.Life, MatterReopenClosed)
		}
	}
}
