// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"encoding/json"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// Behaviours are two APIs that both keep the contract: one with the most likely
// choice wherever the contract is silent, and one with every other choice.
// Every scenario passes with each.
var Behaviours = map[string]localapi.Behaviour{
	"usual": {},
	"other": {
		DeletedProjectAnswers200:      true,
		DeletedProjectWritesAnswer409: true,
		RevokedAgentAnswers404:        true,
		ListIncludesRevoked:           true,
		AgentNamesNotUnique:           true,
		WebhookPutWithoutSecretClears: true,
		KeepCIDRSpelling:              true,
		LowercaseDomains:              true,
		ExpiredEnrollmentsAreLive:     true,
		TimestampsWithMillis:          true,
		OmitDefaults:                  true,
		NoRateLimitHeaders:            true,
		RateLimitRefillsContinuously:  true,
		EmptyNextPageToken:            true,
		DefaultSSLMode:                "prefer",
		DefaultPoolMode:               "session",
		CacheEnabledByDefault:         true,
		HTTPSWebhooksOnly:             true,
		DefaultPolicyDeleteAnswers409: true,
		LastDatabaseUndeletable:       true,
		CreateProjectOmitsDatabase:    true,
		DNSInstructionsOnCreateOnly:   true,
		EmptySchemaNames:              true,
		CaseSensitiveNames:            true,
		IgnoreUndeclaredKeys:          true,
		LowercaseEmails:               true,
		MembersCanBeInvited:           true,
		ExpiredInvitationsArePending:  true,
		RejectEmptyDatabaseStrings:    true,
		DatabaseLimitPerOrganization:  true,
		RowFiltersOnReadsOnly:         true,
	},
}

// Case is one kind with one behaviour of the API, whose parents exist.
type Case struct {
	*enginetest.Env
	Kind      Kind
	Behaviour localapi.Behaviour
	// Parents are the inputs that refer to the parents.
	Parents Object
	// Clock is the clock of the API.
	Clock *Clock
}

// NewCase starts an API and creates the parents of a kind.
func NewCase(tb testing.TB, k Kind, options localapi.Options) *Case {
	tb.Helper()
	clock := &Clock{}
	options.Now = clock.Now
	env := enginetest.NewEnv(tb, options)
	c := &Case{Env: env, Kind: k, Behaviour: options.Behaviour, Parents: k.Parents(env), Clock: clock}
	c.Local.ResetRequests()
	return c
}

// Any selects every kind.
func Any(Kind) bool { return true }

// ForEach runs a scenario, in parallel, for every selected kind and every behaviour. With
// -short, each kind meets one behaviour.
func ForEach(t *testing.T, selected func(Kind) bool, run func(c *Case)) {
	t.Helper()
	t.Parallel()
	found := false
	for i, k := range Kinds() {
		if !selected(k) {
			continue
		}
		found = true
		for j, name := range slices.Sorted(maps.Keys(Behaviours)) {
			if testing.Short() && j != i%len(Behaviours) {
				continue
			}
			behaviour := Behaviours[name]
			t.Run(k.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				run(NewCase(t, k, localapi.Options{Behaviour: behaviour}))
			})
		}
	}
	assert.True(t, found, "no kind is selected")
}

// Inputs returns inputs together with those that refer to the parents.
func (c *Case) Inputs(inputs Object) Object { return Merge(c.Parents, inputs) }

// CreateFull creates a resource with every input.
func (c *Case) CreateFull(name string) *enginetest.Resource {
	c.Helper()
	return c.Create(c.Kind.Name, name, c.Inputs(c.Kind.Full))
}

// New returns a resource of the kind that does not exist yet.
func (c *Case) New(name string) *enginetest.Resource {
	return &enginetest.Resource{Kind: c.Kind.Name, Name: name}
}

// ImportID returns the ID that imports a resource.
func (c *Case) ImportID(r *enginetest.Resource) string { return c.Kind.ImportID(r.ID, c.Parents) }

// DuplicatesAllowed reports whether two objects may share the unique key.
func (c *Case) DuplicatesAllowed() bool {
	return c.Kind.DuplicatesAllowed != nil && c.Kind.DuplicatesAllowed(c.Behaviour)
}

// AssertRequests fails unless the requests since the last reset are those of a
// create that writes the given number of times.
func (c *Case) AssertRequests(writes int) {
	c.Helper()
	expected := writes + c.Kind.Reads
	if c.Kind.Lookups != nil {
		expected += c.Kind.Lookups(c.Behaviour)
	}
	assert.Len(c, c.Local.Requests(), expected)
}

// Edit changes a field of the live object outside of Pulumi.
func (c *Case) Edit(r *enginetest.Resource, field string, value any) {
	c.Helper()
	id := c.LiveID(r)
	if c.Kind.EditID != nil {
		id = c.Kind.EditID(c.Inputs(c.Kind.Full))
	}
	require.NoError(c, c.Local.Edit(c.Kind.Collection, id, Object{field: value}))
}

// Count returns the number of live objects of the kind.
func (c *Case) Count() int { return len(c.Local.Objects(c.Kind.Collection)) }

// AssertSecrets fails unless the state has the one-time secrets that the API
// issued last.
func (c *Case) AssertSecrets(r *enginetest.Resource) {
	c.Helper()
	for property, field := range c.Kind.OneTimeSecrets() {
		issued := c.Local.Secret(c.Kind.Collection, c.LiveID(r), field)
		if assert.NotEmpty(c, issued, property) {
			assert.Equal(c, issued, r.State.Get(property).AsString(), property)
		}
	}
}

// SettingInputs returns inputs that set the value of Full.
func (c *Case) SettingInputs() Object { return c.Inputs(c.Kind.Full) }

// OtherSettingInputs returns inputs that set another value.
func (c *Case) OtherSettingInputs() Object {
	setting := c.Kind.Setting
	return Merge(c.SettingInputs(), Object{setting.Property: setting.Other(c)})
}

// SettingLive returns what the API holds after SettingInputs.
func (c *Case) SettingLive() any { return asJSON(c, c.SettingInputs()[c.Kind.Setting.Property]) }

// OtherSettingLive returns what the API holds after OtherSettingInputs.
func (c *Case) OtherSettingLive() any {
	return asJSON(c, c.OtherSettingInputs()[c.Kind.Setting.Property])
}

// AssertSetting fails unless the API holds a value. It is nil if the setting is cleared.
func (c *Case) AssertSetting(expected any) {
	c.Helper()
	setting := c.Kind.Setting
	id, idField := c.SettingInputs()[setting.IDProperty], c.Kind.idField()
	if setting.IsObject {
		idField = SnakeCase(setting.IDProperty)
	}
	live, ok := c.findLive(idField, id)
	assert.Equal(c, !setting.IsObject || expected != nil, ok, "the object exists")
	assert.Equal(c, expected, live[setting.Field])
}

// findPolicy returns the ID of the policy profile with a name.
func (c *Case) findPolicy(name string) any {
	c.Helper()
	policies := c.Local.Objects("policies")
	i := slices.IndexFunc(policies, func(policy map[string]any) bool { return policy["name"] == name })
	require.GreaterOrEqual(c, i, 0, "no policy profile is named %s", name)
	return policies[i]["id"]
}

// asJSON returns a value as JSON decodes it.
func asJSON(tb testing.TB, value any) any {
	tb.Helper()
	encoded, err := json.Marshal(value)
	require.NoError(tb, err)
	var decoded any
	require.NoError(tb, json.Unmarshal(encoded, &decoded))
	return decoded
}

// Clock is a clock that a test advances. It may be used concurrently.
type Clock struct{ offset atomic.Int64 }

// Now returns the time of the clock.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) { c.offset.Add(int64(d)) }
