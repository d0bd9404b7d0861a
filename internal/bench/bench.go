package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"

	"linbanglin/internal/demo"
	"linbanglin/internal/wechattest"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
	"linbanglin/service/community/roster"
)

const (
	connections = 64
	people      = 400 // who log in; the limit on logins from one address has a burst of 500
	jwtKeys     = "k1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	dataKeys    = "d1:202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
)

// bench is a server under load, and the bare database beside it.
type bench struct {
	d        time.Duration
	folder   string
	database string
	address  string
	binary   string
	env      []string
	server   *exec.Cmd
	wechat   *wechattest.Server
	http     *http.Client
	bare     *sql.DB
	redis    *redis.Client
	names    []string // of databases, to be dropped

	home      string
	people    []member // who log in, an organizer first
	organizer string   // token
	members   []member // the others
	all       []string // ids of all members
	keys      atomic.Int64
}

type member struct{ id, token string }

func now() model.Instant { return model.InstantOf(time.Now()) }

// open makes everything that a run needs; what it made is gone when it fails.
func open(ctx context.Context, o options) (*bench, error) {
	b := &bench{d: o.d, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * connections}}}
	if err := b.prepare(ctx, o); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) prepare(ctx context.Context, o options) (err error) {
	if b.folder, err = os.MkdirTemp("", "lbl-bench-"); err != nil {
		return err
	}
	if b.database, err = b.newDatabase(ctx, "bench"); err != nil {
		return err
	}
	if err := b.populate(ctx); err != nil {
		return err
	}
	if o.entries > 0 {
		if err := b.fill(ctx, 0, fewEntries); err != nil {
			return err
		}
	}
	if err := b.build(); err != nil {
		return err
	}
	if err := b.start(ctx); err != nil {
		return err
	}
	return b.openBare(ctx)
}

// newDatabase makes an empty database on the test server and returns its address.
func (b *bench) newDatabase(ctx context.Context, purpose string) (string, error) {
	server, err := url.Parse(os.Getenv("LBL_TEST_MYSQL_URL"))
	if err != nil || server.Host == "" {
		return "", errors.New("LBL_TEST_MYSQL_URL names no server: use `make bench`")
	}
	name := fmt.Sprintf("lbl_%s_%d", purpose, time.Now().UnixNano())
	db, err := sql.Open("mysql", dsn(server, ""))
	if err != nil {
		return "", err
	}
	_, err = db.ExecContext(ctx, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
	b.names = append(b.names, name)
	server.Path = "/" + name
	return server.String(), errors.Join(err, db.Close())
}

func dsn(server *url.URL, name string) string {
	config := mysqldriver.NewConfig()
	config.Net, config.Addr, config.User, config.DBName, config.InterpolateParams = "tcp", server.Host, server.User.Username(), name, true
	config.Passwd, _ = server.User.Password()
	return config.FormatDSN()
}

// populate imports the demo's community and gives its people WeChat identities.
func (b *bench) populate(ctx context.Context) error {
	store, err := repository.Open(b.database, ring())
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	if _, err := store.Migrate(ctx); err != nil {
		return err
	}
	if err := store.Lease(ctx); err != nil {
		return err
	}
	var file bytes.Buffer
	if _, err := demo.Roster(&file); err != nil {
		return err
	}
	book, err := roster.Read(&file, roster.Options{})
	if err != nil {
		return err
	}
	if _, err := community.New(store, now).Import(ctx, "bench", book); err != nil {
		return err
	}
	found, err := store.Nodes.Communities(ctx)
	if err != nil {
		return err
	}
	b.home = found[0].ID.String()
	return b.identify(ctx, store, found[0].ID)
}

func (b *bench) identify(ctx context.Context, store *repository.Store, home model.ID) error {
	everyone, err := store.Members.All(ctx, home)
	if err != nil {
		return err
	}
	organizers, err := store.Members.List(ctx, home, model.RoleOrganizer, 0, []model.Grant{{NodeID: home, NodeKind: model.KindCommunity}}, 1)
	if err != nil {
		return err
	}
	heads := map[model.ID]bool{organizers[0].HouseholdID: true}
	who := []*model.Member{organizers[0]}
	for _, m := range everyone {
		if m.ID != organizers[0].ID { // nobody awards themselves
			b.all = append(b.all, m.ID.String())
		}
		if m.Adult(2026) && m.HouseholdID != 0 && !heads[m.HouseholdID] && len(who) <= people {
			heads[m.HouseholdID] = true
			who = append(who, m)
		}
	}
	for _, m := range who {
		err := store.Logins.AddIdentity(ctx, &model.Identity{ID: store.NewID(), AppID: wechattest.AppID, OpenID: m.ID.String(), MemberID: m.ID, CreatedAt: now()})
		if err != nil {
			return err
		}
		b.people = append(b.people, member{id: m.ID.String()})
	}
	return nil
}

// build builds the real program, and finds it a place to listen.
func (b *bench) build() error {
	b.binary = filepath.Join(b.folder, "linbanglin")
	build := exec.Command("go", "build", "-o", b.binary, "./cmd/linbanglin") //nolint:gosec // our own
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b.address = l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	b.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.folder, "LBL_LISTEN=" + b.address, "LBL_DATABASE_URL=" + b.database, "LBL_REDIS_URL=" + os.Getenv("LBL_TEST_REDIS_URL"),
		"LBL_RATE_FACTOR=1000", // a load of one caller is measured; that it is counted is part of it
		"LBL_JWT_KEYS=" + jwtKeys, "LBL_DATA_KEYS=" + dataKeys, "LBL_WECHAT_APPID=" + wechattest.AppID, "LBL_WECHAT_SECRET=" + wechattest.Secret,
	}
	return nil
}

// start starts the program, with a WeChat that has seen nobody, and logs everybody in.
func (b *bench) start(ctx context.Context) error {
	b.wechat = wechattest.New()
	server := exec.Command(b.binary, "serve") //nolint:gosec // our own
	server.Env = append(b.env, "LBL_WECHAT_API_BASE="+b.wechat.URL)
	if err := server.Start(); err != nil {
		b.wechat.Close()
		return err
	}
	b.server = server
	for range 300 {
		if b.call(ctx, "GET", "/readyz", "", "", nil, nil) == nil {
			return b.login(ctx)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the server does not get ready")
}

// login gives everybody a token of the server that runs.
func (b *bench) login(ctx context.Context) error {
	for i := range b.people {
		var session struct {
			Token string `json:"access_token"`
		}
		body := map[string]string{"code": "ok-" + b.people[i].id}
		if err := b.call(ctx, "POST", "/api/v1/auth/wechat/login", "", "", body, &session); err != nil {
			return err
		}
		b.people[i].token = session.Token
	}
	b.organizer, b.members = b.people[0].token, b.people[1:]
	return nil
}

// stop ends the server well, if it runs.
func (b *bench) stop() {
	if b.server == nil {
		return
	}
	_ = b.server.Process.Signal(os.Interrupt)
	_ = b.server.Wait()
	b.server = nil
	b.wechat.Close()
}

func (b *bench) close() {
	if b.server != nil {
		_ = b.server.Process.Kill()
	}
	b.stop()
	server, _ := url.Parse(os.Getenv("LBL_TEST_MYSQL_URL"))
	if db, err := sql.Open("mysql", dsn(server, "")); err == nil {
		for _, name := range b.names {
			_, _ = db.ExecContext(context.Background(), "DROP DATABASE IF EXISTS "+name)
		}
		_ = db.Close()
	}
	_ = os.RemoveAll(b.folder)
}

// ring returns the keys that seal what is personal, the same for the program and for what fills its database.
func ring() *repository.Keyring {
	keys, err := repository.ParseKeyring(dataKeys)
	if err != nil {
		panic(err) // it is ours
	}
	return keys
}
