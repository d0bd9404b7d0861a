// Command testservers runs a command with throwaway servers beside it: a MariaDB and a Redis in a private
// folder, on free ports of 127.0.0.1, named by LBL_TEST_MYSQL_URL and LBL_TEST_REDIS_URL. A variable that
// is set already is left as it is, and no server is started for it. What was started is stopped by its pid.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	mysqlVariable = "LBL_TEST_MYSQL_URL"
	redisVariable = "LBL_TEST_REDIS_URL"
	patience      = time.Minute
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: testservers COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "testservers:", err)
		code = 1
	}
	os.Exit(code)
}

// run starts what is missing, runs the command and stops what it started.
func run(ctx context.Context, command []string) (code int, err error) {
	folder, err := os.MkdirTemp("", "lbl-test-")
	if err != nil {
		return 1, err
	}
	s := &servers{folder: folder, env: os.Environ()}
	defer func() { err = errors.Join(err, s.stop(), os.RemoveAll(folder)) }()
	if err := s.start(ctx); err != nil {
		return 1, err
	}
	child := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // what the caller asked for
	child.Env, child.Stdin, child.Stdout, child.Stderr = s.env, os.Stdin, os.Stdout, os.Stderr
	child.Cancel = func() error { return child.Process.Signal(os.Interrupt) }
	child.WaitDelay = 10 * time.Second
	err = child.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// servers is what runs beside the command.
type servers struct {
	folder  string
	env     []string
	running []*exec.Cmd
}

func (s *servers) start(ctx context.Context) error {
	needMySQL, needRedis := os.Getenv(mysqlVariable) == "", os.Getenv(redisVariable) == ""
	if err := install(ctx, needMySQL, needRedis); err != nil {
		return err
	}
	if needRedis {
		if err := s.startRedis(ctx); err != nil {
			return err
		}
	}
	if needMySQL {
		return s.startMariaDB(ctx)
	}
	return nil
}

// install brings in Debian's servers where they are missing and that can be done.
func install(ctx context.Context, mysql, redis bool) error {
	var packages []string
	if mysql && !found("mariadbd") {
		packages = append(packages, "mariadb-server")
	}
	if redis && !found("redis-server") {
		packages = append(packages, "redis-server")
	}
	if len(packages) == 0 {
		return nil
	}
	if os.Geteuid() != 0 || !found("apt-get") {
		return fmt.Errorf("please install %v, or name servers in %s and %s / 请先安装 %v", packages, mysqlVariable, redisVariable, packages)
	}
	fmt.Println("installing", packages)
	for _, arguments := range [][]string{{"update"}, append([]string{"install", "-y", "--no-install-recommends"}, packages...)} {
		apt := exec.CommandContext(ctx, "apt-get", arguments...) //nolint:gosec // fixed names
		// Without a run level the packages start no servers of their own.
		apt.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1")
		if text, err := apt.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %v: %w\n%s", arguments, err, text)
		}
	}
	return nil
}

// found reports whether a program is on the path, or where Debian keeps servers.
func found(program string) bool { return where(program) != "" }

func where(program string) string {
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	path := filepath.Join("/usr/sbin", program)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	return ""
}

// launch starts a server that writes to a log in the folder.
func (s *servers) launch(program string, arguments ...string) error {
	log, err := os.Create(filepath.Join(s.folder, filepath.Base(program)+".log"))
	if err != nil {
		return err
	}
	// Not bound to a context: it must outlive an interrupt until the command has ended.
	server := exec.Command(where(program), arguments...) //nolint:gosec // our own arguments
	server.Stdout, server.Stderr = log, log
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the command
	if err := server.Start(); err != nil {
		return err
	}
	s.running = append(s.running, server)
	return log.Close()
}

func (s *servers) startRedis(ctx context.Context) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	if err := s.launch("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", s.folder); err != nil {
		return err
	}
	s.env = append(s.env, redisVariable+"=redis://127.0.0.1:"+port+"/0")
	return s.await(ctx, "redis-server", port)
}

func (s *servers) startMariaDB(ctx context.Context) error {
	data, socket := filepath.Join(s.folder, "mysql"), filepath.Join(s.folder, "my.sock")
	setup := []string{"--no-defaults", "--datadir=" + data, "--auth-root-authentication-method=normal", "--skip-test-db"}
	if os.Geteuid() == 0 {
		setup = append(setup, "--user=root")
	}
	install := exec.CommandContext(ctx, "mariadb-install-db", setup...) //nolint:gosec // our own arguments
	if text, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w\n%s", err, text)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	initial := filepath.Join(s.folder, "init.sql")
	grant := "CREATE USER 'lbl'@'127.0.0.1' IDENTIFIED BY 'lbl';\nGRANT ALL ON *.* TO 'lbl'@'127.0.0.1';\n"
	if err := os.WriteFile(initial, []byte(grant), 0o600); err != nil {
		return err
	}
	arguments := []string{
		"--no-defaults", "--datadir=" + data, "--socket=" + socket, "--port=" + port, "--bind-address=127.0.0.1", "--skip-name-resolve",
		"--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M", "--character-set-server=utf8mb4", "--max-connections=500", "--init-file=" + initial,
	}
	if os.Geteuid() == 0 {
		arguments = append(arguments, "--user=root")
	}
	if err := s.launch("mariadbd", arguments...); err != nil {
		return err
	}
	s.env = append(s.env, mysqlVariable+"=mysql://lbl:lbl@127.0.0.1:"+port+"/")
	return s.await(ctx, "mariadbd", port)
}

// await returns as soon as a port answers. MariaDB opens its port after the initial file has run.
func (s *servers) await(ctx context.Context, program, port string) error {
	deadline := time.Now().Add(patience)
	for {
		dialer := net.Dialer{Timeout: time.Second}
		conn, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+port)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			log, _ := os.ReadFile(filepath.Join(s.folder, program+".log"))
			return fmt.Errorf("%s does not answer: %w\n%s", program, err, log)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// stop ends the servers, first by asking.
func (s *servers) stop() error {
	for _, server := range s.running {
		_ = server.Process.Signal(syscall.SIGTERM)
		ended := make(chan struct{})
		go func() { _ = server.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(15 * time.Second):
			_ = server.Process.Kill()
			<-ended
		}
	}
	return nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address, _ := l.Addr().(*net.TCPAddr)
	return strconv.Itoa(address.Port), l.Close()
}
