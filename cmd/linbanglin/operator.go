package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"linbanglin/repository"
)

type adminCmd struct {
	Community string `required:"" help:"社区名称"`
	Member    string `required:"" help:"花名册中的姓名；有同名时写成 姓名/手机号" placeholder:"姓名/手机号"`
}

// Run makes the first admin of a community, and prints a code to log in by, once.
func (a adminCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	h, err := open(ctx, c)
	if err != nil {
		return err
	}
	code, err := h.accounts(c, keys).FirstAdmin(ctx, a.Community, a.Member)
	if err = errors.Join(err, h.close()); err != nil {
		return err
	}
	if code == nil {
		_, err = fmt.Fprintln(out, "这位居民已经绑定微信，现在就是社区管理员，直接登录即可")
		return err
	}
	_, err = fmt.Fprintf(out, "已设为「%s」的社区管理员。请本人在小程序登录后，于 %s 之前输入绑定码：\n  %s\n绑定码只显示这一次，也只能用一次；过期或遗失请重新运行本命令。\n",
		a.Community, code.ExpiresAt.Time().Format("15:04"), code.Code)
	return err
}

type backupCmd struct {
	File string `arg:"" help:"备份文件，不能已经存在"`
}

// Run writes the embedded database into a file, while it serves.
func (b backupCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	store, err := repository.Open(c.DatabaseURL, nil)
	if err != nil {
		return err
	}
	if err = errors.Join(store.Backup(ctx, b.File), store.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "已备份到", b.File, "；照片（LBL_BLOB_URL）和密钥文件请另行备份")
	return err
}
