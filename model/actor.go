package model

import "slices"

// Role is what a member may do, held at a node of the tree and valid in its subtree only.
type Role string

// The roles of product.md.
const (
	RoleResident       Role = "resident"         // 居民
	RolePartyMember    Role = "party_member"     // 党员
	RoleGridWorker     Role = "grid_worker"      // 网格员
	RoleOrganizer      Role = "organizer"        // 组织者
	RoleSecretary      Role = "branch_secretary" // 支部书记
	RoleCommunityAdmin Role = "community_admin"  // 社区管理员
	RoleStreetOfficer  Role = "street_officer"   // 街道干部
	RoleAuditor        Role = "auditor"          // 审计员
)

// Roles lists every role.
func Roles() []Role {
	return []Role{
		RoleResident, RolePartyMember, RoleGridWorker, RoleOrganizer,
		RoleSecretary, RoleCommunityAdmin, RoleStreetOfficer, RoleAuditor,
	}
}

// Office reports whether the role lets its holder act on others.
func (r Role) Office() bool { return r != RoleResident && r != RolePartyMember }

// Grant is a role held at a node.
type Grant struct {
	Role     Role     `json:"role"`
	NodeID   ID       `json:"unit_id"`
	NodeKind NodeKind `json:"unit_kind"`
}

// Covers reports whether the grant's subtree contains the place.
func (g Grant) Covers(p Place) bool { return g.NodeID != 0 && p.At(g.NodeKind) == g.NodeID }

// Actor is who calls a use case: a member, where they live and the roles they hold.
type Actor struct {
	MemberID ID
	Place    Place
	Grants   []Grant
}

// Bound reports whether the member is a person of a community's roster, with a role or without.
func (a Actor) Bound() bool { return a.Place.CommunityID != 0 }

// Operation is something that a role may permit.
type Operation string

// The operations that need a role. What belongs to the requester, the helper or the owner of a thing is
// a rule of that thing instead.
const (
	OpReadTree       Operation = "tree.read"
	OpReadRequests   Operation = "requests.read"
	OpPostRequest    Operation = "requests.post"
	OpPostFor        Operation = "requests.post_for" // for someone without a phone
	OpClaimRequest   Operation = "requests.claim"
	OpManageRequest  Operation = "requests.manage" // cancel, resolve a dispute
	OpMatchRequest   Operation = "requests.match"
	OpMediate        Operation = "requests.mediate"
	OpModerate       Operation = "moderation.decide"
	OpManageWords    Operation = "moderation.words"
	OpPostOffer      Operation = "offers.post"
	OpReadOffers     Operation = "offers.read"
	OpReadPoints     Operation = "points.read" // someone else's book
	OpAward          Operation = "points.award"
	OpReverse        Operation = "points.reverse"
	OpReadCampaigns  Operation = "campaigns.read"
	OpManageCampaign Operation = "campaigns.manage"
	OpJoinCampaign   Operation = "campaigns.join"
	OpReadBoards     Operation = "boards.read"
	OpRevise         Operation = "boards.revise" // settled standings
	OpReadMembers    Operation = "members.read"
	OpIssueBindCode  Operation = "members.bind_code"
	OpGrantRole      Operation = "roles.grant"
	OpManageRules    Operation = "rules.manage"
	OpReadFlags      Operation = "flags.read" // what looks odd in the books

	OpEditThemes      Operation = "themes.edit"
	OpSetCampaigns    Operation = "campaigns.settings"
	OpSelectHousehold Operation = "households.select" // by what only the community knows of them (分色)

	OpReadRegister    Operation = "register.read"    // households by name (一户一档)
	OpEditRegister    Operation = "register.edit"    // facts, notes and visits
	OpSetFlags        Operation = "register.flags"   // set, review, clear
	OpAssignHousehold Operation = "register.assign"  // teams, and who answers for whom
	OpReadMap         Operation = "register.map"     // counts, never households
	OpEditSchemes     Operation = "register.schemes" // what the colours mean
	OpExportRegister  Operation = "register.export"
	OpReadReads       Operation = "register.reads" // who read what

	OpDeclare          Operation = "declarations.make"
	OpDeclareFor       Operation = "declarations.declare_for"
	OpVerifyWork       Operation = "declarations.verify"
	OpPublish          Operation = "publications.make"
	OpReadPublications Operation = "publications.read"
	OpReadDisclosure   Operation = "disclosure.read" // others' declarations and appeals, publications for others
	OpAppeal           Operation = "appeals.make"
	OpHandleAppeal     Operation = "appeals.handle"
	OpReviewAppeal     Operation = "appeals.review"
	OpReadCalendar     Operation = "calendar.read"
	OpEditCalendar     Operation = "calendar.edit"

	OpReadShop   Operation = "shop.read"
	OpOrderItem  Operation = "shop.order"
	OpServeShop  Operation = "shop.serve"
	OpManageShop Operation = "shop.manage"
	OpReadOrders Operation = "shop.orders"        // others' orders, and moves of stock
	OpCertify    Operation = "certificates.issue" // for someone else
	OpUncertify  Operation = "certificates.revoke"

	OpJoinBell   Operation = "doorbell.join"   // have one at home, be paired with a home
	OpManageBell Operation = "doorbell.manage" // homes, devices, pairs, alarms and tasks
	OpReadBell   Operation = "doorbell.read"
	OpSetBell    Operation = "doorbell.settings"
	OpDrillBell  Operation = "doorbell.drill"

	OpReadReception   Operation = "reception.read"
	OpHostReception   Operation = "reception.host"
	OpManageReception Operation = "reception.manage"
	OpReportMatter    Operation = "matters.report"
	OpReportMatterFor Operation = "matters.report_for"
	OpReadMatters     Operation = "matters.read" // others'
	OpHandleMatter    Operation = "matters.handle"
	OpReviewMatter    Operation = "matters.review" // what others ask for: refusals, extensions, objections
	OpEditCatalogue   Operation = "matters.catalogue"

	OpManageOrganisations Operation = "organisations.manage"

	OpSetMessages     Operation = "messages.settings"
	OpResendMessage   Operation = "messages.resend" // and see which were given up
	OpReadProposals   Operation = "proposals.read"
	OpDeliberate      Operation = "proposals.deliberate" // propose, second, speak and object where one lives
	OpManageProposals Operation = "proposals.manage"
	OpSetVotingRules  Operation = "proposals.rules"
	OpManageGroups    Operation = "family_groups.manage"
	OpManagePlaces    Operation = "places.manage"
	OpManagePosts     Operation = "pioneer_posts.manage"
	OpReadDashboard   Operation = "dashboard.read"

	OpApproveRole    Operation = "roles.approve" // as the second person
	OpLockMember     Operation = "members.lock"
	OpReadAuthEvents Operation = "auth_events.read"
	OpAnswerRights   Operation = "rights.answer" // what people ask about their data, and how long it is kept

	OpPublishPolicy Operation = "privacy.publish" // for the whole installation
	OpNoteConsent   Operation = "privacy.note"    // a guardian's written word
)

// Permissions returns the one table of operation x role.
func Permissions() map[Operation][]Role {
	everyone := Roles()
	neighbours := []Role{RoleResident, RolePartyMember, RoleGridWorker, RoleOrganizer, RoleSecretary, RoleCommunityAdmin}
	return map[Operation][]Role{
		OpReadTree:       everyone,
		OpReadRequests:   everyone,
		OpPostRequest:    neighbours,
		OpPostFor:        {RoleGridWorker, RoleCommunityAdmin},
		OpClaimRequest:   neighbours,
		OpManageRequest:  {RoleGridWorker, RoleCommunityAdmin},
		OpMatchRequest:   {RoleGridWorker, RoleOrganizer, RoleCommunityAdmin},
		OpMediate:        {RoleGridWorker, RoleSecretary, RoleCommunityAdmin},
		OpModerate:       {RoleGridWorker, RoleCommunityAdmin},
		OpManageWords:    {RoleCommunityAdmin},
		OpPostOffer:      neighbours,
		OpReadOffers:     {RoleGridWorker, RoleOrganizer, RoleCommunityAdmin, RoleAuditor},
		OpReadPoints:     {RoleCommunityAdmin, RoleAuditor},
		OpAward:          {RoleOrganizer, RoleCommunityAdmin},
		OpReverse:        {RoleCommunityAdmin},
		OpReadCampaigns:  everyone,
		OpManageCampaign: {RoleOrganizer, RoleSecretary, RoleCommunityAdmin},
		OpJoinCampaign:   neighbours,
		OpReadBoards:     everyone,
		OpRevise:         {RoleCommunityAdmin},
		OpReadMembers:    {RoleGridWorker, RoleOrganizer, RoleSecretary, RoleCommunityAdmin, RoleAuditor},
		OpIssueBindCode:  {RoleGridWorker, RoleCommunityAdmin},
		OpGrantRole:      {RoleCommunityAdmin},
		OpManageRules:    {RoleCommunityAdmin},
		OpReadFlags:      {RoleCommunityAdmin, RoleAuditor},

		OpEditThemes:      {RoleOrganizer, RoleCommunityAdmin},
		OpSetCampaigns:    {RoleCommunityAdmin},
		OpSelectHousehold: {RoleCommunityAdmin},

		OpReadRegister:    FlagRoles(),
		OpEditRegister:    {RoleGridWorker, RoleCommunityAdmin},
		OpSetFlags:        {RoleGridWorker, RoleCommunityAdmin},
		OpAssignHousehold: {RoleGridWorker, RoleCommunityAdmin},
		OpReadMap:         {RoleGridWorker, RoleOrganizer, RoleSecretary, RoleCommunityAdmin, RoleStreetOfficer, RoleAuditor},
		OpEditSchemes:     {RoleCommunityAdmin},
		OpExportRegister:  {RoleCommunityAdmin},
		OpReadReads:       {RoleCommunityAdmin, RoleAuditor},

		OpDeclare:          neighbours,
		OpDeclareFor:       {RoleGridWorker, RoleOrganizer, RoleCommunityAdmin},
		OpVerifyWork:       {RoleGridWorker, RoleOrganizer, RoleSecretary, RoleCommunityAdmin},
		OpPublish:          {RoleOrganizer, RoleSecretary, RoleCommunityAdmin},
		OpReadPublications: everyone,
		OpReadDisclosure:   {RoleGridWorker, RoleOrganizer, RoleSecretary, RoleCommunityAdmin, RoleStreetOfficer, RoleAuditor},
		OpAppeal:           neighbours,
		OpHandleAppeal:     {RoleOrganizer, RoleSecretary, RoleCommunityAdmin},
		OpReviewAppeal:     {RoleCommunityAdmin, RoleStreetOfficer},
		OpReadCalendar:     everyone,
		OpEditCalendar:     {RoleCommunityAdmin},

		OpReadShop:   everyone,
		OpOrderItem:  neighbours,
		OpServeShop:  {RoleGridWorker, RoleOrganizer, RoleCommunityAdmin},
		OpManageShop: {RoleOrganizer, RoleCommunityAdmin},
		OpReadOrders: {RoleGridWorker, RoleOrganizer, RoleCommunityAdmin, RoleAuditor},
		OpCertify:    {RoleCommunityAdmin},
		OpUncertify:  {RoleCommunityAdmin},

		OpJoinBell:   neighbours,
		OpManageBell: {RoleGridWorker, RoleCommunityAdmin},
		OpReadBell:   {RoleGridWorker, RoleCommunityAdmin, RoleAuditor},
		OpSetBell:    {RoleCommunityAdmin},
		OpDrillBell:  {RoleCommunityAdmin},

		OpReadReception:   everyone,
		OpHostReception:   {RolePartyMember, RoleSecretary},
		OpManageReception: {RoleCommunityAdmin},
		OpReportMatter:    neighbours,
		OpReportMatterFor: {RoleGridWorker, RoleCommunityAdmin},
		OpReadMatters:     {RoleGridWorker, RoleCommunityAdmin, RoleStreetOfficer, RoleAuditor},
		OpHandleMatter:    {RoleGridWorker, RoleCommunityAdmin, RoleStreetOfficer},
		OpReviewMatter:    {RoleCommunityAdmin, RoleStreetOfficer},
		OpEditCatalogue:   {RoleCommunityAdmin},

		OpManageOrganisations: {RoleCommunityAdmin},

		OpSetMessages:     {RoleCommunityAdmin},
		OpResendMessage:   {RoleCommunityAdmin},
		OpReadProposals:   everyone,
		OpDeliberate:      neighbours,
		OpManageProposals: {RoleSecretary, RoleCommunityAdmin},
		OpSetVotingRules:  {RoleCommunityAdmin},
		OpManageGroups:    {RoleSecretary, RoleCommunityAdmin},
		OpManagePlaces:    {RoleCommunityAdmin},
		OpManagePosts:     {RoleSecretary, RoleCommunityAdmin},
		OpReadDashboard:   {RoleGridWorker, RoleSecretary, RoleCommunityAdmin, RoleStreetOfficer, RoleAuditor},

		OpApproveRole:    {RoleCommunityAdmin, RoleStreetOfficer},
		OpLockMember:     {RoleCommunityAdmin},
		OpReadAuthEvents: {RoleCommunityAdmin, RoleAuditor},
		OpAnswerRights:   {RoleCommunityAdmin},

		OpPublishPolicy: {RoleStreetOfficer},
		OpNoteConsent:   {RoleGridWorker, RoleCommunityAdmin},
	}
}

// permissions is read only.
var permissions = Permissions()

// May returns nil if one of the actor's roles permits op at the place. It fails with ErrUnbound for a
// member who is nobody yet, with ErrNotFound in another community, and with ErrForbidden otherwise.
func (a Actor) May(op Operation, at Place) error {
	if !a.Bound() {
		return ErrUnbound
	}
	if at.CommunityID != a.Place.CommunityID {
		return ErrNotFound
	}
	for _, g := range a.Grants {
		if g.Covers(at) && slices.Contains(permissions[op], g.Role) {
			return nil
		}
	}
	return ErrForbidden
}

// Reach returns the grants of the actor that permit op: the subtrees that a list may show. It fails as
// May does when there is none.
func (a Actor) Reach(op Operation) ([]Grant, error) {
	if !a.Bound() {
		return nil, ErrUnbound
	}
	var reach []Grant
	for _, g := range a.Grants {
		if slices.Contains(permissions[op], g.Role) {
			reach = append(reach, g)
		}
	}
	if len(reach) == 0 {
		return nil, ErrForbidden
	}
	return reach, nil
}

// Sight is what someone may read of things that are for a part of the tree: those for a part that one of the
// places is in, and those for a part within one of the subtrees.
type Sight struct {
	Places []Place
	Reach  []Grant
}

// Sees returns what the actor's roles let them see by an operation: what is for where they live or hold a role, and what
// lies within the subtree of a role. Nodes reads nodes by id. It fails as Reach does.
func (a Actor) Sees(op Operation, nodes func(ids []ID) ([]*Node, error)) (Sight, error) {
	reach, err := a.Reach(op)
	if err != nil {
		return Sight{}, err
	}
	ids := make([]ID, len(reach))
	for i, g := range reach {
		ids[i] = g.NodeID
	}
	held, err := nodes(ids)
	sight := Sight{Reach: reach}
	for _, n := range held {
		sight.Places = append(sight.Places, n.Place)
	}
	if a.May(op, a.Place) == nil {
		sight.Places = append(sight.Places, a.Place)
	}
	return sight, err
}

// Shows reports whether a thing for the part of the tree below a node is in sight.
func (s Sight) Shows(part *Node) bool {
	scope := Grant{NodeID: part.ID, NodeKind: part.Kind}
	return slices.ContainsFunc(s.Places, scope.Covers) ||
		slices.ContainsFunc(s.Reach, func(g Grant) bool { return g.Covers(part.Place) })
}
