package repository

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	lite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"linbanglin/migrations"
	"linbanglin/model"
)

// maxConnections bounds what one process takes from a MySQL server.
const maxConnections = 48

// dial makes the pools that the URL asks for: one, or for SQLite one of a single writer and one of readers.
func dial(address string) (migrations.Dialect, []gorm.Dialector, []*sql.DB, error) {
	switch scheme, rest, _ := strings.Cut(address, ":"); scheme {
	case "sqlite":
		dialectors, pools, err := dialSQLite(rest)
		return migrations.SQLite, dialectors, pools, err
	case "mysql":
		dialector, pool, err := dialMySQL(address)
		return migrations.MySQL, []gorm.Dialector{dialector}, []*sql.DB{pool}, err
	}
	return "", nil, nil, errors.New("the database URL must be sqlite:PATH or mysql://user:pass@host:port/name")
}

func dialMySQL(address string) (gorm.Dialector, *sql.DB, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || len(u.Path) < 2 {
		return nil, nil, errors.New("the database URL must look like mysql://user:pass@host:3306/name")
	}
	config := mysqldriver.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", u.Host, u.Path[1:]
	if u.Port() == "" {
		config.Addr = net.JoinHostPort(u.Hostname(), "3306")
	}
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.Collation = "utf8mb4_bin"
	config.InterpolateParams = true // one round trip a statement
	config.ClientFoundRows = true   // an update counts what it found, as in SQLite
	config.Timeout = 5 * time.Second
	config.ReadTimeout, config.WriteTimeout = 30*time.Second, 30*time.Second
	config.Params = map[string]string{"innodb_lock_wait_timeout": "10", "sql_mode": "'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'"}
	switch u.Query().Get("tls") {
	case "", "false":
	case "true", "skip-verify", "preferred":
		config.TLSConfig = u.Query().Get("tls")
	default:
		return nil, nil, errors.New("tls in the database URL must be true, skip-verify, preferred or false")
	}
	connector, err := mysqldriver.NewConnector(config)
	if err != nil {
		return nil, nil, fmt.Errorf("the database URL: %w", err)
	}
	pool := sql.OpenDB(readCommitted{connector})
	pool.SetMaxOpenConns(maxConnections)
	pool.SetMaxIdleConns(maxConnections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return &mysqlDialector{&mysql.Dialector{Config: &mysql.Config{Conn: pool, SkipInitializeWithVersion: true}}}, pool, nil
}

// readCommitted makes connections whose transactions see what others commit, without a word about it in each. The
// variable has another name in MariaDB, so it is no parameter of the address.
type readCommitted struct{ driver.Connector }

// Connect implements driver.Connector.
func (c readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	_, err = conn.(driver.ExecerContext).ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// readers is how many reads run beside the one writer of SQLite.
const readers = 8

func dialSQLite(path string) ([]gorm.Dialector, []*sql.DB, error) {
	if path == "" {
		return nil, nil, errors.New("the database URL must look like sqlite:data/linbanglin.db")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, nil, fmt.Errorf("make the database's folder: %w", err)
	}
	pragmas := "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)"
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String() + pragmas
	var dialectors []gorm.Dialector
	var pools []*sql.DB
	for _, pool := range []struct {
		suffix string
		size   int
	}{{"&_txlock=immediate", 1}, {"&_txlock=deferred&_pragma=query_only(1)", readers}} {
		db, err := sql.Open("sqlite", dsn+pool.suffix)
		if err != nil {
			return nil, nil, fmt.Errorf("open %s: %w", path, err)
		}
		db.SetMaxOpenConns(pool.size)
		db.SetMaxIdleConns(pool.size)
		pools = append(pools, db)
		dialectors = append(dialectors, &sqliteDialector{&sqlite.Dialector{Conn: db}})
	}
	return dialectors, pools, nil
}

// mysqlDialector tells model's errors from those of MySQL.
type mysqlDialector struct{ *mysql.Dialector }

// The numbers of MySQL, MariaDB and TiDB that mean something to us.
const (
	mysqlDuplicate       = 1062
	mysqlTooLong         = 1406
	mysqlNoText          = 1366 // bytes that are no UTF-8
	mysqlTooManyConns    = 1040
	mysqlShutdown        = 1053
	mysqlReadOnly        = 1290
	mysqlLockTimeout     = 1205
	mysqlDeadlock        = 1213
	mysqlChanged         = 1020 // the record has changed since it was last read
	mysqlKilled          = 1927
	tidbWriteConflict    = 9007
	tidbRetry            = 8022
	tidbSchemaChanged    = 8028
	tidbInformation      = 1105 // of many things, "Information schema is changed" among them
	mysqlUnknownDatabase = 1049
)

// Translate implements gorm.ErrorTranslator.
func (d *mysqlDialector) Translate(err error) error {
	var e *mysqldriver.MySQLError
	if errors.As(err, &e) {
		switch e.Number {
		case mysqlDuplicate:
			return fmt.Errorf("%w: %w", model.ErrDuplicate, err)
		case mysqlTooLong, mysqlNoText:
			return fmt.Errorf("%w: %w", model.ErrInvalid, err)
		case mysqlDeadlock, mysqlLockTimeout, mysqlChanged, tidbWriteConflict, tidbRetry, tidbSchemaChanged:
			return fmt.Errorf("%w: %w", errLostRace, err)
		case tidbInformation:
			if strings.Contains(e.Message, "Information schema") {
				return fmt.Errorf("%w: %w", errLostRace, err)
			}
		case mysqlTooManyConns, mysqlShutdown, mysqlReadOnly, mysqlKilled, mysqlUnknownDatabase:
			return fmt.Errorf("%w: %w", model.ErrUnavailable, err)
		}
	}
	return translate(err)
}

// sqliteDialector tells model's errors from those of SQLite, and writes without RETURNING.
type sqliteDialector struct{ *sqlite.Dialector }

// Initialize implements gorm.Dialector.
func (d *sqliteDialector) Initialize(db *gorm.DB) error {
	db.ConnPool = d.Conn
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{LastInsertIDReversed: true})
	maps.Copy(db.ClauseBuilders, d.ClauseBuilders())
	return nil
}

// Translate implements gorm.ErrorTranslator.
func (d *sqliteDialector) Translate(err error) error {
	var e *lite.Error
	if errors.As(err, &e) {
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE:
			return fmt.Errorf("%w: %w", model.ErrDuplicate, err)
		}
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return fmt.Errorf("%w: %w", errLostRace, err)
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			return fmt.Errorf("%w: %w", model.ErrUnavailable, err)
		}
	}
	return translate(err)
}

// errLostRace is a transaction that another one beat; it is an unavailable service to who gives up.
var errLostRace = &model.Error{
	Kind: model.Unavailable, Code: "busy",
	Message: model.ErrUnavailable.Message, English: model.ErrUnavailable.English,
}

func lostRace(err error) bool { return errors.Is(err, errLostRace) }

// translate maps what every driver and the network can say.
func translate(err error) error {
	var network *net.OpError
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w: %w", model.ErrNotFound, err)
	case errors.As(err, &network), errors.Is(err, driver.ErrBadConn), errors.Is(err, mysqldriver.ErrInvalidConn),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, sql.ErrTxDone), // rolled back because its context ended
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: %w", model.ErrUnavailable, err)
	}
	return err
}
