package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"linbanglin/repository"
	"linbanglin/service/audit"
	"linbanglin/service/community"
	"linbanglin/service/community/roster"
	"linbanglin/service/ledger"
	"linbanglin/service/ledger/proof"
)

type migrateCmd struct{}

// Run brings the schema up to date.
func (migrateCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	store, err := repository.Open(c.DatabaseURL, nil)
	if err != nil {
		return err
	}
	applied, err := store.Migrate(ctx)
	for _, name := range applied {
		_, _ = fmt.Fprintln(out, "已应用", name)
	}
	if err == nil && len(applied) == 0 {
		_, _ = fmt.Fprintln(out, "数据库结构已是最新")
	}
	return errors.Join(err, store.Close())
}

type importCmd struct {
	Community string   `required:"" help:"社区名称；没有则新建"`
	Map       []string `help:"列名=字段，指定没有看懂的列，可多次" placeholder:"列名=字段" sep:"none"`
	Report    string   `help:"把有问题的单元格标红并批注，写到这个 xlsx 文件" placeholder:"errors.xlsx"`
	DryRun    bool     `help:"只检查，不写入"`
	File      string   `arg:"" help:"花名册 xlsx 文件" type:"existingfile"`
}

// Run reads a roster, tells what was understood, and writes the good rows.
func (i importCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	content, err := os.ReadFile(i.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", i.File, err)
	}
	book, err := roster.Read(bytes.NewReader(content), roster.Options{Map: i.Map})
	if err != nil {
		return err
	}
	book.Describe(out)
	for _, issue := range book.Issues {
		if issue.Severity == roster.Bad {
			_, _ = fmt.Fprintf(out, "  有误 %s!%s「%s」：%s\n", issue.Sheet, issue.Cell, issue.Value, issue.Reason)
		}
	}
	if i.Report != "" {
		if err := i.report(content, book.Issues); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(out, "问题清单已写到", i.Report)
	}
	verb, do := "已导入", i.write
	if i.DryRun {
		verb, do = "试运行，没有写入；将会导入", i.preview
	}
	done, err := do(ctx, c, book)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s「%s」：\n  节点 新增 %d 移动 %d\n  住户 新增 %d 更新 %d 不变 %d\n  居民 新增 %d 更新 %d 不变 %d\n  角色 新增 %d\n  标记 新增 %d 取消 %d 不变 %d\n  包保 新增 %d 更换 %d 不变 %d 认不出包保人 %d\n", verb, i.Community,
		done.Nodes.Created, done.Nodes.Updated, done.Households.Created, done.Households.Updated, done.Households.Unchanged,
		done.Members.Created, done.Members.Updated, done.Members.Unchanged, done.Roles.Created,
		done.Flags.Created, done.Flags.Updated, done.Flags.Unchanged, done.Charges.Created, done.Charges.Updated, done.Charges.Unchanged, done.Nobody)
	return err
}

func (i importCmd) write(ctx context.Context, c *Config, book *roster.Book) (*community.Report, error) {
	h, err := open(ctx, c)
	if err != nil {
		return nil, err
	}
	done, err := h.community.Import(ctx, i.Community, book)
	return done, errors.Join(err, h.close())
}

// preview only reads. A database that is not there, or is empty, is not made for it.
func (i importCmd) preview(ctx context.Context, c *Config, book *roster.Book) (*community.Report, error) {
	if path, ok := c.embedded(); ok {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return community.PreviewEmpty(i.Community, book, now())
		}
	}
	h, err := build(c)
	if err != nil {
		return nil, err
	}
	done, err := i.previewIn(ctx, h, book)
	return done, errors.Join(err, h.close())
}

func (i importCmd) previewIn(ctx context.Context, h *house, book *roster.Book) (*community.Report, error) {
	empty, err := h.store.Empty(ctx)
	if err != nil {
		return nil, err
	}
	if empty {
		return community.PreviewEmpty(i.Community, book, now())
	}
	if err := h.store.Ready(ctx); err != nil {
		return nil, err
	}
	return h.community.Preview(ctx, i.Community, book)
}

var errReportIsRoster = errors.New("--report 不能写到花名册自己的文件")

// report writes the marked file, whole or not at all.
func (i importCmd) report(content []byte, issues []roster.Issue) error {
	there, err := os.Stat(i.Report)
	itself, err2 := os.Stat(i.File)
	if err == nil && err2 == nil && os.SameFile(there, itself) {
		return errReportIsRoster
	}
	var marked bytes.Buffer
	if err := roster.WriteReport(&marked, bytes.NewReader(content), issues); err != nil {
		return err
	}
	if err := os.WriteFile(i.Report, marked.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

type verifyCmd struct {
	JSON       bool   `help:"以 JSON 输出"`
	Checkpoint string `help:"增量核验：从这个文件记录的位置继续，无差异时写回新的位置；请把它保存在数据库之外" placeholder:"verify.json"`
}

var errDiffers = errors.New("账本核验发现差异")

// Run re-derives everything, or what came since a checkpoint, and fails on any difference.
func (v verifyCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	since, err := v.readCheckpoint()
	if err != nil {
		return err
	}
	h, err := openToRead(ctx, c)
	if err != nil {
		return err
	}
	trusted, err := c.trusted()
	if err != nil {
		return errors.Join(err, h.close())
	}
	var progress func(string, int64, int64)
	if !v.JSON && terminal(out) {
		progress = func(check string, rows, of int64) {
			_, _ = fmt.Fprintf(out, "\r核验 %s %d/%d\033[K", label(check), rows, of)
		}
	}
	checks, reached, err := h.verify(ctx, ledger.VerifyOptions{Since: since, Progress: progress}, trusted)
	if progress != nil {
		_, _ = fmt.Fprint(out, "\r\033[K")
	}
	if err = errors.Join(err, h.close()); err != nil {
		return err
	}
	if v.JSON {
		err = json.NewEncoder(out).Encode(map[string]any{"checks": checks, "seq": reached.Seq, "hash": fmt.Sprintf("%x", reached.Hash)})
	} else {
		if since != nil {
			_, _ = fmt.Fprintf(out, "从序号 %d 继续\n", since.Seq)
		}
		printChecks(out, checks)
	}
	if differences(checks) > 0 {
		return errDiffers
	}
	return errors.Join(err, v.writeCheckpoint(reached))
}

// terminal reports whether someone watches what is written.
func terminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// readCheckpoint returns where an earlier run came to, nil when there was none.
func (v verifyCmd) readCheckpoint() (*ledger.Checkpoint, error) {
	if v.Checkpoint == "" {
		return nil, nil
	}
	text, err := os.ReadFile(v.Checkpoint)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", v.Checkpoint, err)
	}
	since := new(ledger.Checkpoint)
	if err := json.Unmarshal(text, since); err != nil || since.Accounts == nil {
		return nil, fmt.Errorf("%s 不是核验位置文件", v.Checkpoint)
	}
	return since, nil
}

func (v verifyCmd) writeCheckpoint(reached *ledger.Checkpoint) error {
	if v.Checkpoint == "" {
		return nil
	}
	text, err := json.Marshal(reached)
	if err != nil {
		return fmt.Errorf("write %s: %w", v.Checkpoint, err)
	}
	fresh := v.Checkpoint + ".new"
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", v.Checkpoint, err)
	}
	return os.Rename(fresh, v.Checkpoint)
}

// verify checks the ledger, the signed heads over it, what the shop and the boards make of it, what was published,
// and then the boards in Redis. Trusted is the key of the configuration, nil when there is none.
func (h *house) verify(ctx context.Context, o ledger.VerifyOptions, trusted *proof.Public) ([]*ledger.Check, *ledger.Checkpoint, error) {
	checks, reached, err := h.ledger.Verify(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	anchors, err := h.ledger.CheckAnchors(ctx, o, trusted)
	if err != nil {
		return nil, nil, err
	}
	checks = append(checks, anchors)
	for _, part := range []struct {
		name  string
		check func(context.Context) (int64, []string, error)
	}{{"shop", h.shop.Check}, {"boards", h.boards.Check}, {"publications", h.disclosure.Check}, {"auth events", audit.New(h.store, now).CheckAuthEvents}} {
		rows, differences, err := part.check(ctx)
		if err != nil {
			return nil, nil, err
		}
		checks = append(checks, ledger.NewCheck(part.name, rows, differences))
	}
	copies, err := h.boards.CheckCopies(ctx)
	return append(checks, copies), reached, err
}

func differences(checks []*ledger.Check) (n int64) {
	for _, c := range checks {
		n += c.Total
	}
	return n
}

// label names a check in Chinese.
func label(check string) string {
	return map[string]string{
		"accounts": "账户", "stream": "封存序列与流水", "waiting": "待封存的流水", "entries": "分录与哈希链", "balances": "余额",
		"holds": "预留", "lots": "批次", "caps": "上限", "anchors": "签名的账本头", "shop": "积分超市", "boards": "排行榜",
		"publications": "公示快照", "auth events": "登录与权限记录", "redis": "Redis 中的排行榜",
	}[check]
}

func printChecks(out io.Writer, checks []*ledger.Check) {
	for _, c := range checks {
		result := "一致"
		switch {
		case c.Total > 0:
			result = fmt.Sprintf("%d 处差异", c.Total)
		case c.Skipped == ledger.NotApplicable:
			result = "不适用：没有配置"
		case c.Skipped == ledger.Unavailable:
			result = "未能比对：" + c.Cause
		}
		_, _ = fmt.Fprintf(out, "核验 %s：%d 行，%s\n", label(c.Name), c.Rows, result)
		for _, d := range c.Differences {
			_, _ = fmt.Fprintln(out, "  ", d)
		}
	}
}

type boardsCmd struct {
	Rebuild rebuildCmd     `cmd:"" help:"从数据库重建 Redis 中的排行榜"`
	Check   checkBoardsCmd `cmd:"" help:"核对排行榜与账本、Redis 中的排行榜与数据库；有差异时退出码非零"`
}

type checkBoardsCmd struct{}

var errBoardsDiffer = errors.New("排行榜核对发现差异")

// Run compares scores and settled standings with the ledger, and copies with scores, and fails on any difference.
func (checkBoardsCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	h, err := openToRead(ctx, c)
	if err != nil {
		return err
	}
	rows, found, err := h.boards.Check(ctx)
	if err != nil {
		return errors.Join(err, h.close())
	}
	copies, err := h.boards.CheckCopies(ctx)
	if err = errors.Join(err, h.close()); err != nil {
		return err
	}
	checks := []*ledger.Check{ledger.NewCheck("boards", rows, found), copies}
	printChecks(out, checks)
	if differences(checks) > 0 {
		return errBoardsDiffer
	}
	return nil
}

type rebuildCmd struct {
	Scores bool `help:"先从账本重新统计数据库中的得分"`
}

// Run makes the boards anew.
func (r rebuildCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	h, err := open(ctx, c)
	if err != nil {
		return err
	}
	if r.Scores {
		if err := h.boards.Recount(ctx); err != nil {
			return errors.Join(err, h.close())
		}
		_, _ = fmt.Fprintln(out, "得分已重新统计")
	}
	if h.redis == nil && r.Scores {
		return h.close()
	}
	err = h.boards.Rebuild(ctx, func(done, of int) { _, _ = fmt.Fprintf(out, "Redis 排行榜 %d/%d\n", done, of) })
	return errors.Join(err, h.close())
}
