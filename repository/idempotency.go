package repository

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"linbanglin/model"
)

// answer is a row of idempotency: what was answered to a key.
type answer struct {
	MemberID  model.ID `gorm:"primaryKey;autoIncrement:false"`
	IdemKey   string   `gorm:"primaryKey"`
	Hash      []byte
	Answer    string
	CreatedAt model.Instant
}

// TableName implements gorm's Tabler.
func (answer) TableName() string { return "idempotency" }

// Once runs fn in a transaction; if the context carries an idempotency key, fn's result is stored in the
// same transaction and given back, as JSON keeps it, to every later call with the key. So T holds all
// that the answer needs in fields that JSON sees. It fails as Tx does, with ErrKeyReused when the key
// came with another request, and with ErrInProgress while the first call with the key still runs here.
func Once[T any](ctx context.Context, s *Store, now model.Instant, fn func(tx *Store) (T, error)) (result T, err error) {
	leave, err := s.Enter(ctx)
	if err != nil {
		return result, err
	}
	defer leave()
	if found, err := Replay(ctx, s, &result); found || err != nil {
		return result, err
	}
	err = s.Tx(ctx, func(tx *Store) error {
		if result, err = fn(tx); err != nil {
			return err
		}
		return tx.Remember(ctx, result, now)
	})
	if err != nil {
		// Another process may have answered the key since: then its effect is why fn failed.
		return AnswerOr[T](ctx, s, err)
	}
	return result, nil
}

// Enter marks the context's key as being worked on in this process until leave is called. It fails with
// ErrInProgress when it is already.
func (s *Store) Enter(ctx context.Context) (leave func(), err error) {
	promise := model.IdempotencyOf(ctx)
	if promise == nil {
		return func() {}, nil
	}
	key := struct {
		member model.ID
		key    string
	}{promise.Member, promise.Key}
	if _, busy := s.shared.inFlight.LoadOrStore(key, true); busy {
		return nil, model.ErrInProgress
	}
	return func() { s.shared.inFlight.Delete(key) }, nil
}

// Replay reads what was answered to the context's key into result. It fails with ErrKeyReused when the
// key came with another request.
func Replay[T any](ctx context.Context, s *Store, result *T) (found bool, err error) {
	promise := model.IdempotencyOf(ctx)
	if promise == nil {
		return false, nil
	}
	var rows []answer
	err = s.from(ctx).Where("member_id = ? AND idem_key = ?", promise.Member, promise.Key).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return false, err
	}
	if !bytes.Equal(rows[0].Hash, promise.Hash[:]) {
		return false, model.ErrKeyReused
	}
	text, err := s.keys.open(answerColumn, rows[0].Answer)
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal([]byte(text), result); err != nil {
		return false, fmt.Errorf("read stored answer: %w", err)
	}
	promise.Replayed()
	return true, nil
}

// AnswerOr returns what was answered to the context's key before, for a call that failed: what it stands for may be
// done already, whatever has changed since. Without such an answer it fails with err.
func AnswerOr[T any](ctx context.Context, s *Store, err error) (T, error) {
	var earlier, none T
	found, replayErr := Replay(ctx, s, &earlier)
	switch {
	case replayErr != nil:
		return none, replayErr
	case found:
		return earlier, nil
	}
	return none, err
}

// Remember stores the answer to the context's key, if it has one, beside the effect in this transaction.
// It fails with ErrDuplicate when the key was answered meanwhile.
func (s *Store) Remember(ctx context.Context, result any, now model.Instant) error {
	promise := model.IdempotencyOf(ctx)
	if promise == nil {
		return nil
	}
	row, err := s.AnswerRow(promise, result, now)
	if err != nil {
		return err
	}
	return s.Insert(ctx, []Insertion{row})
}

// Answers are what was answered to keys before.
type Answers map[string]*answer

func answerKey(member model.ID, key string) string { return member.String() + ":" + key }

// Answers reads what was answered to the keys.
func (s *Store) Answers(ctx context.Context, promises []*model.Idempotency) (Answers, error) {
	found := Answers{}
	if len(promises) == 0 {
		return found, nil
	}
	args := make([]any, 0, 2*len(promises))
	for _, p := range promises {
		args = append(args, p.Member, p.Key)
	}
	rows, err := readRows(s.from(ctx).Raw("SELECT member_id, idem_key, hash, answer FROM idempotency WHERE "+
		anyOf("(member_id = ? AND idem_key = ?)", len(promises)), args...),
		func(a *answer) []any {
			return []any{&a.MemberID, &a.IdemKey, &a.Hash, &opening{s.keys, answerColumn, &a.Answer}}
		})
	for _, a := range rows {
		found[answerKey(a.MemberID, a.IdemKey)] = a
	}
	return found, err
}

// To returns the answer to a key as JSON, nil when it has none. It fails with ErrKeyReused when the key came with
// another request.
func (a Answers) To(promise *model.Idempotency) ([]byte, error) {
	if promise == nil {
		return nil, nil
	}
	found := a[answerKey(promise.Member, promise.Key)]
	switch {
	case found == nil:
		return nil, nil
	case !bytes.Equal(found.Hash, promise.Hash[:]):
		return nil, model.ErrKeyReused
	}
	return []byte(found.Answer), nil
}

// answerColumn holds answers, which are sealed: a phone that somebody was told may be in one.
const answerColumn = "idempotency.answer"

// AnswerRow makes the row that keeps the answer to a key.
func (s *Store) AnswerRow(promise *model.Idempotency, result any, now model.Instant) (Insertion, error) {
	text, err := json.Marshal(result)
	if err != nil {
		return Insertion{}, fmt.Errorf("store answer: %w", err)
	}
	return Insertion{
		"INSERT INTO idempotency (member_id, idem_key, hash, answer, created_at) VALUES ",
		[]any{int64(promise.Member), promise.Key, promise.Hash[:], s.keys.seal(answerColumn, string(text), false), int64(now)},
	}, nil
}

// forgetRows is about how many answers one statement removes.
const forgetRows = 1000

// ForgetAnswers removes the answers stored before the given time, and returns how many. What was removed
// stays so when it fails.
func (s *Store) ForgetAnswers(ctx context.Context, before model.Instant) (forgotten int64, err error) {
	for {
		var last model.Instant // of the oldest some
		err := s.from(ctx).Raw("SELECT COALESCE(MAX(created_at), 0) FROM "+
			"(SELECT created_at FROM idempotency WHERE created_at < ? ORDER BY created_at LIMIT ?) oldest", before, forgetRows).Scan(&last).Error
		if err != nil || last == 0 {
			return forgotten, err
		}
		removed := s.to(ctx).Exec("DELETE FROM idempotency WHERE created_at <= ?", last)
		if removed.Error != nil {
			return forgotten, removed.Error
		}
		forgotten += removed.RowsAffected
	}
}
