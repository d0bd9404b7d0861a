package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// stage is where the day is played: it tells each act in one line, and remembers what went wrong.
type stage struct {
	out    io.Writer
	base   string
	calls  calls
	cast   map[string]*visitor
	failed []error
}

// say tells one act.
func (s *stage) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, "  "+format+"\n", args...)
}

func (s *stage) scene(title string) { _, _ = fmt.Fprintf(s.out, "\n■ %s\n", title) }

// want notes a failure, and reports whether the act went well.
func (s *stage) want(act string, err error) bool {
	if err != nil {
		s.failed = append(s.failed, fmt.Errorf("%s: %w", act, err))
		s.say("✗ %s：%v", act, err)
	}
	return err == nil
}

// refused reports whether an act was refused with a code, as it should be.
func refused(err error, code string) bool {
	var p *problem
	return errors.As(err, &p) && p.Code == code
}

var errNotRefused = errors.New("没有被拒绝")

// unexpected is what came instead of a refusal, or that nothing did.
func unexpected(err error) error { return errors.Join(errNotRefused, err) }

func (s *stage) as(handle string) *visitor { return s.cast[handle] }

// handles lists several people of one kind: resident-3 to resident-7.
func handles(kind string, from, to int) []string {
	var list []string
	for n := from; n <= to; n++ {
		list = append(list, fmt.Sprintf("%s-%d", kind, n))
	}
	return list
}

// barWidth is how many characters a full progress bar has.
const barWidth = 30

// crowd has many people do the same at once, and shows how far they are.
func (s *stage) crowd(act string, who []string, do func(*visitor) error) (won int, errs []error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	done := 0
	for _, handle := range who {
		all.Go(func() {
			err := do(s.as(handle))
			mu.Lock()
			defer mu.Unlock()
			if done++; err != nil {
				errs = append(errs, err)
			} else {
				won++
			}
			full := barWidth * done / len(who)
			_, _ = fmt.Fprintf(s.out, "\r  %s [%s%s] %d/%d", act, strings.Repeat("█", full), strings.Repeat("·", barWidth-full), done, len(who))
		})
	}
	all.Wait()
	_, _ = fmt.Fprintln(s.out)
	return won, errs
}

// expect notes a failure unless all of a crowd either won or were refused as they should be.
func (s *stage) expect(act string, errs []error, code string) {
	for _, err := range errs {
		if !refused(err, code) {
			s.want(act, err)
		}
	}
}

// until asks again for a while, for what happens a moment after it was caused.
func until(ctx context.Context, ask func() error) error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := ask()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
