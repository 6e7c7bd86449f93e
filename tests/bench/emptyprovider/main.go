// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command emptyprovider is the floor of what a plugin of this framework costs:
// an infer provider with one resource that has no properties and does nothing.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// Empty is the resource.
type Empty struct{}

// EmptyArgs are its inputs: none.
type EmptyArgs struct{}

// EmptyState is its state: none.
type EmptyState struct{}

// Create implements infer.CustomCreate.
func (Empty) Create(_ context.Context, req infer.CreateRequest[EmptyArgs]) (infer.CreateResponse[EmptyState], error) { //nolint:unparam // as infer has it
	return infer.CreateResponse[EmptyState]{ID: req.Name}, nil
}

func main() {
	provider, err := infer.NewProviderBuilder().WithResources(infer.Resource(Empty{})).Build()
	if err == nil {
		err = provider.Run(context.Background(), "empty", "0.0.1")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
