// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// maxRecordedRequests limits the memory of a server that runs for days.
const maxRecordedRequests = 1000

// defaultQueryShapes are the query shapes of every new database unless --query-shape is used.
var defaultQueryShapes = []string{
	"SELECT * FROM users WHERE id = $1",
	"SELECT id, total FROM orders WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2",
	"SELECT count(*) FROM orders WHERE created_at > $1",
	"UPDATE users SET last_seen_at = now() WHERE id = $1",
}

type settings struct {
	listen    string
	options   localapi.Options
	faults    []localapi.Fault
	rateLimit localapi.RateLimit
	version   bool
}

// parse parses the command line. If it fails, it writes the error to stderr.
func parse(args []string, stderr io.Writer) (settings, error) {
	s := settings{options: localapi.Options{KeepRequests: maxRecordedRequests, QueryShapes: defaultQueryShapes}}
	var key, org string
	var shapes []string
	flags := flag.NewFlagSet("pgbeam-local", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:0", "loopback `ADDRESS` to listen on; port 0 selects a free port")
	flags.StringVar(&key, "api-key", localapi.DefaultAPIKey, "API `KEY` to accept")
	flags.StringVar(&org, "org", localapi.DefaultOrgID, "`ID` of the organization that the API key belongs to")
	flags.StringVar(&s.options.StateFile, "state", "", "`FILE` that keeps the objects, including secrets, across restarts")
	flags.StringVar(&s.options.Plan, "plan", "scale", "plan of the organization, a `TIER`: starter, pro, scale or enterprise")
	flags.Func("rate-limit", "respond 429 to more than `N[/TIME]` requests per second or other time, such as 100 or 200/2s; "+
		"0, the default, means no limit", func(value string) (err error) {
		s.rateLimit, err = localapi.ParseRateLimit(value)
		return err
	})
	flags.Func("plan-limit", "plan limit `NAME=N`; repeatable; the names are listed below", func(value string) error {
		name, limit, _ := strings.Cut(value, "=")
		return s.options.Limits.Set(name, limit)
	})
	flags.Func("behaviour", "behaviour `NAME[=VALUE]` to select where the API's contract leaves a choice; repeatable; the names are listed below", func(value string) error {
		name, choice, _ := strings.Cut(value, "=")
		return s.options.Behaviour.Set(name, choice)
	})
	flags.Func("fault", "fault to inject into matching requests, as `'METHOD PATH SETTING...'`; repeatable; the settings are listed below", func(value string) error {
		fault, err := localapi.ParseFault(value)
		s.faults = append(s.faults, fault)
		return err
	})
	flags.Func("deprecate", "deprecated operations, as `'METHOD PATH SETTING...'`; repeatable; the settings are listed below", func(value string) error {
		deprecation, err := localapi.ParseDeprecation(value)
		s.options.Deprecations = append(s.options.Deprecations, deprecation)
		return err
	})
	flags.Func("query-shape", "query shape of every new database, such as `'SELECT ...'`, for use with CacheRule; repeatable; "+
		"replaces the default shapes listed below; '' removes them", func(value string) error {
		if value == "" {
			s.options.QueryShapes = shapes
			return nil
		}
		if _, normalized := localapi.QueryShape(value); normalized == "" {
			return errors.New("contains no statement")
		}
		shapes = append(shapes, value)
		s.options.QueryShapes = shapes
		return nil
	})
	flags.BoolVar(&s.version, "version", false, "print the version and exit")
	flags.Usage = func() {} // the long help would hide the error above it
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			printHelp(stderr, flags, s.options.QueryShapes)
		} else {
			_, _ = fmt.Fprintln(stderr, "Run pgbeam-local --help for usage.")
		}
		return s, err
	}
	s.options.APIKeys = map[string]string{key: org}
	if err := s.check(flags.Args()); err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return s, err
	}
	return s, nil
}

func (s *settings) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	host, port, err := net.SplitHostPort(s.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if !localapi.IsLoopback(host) {
		return fmt.Errorf("--listen %s: only a loopback address is allowed, such as 127.0.0.1:%s", s.listen, port)
	}
	return nil
}
