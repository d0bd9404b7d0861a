package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"linbanglin/repository"
)

type keysCmd struct {
	Status keysStatusCmd `cmd:"" help:"列出手机号、门牌号和健康情况各用哪个密钥封存"`
	Rotate keysRotateCmd `cmd:"" help:"用 LBL_DATA_KEYS 的第一个密钥重新封存其余的；服务不必停，可随时中断再运行"`
}

type keysStatusCmd struct{}

// Run tells by which keys the values of each column are sealed.
func (keysStatusCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	h, err := openToRead(ctx, c)
	if err != nil {
		return err
	}
	counts, err := h.store.CountSealed(ctx)
	if err = errors.Join(err, h.close()); err != nil {
		return err
	}
	return printSealed(out, counts)
}

func printSealed(out io.Writer, counts []repository.SealedCount) error {
	if len(counts) == 0 {
		_, err := fmt.Fprintln(out, "还没有需要封存的内容")
		return err
	}
	for _, c := range counts {
		key := c.Key
		if key == "" {
			key = "未封存"
		}
		if _, err := fmt.Fprintf(out, "%-30s %-16s %d\n", c.Column, key, c.Values); err != nil {
			return err
		}
	}
	return nil
}

type keysRotateCmd struct{}

// Run seals anew what other keys than the first sealed, and notes those that are not needed any more.
func (keysRotateCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	h, err := open(ctx, c)
	if err != nil {
		return err
	}
	err = h.store.Reseal(ctx, func(column string, values int) { _, _ = fmt.Fprintf(out, "%-30s 重新封存 %d\n", column, values) })
	var retired []string
	if err == nil {
		retired, err = h.store.RetireKeys(ctx, now())
	}
	if err = errors.Join(err, h.close()); err != nil {
		return err
	}
	if len(retired) > 0 {
		_, err = fmt.Fprintf(out, "密钥 %s 已不再使用；所有进程都换上新密钥后，可从 LBL_DATA_KEYS 中删去\n", strings.Join(retired, "、"))
	}
	return err
}
