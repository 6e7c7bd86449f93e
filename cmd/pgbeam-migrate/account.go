// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/sethvargo/go-envconfig"

	"github.com/pgbeam/pulumi-pgbeam/internal/migrate"
)

// accountFlags are the flags of the command account.
type accountFlags struct {
	orgs, skip           []string
	components           bool
	out, program, resume string
}

func runAccount(ctx context.Context, args []string, std streams) error {
	// The provider logs what concerns the import of a single object. The command says it once
	// for all.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	var f accountFlags
	flags := newFlags("account", "account [flags] > import.json", std.err)
	flags.Func("org", "`ID` of an organization; can be repeated (default: every organization that the API key has access to)", appendTo(&f.orgs))
	flags.Func("skip", "`kind` that is left out, such as OrganizationMember; can be repeated", appendTo(&f.skip))
	flags.BoolVar(&f.components, "components", false, "put projects that have its shape into SecureAgentProject components")
	flags.StringVar(&f.out, "out", "", "`file` for the import file (default: the standard output)")
	flags.StringVar(&f.program, "program", "", "new `file` for a program in YAML, such as Pulumi.yaml")
	flags.StringVar(&f.resume, "resume", "", "`file` that records the progress of the walk (default: that of --out with .progress, or pgbeam-account.progress)")
	if _, err := parse(flags, args); err != nil {
		return err
	}
	if f.resume == "" {
		f.resume = "pgbeam-account.progress"
		if f.out != "" {
			f.resume = f.out + ".progress"
		}
	}
	if f.program != "" {
		// A program that exists may have been edited.
		if _, err := os.Lstat(f.program); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the file %s exists: name a new one with --program", f.program)
		}
	}
	return f.run(ctx, std)
}

func appendTo(values *[]string) func(string) error {
	return func(value string) error {
		if value == "" {
			return errors.New("must not be empty")
		}
		*values = append(*values, value)
		return nil
	}
}

func (f accountFlags) run(ctx context.Context, std streams) error {
	var mutex sync.Mutex
	report := func(line string) {
		mutex.Lock()
		defer mutex.Unlock()
		_, _ = fmt.Fprintln(std.err, line)
	}
	account, err := migrate.NewAccount(ctx, migrate.AccountOptions{
		Environment: envconfig.OsLookuper(), OrgIDs: f.orgs, Skip: f.skip, ProgressFile: f.resume, Components: f.components, Report: report,
	})
	if err != nil {
		return err
	}
	notes, err := f.walk(ctx, account)
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("interrupted. Run the same command again to continue the walk, whose progress is in %s", f.resume)
	case errors.Is(err, migrate.ErrOutdated):
		return errors.Join(err, account.Done())
	case err != nil:
		return fmt.Errorf("%w\nNothing was written. Run the same command again to continue the walk, whose progress is in %s", err, f.resume)
	}
	secrets, err := f.write(account, std.out)
	if err != nil {
		return err
	}
	f.explain(account, notes, secrets, report)
	return account.Done()
}

// walk reads everything that is needed for the files.
func (f accountFlags) walk(ctx context.Context, account *migrate.Account) (notes []string, err error) {
	if err := account.Walk(ctx); err != nil {
		return nil, err
	}
	return account.Prepare(ctx, f.program != "")
}

// write writes the files, and returns the secrets of the program's configuration.
func (f accountFlags) write(account *migrate.Account, stdout io.Writer) (secrets []string, err error) {
	var file bytes.Buffer
	if err := account.ImportFile().Write(&file); err != nil {
		return nil, err
	}
	if f.program != "" {
		var program []byte
		if program, secrets, err = account.Program("pgbeam-account"); err == nil {
			err = migrate.WriteFile(f.program, program)
		}
		if err != nil {
			return nil, fmt.Errorf("writing the program: %w", err)
		}
	}
	if f.out != "" {
		err = migrate.WriteFile(f.out, file.Bytes())
	} else {
		_, err = stdout.Write(file.Bytes())
	}
	if err != nil {
		return nil, fmt.Errorf("writing the import file: %w", err)
	}
	return secrets, nil
}

// explain says what the files have, what they lack, and what to do with them.
func (f accountFlags) explain(account *migrate.Account, notes, secrets []string, report func(string)) {
	report("\nFound " + account.Summary() + ".")
	paragraph := func(title string, lines []string) {
		if len(lines) > 0 {
			report("\n" + title + "\n  " + strings.Join(lines, "\n  "))
		}
	}
	paragraph("These projects do not have the shape of a SecureAgentProject, and remain single resources:", notes)
	once, writeOnly := account.Secrets()
	paragraph("The API has returned the secrets of these objects once, when they were created. The state will not have them. Agents and proxies that have them can keep using them. "+
		"To issue new ones later, change rotationTriggers of the resource; the old ones then stop working.", once)
	paragraph("The API does not return these values, which the program has to set:", writeOnly)
	var commands []string
	for _, secret := range secrets {
		commands = append(commands, "pulumi config set --secret "+secret)
	}
	paragraph("The program takes the passwords of the databases, which are in use, from the configuration of the stack:", commands)
	if f.program == "" && f.components {
		report("\nThe Pulumi CLI cannot generate a program with components. To have one written, add --program Pulumi.yaml.")
	}
	switch {
	case f.program != "", f.components:
		report("\nNext: pulumi import --generate-code=false --file " + f.importFile())
	default:
		report("\nNext: pulumi import --out FILE --file " + f.importFile())
	}
}

func (f accountFlags) importFile() string {
	if f.out == "" {
		return "FILE"
	}
	return f.out
}
