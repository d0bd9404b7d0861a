package notify

import (
	"context"
	"fmt"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	// warnAhead is how long before the last day of points their owner is told.
	warnAhead = 30 * 24 * time.Hour
	// warnBatch is how many wallets are looked at together.
	warnBatch = 200
)

// Expiring tells members of points that end within 30 days, once for each day on which some end, and returns how
// many it told. It reads the state, so any number of processes may run it, at any time; each looks once a day, as
// points end by the day.
func (s *Notices) Expiring(ctx context.Context) (told int, err error) {
	today := s.now().Day()
	if model.Day(s.warned.Load()) == today {
		return 0, nil
	}
	until := s.now().Add(warnAhead).Day()
	for after := model.ID(0); ; {
		lots, err := s.store.Points.EndingLots(ctx, today, until, after, warnBatch)
		if err != nil {
			return told, err
		}
		if len(lots) == 0 {
			s.warned.Store(int32(today))
			return told, nil
		}
		n, err := s.warn(ctx, lots)
		if told += n; err != nil {
			return told, err
		}
		after = lots[len(lots)-1].AccountID
	}
}

// warn tells the owners of lots who do not know yet.
func (s *Notices) warn(ctx context.Context, lots []model.LotMove) (int, error) {
	notices, err := s.warnings(ctx, lots)
	if err != nil || len(notices) == 0 {
		return 0, err
	}
	err = s.store.Tx(ctx, func(tx *repository.Store) error { return Tell(ctx, tx, notices...) })
	if err != nil {
		return 0, err
	}
	return len(notices), nil
}

// warnings makes the notices about lots that were not sent yet.
func (s *Notices) warnings(ctx context.Context, lots []model.LotMove) ([]*model.Notice, error) {
	ids := make([]model.ID, len(lots))
	for i, lot := range lots {
		ids[i] = lot.AccountID
	}
	accounts, err := s.store.Points.Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	wallets, owners, keys := map[model.ID]*model.Account{}, []model.ID{}, []string{}
	for _, a := range accounts {
		wallets[a.ID] = a
		owners = append(owners, a.OwnerID)
	}
	for _, lot := range lots {
		keys = append(keys, expiryKey(lot.ExpiresDay))
	}
	sent, err := s.store.Notices.Sent(ctx, owners, keys)
	if err != nil {
		return nil, err
	}
	var notices []*model.Notice
	for _, lot := range lots {
		a := wallets[lot.AccountID]
		if !sent[repository.NoticeName{MemberID: a.OwnerID, Key: expiryKey(lot.ExpiresDay)}] {
			notices = append(notices, warning(a, lot, s.now()))
		}
	}
	return notices, nil
}

func expiryKey(day model.Day) string { return fmt.Sprintf("expiring:%d", day) }

func warning(wallet *model.Account, lot model.LotMove, now model.Instant) *model.Notice {
	return &model.Notice{
		CommunityID: wallet.CommunityID, MemberID: wallet.OwnerID, Kind: model.NoticePointsExpiring, Key: expiryKey(lot.ExpiresDay),
		Title:     "积分即将到期",
		Body:      fmt.Sprintf("您有 %d 积分将在 %s 之后失效，请及时到积分超市兑换。", lot.DRemaining, lot.ExpiresDay),
		CreatedAt: now,
	}
}
