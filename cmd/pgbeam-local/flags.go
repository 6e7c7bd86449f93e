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

// keptRequests bounds what a server that runs for days remembers.
const keptRequests = 1000

// queryShapes are those of every new database unless the command line gives others.
var queryShapes = []string{
	"SELECT * FROM users WHERE id = $1",
	"SELECT id, total FROM orders WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2",
	"SELECT count(*) FROM orders WHERE created_at > $1",
	"UPDATE users SET last_seen_at = now() WHERE id = $1",
}

type settings struct {
	listen    string
	options   localapi.Options
	faults    []localapi.Fault
	rateLimit int
	version   bool
}

// parse reads the command line. It has written usage and error to stderr when it fails.
func parse(args []string, stderr io.Writer) (settings, error) {
	s := settings{options: localapi.Options{KeepRequests: keptRequests, QueryShapes: queryShapes}}
	var key, org string
	var shapes []string
	flags := flag.NewFlagSet("pgbeam-local", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:0", "loopback `ADDRESS` to listen on; port 0 takes a free one")
	flags.StringVar(&key, "api-key", localapi.DefaultAPIKey, "the bearer `KEY` that is accepted")
	flags.StringVar(&org, "org", localapi.DefaultOrgID, "the organization `ID` that the key belongs to")
	flags.StringVar(&s.options.StateFile, "state", "", "`FILE` that keeps the objects over a restart, secrets included")
	flags.StringVar(&s.options.Plan, "plan", "scale", "the organization's `TIER`: starter, pro, scale or enterprise")
	flags.IntVar(&s.rateLimit, "rate-limit", 0, "requests per second beyond which 429 is answered; 0 for no limit")
	flags.Func("plan-limit", "`NAME=N`, a limit of the plan, listed below; repeatable", func(value string) error {
		name, limit, _ := strings.Cut(value, "=")
		return s.options.Limits.Set(name, limit)
	})
	flags.Func("behaviour", "`NAME[=VALUE]`, a choice among answers that the API leaves open, listed below; repeatable", func(value string) error {
		name, choice, _ := strings.Cut(value, "=")
		return s.options.Behaviour.Set(name, choice)
	})
	flags.Func("fault", "`'METHOD PATH SETTING...'`, what goes wrong with some requests; the settings are listed below; repeatable", func(value string) error {
		fault, err := localapi.ParseFault(value)
		s.faults = append(s.faults, fault)
		return err
	})
	flags.Func("query-shape", "`'SELECT ...'`, a query shape of every new database, so that a CacheRule can be tried; repeatable; "+
		"replaces those listed below, and '' removes them", func(value string) error {
		if value == "" {
			s.options.QueryShapes = shapes
			return nil
		}
		if _, normalized := localapi.QueryShape(value); normalized == "" {
			return errors.New("there is no statement in it")
		}
		shapes = append(shapes, value)
		s.options.QueryShapes = shapes
		return nil
	})
	flags.BoolVar(&s.version, "version", false, "print the version and exit")
	flags.Usage = func() {} // it would hide the error, which is written before it
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			help(stderr, flags, s.options.QueryShapes)
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
	if s.rateLimit < 0 {
		return errors.New("--rate-limit must not be negative")
	}
	host, port, err := net.SplitHostPort(s.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if !localapi.IsLoopback(host) {
		return fmt.Errorf("--listen %s is refused: only a loopback address is served, such as 127.0.0.1:%s", s.listen, port)
	}
	return nil
}
