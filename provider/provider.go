// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package provider puts together what the plugin serves: its configuration, the
// resources and the components.
package provider

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/sethvargo/go-envconfig"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Name is the name of the package and, behind "pulumi-resource-", of the plugin.
const Name = "pgbeam"

// Version is the version of the plugin, set at the build of a release.
var Version = "0.0.0-dev"

// Serve runs the plugin for the engine that started it, and ends the process.
func Serve() {
	os.Args = quieted(os.Args)
	if err := serve(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// quieted lowers the verbosity that the engine asks for with --logflow: from 9
// on, the SDK writes every property that it sends and receives, secrets too.
func quieted(args []string) []string {
	const loudest = 8
	quiet := slices.Clone(args)
	for i, arg := range quiet {
		for _, flag := range []string{"-v", "--v"} {
			if value, ok := strings.CutPrefix(arg, flag+"="); ok && tooLoud(value, loudest) {
				quiet[i] = fmt.Sprintf("%s=%d", flag, loudest)
			}
			if arg == flag && i+1 < len(quiet) && tooLoud(quiet[i+1], loudest) {
				quiet[i+1] = strconv.Itoa(loudest)
			}
		}
	}
	return quiet
}

func tooLoud(verbosity string, loudest int) bool {
	n, err := strconv.Atoi(verbosity)
	return err == nil && n > loudest
}

// Options change where the provider takes its surroundings from.
type Options struct {
	// Environment is where settings are looked up that the configuration leaves
	// out. The default is the environment of the process.
	Environment envconfig.Lookuper
	// Client are options of the client besides those that the settings make.
	Client []client.Option
	// Journal records the creates of the plugin. Without it, an interrupted create
	// cannot be repeated.
	Journal *createjournal.Journal
	// Claims is what this run of the engine creates and keeps. Left out, the
	// provider has a registry of its own.
	Claims *claims.Registry
}

// New returns the provider.
func New(opts Options) (p.Provider, error) {
	if opts.Environment == nil {
		opts.Environment = envconfig.OsLookuper()
	}
	if opts.Claims == nil {
		opts.Claims = &claims.Registry{}
	}
	connection := &connection{version: Version, lookup: opts.Environment, options: opts.Client}

	env := lifecycle.Env{
		Client: func(ctx context.Context) (*client.Client, error) {
			return infer.GetConfig[Config](ctx).connection.get()
		},
		Claims:           opts.Claims,
		EnumDescriptions: resources.EnumDescriptions,
	}
	var wrapped []lifecycle.Resource
	var served []infer.InferredResource
	for _, resource := range resources.All() {
		r := lifecycle.Wrap(env, resource)
		wrapped = append(wrapped, r)
		served = append(served, lifecycle.Recoverable(r, opts.Journal)) // without it: served = append(served, r)
	}
	var components []infer.InferredComponent
	for _, component := range componentList() {
		components = append(components, lifecycle.WrapComponent(component, wrapped))
	}
	provider, err := infer.NewProviderBuilder().
		WithDisplayName("PgBeam").
		WithDescription("Safe, policy-enforced access to PostgreSQL for AI agents, as code: "+
			"PgBeam projects, databases, policies, agent credentials and webhooks.").
		WithPublisher("PgBeam").
		WithKeywords("pulumi", "pgbeam", "postgres", "ai-agents", "kind/native", "category/database").
		WithHomepage("https://pgbeam.com").
		WithRepository("https://github.com/pgbeam/pulumi-pgbeam").
		WithLicense("Apache-2.0").
		WithLogoURL("https://raw.githubusercontent.com/pgbeam/pulumi-pgbeam/main/docs/logo.svg").
		WithPluginDownloadURL("github://api.github.com/pgbeam/pulumi-pgbeam").
		WithLanguageMap(languages).
		WithResources(served...).
		WithComponents(components...).
		WithModuleMap(map[tokens.ModuleName]tokens.ModuleName{"resources": "index", "components": "index"}).
		WithConfig(infer.Config(&Config{connection: connection})).
		Build()
	if err != nil {
		return p.Provider{}, err
	}
	provider.CheckConfig, provider.DiffConfig = checkConfig, diffConfig
	return orderlyCancel(provider), nil
}

// languages holds what the SDK generators need to know beside the schema.
var languages = map[string]any{
	"nodejs": map[string]any{
		"packageName":          "@pgbeam/pulumi",
		"typescriptVersion":    "^5.0.0",
		"respectSchemaVersion": true,
	},
	"python": map[string]any{
		"packageName":          "pulumi_pgbeam",
		"respectSchemaVersion": true,
		"pyproject":            map[string]any{"enabled": true},
	},
	"go": map[string]any{
		"importBasePath":                 "github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam",
		"generateResourceContainerTypes": false,
		"respectSchemaVersion":           true,
	},
	"java": map[string]any{
		"basePackage": "com.pgbeam",
		// The package com.pgbeam.pulumi, not com.pgbeam.pgbeam.
		"packages":   map[string]any{"pgbeam": "pulumi"},
		"buildFiles": "none",
	},
}
