package ledger_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

func TestCertificates(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		s := givenStill(t, store)
		for name, test := range map[string]func(*testing.T, *still){
			"add up": certificatesAddUp, "issued to who may": issuedToWhoMay, "kept for its key": keptForItsKey, "revoked once": revokedOnce,
		} {
			t.Run(name, func(t *testing.T) { test(t, s) })
		}
	})
}

// certificatesAddUp books and reverses at random, and wants every period's certificate to say what a plain
// sum over what was booked says.
func certificatesAddUp(t *testing.T, s *still) {
	seed := testworld.Seed(t)
	random := rand.New(rand.NewPCG(seed, 0))
	type served struct {
		day     model.Day
		class   model.Class
		ref     model.RefType
		minutes int64
	}
	var kept []served
	for range 40 {
		x := served{
			testday(random.IntN(8)), model.Class(1 + random.IntN(2)), []model.RefType{model.RefRequest, model.RefCampaign, model.RefAward}[random.IntN(3)], 1 + random.Int64N(300),
		}
		id := s.post(t, 0, model.Minutes, x.class, x.ref, x.minutes, x.day.Start().Add(time.Duration(random.IntN(24))*time.Hour))
		s.post(t, 0, model.Points, x.class, x.ref, x.minutes, 0) // points are no service
		if random.IntN(3) > 0 {
			kept = append(kept, x)
		} else {
			s.reverse(t, id) // today, and yet off the day of the service
		}
	}
	who := s.As(s.Members[0])
	for from := range 8 {
		for to := from; to < 8; to++ {
			want := map[string]int64{}
			var verified, declared, times int64
			for _, x := range kept {
				if x.day < testday(from) || x.day > testday(to) {
					continue
				}
				if want[x.ref.String()+x.class.String()] += x.minutes; x.class == model.Verified {
					verified += x.minutes
				} else {
					declared += x.minutes
				}
				times++
			}
			c, err := s.Certify(t.Context(), who, ledger.CertificateQuery{From: testday(from), To: testday(to)})
			if verified+declared == 0 {
				if !errors.Is(err, model.ErrNoService) {
					t.Errorf("nothing was certified: %v", err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.VerifiedMinutes != verified || c.DeclaredMinutes != declared || len(c.Services) != len(want) {
				t.Errorf("days %d to %d: %d verified and %d declared in %d parts, want %d, %d, %d", from, to, c.VerifiedMinutes, c.DeclaredMinutes, len(c.Services), verified, declared, len(want))
			}
			for _, x := range c.Services {
				if times -= x.Times; want[x.Source+x.Class] != x.Minutes {
					t.Errorf("%s, %s: %d minutes, want %d", x.Source, x.Class, x.Minutes, want[x.Source+x.Class])
				}
			}
			if times != 0 {
				t.Errorf("days %d to %d: %d times too few", from, to, times)
			}
		}
	}
}

// testday is the n-th of eight days that end with the day of the tests.
func testday(n int) model.Day { return model.Day(20261116 + n) }

func issuedToWhoMay(t *testing.T, s *still) {
	s.post(t, 2, model.Minutes, model.Verified, model.RefRequest, 90, 0)
	if err := s.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	member := s.Members[2]
	stranger := model.Actor{MemberID: s.Members[8].ID}
	whole := ledger.CertificateQuery{From: 20261101, To: 20261123}
	hers := whole
	hers.Member = member.ID
	for name, c := range map[string]struct {
		who  model.Actor
		q    ledger.CertificateQuery
		want error
	}{
		"one's own":              {s.As(member), whole, nil},
		"for her, by the admin":  {s.Holder(model.RoleCommunityAdmin), hers, nil},
		"by an auditor":          {s.Holder(model.RoleAuditor), hers, model.ErrForbidden},
		"by a neighbour":         {s.Resident(5), hers, model.ErrForbidden},
		"by another community's": {s.Others.Holder(model.RoleCommunityAdmin), hers, model.ErrNotFound},
		"by nobody yet":          {stranger, whole, model.ErrUnbound},
		"without service":        {s.Resident(5), whole, model.ErrNoService},
		"before the service":     {s.As(member), ledger.CertificateQuery{From: 20261101, To: 20261122}, model.ErrNoService},
		"into the future":        {s.As(member), ledger.CertificateQuery{From: 20261101, To: 20261124}, model.ErrFutureDays},
		"backwards":              {s.As(member), ledger.CertificateQuery{From: 20261123, To: 20261122}, model.ErrDays},
	} {
		got, err := s.Certify(t.Context(), c.who, c.q)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if err == nil && (got.Member.DisplayName != member.Name || got.VerifiedMinutes != 90 || got.HeadSeq < 1 || len(got.HeadHash) != 32 || got.Community != "祥和社区") {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if list, err := s.Certificates(t.Context(), s.As(member), 0, model.Page{Limit: 1}); err != nil || len(list.Items) != 1 || list.NextCursor == "" {
		t.Errorf("got %+v, %v", list, err)
	} else if rest, err := s.Certificates(t.Context(), s.As(member), 0, model.Page{Cursor: list.NextCursor}); err != nil || len(rest.Items) != 1 || rest.Items[0].Number == list.Items[0].Number {
		t.Errorf("got %+v, %v", rest, err)
	}
	if list, err := s.Certificates(t.Context(), s.Resident(5), 0, model.Page{}); err != nil || list.Items == nil || len(list.Items) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
}

func keptForItsKey(t *testing.T, s *still) {
	s.post(t, 4, model.Minutes, model.Verified, model.RefRequest, 90, 0)
	who := s.As(s.Members[4])
	numbers := map[string]bool{}
	for range 3 {
		c, err := s.Certify(keyed(t, who, "k", nil), who, ledger.CertificateQuery{From: 20261123, To: 20261123})
		if err != nil {
			t.Fatal(err)
		}
		numbers[c.Number] = true
		s.post(t, 4, model.Minutes, model.Verified, model.RefRequest, 90, 0)
		if c.VerifiedMinutes != 90 {
			t.Errorf("it now says %d minutes", c.VerifiedMinutes)
		}
	}
	if len(numbers) != 1 {
		t.Errorf("%d certificates", len(numbers))
	}
}

func revokedOnce(t *testing.T, s *still) {
	s.post(t, 6, model.Minutes, model.Verified, model.RefRequest, 90, 0)
	member, admin := s.As(s.Members[6]), s.Holder(model.RoleCommunityAdmin)
	c, err := s.Certify(t.Context(), member, ledger.CertificateQuery{From: 20261123, To: 20261123})
	if err != nil {
		t.Fatal(err)
	}
	wantValid := func(number string, want ledger.Validity) {
		t.Helper()
		if got, err := s.Validity(t.Context(), number); err != nil || *got != want {
			t.Errorf("%s: got %+v, %v", number, got, err)
		}
	}
	valid := ledger.Validity{Valid: true, Name: model.MaskName(s.Members[6].Name)}
	wantValid(c.Number, valid)
	for _, none := range []string{model.NewCertificateNumber(2026), "", "x", c.Number + "2", "../../etc/passwd"} {
		wantValid(none, ledger.Validity{})
	}
	for who, want := range map[*model.Actor]error{&member: model.ErrForbidden, ptr(s.Holder(model.RoleAuditor)): model.ErrForbidden, ptr(s.Others.Holder(model.RoleCommunityAdmin)): model.ErrNotFound} {
		if _, err := s.Uncertify(t.Context(), *who, c.Number, "记错"); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	var all sync.WaitGroup
	var done, late int
	var mu sync.Mutex
	for range 6 {
		all.Go(func() {
			_, err := s.Uncertify(t.Context(), admin, c.Number, "记错")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errors.Is(err, model.ErrRevoked):
				late++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if done != 1 || late != 5 {
		t.Errorf("%d revoked it, %d were late", done, late)
	}
	wantValid(c.Number, ledger.Validity{})
	kept, err := s.Certificate(t.Context(), member, c.Number)
	if err != nil || kept.Revocation == nil || kept.Revocation.Reason != "记错" || kept.VerifiedMinutes != 90 {
		t.Errorf("got %+v, %v", kept, err)
	}
	if seen, err := s.Certificate(t.Context(), s.Holder(model.RoleAuditor), c.Number); err != nil || seen.Member.DisplayName != valid.Name {
		t.Errorf("got %+v, %v", seen, err)
	}
	for _, who := range []model.Actor{s.Resident(5), s.Others.Holder(model.RoleAuditor)} {
		if _, err := s.Certificate(t.Context(), who, c.Number); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := s.Uncertify(t.Context(), admin, model.NewCertificateNumber(2026), "记错"); !errors.Is(err, model.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func ptr[T any](v T) *T { return &v }
