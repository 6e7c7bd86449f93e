// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build driver

// Command golang deploys the Go example, or another program, as an inline program
// of the Automation API. Each line of the input is a request, and each line of file descriptor 3
// the answer to one. The build puts the example's own source file into this
// package; its main is never reached.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
)

type request struct {
	ID              int               `json:"id"`
	Command         string            `json:"command"`
	Program         string            `json:"program"`
	Project         string            `json:"project"`
	Stack           string            `json:"stack"`
	Dir             string            `json:"dir"`
	Env             map[string]string `json:"env"`
	ExpectNoChanges bool              `json:"expectNoChanges"`
}

type answer struct {
	ID      int            `json:"id"`
	Error   string         `json:"error,omitempty"`
	Printed string         `json:"printed"`
	Changes map[string]int `json:"changes"`
}

func init() {
	answers := json.NewEncoder(os.NewFile(3, "answers"))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		a := answer{ID: r.ID}
		if err := run(context.Background(), r, &a); err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(0)
}

func run(ctx context.Context, r request, a *answer) error {
	program := shop
	if r.Program == "exported" {
		program = exported
	}
	stack, err := auto.SelectStackInlineSource(ctx, r.Stack, r.Project, program, auto.WorkDir(r.Dir), auto.EnvVars(r.Env))
	if err != nil {
		return err
	}
	var printed strings.Builder
	defer func() { a.Printed = printed.String() }()
	a.Changes = map[string]int{}
	if r.Command == "preview" {
		result, err := stack.Preview(ctx, optpreview.ProgressStreams(&printed), optpreview.ErrorProgressStreams(&printed))
		for operation, count := range result.ChangeSummary {
			a.Changes[string(operation)] = count
		}
		return err
	}
	options := []optup.Option{optup.ProgressStreams(&printed), optup.ErrorProgressStreams(&printed)}
	if r.ExpectNoChanges {
		options = append(options, optup.ExpectNoChanges())
	}
	result, err := stack.Up(ctx, options...)
	if result.Summary.ResourceChanges != nil {
		a.Changes = *result.Summary.ResourceChanges
	}
	return err
}
