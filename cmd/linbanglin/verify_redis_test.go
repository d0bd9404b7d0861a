package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"linbanglin/internal/testdb"
)

func TestVerifyComparesRedisWithTheScores(t *testing.T) {
	env, _, _ := givenSigned(t)
	port := testdb.FreePort(t)
	stop := testdb.StartRedis(t, port)
	defer func() { stop() }()
	with := append(env, "LBL_REDIS_URL=redis://127.0.0.1:"+port+"/0")
	if text, err := command(t, with, "boards", "rebuild", "--scores"); err != nil {
		t.Fatal(err, text)
	}
	says := func(what string, env []string, want error, line, inJSON string) {
		t.Helper()
		for format, words := range map[string][]string{"": {line}, "--json": {`"name":"redis"`, inJSON}} {
			arguments := strings.Fields("verify " + format)
			text, err := command(t, env, arguments...)
			if !errors.Is(err, want) {
				t.Errorf("%s: %v\n%s", what, err, text)
			}
			for _, w := range words {
				if !strings.Contains(text, w) {
					t.Errorf("%s: it does not say %s:\n%s", what, w, text)
				}
			}
		}
	}
	says("as it was made", with, nil, "核验 Redis 中的排行榜：20 行，一致", `"rows":20,"differences":[],"total":0}`)
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	defer func() { _ = client.Close() }()
	sets, err := client.Keys(t.Context(), "lb:*:b*").Result()
	if err != nil || len(sets) == 0 {
		t.Fatal(sets, err)
	}
	top, err := client.ZRange(t.Context(), sets[0], 0, 0).Result()
	if err != nil || len(top) != 1 {
		t.Fatal(top, err)
	}
	if err := client.ZIncrBy(t.Context(), sets[0], 1<<29, top[0]).Err(); err != nil {
		t.Fatal(err)
	}
	says("a point more", with, errDiffers, "核验 Redis 中的排行榜：20 行，1 处差异", "member "+top[0]+" has rank key")
	if text, err := command(t, with, "boards", "check"); !errors.Is(err, errBoardsDiffer) || !strings.Contains(text, top[0]) {
		t.Errorf("a point more is not found: %v\n%s", err, text)
	}
	if text, err := command(t, with, "boards", "rebuild"); err != nil || !strings.Contains(text, "Redis 排行榜 1/1") {
		t.Fatal(err, text)
	}
	says("made anew", with, nil, "核验 Redis 中的排行榜：20 行，一致", `"rows":20,"differences":[],"total":0}`)
	if text, err := command(t, with, "boards", "check"); err != nil {
		t.Errorf("a copy that was made anew: %v\n%s", err, text)
	}
	stop()
	stop = func() {}
	says("away", with, nil, "核验 Redis 中的排行榜：0 行，未能比对：", `"skipped":"unavailable"`)
	says("without one", env, nil, "核验 Redis 中的排行榜：0 行，不适用：没有配置", `"skipped":"not_applicable"`)
}
