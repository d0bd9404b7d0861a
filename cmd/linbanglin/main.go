// Command linbanglin (邻帮邻) is the whole service in one binary: the server, its migrations, the import of
// rosters, the verification of the ledger, and a demo of it all.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"linbanglin/model"
)

// version is set when a release is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "linbanglin:", explain(err))
		os.Exit(1)
	}
}

// explain tells a person at a terminal what failed: the sentence, then the cause.
func explain(err error) string {
	var reason *model.Error
	if errors.As(err, &reason) && reason.Kind != model.Internal {
		return reason.Message + "（" + err.Error() + "）"
	}
	return err.Error()
}

// cli is what the program understands.
type cli struct {
	Config

	Serve   serveCmd       `cmd:"" help:"运行服务"`
	Migrate migrateCmd     `cmd:"" help:"升级数据库结构"`
	Demo    demoCmd        `cmd:"" help:"在全新的内置数据库上演示一天"`
	Import  importCmd      `cmd:"" help:"导入社区花名册（xlsx）"`
	Admin   adminCmd       `cmd:"" help:"为还没有管理员的社区设立第一位管理员，给出一次性绑定码"`
	Doctor  doctorCmd      `cmd:"" help:"检查配置、数据库、Redis、照片、字体和微信，有错误时以非零状态退出"`
	Backup  backupCmd      `cmd:"" help:"把内置数据库备份到一个新文件，服务不必停"`
	Keys    keysCmd        `cmd:"" help:"封存个人信息的密钥：查看、更换"`
	Verify  verifyCmd      `cmd:"" help:"重新推算每一笔余额、哈希链和排行榜（含 Redis），有差异时以非零状态退出"`
	Prove   verifyProofCmd `cmd:"" name:"verify-proof" help:"离线核对一笔记录的证明文件，不需要数据库"`
	Boards  boardsCmd      `cmd:"" help:"维护排行榜"`
	Play    simulateCmd    `cmd:"" name:"simulate" help:"在虚拟时钟上比较派单方式：同样的求助，各问了谁、多快有人来、负担是否均匀"`
	Print   configCmd      `cmd:"" name:"config" help:"打印生效的配置（隐藏密钥）"`
	Version versionCmd     `cmd:"" help:"打印版本"`
}

// exit is how kong's --help ends a run.
type exit int

// run is the program without the process around it.
func run(ctx context.Context, args, env []string, out io.Writer) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case exit:
			if p != 0 {
				err = errors.New("参数有误")
			}
		default:
			panic(p)
		}
	}()
	variables, unknown := settings(env)
	var c cli
	parser, err := kong.New(&c, kong.Name("linbanglin"), kong.Description("邻帮邻：邻里互助、服务积分与十助十送活动"),
		kong.Writers(out, out), kong.Exit(func(code int) { panic(exit(code)) }), kong.Resolvers(fromEnvironment(variables)),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(out, (*io.Writer)(nil)), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return fmt.Errorf("describe the program: %w", err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err = errors.Join(unknown, err); err != nil {
		return err
	}
	return command.Run(&c.Config)
}

// prefix of the names in the environment that are ours, and of those that belong to the tests.
const (
	prefix     = "LBL_"
	testPrefix = "LBL_TEST_"
)

// settings takes our variables from the environment. It fails on names that mean nothing, with a line each.
func settings(env []string) (found map[string]string, err error) {
	known := map[string]bool{}
	for _, name := range configNames() {
		known[name] = true
	}
	found = map[string]string{}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, prefix) || strings.HasPrefix(name, testPrefix) {
			continue
		}
		if !known[name] {
			err = errors.Join(err, fmt.Errorf("不认识的环境变量 %s（认识的有 %s）", name, strings.Join(configNames(), "、")))
		}
		found[name] = value
	}
	return found, err
}

// fromEnvironment gives a flag the value of the variable of its name: --database-url is LBL_DATABASE_URL.
func fromEnvironment(variables map[string]string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if value, ok := variables[variable(flag.Name)]; ok && value != "" {
			return value, nil
		}
		return nil, nil
	})
}

func variable(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
