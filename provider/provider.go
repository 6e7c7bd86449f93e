// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package provider implements the pgbeam provider: its configuration, its schema and
// the process of the plugin. It serves the resources and components of this module.
package provider

import (
	"context"
	"maps"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/sethvargo/go-envconfig"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Name is the name of the Pulumi package. The plugin is named pulumi-resource-pgbeam.
const Name = "pgbeam"

// Version is the version of the plugin. Release builds set it with -ldflags.
var Version = "0.0.0-dev"

// Options configure a provider. The zero value is ready to use.
type Options struct {
	// Environment is the source of environment variables. It defaults to the
	// environment of the process.
	Environment envconfig.Lookuper
	// Client contains additional options of the API client. They override the settings.
	Client []client.Option
	// Recovery completes or settles interrupted creates and rotations. By default, they
	// cannot be repeated.
	Recovery *lifecycle.Recovery
	// Claims records the objects that the resources of a run hold. It defaults to a new
	// registry.
	Claims *claims.Registry
	// Now is the clock that decides when a rotation is due. It defaults to that of the
	// machine, or to the time that the environment sets.
	Now func() time.Time
	// Lists gets the resources of the provider. It may be nil.
	Lists *lifecycle.Lists
}

// moduleMap puts everything in one module. infer takes Go packages for modules; pgbeam is the
// one that components use the types of resources from.
var moduleMap = map[tokens.ModuleName]tokens.ModuleName{"resources": "index", "functions": "index", "components": "index", "pgbeam": "index"}

// New returns the provider.
func New(opts Options) (p.Provider, error) {
	if opts.Environment == nil {
		opts.Environment = envconfig.OsLookuper()
	}
	if opts.Claims == nil {
		opts.Claims = &claims.Registry{}
	}
	opts.Claims.Begin(time.Now())
	if opts.Recovery == nil {
		opts.Recovery = lifecycle.NewRecovery(nil)
	}
	lazy := &lazyClient{version: Version, environment: opts.Environment, options: opts.Client, claims: opts.Claims}
	if opts.Now == nil {
		opts.Now = lazy.now
	}

	env := lifecycle.Env{
		Client:           func(context.Context) (*client.Client, error) { return lazy.get() },
		Claims:           opts.Claims,
		Now:              opts.Now,
		EnumDescriptions: enumDescriptions(),
	}
	all := resources.All()
	wrapped, inferred := make([]*lifecycle.Resource, len(all)), make([]infer.InferredResource, len(all))
	for i, inner := range all {
		wrapped[i] = lifecycle.Wrap(env, inner)
		if !inner.HasObject() { // nothing is created that a crash could leave behind
			inferred[i] = lifecycle.WithoutObject(wrapped[i])
			continue
		}
		inferred[i] = lifecycle.Recoverable(wrapped[i], opts.Recovery) // crash-safe creates are this line
		inferred[i] = lifecycle.WithDynamicProvider(inferred[i], wrapped[i])
	}
	if opts.Lists != nil {
		opts.Lists.Resources = map[tokens.Type]*lifecycle.Resource{}
		for _, r := range wrapped {
			opts.Lists.Resources[tokens.Type(Name+":index:"+r.Kind())] = r
		}
	}
	var inferredFunctions []infer.InferredFunction
	for _, function := range functionList() {
		inferredFunctions = append(inferredFunctions, lifecycle.WrapFunction(env, function))
	}
	var inferredComponents []infer.InferredComponent
	for _, component := range lifecycle.WrapComponents(env, componentList(), wrapped) {
		inferredComponents = append(inferredComponents, component)
	}
	provider, err := infer.NewProviderBuilder().
		WithDisplayName("PgBeam").
		WithDescription("Safe, policy-enforced PostgreSQL access for AI agents, as code: "+
			"PgBeam projects, databases, policies, agent credentials and webhooks.").
		WithPublisher("PgBeam").
		WithKeywords("pulumi", "pgbeam", "postgres", "ai-agents", "kind/native", "category/database").
		WithHomepage("https://pgbeam.com").
		WithRepository("https://github.com/pgbeam/pulumi-pgbeam").
		WithLicense("Apache-2.0").
		WithLogoURL("https://raw.githubusercontent.com/pgbeam/pulumi-pgbeam/main/docs/logo.svg").
		WithPluginDownloadURL("github://api.github.com/pgbeam/pulumi-pgbeam").
		WithLanguageMap(languages).
		WithResources(inferred...).
		WithFunctions(inferredFunctions...).
		WithComponents(inferredComponents...).
		WithModuleMap(moduleMap).
		WithConfig(infer.Config(&Config{})).
		Build()
	if err != nil {
		return p.Provider{}, err
	}
	return withOrderlyCancel(withRecovery(withComponentDependencies(withConfigHandlers(provider, lazy)), lazy, opts.Recovery)), nil
}

// enumDescriptions returns the descriptions of all enum types.
func enumDescriptions() map[string]string {
	descriptions := maps.Clone(resources.EnumDescriptions)
	maps.Copy(descriptions, functions.EnumDescriptions)
	return descriptions
}

// withRecovery returns the provider with a Recovery that learns of the beginning of a run
// and of its cancellation.
func withRecovery(provider p.Provider, lazy *lazyClient, recovery *lifecycle.Recovery) p.Provider {
	configure, cancel := provider.Configure, provider.Cancel
	provider.Configure = func(ctx context.Context, req p.ConfigureRequest) error {
		err := configure(ctx, req)
		recovery.Start(ctx, lazy.journal())
		return err
	}
	provider.Cancel = func(ctx context.Context) error {
		recovery.Cancelled()
		return cancel(ctx)
	}
	return provider
}

// generatedReadme is the README of an SDK that `pulumi package add` generates. The SDKs of
// this repository have their own.
const generatedReadme = `# PgBeam SDK for Pulumi

This SDK was generated from the schema of the PgBeam provider. It has all resources, components and functions, but no function that configures them: a schema cannot contain one.
Set the API key with ` + "`pulumi config set pgbeam:apiKey --secret`" + ` or in the environment variable PGBEAM_API_KEY, or pass a Provider to resources, components and functions. For more
documentation, see <https://github.com/pgbeam/pulumi-pgbeam/blob/main/docs/installation-configuration.md#generated-sdks>.
`

// minSDK is the oldest version of the Pulumi SDK for Node.js, Python and Go that the SDKs work
// with: that of the generators, whose code for Go passes outputs to functions as no earlier version
// accepts them. The module of the SDK for Go names it, too.
const minSDK = "3.259.0"

// languages contains the language-specific options of the SDK generators.
var languages = map[string]any{
	"nodejs": map[string]any{
		"packageName":          "@pgbeam/pulumi",
		"readme":               generatedReadme,
		"typescriptVersion":    "^5.0.0",
		"dependencies":         map[string]string{"@pulumi/pulumi": "^" + minSDK},
		"respectSchemaVersion": true,
	},
	"python": map[string]any{
		"packageName":          "pulumi_pgbeam",
		"requires":             map[string]string{"pulumi": ">=" + minSDK + ",<4.0.0"},
		"readme":               generatedReadme,
		"respectSchemaVersion": true,
		"pyproject":            map[string]any{"enabled": true},
	},
	"go": map[string]any{
		"importBasePath":                 goImportPath,
		"generateResourceContainerTypes": false,
		"respectSchemaVersion":           true,
	},
	"java": map[string]any{
		"basePackage": "com.pgbeam",
		// Names the Java package com.pgbeam.pulumi instead of com.pgbeam.pgbeam.
		"packages":   map[string]any{"pgbeam": "pulumi"},
		"buildFiles": "none",
	},
	"csharp": map[string]any{
		"rootNamespace":        "PgBeam",
		"namespaces":           map[string]string{"pgbeam": "Pulumi"},
		"respectSchemaVersion": true,
	},
}
