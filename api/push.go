package api

import (
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"linbanglin/middleware"
	"linbanglin/model"
	"linbanglin/service/push"
)

const (
	pushPath = "/wechat/push"
	// maxPush is how many bytes a push may have.
	maxPush = 64 << 10
)

// Push registers where WeChat pushes to. It is no operation of the API: WeChat alone calls it.
func Push(p *push.Push) Noun {
	return func(on *Operations) {
		on.routes[http.MethodGet+" "+pushPath] = middleware.Route{Public: true, Guessable: true}
		on.routes[http.MethodPost+" "+pushPath] = middleware.Route{Public: true, Signed: true, MaxBody: maxPush}
		on.root.GET(pushPath, func(c *gin.Context) {
			echo, err := p.Echo(pushQuery(c))
			answerPush(c, echo, err)
		})
		on.root.POST(pushPath, func(c *gin.Context) {
			body, err := io.ReadAll(c.Request.Body)
			if err != nil {
				fail(c, model.ErrTooLarge)
				return
			}
			answerPush(c, "success", p.Take(c.Request.Context(), pushQuery(c), body))
		})
	}
}

// answerPush answers as WeChat expects it. What is refused is in the log, with why.
func answerPush(c *gin.Context, text string, err error) {
	if err != nil {
		_ = c.Error(err)
		fail(c, err)
		return
	}
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(text))
}

func pushQuery(c *gin.Context) push.Query {
	return push.Query{
		Signature: c.Query("signature"), MsgSignature: c.Query("msg_signature"), Timestamp: c.Query("timestamp"), Nonce: c.Query("nonce"),
		Echo: c.Query("echostr"), EncryptType: c.Query("encrypt_type"),
	}
}
