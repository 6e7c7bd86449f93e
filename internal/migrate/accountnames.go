// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
)

// labelProperties are the properties that identify an object for people, if its kind has no
// names. They are no secrets.
var labelProperties = []string{"credentialId", "metric", "schemaName", "tableName", "relationName", "columnName", "domain", "email", "host", "url", "regionLabel", "queryHash"}

// kindWords are the words for kinds in names that are shorter than the kind.
var kindWords = map[string]string{
	"PolicyProfile":        "policy",
	"AgentCredential":      "agent",
	"WebhookEndpoint":      "webhook",
	"CustomDomain":         "domain",
	"SelfHostEnrollment":   "enrollment",
	"OrganizationMember":   "member",
	"ProjectDefaultPolicy": "default-policy",
}

var wordStart = regexp.MustCompile(`(.)([A-Z])`)

// kindWord returns the word for a kind in names, such as policy.
func kindWord(kind string) string {
	if word, ok := kindWords[kind]; ok {
		return word
	}
	return strings.ToLower(wordStart.ReplaceAllString(kind, "$1-$2"))
}

// labels returns the texts that identify an object of a list.
func labels(k kind.Resource, item lifecycle.ListItem) []string {
	if _, hasName := k.Properties["name"]; hasName {
		return slices.DeleteFunc([]string{item.Name}, isEmpty)
	}
	var found []string
	for _, name := range labelProperties {
		if _, ok := k.Properties[name]; ok {
			found = append(found, label(name, convert.Text(item.Values.Get(name))))
		}
	}
	return slices.DeleteFunc(found, isEmpty)
}

func isEmpty(text string) bool { return text == "" }

// label returns a text without what can be a secret, and the first label of a host name that
// belongs to the network of the user.
func label(name, text string) string {
	if address, err := url.Parse(text); err == nil && address.Host != "" {
		return address.Hostname()
	}
	if host, _, ok := strings.Cut(text, "."); ok && name == "host" && net.ParseIP(text) == nil {
		return host
	}
	return text
}

// nameObjects gives every object a name. Those of a project begin with the name of the project, and
// have the word for their kind.
func (a *Account) nameObjects() {
	taken := &names{taken: map[string]bool{}}
	for _, c := range a.components {
		c.takeName(taken, strings.Join(a.labelsOf(c.project), " "))
	}
	for _, object := range a.objects {
		if object.component == nil {
			object.name = taken.unique(kindWord(object.kind.Kind()), a.words(object)...)
		}
	}
}

// words returns the texts that the name of an object consists of.
func (a *Account) words(object *accountObject) []string {
	words, labels := a.parentWords(object), a.labelsOf(object)
	word := kindWord(object.kind.Kind())
	first := slug(strings.Join(labels, " "))
	isNamed := object.kind.Kind() == projectKind && first != ""
	if !isNamed && first != word && !strings.HasPrefix(first, word+"-") {
		words = append(words, word)
	}
	return append(words, labels...)
}

// parentWords returns the name of the object that an object belongs to.
func (a *Account) parentWords(object *accountObject) []string {
	switch parent := object.parent; {
	case parent.component != nil:
		return []string{parent.component.name}
	case parent.parent != nil:
		return []string{parent.name}
	case len(a.organizations) > 1:
		return []string{strings.TrimPrefix(parent.own, kind.Organization.Prefix)}
	default:
		return nil
	}
}

// labelsOf returns the labels of an object, with those of other objects in place of their IDs.
func (a *Account) labelsOf(object *accountObject) []string {
	var texts []string
	for _, text := range object.Labels {
		if other := a.byID[text]; other != nil && other != object {
			texts = append(texts, a.labelsOf(other)...)
		} else {
			texts = append(texts, text)
		}
	}
	return texts
}
