// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build driver

// Command golang deploys the Go example, or another program, as an inline program
// of the Automation API. It reads requests from its standard input and writes
// responses to file descriptor 3, as lines of JSON. The build adds the source file
// of the example to this package, so the driver runs in init, before the main
// function of the example.
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
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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

type response struct {
	ID      int            `json:"id"`
	Error   string         `json:"error,omitempty"`
	Output  string         `json:"output"`
	Changes map[string]int `json:"changes"`
}

// programs are the programs other than the example, by name.
var programs = map[string]pulumi.RunFunc{"every-component": everyComponent, "exported": exported, "functions": functions, "missing": missing, "policy-gate": gate}

func init() {
	responses := json.NewEncoder(os.NewFile(3, "responses"))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var req request
		if err := json.Unmarshal(lines.Bytes(), &req); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		resp := response{ID: req.ID}
		if err := run(context.Background(), req, &resp); err != nil {
			resp.Error = err.Error()
		}
		if err := responses.Encode(resp); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(0)
}

func run(ctx context.Context, req request, resp *response) error {
	program, ok := programs[req.Program]
	if !ok {
		program = shop
	}
	stack, err := auto.SelectStackInlineSource(ctx, req.Stack, req.Project, program, auto.WorkDir(req.Dir), auto.EnvVars(req.Env))
	if err != nil {
		return err
	}
	var output strings.Builder
	defer func() { resp.Output = output.String() }()
	resp.Changes = map[string]int{}
	if req.Command == "preview" {
		result, err := stack.Preview(ctx, optpreview.ProgressStreams(&output), optpreview.ErrorProgressStreams(&output))
		for operation, count := range result.ChangeSummary {
			resp.Changes[string(operation)] = count
		}
		return err
	}
	options := []optup.Option{optup.ProgressStreams(&output), optup.ErrorProgressStreams(&output)}
	if req.ExpectNoChanges {
		options = append(options, optup.ExpectNoChanges())
	}
	result, err := stack.Up(ctx, options...)
	if result.Summary.ResourceChanges != nil {
		resp.Changes = *result.Summary.ResourceChanges
	}
	return err
}
