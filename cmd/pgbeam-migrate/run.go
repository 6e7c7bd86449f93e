// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// streams are those of the process. Only a result is written to out, and only if there
// is no error, so that a pipe never passes on a part of one. What a person reads is
// written to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is a subcommand.
type command struct {
	name    string
	summary string
	run     func(context.Context, []string, streams) error
}

func commands() []command {
	return []command{
		{"dynamic", "Rewrite the state of a stack that uses the dynamic provider @pgbeam/pulumi.", runDynamic},
		{"terraform", "Turn a Terraform state into a file for pulumi import, or add it to the state of a stack.", runTerraform},
		{"account", "Write an import file with everything in PgBeam that an API key has access to.", runAccount},
	}
}

// Exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

// errUsage is the error of a command line that package flag has already reported.
var errUsage = errors.New("usage")

// run executes a command line, and returns the exit code.
func run(ctx context.Context, args []string, std streams) int {
	if len(args) == 1 && strings.TrimLeft(args[0], "-") == "version" {
		_, _ = fmt.Fprintln(std.out, "pgbeam-migrate", provider.Version)
		return exitOK
	}
	if len(args) > 0 {
		for _, command := range commands() {
			if command.name == args[0] {
				return exitCode(command, command.run(ctx, args[1:], std), std.err)
			}
		}
	}
	usage(std.err)
	if len(args) == 1 && (args[0] == "help" || strings.TrimLeft(args[0], "-") == "help" || args[0] == "-h") {
		return exitOK
	}
	return exitUsage
}

func exitCode(command command, err error, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		return exitUsage
	default:
		say(stderr, "pgbeam-migrate %s: %s\n", command.name, err)
		return exitFailed
	}
}

// say writes to the standard error of the process, where nothing can be done about an error.
func say(stderr io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(stderr, format, args...) }

func usage(stderr io.Writer) {
	say(stderr, "Usage: pgbeam-migrate <command> [flags]\n       pgbeam-migrate -version\n\nCommands:\n")
	for _, command := range commands() {
		say(stderr, "  %-10s %s\n", command.name, command.summary)
	}
	say(stderr, "\nRun pgbeam-migrate <command> -help for its flags. Exit codes: 0 success, 1 failure, 2 wrong usage.\n"+
		"No command changes an object in PgBeam. Read MIGRATING.md first.\n")
}

// newFlags returns the flags of a command, which prints its usage for -help.
func newFlags(name, usage string, stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		say(stderr, "Usage: pgbeam-migrate %s\n", usage)
		flags.PrintDefaults()
	}
	return flags
}

// parse parses flags and the named arguments, in any order.
func parse(flags *flag.FlagSet, args []string, names ...string) ([]string, error) {
	var values []string
	for {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, errUsage
		}
		if flags.NArg() == 0 {
			break
		}
		values, args = append(values, flags.Arg(0)), flags.Args()[1:]
	}
	if len(values) != len(names) {
		flags.Usage()
		return nil, errUsage
	}
	return values, nil
}
