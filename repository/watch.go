package repository

import (
	"context"
	"database/sql"
	"net"

	"github.com/redis/go-redis/v9"
	"gorm.io/gorm"
)

// Step is a moment between two statements of a process.
type Step struct {
	Kind  StepKind
	Locks bool // on SQLite: what follows begins by waiting for the one writer
}

// StepKind says what follows a step.
type StepKind string

// The kinds of step. What fails before it happens does not happen; an error at StepEnded is that of a
// commit which did happen, and of which the caller never hears.
const (
	StepBegin     StepKind = "begin"
	StepStatement StepKind = "statement"
	StepCommit    StepKind = "commit"
	StepEnded     StepKind = "ended"    // after a commit, or after a rollback
	StepRedis     StepKind = "redis"    // a round trip to Redis
	StepAnswered  StepKind = "answered" // after one: an error is that of a command which did happen
)

// Watch has f called at every step with the step's context; an error of f is what the step fails with. It is how
// a test decides how processes interleave and where one loses its power. It must be called before the store is
// used, once.
func (s *Store) Watch(f func(ctx context.Context, at Step) error) {
	embedded := s.db != s.read
	s.db.Statement.ConnPool = watched{s.db.Statement.ConnPool, f, embedded}
	if embedded {
		s.read.Statement.ConnPool = watched{s.read.Statement.ConnPool, f, false}
	}
}

// watched is a pool, or a transaction, whose statements are steps.
type watched struct {
	gorm.ConnPool
	step  func(context.Context, Step) error
	locks bool
}

// ExecContext implements gorm.ConnPool.
func (w watched) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := w.step(ctx, Step{StepStatement, w.locks}); err != nil {
		return nil, err
	}
	result, err := w.ConnPool.ExecContext(ctx, query, args...)
	if w.locks {
		_ = w.step(ctx, Step{Kind: StepEnded})
	}
	return result, err
}

// QueryContext implements gorm.ConnPool.
func (w watched) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := w.step(ctx, Step{Kind: StepStatement}); err != nil {
		return nil, err
	}
	return w.ConnPool.QueryContext(ctx, query, args...)
}

// BeginTx implements gorm.ConnPoolBeginner.
func (w watched) BeginTx(ctx context.Context, options *sql.TxOptions) (gorm.ConnPool, error) {
	if err := w.step(ctx, Step{StepBegin, w.locks}); err != nil {
		return nil, err
	}
	tx, err := w.ConnPool.(gorm.TxBeginner).BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	return &watchedTx{watched{tx, w.step, false}, ctx, tx}, nil
}

// watchedTx is a transaction whose statements and end are steps.
type watchedTx struct {
	watched
	ctx context.Context //nolint:containedctx // gorm commits and rolls back without one
	tx  *sql.Tx
}

// Commit implements gorm.TxCommitter.
func (t *watchedTx) Commit() error {
	if err := t.step(t.ctx, Step{Kind: StepCommit}); err != nil {
		_ = t.Rollback()
		return err
	}
	if err := t.tx.Commit(); err != nil {
		_ = t.step(t.ctx, Step{Kind: StepEnded})
		return err
	}
	return t.step(t.ctx, Step{Kind: StepEnded})
}

// Rollback implements gorm.TxCommitter.
func (t *watchedTx) Rollback() error {
	err := t.tx.Rollback()
	_ = t.step(t.ctx, Step{Kind: StepEnded})
	return err
}

// Watch has f called before every round trip to Redis, as Store.Watch does for statements.
func (r *Redis) Watch(f func(ctx context.Context, at Step) error) { r.client.AddHook(redisSteps{f}) }

type redisSteps struct {
	step func(context.Context, Step) error
}

// DialHook implements redis.Hook.
func (h redisSteps) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return next(ctx, network, address)
	}
}

// ProcessHook implements redis.Hook.
func (h redisSteps) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		return h.around(ctx, func() error { return next(ctx, command) })
	}
}

// ProcessPipelineHook implements redis.Hook.
func (h redisSteps) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		return h.around(ctx, func() error { return next(ctx, commands) })
	}
}

func (h redisSteps) around(ctx context.Context, do func() error) error {
	if err := h.step(ctx, Step{Kind: StepRedis}); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return h.step(ctx, Step{Kind: StepAnswered})
}
