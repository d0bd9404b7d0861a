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
	if err == nil {
		err = h.store.Compact(ctx)
	}
	if err == nil {
		err = retire(ctx, h.store, out)
	}
	return errors.Join(err, h.close())
}

// retire tells which keys may go, and which may not yet.
func retire(ctx context.Context, store *repository.Store, out io.Writer) error {
	retired, err := store.RetireKeys(ctx, now())
	if err != nil {
		return err
	}
	if len(retired) > 0 {
		_, _ = fmt.Fprintf(out, "密钥 %s 已不再使用，可从 LBL_DATA_KEYS 中删去\n", strings.Join(retired, "、"))
	}
	known, err := store.DataKeys(ctx)
	for _, k := range known {
		if k.RetiredAt == 0 && k.Name != store.SealingKey() {
			_, _ = fmt.Fprintf(out, "密钥 %s 还有进程在用，请让所有进程先用新密钥启动，再运行一次\n", k.Name)
		}
	}
	return err
}
