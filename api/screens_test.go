package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
	"linbanglin/service/ledger"
)

// awarded gives a member points and has the boards count them.
func (s *stall) awarded(member model.ID, points int) {
	s.t.Helper()
	body := fmt.Sprintf(`{"member_id":"%d","amount":%d,"code":"ADJUST","memo":"帮忙"}`, member, points)
	s.want(s.call(s.Holder(model.RoleCommunityAdmin), "POST", "/points/awards", body, "Idempotency-Key", fmt.Sprintf("a-%d-%d", member, points)), http.StatusCreated, "")
	(&subtree{stall: s}).count()
}

func TestFriendsPioneersAndRankingsOverHTTP(t *testing.T) {
	s := givenStall(t)
	me, friend := s.Resident(0), s.Resident(1)
	s.awarded(me.MemberID, 5)
	s.awarded(friend.MemberID, 5)
	path := fmt.Sprintf("/leaderboards/friends?ranking=shared&members=%d,%d,%d", friend.MemberID, friend.MemberID, s.Resident(2).MemberID)
	if got := s.want(s.call(me, "GET", path, ""), http.StatusOK, ""); len(got.Items) != 2 || strings.Count(got.text, `"rank":1`) != 2 {
		t.Errorf("friends: %s", got.text)
	}
	for _, bad := range []string{"a", "1,b", strings.Repeat("1,2,", 700), "-1"} {
		s.want(s.call(me, "GET", "/leaderboards/friends?members="+bad, ""), http.StatusUnprocessableEntity, "validation")
	}
	long := make([]string, 101)
	for i := range long {
		long[i] = fmt.Sprint(i + 1)
	}
	s.want(s.call(me, "GET", "/leaderboards/friends?members="+strings.Join(long, ","), ""), http.StatusUnprocessableEntity, "validation")
	s.want(s.call(me, "GET", "/leaderboards?ranking=best", ""), http.StatusUnprocessableEntity, "validation")
	if got := s.want(s.call(me, "GET", "/leaderboards/pioneers?key=2026-Q4", ""), http.StatusOK, ""); len(got.Items) != 2 || !strings.Contains(got.text, `"final":false`) {
		t.Errorf("pioneers: %s", got.text)
	}
	s.want(s.call(me, "GET", "/leaderboards/pioneers?key=2026-11", ""), http.StatusUnprocessableEntity, "board.unknown")
}

func TestAFrozenPioneerListOverHTTP(t *testing.T) {
	s := givenStall(t)
	m, past := s.Members[0], model.Day(20260801).Start()
	err := s.store.Tx(t.Context(), func(tx *repository.Store) error {
		_, err := s.ledger.PostTx(t.Context(), tx, ledger.Posting{
			Key: "summer", Debit: model.Pool(s.Community.ID, model.Points), Credit: model.Wallet(s.Community.ID, m.ID, model.Points), Amount: 5,
			Code: model.RuleAdjust, Class: model.Declared, Member: m, At: past,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	(&subtree{stall: s}).count()
	wantText := func(words ...string) {
		t.Helper()
		got := s.want(s.call(s.As(m), "GET", "/leaderboards/pioneers?key=2026-Q3", ""), http.StatusOK, "")
		for _, w := range words {
			if len(got.Items) != 1 || !strings.Contains(got.text, w) {
				t.Errorf("%s lacks %s", got.text, w)
			}
		}
	}
	wantText(`"final":false`, `"freezes_at":"2026-11-30T08:00:00+08:00"`)
	later := boards.New(s.store, nil, func() model.Instant { return testworld.Now.Add(model.PioneersOpen + time.Minute) })
	if n, err := later.FreezePioneers(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d boards are frozen, %v", n, err)
	}
	wantText(`"final":true`, `"frozen_at":"2026-11-30T08:01:00+08:00"`, `"digest":"`, `"source":"settled"`)
}

func TestACardOverHTTP(t *testing.T) {
	s := givenStall(t)
	s.awarded(s.Resident(0).MemberID, 5)
	got, text := s.fetch(s.Resident(1), "/api/v1/leaderboards/card.png?period=month&scope=grid", "*/*")
	switch got.status {
	case http.StatusOK:
		if got.head.Get("Content-Type") != "image/png" || !strings.HasPrefix(text, "\x89PNG") || !strings.HasPrefix(got.head.Get("Content-Disposition"), "inline") {
			t.Errorf("got %v %.20q", got.head, text)
		}
	default:
		if got.status != http.StatusServiceUnavailable || !strings.Contains(text, `"pdf.no_font"`) || !strings.Contains(text, "LBL_PDF_FONT") {
			t.Errorf("got %d %s", got.status, text)
		}
	}
	s.want(s.call(s.Resident(1), "GET", "/leaderboards/card.png?period=day&key=x", ""), http.StatusUnprocessableEntity, "board.unknown")
}

func TestABoardIsStreamedToAScreen(t *testing.T) {
	s := givenStall(t)
	s.awarded(s.Resident(0).MemberID, 5)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL+"/api/v1/leaderboards/stream?period=day&limit=3", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token(s.Resident(1)))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("got %d %v", answer.StatusCode, answer.Header)
	}
	lines := bufio.NewScanner(answer.Body)
	shown := func() (points int, silent int) {
		for lines.Scan() {
			if lines.Text() == ":" {
				silent++
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var list struct {
					Items []struct{ Points int }
				}
				if err := json.Unmarshal([]byte(data), &list); err != nil || len(list.Items) != 1 {
					t.Fatalf("%s: %v", data, err)
				}
				return list.Items[0].Points, silent
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return 0, 0
	}
	if points, _ := shown(); points != 5 {
		t.Errorf("at first it shows %d", points)
	}
	time.AfterFunc(500*time.Millisecond, func() { s.awarded(s.Resident(0).MemberID, 4) })
	if points, silent := shown(); points != 9 || silent == 0 {
		t.Errorf("then it shows %d after %d beats", points, silent)
	}
	s.want(s.call(s.Resident(1), "GET", "/leaderboards/stream?period=day&key=x", ""), http.StatusUnprocessableEntity, "board.unknown")
}
