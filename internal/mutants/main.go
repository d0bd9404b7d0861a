// Command mutants breaks what guards points, one line at a time in a copy of the tree, and wants the tests
// to notice: `make mutants`, or `make mutants ARGS=cursor` for those with a word in their name. A mutant that lives is a test that is missing.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// mutant is one change and the tests that must fail with it.
type mutant struct {
	name, file, before, after, tests string
}

func mutants() []mutant {
	return []mutant{
		{"a floor that forgets holds", "service/ledger/machine.go", "a.Available()-t.Amount >= a.FloorAmt", "a.Posted-t.Amount >= a.FloorAmt", "./service/ledger"},
		{"no floor", "service/ledger/machine.go", "a.Available()-t.Amount >= a.FloorAmt", "true", "./service/ledger"},
		{"a refused group leaves its accounts changed", "service/ledger/machine.go", "func() { *a = before }", "func() { _ = before }", "./service/ledger"},
		{"a refused group leaves its entries", "service/ledger/machine.go", "m.transfers[:transfers], m.entries[:entries]", "m.transfers[:max(transfers, len(m.transfers))], m.entries[:max(entries, len(m.entries))]", "./service/ledger"},
		{"a hold that ends twice", "service/ledger/machine.go", "m.setHold(hold.HoldID, nil)", "_ = hold", "./service/ledger"},
		{"a debt that nobody repays", "model/lot.go", "m.move(Never, repaid, 0)", "m.move(Never, 0*repaid, 0)", "./service/ledger"},
		{"lots that end last are taken first", "model/lot.go", "part := min(amount, max(0, m.Lots[day].Remaining))\n\t\theld", "part := min(amount, max(0, m.Lots[day].Remaining)) * int64(day/Never)\n\t\theld", "./service/ledger"},
		{"a cap that is not counted", "service/ledger/machine.go", "m.used[c.Key] += n", "_ = n", "./service/ledger"},
		{"a reversal that leaves the cap used", "service/ledger/machine.go", "n = -n", "n = 0 * n", "./service/ledger"},
		{"a batch over its allowance", "service/ledger/write.go", "left.Left < asked {", "left.Left < asked && false {", "./service/awards"},
		{"a new key that is an old one's: no look at the refused", "service/ledger/keys.go", "o.err != nil || slices.ContainsFunc", "o.err == model.ErrNotFound || slices.ContainsFunc", "./service/ledger ./service/market"},
		{"a new key that is an old one's: no look at what was cut", "service/ledger/keys.go", "o.err != nil || slices.ContainsFunc(groups[i], func(s *step) bool { return s.Amount == 0 })", "o.err != nil", "./service/ledger"},
		{"a change that is kept when its posting is refused", "service/ledger/write.go", "outcomes[i].changed, outcomes[i].err = err == nil, err", "outcomes[i].err = err", "./service/ledger"},
		{"a part of the boards that was lost", "repository/boards_building.go", "if redis.call('HGET', KEYS[1], 'new') ~= ARGV[1] then return 'MOVED' end", "", "./service/boards"},
		{"two who fill the boards at once", "repository/boards_building.go", "'NX', 'PX'", "'PX'", "./service/boards"},
		{"an offer for who is busy", "service/matching/matching.go", " || load.Clashes(r)", "", "./service/matching"},
		{"a line outside of the chain", "service/ledger/machine.go", "e.Link(a.HeadHash)", "e.Link(nil)", "./service/ledger"},
		{"a place given twice", "service/ledger/machine.go", "a.LastSeq++", "a.LastSeq = 1", "./service/ledger"},
		{"a key that comes twice in one batch", "service/ledger/write.go", "earlier[s.IdemKey] = posted{s.Transfer, entries}\n\t\tresults[i] = earlier[s.IdemKey].result", "results[i] = posted{s.Transfer, entries}.result", "./service/ledger"},
		{"another request under a used key", "service/ledger/write.go", "!bytes.Equal(p.Hash, before.transfer.IdemHash)", "!bytes.Equal(p.Hash, p.Hash)", "./service/ledger"},
		{"a reversal that is no reversal to the index", "service/ledger/posting.go", "t.Kind, t.ReversesID, t.Class", "t.Kind, _, t.Class", "./service/ledger"},
		{"a reversal that does not take the score back", "service/ledger/posting.go", "-o.Score, o.Ranked", "0, o.Ranked", "./service/ledger"},
		{"a reversal on today's board", "service/ledger/posting.go", "o.BizDay, o.EffectiveAt\n", "t.BizDay, t.EffectiveAt\n", "./service/boards"},
		{"a seal that does not cover the record", "model/stream.go", "	buf = append(buf, canonical...)\n", "", "./service/ledger"},
		{"a seal beside the chain", "service/ledger/sealer.go", "s.Link(head.Hash, canonical", "s.Link(nil, canonical", "./service/ledger"},
		{"an outbox that is not emptied", "repository/stream.go", "DELETE FROM point_outbox WHERE rec_type = ?", "DELETE FROM point_outbox WHERE 1 = 0 AND rec_type = ?", "./service/ledger"},
		{"no compare-and-set on the cursor", "repository/boards_redis.go", "or (m[2] or '') ~= ARGV[2] then return 'MOVED'", "then return 'MOVED'", "./service/boards"},
		{"a cursor of another history", "service/boards/sync.go", "cursorText(seq, seal.Hash) == at.Cursor", "seal != nil", "./service/boards"},
		{"a copy that is never rebuilt", "service/boards/sync.go", "if !known {", "if !known && false {", "./service/boards"},
		{"a copy that nobody compares", "service/boards/check_copies.go", "if had != key {", "if had != key && false {", "./service/boards"},
		{"a copy that may not be behind", "service/boards/check_copies.go", "!held || s.UpdSeq > c.upTo", "!held", "./service/boards"},
		{"deltas instead of absolute scores", "service/boards/projector.go", "after.Points += s.points", "after.Points = s.points", "./service/boards"},
		{"the last to reach ranks first", "model/board.go", "seqMask - (reachedSeq - baseSeq)", "(reachedSeq - baseSeq)", "./model"},
		{"a closed campaign that counts on", "service/boards/tally.go", "(frozen == 0 || seq < frozen)", "frozen >= 0", "./service/boards"},
		{"minors on the board", "service/boards/tally.go", "if x.Ranked == 1 {", "if x.Ranked >= 0 {", "./service/boards"},
		{"ranks that nobody shares", "service/boards/read.go", "if w.ties == nil {\n\t\t\tcontinue", "if true {\n\t\t\tcontinue", "./service/boards"},
		{"friends who opted out", "repository/members.go", "merged_into = 0 AND anonymous = ?\", ids, community, false)", "merged_into = 0\", ids, community)", "./service/boards"},
		{"pioneers of a quarter that goes on", "service/boards/pioneers.go", "p.key.Period.End(p.key.PeriodKey) <= b.now()", "p.key.Period.End(p.key.PeriodKey) != b.now()", "./service/boards"},
		{"pioneers frozen before all is counted", "service/boards/freeze.go", "if err != nil || late {", "if err != nil || late && false {", "./service/boards"},
		{"pioneers frozen at the end of the quarter", "model/pioneer_list.go", "b.CreatedAt).Add(PioneersOpen)", "b.CreatedAt)", "./model ./service/boards"},
		{"a frozen list whose digest nobody compares", "service/boards/freeze.go", "if !bytes.Equal(list.DigestOf(lines[list.NodeID]), list.Digest) {", "if list.Digest == nil {", "./service/boards"},
		{"a revision without an adjustment", "service/boards/standings.go", "err = model.ErrUnchanged", "err = nil", "./service/boards"},
		{"a revision that forgets reversals", "service/boards/standings.go", "\t\tt.addToCampaign(x.Seq, x.Transfer)", "\t\tif x.Score > 0 {\n\t\t\tt.addToCampaign(x.Seq, x.Transfer)\n\t\t}", "./service/boards"},
		{"a revision outside of the stream", "service/boards/check_revisions.go", " || !slices.ContainsFunc(marks, r.MarkedBy)", "", "./service/boards"},
		{"standings whose digest nobody compares", "service/boards/check.go", "model.DigestStandings(standings), sealed)", "model.DigestStandings(standings), model.DigestStandings(standings))", "./service/boards"},
		{"levels that nobody leaves", "service/boards/projector.go", "moved[before.Points]--", "_ = before.Points", "./service/boards"},
		{"levels that are behind", "repository/boards_levels.go", "m.leveled != m.Seq {", "m.leveled < -1 {", "./service/boards"},
		{"a window of two moments", "repository/boards_glance.go", "case seq != l.seq:", "case seq < 0:", "./repository ./service/boards"},
		{"a master that is never looked for", "repository/boards_redis.go", "cluster.ReloadState(ctx)", "_ = cluster", "./service/boards"},
		{"more claims than slots", "model/claim.go", "err == nil || r.free() == 0 {\n\t\treturn nil, ErrAlreadyClaimed", "err == nil {\n\t\treturn nil, ErrAlreadyClaimed", "./model ./service/market"},
		{"a claim on one's own household's request", "model/claim.go", "r.HouseholdID != 0 && by.Place.HouseholdID == r.HouseholdID", "false", "./model ./service/market"},
		{"a stand-in beside whom they replace", "model/claim.go", "if err := former.move(ClaimReplaced, now); err != nil {\n\t\treturn err\n\t}\n", "", "./model ./service/market"},
		{"a turn out of order", "model/stand_in.go", "append(r.in(ClaimTaking), r.in(ClaimWaiting)...)", "append(r.in(ClaimWaiting), r.in(ClaimTaking)...)", "./model"},
		{"silence that is no miss", "model/stand_in.go", "\tr.miss(former, MissLate, now)\n", "", "./model"},
		{"a frozen helper who claims", "service/market/claims.go", "case load.Frozen:", "case load.Frozen && false:", "./service/market"},
		{"a slot for who is busy", "service/market/claims.go", "case load.Clashes(r):", "case false:", "./service/market"},
		{"a slot from the list for who has no room", "service/market/claims.go", "case err != nil && model.Reason(err).Kind == model.Conflict:\n\t\t\tcontinue", "case false:\n\t\t\tcontinue", "./service/market"},
		{"a miss that never fades", "model/miss.go", "s.Score *= faded(last, now)", "_ = faded(last, now)", "./model"},
		{"an excuse that counts all the same", "model/miss.go", "if m.Excused(now) || m.At", "if m.At", "./model"},
		{"full credit for part of the work", "model/ending.go", "return amount * int64(c.Minutes) / reported", "return amount", "./model ./service/market"},
		{"points that stay after a ruling", "service/market/confirm.go", "keys = append(keys, creditKey(c.ID, false)", "keys = append(keys[:0], creditKey(0, false)", "./service/market"},
		{"a party that mediates", "service/market/disputes.go", "return apart(ctx, s, who, r)\n}\n\n// Resolve", "return nil\n}\n\n// Resolve", "./service/market"},
		{"a rating seen before one's own", "model/rating.go", "open := c.RatedAt != 0 && c.BackAt != 0 ||", "open := c.RatedAt != 0 ||", "./model"},
		{"a step that is not on record", "repository/steps.go", "return r.AddStep(ctx, step)", "return nil", "./service/market"},
		{"a check-in without its row", "service/campaign/attend.go", "return []repository.Insertion{repository.CheckinRow(k)}, nil", "return nil, nil", "./service/campaign"},
		{"who verified work also publishes it", "model/declaration.go", "d.Involves(by) || by == d.VerifiedBy", "d.Involves(by)", "./model"},
		{"an appeal after the window", "model/publication.go", "now < p.StartsAt || now >= p.EndsAt", "now < p.StartsAt", "./model"},
		{"a judge in a case of their own", "model/appeal.go", "a.Scored(member) || member == a.AppellantID", "a.Scored(member)", "./model"},
		{"work that is booked while an appeal waits", "service/disclosure/booking.go", " || pending[w.ID]", "", "./service/disclosure"},
		{"work that is booked whatever was published", "service/disclosure/booking.go", "!p.Intact(items)", "!p.Intact(items) && false", "./service/disclosure"},
		{"a publication that nobody looks at again", "service/disclosure/check.go", "if p.Intact(items) {", "if p.Intact(items) || true {", "./service/disclosure"},
		{"declared points that are published as verified", "service/disclosure/publications.go", "e.Class == model.Verified", "e.Class != model.Unclassed", "./service/disclosure"},
		{"a signature that is not checked", "service/ledger/proof/check.go", "!key.Signed(&p.Anchor)", "false", "./service/ledger/proof"},
		{"a proof of another line's balance", "service/ledger/proof/check.go", "if !slices.ContainsFunc(p.Seal.Lines", "if false && !slices.ContainsFunc(p.Seal.Lines", "./service/ledger/proof"},
		{"a path that need not end at the root", "service/ledger/proof/check.go", "p.Path), a.Root) {", "p.Path), a.Root) && false {", "./service/ledger/proof"},
		{"balances outside of the signature", "service/ledger/proof/merkle.go", "buf = append(buf, line...)", "_ = line", "./service/ledger/proof"},
		{"a head over a tail that was cut", "service/ledger/anchor.go", "l.wantContinued(ctx, last); err != nil", "l.wantContinued(ctx, last); false", "./service/ledger"},
		{"anchors that need not adjoin", "service/ledger/anchor_check.go", "if a.FromSeq != before.Seq+1 {", "if false {", "./service/ledger"},
		{"a tail that may be cut", "service/ledger/anchor_check.go", "case end < a.Seq:", "case false:", "./service/ledger"},
		{"a revoked certificate that stays valid", "service/ledger/certificate.go", "revoked[row.ID] != nil", "revoked[row.ID] != nil && false", "./service/ledger"},
		{"a reversal that a certificate forgets", "repository/statements.go", "SUM(e.posted_delta) AS minutes", "SUM(CASE WHEN t.reverses_id IS NULL THEN e.posted_delta ELSE 0 END) AS minutes", "./service/ledger"},
		{"rules for the past", "model/rule.go", "case from < today:", "case false:", "./model"},
		{"a draft that was given up and is in force", "repository/rules.go", "AND effective_day > 0 AND effective_day <= ?", "AND effective_day <= ?", "./service/ledger"},
		{"a community without rules", "service/ledger/rules.go", "return model.ErrRulesLast", "return nil", "./service/ledger"},
		{"old rules that are remembered", "service/ledger/rules.go", "l.rules.Forget(rulesOn{community, l.now().Day()})", "_ = community", "./service/ledger"},
		{"a dry run that forgets reversals", "service/ledger/trial.go", "	x.giveBack(e)", "	_ = x.giveBack", "./service/ledger"},
		{"a dry run that begins with its month", "service/ledger/trial.go", "		reach.first = dayOf(first.AddDate(0, 0, -(int(first.Weekday())+6)%7))\n", "", "./service/ledger"},
		{"a donation of points that are not there", "service/ledger/donate.go", "Debit: wallet, Credit: model.Pool(member.CommunityID, model.Points)", "Debit: model.Pool(member.CommunityID, model.Points), Credit: wallet", "./service/ledger"},
		{"people at two places", "model/stay.go", "s.PlaceID != o.PlaceID", "s.PlaceID == o.PlaceID", "./model ./service/audit"},
		{"pairs of whom one is elsewhere", "repository/flags.go", "p.granted(ctx, q, earner, helped)", "p.granted(ctx, q, earner)", "./service/audit"},
		{"names from beyond the reach", "service/audit/audit.go", "m != nil && who.May(model.OpReadFlags, m.Place) == nil", "m != nil", "./service/audit"},
		{"half of one's points from one person", "service/audit/pairs.go", "t.Amount*100 <= all*sourcePercent", "t.Amount*100 < all*sourcePercent", "./service/audit"},
		{"a refresh token that works twice", "service/account/sessions.go", "token.UsedAt != 0 || token.RevokedAt != 0 {", "false {", "./service/account"},
	}
}

func main() {
	lived, err := run(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
	if lived > 0 {
		fmt.Printf("%d mutants live\n", lived)
		os.Exit(1)
	}
}

// run tries every mutant in one copy of the tree, and returns how many the tests did not notice.
func run(ctx context.Context) (lived int, err error) {
	folder, err := os.MkdirTemp("", "lbl-mutants-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if text, err := exec.CommandContext(ctx, "git", "checkout-index", "--all", "--prefix="+folder+"/").CombinedOutput(); err != nil { //nolint:gosec // our own
		return 0, fmt.Errorf("copy the tree: %w: %s", err, text)
	}
	for _, m := range mutants() {
		if len(os.Args) > 1 && !strings.Contains(m.name, os.Args[1]) {
			continue
		}
		noticed, err := try(ctx, folder, m)
		if err != nil {
			return lived, err
		}
		verdict := "noticed"
		if !noticed {
			verdict = "LIVES"
			lived++
		}
		fmt.Printf("%-8s %s\n", verdict, m.name)
	}
	return lived, nil
}

// try applies a mutant, runs its tests, and takes the mutant back.
func try(ctx context.Context, folder string, m mutant) (noticed bool, err error) {
	path := filepath.Join(folder, m.file)
	whole, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	if strings.Count(string(whole), m.before) != 1 {
		return false, fmt.Errorf("%s: %q stands %d times in %s", m.name, m.before, strings.Count(string(whole), m.before), m.file)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(whole), m.before, m.after, 1)), 0o600); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.WriteFile(path, whole, 0o600)) }()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	test := exec.CommandContext(ctx, "go", append([]string{"test", "-count=1", "-failfast"}, strings.Fields(m.tests)...)...) //nolint:gosec // our own
	test.Dir = folder
	text, failed := test.CombinedOutput()
	if strings.Contains(string(text), "[build failed]") {
		fmt.Printf("%s does not compile: %s", m.name, text)
		return false, nil
	}
	return failed != nil, nil
}
