// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// withConflict adds to a conflict the object that is its reason, where that can
// be found, and what to do.
func (r Served) withConflict(ctx context.Context, op operation, inputs property.Map, err error) error {
	if !isExistsConflict(err) {
		return err
	}
	id := r.namesake(ctx, inputs)
	if id == "" {
		return fmt.Errorf("%w. %s", err, existsAdvice{op: op})
	}
	object := r.objectKey(id[strings.LastIndex(id, "/")+1:])
	advice := existsAdvice{op: op, importID: id}
	inProgram, held := claimsOf(ctx).HeldByOther(object, op.urn)
	isReplaced, inState := claimsOf(ctx).ResourcesOf(object, op.urn)
	advice.isReplaced = isReplaced
	if held {
		advice.inProgram = r.kind + " " + inProgram
	}
	if inState != "" {
		advice.inState = r.kind + " " + inState
	}
	return fmt.Errorf("%w. It is %s. %s", err, id, advice)
}

// isExistsConflict tells whether a create is refused because another object has
// what must be unique.
func isExistsConflict(err error) bool {
	return client.IsClientError(err) && client.IsStatus(err, http.StatusConflict) &&
		!client.IsError(err, client.CodeInvalidState, client.CodeIdempotencyKeyReused, client.CodePreconditionFailed)
}

// existsAdvice says what to do when something that is to be created exists. None
// of it can destroy the object: an import of what the state already has under
// another name would let the next update delete it, so an alias comes first.
type existsAdvice struct {
	op operation
	// setting is true where it is not an object that exists, but a value.
	setting bool
	// importID is that of the object, where it is known.
	importID string
	// isReplaced is set when the object is the one that the create replaces.
	isReplaced bool
	// inProgram is another resource of the program that keeps the object, and
	// inState one that has it in the state.
	inProgram, inState string
}

func (a existsAdvice) String() string {
	alias := "add its old name to the resource option `aliases`"
	if strings.Contains(string(a.op.urn.QualifiedType()), "$") {
		alias = "add its old name, or that of the component that it is a child of, to the resource option `aliases` of the one that was renamed"
	}
	alias += ", so that Pulumi keeps the object"
	const replace = "set the resource option `deleteBeforeReplace`, so that the old object is deleted first"
	switch {
	case a.inProgram != "":
		return fmt.Sprintf("The program has it as %s: choose another name.", a.inProgram)
	case a.isReplaced:
		return "It is the object that this create replaces: " + replace + "."
	case a.inState != "":
		return fmt.Sprintf("It is in the state as %s. If you renamed the resource in the program, %s.%s", a.inState, alias, a.otherwise(""))
	}
	imported := ""
	if a.importID != "" {
		imported = fmt.Sprintf("if no stack manages it, import it with `pulumi import pgbeam:index:%s %s %s`", a.op.kind, a.op.name, a.importID)
	}
	return "If you renamed or moved the resource in the program, " + alias + ". " +
		"If the resource is being replaced (--replace, taint), " + replace + "." + a.otherwise(imported)
}

// otherwise says what else to do: to choose another name, which a setting does not
// have, or what is given.
func (a existsAdvice) otherwise(or string) string {
	switch {
	case a.setting && or == "":
		return ""
	case a.setting:
		return " Otherwise, " + or + "."
	case or == "":
		return " Otherwise, choose another name."
	default:
		return " Otherwise, choose another name, or, " + or + "."
	}
}

// warnTaken says that an automatic name was taken, and by what.
func (r Served) warnTaken(ctx context.Context, op operation, inputs property.Map, other string) {
	by := ""
	if id := r.namesake(ctx, inputs); id != "" {
		by = " by " + id
	}
	p.GetLogger(ctx).Warningf("The automatic name of %s %q is taken%s, so it gets the name %s. "+
		"If no stack manages that object (`pulumi stack --show-ids` lists those of one), an interrupted update has left it.", op.kind, op.name, by, other)
}

// namesake returns the import ID of the object that stands in the way of one
// with the inputs, or nothing: the conflict itself is what matters.
func (r Served) namesake(ctx context.Context, inputs property.Map) string {
	pgbeam, err := api(ctx)
	if err != nil || r.Namesake == nil {
		return ""
	}
	ctx, cancel := forMessage(ctx)
	defer cancel()
	id, err := r.Namesake(ctx, pgbeam, inputs)
	if err != nil {
		return ""
	}
	return id
}

// forMessage returns a context for a search that only serves a message: it reads a
// few pages of a list, and does not take long.
func forMessage(ctx context.Context) (context.Context, context.CancelFunc) {
	const pages, timeout = 5, 10 * time.Second
	return context.WithTimeout(client.WithListLimit(ctx, pages), timeout)
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
