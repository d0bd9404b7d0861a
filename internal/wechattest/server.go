package wechattest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// The mini-program that the server knows.
const (
	AppID  = "wx0123456789abcdef"
	Secret = "0123456789abcdef0123456789abcdef"
)

// SessionKey is in every login's answer, and must never be seen behind the client.
const SessionKey = "c2Vzc2lvbi1rZXktb2YtYS10ZXN0"

// Server is WeChat for one test. Login codes are "ok-" and an openid, each good once; "blocked" is a user
// that WeChat blocks, "busy" fails twice before it is as "ok-busy", "html" answers a page, and anything
// else is no code. What other calls answer is in the files of each.
type Server struct {
	*httptest.Server
	mu     sync.Mutex
	used   map[string]bool
	phones map[string]string
	token  int
	life   int // seconds
	forced int
	stuck  string
	busy   int
	calls  map[string]int
	fails  map[string][]int // by path, what the next calls are refused with
	sent   []Sent
	traces []Trace
	texts  []string
}

// New starts a server; the caller closes it.
func New() *Server {
	s := &Server{used: map[string]bool{}, phones: map[string]string{}, calls: map[string]int{}, fails: map[string][]int{}, life: 7200}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sns/jscode2session", s.session)
	mux.HandleFunc("POST /cgi-bin/stable_token", s.stableToken)
	mux.HandleFunc("POST /wxa/business/getuserphonenumber", s.tokened(s.phone))
	mux.HandleFunc("POST /cgi-bin/message/subscribe/send", s.tokened(s.send))
	mux.HandleFunc("POST /wxa/msg_sec_check", s.tokened(s.checkText))
	mux.HandleFunc("POST /wxa/media_check_async", s.tokened(s.checkMedia))
	mux.HandleFunc("POST /wxa/getwxacodeunlimit", s.tokened(s.code))
	mux.HandleFunc("POST /wxa/generate_urllink", s.tokened(s.link("url_link", "https://wxaurl.example/")))
	mux.HandleFunc("POST /wxa/generatescheme", s.tokened(s.link("openlink", "weixin://dl/business/?t=")))
	s.Server = httptest.NewServer(mux)
	return s
}

// Phone has a code stand for a phone, in digits without the country code.
func (s *Server) Phone(code, number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phones[code] = number
}

// ExpireToken ends the access token that was given out.
func (s *Server) ExpireToken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token++
}

// Life sets how many seconds the access tokens that are given out from now on have left.
func (s *Server) Life(seconds int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life = seconds
}

// Forced returns how often a new access token was forced.
func (s *Server) Forced() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.forced
}

// Fail has the next calls of a path refused with these codes, 0 for one that is not answered as WeChat does.
func (s *Server) Fail(path string, codes ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails[path] = codes
}

// Calls returns how often a path was asked.
func (s *Server) Calls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

func (s *Server) enter(r *http.Request) func() {
	s.mu.Lock()
	s.calls[r.URL.Path]++
	return s.mu.Unlock
}

// tokened answers calls that come with the access token that was given out, as long as they are not to fail.
func (s *Server) tokened(answer func(w http.ResponseWriter, body []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer s.enter(r)()
		body, err := io.ReadAll(r.Body)
		fails := s.fails[r.URL.Path]
		switch {
		case r.URL.Query().Get("access_token") != fmt.Sprint("token-", s.token):
			refuse(w, 40001, "invalid credential, access_token is invalid or not latest, rid: 6655aa00-12345678-0badcafe")
		case err != nil || !json.Valid(body):
			refuse(w, 47001, "data format error")
		case len(fails) > 0:
			s.fails[r.URL.Path] = fails[1:]
			if fails[0] == 0 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			refuse(w, fails[0], "rid: 6655aa00-12345678-0badcafe")
		default:
			answer(w, body)
		}
	}
}

func refuse(w http.ResponseWriter, code int, message string) {
	answer(w, map[string]any{"errcode": code, "errmsg": message})
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	defer s.enter(r)()
	q := r.URL.Query()
	code := q.Get("js_code")
	openid, ok := strings.CutPrefix(code, "ok-")
	switch {
	case q.Get("appid") != AppID:
		refuse(w, 40013, "invalid appid")
	case q.Get("secret") != Secret:
		refuse(w, 40125, "invalid appsecret")
	case code == "blocked":
		refuse(w, 40226, "code blocked")
	case code == "html":
		_, _ = fmt.Fprint(w, "<html>gateway</html>")
	case code == "busy" && s.busy < 2:
		s.busy++
		refuse(w, -1, "system error")
	case code != "busy" && !ok:
		refuse(w, 40029, "invalid code")
	case s.used[code]:
		refuse(w, 40163, "code been used")
	default:
		s.used[code] = true
		answer(w, map[string]string{"openid": openid, "session_key": SessionKey})
	}
}

func (s *Server) stableToken(w http.ResponseWriter, r *http.Request) {
	defer s.enter(r)()
	var body struct {
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}
	fails := s.fails[r.URL.Path]
	switch {
	case json.NewDecoder(r.Body).Decode(&body) != nil || body.AppID != AppID || body.Secret != Secret:
		refuse(w, 40125, "invalid appsecret")
	case len(fails) > 0:
		s.fails[r.URL.Path] = fails[1:]
		refuse(w, fails[0], "system error")
	default:
		if body.Force {
			s.forced++
			s.token++
		}
		if s.stuck != "" && !body.Force {
			answer(w, map[string]any{"access_token": s.stuck, "expires_in": s.life})
			return
		}
		answer(w, map[string]any{"access_token": fmt.Sprint("token-", s.token), "expires_in": s.life})
	}
}

// Stick has an access token that ended given out again, unless another is forced.
func (s *Server) Stick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck = fmt.Sprint("token-", s.token)
	s.token++
}

func (s *Server) phone(w http.ResponseWriter, body []byte) {
	var in struct {
		Code string `json:"code"`
	}
	err := json.Unmarshal(body, &in)
	number := s.phones[in.Code]
	if err != nil || number == "" {
		refuse(w, 40029, "invalid code")
		return
	}
	delete(s.phones, in.Code)
	answer(w, map[string]any{"errcode": 0, "phone_info": map[string]any{
		"phoneNumber": number, "purePhoneNumber": number, "countryCode": 86, "watermark": map[string]any{"timestamp": 1, "appid": AppID},
	}})
}
