// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/redact"
)

// operation is what the plugin is doing, for messages about it.
type operation struct {
	verb, kind, name, id string
	urn                  resource.URN
	// inputs are those that the resource had, for a delete.
	inputs property.Map
	// secrets are the values that must not stand in any message.
	secrets []string
	// repeatable is true for a create that the next run can repeat.
	repeatable bool
}

type operationKey struct{}

// explain says what was being done, to which object, what the API answered, and
// what to do next. No secret of the resource stands in it, even where the API
// sends one back.
func (op operation) explain(err error) error {
	object := fmt.Sprintf("%s %q", op.kind, op.name)
	if op.id != "" {
		object += " (" + op.id + ")"
	}
	message := err.Error()
	var refused *client.Error
	if errors.As(err, &refused) {
		redactor := redact.New(op.secrets...)
		for _, text := range refused.Texts() {
			message = strings.ReplaceAll(message, text, redactor.Text(text))
		}
		for _, field := range refused.Fields {
			message = strings.ReplaceAll(message, field.Field+": ", propertyPath(field.Field)+": ")
		}
	}
	message = redact.Text(message, longSecrets(op.secrets)...)
	message = fmt.Sprintf("%s %s: %s", op.verb, object, message)
	if advice := op.advice(err, refused); advice != "" {
		message = strings.TrimSuffix(message, ".") + ". " + advice
	}
	if op.repeatable && client.IsAmbiguous(err) {
		message = strings.TrimSuffix(message, ".") + ". If it was created all the same, the next `pulumi up` within 24 hours gets that object."
	}
	return &explained{message: message, cause: err}
}

// longSecrets returns those that cannot stand in a text by chance. The others are
// only taken out of what the API says: taken out of the plugin's own words, they
// would garble these and give themselves away.
func longSecrets(secrets []string) []string {
	const length = 8
	return slices.DeleteFunc(slices.Clone(secrets), func(secret string) bool { return utf8.RuneCountInString(secret) < length })
}

// foreignAdvice is for answers that are not the API's.
const foreignAdvice = "Check that the base URL (pgbeam:baseUrl or PGBEAM_API_URL) is the address of the PgBeam API, " +
	"and what is between this machine and it. The state was not changed; run the command again."

// explained keeps the error that it explains within reach of errors.As.
type explained struct {
	message string
	cause   error
}

func (e *explained) Error() string { return e.message }
func (e *explained) Unwrap() error { return e.cause }

// advice says what to do next, by what the API answered.
func (op operation) advice(err error, refused *client.Error) string {
	if refused == nil {
		var unreachable *client.ConnectionError
		var invalid *client.InvalidResponseError
		switch {
		case errors.As(err, &unreachable):
			return "Check the base URL (pgbeam:baseUrl or PGBEAM_API_URL) and the network, then run the command again."
		case errors.As(err, &invalid):
			return foreignAdvice
		}
		return ""
	}
	switch {
	case !refused.FromAPI() && refused.StatusCode != http.StatusTooManyRequests && refused.StatusCode < http.StatusInternalServerError:
		return foreignAdvice
	case refused.StatusCode == http.StatusUnauthorized:
		return "The API key was not accepted: check pgbeam:apiKey in the stack's configuration, apiKey of the provider, or PGBEAM_API_KEY. " +
			"`pulumi destroy` and `pulumi refresh` use the key that the state has for a provider of the program: " +
			"with --run-program, they use that of the program."
	case refused.Code == client.CodePlanLimitReached:
		return "The organization's plan allows no more: upgrade the plan, or delete what is no longer needed."
	case refused.StatusCode == http.StatusForbidden:
		return "The API key may not do this: use a key of the right organization and of a role that is allowed to."
	case refused.StatusCode == http.StatusNotFound && op.verb == "updating":
		return "It is gone, or not visible to this API key: run `pulumi refresh`, so that the next `pulumi up` creates it again."
	case refused.StatusCode == http.StatusNotFound && op.verb == "creating":
		return "Something that it belongs to or refers to does not exist, or is not visible to this API key."
	case refused.Code == client.CodeInvalidState && op.verb == "updating":
		return "It may have been ended by other hands: run `pulumi refresh`, so that the next `pulumi up` creates it again if so."
	case refused.Code == client.CodeResourceExists && op.verb != "creating": // of which withConflict says more
		return "Another object has that name: choose another one."
	case refused.StatusCode == http.StatusTooManyRequests || refused.StatusCode >= http.StatusInternalServerError:
		return "The API did not recover in time: run `pulumi up` again."
	default:
		return ""
	}
}

var pathIndex = regexp.MustCompile(`\.(\d+)(\.|$)`)

// propertyPath turns the API's path of a field into that of the property:
// masking_rules.1.kind into maskingRules[1].kind.
func propertyPath(field string) string {
	field = pathIndex.ReplaceAllString(field, "[$1]$2")
	var b strings.Builder
	upper := false
	for _, r := range field {
		switch {
		case r == '_':
			upper = true
		case upper:
			b.WriteString(strings.ToUpper(string(r)))
			upper = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
