// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// rule returns what a known value of the right kind must be, as a sentence that
// begins with "must", or "" if the value is valid. oldInput is the previous input,
// null for a new object. The sentence never quotes the value: Check appends it,
// unless it is secret.
type rule func(value, oldInput property.Value) string

func (p Property) addRule(r rule) Property {
	// Cloned, so that properties derived from the same one do not share an array.
	p = p.copied()
	p.rules = append(slices.Clone(p.rules), r)
	return p
}

func (p Property) addStringRule(check func(s string) string) Property {
	return p.addRule(func(v, _ property.Value) string { return check(v.AsString()) })
}

// OneOf allows only the given strings.
func (p Property) OneOf(allowed ...string) Property {
	p = p.copied()
	p.allowsNullString = slices.Contains(allowed, "null")
	return p.addStringRule(func(s string) string {
		if !slices.Contains(allowed, s) {
			return "must be one of " + strings.Join(allowed, ", ")
		}
		return ""
	})
}

// Length limits the number of characters of a string. A maxLength of 0 means no
// upper limit.
func (p Property) Length(minLength, maxLength int) Property {
	return p.addStringRule(func(s string) string {
		switch n := utf8.RuneCountInString(s); {
		case n == 0 && minLength == 1:
			return "must not be empty"
		case n < minLength:
			return fmt.Sprintf("must have at least %d characters", minLength)
		case maxLength > 0 && n > maxLength:
			return fmt.Sprintf("must have at most %d characters, has %d", maxLength, n)
		case strings.ContainsRune(s, 0):
			return "must not contain a NUL character"
		}
		return ""
	})
}

// NotBlank rejects strings that consist of white space only.
func (p Property) NotBlank() Property {
	return p.addStringRule(func(s string) string {
		if s != "" && strings.TrimSpace(s) == "" {
			return "must not be blank"
		}
		return ""
	})
}

// Matches allows strings that match a regular expression, and the empty string.
// The description follows "must" in the error message.
func (p Property) Matches(pattern, description string) Property {
	// Compiled on first use instead of at every start of the plugin.
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
	return p.addStringRule(func(s string) string {
		if s != "" && !re().MatchString(s) {
			return "must " + description
		}
		return ""
	})
}

// Email allows email addresses.
func (p Property) Email() Property {
	return p.addStringRule(func(s string) string {
		if !IsEmail(s) {
			return "must be an email address, such as alex@example.com"
		}
		return ""
	})
}

// IsEmail reports whether a string looks like an email address.
func IsEmail(s string) bool {
	name, domain, _ := strings.Cut(s, "@")
	return name != "" && domain != "" && !strings.ContainsAny(domain, "@/") && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	})
}

// PathSegment allows strings that can be the ID in a URL path of the API.
func (p Property) PathSegment() Property {
	return p.Length(1, 0).addStringRule(checkID)
}

var idPattern = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)

// IsID reports whether a string can be an ID in a URL path of the API. The
// segments "." and ".." cannot, because they resolve to another path.
func IsID(s string) bool { return s != "." && s != ".." && idPattern.MatchString(s) }

// checkID is a rule for IDs. It accepts the empty string.
func checkID(s string) string {
	switch {
	case s == "" || IsID(s):
		return ""
	case s == "." || s == "..":
		return `must be an ID, not "." or ".."`
	default:
		return "must be an ID, with letters, digits, '_', '.' and '-' only"
	}
}

// ID describes a required ID of the API, with a prefix such as "prj_".
func ID(prefix string) Property { return String().Required().Length(1, 0).Reference(prefix) }

// Reference allows the ID of another object, which begins with a prefix such as
// pol_. It also allows the import ID of that object, such as prj_…/pol_…, because
// that is the ID of a resource that a program reads with get():
// ResolveReferences replaces it by the plain ID.
func (p Property) Reference(prefix string) Property {
	p = p.copied()
	p.reference = prefix
	return p.addStringRule(func(s string) string {
		if strings.Contains(s, "/") {
			return fmt.Sprintf("must be an ID (%[1]s…) or an import ID that ends with one (such as prj_…/%[1]s…)", prefix)
		}
		return checkID(s)
	})
}

// Host allows the host name or IP address of a server.
func (p Property) Host() Property {
	return p.Length(1, 0).
		Matches(`^[^\s\x00]+$`, "be a host name or an IP address, without spaces").
		ComparedBy(SameHost)
}

// Between allows numbers from minimum to maximum, both inclusive.
func (p Property) Between(minimum, maximum int) Property {
	return p.addRule(func(v, _ property.Value) string {
		if n := v.AsNumber(); n < float64(minimum) || n > float64(maximum) {
			return fmt.Sprintf("must be between %d and %d", minimum, maximum)
		}
		return ""
	})
}

// AtLeast allows numbers that are not below minimum.
func (p Property) AtLeast(minimum int) Property {
	return p.addRule(func(v, _ property.Value) string {
		if v.AsNumber() < float64(minimum) {
			return fmt.Sprintf("must be at least %d", minimum)
		}
		return ""
	})
}

// MoreThan allows numbers above a bound.
func (p Property) MoreThan(bound float64) Property {
	return p.addRule(func(v, _ property.Value) string {
		if v.AsNumber() <= bound {
			return fmt.Sprintf("must be greater than %v", bound)
		}
		return ""
	})
}

// MaxItems limits the number of items of a list.
func (p Property) MaxItems(maximum int) Property {
	return p.addRule(func(v, _ property.Value) string {
		if n := v.AsArray().Len(); n > maximum {
			return fmt.Sprintf("must have at most %d items, has %d", maximum, n)
		}
		return ""
	})
}

// CIDR allows an IPv4 or IPv6 range in CIDR notation, or a single address.
func (p Property) CIDR() Property {
	return p.addStringRule(func(s string) string {
		if _, ok := canonicalCIDR(s); !ok {
			return "must be an IPv4 or IPv6 range such as 203.0.113.0/24, or a single IP address"
		}
		return ""
	})
}

// HTTPURL allows absolute URLs with the scheme http or https.
func (p Property) HTTPURL() Property {
	return p.addStringRule(func(s string) string {
		u, err := url.Parse(s)
		if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") {
			return "must be an absolute URL that begins with https://, such as https://example.com/hooks/pgbeam"
		}
		return ""
	})
}

// Satisfies allows strings for which check returns nil. The errors of check begin
// with "must".
func (p Property) Satisfies(check func(string) error) Property {
	return p.addStringRule(func(s string) string {
		if err := check(s); err != nil {
			return err.Error()
		}
		return ""
	})
}

// Timestamp allows RFC 3339 timestamps. They are compared as instants, with a
// precision of one second.
func (p Property) Timestamp() Property {
	return p.ComparedBy(SameTimestamp).addStringRule(func(s string) string {
		if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
			return "must be an RFC 3339 timestamp such as 2027-01-01T00:00:00Z"
		}
		return ""
	})
}

// FutureWhenNew rejects timestamps in the past, except for the one that the
// object already has: an object that has expired can still be updated.
func (p Property) FutureWhenNew(now func() time.Time) Property {
	return p.addRule(func(v, oldInput property.Value) string {
		if oldInput.IsString() && SameTimestamp(v, oldInput) {
			return ""
		}
		if t, err := time.Parse(time.RFC3339Nano, v.AsString()); err == nil && !t.After(now()) {
			return "must be in the future"
		}
		return ""
	})
}

// These patterns match what may be a password in a URL or a connection string.
// Special characters in passwords are often not escaped as they should be, so the
// patterns match too much rather than too little.
var (
	urlCredentials     = regexp.MustCompile(`(?s)//.*@`) // scheme://user:password@host
	settingCredentials = regexp.MustCompile(`(?is)((?:pass|pwd|secret|token|key|auth|sig)[a-z_.-]*\s*=\s*).*`)
	addressCredentials = regexp.MustCompile(`(?s)[^\s/@]*:.*@`) // user:password@host
)

// redactCredentials removes possible passwords from a value that is not secret.
func redactCredentials(s string) string {
	if urlCredentials.MatchString(s) {
		s = urlCredentials.ReplaceAllString(s, "//[hidden]@")
	} else {
		s = addressCredentials.ReplaceAllString(s, "[hidden]@")
	}
	return settingCredentials.ReplaceAllString(s, "${1}[hidden]")
}

// formatValue formats a value for an error message.
func formatValue(v property.Value) string {
	const maxLength = 80
	switch {
	case v.IsString():
		s := redactCredentials(v.AsString())
		if utf8.RuneCountInString(s) > maxLength {
			s = string([]rune(s)[:maxLength]) + "…"
		}
		return strconv.Quote(s)
	case v.IsNumber():
		return strconv.FormatFloat(v.AsNumber(), 'f', -1, 64)
	case v.IsBool():
		return strconv.FormatBool(v.AsBool())
	case v.IsArray():
		return "a list"
	case v.IsMap():
		return "an object"
	default:
		return "another type"
	}
}
