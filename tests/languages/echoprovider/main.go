// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command echoprovider replaces the providers of other systems in the tests of the guides.
// It accepts every resource, calls nothing, and returns the inputs as outputs, so
// that the state shows what a program passes to the other system, and what is secret.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"
)

func main() {
	if err := p.RunProvider(context.Background(), "echo", "0.0.1", provider()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func provider() p.Provider {
	check := func(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		return p.CheckResponse{Inputs: req.Inputs}, nil
	}
	return p.Provider{
		CheckConfig: check,
		DiffConfig:  func(context.Context, p.DiffRequest) (p.DiffResponse, error) { return p.DiffResponse{}, nil },
		Configure:   func(context.Context, p.ConfigureRequest) error { return nil },
		Check:       check,
		Diff: func(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
			return p.DiffResponse{HasChanges: !req.OldInputs.Equals(req.Inputs)}, nil
		},
		Create: func(_ context.Context, req p.CreateRequest) (p.CreateResponse, error) {
			return p.CreateResponse{ID: req.Urn.Name(), Properties: req.Properties}, nil
		},
		Update: func(_ context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
			return p.UpdateResponse{Properties: req.Inputs}, nil
		},
		Delete: func(context.Context, p.DeleteRequest) error { return nil },
	}
}
