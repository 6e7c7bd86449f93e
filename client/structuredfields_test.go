// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestParseFieldList(t *testing.T) {
	t.Parallel()
	text := func(s string) bareItem { return bareItem{kind: stringItem, text: s} }
	number := func(n int64) bareItem { return bareItem{kind: integerItem, number: n} }
	for field, want := range map[string][]fieldItem{
		`"default";q=200;w=2`: {{text("default"), []fieldParameter{{"q", number(200)}, {"w", number(2)}}}},
		` "a" ;q=1`:           nil,
		`"a"; q=1;  x `:       {{text("a"), []fieldParameter{{"q", number(1)}, {"x", bareItem{}}}}},
		"\"a\" \t,\t \"b\"":   {{text("a"), nil}, {text("b"), nil}},
		`"a\"\\b"`:            {{text(`a"\b`), nil}},
		`"a";pk=:aGVsbG8=:;*k_-.1=*tok/en:1;d=-1.5;b=?1;t=@5;s=%"f%c3%bc"`: {{text("a"), []fieldParameter{
			{"pk", bareItem{}},
			{"*k_-.1", bareItem{}},
			{"d", bareItem{}},
			{"b", bareItem{}},
			{"t", bareItem{kind: dateItem, number: 5}},
			{"s", bareItem{}},
		}}},
		`-999999999999999, @-1`: {{number(-999999999999999), nil}, {bareItem{kind: dateItem, number: -1}, nil}},
		``:                      nil,
		`,`:                     nil,
		`"a",`:                  nil,
		`"a" "b"`:               nil,
		`"a`:                    nil,
		`"a\n"`:                 nil,
		"\"\x7f\"":              nil,
		"\"a\\\x01\"":           nil,
		`"a";`:                  nil,
		`"a";Q=1`:               nil,
		`"a";q=`:                nil,
		`1234567890123456`:      nil,
		`1.2345`:                nil,
		`1.`:                    nil,
		`-`:                     nil,
		`--1`:                   nil,
		`@1.5`:                  nil,
		`?2`:                    nil,
		`:!:`:                   nil,
		`:YQ==`:                 nil,
		`%a`:                    nil,
		`limit=100, reset=1`:    nil,
		`("a" "b")`:             nil,
		`"` + strings.Repeat("x", maxFieldLength) + `"`: nil,
	} {
		assert.Equal(t, want, parseFieldList([]string{field}), field)
	}
	lines := parseFieldList([]string{`"a"`, `"b";q=1`})
	assert.Len(t, lines, 2, "several lines are one list")
}

func TestAnnouncedLimits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policies, states []string
		want             []announcedLimit
	}{
		"nothing": {nil, nil, nil},
		"documented form": {
			[]string{`"default";q=200;w=2;qu="requests"`},
			[]string{`"default";r=173;t=2`},
			[]announcedLimit{{"default", 200, 2 * time.Second, true, 173, 2 * time.Second}},
		},
		"any order, and unknown parameters": {
			[]string{`"default";comment="x";w=2;pk=:YQ==:;q=200`},
			[]string{`"default";t=2;burst;r=173`},
			[]announcedLimit{{"default", 200, 2 * time.Second, true, 173, 2 * time.Second}},
		},
		"several lines": {
			[]string{`"a";q=10;w=1`, `"b";q=100;w=60, "c";q=1;w=1`},
			[]string{`"b";r=5;t=30`, `"a";r=9;t=1`},
			[]announcedLimit{
				{"a", 10, time.Second, true, 9, time.Second},
				{"b", 100, time.Minute, true, 5, 30 * time.Second},
				{"c", 1, time.Second, false, 0, 0},
			},
		},
		"partitions": {
			[]string{`"a";q=10;w=9`},
			[]string{`"a";r=5;t=3;pk=:YQ==:, "a";r=2;t=4;pk=:Yg==:, "a";r=7;t=1;pk=:Yw==:`},
			[]announcedLimit{{"a", 10, 9 * time.Second, true, 2, 4 * time.Second}},
		},
		"a policy twice": {
			[]string{`"a";q=10;w=9, "a";q=99;w=9`},
			nil,
			[]announcedLimit{{"a", 10, 9 * time.Second, false, 0, 0}},
		},
		"only a state":     {nil, []string{`"a";r=5;t=3`}, []announcedLimit{{"a", 0, 0, true, 5, 3 * time.Second}}},
		"no reset":         {nil, []string{`"a";r=5`}, nil},
		"no remaining":     {nil, []string{`"a";t=5`}, nil},
		"far reset":        {nil, []string{`"a";r=5;t=301`}, nil},
		"types":            {[]string{`"a";q="10";w=9`}, []string{`"a";r=5.0;t=3`}, nil},
		"token":            {[]string{`a;q=10;w=9`}, []string{`a;r=5;t=3`}, nil},
		"other unit":       {[]string{`"a";q=10;w=9;qu="content-bytes"`}, []string{`"a";r=5;t=3`}, nil},
		"unit of any type": {[]string{`"a";q=10;w=9;qu=requests`}, []string{`"a";r=5;t=3`}, nil},
		"malformed policy": {[]string{`"a";q=10;w=9;`}, []string{`"a";r=5;t=3`}, []announcedLimit{{"a", 0, 0, true, 5, 3 * time.Second}}},
	} {
		header := http.Header{}
		for _, line := range test.policies {
			header.Add("RateLimit-Policy", line)
		}
		for _, line := range test.states {
			header.Add("RateLimit", line)
		}
		assert.Equal(t, test.want, announcedLimits(header), name)
	}
}

// FuzzAnnouncedLimits verifies that no header makes the client wait forever, or not at
// all for a limit that it has understood.
func FuzzAnnouncedLimits(f *testing.F) {
	f.Add(`"default";q=200;w=2;qu="requests"`, `"default";r=173;t=2`)
	f.Add(`"a";q=1;w=604800, "b";q=0;w=0`, `"b";r=-1;t=9, "a";t=1;r=0;pk=:YQ==:`)
	f.Add(`100;w=60`, `limit=100, remaining=50, reset=1`)
	f.Fuzz(func(t *testing.T, policies, states string) {
		limits := announcedLimits(http.Header{"Ratelimit-Policy": {policies}, "Ratelimit": {states}})
		assert.LessOrEqual(t, len(limits), maxAnnouncedLimits)
		for _, limit := range limits {
			assert.True(t, limit.quota >= 1 && limit.window >= time.Second || limit.quota == 0 && limit.window == 0 && limit.hasRemaining)
			if limit.hasRemaining {
				assert.GreaterOrEqual(t, limit.remaining, int64(0))
				assert.GreaterOrEqual(t, limit.reset, time.Second)
				assert.LessOrEqual(t, limit.reset, maxRetryAfter)
			}
		}
		now := time.Now()
		budget := newAnnouncedBudget()
		for range 3 { // each response ends the wait for it
			sent, delay := budget.tryAcquire(now)
			assert.LessOrEqual(t, delay, maxRetryAfter)
			if delay > 0 {
				now = now.Add(delay)
				sent, delay = budget.tryAcquire(now)
				assert.LessOrEqual(t, delay, time.Duration(0))
			}
			budget.observe(limits, sent, now)
			budget.release()
		}
	})
}
