// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/redact"
)

// operation describes an operation of the plugin in messages.
type operation struct {
	verb, kind, name, id string
	urn                  resource.URN
	// parent has the IDs of the objects that a list is limited to.
	parent string
	// secrets must not appear in any message.
	secrets []string
	// fields names the properties whose fields in the requests have other names.
	fields map[string]string
}

// explain adds the operation, the object and advice to an error. It removes the
// resource's secrets, even if the response of the API contains them.
func (op operation) explain(err error) error {
	object := op.kind
	if op.name != "" { // which a function does not have
		object += fmt.Sprintf(" %q", op.name)
	}
	if op.id != "" {
		object += " (" + op.id + ")"
	}
	if op.parent != "" {
		object += " of " + op.parent
	}
	message := err.Error()
	var refused *client.Error
	if errors.As(err, &refused) {
		redactor := redact.New(op.secrets...)
		for _, text := range refused.Texts() {
			message = strings.ReplaceAll(message, text, redactor.Text(text))
		}
		for _, field := range refused.Fields {
			message = strings.ReplaceAll(message, field.Field+": ", op.propertyPath(field.Field)+": ")
		}
	}
	message = redact.Text(message, longSecrets(op.secrets)...)
	message = fmt.Sprintf("%s %s: %s", op.verb, object, message)
	if advice := op.advice(err, refused); advice != "" {
		message = strings.TrimSuffix(message, ".") + ". " + advice
	}
	return &explainedError{message: message, cause: err}
}

// resumption describes what happens after an operation that was applied in part.
func (op operation) resumption() string {
	if op.verb == "creating" {
		return "The object was created and saved to the state; the next `pulumi up` completes it."
	}
	return "The update was applied in part and saved to the state; the next `pulumi up` completes it."
}

// longSecrets returns the secrets that are too long to occur in a text by chance.
// Shorter ones are removed only from the texts of the API: removing them from the
// plugin's own messages would garble these, and reveal the secrets.
func longSecrets(secrets []string) []string {
	const minLength = 8
	return slices.DeleteFunc(slices.Clone(secrets), func(secret string) bool { return utf8.RuneCountInString(secret) < minLength })
}

// notAPIAdvice is the advice for a response that does not come from the API.
const notAPIAdvice = "Check that the base URL (pgbeam:baseUrl or PGBEAM_API_URL) is the address of the PgBeam API, " +
	"and any proxy between this machine and it. The state was not changed; run the command again."

// explainedError keeps the original error for errors.As.
type explainedError struct {
	message string
	cause   error
}

func (e *explainedError) Error() string { return e.message }
func (e *explainedError) Unwrap() error { return e.cause }

// advice returns what to do next, by the response of the API.
func (op operation) advice(err error, refused *client.Error) string {
	if refused == nil {
		var connection *client.ConnectionError
		var invalid *client.InvalidResponseError
		switch {
		case errors.As(err, &connection):
			return "Check the base URL (pgbeam:baseUrl or PGBEAM_API_URL) and the network, then run the command again."
		case errors.As(err, &invalid):
			return notAPIAdvice
		}
		return ""
	}
	switch {
	case refused.StatusCode == http.StatusGone:
		return "The operation is no longer available: update the pgbeam provider to a newer release, then run the command again."
	case !refused.FromAPI() && refused.StatusCode != http.StatusTooManyRequests && refused.StatusCode < http.StatusInternalServerError:
		return notAPIAdvice
	case refused.StatusCode == http.StatusUnauthorized:
		return "The API key was not accepted: check pgbeam:apiKey in the stack's configuration, apiKey of the provider, or PGBEAM_API_KEY. " +
			"For a provider that the program creates, `pulumi destroy` and `pulumi refresh` use the key in the state: " +
			"with --run-program, they use the program's key."
	case refused.Code == client.CodePlanLimitReached:
		return "The limit of the organization's plan is reached: upgrade the plan, or delete what is no longer needed."
	case refused.StatusCode == http.StatusForbidden:
		return "The API key does not have permission: use a key of the right organization, with a role that is allowed to do this."
	case refused.StatusCode == http.StatusNotFound && op.verb == "updating":
		return "It does not exist, or is not visible to this API key: run `pulumi refresh`, so that the next `pulumi up` creates it again."
	case refused.StatusCode == http.StatusNotFound && op.verb == "creating":
		return "An object that it belongs to or refers to does not exist, or is not visible to this API key."
	case refused.StatusCode == http.StatusNotFound && op.verb == "listing":
		return "It does not exist, or is not visible to this API key: check the ID."
	case refused.Code == client.CodeInvalidState && op.verb == "updating":
		return "It may have been revoked or deleted outside of Pulumi: run `pulumi refresh`, so that the next `pulumi up` creates it again."
	case refused.Code == client.CodeResourceExists && op.verb != "creating": // withConflict explains those of creates
		return "Another object already has that name: choose a different one."
	case refused.StatusCode == http.StatusTooManyRequests || refused.StatusCode >= http.StatusInternalServerError:
		command := "`pulumi up`"
		if op.verb == "listing" {
			command = "the command"
		}
		return "The API did not recover in time: run " + command + " again."
	default:
		return ""
	}
}

var pathIndex = regexp.MustCompile(`\.(\d+)(\.|$)`)

// propertyPath returns the path of the property for a field in a request.
func (op operation) propertyPath(field string) string {
	path := propertyPath(field)
	return cmp.Or(op.fields[path], path)
}

// propertyPath converts the path of a field in a request to that of the property:
// masking_rules.1.kind to maskingRules[1].kind.
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
