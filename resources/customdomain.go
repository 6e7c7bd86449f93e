// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/cenkalti/backoff/v4"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[CustomDomainArgs, CustomDomainState] = CustomDomain{}
	_ kind.Updater[CustomDomainArgs, CustomDomainState]    = CustomDomain{}
	_ kind.Lister[CustomDomainArgs, CustomDomainState]     = CustomDomain{}
)

// CustomDomain is a domain of one's own for a project's proxy.
type CustomDomain struct{}

// CustomDomainArgs are the inputs of a CustomDomain.
type CustomDomainArgs struct {
	ProjectID           string `pulumi:"projectId"`
	Domain              string `pulumi:"domain"`
	WaitForVerification *bool  `pulumi:"waitForVerification,optional"`
}

// CustomDomainState is the state of a CustomDomain.
type CustomDomainState struct {
	CustomDomainArgs
	Verified             bool            `pulumi:"verified"`
	VerifiedAt           string          `pulumi:"verifiedAt"`
	TLSCertExpiry        string          `pulumi:"tlsCertExpiry"`
	DNSVerificationToken string          `pulumi:"dnsVerificationToken"`
	DNSInstructions      DNSInstructions `pulumi:"dnsInstructions"`
	CreatedAt            string          `pulumi:"createdAt"`
	UpdatedAt            string          `pulumi:"updatedAt"`
}

// DNSInstructions are the records that a domain needs.
type DNSInstructions struct {
	CNAMEHost       string `pulumi:"cnameHost"`
	CNAMETarget     string `pulumi:"cnameTarget"`
	TXTHost         string `pulumi:"txtHost"`
	TXTValue        string `pulumi:"txtValue"`
	ACMECNAMEHost   string `pulumi:"acmeCnameHost"`
	ACMECNAMETarget string `pulumi:"acmeCnameTarget"`
}

// Annotate describes the inputs.
func (r *CustomDomainArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&r.Domain, "The domain, such as `db.example.com`, up to 253 characters.")
	a.Describe(&r.WaitForVerification, "Whether to wait until the domain is verified. The records must be made meanwhile, by other hands or by resources "+
		"that do not depend on this one. How long is for `customTimeouts` to say, else it is 10 minutes; a domain that is not verified "+
		"by then stays in the state, and the next `pulumi up` waits again.")
}

// Annotate describes the outputs.
func (r *CustomDomainState) Annotate(a infer.Annotator) {
	a.Describe(&r.Verified, "Whether the domain is verified, as of the last read.")
	a.Describe(&r.VerifiedAt, "When the domain was verified, in RFC 3339. Empty when it is not.")
	a.Describe(&r.TLSCertExpiry, "When the domain's certificate expires, in RFC 3339. Empty when there is none.")
	a.Describe(&r.DNSVerificationToken, "Token that proves that the domain is yours; the value of the TXT record.")
	a.Describe(&r.DNSInstructions, "The DNS records that the domain needs.")
	a.Describe(&r.CreatedAt, "When the domain was added, in RFC 3339.")
	a.Describe(&r.UpdatedAt, "When the domain was last changed, in RFC 3339.")
}

// Annotate describes the records.
func (i *DNSInstructions) Annotate(a infer.Annotator) {
	a.Describe(&i, "The DNS records that a custom domain needs.")
	a.Describe(&i.CNAMEHost, "Name of the CNAME record that leads clients to the proxy.")
	a.Describe(&i.CNAMETarget, "Value of that CNAME record.")
	a.Describe(&i.TXTHost, "Name of the TXT record that proves that the domain is yours.")
	a.Describe(&i.TXTValue, "Value of that TXT record.")
	a.Describe(&i.ACMECNAMEHost, "Name of the CNAME record with which the certificate is issued.")
	a.Describe(&i.ACMECNAMETarget, "Value of that CNAME record.")
}

// Definition implements kind.Controller.
func (CustomDomain) Definition() kind.Definition {
	return kind.Definition{
		Description: "A domain of your own for a project's proxy. Needs the Scale plan. " +
			"The records that the domain needs are known at once, so that the same program can make them with the provider of your DNS; " +
			"PgBeam verifies them then. The domain itself cannot be changed: a change makes a new one.",
		Properties: properties.Table{
			"projectId": properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
			"domain": properties.String().Required().Replaces().Length(1, 253).ComparedBy(properties.SameHost).
				Matches(`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$`, "be a host name such as db.example.com"),
			"waitForVerification": properties.Bool().Default(false).Affects("verified", "verifiedAt", "tlsCertExpiry"),
		},
		ImportID: kind.InProject("dom_"),
		// Everywhere, not within its project.
		UniqueBy: []string{"domain"},
	}
}

// Create implements kind.Controller.
func (CustomDomain) Create(ctx context.Context, c *client.Client, in CustomDomainArgs) (id string, state CustomDomainState, err error) {
	created, err := c.CustomDomains().Create(ctx, in.ProjectID, in.Domain)
	if err != nil {
		return "", state, err
	}
	state, err = waitForVerification(ctx, c, created.ID, withDomain(CustomDomainState{CustomDomainArgs: in}, created))
	return created.ID, state, err
}

// Read implements kind.Controller.
func (CustomDomain) Read(ctx context.Context, c *client.Client, id string, state CustomDomainState) (CustomDomainState, error) {
	live, err := c.CustomDomains().Get(ctx, state.ProjectID, id)
	state = withDomain(state, live)
	state.WaitForVerification = convert.Or(state.WaitForVerification, false)
	return state, err
}

// Update implements kind.Updater. A domain cannot be changed, but an update can wait
// for its verification.
func (CustomDomain) Update(ctx context.Context, c *client.Client, id string, state CustomDomainState, in CustomDomainArgs) (CustomDomainState, error) {
	state.WaitForVerification = in.WaitForVerification
	state, err := waitForVerification(ctx, c, id, state)
	return state, kind.InitFailed(err)
}

// Delete implements kind.Controller.
func (CustomDomain) Delete(ctx context.Context, c *client.Client, id string, state CustomDomainState) error {
	return c.CustomDomains().Delete(ctx, state.ProjectID, id)
}

// List implements kind.Lister.
func (CustomDomain) List(ctx context.Context, c *client.Client, in CustomDomainArgs) iter.Seq2[kind.Object[CustomDomainState], error] {
	return kind.Objects(c.CustomDomains().List(ctx, in.ProjectID), func(live client.CustomDomain) (kind.Object[CustomDomainState], bool) {
		return kind.Object[CustomDomainState]{ID: live.ID, Value: withDomain(CustomDomainState{}, live)}, true
	})
}

// How long to wait for a domain when nothing else is said, and how often to ask.
const (
	longestVerification = 10 * time.Minute
	firstVerification   = time.Second
	rarestVerification  = 30 * time.Second
)

// verified asks the API to verify a domain that is to be waited for, until it
// is, and says meanwhile what it waits for.
func waitForVerification(ctx context.Context, c *client.Client, id string, state CustomDomainState) (CustomDomainState, error) {
	if !convert.ValueOr(state.WaitForVerification, false) || state.Verified {
		return state, nil
	}
	if _, limited := ctx.Deadline(); !limited {
		limit, cancel := context.WithTimeout(ctx, longestVerification)
		defer cancel()
		ctx = limit
	}
	pause := backoff.NewExponentialBackOff(backoff.WithInitialInterval(firstVerification),
		backoff.WithMaxInterval(rarestVerification), backoff.WithMaxElapsedTime(0))
	began, problem := time.Now(), ""
	// What is missing is of more use than which wait the end of the time cut short.
	notVerified := func() error {
		return fmt.Errorf("%s is not verified yet, after %s: %s; the TXT record %s must have the value %s: %w",
			state.Domain, time.Since(began).Round(time.Second), problem,
			state.DNSInstructions.TXTHost, state.DNSInstructions.TXTValue, context.Cause(ctx))
	}
	for {
		answer, err := c.CustomDomains().Verify(ctx, state.ProjectID, id)
		switch {
		case err != nil && ctx.Err() != nil && problem != "":
			return state, notVerified()
		case err != nil:
			return state, err
		}
		if answer.Domain != nil {
			state = withDomain(state, *answer.Domain)
		}
		if answer.Verified {
			state.Verified = true
			return state, nil
		}
		problem = convert.ValueOr(answer.Error, "the record was not found")
		p.GetLogger(ctx).InfoStatus(fmt.Sprintf("waiting for TXT %s (%s)", state.DNSInstructions.TXTHost, time.Since(began).Round(time.Second)))
		timer := time.NewTimer(pause.NextBackOff())
		select {
		case <-ctx.Done():
			timer.Stop()
			return state, notVerified()
		case <-timer.C:
		}
	}
}

// withDomain returns the state with what the API says of the domain. It need
// not say again which records the domain needs.
func withDomain(state CustomDomainState, live client.CustomDomain) CustomDomainState {
	state.ProjectID, state.Domain = live.ProjectID, live.Domain
	state.Verified = live.Verified
	state.VerifiedAt = convert.ValueOr(live.VerifiedAt, "")
	state.TLSCertExpiry = convert.ValueOr(live.TLSCertExpiry, "")
	state.DNSVerificationToken = live.DNSVerificationToken
	if records := live.DNSInstructions; records != nil {
		state.DNSInstructions = DNSInstructions{
			CNAMEHost:       convert.ValueOr(records.CNAMEHost, ""),
			CNAMETarget:     convert.ValueOr(records.CNAMETarget, ""),
			TXTHost:         convert.ValueOr(records.TXTHost, ""),
			TXTValue:        convert.ValueOr(records.TXTValue, ""),
			ACMECNAMEHost:   convert.ValueOr(records.ACMECNAMEHost, ""),
			ACMECNAMETarget: convert.ValueOr(records.ACMECNAMETarget, ""),
		}
	}
	state.CreatedAt, state.UpdatedAt = live.CreatedAt, live.UpdatedAt
	return state
}
