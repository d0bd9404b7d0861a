package wechattest

import (
	"encoding/json"
	"fmt"
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
// else is no code.
type Server struct {
	*httptest.Server
	mu     sync.Mutex
	used   map[string]bool
	phones map[string]string
	token  int
	busy   int
	calls  map[string]int
}

// New starts a server; the caller closes it.
func New() *Server {
	s := &Server{used: map[string]bool{}, phones: map[string]string{}, calls: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sns/jscode2session", s.session)
	mux.HandleFunc("POST /cgi-bin/stable_token", s.stableToken)
	mux.HandleFunc("POST /wxa/business/getuserphonenumber", s.phone)
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
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.AppID != AppID || body.Secret != Secret {
		refuse(w, 40125, "invalid appsecret")
		return
	}
	answer(w, map[string]any{"access_token": fmt.Sprint("token-", s.token), "expires_in": 7200})
}

func (s *Server) phone(w http.ResponseWriter, r *http.Request) {
	defer s.enter(r)()
	var body struct {
		Code string `json:"code"`
	}
	err := json.NewDecoder(r.Body).Decode(&body)
	number := s.phones[body.Code]
	switch {
	case r.URL.Query().Get("access_token") != fmt.Sprint("token-", s.token):
		refuse(w, 40001, "invalid credential")
	case err != nil || number == "":
		refuse(w, 40029, "invalid code")
	default:
		delete(s.phones, body.Code)
		answer(w, map[string]any{"errcode": 0, "phone_info": map[string]string{"purePhoneNumber": number, "countryCode": "86"}})
	}
}
