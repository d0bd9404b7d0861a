package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"linbanglin/repository"
	"linbanglin/service/account"
	"linbanglin/service/booklet"
	"linbanglin/service/care"
	"linbanglin/service/ledger/proof"
)

// Config is what an operator sets, by environment or by flag.
type Config struct {
	Listen          string `default:"127.0.0.1:8080" help:"监听地址（LBL_LISTEN）"`
	DatabaseURL     string `default:"sqlite:data/linbanglin.db" help:"数据库：sqlite:路径，或 mysql://用户:密码@主机:3306/库名（LBL_DATABASE_URL）"`
	RedisURL        string `help:"Redis；不填则排行榜由数据库回答（LBL_REDIS_URL）"`
	Mode            string `default:"production" enum:"production,demo" help:"production 或 demo（LBL_MODE）"`
	JWTKeys         string `name:"jwt-keys" help:"令牌密钥 kid:hex[,kid:hex]；内置数据库可不填（LBL_JWT_KEYS）"`
	WeChatAppID     string `name:"wechat-appid" help:"小程序 AppID（LBL_WECHAT_APPID）"`
	WeChatSecret    string `name:"wechat-secret" help:"小程序 AppSecret（LBL_WECHAT_SECRET）"`
	WeChatAPIBase   string `name:"wechat-api-base" help:"微信接口地址，测试时指向替身（LBL_WECHAT_API_BASE）"`
	WeChatPushToken string `name:"wechat-push-token" help:"小程序消息推送的 Token（LBL_WECHAT_PUSH_TOKEN）"`
	WeChatPushKey   string `name:"wechat-push-key" help:"小程序消息推送的 EncodingAESKey，43 位，安全模式（LBL_WECHAT_PUSH_KEY）"`
	LedgerKey       string `help:"给账本头签名的密钥 kid:hex（32 字节种子）；内置数据库可不填（LBL_LEDGER_KEY）"`
	DataKeys        string `help:"封存手机号、门牌号和健康情况的密钥 kid:hex[,kid:hex]（32 字节）；第一个封存，全部可读；内置数据库可不填（LBL_DATA_KEYS）"`
	PublicURL       string `help:"外界访问本服务的地址，印在证明的二维码里；默认 http://监听地址（LBL_PUBLIC_URL）"`
	BlobURL         string `name:"blob-url" help:"照片存放处：file:///目录，或 s3://桶?region=…（LBL_BLOB_URL）；默认数据库旁的 photos 目录"`
	PDFFont         string `name:"pdf-font" help:"生成 PDF 用的中文字体（.ttf 或 .ttc）；不填则在系统中查找（LBL_PDF_FONT）"`

	AlarmWebhookURL string `name:"alarm-webhook-url" help:"爱心门铃短信、语音网关的地址；不填则只发站内通知（LBL_ALARM_WEBHOOK_URL）"`
	AlarmWebhookKey string `name:"alarm-webhook-key" help:"给网关请求签名的密钥，至少 16 个字符（LBL_ALARM_WEBHOOK_KEY）"`

	Edge `embed:""`

	PioneerPercent int `default:"5" help:"季度先锋岗取前百分之几，1 到 50（LBL_PIONEER_PERCENT）"`
}

// configNames lists the variables that Config reads, in the order of the documentation.
func configNames() []string {
	var names []string
	for _, flag := range []string{"listen", "database-url", "redis-url", "mode", "jwt-keys", "wechat-appid", "wechat-secret", "wechat-api-base", "wechat-push-token", "wechat-push-key", "ledger-key", "data-keys", "public-url", "blob-url", "pdf-font", "pioneer-percent", "alarm-webhook-url", "alarm-webhook-key", "rate-factor", "max-connections", "cors-origins", "trusted-proxies", "metrics-listen"} {
		names = append(names, variable(flag))
	}
	return names
}

const modeDemo = "demo"

func (c *Config) demo() bool { return c.Mode == modeDemo }

// embedded returns the path of the embedded database, if that is what is configured.
func (c *Config) embedded() (string, bool) { return strings.CutPrefix(c.DatabaseURL, "sqlite:") }

// keys returns the keys of access tokens. Beside an embedded database they are made once and kept; with a
// server they must be given, because all processes need the same.
func (c *Config) keys() (*account.Keys, error) {
	text := c.JWTKeys
	if path, ok := c.embedded(); ok && text == "" {
		var err error
		if text, err = keptKeys(filepath.Join(filepath.Dir(path), "jwt.keys")); err != nil {
			return nil, err
		}
	}
	if text == "" {
		return nil, errors.New("使用 MySQL 时必须设置 LBL_JWT_KEYS，例如 k1:$(openssl rand -hex 32)")
	}
	keys, err := account.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("LBL_JWT_KEYS: %w", err)
	}
	return keys, nil
}

// checkWeChat fails when what is set cannot be what is meant.
func (c *Config) checkWeChat() error {
	if (c.WeChatAppID == "") != (c.WeChatSecret == "") {
		return errors.New("LBL_WECHAT_APPID 和 LBL_WECHAT_SECRET 必须同时设置")
	}
	if base, err := url.Parse(c.WeChatAPIBase); err != nil || c.WeChatAPIBase != "" && (base.Host == "" || base.Scheme != "http" && base.Scheme != "https") {
		return errors.New("LBL_WECHAT_API_BASE 应类似 https://api.weixin.qq.com")
	}
	return nil
}

// signer returns the key that signs heads of the ledger. Beside an embedded database it is made once and kept;
// with a server it may be missing, and then nothing is signed.
func (c *Config) signer() (*proof.Signer, error) {
	text := c.LedgerKey
	if path, ok := c.embedded(); ok && text == "" {
		var err error
		if text, err = keptKeys(filepath.Join(filepath.Dir(path), "ledger.key")); err != nil {
			return nil, err
		}
	}
	if text == "" {
		return nil, nil
	}
	signer, err := proof.ParseSigner(text)
	if err != nil {
		return nil, fmt.Errorf("LBL_LEDGER_KEY: %w", err)
	}
	return signer, nil
}

// trusted returns the public half of the key that signs heads, without making one; nil when there is none.
func (c *Config) trusted() (*proof.Public, error) {
	if path, ok := c.embedded(); ok && c.LedgerKey == "" {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "ledger.key")); errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
	}
	signer, err := c.signer()
	if err != nil || signer == nil {
		return nil, err
	}
	return signer.Public(), nil
}

// dataKeys returns the keys that seal what is personal in the database. Beside an embedded database they are made once;
// fresh is what is to be kept of them when they were. With a server they must be given, because all processes need the
// same; without them what is sealed cannot be read.
func (c *Config) dataKeys() (keys *repository.Keyring, fresh string, err error) {
	text := c.DataKeys
	if path, ok := c.dataKeysFile(); ok {
		kept, err := os.ReadFile(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			fresh = newKeys("d1")
			text = fresh
		case err != nil:
			return nil, "", fmt.Errorf("read keys: %w", err)
		default:
			text = strings.TrimSpace(string(kept))
		}
	}
	if text == "" {
		return nil, "", nil
	}
	if keys, err = repository.ParseKeyring(text); err != nil {
		return nil, "", fmt.Errorf("LBL_DATA_KEYS: %w", err)
	}
	return keys, fresh, nil
}

// dataKeysFile returns where the keys are kept beside an embedded database, unless they are given.
func (c *Config) dataKeysFile() (string, bool) {
	path, embedded := c.embedded()
	return filepath.Join(filepath.Dir(path), "data.keys"), embedded && c.DataKeys == ""
}

var errNoDataKeys = errors.New("使用 MySQL 时必须设置 LBL_DATA_KEYS，例如 d1:$(openssl rand -hex 32)；请妥善保存，丢失后手机号和门牌号无法读出")

// checkDataKeys fails when nothing personal could be written.
func (c *Config) checkDataKeys() error {
	if _, embedded := c.embedded(); !embedded && c.DataKeys == "" {
		return errNoDataKeys
	}
	return nil
}

// public returns the address by which others reach this server, which listens at an address.
func (c *Config) public(listening string) (string, error) {
	if c.PublicURL == "" {
		return "http://" + listening, nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", errors.New("LBL_PUBLIC_URL 应为 https://域名 这样的地址")
	}
	return strings.TrimRight(c.PublicURL, "/"), nil
}

// checkPapers fails with a line for each setting of signatures, booklets and photos that cannot be what is meant.
func (c *Config) checkPapers() error {
	_, unsigned := c.trusted() // which makes no key
	_, unreached := c.public("")
	_, unprinted := booklet.New(c.PDFFont, "")
	if unprinted != nil {
		unprinted = fmt.Errorf("LBL_PDF_FONT: %w", unprinted)
	}
	_, unkept := c.blobAddress()
	return errors.Join(unsigned, unreached, unprinted, unkept, c.checkAlarms())
}

// minWebhookKey is how many characters the key of the gateway has at least.
const minWebhookKey = 16

// checkAlarms fails when what is set of the gateway cannot be what is meant.
func (c *Config) checkAlarms() error {
	if c.AlarmWebhookURL == "" && c.AlarmWebhookKey == "" {
		return nil
	}
	u, err := url.Parse(c.AlarmWebhookURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("LBL_ALARM_WEBHOOK_URL 应为 https://网关/路径 这样的地址")
	}
	if len(c.AlarmWebhookKey) < minWebhookKey {
		return errors.New("LBL_ALARM_WEBHOOK_KEY 至少 16 个字符")
	}
	return nil
}

// alarmChannels returns the ways outside of this program by which people are called to an alarm.
func (c *Config) alarmChannels() care.Channels {
	if c.AlarmWebhookURL == "" {
		return care.Channels{}
	}
	return care.Channels{Webhook: care.Webhook(c.AlarmWebhookURL, []byte(c.AlarmWebhookKey))}
}

// blobAddress returns where photos are kept: beside an embedded database, unless another place is named.
func (c *Config) blobAddress() (string, error) {
	address := c.BlobURL
	if address == "" {
		path, ok := c.embedded()
		if !ok {
			path = "data/x"
		}
		folder, err := filepath.Abs(filepath.Join(filepath.Dir(path), "photos"))
		if err != nil {
			return "", fmt.Errorf("LBL_BLOB_URL: %w", err)
		}
		address = "file://" + filepath.ToSlash(folder)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "file" && u.Scheme != "s3" || u.Scheme == "file" && u.Path == "" || u.Scheme == "s3" && u.Host == "" {
		return "", errors.New("LBL_BLOB_URL 应为 file:///目录 或 s3://桶?region=… 这样的地址")
	}
	if u.Scheme == "file" && u.RawQuery == "" {
		u.RawQuery = "create_dir=true&no_tmp_dir=true&metadata=skip"
	}
	return u.String(), nil
}

func keptKeys(path string) (string, error) {
	kept, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(kept)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read keys: %w", err)
	}
	text := newKeys("k1")
	if err = keep(path, text); errors.Is(err, os.ErrExist) {
		return keptKeys(path) // another process was first
	}
	return text, err
}

// newKeys makes a key.
func newKeys(name string) string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return name + ":" + hex.EncodeToString(secret)
}

// keep writes keys to a file that only its owner reads, and that was not there: whole, and on the disk, or not at all.
func keep(path, text string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("keep keys: %w", err)
	}
	file, err := os.CreateTemp(folder, "keys-*")
	if err != nil {
		return fmt.Errorf("keep keys: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.WriteString(text + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Link(file.Name(), path) // fails when another process kept its own first
	}
	if err == nil {
		err = synced(folder)
	}
	if err != nil {
		return fmt.Errorf("keep keys: %w", err)
	}
	return nil
}

// synced has a folder's entries on the disk.
func synced(folder string) error {
	open, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(open.Sync(), open.Close())
}

type configCmd struct{}

// Run prints the configuration in force.
func (configCmd) Run(c *Config, out io.Writer) error {
	values := []string{
		c.Listen, withoutPassword(c.DatabaseURL), withoutPassword(c.RedisURL), c.Mode, hidden(c.JWTKeys),
		c.WeChatAppID, hidden(c.WeChatSecret), c.WeChatAPIBase, hidden(c.WeChatPushToken), hidden(c.WeChatPushKey), hidden(c.LedgerKey), hidden(c.DataKeys), c.PublicURL, withoutPassword(c.BlobURL), c.PDFFont,
		strconv.Itoa(c.PioneerPercent), withoutPassword(c.AlarmWebhookURL), hidden(c.AlarmWebhookKey),
		strconv.FormatFloat(c.RateFactor, 'g', -1, 64), strconv.Itoa(c.MaxConnections), c.CORSOrigins, c.TrustedProxies, c.MetricsListen,
	}
	for i, name := range configNames() {
		if _, err := fmt.Fprintf(out, "%s=%s\n", name, values[i]); err != nil {
			return err
		}
	}
	return nil
}

func hidden(secret string) string {
	if secret == "" {
		return ""
	}
	return "***"
}

// withoutPassword hides the password of an address, be it of the user or a parameter.
func withoutPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "***"
	}
	if u.RawQuery != "" {
		u.RawQuery = withoutSecrets(u.RawQuery)
		address = u.String()
	}
	if _, secret := u.User.Password(); secret {
		u.User = url.UserPassword(u.User.Username(), "***")
		return strings.Replace(u.String(), "%2A%2A%2A", "***", 1)
	}
	return address
}

func withoutSecrets(query string) string {
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil || strings.Contains(strings.ToLower(plain), "password") {
			parts[i] = name + "=***"
		}
	}
	return strings.Join(parts, "&")
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, version)
	return err
}
