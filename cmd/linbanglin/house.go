package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"linbanglin/api"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/account"
	"linbanglin/service/audit"
	"linbanglin/service/awards"
	"linbanglin/service/boards"
	"linbanglin/service/booklet"
	"linbanglin/service/campaign"
	"linbanglin/service/care"
	"linbanglin/service/community"
	"linbanglin/service/dashboard"
	"linbanglin/service/deliberation"
	"linbanglin/service/disclosure"
	"linbanglin/service/honours"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
	"linbanglin/service/matters"
	"linbanglin/service/network"
	"linbanglin/service/notify"
	"linbanglin/service/photos"
	"linbanglin/service/privacy"
	"linbanglin/service/reception"
	"linbanglin/service/register"
	"linbanglin/service/shop"
)

// house is the whole service, wired by hand.
type house struct {
	store     *repository.Store
	redis     *repository.Redis // nil without one
	ledger    *ledger.Ledger
	awards    *awards.Awards
	boards    *boards.Boards
	market    *market.Market
	campaigns *campaign.Campaigns
	community *community.Community
	shop      *shop.Shop
	notices   *notify.Notices
	streams   *notify.Streams
	care      *care.Care
	reception *reception.Reception

	deliberation *deliberation.Deliberation

	disclosure *disclosure.Disclosure
	matters    *matters.Matters
	album      *photos.Album // nil until photos are kept somewhere
	blobs      *repository.Blobs
	register   *register.Register
	wechat     wechatHouse
	privacy    *privacy.Privacy
	edge       api.Edge
	registry   *prometheus.Registry
	freshKeys  string // of what is sealed, to be kept; empty when they are
}

func now() model.Instant { return model.InstantOf(time.Now()) }

// databasePatience is how long a start waits for the database.
const databasePatience = time.Minute

// open connects, brings the schema up to date and builds the services.
func open(ctx context.Context, c *Config) (*house, error) {
	h, err := build(c)
	if err = errors.Join(c.checkDataKeys(), err); err == nil {
		err = h.settle(ctx, c)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// openToRead connects and builds the services without a change to the database. It fails when the
// database lacks migrations.
func openToRead(ctx context.Context, c *Config) (*house, error) {
	h, err := build(c)
	if err != nil {
		return nil, err
	}
	if err := h.store.Ready(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// build makes the services, on servers that need not answer yet. It fails with a line for each address
// that is none.
func build(c *Config) (*house, error) {
	h := &house{registry: prometheus.NewRegistry()}
	keys, fresh, err := c.dataKeys()
	h.freshKeys = fresh
	var wrong error
	if h.store, wrong = repository.Open(c.DatabaseURL, keys); wrong != nil {
		err = errors.Join(err, fmt.Errorf("LBL_DATABASE_URL: %w", wrong))
	}
	if c.RedisURL != "" {
		if h.redis, wrong = repository.OpenRedis(c.RedisURL); wrong != nil {
			err = errors.Join(err, fmt.Errorf("LBL_REDIS_URL: %w", wrong))
		}
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	store := h.store
	h.ledger = ledger.New(store, now)
	h.awards = awards.New(store, h.ledger, now)
	h.boards = boards.New(store, h.redis, now)
	h.market = market.New(store, h.ledger, now)
	h.campaigns = campaign.New(store, h.ledger, now)
	h.community = community.New(store, now)
	h.deliberation = deliberation.New(store, now)
	h.disclosure = disclosure.New(store, h.ledger, now)
	h.register = register.New(store, now)
	h.shop = shop.New(store, h.ledger, now)
	h.notices = notify.New(store, now)
	h.matters = matters.New(store, h.ledger, now)
	h.streams = notify.NewStreams(store, maxStreams)
	h.reception = reception.New(store, now)
	h.care = care.New(store, now, c.alarmChannels())
	h.privacy = privacy.New(store, now)
	h.privacy.OnWithdrawal(model.PurposeFlag, h.register.ConsentGone)
	h.privacy.OnWithdrawal(model.PurposeService, h.market.ConsentGone)
	h.privacy.OnWithdrawal(model.PurposeGuardian, h.market.ConsentGone)
	h.campaigns.AskWith(h.privacy)
	h.ledger.OnSealed(h.boards.Nudge)
	if err := h.buildWeChat(c); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// settle migrates, keeps new keys and takes a node number, as soon as the database answers.
func (h *house) settle(ctx context.Context, c *Config) error {
	deadline := time.Now().Add(databasePatience)
	for {
		_, err := h.store.Migrate(ctx)
		if err == nil {
			err = h.store.Lease(ctx)
		}
		if err == nil {
			return h.admitKeys(ctx, c)
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return err
		}
	}
}

var errKeysGone = errors.New("数据库里有用数据密钥封存的内容，但旁边没有 data.keys：请先从备份中取回它")

// admitKeys keeps keys that were made for a database that has none yet, and compares the others with what it knows.
func (h *house) admitKeys(ctx context.Context, c *Config) error {
	if path, kept := c.dataKeysFile(); kept && h.freshKeys != "" {
		known, err := h.store.DataKeys(ctx)
		if err == nil && len(known) > 0 {
			err = errKeysGone
		}
		if err == nil {
			err = keep(path, h.freshKeys)
		}
		if errors.Is(err, os.ErrExist) {
			err = errors.New("另一个进程刚刚生成了数据密钥，请重新运行")
		}
		if err != nil {
			return err
		}
	}
	return h.store.AdmitKeys(ctx, now())
}

// close ends the connections, as far as they were made.
func (h *house) close() (err error) {
	if h == nil {
		return nil
	}
	if h.store != nil {
		err = h.store.Close()
	}
	if h.redis != nil {
		err = errors.Join(err, h.redis.Close())
	}
	if h.blobs != nil {
		err = errors.Join(err, h.blobs.Close())
	}
	return err
}

const (
	sweepEvery  = 5 * time.Second
	forgetEvery = time.Hour
	// anchorEvery is how often we look whether a head is due; the ledger decides.
	anchorEvery = time.Minute
	freezeEvery = time.Minute
	expireEvery = 10 * time.Minute
	warnEvery   = time.Hour
	// listenEvery is how often inboxes are read for those who listen; maxStreams is how many may listen here.
	listenEvery = time.Second
	maxStreams  = 10_000
	// answersLive is how long an idempotency key is remembered, in twice what clients may rely on.
	answersLive = 48 * time.Hour
)

// work runs what goes on beside the requests until the context ends, and drains it.
func (h *house) work(ctx context.Context, log *slog.Logger, accounts *account.Accounts) {
	h.ledger.OnError(onChange(log, "seal"))
	h.boards.OnError(onChange(log, "boards"))
	var all sync.WaitGroup
	all.Go(func() {
		if err := h.ledger.Run(ctx); err != nil {
			log.Error("ledger", "error", err)
		}
	})
	all.Go(func() { _ = h.boards.Run(ctx) })
	all.Go(func() { h.awards.Run(ctx, func(err error) { log.Error("batches", "error", err) }) })
	all.Go(func() {
		every(ctx, sweepEvery, log, "sweep", func(ctx context.Context) error {
			_, err := h.market.Sweep(ctx)
			_, failed := h.market.SweepOffers(ctx)
			_, forgot := h.market.Remind(ctx)
			_, unchased := h.market.ChaseDisputes(ctx)
			_, unmade := h.market.SweepSeries(ctx)
			_, unasked := h.market.SweepCallbacks(ctx)
			_, uncounted := h.market.SweepViews(ctx)
			return errors.Join(err, failed, forgot, unchased, unmade, unasked, uncounted)
		})
	})
	all.Go(func() {
		every(ctx, sweepEvery, log, "dispatch", func(ctx context.Context) error {
			_, err := h.market.Dispatch(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, sweepEvery, log, "campaign series", func(ctx context.Context) error {
			_, err := h.campaigns.SweepSeries(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, sweepEvery, log, "sweep campaigns", func(ctx context.Context) error {
			_, err := h.campaigns.SweepDoor(ctx)
			_, unended := h.campaigns.SweepEnds(ctx)
			_, unthanked := h.campaigns.SweepThanks(ctx)
			return errors.Join(err, unended, unthanked)
		})
	})
	all.Go(func() {
		every(ctx, sweepEvery, log, "role proposals", func(ctx context.Context) error {
			_, err := h.community.SweepProposals(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, sweepEvery, log, "sweep register", func(ctx context.Context) error {
			_, err := h.register.Sweep(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, forgetEvery, log, "adopt flags", func(ctx context.Context) error {
			_, err := h.community.AdoptFlags(ctx)
			return err
		})
	})
	all.Go(func() { every(ctx, listenEvery, log, "events", h.streams.Deliver) })
	all.Go(func() { h.care.Run(ctx, func(err error) { log.Error("alarms", "error", err) }) })
	all.Go(func() {
		every(ctx, sweepEvery, log, "sweep matters", func(ctx context.Context) error {
			_, err := h.matters.SweepBreaches(ctx) // before a sweep that may move what is overdue
			_, moved := h.matters.Sweep(ctx)
			_, final := h.matters.SweepUpheld(ctx)
			return errors.Join(err, moved, final)
		})
	})
	all.Go(func() {
		every(ctx, sweepEvery, log, "book declarations", func(ctx context.Context) error {
			_, err := h.disclosure.Sweep(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, sweepEvery, log, "sweep proposals", func(ctx context.Context) error {
			_, err := h.deliberation.Sweep(ctx)
			_, untold := h.deliberation.SweepNotices(ctx)
			return errors.Join(err, untold)
		})
	})
	all.Go(func() {
		every(ctx, sweepEvery, log, "sweep orders", func(ctx context.Context) error {
			_, err := h.shop.Sweep(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, warnEvery, log, "follow up mediations", func(ctx context.Context) error {
			_, err := h.reception.Sweep(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, warnEvery, log, "warn of expiry", func(ctx context.Context) error {
			_, err := h.notices.Expiring(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, sweepEvery, log, "rights", func(ctx context.Context) error {
			_, err := h.privacy.MakeExports(ctx)
			_, unclosed := h.privacy.SweepErasures(ctx)
			return errors.Join(err, unclosed)
		})
	})
	all.Go(func() {
		every(ctx, forgetEvery, log, "retention", func(ctx context.Context) error {
			_, err := h.privacy.Forget(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, expireEvery, log, "expire", func(ctx context.Context) error {
			_, err := h.ledger.Expire(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, freezeEvery, log, "freeze pioneers", func(ctx context.Context) error {
			_, err := h.boards.FreezePioneers(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, anchorEvery, log, "anchor", func(ctx context.Context) error {
			_, err := h.ledger.Anchor(ctx)
			return err
		})
	})
	all.Go(func() {
		every(ctx, forgetEvery, log, "forget", func(ctx context.Context) error {
			_, err := h.store.ForgetAnswers(ctx, now().Add(-answersLive))
			_, kept := h.album.Sweep(ctx)
			return errors.Join(err, kept, accounts.Sweep(ctx))
		})
	})
	for _, work := range h.workWeChat(ctx, log) {
		all.Go(work)
	}
	all.Wait()
}

// accounts makes what logs people in.
func (h *house) accounts(c *Config, keys *account.Keys) *account.Accounts {
	accounts := account.New(h.store, h.wechat.client, keys, c.demo(), now)
	accounts.CheckWith(h.wechat.checks)
	accounts.AskWith(h.privacy)
	return accounts
}

// sign has heads of the ledger signed, if there is a key.
func (h *house) sign(ctx context.Context, c *Config, log *slog.Logger) error {
	signer, err := c.signer()
	if err != nil {
		return err
	}
	if signer == nil {
		log.Warn("heads of the ledger are not signed, so a tail that is cut off would not show: LBL_LEDGER_KEY is not set")
		return nil
	}
	if err := h.ledger.SignWith(ctx, signer); err != nil {
		return fmt.Errorf("LBL_LEDGER_KEY: %w", err)
	}
	return nil
}

// handler makes the HTTP face of the house.
func (h *house) handler(log *slog.Logger, accounts *account.Accounts, press *booklet.Press) http.Handler {
	pictures := campaign.NewPhotos(h.campaigns, h.album)
	h.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newBacklog(h.store),
		h.wechat.calls, h.wechat.seconds)
	return api.New(api.Config{
		Version: version, Log: log, Registry: h.registry, Ready: h.ready, Authenticate: accounts.Authenticate, Admit: h.privacy.Admit, Edge: h.edge,
		Nouns: []api.Noun{
			api.Auth(accounts), api.Requests(h.market), api.Series(h.market), api.Moderation(h.market, h.wechat.checks), api.Claims(h.market), api.Disputes(h.market), api.Offers(h.market), api.Asks(h.market), api.Cases(h.market), api.Points(h.ledger), api.Batches(h.awards),
			api.Statements(h.ledger, press), api.Certificates(h.ledger, press), api.Proofs(h.ledger),
			api.Campaigns(h.campaigns), api.Themes(h.campaigns), api.Door(h.campaigns, press), api.Album(h.album), api.Photos(pictures), api.Evening(h.campaigns, pictures, press), api.Leaderboards(h.boards), api.Screens(h.boards, press), api.Community(h.community), api.Organisations(h.community),
			api.Rules(h.ledger), api.Donations(h.ledger), api.Audit(audit.New(h.store, now)),
			api.Disclosure(h.disclosure), api.Matters(h.matters), api.MatterPhotos(matters.NewPhotos(h.matters, h.album)),
			api.Proposals(h.deliberation), api.Undertakings(network.New(h.store, now)), api.Network(network.New(h.store, now)),
			api.Honours(honours.New(h.store, now), h.boards), api.Dashboard(dashboard.New(h.store, now)),
			api.Shop(h.shop), api.Notices(h.notices),
			api.Contacts(h.market, h.community), api.Events(h.streams), api.Visits(h.campaigns), api.Register(h.register),
			api.Doorbells(h.care), api.Reception(h.reception),
			api.Messages(h.wechat.messages), api.Push(h.wechat.push), api.MiniCodes(h.campaigns, h.wechat.client.Code),
			api.Sessions(accounts), api.RoleProposals(h.community), api.Privacy(h.privacy), api.Rights(h.privacy),
		},
	})
}

// ready reports whether the database answers and is migrated. Redis may be away.
func (h *house) ready(ctx context.Context) (api.Readiness, error) {
	r := api.Readiness{Database: "ok", Redis: "off"}
	if h.redis != nil {
		if r.Redis = "ok"; h.redis.Ping(ctx) != nil {
			r.Redis = "down"
		}
	}
	return r, h.store.Ready(ctx)
}

// wantDemo sees that a database in demo mode holds the demo's community and no other, and imports it into
// an empty one.
func (h *house) wantDemo(ctx context.Context, name string, load func(context.Context) error) error {
	found, err := h.store.Nodes.Communities(ctx)
	if err != nil {
		return err
	}
	for _, c := range found {
		if c.Name != name {
			return fmt.Errorf("演示模式拒绝使用已有真实社区的数据库（其中有「%s」）", c.Name)
		}
	}
	if len(found) > 0 {
		return nil
	}
	return load(ctx)
}
