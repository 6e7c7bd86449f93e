// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
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

// table describes the settings, for CheckConfig.
var table = properties.Table{
	"apiKey":         properties.Text().Secret(),
	"baseUrl":        properties.Text().Satisfies(client.ValidateBaseURL),
	"maxRetries":     properties.Integer().AtLeast(0),
	"maxConcurrency": properties.Integer().AtLeast(1),
	"requestTimeout": properties.Text().Satisfies(func(s string) error {
		_, err := parseTimeout(s)
		return err
	}),
}

// environment is what stands in for settings that were left out.
type environment struct {
	APIKey         *string       `env:"PGBEAM_API_KEY, noinit"`
	BaseURL        string        `env:"PGBEAM_API_URL, default=https://api.pgbeam.com"`
	MaxRetries     int           `env:"PGBEAM_MAX_RETRIES, default=5"`
	MaxConcurrency int           `env:"PGBEAM_MAX_CONCURRENCY, default=16"`
	RequestTimeout time.Duration `env:"PGBEAM_REQUEST_TIMEOUT, default=30s"`
}

// nonEmpty takes an empty variable for one that is not set, as CI systems pass on
// what they have no value for.
type nonEmpty struct{ envconfig.Lookuper }

// Lookup implements envconfig.Lookuper.
func (l nonEmpty) Lookup(name string) (string, bool) {
	value, ok := l.Lookuper.Lookup(name)
	return value, ok && value != ""
}

// badVariable names the variable that could not be read. The error names the
// field that it was meant for.
func badVariable(err error) error {
	fields := reflect.TypeFor[environment]()
	for i := range fields.NumField() {
		field := fields.Field(i)
		if wrong, ok := strings.CutPrefix(err.Error(), field.Name+": "); ok {
			name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
			return fmt.Errorf("the environment variable %s cannot be read: %s", name, wrong)
		}
	}
	return fmt.Errorf("reading the environment: %w", err)
}

// errNoAPIKey is the one message about a missing key, the same in every language.
var errNoAPIKey = errors.New("no PgBeam API key: set one with `pulumi config set pgbeam:apiKey --secret`, " +
	"with `apiKey` of the provider (or `configure()`), or in the environment variable PGBEAM_API_KEY")

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
	env := environment{}
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &env, Lookuper: nonEmpty{c.lookup}}); err != nil {
		return badVariable(err)
	}
	config, err := c.withStack(config)
	if err != nil {
		return err
	}
	timeout := env.RequestTimeout
	if config.RequestTimeout != nil {
		if timeout, err = parseTimeout(*config.RequestTimeout); err != nil {
			return fmt.Errorf("pgbeam:requestTimeout %w", err)
		}
	}
	baseURL := or(config.BaseURL, env.BaseURL)
	if err := client.ValidateBaseURL(baseURL); err != nil {
		return fmt.Errorf("the base URL (pgbeam:baseUrl or PGBEAM_API_URL) %w", err)
	}
	retries, concurrency := or(config.MaxRetries, env.MaxRetries), or(config.MaxConcurrency, env.MaxConcurrency)
	switch {
	case retries < 0:
		return errors.New("the number of retries (pgbeam:maxRetries or PGBEAM_MAX_RETRIES) must be at least 0")
	case concurrency < 1:
		return errors.New("the number of requests in flight (pgbeam:maxConcurrency or PGBEAM_MAX_CONCURRENCY) must be at least 1")
	case timeout <= 0:
		return errors.New("a request's timeout (pgbeam:requestTimeout or PGBEAM_REQUEST_TIMEOUT) must be longer than 0")
	}
	key := or(config.APIKey, or(env.APIKey, ""))

	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.client, c.told = nil, false
	if strings.TrimSpace(key) == "" {
		return nil
	}
	made, err := client.New(strings.TrimSpace(key), append([]client.Option{
		client.WithBaseURL(baseURL),
		client.WithMaxRetries(retries),
		client.WithMaxConcurrency(concurrency),
		client.WithRequestTimeout(timeout),
		client.WithUserAgent(fmt.Sprintf("pulumi-pgbeam/%s (%s; %s)", c.version, runtime.GOOS, runtime.GOARCH)),
		client.WithNotify(func(ctx context.Context, message string) { p.GetLogger(ctx).InfoStatus(message) }),
	}, c.options...)...)
	c.client = made
	return err
}

// withStack fills in what a configuration leaves out from that of the stack. The
// engine gives the stack's to default providers alone, but has it in the
// environment of every plugin that it starts, by the names of the settings.
func (c *connection) withStack(config Config) (Config, error) {
	text, _ := c.lookup.Lookup("PULUMI_CONFIG")
	var stack map[string]string
	_ = json.Unmarshal([]byte(text), &stack) // what is of another form is another program's
	number := func(name string) (*int, error) {
		value, given := stack[name]
		if !given {
			return nil, nil
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return nil, fmt.Errorf("pgbeam:%s must be a whole number; got %q", name, value)
		}
		return &n, nil
	}
	word := func(name string) *string {
		if value, given := stack[name]; given {
			return &value
		}
		return nil
	}
	retries, retriesErr := number("maxRetries")
	concurrency, concurrencyErr := number("maxConcurrency")
	config.APIKey = cmp.Or(config.APIKey, word("apiKey"))
	config.BaseURL = cmp.Or(config.BaseURL, word("baseUrl"))
	config.MaxRetries = cmp.Or(config.MaxRetries, retries)
	config.MaxConcurrency = cmp.Or(config.MaxConcurrency, concurrency)
	config.RequestTimeout = cmp.Or(config.RequestTimeout, word("requestTimeout"))
	return config, errors.Join(retriesErr, concurrencyErr)
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

// checkConfig says what is wrong with the settings, each at its name.
func checkConfig(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	inputs := req.Inputs
	for _, name := range []string{"maxRetries", "maxConcurrency"} {
		// Whatever its type, a setting of a stack arrives as text.
		if value := inputs.Get(name); value.IsString() {
			if number, err := strconv.Atoi(value.AsString()); err == nil {
				inputs = inputs.Set(name, property.WithGoValue(value, float64(number)))
			}
		}
	}
	// These two are for the engine.
	failures := table.Check(req.State, inputs.Delete("version", "pluginDownloadURL"))
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

func or[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}
