package model

import "cmp"

// OwnerType says whose an account is.
type OwnerType int16

// The owners. Member and campaign accounts are tracked: they have a limit and a running balance. System
// accounts are not: no row of theirs is ever locked, and their balance is a sum.
const (
	OwnerSystem   OwnerType = 1
	OwnerMember   OwnerType = 2
	OwnerCampaign OwnerType = 3
)

// AccountKind tells the accounts of one owner apart.
type AccountKind int16

// The kinds of account.
const (
	AccountWallet   AccountKind = 1 // of a member
	AccountBudget   AccountKind = 2 // of a campaign
	AccountPool     AccountKind = 3 // where awards come from
	AccountRedeemed AccountKind = 4
	AccountExpired  AccountKind = 5
	AccountAdjust   AccountKind = 6
)

// AccountKey is the identity of an account.
type AccountKey struct {
	CommunityID ID
	Measure     Measure
	OwnerType   OwnerType
	OwnerID     ID
	Kind        AccountKind
}

// Tracked reports whether the account has a limit and a running balance.
func (k AccountKey) Tracked() bool { return k.OwnerType != OwnerSystem }

// Compare orders keys as the database's index on them does.
func (k AccountKey) Compare(o AccountKey) int {
	return cmp.Or(
		cmp.Compare(k.CommunityID, o.CommunityID), cmp.Compare(k.Measure, o.Measure), cmp.Compare(k.OwnerType, o.OwnerType),
		cmp.Compare(k.OwnerID, o.OwnerID), cmp.Compare(k.Kind, o.Kind),
	)
}

// Wallet names a member's account.
func Wallet(community, member ID, m Measure) AccountKey {
	return AccountKey{community, m, OwnerMember, member, AccountWallet}
}

// Budget names a campaign's account.
func Budget(community, campaign ID, m Measure) AccountKey {
	return AccountKey{community, m, OwnerCampaign, campaign, AccountBudget}
}

// Pool names the community's account that awards come from.
func Pool(community ID, m Measure) AccountKey {
	return AccountKey{community, m, OwnerSystem, 0, AccountPool}
}

// System names another account of the community for points.
func System(community ID, kind AccountKind) AccountKey {
	return AccountKey{community, Points, OwnerSystem, 0, kind}
}

// Account is one side of transfers. Posted and Held are in units of its measure; available is their difference.
type Account struct {
	ID          ID
	CommunityID ID
	Measure     Measure
	OwnerType   OwnerType
	OwnerID     ID
	Kind        AccountKind
	Shard       int16
	Tracked     int16
	Posted      int64
	Held        int64
	FloorAmt    int64
	LastSeq     int64
	HeadHash    []byte
	Status      int16
	CreatedAt   Instant
	UpdatedAt   Instant
}

// TableName implements gorm's Tabler.
func (Account) TableName() string { return "point_account" }

// Key returns the account's identity.
func (a *Account) Key() AccountKey {
	return AccountKey{a.CommunityID, a.Measure, a.OwnerType, a.OwnerID, a.Kind}
}

// Available returns what can be spent.
func (a *Account) Available() int64 { return a.Posted - a.Held }

// Expires reports whether what is in the account is in lots, which end by time: points of a member.
func (a *Account) Expires() bool { return a.OwnerType == OwnerMember && a.Measure == Points }

// Legal reports whether the account is one that the ledger makes.
func (a *Account) Legal() bool {
	tracked := a.Tracked == 1 && a.Key().Tracked() || a.Tracked == 0 && !a.Key().Tracked()
	switch a.OwnerType {
	case OwnerMember:
		return tracked && a.Kind == AccountWallet && a.common()
	case OwnerCampaign:
		return tracked && a.Kind == AccountBudget && a.common()
	default:
		return tracked && a.OwnerType == OwnerSystem && a.OwnerID == 0 && a.Kind >= AccountPool && a.Kind <= AccountAdjust && a.common()
	}
}

func (a *Account) common() bool {
	return a.Shard == 0 && a.FloorAmt == 0 && a.Status == 1 && (a.Measure == Points || a.Measure == Minutes)
}
