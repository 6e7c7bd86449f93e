// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/sethvargo/go-envconfig"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Config is the provider's configuration as a program or a stack gives it. What
// it leaves out is read when the provider is configured, from the stack's
// configuration and then from the environment, so that nothing of them enters
// the state.
type Config struct {
	APIKey         *string `pulumi:"apiKey,optional" provider:"secret"`
	BaseURL        *string `pulumi:"baseUrl,optional"`
	MaxRetries     *int    `pulumi:"maxRetries,optional"`
	MaxConcurrency *int    `pulumi:"maxConcurrency,optional"`
	RequestTimeout *string `pulumi:"requestTimeout,optional"`

	connection *connection
}

// Configure implements infer.CustomConfigure.
func (c *Config) Configure(ctx context.Context) error { return c.connection.configure(ctx, *c) }

// Annotate describes the settings.
func (c *Config) Annotate(a infer.Annotator) {
	a.Describe(&c, "Settings of the provider, for the resources and components that are given it.")
	a.Describe(&c.APIKey, "API key of the organization (`pbo_…`) or of a user (`pbu_…`). Needed as soon as a request is made, "+
		"not for a preview. Falls back on the stack's configuration, then on the environment variable `PGBEAM_API_KEY`, which is never stored.")
	a.Describe(&c.BaseURL, "Address of the PgBeam API; `http://` is refused except to this machine. "+
		"Falls back on `PGBEAM_API_URL`, then on `https://api.pgbeam.com`.")
	a.Describe(&c.MaxRetries, "Tries after the first for a request that failed in passing. "+
		"Falls back on `PGBEAM_MAX_RETRIES`, then on 5.")
	a.Describe(&c.MaxConcurrency, "Requests in flight at one time. Falls back on `PGBEAM_MAX_CONCURRENCY`, then on 16.")
	a.Describe(&c.RequestTimeout, "Time that one try of a request may take, such as `30s` or `2m`. "+
		"Falls back on `PGBEAM_REQUEST_TIMEOUT`, then on `30s`.")
}

// variableNames has the environment variable of each setting.
var variableNames = map[string]string{ //nolint:gosec // names of variables
	"apiKey":         "PGBEAM_API_KEY",
	"baseUrl":        "PGBEAM_API_URL",
	"maxRetries":     "PGBEAM_MAX_RETRIES",
	"maxConcurrency": "PGBEAM_MAX_CONCURRENCY",
	"requestTimeout": "PGBEAM_REQUEST_TIMEOUT",
}

// environment holds the variables, each as text: the errors of typed fields would
// quote their values.
type environment struct {
	APIKey         string `env:"PGBEAM_API_KEY"`
	BaseURL        string `env:"PGBEAM_API_URL"`
	MaxRetries     string `env:"PGBEAM_MAX_RETRIES"`
	MaxConcurrency string `env:"PGBEAM_MAX_CONCURRENCY"`
	RequestTimeout string `env:"PGBEAM_REQUEST_TIMEOUT"`
	// StackConfig is the configuration of the stack. The engine gives it to default
	// providers alone, but has it in the environment of every plugin that it starts,
	// by the names of the settings.
	StackConfig string `env:"PULUMI_CONFIG"`
}

// settings returns the settings by their names.
func (e environment) settings() map[string]string {
	return map[string]string{
		"apiKey": e.APIKey, "baseUrl": e.BaseURL, "maxRetries": e.MaxRetries, "maxConcurrency": e.MaxConcurrency, "requestTimeout": e.RequestTimeout,
	}
}

// stack returns the settings of the stack.
func (e environment) stack() map[string]string {
	var stack map[string]string
	_ = json.Unmarshal([]byte(e.StackConfig), &stack) // what is of another form is another program's
	return stack
}

// table describes the settings.
var table = properties.Table{
	"apiKey":         properties.String().Secret().Satisfies(validateAPIKey),
	"baseUrl":        properties.String().Satisfies(client.ValidateBaseURL),
	"maxRetries":     properties.Integer().AtLeast(0),
	"maxConcurrency": properties.Integer().AtLeast(1),
	"requestTimeout": properties.String().Satisfies(func(s string) error {
		_, err := parseTimeout(s)
		return err
	}),
}

// discreet is the table with every setting secret, so that no failure quotes a
// value: a base URL may have a password in it, a key may have been given in the
// place of another setting, and the engine does not say which values the stack's
// configuration marks as secret.
var discreet = func() properties.Table {
	all := properties.Table{}
	for name, setting := range table {
		all[name] = setting.Secret()
	}
	return all
}()

// validateAPIKey is client.ValidateAPIKey, which also names the places of the key.
// None is no wrong one: a preview needs no key.
func validateAPIKey(key string) error {
	if key == "" {
		return nil
	}
	if err := client.ValidateAPIKey(key); err != nil {
		return fmt.Errorf("%w: set it %s", err, whereToSetKey)
	}
	return nil
}

// whereToSetKey names the places of the API key, the same in every message.
const whereToSetKey = "with `pulumi config set pgbeam:apiKey --secret`, " +
	"with `apiKey` of the provider (or `configure()`), or in the environment variable PGBEAM_API_KEY"

// errNoAPIKey is the one message about a missing key, the same in every language.
var errNoAPIKey = errors.New("no PgBeam API key: set one " + whereToSetKey)

// errNoAPIKeyAgain is what further resources get, so that the message stands in the output once.
var errNoAPIKeyAgain = errors.New("no PgBeam API key (see the first error)")

// connection is a client that is made from the configuration when it is needed first.
type connection struct {
	version string
	lookup  envconfig.Lookuper
	options []client.Option

	mutex  sync.Mutex
	client *client.Client
	told   bool
}

// configure makes the client. Without an API key it makes none, and get says so
// to whoever needs it: a preview needs no key.
func (c *connection) configure(ctx context.Context, config Config) error {
	var env environment
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &env, Lookuper: c.lookup}); err != nil {
		return fmt.Errorf("reading the environment: %w", err)
	}
	key, options, err := settings(config, env)
	if err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.client, c.told = nil, false
	if key.value == "" {
		return nil
	}
	options = append(options,
		client.WithUserAgent(fmt.Sprintf("pulumi-pgbeam/%s (%s; %s)", c.version, runtime.GOOS, runtime.GOARCH)),
		client.WithNotify(func(ctx context.Context, message string) { p.GetLogger(ctx).InfoStatus(message) }))
	made, err := client.New(key.value, append(options, c.options...)...)
	if err != nil {
		return fmt.Errorf("using the API key of %s: %w", key.origin, err)
	}
	c.client = made
	return nil
}

// setting is the value of a setting and where it was found.
type setting struct{ value, origin string }

// settings finds and checks every setting. Errors name the place of the setting,
// and never quote its value.
func settings(config Config, env environment) (key setting, options []client.Option, err error) {
	stack, variables := env.stack(), env.settings()
	var errs []error
	use := func(own *string, name string, option func(value string) (client.Option, error)) {
		found := find(own, stack, variables, name)
		if found.value == "" {
			return
		}
		made, err := option(found.value)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %w", found.origin, err))
			return
		}
		options = append(options, made)
	}
	integer := func(own *int, name string, atLeast int, option func(int) client.Option) {
		var spelled *string
		if own != nil {
			spelled = new(strconv.Itoa(*own))
		}
		use(spelled, name, func(value string) (client.Option, error) {
			n, err := parseInteger(value, atLeast)
			return option(n), err
		})
	}
	key = find(config.APIKey, stack, variables, "apiKey")
	if err := validateAPIKey(key.value); err != nil {
		errs = append(errs, fmt.Errorf("%s %w", key.origin, err))
	}
	use(config.BaseURL, "baseUrl", func(value string) (client.Option, error) {
		return client.WithBaseURL(value), client.ValidateBaseURL(value)
	})
	integer(config.MaxRetries, "maxRetries", 0, client.WithMaxRetries)
	integer(config.MaxConcurrency, "maxConcurrency", 1, client.WithMaxConcurrency)
	use(config.RequestTimeout, "requestTimeout", func(value string) (client.Option, error) {
		timeout, err := parseTimeout(value)
		return client.WithRequestTimeout(timeout), err
	})
	return key, options, errors.Join(errs...)
}

// find looks a setting up: in the provider's inputs, in the stack's configuration
// and in the environment. A value that is empty, or nothing but white space, is
// not set, as CI systems pass on what they have no value for.
func find(own *string, stack, variables map[string]string, name string) setting {
	if own != nil {
		if value := strings.TrimSpace(*own); value != "" {
			return setting{value, name + " of the provider"}
		}
	}
	if value := strings.TrimSpace(stack[name]); value != "" {
		return setting{value, "pgbeam:" + name}
	}
	return setting{strings.TrimSpace(variables[name]), "the environment variable " + variableNames[name]}
}

// get is what resources call for the client.
func (c *connection) get() (*client.Client, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch {
	case c.client != nil:
		return c.client, nil
	case c.told:
		return nil, errNoAPIKeyAgain
	default:
		c.told = true
		return nil, errNoAPIKey
	}
}

// checkConfig says what is wrong with the settings. A setting that is blank is
// taken for one that is not set, and is not handed on.
func checkConfig(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	inputs := req.Inputs
	for name := range table {
		value := inputs.Get(name)
		if !value.IsString() {
			continue
		}
		text := strings.TrimSpace(value.AsString())
		if text == "" {
			inputs = inputs.Delete(name)
			continue
		}
		inputs = inputs.Set(name, property.WithGoValue(value, text))
		// Whatever its type, a setting of a stack arrives as text.
		if number, err := strconv.Atoi(text); err == nil && (name == "maxRetries" || name == "maxConcurrency") {
			inputs = inputs.Set(name, property.WithGoValue(value, float64(number)))
		}
	}
	// These two are for the engine.
	failures := discreet.Check(req.State, inputs.Delete("version", "pluginDownloadURL"))
	for i := range failures {
		// The engine would print the value at the property. The reason names the setting.
		failures[i].Property = ""
	}
	return p.CheckResponse{Inputs: table.MarkSecrets(inputs, inputs), Failures: failures}, nil
}

// diffConfig never replaces the provider, for that would replace every resource
// of the stack, though a new key or another address changes none of them.
func diffConfig(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	olds := req.OldInputs
	if olds.Len() == 0 {
		olds = req.State
	}
	diff := map[string]p.PropertyDiff{}
	for name, setting := range table {
		before, now := olds.Get(name), req.Inputs.Get(name)
		kind := p.Update
		switch {
		case setting.Same(before, now):
			continue
		case before.IsNull():
			kind = p.Add
		case now.IsNull():
			kind = p.Delete
		}
		diff[name] = p.PropertyDiff{Kind: kind, InputDiff: true}
	}
	return p.DiffResponse{HasChanges: len(diff) > 0, DetailedDiff: diff}, nil
}

func parseTimeout(s string) (time.Duration, error) {
	timeout, err := time.ParseDuration(s)
	if err != nil || timeout <= 0 {
		return 0, errors.New("must be a time such as 30s or 2m")
	}
	return timeout, nil
}

func parseInteger(s string, atLeast int) (int, error) {
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		return 0, errors.New("must be a whole number")
	case n < atLeast:
		return 0, fmt.Errorf("must be at least %d", atLeast)
	}
	return n, nil
}
