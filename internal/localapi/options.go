// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"cmp"
	"fmt"
	"reflect"
	"time"
)

// The API key and the organization if Options has no APIKeys.
const (
	DefaultAPIKey = "pbo_local"
	DefaultOrgID  = "org_local"
)

// Options configures a Server. The zero value is valid.
type Options struct {
	// APIKeys maps API keys to organization IDs. Default: DefaultAPIKey for DefaultOrgID.
	APIKeys map[string]string
	// Behaviour selects among the responses that the contract leaves open.
	Behaviour Behaviour
	// Plan is the tier of every organization: starter, pro, scale or enterprise. Custom domains and self-hosting require scale or
	// enterprise. Its limits on the number of objects are enforced. Default: scale, whose limits are announced but not enforced.
	Plan string
	// Limits replace limits of the plan. They are always enforced.
	Limits Limits
	// QueryShapes are statements that every new database has already observed, so that it has a cache rule for each. QueryShape
	// returns their hashes.
	QueryShapes []string
	// Deprecations are the deprecated operations.
	Deprecations []Deprecation
	// Now is the clock of timestamps, expiry, idempotency keys and the rate limit. Default: time.Now.
	Now func() time.Time
	// StateFile is the file that keeps the objects across restarts. It is loaded if it exists, and written after every change.
	// Default: none, in which case the objects are only in memory.
	StateFile string
	// Watch, if set, is called at every Moment of every API request. The request continues when it returns.
	Watch func(moment Moment, method, path string)
	// DiscardRequests disables the record behind Requests and Count.
	DiscardRequests bool
	// Observe, if set, is called with every request and its response, concurrently.
	Observe func(Request)
	// KeepRequests limits the record of requests to the newest ones; 0 means no limit.
	KeepRequests int
}

// Moment is a stage of a request.
type Moment string

// The stages of a request. A fault can end a request before it reaches all of them.
const (
	Received Moment = "received" // before the operation
	Applied  Moment = "applied"  // after the operation, before the response
	Answered Moment = "answered" // after the response
)

// Limits are plan limits; 0 means the limit of the plan. A create that exceeds one fails with 403 PLAN_LIMIT_REACHED.
type Limits struct {
	Projects         int `help:"projects of an organization" value:"N"`
	Databases        int `help:"databases of a project" value:"N"`
	AgentCredentials int `help:"live agent credentials of an organization" value:"N"`
}

// byName returns the limits that are set by their names in the API.
func (l *Limits) byName() map[string]any {
	limits := map[string]any{}
	for name, limit := range map[string]int{
		"max_projects": l.Projects, "max_databases": l.Databases, "max_agent_credentials": l.AgentCredentials,
	} {
		if limit > 0 {
			limits[name] = int64(limit)
		}
	}
	return limits
}

// plan returns the name of the plan.
func (o *Options) plan() string { return cmp.Or(o.Plan, "scale") }

// PlanLimits returns the settings of Limits.
func PlanLimits() []Setting { return settingsOf(reflect.TypeFor[Limits]()) }

// Set sets the limit with a kebab-case name, such as "agent-credentials".
func (l *Limits) Set(name, value string) error {
	if err := setByName(l, name, value); err != nil {
		return fmt.Errorf("plan limit: %w", err)
	}
	return nil
}

// Behaviour selects among the responses that the contract leaves open. The zero value is the most likely behaviour of the API. The
// help tag of a field documents it, and pgbeam-local prints it; see Behaviours.
type Behaviour struct {
	DeletedProjectAnswers200 bool `help:"respond to GET of a deleted project with status deleted, instead of 404"`

	DeletedProjectWritesAnswer409 bool `help:"respond 409 INVALID_STATE to a PATCH of a deleted project and to writes below it, instead of 404; not to reads or to its DELETE"`

	DeletedProjectNameReusable *bool `help:"keep the name of a deleted project reserved, instead of releasing it" value:"false"`

	AgentNamesNotUnique bool `help:"allow live credentials of a project to share a name, instead of responding 409 RESOURCE_EXISTS"`

	RevokedAgentAnswers404 bool `help:"respond 404 to requests for a revoked credential, instead of returning it with status revoked"`

	ListIncludesRevoked bool `help:"include revoked credentials and enrollments in lists"`

	WebhookPutWithoutSecretClears bool `help:"clear the secret of a webhook on a PUT without one, instead of keeping it"`

	HTTPSWebhooksOnly bool `help:"accept only https webhook URLs, instead of http and https"`

	KeepCIDRSpelling bool `help:"return allowed CIDRs as sent, instead of normalized"`

	LowercaseDomains bool `help:"return domains in lower case, instead of as sent"`

	TimestampsWithMillis bool `help:"format timestamps as 2027-01-01T00:00:00.000Z, instead of 2027-01-01T00:00:00Z"`

	ExpiredEnrollmentsAreLive bool `help:"let an expired enrollment still prevent enabled approval rules"`

	OmitDefaults bool `help:"omit optional response fields that have their default value"`

	DefaultSSLMode string `help:"ssl_mode of a database or replica that is created without one; default: verify-full" value:"MODE"`

	DefaultPoolMode string `help:"pool_mode of a database that is created without pool_config; default: transaction" value:"MODE"`

	CacheEnabledByDefault bool `help:"enable the cache of a database that is created without cache_config, instead of disabling it"`

	DefaultPolicyDeleteAnswers409 bool `help:"respond 409 to the deletion of the default policy of a project, instead of clearing the default"`

	LastDatabaseUndeletable bool `help:"respond 400 to the deletion of the last database of a project, instead of deleting it"`

	CreateProjectOmitsDatabase bool `help:"omit the database from the response to the creation of a project"`

	DNSInstructionsOnCreateOnly bool `help:"omit the DNS instructions of domains from lists and verifications"`

	EmptySchemaNames bool `help:"return \"\" for an unset schema or relation name, instead of null"`

	CaseSensitiveNames bool `help:"distinguish keys that consist of names by their case, instead of ignoring it"`

	IgnoreUndeclaredKeys bool `help:"ignore the Idempotency-Key of operations that declare none, instead of honoring it on every POST and PATCH"`

	LowercaseEmails bool `help:"return the addresses of invitations in lower case, instead of as sent"`

	MembersCanBeInvited bool `help:"accept an invitation of an address that belongs to a member, instead of responding 409"`

	ExpiredInvitationsArePending bool `help:"let an expired invitation still prevent another one of the same address"`

	RejectEmptyDatabaseStrings bool `help:"respond 400 to a PATCH of a database with an empty name, username or password, instead of storing it"`

	DatabaseLimitPerOrganization bool `help:"apply the plan's limit on databases to all projects of an organization together, instead of to each"`

	FeatureOff string `help:"turn this feature off, agent-gateway or custom-domains: its operations respond 404" value:"FEATURE"`

	FeatureOffAnswers403 bool `help:"respond 403 FORBIDDEN to operations of a feature that is off, instead of 404"`

	NoRateLimitHeaders bool `help:"announce no rate limit in the headers of responses, as older versions of the API"`

	RateLimitRefillsContinuously bool `help:"refill the quota of the rate limit continuously, as a token bucket, instead of at the beginning of each window"`

	RowFiltersOnReadsOnly bool `help:"apply row filters to reads only in policy evaluations, instead of to UPDATE and DELETE as well"`

	EmptyNextPageToken bool `help:"return next_page_token \"\" on the last page of every list, instead of none"`
}

// Behaviours returns the switches of Behaviour.
func Behaviours() []Setting { return settingsOf(reflect.TypeFor[Behaviour]()) }

// Set sets the switch with a kebab-case name, such as "deleted-project-answers-200". The empty value turns a switch on.
func (b *Behaviour) Set(name, value string) error {
	if err := setByName(b, name, value); err != nil {
		return fmt.Errorf("behaviour: %w", err)
	}
	return nil
}

func (b *Behaviour) reusesProjectNames() bool {
	return b.DeletedProjectNameReusable == nil || *b.DeletedProjectNameReusable
}

func (b *Behaviour) sslMode() string {
	if b.DefaultSSLMode != "" {
		return b.DefaultSSLMode
	}
	return "verify-full"
}

func (b *Behaviour) poolMode() string {
	if b.DefaultPoolMode != "" {
		return b.DefaultPoolMode
	}
	return "transaction"
}
