// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
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
	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Config declares the provider's configuration for the schema. The values are
// read by [lazyClient.configure], which merges them with the stack's configuration
// and the environment.
type Config struct {
	APIKey         *string `pulumi:"apiKey,optional" provider:"secret"`
	BaseURL        *string `pulumi:"baseUrl,optional"`
	MaxRetries     *int    `pulumi:"maxRetries,optional"`
	MaxConcurrency *int    `pulumi:"maxConcurrency,optional"`
	RequestTimeout *string `pulumi:"requestTimeout,optional"`
	JournalDir     *string `pulumi:"journalDir,optional"`
}

// Annotate describes the settings.
func (c *Config) Annotate(a infer.Annotator) {
	a.Describe(&c, "Configures how the provider connects to the PgBeam API. The value of a setting that is not set on the provider "+
		"comes from the stack's configuration, then from the environment. Changing a setting does not replace any resource.")
	a.Describe(&c.APIKey, "The API key of an organization (`pbo_…`) or of a user (`pbu_…`). Required to create, read, update or delete resources, "+
		"but not for previews. Can also be set with the environment variable `PGBEAM_API_KEY`, which is never stored in the state.")
	a.Describe(&c.BaseURL, "The URL of the PgBeam API. It must use `https://`, except for a loopback address. "+
		"Can also be set with the environment variable `PGBEAM_API_URL`. The default is `https://api.pgbeam.com`.")
	a.Describe(&c.MaxRetries, "The maximum number of retries of a request that failed with a transient error. "+
		"Can also be set with the environment variable `PGBEAM_MAX_RETRIES`. The default is 5.")
	a.Describe(&c.MaxConcurrency, "The maximum number of concurrent requests to the API. "+
		"Can also be set with the environment variable `PGBEAM_MAX_CONCURRENCY`. The default is 16.")
	a.Describe(&c.RequestTimeout, "The timeout of a single request attempt, as a duration such as `30s` or `2m`. "+
		"Can also be set with the environment variable `PGBEAM_REQUEST_TIMEOUT`. The default is `30s`.")
	a.Describe(&c.JournalDir, "The directory of the journal, which records creates and rotations until their results are in the state, so that an "+
		"interrupted update can be completed. A relative path is relative to the directory of the program. On CI runners, set it to a directory that is kept between runs. "+
		"Can also be set with the environment variable `PGBEAM_JOURNAL_DIR`. The default is `pgbeam/creates` in `PULUMI_HOME` (`~/.pulumi`).")
}

// A setting describes one setting of the provider.
type setting struct {
	name     string              // in the provider's inputs and in the stack's configuration
	variable string              // in the environment
	property properties.Property // type and rules
	integer  bool                // converted from text by normalize
	option   func(property.Value) client.Option
}

// These settings are not options of the client: apiKey is an argument of client.New, and
// journalDir concerns the plugin.
const (
	apiKey     = "apiKey"
	journalDir = "journalDir"
)

// settings lists the settings of the provider.
var settings = []setting{
	{
		name: apiKey, variable: "PGBEAM_API_KEY",
		property: properties.String().Satisfies(validateAPIKey),
	},
	{
		name: "baseUrl", variable: "PGBEAM_API_URL",
		property: properties.String().Satisfies(client.ValidateBaseURL),
		option:   func(v property.Value) client.Option { return client.WithBaseURL(v.AsString()) },
	},
	{
		name: "maxRetries", variable: "PGBEAM_MAX_RETRIES",
		property: properties.Integer().AtLeast(0), integer: true,
		option: func(v property.Value) client.Option { return client.WithMaxRetries(int(v.AsNumber())) },
	},
	{
		name: "maxConcurrency", variable: "PGBEAM_MAX_CONCURRENCY",
		property: properties.Integer().AtLeast(1), integer: true,
		option: func(v property.Value) client.Option { return client.WithMaxConcurrency(int(v.AsNumber())) },
	},
	{
		name: "requestTimeout", variable: "PGBEAM_REQUEST_TIMEOUT",
		property: properties.String().Satisfies(validateTimeout),
		option: func(v property.Value) client.Option {
			timeout, _ := time.ParseDuration(v.AsString()) // checked by validateTimeout
			return client.WithRequestTimeout(timeout)
		},
	},
	{name: journalDir, variable: "PGBEAM_JOURNAL_DIR", property: properties.String()},
}

// settingsTable is settings as a property table. Every setting is secret in it, so
// that no failure quotes a value: a base URL can contain a password, a key can be
// pasted into the wrong setting, and the engine does not say which values of the
// stack's configuration are secret.
var settingsTable = func() properties.Table {
	table := properties.Table{}
	for _, s := range settings {
		table[s.name] = s.property.Secret()
	}
	return table
}()

// normalize trims a value, and converts it to a number if the setting is one: in the
// environment and in the stack's configuration, every value is text. It returns null
// for blank text, because CI systems pass empty strings for values that are not set.
func (s setting) normalize(value property.Value) property.Value {
	if !value.IsString() {
		return value
	}
	text := strings.TrimSpace(value.AsString())
	if text == "" {
		return property.New(property.Null)
	}
	if n, err := strconv.Atoi(text); s.integer && err == nil {
		return property.WithGoValue(value, float64(n))
	}
	return property.WithGoValue(value, text)
}

// configuration holds the merged values of the settings and, for error messages,
// the source of each value.
type configuration struct {
	values  property.Map
	sources map[string]string
}

// mergeConfiguration merges the provider's inputs, the stack's configuration and the
// environment, in this order of precedence.
func mergeConfiguration(inputs property.Map, environment envconfig.Lookuper) configuration {
	merged := configuration{sources: map[string]string{}}
	stack := stackConfig(environment)
	for _, s := range settings {
		variable, _ := environment.Lookup(s.variable)
		for _, source := range []struct {
			name  string
			value property.Value
		}{
			{s.name + " of the provider", inputs.Get(s.name)},
			{"pgbeam:" + s.name, property.New(stack[s.name])},
			{"the environment variable " + s.variable, property.New(variable)},
		} {
			if value := s.normalize(source.value); !value.IsNull() && !value.IsComputed() {
				merged.values = merged.values.Set(s.name, value)
				merged.sources[s.name] = source.name
				break
			}
		}
	}
	return merged
}

// validate returns an error that names the source of every invalid setting. It never
// quotes a value.
func (c configuration) validate() error {
	var errs []error
	for _, failure := range settingsTable.Check(property.Map{}, c.values) {
		name, problem, _ := strings.Cut(failure.Reason, " ")
		errs = append(errs, fmt.Errorf("%s %s", c.sources[name], problem))
	}
	return errors.Join(errs...)
}

// apiKey returns the API key, or "" if it is not set.
func (c configuration) apiKey() string {
	return convert.Text(c.values.Get(apiKey))
}

// clientOptions returns the client options for the settings that are set.
func (c configuration) clientOptions() []client.Option {
	var options []client.Option
	for _, s := range settings {
		if value := c.values.Get(s.name); s.option != nil && !value.IsNull() {
			options = append(options, s.option(value))
		}
	}
	return options
}

// validateAPIKey is client.ValidateAPIKey with the places where a key can be set.
func validateAPIKey(key string) error {
	if err := client.ValidateAPIKey(key); err != nil {
		return fmt.Errorf("%w: set it %s", err, whereToSetKey)
	}
	return nil
}

func validateTimeout(s string) error {
	if timeout, err := time.ParseDuration(s); err != nil || timeout <= 0 {
		return errors.New("must be a time such as 30s or 2m")
	}
	return nil
}

// whereToSetKey is part of every message about the API key.
const whereToSetKey = "with `pulumi config set pgbeam:apiKey --secret`, " +
	"with `apiKey` of the provider (or `configure()`), or in the environment variable PGBEAM_API_KEY"

var (
	errNoAPIKey = errors.New("no PgBeam API key: set one " + whereToSetKey)
	// errNoAPIKeyAgain is returned after errNoAPIKey, so that the output of an update
	// contains the instructions once, not once for each resource.
	errNoAPIKeyAgain = errors.New("no PgBeam API key (see the first error)")
)

// lazyClient holds the client of a configured provider. A missing API key is an error
// only when the client is used, because previews work without one.
type lazyClient struct {
	version     string
	environment envconfig.Lookuper
	options     []client.Option
	claims      *claims.Registry

	mutex    sync.Mutex
	client   *client.Client
	testTime time.Time // the value of testTimeVariable, or the zero time
	reported bool      // errNoAPIKey has been returned
	// journalDir is the setting of that name, or "".
	journalDir string
}

// configure handles the Configure request. Nothing from the stack's configuration or
// the environment is stored in the state, because the engine stores only what
// checkConfig returns.
func (l *lazyClient) configure(ctx context.Context, req p.ConfigureRequest) error {
	config := mergeConfiguration(req.Args, l.environment)
	testTime, err := testTime(l.environment)
	if err := errors.Join(config.validate(), err); err != nil {
		return err
	}
	if !testTime.IsZero() {
		p.GetLogger(ctx).Warningf("%s is set: rotations are due as if it were %s. It is meant for tests and previews. "+
			"An update that rotates secrets stores that time in the state.", testTimeVariable, testTime.Format(time.RFC3339))
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.testTime = testTime
	l.client, l.reported, l.journalDir = nil, false, convert.Text(config.values.Get(journalDir))
	key := config.apiKey()
	if key == "" {
		return nil
	}
	options := append(config.clientOptions(),
		client.WithUserAgent(fmt.Sprintf("pulumi-pgbeam/%s (%s; %s)", l.version, runtime.GOOS, runtime.GOARCH)),
		client.WithNotify(func(ctx context.Context, message string) { p.GetLogger(ctx).InfoStatus(message) }),
		client.WithDeprecationNotice(warnDeprecated(l.claims, l.version)))
	pgbeam, err := client.New(key, append(options, l.options...)...)
	if err != nil {
		return fmt.Errorf("creating the PgBeam client: %w", err)
	}
	l.client = pgbeam
	return nil
}

// testTimeVariable sets the clock that decides when a rotation is due. It is no setting of
// the provider, so that it cannot be left in the configuration of a stack.
const testTimeVariable = "PGBEAM_TEST_TIME"

// testTime returns the value of testTimeVariable, or the zero time if it is not set.
func testTime(environment envconfig.Lookuper) (time.Time, error) {
	value, _ := environment.Lookup(testTimeVariable)
	if value = strings.TrimSpace(value); value == "" {
		return time.Time{}, nil
	}
	parsed, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return time.Time{}, fmt.Errorf("the environment variable %s must be an RFC 3339 timestamp such as 2027-01-01T00:00:00Z, or not set", testTimeVariable)
	}
	return parsed.UTC(), nil
}

// now is the clock of rotations.
func (l *lazyClient) now() time.Time {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if !l.testTime.IsZero() {
		return l.testTime
	}
	return time.Now()
}

// journal returns the directory of the journal, or "" for the default.
func (l *lazyClient) journal() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.journalDir
}

// get returns the client, or an error if there is no API key.
func (l *lazyClient) get() (*client.Client, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	switch {
	case l.client != nil:
		return l.client, nil
	case l.reported:
		return nil, errNoAPIKeyAgain
	default:
		l.reported = true
		return nil, errNoAPIKey
	}
}

// checkConfig handles the CheckConfig request. The inputs are those of an explicit
// provider or, for a default provider, the stack's configuration.
func checkConfig(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	inputs := req.Inputs
	for _, s := range settings {
		if value := s.normalize(inputs.Get(s.name)); value.IsNull() {
			inputs = inputs.Delete(s.name)
		} else {
			inputs = inputs.Set(s.name, value)
		}
	}
	if key := inputs.Get(apiKey); !key.IsNull() {
		inputs = inputs.Set(apiKey, key.WithSecret(true))
	}
	// The engine adds these two inputs for its own use.
	failures := settingsTable.Check(req.State, inputs.Delete("version", "pluginDownloadURL"))
	return p.CheckResponse{Inputs: inputs, Failures: withoutPropertyNames(failures)}, nil
}

// diffConfig handles the DiffConfig request. A change never replaces the provider,
// because that would replace all of its resources.
func diffConfig(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	olds := req.OldInputs
	if olds.Len() == 0 {
		olds = req.State
	}
	diff := map[string]p.PropertyDiff{}
	for _, s := range settings {
		before, after := olds.Get(s.name), req.Inputs.Get(s.name)
		kind := p.Update
		switch {
		case s.property.Same(before, after):
			continue
		case before.IsNull():
			kind = p.Add
		case after.IsNull():
			kind = p.Delete
		}
		diff[s.name] = p.PropertyDiff{Kind: kind, InputDiff: true}
	}
	return p.DiffResponse{HasChanges: len(diff) > 0, DetailedDiff: diff}, nil
}
