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
	"github.com/rs/cors"

	"linbanglin/middleware"
	"linbanglin/model"
)

const basePath = "/api/v1"

// operationTime is how long an operation may take.
const operationTime = 30 * time.Second

// Config is what a server is made of.
type Config struct {
	Version      string
	Log          *slog.Logger
	Registry     *prometheus.Registry
	Ready        func(context.Context) (Readiness, error)
	Authenticate func(ctx context.Context, token string) (model.Actor, error)
	Admit        func(ctx context.Context, who model.Actor, changes bool) error // by what they agreed to; nil for everybody
	Nouns        []Noun
	Edge         Edge
}

// Edge is how the server meets the network. The zero value is a server without limits for callers, that is reached
// directly and by no page of another origin.
type Edge struct {
	RateFactor float64           // times the usual limits, 0 for none
	Shared     middleware.Shared // how processes share what they count, nil for each by itself
	Proxies    []string          // addresses and networks of proxies that are believed where a client is
	Origins    []string          // of pages that may call
	HTTPS      bool              // clients come by https only
	OriginKey  []byte            // of the hashes of where clients are
	Unmeasured bool              // metrics are served elsewhere, and not by this server
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
	router.RedirectTrailingSlash = false
	router.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := router.SetTrustedProxies(c.Edge.Proxies); err != nil {
		_ = router.SetTrustedProxies(nil) // an address is what the connection says; an empty list is always valid
	}
	on := &Operations{root: router, routes: map[string]middleware.Route{}}
	routes := func(method, pattern string) (middleware.Route, bool) {
		r, ok := on.routes[method+" "+pattern]
		return r, ok
	}
	router.Use(
		middleware.RequestID(), middleware.Log(c.Log), middleware.Metrics(c.Registry), middleware.Recover(c.Log, fail), middleware.Secure(c.Edge.HTTPS),
		middleware.PlainPaths(fail), middleware.BodyLimit(routes, fail), middleware.Deadline(routes, operationTime), middleware.Authenticate(routes, c.Authenticate, fail),
		middleware.Limit(routes, middleware.Rates(c.Edge.RateFactor), c.Edge.Shared, c.Registry, fail),
		middleware.Consent(routes, c.Admit, fail), middleware.Origin(c.Edge.OriginKey), middleware.Idempotency(routes, fail),
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
	if !c.Edge.Unmeasured {
		router.GET("/metrics", middleware.Nearby(fail), gin.WrapH(Metrics(c.Registry)))
	}
	router.GET("/docs", func(c *gin.Context) {
		c.Header("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		c.Data(http.StatusOK, "text/html; charset=utf-8", docsPage)
	})
	on.api = huma.NewGroup(humagin.New(router, document(c.Version)), basePath)
	for _, noun := range c.Nouns {
		noun(on)
	}
	return c.Edge.open(router)
}

// Metrics serves what a registry counts, for Prometheus.
func Metrics(registry *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// open lets pages of other origins call, if there are any that may. Tokens come in a header, so no cookie is asked for.
func (e Edge) open(h http.Handler) http.Handler {
	if len(e.Origins) == 0 {
		return h
	}
	return cors.New(cors.Options{
		AllowedOrigins: e.Origins, AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete},
		AllowedHeaders: []string{"Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID", "Accept-Language", "Last-Event-ID"},
		ExposedHeaders: []string{"Location", "Idempotent-Replayed", "X-Request-ID", "Retry-After", "Content-Disposition"},
		MaxAge:         int((10 * time.Minute).Seconds()), OptionsSuccessStatus: http.StatusNoContent,
	}).Handler(h)
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
		{Name: "privacy", Description: "个人信息：隐私政策、同意、导出、注销、权利请求、保存期限"},
		{Name: "proposals", Description: "民主协商：议题、表决、决议公开与落实"},
	}
	schemas := config.Components.Schemas
	for _, as := range []reflect.Type{reflect.TypeFor[model.Measure](), reflect.TypeFor[model.Class](), reflect.TypeFor[model.TransferKind](), reflect.TypeFor[model.RefType](), reflect.TypeFor[model.Day](), reflect.TypeFor[model.Month]()} {
		schemas.RegisterTypeAlias(as, reflect.TypeFor[string]())
	}
	schemas.RegisterTypeAlias(reflect.TypeFor[model.Instant](), reflect.TypeFor[time.Time]())
	return config
}
