package model

import (
	"context"
	"crypto/sha256"
	"encoding/json"
)

// AuthKind says what happened to an account.
type AuthKind string

// The kinds of event.
const (
	AuthLogin        AuthKind = "login"
	AuthRefreshed    AuthKind = "refreshed"
	AuthReused       AuthKind = "refresh_reused"
	AuthLogout       AuthKind = "logout"
	AuthEverywhere   AuthKind = "logout_everywhere"
	AuthSessionEnded AuthKind = "session_ended" // of another device, by its owner
	AuthCodeIssued   AuthKind = "code_issued"
	AuthBound        AuthKind = "bound"
	AuthWrongCode    AuthKind = "wrong_code"
	AuthLocked       AuthKind = "locked"
	AuthUnlocked     AuthKind = "unlocked"

	AuthRoleProposed  AuthKind = "role_proposed"
	AuthRoleDeclined  AuthKind = "role_declined" // by another, or taken back
	AuthRoleGranted   AuthKind = "role_granted"
	AuthRoleRevoked   AuthKind = "role_revoked"
	AuthRemoveOffered AuthKind = "role_removal_proposed"

	AuthConsentNoted AuthKind = "consent_noted" // a guardian's written word, by an officer
	AuthConsentEnded AuthKind = "consent_ended"
)

// AuthKinds lists every kind.
func AuthKinds() []AuthKind {
	return []AuthKind{
		AuthLogin, AuthRefreshed, AuthReused, AuthLogout, AuthEverywhere, AuthSessionEnded, AuthCodeIssued, AuthBound, AuthWrongCode,
		AuthLocked, AuthUnlocked, AuthRoleProposed, AuthRoleDeclined, AuthRoleGranted, AuthRoleRevoked, AuthRemoveOffered,
		AuthConsentNoted, AuthConsentEnded,
	}
}

// AuthChains is how many chains of events there are, so that logins do not wait for each other.
const AuthChains = 16

// AuthEvent (登录与权限记录) is something that happened to a member's account. Nothing in it names anybody: ids, a few
// fixed words, and a keyed hash of where the client was. Each follows from the one before in its chain.
type AuthEvent struct {
	Chain       int16 `gorm:"primaryKey;autoIncrement:false"`
	Seq         int64 `gorm:"primaryKey;autoIncrement:false"`
	ID          ID
	Kind        AuthKind
	CommunityID ID // zero for who is nobody yet
	MemberID    ID // to whom it happened
	ActorID     ID // who did it, zero for the operator and for the rules
	SessionID   ID
	Detail      string // a role and its node, or when a lock ends
	Origin      Hex    // of the client's address
	At          Instant
	Hash        Hex
}

// TableName implements gorm's Tabler.
func (AuthEvent) TableName() string { return "auth_event" }

// AuthHead is the last event of a chain.
type AuthHead struct {
	Chain int16 `gorm:"primaryKey;autoIncrement:false"`
	Seq   int64
	Hash  Hex
}

// TableName implements gorm's Tabler.
func (AuthHead) TableName() string { return "auth_chain" }

// ChainOf returns the chain that a member's events are in.
func ChainOf(member ID) int16 {
	n := uint64(member) // #nosec G115 -- ids are positive
	return int16((n ^ n>>12 ^ n>>22) % AuthChains)
}

// Digest returns the hash of an event that follows from one before: SHA-256 over that one's hash and the event as JSON,
// its fields in one order.
func (e *AuthEvent) Digest(before Hex) Hex {
	text, _ := json.Marshal(struct { // numbers and strings cannot fail
		Chain     int16    `json:"chain"`
		Seq       int64    `json:"seq"`
		ID        ID       `json:"id"`
		Kind      AuthKind `json:"kind"`
		Community ID       `json:"community"`
		Member    ID       `json:"member"`
		Actor     ID       `json:"actor"`
		Session   ID       `json:"session"`
		Detail    string   `json:"detail"`
		Origin    Hex      `json:"origin"`
		At        int64    `json:"at"`
	}{e.Chain, e.Seq, e.ID, e.Kind, e.CommunityID, e.MemberID, e.ActorID, e.SessionID, e.Detail, e.Origin, int64(e.At)})
	sum := sha256.Sum256(append([]byte("LBLAUTH1"+string(before)), text...))
	return sum[:]
}

// Follow gives an event its place after the head of its chain, and returns the new head.
func (e *AuthEvent) Follow(head *AuthHead) *AuthHead {
	e.Chain, e.Seq = head.Chain, head.Seq+1
	e.Hash = e.Digest(head.Hash)
	return &AuthHead{e.Chain, e.Seq, e.Hash}
}

type originKey struct{}

// WithOrigin returns a context that knows a keyed hash of where the client is.
func WithOrigin(ctx context.Context, origin Hex) context.Context {
	return context.WithValue(ctx, originKey{}, origin)
}

// OriginOf returns the keyed hash of where the client is, empty when there is no client.
func OriginOf(ctx context.Context) Hex {
	origin, _ := ctx.Value(originKey{}).(Hex)
	if origin == nil {
		return Hex{}
	}
	return origin
}
