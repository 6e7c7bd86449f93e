// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"time"
)

// The key and the organization that are served when Options names none.
const (
	DefaultAPIKey = "pbo_local"
	DefaultOrgID  = "org_local"
)

// Options configures a Server. The zero value is useful.
type Options struct {
	// APIKeys maps bearer keys to organization IDs. Empty: DefaultAPIKey for DefaultOrgID.
	APIKeys map[string]string
	// Behaviour chooses among the answers that the contract leaves open.
	Behaviour Behaviour
	// Plan is the tier of every organization: starter, pro, scale or enterprise. Empty: scale. Custom domains and
	// self-hosting need scale or enterprise.
	Plan string
	// Limits are the plan's limits.
	Limits Limits
	// Now is the clock behind timestamps, expiry, the idempotency window and the rate limit. Default time.Now.
	Now func() time.Time
	// StateFile keeps the objects over a restart. It is loaded when it exists, and written after each change. Empty: memory only.
	StateFile string
	// Watch, if set, is called at each moment of each API request. The request goes on when it returns.
	Watch func(moment Moment, method, path string)
	// DiscardRequests turns the record behind Requests and Count off.
	DiscardRequests bool
	// Observe is called with each exchange, from several goroutines at once. nil: nobody is.
	Observe func(Request)
	// KeepRequests bounds that record to the newest ones. 0: all.
	KeepRequests int
}

// Moment is a point in the course of a request.
type Moment string

// The moments of a request. One that a fault strikes has those that it gets to.
const (
	Received Moment = "received" // it has had no effect yet
	Applied  Moment = "applied"  // it has had its effect, and is not answered yet
	Answered Moment = "answered" // its answer is sent
)

// Limits are plan limits; 0 is unlimited. A create beyond one answers 403 PLAN_LIMIT_REACHED.
type Limits struct {
	Projects         int // per organization
	Databases        int // per project
	AgentCredentials int // live ones per organization
}

// Set changes the limit of that kebab-case name, as in "agent-credentials".
func (l *Limits) Set(name, value string) error {
	if err := setByName(l, name, value); err != nil {
		return fmt.Errorf("plan limit: %w", err)
	}
	return nil
}

// Behaviour holds the switches for what the contract leaves open. The zero value is the most likely behaviour of each.
type Behaviour struct {
	// DeletedProjectAnswers200: GET of a deleted project answers it with status deleted instead of 404.
	DeletedProjectAnswers200 bool
	// DeletedProjectWritesAnswer409: writes below a deleted project, and a PATCH of it, answer 409 INVALID_STATE, instead of 404.
	// Reads, and the project's own DELETE, answer as without it.
	DeletedProjectWritesAnswer409 bool
	// DeletedProjectNameReusable: a deleted project's name is free again. nil is true.
	DeletedProjectNameReusable *bool
	// AgentNamesNotUnique: live credentials of a project may share a name, instead of 409 RESOURCE_EXISTS.
	AgentNamesNotUnique bool
	// RevokedAgentAnswers404: a revoked credential is gone, instead of answering with status revoked.
	RevokedAgentAnswers404 bool
	// ListIncludesRevoked: lists have the revoked credentials and enrollments too.
	ListIncludesRevoked bool
	// WebhookPutWithoutSecretClears: a PUT without a secret clears the one held, instead of keeping it.
	WebhookPutWithoutSecretClears bool
	// HTTPSWebhooksOnly: a webhook URL must be https, instead of http or https.
	HTTPSWebhooksOnly bool
	// KeepCIDRSpelling: allowed CIDRs are echoed as sent, instead of normalised.
	KeepCIDRSpelling bool
	// LowercaseDomains: domains are echoed in lower case, instead of as sent.
	LowercaseDomains bool
	// TimestampsWithMillis: timestamps read 2027-01-01T00:00:00.000Z instead of 2027-01-01T00:00:00Z.
	TimestampsWithMillis bool
	// ExpiredEnrollmentsAreLive: an expired enrollment still stands in the way of enabled approval rules.
	ExpiredEnrollmentsAreLive bool
	// OmitDefaults: what a response need not have is left out while it equals its default, instead of always present.
	OmitDefaults bool
	// DefaultSSLMode is what the server fills in for an absent ssl_mode. Empty: prefer.
	DefaultSSLMode string
	// DefaultPoolMode is the pool_mode of a database without pool_config. Empty: transaction.
	DefaultPoolMode string
	// CacheEnabledByDefault is cache_config.enabled of a database without cache_config. nil is true.
	CacheEnabledByDefault *bool
	// PolicyInUseByDefaultRole409: the policy that is its project's default cannot be deleted, instead of clearing the default.
	PolicyInUseByDefaultRole409 bool
	// LastDatabaseUndeletable: a project's last database cannot be deleted. The contract declares no 409 there, so it answers 400.
	LastDatabaseUndeletable bool
	// CreateProjectOmitsDatabase: the answer to a project's creation has the project alone.
	CreateProjectOmitsDatabase bool
	// DNSInstructionsOnCreateOnly: lists and verifications of domains leave the instructions out.
	DNSInstructionsOnCreateOnly bool
	// EmptySchemaNames: the absence of a schema or relation name is answered as "", instead of null.
	EmptySchemaNames bool
	// RefuseEmptyDatabaseTexts: a PATCH of a database with an empty name, username or password is a 400, instead of stored.
	RefuseEmptyDatabaseTexts bool
	// DatabaseLimitPerOrganization: the plan's limit on databases is for all projects together, instead of for each.
	DatabaseLimitPerOrganization bool
	// FeatureOff names a rollout flag that is off: agent-gateway or custom-domains. Its operations answer 404.
	FeatureOff string
	// FeatureOffAnswers403: operations of a feature that is off answer 403 FORBIDDEN, instead of 404.
	FeatureOffAnswers403 bool
	// ProjectsTokenEndEmptyString: the last page of any list has next_page_token "", instead of none.
	ProjectsTokenEndEmptyString bool
}

// Set changes the switch of that kebab-case name, as in "deleted-project-answers-200". An empty value turns a switch on.
func (b *Behaviour) Set(name, value string) error {
	if err := setByName(b, name, value); err != nil {
		return fmt.Errorf("behaviour: %w", err)
	}
	return nil
}

func (b *Behaviour) reusesProjectNames() bool {
	return b.DeletedProjectNameReusable == nil || *b.DeletedProjectNameReusable
}

func (b *Behaviour) cachesByDefault() bool {
	return b.CacheEnabledByDefault == nil || *b.CacheEnabledByDefault
}

func (b *Behaviour) sslMode() string {
	if b.DefaultSSLMode != "" {
		return b.DefaultSSLMode
	}
	return "prefer"
}

func (b *Behaviour) poolMode() string {
	if b.DefaultPoolMode != "" {
		return b.DefaultPoolMode
	}
	return "transaction"
}
