package api

import (
	"context"
	_ "embed" // the docs page
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"linbanglin/middleware"
	"linbanglin/model"
)

const basePath = "/api/v1"

const (
	// operationTime is how long an operation may take.
	operationTime = 30 * time.Second
	// strangersPerSecond and strangersBurst bound how often one address may try to log in.
	strangersPerSecond = 50
	strangersBurst     = 500
)

// Config is what a server is made of.
type Config struct {
	Version      string
	Log          *slog.Logger
	Registry     *prometheus.Registry
	Ready        func(context.Context) (Readiness, error)
	Authenticate func(ctx context.Context, token string) (model.Actor, error)
	Nouns        []Noun
}

// Readiness tells which parts answer.
type Readiness struct {
	Database string `json:"database" enum:"ok"`
	Redis    string `json:"redis" enum:"ok,off,down" doc:"down：排行榜改由数据库回答"`
}

//go:embed docs.html
var docsPage []byte

// New returns the whole service as a handler.
func New(c Config) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	_ = router.SetTrustedProxies(nil) // an address is what the connection says; an empty list is always valid
	on := &Operations{root: router, routes: map[string]middleware.Route{}}
	routes := func(method, pattern string) (middleware.Route, bool) {
		r, ok := on.routes[method+" "+pattern]
		return r, ok
	}
	router.Use(
		middleware.RequestID(), middleware.Log(c.Log), middleware.Metrics(c.Registry), middleware.Recover(c.Log, fail), middleware.Secure(),
		middleware.BodyLimit(routes, fail), middleware.Deadline(routes, operationTime), middleware.Authenticate(routes, c.Authenticate, fail),
		middleware.LimitStrangers(routes, strangersPerSecond, strangersBurst, fail), middleware.Idempotency(routes, fail),
	)
	router.NoRoute(func(c *gin.Context) { fail(c, model.ErrNotFound) })
	router.NoMethod(func(c *gin.Context) { fail(c, errMethod) })
	router.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	router.GET("/readyz", func(g *gin.Context) {
		ready, err := c.Ready(g.Request.Context())
		if err != nil {
			fail(g, err)
			return
		}
		g.JSON(http.StatusOK, ready)
	})
	router.GET("/metrics", gin.WrapH(promhttp.HandlerFor(c.Registry, promhttp.HandlerOpts{})))
	router.GET("/docs", func(c *gin.Context) {
		c.Header("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'")
		c.Data(http.StatusOK, "text/html; charset=utf-8", docsPage)
	})
	on.api = huma.NewGroup(humagin.New(router, document(c.Version)), basePath)
	for _, noun := range c.Nouns {
		noun(on)
	}
	return router
}

// document is the head of the OpenAPI document; the operations write the rest.
func document(version string) huma.Config {
	config := huma.DefaultConfig("邻帮邻 API", version)
	config.CreateHooks = nil // no $schema field in every answer
	config.Formats = map[string]huma.Format{"application/json": bodies, "json": bodies}
	config.DocsPath, config.SchemasPath = "", ""
	config.Info.Description = "邻里互助：求助与帮忙、党员服务积分、十助十送活动与排行榜。" +
		"编号都是字符串；时间是带时区的 RFC 3339；错误是 application/problem+json。"
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT"},
	}
	config.Tags = []*huma.Tag{
		{Name: "auth", Description: "登录与绑定"},
		{Name: "me", Description: "我"},
		{Name: "requests", Description: "求助"},
		{Name: "offers", Description: "帮忙"},
		{Name: "asks", Description: "邀请：请合适的邻居帮忙"},
		{Name: "cases", Description: "首问负责的求助"},
		{Name: "points", Description: "服务积分"},
		{Name: "rules", Description: "积分规则"},
		{Name: "certificates", Description: "服务时长证明"},
		{Name: "campaigns", Description: "十助十送活动"},
		{Name: "visits", Description: "走访"},
		{Name: "register", Description: "一户一档、分色、包保到户"},
		{Name: "disclosure", Description: "申报、公示与申诉"},
		{Name: "leaderboards", Description: "排行榜"},
		{Name: "shop", Description: "积分超市"},
		{Name: "notices", Description: "通知"},
		{Name: "doorbell", Description: "爱心门铃"},
		{Name: "reception", Description: "党员会客室"},
		{Name: "matters", Description: "社情民意：受理、派单、办理、回访与服务承诺"},
		{Name: "community", Description: "社区"},
		{Name: "audit", Description: "审计"},
		{Name: "proposals", Description: "民主协商：议题、表决、决议公开与落实"},
	}
	schemas := config.Components.Schemas
	for _, as := range []reflect.Type{reflect.TypeFor[model.Measure](), reflect.TypeFor[model.Class](), reflect.TypeFor[model.TransferKind](), reflect.TypeFor[model.RefType](), reflect.TypeFor[model.Day](), reflect.TypeFor[model.Month]()} {
		schemas.RegisterTypeAlias(as, reflect.TypeFor[string]())
	}
	schemas.RegisterTypeAlias(reflect.TypeFor[model.Instant](), reflect.TypeFor[time.Time]())
	return config
}
