// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// RotatingAgentCredential is a component: two agent credentials that take turns.
type RotatingAgentCredential struct {
	pulumi.ResourceState

	Current            pulumi.StringMapInput  `pulumi:"current"`
	AgentCredentialIDs pulumi.StringMapInput  `pulumi:"agentCredentialIds"`
	PreviousValidUntil pulumi.StringPtrOutput `pulumi:"previousValidUntil"`
	NextRotation       pulumi.StringOutput    `pulumi:"nextRotation"`
}

// RotatingAgentCredentialArgs contains the inputs of a RotatingAgentCredential.
type RotatingAgentCredentialArgs struct {
	ProjectID        pulumi.StringInput    `pulumi:"projectId"`
	PolicyProfileID  pulumi.StringInput    `pulumi:"policyProfileId"`
	EveryDays        pulumi.IntInput       `pulumi:"everyDays"`
	OverlapDays      pulumi.IntInput       `pulumi:"overlapDays"`
	Name             pulumi.StringPtrInput `pulumi:"name,optional"`
	Status           pulumi.StringPtrInput `pulumi:"status,optional"`
	PrincipalType    pulumi.StringPtrInput `pulumi:"principalType,optional"`
	ExpiresAt        pulumi.StringPtrInput `pulumi:"expiresAt,optional"`
	RotationTriggers pulumi.StringMapInput `pulumi:"rotationTriggers,optional"`
}

// Annotate describes the component and its outputs.
func (c *RotatingAgentCredential) Annotate(a infer.Annotator) {
	a.Describe(&c, "Secrets of an AI agent that change on a schedule without an interruption: two agent credentials take turns, so that the previous secrets stay valid "+
		"while the agent gets the new ones.\n\n"+
		"A turn takes `everyDays`, counted in days of 24 hours from 1 January 1970 UTC, so that the first one is usually shorter. At the first `pulumi up` of a turn, `current` changes to the other credential, "+
		"and `overlapDays` later the next `pulumi up` rotates the secrets of the previous one, which ends their validity. Run `pulumi up` daily, for example in CI: "+
		"rotations happen only in updates. If whole turns pass without an update, a secret can stay current for longer; the component then warns. "+
		"The secrets that are current never become invalid, unless `rotationTriggers` changes: this rotates both credentials at once.")
	a.Describe(&c.Current, "What the agent needs now: `username`, `connectionString`, `mcpUrl` and `mcpToken`.")
	a.Describe(&c.AgentCredentialIDs, "IDs of the agent credentials, `agt_…`: `blue` and `green`.")
	a.Describe(&c.PreviousValidUntil, "The time from which on an update ends the validity of the previous secrets, in RFC 3339 format. Absent if they are not valid anymore.")
	a.Describe(&c.NextRotation, "The time from which on an update changes `current`, in RFC 3339 format.")
}

// Annotate describes the inputs.
func (r *RotatingAgentCredentialArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`. Changing it replaces both credentials.")
	a.Describe(&r.PolicyProfileID, "The ID of the policy profile of both credentials, `pol_…`.")
	a.Describe(&r.EveryDays, "The number of days after which `current` changes, 2 to 3650. Changing it can begin another turn.")
	a.Describe(&r.OverlapDays, "The number of days for which the previous secrets stay valid, at least 1 and less than `everyDays`.")
	a.Describe(&r.Name, "The name of the credentials, 1 to 120 characters: ` (blue)` and ` (green)` are added to it. If omitted, the provider generates their names.")
	a.Describe(&r.RotationTriggers, "Arbitrary key-value pairs. Changing any of them rotates the secrets of both credentials in place, without an overlap.")
}

// Definition implements kind.ComponentController.
func (*RotatingAgentCredential) Definition() kind.ComponentDefinition {
	return kind.ComponentDefinition{
		Properties: agentSettingsProperties().Without("rotateAfter").With(properties.Table{
			"projectId":       properties.ID("prj_").Replaces(),
			"policyProfileId": properties.ID("pol_"),
			"name":            properties.String().Length(1, 120),
			"everyDays":       properties.Integer().Required().Between(2, 3650),
			"overlapDays":     properties.Integer().Required().Between(1, 3649),
		}),
		Validate:        validateRotatingAgentCredential,
		Secrets:         []string{"current"},
		OptionalOutputs: []string{"previousValidUntil"},
		InheritFrom:     inheritFrom("AgentCredential"),
		Children: []kind.Child{
			{Suffix: "blue", Kind: "AgentCredential"},
			{Suffix: "green", Kind: "AgentCredential"},
		},
	}
}

func validateRotatingAgentCredential(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs}
	every, overlap := inputs.Get("everyDays"), inputs.Get("overlapDays")
	if every.IsNumber() && overlap.IsNumber() && overlap.AsNumber() >= every.AsNumber() {
		v.fail("overlapDays", "must be less than everyDays, because the previous secrets are needed for the next turn")
	}
	return v.failures
}

// Construct implements kind.ComponentController. The state of the children is not known before
// they are registered, so the calendar decides whose turn it is, and each credential records
// since when it has been on standby.
func (c *RotatingAgentCredential) Construct(ctx *pulumi.Context, name string, args RotatingAgentCredentialArgs) error {
	now := kind.Now(ctx.Context())
	isBlue := func(everyDays int) bool { return now.Unix()/secondsOf(everyDays)%2 == 0 }
	everyDays := args.EveryDays.ToIntOutput()
	newCredential := func(suffix string, standby pulumi.BoolOutput) (*pgbeam.AgentCredential, error) {
		return pgbeam.NewAgentCredential(ctx, name+"-"+suffix, &pgbeam.AgentCredentialArgs{
			ProjectId:        args.ProjectID,
			PolicyProfileId:  args.PolicyProfileID,
			Name:             withSuffix(args.Name, " ("+suffix+")"),
			Status:           args.Status,
			PrincipalType:    args.PrincipalType,
			ExpiresAt:        args.ExpiresAt,
			RotationTriggers: args.RotationTriggers,
			RotateAfter:      args.OverlapDays.ToIntOutput().ApplyT(func(days int) string { return fmt.Sprintf("%dd", days) }).(pulumi.StringOutput),
			Standby:          standby,
		}, pulumi.Parent(c))
	}
	blue, err := newCredential("blue", everyDays.ApplyT(func(days int) bool { return !isBlue(days) }).(pulumi.BoolOutput))
	if err != nil {
		return err
	}
	green, err := newCredential("green", everyDays.ApplyT(isBlue).(pulumi.BoolOutput))
	if err != nil {
		return err
	}

	// current and previous return an output of the credential that is current, or of the other one.
	current := func(blue, green any) pulumi.AnyOutput {
		return pulumi.All(everyDays, blue, green).ApplyT(func(values []any) any {
			if isBlue(values[0].(int)) {
				return values[1]
			}
			return values[2]
		}).(pulumi.AnyOutput)
	}
	previous := func(blue, green any) pulumi.AnyOutput { return current(green, blue) }
	text := func(output pulumi.AnyOutput) pulumi.StringOutput {
		return output.ApplyT(func(v any) string { return v.(string) }).(pulumi.StringOutput)
	}
	c.Current = pulumi.StringMap{
		"username":         text(current(blue.PgUsername, green.PgUsername)),
		"connectionString": secretUnlessEmpty(text(current(blue.ConnectionString, green.ConnectionString))),
		"mcpUrl":           text(current(blue.McpUrl, green.McpUrl)),
		"mcpToken":         secretUnlessEmpty(text(current(blue.McpToken, green.McpToken))),
	}
	c.AgentCredentialIDs = pulumi.StringMap{"blue": blue.ID(), "green": green.ID()}
	c.PreviousValidUntil = previous(blue.NextRotation, green.NextRotation).ApplyT(func(v any) *string { return v.(*string) }).(pulumi.StringPtrOutput)
	c.NextRotation = everyDays.ApplyT(func(days int) string {
		return time.Unix((now.Unix()/secondsOf(days)+1)*secondsOf(days), 0).UTC().Format(time.RFC3339)
	}).(pulumi.StringOutput)
	pulumi.All(everyDays, current(blue.RotatedAt, green.RotatedAt)).ApplyT(func(values []any) (any, error) {
		return nil, warnOfOldSecrets(ctx, c, now, values[0].(int), values[1].(*string))
	})
	return nil
}

// secondsOf returns the number of seconds in a number of days.
func secondsOf(days int) int64 { return int64(days) * 24 * 60 * 60 }

// warnOfOldSecrets warns if the current secrets are older than they can be if there is an
// update in each turn.
func warnOfOldSecrets(ctx *pulumi.Context, component pulumi.Resource, now time.Time, everyDays int, rotatedAt *string) error {
	if rotatedAt == nil {
		return nil
	}
	issued, err := time.Parse(time.RFC3339, *rotatedAt)
	if err != nil || now.Unix()-issued.Unix() <= 2*secondsOf(everyDays) {
		return nil //nolint:nilerr // the output of a child is not an error of the component
	}
	return ctx.Log.Warn(fmt.Sprintf("The current secrets are from %s, although they change every %d days, because no update has run in some of the turns. "+
		"Run `pulumi up` daily. To rotate the secrets of both credentials now, change rotationTriggers.", *rotatedAt, everyDays),
		&pulumi.LogArgs{Resource: component})
}
