// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"reflect"
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
	// QueryShapes are the statements that each database is taken to have been asked once when it is created, so that it has a
	// cache rule for each. See QueryShape for their hashes.
	QueryShapes []string
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
	Projects         int `help:"projects of an organization" value:"N"`
	Databases        int `help:"databases of a project" value:"N"`
	AgentCredentials int `help:"live agent credentials of an organization" value:"N"`
}

// Set changes the limit of that kebab-case name, as in "agent-credentials".
func (l *Limits) Set(name, value string) error {
	if err := setByName(l, name, value); err != nil {
		return fmt.Errorf("plan limit: %w", err)
	}
	return nil
}

// Behaviour holds the switches for what the contract leaves open. The zero value is the most likely behaviour of each. The help
// of each field is its documentation, and what pgbeam-local prints: see Behaviours.
type Behaviour struct {
	DeletedProjectAnswers200 bool `help:"GET of a deleted project answers it with status deleted, instead of 404"`

	DeletedProjectWritesAnswer409 bool `help:"writes below a deleted project, and a PATCH of it, answer 409 INVALID_STATE, instead of 404; reads, and its own DELETE, do not"`

	DeletedProjectNameReusable *bool `help:"the name of a deleted project stays taken, instead of being free again" value:"false"`

	AgentNamesNotUnique bool `help:"live credentials of a project may share a name, instead of 409 RESOURCE_EXISTS"`

	RevokedAgentAnswers404 bool `help:"a revoked credential is gone, instead of answering with status revoked"`

	ListIncludesRevoked bool `help:"lists have the revoked credentials and enrollments too"`

	WebhookPutWithoutSecretClears bool `help:"a PUT without a secret clears the one held, instead of keeping it"`

	HTTPSWebhooksOnly bool `help:"a webhook URL must be https, instead of http or https"`

	KeepCIDRSpelling bool `help:"allowed CIDRs are echoed as sent, instead of normalised"`

	LowercaseDomains bool `help:"domains are echoed in lower case, instead of as sent"`

	TimestampsWithMillis bool `help:"timestamps read 2027-01-01T00:00:00.000Z instead of 2027-01-01T00:00:00Z"`

	ExpiredEnrollmentsAreLive bool `help:"an expired enrollment still stands in the way of enabled approval rules"`

	OmitDefaults bool `help:"what a response need not have is left out while it equals its default, instead of always present"`

	DefaultSSLMode string `help:"ssl_mode of a database or replica that is created without one, instead of prefer" value:"MODE"`

	DefaultPoolMode string `help:"pool_mode of a database that is created without pool_config, instead of transaction" value:"MODE"`

	CacheEnabledByDefault *bool `help:"the cache of a database that is created without cache_config is off, instead of on" value:"false"`

	PolicyInUseByDefaultRole409 bool `help:"the policy that is its project's default cannot be deleted, instead of clearing the default"`

	LastDatabaseUndeletable bool `help:"the last database of a project cannot be deleted and answers 400, instead of being deleted as any other"`

	CreateProjectOmitsDatabase bool `help:"the answer to the creation of a project has the project alone, instead of its database, too"`

	DNSInstructionsOnCreateOnly bool `help:"lists and verifications of domains leave the DNS instructions out"`

	EmptySchemaNames bool `help:"a schema or relation name that is not set is answered as \"\", instead of null"`

	RefuseEmptyDatabaseTexts bool `help:"a PATCH of a database with an empty name, username or password answers 400, instead of being stored"`

	DatabaseLimitPerOrganization bool `help:"the plan's limit on databases is for all projects together, instead of for each"`

	FeatureOff string `help:"this feature is off, agent-gateway or custom-domains: its operations answer 404" value:"FEATURE"`

	FeatureOffAnswers403 bool `help:"operations of a feature that is off answer 403 FORBIDDEN, instead of 404"`

	ProjectsTokenEndEmptyString bool `help:"the last page of any list has next_page_token \"\", instead of none"`
}

// Set changes the switch of that kebab-case name, as in "deleted-project-answers-200". An empty value turns a switch on.
func (b *Behaviour) Set(name, value string) error {
	if err := setByName(b, name, value); err != nil {
		return fmt.Errorf("behaviour: %w", err)
	}
	return nil
}

// Setting is a setting that is given by name, as in --behaviour NAME=VALUE.
type Setting struct {
	Name    string
	Value   string // what stands for the value in the help, "" for a switch
	Meaning string
}

// Behaviours returns the switches of Behaviour.
func Behaviours() []Setting { return settingsOf(reflect.TypeFor[Behaviour]()) }

// PlanLimits returns the settings of Limits.
func PlanLimits() []Setting { return settingsOf(reflect.TypeFor[Limits]()) }

func settingsOf(t reflect.Type) []Setting {
	settings := make([]Setting, t.NumField())
	for i := range settings {
		field := t.Field(i)
		settings[i] = Setting{Name: kebabCase(field.Name), Value: field.Tag.Get("value"), Meaning: field.Tag.Get("help")}
	}
	return settings
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
