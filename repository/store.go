package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"linbanglin/internal/memo"
	"linbanglin/migrations"
	"linbanglin/model"
)

// Store is the database, or one transaction in it; all table families are bound to the same.
type Store struct {
	conn
	shared *shared
	inTx   bool

	Nodes     Nodes
	Members   Members
	Roles     Roles
	Logins    Logins
	Requests  Requests
	Offers    Offers
	Misses    Misses
	Disputes  Disputes
	Asks      Asks
	Series    Series
	Consents  Consents
	Points    Points
	Stream    Stream
	Boards    Boards
	Campaigns Campaigns
	Batches   Batches

	Moderation Moderation

	Declarations Declarations
	Publications Publications
	Appeals      Appeals
	Calendar     Calendar
	Shop         Shop
	Notices      Notices
	Anchors      Anchors
	Certificates Certificates
	Contacts     Contacts
	Visits       Visits
	Photos       Photos
	Register     Register

	Doorbells Doorbells
	Alarms    Alarms
	Care      Care

	Reception       Reception
	ReceptionVisits ReceptionVisits

	Matters    Matters
	Catalogues Catalogues
	Errands    Errands
	Breaches   Breaches

	Organisations Organisations

	WeChat    WeChat
	Messages  Messages
	Checks    Checks
	Proposals Proposals
	Ballots   Ballots

	Joint         Joint
	Party         Party
	ServicePoints ServicePoints
	PioneerPosts  PioneerPosts
	Dashboard     Dashboard

	Sessions      Sessions
	Guards        Guards
	AuthEvents    AuthEvents
	RoleProposals RoleProposals
	Privacy       Privacy

	Personal    Personal
	DataExports DataExports
	Erasures    Erasures
	Rights      Rights
	Retention   Retention
}

// conn is what the table families share.
type conn struct {
	db   *gorm.DB // writes, and everything within a transaction
	read *gorm.DB // reads outside a transaction
	keys *Keyring // of what is sealed

	levels *knownLevels

	// Those who read the same outside a transaction.
	accounts   *gather[*model.Account]
	members    *memo.Memo[model.ID, *model.Member]
	grants     *gather[[]model.Grant]
	agreements *gather[map[model.Purpose]*model.Agreement]
	known      *knownOffers
}

// to returns the handle for writing, bound to ctx.
func (c conn) to(ctx context.Context) *gorm.DB { return c.db.WithContext(c.sealing(ctx)) }

// from returns the handle for reading, bound to ctx.
func (c conn) from(ctx context.Context) *gorm.DB { return c.read.WithContext(c.sealing(ctx)) }

// shared belongs to the store and all its transactions.
type shared struct {
	dialect  migrations.Dialect
	pools    []*sql.DB // the writer first
	ids      generator
	inFlight sync.Map // of idempotency keys being worked on here
	stop     func()
}

// Open connects to the database that the URL names: sqlite:PATH or mysql://user:pass@host:port/name. What is personal in
// it is sealed with the keys. It fails when the URL is not one of these; a server that does not answer is not a failure
// yet.
func Open(url string, keys *Keyring) (*Store, error) {
	registerSealers()
	dialect, dialectors, pools, err := dial(url)
	if err != nil {
		return nil, err
	}
	s := &shared{dialect: dialect, pools: pools, stop: func() {}}
	handles := make([]*gorm.DB, 0, 2)
	for _, d := range dialectors {
		db, err := gorm.Open(d, &gorm.Config{
			SkipDefaultTransaction: true,
			DisableAutomaticPing:   true,
			TranslateError:         true,
			NowFunc:                noClock,
			Logger:                 logger.Discard,
		})
		if err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
		if err := translateRows(db); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
		// Hooks would write UpdatedAt by gorm's clock in every update.
		handles = append(handles, db.Session(&gorm.Session{SkipHooks: true}))
	}
	c := conn{db: handles[0], read: handles[len(handles)-1], keys: keys, levels: &knownLevels{of: map[model.ID]*latestLevels{}}}
	c.accounts = &gather[*model.Account]{read: Points{c}.accountsByID}
	c.members = memo.New(memberTrust, membersKnown, Members{c}.gathered())
	c.grants = &gather[[]model.Grant]{read: Roles{c}.OfMembers}
	c.agreements = &gather[map[model.Purpose]*model.Agreement]{read: Privacy{c}.agreementsOf}
	c.known = &knownOffers{}
	return newStore(c, s, false), nil
}

// translateRows gives errors of queries that are read row by row, or scanned, the meaning that gorm gives those
// of all others, so that a lock lost in one is tried again.
func translateRows(db *gorm.DB) error {
	return db.Callback().Row().After("gorm:row").Register("translate", func(query *gorm.DB) {
		query.Error = translated(query, query.Error)
	})
}

// noClock is gorm's clock. Where CreatedAt or UpdatedAt is zero gorm writes its own time, in seconds; so
// its time is zero too.
func noClock() time.Time { return time.Unix(0, 0) }

// within returns what a transaction has of a connection.
func (c conn) within(tx *gorm.DB) conn { return conn{db: tx, read: tx, keys: c.keys, levels: c.levels} }

func newStore(c conn, s *shared, inTx bool) *Store {
	return &Store{
		conn: c, shared: s, inTx: inTx,
		Nodes: Nodes{c}, Members: Members{c}, Roles: Roles{c}, Logins: Logins{c},
		Requests: Requests{c}, Offers: Offers{c}, Asks: Asks{c}, Misses: Misses{c}, Disputes: Disputes{c},
		Series: Series{c}, Consents: Consents{c}, Moderation: Moderation{c},
		Points: Points{c}, Stream: Stream{c}, Boards: Boards{c}, Campaigns: Campaigns{c}, Batches: Batches{c},
		Declarations: Declarations{c}, Publications: Publications{c}, Appeals: Appeals{c}, Calendar: Calendar{c},
		Shop: Shop{c}, Notices: Notices{c},
		Anchors: Anchors{c}, Certificates: Certificates{c},
		Contacts: Contacts{c}, Visits: Visits{c}, Photos: Photos{c},
		Register: Register{c}, Organisations: Organisations{c},
		Doorbells: Doorbells{c}, Alarms: Alarms{c}, Care: Care{c}, Reception: Reception{c}, ReceptionVisits: ReceptionVisits{c},
		Matters: Matters{c}, Catalogues: Catalogues{c}, Errands: Errands{c}, Breaches: Breaches{c},
		WeChat: WeChat{c}, Messages: Messages{c}, Checks: Checks{c},
		Proposals: Proposals{c}, Ballots: Ballots{c}, Joint: Joint{c}, Party: Party{c}, ServicePoints: ServicePoints{c}, PioneerPosts: PioneerPosts{c}, Dashboard: Dashboard{c},
		Sessions: Sessions{c}, Guards: Guards{c}, AuthEvents: AuthEvents{c}, RoleProposals: RoleProposals{c}, Privacy: Privacy{c},
		Personal: Personal{c}, DataExports: DataExports{c}, Erasures: Erasures{c}, Rights: Rights{c}, Retention: Retention{c},
	}
}

// Close gives back the node number of the ids, and closes all connections.
func (s *Store) Close() error {
	s.shared.stop()
	var err error
	for _, pool := range s.shared.pools {
		err = errors.Join(err, pool.Close())
	}
	return err
}

// Migrate applies the migrations that the database lacks and returns their names.
func (s *Store) Migrate(ctx context.Context) ([]string, error) {
	return migrations.Up(ctx, s.shared.pools[0], s.shared.dialect)
}

// errBehind is a database that an older version of the program left.
var errBehind = model.ErrUnavailable.Saying("数据库结构需要升级，请先运行 linbanglin migrate", "The database lacks migrations: run linbanglin migrate.")

// Ready reports whether the database answers and has every migration. It fails with ErrUnavailable.
func (s *Store) Ready(ctx context.Context) error {
	pending, err := migrations.Pending(ctx, s.shared.pools[0], s.shared.dialect)
	if err != nil {
		return fmt.Errorf("%w: %w", model.ErrUnavailable, err)
	}
	if pending {
		return errBehind
	}
	return nil
}

// Empty reports whether the database has no schema at all. It only reads, and fails with ErrUnavailable.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	applied, err := migrations.Applied(ctx, s.shared.pools[0])
	if err != nil {
		return false, fmt.Errorf("%w: %w", model.ErrUnavailable, err)
	}
	return applied == 0, nil
}

// maxTries is how often a transaction runs that loses against others.
const maxTries = 6

var errNested = errors.New("transactions do not nest")

// Tx runs fn in one transaction and commits when it returns nil. Fn may run several times, because a
// transaction that loses a deadlock or a lock is tried again; so fn touches nothing but tx. Tx fails
// with fn's error, and with ErrUnavailable when the database is away or this process has lost the right
// to make ids.
func (s *Store) Tx(ctx context.Context, fn func(tx *Store) error) error {
	if s.inTx {
		return errNested
	}
	for try := 1; ; try++ {
		err := s.try(ctx, fn)
		if err == nil || try == maxTries || !lostRace(err) {
			return err
		}
		pause := time.Duration(rand.Int64N(int64(4*time.Millisecond) << try)) //nolint:gosec // jitter is no secret
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", model.ErrUnavailable, ctx.Err())
		}
	}
}

func (s *Store) try(ctx context.Context, fn func(tx *Store) error) (err error) {
	if err = s.shared.ids.check(); err != nil {
		return err
	}
	db := s.to(ctx).Begin()
	if db.Error != nil {
		return db.Error
	}
	done := false
	defer func() {
		if !done { // an error, or a panic on its way up
			db.Rollback()
		}
	}()
	if err = fn(newStore(s.within(db), s.shared, true)); err != nil {
		return err
	}
	if err = s.shared.ids.check(); err != nil {
		return err
	}
	done = true
	return db.Commit().Error
}

// Each runs a step for each id in a transaction of its own, and returns how many steps did something. One that fails
// keeps none of the others waiting; the errors, which say what it was, are joined. It ends early with the context.
func (s *Store) Each(ctx context.Context, what string, ids []model.ID, step func(tx *Store, id model.ID) (did bool, err error)) (done int, err error) {
	var failures []error
	for _, id := range ids {
		var did bool
		err := s.Tx(ctx, func(tx *Store) (err error) {
			did, err = step(tx, id)
			return err
		})
		switch {
		case err != nil:
			failures = append(failures, fmt.Errorf("%s %d: %w", what, id, err))
		case did:
			done++
		}
		if ctx.Err() != nil {
			break
		}
	}
	return done, errors.Join(failures...)
}

// NewID returns an id that no other process makes.
func (s *Store) NewID() model.ID { return s.shared.ids.next() }
