package repository

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"time"

	"linbanglin/migrations"
	"linbanglin/model"
)

// Condition is what a server says of itself, for who looks after it.
type Condition struct {
	Version  string
	Settings map[string]string
	Clock    time.Time // of the server, zero when it has none of its own
	Asked    time.Time // by ours, in the middle of the way there and back
}

// Skew returns how far the server's clock is ahead of ours.
func (c *Condition) Skew() time.Duration {
	if c.Clock.IsZero() {
		return 0
	}
	return c.Clock.Sub(c.Asked)
}

// Embedded reports whether the database is a file of this process's.
func (s *Store) Embedded() bool { return s.shared.dialect == migrations.SQLite }

// Condition asks the database for its version, its settings and its time. It fails with ErrUnavailable.
func (s *Store) Condition(ctx context.Context) (*Condition, error) {
	pool := s.shared.pools[0]
	c := &Condition{Settings: map[string]string{}}
	if s.Embedded() {
		err := pool.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&c.Version)
		for _, name := range []string{"journal_mode", "synchronous", "encoding", "quick_check"} {
			var value string
			if err == nil {
				err = pool.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value)
			}
			c.Settings[name] = value
		}
		return c, translate(err)
	}
	start := time.Now()
	var clock string
	if err := pool.QueryRowContext(ctx, "SELECT VERSION(), UTC_TIMESTAMP(6)").Scan(&c.Version, &clock); err != nil {
		return nil, translate(err)
	}
	c.Asked = start.Add(time.Since(start) / 2)
	c.Clock, _ = time.Parse("2006-01-02 15:04:05.999999", clock)
	return c, translate(settings(ctx, pool, c.Settings))
}

// settings reads variables of a MySQL session; not every server has all of them.
func settings(ctx context.Context, pool *sql.DB, into map[string]string) (err error) {
	rows, err := pool.QueryContext(ctx, "SHOW SESSION VARIABLES WHERE Variable_name IN ('character_set_database', 'collation_database', "+
		"'tx_isolation', 'transaction_isolation', 'sql_mode', 'innodb_flush_log_at_trx_commit', 'innodb_buffer_pool_size')")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		if name == "tx_isolation" {
			name = "transaction_isolation"
		}
		into[name] = value
	}
	return rows.Err()
}

var errNotEmbedded = model.ErrInvalid.Saying("只有内置数据库用这个命令备份；MySQL 请用 mariadb-dump 或 mysqldump --single-transaction（见 docs/operations.md）",
	"This is for the embedded database; use mariadb-dump or mysqldump --single-transaction with a server.")

// Backup writes the embedded database as it is at one moment into a new file, beside whatever goes on. It fails with
// ErrInvalid for a server and when there is such a file.
func (s *Store) Backup(ctx context.Context, path string) error {
	if !s.Embedded() {
		return errNotEmbedded
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return model.ErrInvalid.Saying("备份文件已经存在，不会覆盖", "There is such a file already; it is not overwritten.")
	}
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if _, err := s.shared.pools[0].ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return errors.Join(translate(err), os.Remove(path))
	}
	return nil
}

// Condition asks Redis for its version, what it keeps and drops, and its time. It fails with ErrUnavailable.
func (r *Redis) Condition(ctx context.Context) (*Condition, error) {
	ctx, cancel := context.WithTimeout(ctx, redisWritePatience)
	defer cancel()
	c := &Condition{Settings: map[string]string{}}
	text, err := r.client.Info(ctx).Result()
	if err != nil {
		return nil, away(err)
	}
	for _, line := range strings.Split(text, "\n") {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "redis_version":
			c.Version = value
		case "maxmemory_policy", "maxmemory", "aof_enabled", "rdb_last_bgsave_status", "role":
			c.Settings[name] = value
		}
	}
	start := time.Now()
	if c.Clock, err = r.client.Time(ctx).Result(); err != nil {
		return nil, away(err)
	}
	c.Asked = start.Add(time.Since(start) / 2)
	return c, nil
}
