// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pgbeam/pulumi-pgbeam/internal/migrate"
)

func runTerraform(_ context.Context, args []string, std streams) error {
	flags := newFlags("terraform", "terraform STATE [flags]\n\n"+
		"STATE is a Terraform state, such as terraform.tfstate, or - for the output of `terraform state pull`.\n"+
		"Writes a file for `pulumi import --file`, or with --state, reads and writes the state of a stack:\n\n"+
		"  pulumi stack export | pgbeam-migrate terraform STATE --state | pulumi stack import\n", std.err)
	state := flags.Bool("state", false, "add the objects to the state of a stack, with the secrets that Terraform has")
	var name migrate.StackName
	flags.StringVar(&name.Project, "project", "", "with --state: the name of the Pulumi project, which the state of an empty stack does not have")
	flags.StringVar(&name.Stack, "stack", "", "with --state: the name of the stack, as above")
	values, err := parse(flags, args, "STATE")
	if err != nil {
		return err
	}
	terraform, err := readState(values[0], *state, std)
	if err != nil {
		return err
	}
	var result bytes.Buffer
	var report migrate.TerraformReport
	if *state {
		exported, err := io.ReadAll(std.in)
		if err != nil {
			return fmt.Errorf("reading the deployment: %w", err)
		}
		deployment, added, err := migrate.AddTerraformState(terraform, exported, name)
		if err != nil {
			return err
		}
		report = added
		result.Write(deployment)
	} else {
		file, found, err := migrate.TerraformImportFile(terraform)
		if err != nil {
			return err
		}
		report = found
		if err := file.Write(&result); err != nil {
			return err
		}
	}
	report.Write(std.err)
	_, err = std.out.Write(result.Bytes())
	return err
}

// readState returns the Terraform state in a file, or in the standard input.
func readState(path string, isInputTaken bool, std streams) ([]byte, error) {
	if path != "-" {
		return os.ReadFile(path) //nolint:gosec // the file that the user names
	}
	if isInputTaken {
		return nil, errors.New("with --state, the standard input is the output of `pulumi stack export`: pass the Terraform state as a file")
	}
	content, err := io.ReadAll(std.in)
	if err != nil {
		return nil, fmt.Errorf("reading the Terraform state: %w", err)
	}
	return content, nil
}
