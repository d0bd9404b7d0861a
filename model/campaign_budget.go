package model

import "fmt"

// maxBudget bounds the budget of a campaign, in points.
const maxBudget = 10_000_000

// validBudget checks a budget in points. It fails with ErrInvalid.
func validBudget(points int64) error {
	if points < 0 || points > maxBudget {
		return ErrInvalid.Saying("预算应为 0 到 10000000", "The budget is from 0 to 10,000,000 points.")
	}
	return nil
}

// BudgetChange (预算调整) is one change of the budget of a published campaign, in points. It is read from the ledger, where
// the points moved.
type BudgetChange struct {
	At     Instant    `json:"at"`
	From   int64      `json:"from"`
	To     int64      `json:"to"`
	Reason string     `json:"reason"`
	By     *MemberRef `json:"by,omitempty" doc:"由谁调整，只给管理活动的人看"`
	ByID   ID         `json:"-"`
}

// MayRaise fails with ErrOwnCampaign for who made the campaign, where a community wants a second person's review, or the
// campaign had one: a raise is part of the plan.
func (c *Campaign) MayRaise(by ID, review bool) error {
	if (review || c.ApprovedBy != 0) && c.madeBy(by) {
		return ErrOwnCampaign.Saying("这个活动须第二人审核：追加预算请由没有创建、最后修改或提交它的管理者操作",
			"A second person reviews this campaign: who created, last edited or submitted it does not raise its budget.")
	}
	return nil
}

// SetBudget changes the budget of a published campaign of which so many points are left, and returns how many more it
// has; fewer are negative. What was given out and is held stays covered. It fails with ErrCampaignState, with
// ErrBudgetSpent and with ErrInvalid, also when nothing changes.
func (c *Campaign) SetBudget(points, left int64, now Instant) (more int64, err error) {
	if c.Status != CampaignPublished {
		return 0, ErrCampaignState
	}
	if err := validBudget(points); err != nil {
		return 0, err
	}
	more = points - c.Budget
	switch spent := c.Budget - left; {
	case more == 0:
		return 0, ErrInvalid.Saying("预算没有变化", "That is the budget already.")
	case points < spent:
		return 0, ErrBudgetSpent.Saying(fmt.Sprintf("活动已经发出 %d 积分，预算不能更低", spent), fmt.Sprintf("%d points are spent; the budget cannot be lower.", spent))
	}
	c.Budget, c.UpdatedAt, c.Version = points, now, c.Version+1
	return more, nil
}
