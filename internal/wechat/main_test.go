package wechat_test

import (
	"os"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/wechat"
	"linbanglin/internal/wechattest"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

func TestNoTestReachesWeChat(t *testing.T) {
	_, err := wechat.New(wechattest.AppID, wechattest.Secret, "").CodeToSession(t.Context(), "x")
	if err == nil || !strings.Contains(err.Error(), "must not reach api.weixin.qq.com:443") {
		t.Errorf("got %v", err)
	}
}
