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
	_ kind.Lister[CustomDomainArgs]                        = CustomDomain{}
)

// CustomDomain is a custom domain for the proxy of a project.
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

// DNSInstructions are the DNS records that a domain requires.
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
	a.Describe(&r.ProjectID, "The ID of the project that owns the domain, `prj_…`.")
	a.Describe(&r.Domain, "The domain name, such as `db.example.com`, up to 253 characters. It must be unique across all projects of PgBeam.")
	a.Describe(&r.WaitForVerification, "Whether to wait until the domain is verified. "+
		"The DNS records must be created in the meantime, outside of the program or by resources that do not depend on this one. "+
		"The wait ends after 10 minutes, unless `customTimeouts` sets another timeout. "+
		"A domain that has not been verified by then is kept in the state, and the next `pulumi up` continues to wait.")
}

// Annotate describes the outputs.
func (r *CustomDomainState) Annotate(a infer.Annotator) {
	a.Describe(&r.Verified, "Whether the domain has been verified, as of the last refresh or update.")
	a.Describe(&r.VerifiedAt, "The time when the domain was verified, in RFC 3339 format. Empty if it has not been verified.")
	a.Describe(&r.TLSCertExpiry, "The time when the TLS certificate of the domain expires, in RFC 3339 format. Empty if there is no certificate.")
	a.Describe(&r.DNSVerificationToken, "The token in the TXT record that proves the ownership of the domain.")
	a.Describe(&r.DNSInstructions, "The DNS records that the domain requires.")
	a.Describe(&r.CreatedAt, "The time when the domain was added, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the domain was last updated, in RFC 3339 format.")
}

// Annotate describes the records.
func (i *DNSInstructions) Annotate(a infer.Annotator) {
	a.Describe(&i, "The DNS records that a custom domain requires.")
	a.Describe(&i.CNAMEHost, "The name of the CNAME record that points to the proxy.")
	a.Describe(&i.CNAMETarget, "The target of the CNAME record that points to the proxy.")
	a.Describe(&i.TXTHost, "The name of the TXT record that proves the ownership of the domain.")
	a.Describe(&i.TXTValue, "The value of the TXT record that proves the ownership of the domain.")
	a.Describe(&i.ACMECNAMEHost, "The name of the CNAME record that delegates the ACME challenge for the TLS certificate.")
	a.Describe(&i.ACMECNAMETarget, "The target of the CNAME record that delegates the ACME challenge for the TLS certificate.")
}

// Definition implements kind.Controller.
func (CustomDomain) Definition() kind.Definition {
	return kind.Definition{
		Description: "A custom domain for the proxy of a project. Requires the Scale or Enterprise plan. " +
			"The required DNS records are outputs that are known as soon as the domain is created, " +
			"so the same program can create them with the provider of your DNS service. " +
			"Destroying the resource revokes the TLS certificate of the domain.",
		Properties: customDomainProperties(),
		ImportID:   kind.InProject("dom_"),
		UniqueBy:   []string{"domain"}, // in all projects
	}
}

// customDomainProperties describes the inputs of a CustomDomain.
func customDomainProperties() properties.Table {
	return properties.Table{
		"projectId": properties.ID("prj_").Replaces(),
		"domain": properties.String().Required().Replaces().Length(1, 253).ComparedBy(properties.SameHost).
			Matches(`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$`, "be a host name such as db.example.com"),
		"waitForVerification": properties.Bool().Default(false).Affects("verified", "verifiedAt", "tlsCertExpiry"),
	}
}

// Create implements kind.Controller.
func (CustomDomain) Create(ctx context.Context, c *client.Client, in CustomDomainArgs) (id string, state CustomDomainState, err error) {
	created, err := c.CustomDomains().Create(ctx, in.ProjectID, in.Domain)
	if err != nil {
		return "", state, err
	}
	state, err = waitForVerification(ctx, c, created.ID, customDomainState(CustomDomainState{CustomDomainArgs: in}, created))
	return created.ID, state, err
}

// Read implements kind.Controller.
func (CustomDomain) Read(ctx context.Context, c *client.Client, id string, state CustomDomainState) (CustomDomainState, error) {
	live, err := c.CustomDomains().Get(ctx, state.ProjectID, id)
	return customDomainState(state, live), err
}

// Update implements kind.Updater. The API cannot change a domain, but an update can
// wait for its verification.
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
func (CustomDomain) List(ctx context.Context, c *client.Client, in CustomDomainArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.CustomDomains().List(ctx, in.ProjectID), func(live client.CustomDomain) (id string, state any, ok bool) {
		return live.ID, customDomainState(CustomDomainState{}, live), true
	})
}

// The timeout of the verification if the user sets none, and the interval between
// two requests.
const (
	verificationTimeout     = 10 * time.Minute
	minVerificationInterval = time.Second
	maxVerificationInterval = 30 * time.Second
)

// waitForVerification asks the API to verify the domain until it is verified, if the
// user wants to wait for that.
func waitForVerification(ctx context.Context, c *client.Client, id string, state CustomDomainState) (CustomDomainState, error) {
	if !convert.ValueOr(state.WaitForVerification, false) || state.Verified {
		return state, nil
	}
	if _, ok := ctx.Deadline(); !ok {
		limited, cancel := context.WithTimeout(ctx, verificationTimeout)
		defer cancel()
		ctx = limited
	}
	interval := backoff.NewExponentialBackOff(backoff.WithInitialInterval(minVerificationInterval),
		backoff.WithMaxInterval(maxVerificationInterval), backoff.WithMaxElapsedTime(0))
	start, reason := time.Now(), ""
	// The missing record is more useful to the user than the request that timed out.
	notVerified := func() error {
		return fmt.Errorf("%s is not verified yet, after %s: %s; the TXT record %s must have the value %s: %w",
			state.Domain, time.Since(start).Round(time.Second), reason,
			state.DNSInstructions.TXTHost, state.DNSInstructions.TXTValue, context.Cause(ctx))
	}
	for {
		resp, err := c.CustomDomains().Verify(ctx, state.ProjectID, id)
		switch {
		case err != nil && ctx.Err() != nil && reason != "":
			return state, notVerified()
		case err != nil:
			return state, err
		}
		if resp.Domain != nil {
			state = customDomainState(state, *resp.Domain)
		}
		if resp.Verified {
			state.Verified = true
			return state, nil
		}
		reason = convert.ValueOr(resp.Error, "the record was not found")
		p.GetLogger(ctx).InfoStatus(fmt.Sprintf("waiting for TXT %s (%s)", state.DNSInstructions.TXTHost, time.Since(start).Round(time.Second)))
		timer := time.NewTimer(interval.NextBackOff())
		select {
		case <-ctx.Done():
			timer.Stop()
			return state, notVerified()
		case <-timer.C:
		}
	}
}

// customDomainState updates a state with a domain. The API may return the DNS records
// only when the domain is created.
func customDomainState(state CustomDomainState, live client.CustomDomain) CustomDomainState {
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
