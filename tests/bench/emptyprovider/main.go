// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command emptyprovider is the floor for the start and the size of a plugin: an
// infer provider with a single resource that has no properties and does nothing.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// Empty is a resource without properties.
type Empty struct{}

// EmptyArgs are the inputs of Empty.
type EmptyArgs struct{}

// EmptyState is the state of Empty.
type EmptyState struct{}

// Create implements infer.CustomCreate.
func (Empty) Create(_ context.Context, req infer.CreateRequest[EmptyArgs]) (infer.CreateResponse[EmptyState], error) { //nolint:unparam // the signature of infer.CustomCreate
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
