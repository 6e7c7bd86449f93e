// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// withNamesake adds to a conflict the object that is its reason, where that can
// be found, and how to bring it into the stack.
func (r Served) withNamesake(ctx context.Context, op operation, inputs property.Map, err error) error {
	if !client.IsStatus(err, http.StatusConflict) || client.IsError(err, client.CodeInvalidState) {
		return err
	}
	if id := r.namesake(ctx, inputs); id != "" {
		return fmt.Errorf("%w. It is %s: if it is left from an update that was cut off, or is to be managed here, run `pulumi import pgbeam:index:%s %s %s`",
			err, id, r.kind, op.name, id)
	}
	return err
}

// warnTaken says that an automatic name was taken, and by what.
func (r Served) warnTaken(ctx context.Context, op operation, inputs property.Map, other string) {
	by := ""
	if id := r.namesake(ctx, inputs); id != "" {
		by = " by " + id
	}
	p.GetLogger(ctx).Warningf("the automatic name of %s %q is taken%s, so it gets the name %s. "+
		"Unless this replaces that object, it is left from an update that was cut off: delete it, or import it.", r.kind, op.name, by, other)
}

// namesake returns the import ID of the object that stands in the way of one
// with the inputs, or nothing: the conflict itself is what matters.
func (r Served) namesake(ctx context.Context, inputs property.Map) string {
	pgbeam, err := api(ctx)
	if err != nil || r.Namesake == nil {
		return ""
	}
	id, err := r.Namesake(ctx, pgbeam, inputs)
	if err != nil {
		return ""
	}
	return id
}

// first returns the ID of the first of some objects that a function picks,
// behind those of its parents.
func first[T any](items iter.Seq2[T, error], is func(T) (id string, ok bool), parents ...string) (string, error) {
	for item, err := range items {
		if err != nil {
			return "", err
		}
		if id, ok := is(item); ok {
			return strings.Join(append(parents, id), "/"), nil
		}
	}
	return "", nil
}

// textOf is the text of a value, and nothing where it is none.
func textOf(v property.Value) string {
	if v.IsString() {
		return v.AsString()
	}
	return ""
}

func projectNamed(ctx context.Context, pgbeam *client.Client, inputs property.Map) (string, error) {
	return first(pgbeam.Projects().List(ctx, textOf(inputs.Get("orgId"))), func(o client.Project) (string, bool) {
		return o.ID, o.Name == textOf(inputs.Get("name")) && !isDeleted(o.Status)
	})
}

func policyProfileNamed(ctx context.Context, pgbeam *client.Client, inputs property.Map) (string, error) {
	project := textOf(inputs.Get("projectId"))
	return first(pgbeam.PolicyProfiles().List(ctx, project), func(o client.PolicyProfile) (string, bool) {
		return o.ID, o.Name == textOf(inputs.Get("name"))
	}, project)
}

func agentCredentialNamed(ctx context.Context, pgbeam *client.Client, inputs property.Map) (string, error) {
	project := textOf(inputs.Get("projectId"))
	return first(pgbeam.AgentCredentials().List(ctx, project), func(o client.AgentCredential) (string, bool) {
		return o.ID, o.Name == textOf(inputs.Get("name")) && !isDeleted(o.Status)
	}, project)
}

func customDomainNamed(ctx context.Context, pgbeam *client.Client, inputs property.Map) (string, error) {
	project := textOf(inputs.Get("projectId"))
	return first(pgbeam.CustomDomains().List(ctx, project), func(o client.CustomDomain) (string, bool) {
		return o.ID, strings.EqualFold(o.Domain, textOf(inputs.Get("domain")))
	}, project)
}

func honeytokenNamed(ctx context.Context, pgbeam *client.Client, inputs property.Map) (string, error) {
	project := textOf(inputs.Get("projectId"))
	return first(pgbeam.Honeytokens().List(ctx, project), func(o client.Honeytoken) (string, bool) {
		return o.ID, o.RelationName == textOf(inputs.Get("relationName")) &&
			publicOr(valueOr(o.SchemaName, "")) == publicOr(textOf(inputs.Get("schemaName")))
	}, project)
}

// publicOr is the schema that a name means: none is the public one.
func publicOr(schema string) string {
	if schema == "" {
		return "public"
	}
	return schema
}

func anomalyRuleFor(ctx context.Context, pgbeam *client.Client, inputs property.Map) (string, error) {
	project := textOf(inputs.Get("projectId"))
	return first(pgbeam.AnomalyRules().List(ctx, project), func(o client.AnomalyRule) (string, bool) {
		return o.ID, o.Metric == textOf(inputs.Get("metric")) && valueOr(o.CredentialID, "") == textOf(inputs.Get("credentialId"))
	}, project)
}

func approvalRuleNamed(ctx context.Context, pgbeam *client.Client, inputs property.Map) (string, error) {
	project := textOf(inputs.Get("projectId"))
	return first(pgbeam.ApprovalRules().List(ctx, project), func(o client.ApprovalRule) (string, bool) {
		return o.ID, o.Name == textOf(inputs.Get("name"))
	}, project)
}
