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
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// rule says what is wrong with a value of the right kind that is known, or "".
// before is the value in the state, null for a new object. The words never
// quote a value: Check adds what it got where that is no secret.
type rule func(value, before property.Value) string

func (p Property) addRule(r rule) Property {
	// Cloned, so that two properties that begin alike do not share one array.
	p.rules = append(append([]rule(nil), p.rules...), r)
	return p
}

func (p Property) stringRule(wrong func(s string) string) Property {
	return p.addRule(func(v, _ property.Value) string { return wrong(v.AsString()) })
}

// OneOf allows only the strings given.
func (p Property) OneOf(allowed ...string) Property {
	p.allowsNullString = slices.Contains(allowed, "null")
	return p.stringRule(func(s string) string {
		for _, a := range allowed {
			if s == a {
				return ""
			}
		}
		return "must be one of " + strings.Join(allowed, ", ")
	})
}

// Length allows strings of that many characters; a maximum of 0 is no maximum.
func (p Property) Length(atLeast, atMost int) Property {
	return p.stringRule(func(s string) string {
		switch n := utf8.RuneCountInString(s); {
		case n == 0 && atLeast == 1:
			return "must not be empty"
		case n < atLeast:
			return fmt.Sprintf("must have at least %d characters", atLeast)
		case atMost > 0 && n > atMost:
			return fmt.Sprintf("must have at most %d characters, has %d", atMost, n)
		case strings.ContainsRune(s, 0):
			return "must not contain a NUL character"
		}
		return ""
	})
}

// NotBlank refuses strings of nothing but white space.
func (p Property) NotBlank() Property {
	return p.stringRule(func(s string) string {
		if s != "" && strings.TrimSpace(s) == "" {
			return "must not be blank"
		}
		return ""
	})
}

// Matches allows strings that match a pattern, described in words that follow "must".
func (p Property) Matches(pattern, words string) Property {
	// Compiled when it is first needed, and not with every start of the plugin.
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
	return p.stringRule(func(s string) string {
		if s != "" && !re().MatchString(s) {
			return "must " + words
		}
		return ""
	})
}

// PathSegment allows what can stand as an ID in a path of the API.
func (p Property) PathSegment() Property {
	return p.Length(1, 0).stringRule(func(s string) string {
		return wrongID(s)
	})
}

// wrongID says what is wrong with a text that is to be an ID, or is empty.
func wrongID(s string) string {
	switch {
	case s == "" || IsID(s):
		return ""
	case s == "." || s == "..":
		return "must be an ID of the API, which . and .. are not"
	default:
		return "must be an ID of the API: letters, digits, and _ . - only"
	}
}

var idPattern = regexp.MustCompile(`^[a-zA-Z0-9_.-]+$`)

// IsID tells whether a text can stand as an ID in a path of the API. A path
// segment of one or two dots leads to another object.
func IsID(s string) bool { return s != "." && s != ".." && idPattern.MatchString(s) }

// Reference allows the ID of another object, which begins with a prefix such as
// pol_. The ID that an import of that object takes, prj_…/pol_…, is what the id of
// a resource that was looked up with get() holds; References makes the plain ID of it.
func (p Property) Reference(prefix string) Property {
	p.reference = prefix
	return p.stringRule(func(s string) string {
		if strings.Contains(s, "/") {
			return "must be an ID, " + prefix + "…, or an import ID that ends with one, such as prj_…/" + prefix + "…"
		}
		return wrongID(s)
	})
}

// ResolveReferences returns inputs in which every reference that is given as an import
// ID is the plain ID that this ends with. What is not of that form stays as it is,
// for Check to refuse.
func (t Table) ResolveReferences(inputs property.Map) property.Map {
	for name, prop := range t {
		if value := inputs.Get(name); !value.IsNull() {
			inputs = inputs.Set(name, prop.resolveReferences(value))
		}
	}
	return inputs
}

func (p Property) resolveReferences(value property.Value) property.Value {
	switch {
	case p.reference != "" && value.IsString():
		segments := strings.Split(value.AsString(), "/")
		last := segments[len(segments)-1]
		if len(segments) > 1 && strings.HasPrefix(last, p.reference) && last != p.reference && !slices.ContainsFunc(segments, notID) {
			return property.WithGoValue(value, last)
		}
	case p.kind == objectKind && value.IsMap():
		return property.WithGoValue(value, p.fields.ResolveReferences(value.AsMap()))
	case p.item != nil && value.IsArray():
		items := value.AsArray().AsSlice()
		for i, item := range items {
			items[i] = p.item.resolveReferences(item)
		}
		return property.WithGoValue(value, property.NewArray(items)) // a nil slice would make null of an empty list
	case p.item != nil && value.IsMap():
		entries := value.AsMap().AsMap()
		for key, entry := range entries {
			entries[key] = p.item.resolveReferences(entry)
		}
		return property.WithGoValue(value, property.NewMap(entries))
	}
	return value
}

func notID(s string) bool { return !IsID(s) }

// Host allows the name or address of a server: not empty and without spaces.
func (p Property) Host() Property {
	return p.Length(1, 0).
		Matches(`^[^\s\x00]+$`, "be a host name or an address, without spaces").
		ComparedBy(SameHost)
}

// Between allows numbers from atLeast to atMost.
func (p Property) Between(atLeast, atMost int) Property {
	return p.addRule(func(v, _ property.Value) string {
		if n := v.AsNumber(); n < float64(atLeast) || n > float64(atMost) {
			return fmt.Sprintf("must be between %d and %d", atLeast, atMost)
		}
		return ""
	})
}

// AtLeast allows numbers from atLeast up.
func (p Property) AtLeast(atLeast int) Property {
	return p.addRule(func(v, _ property.Value) string {
		if v.AsNumber() < float64(atLeast) {
			return fmt.Sprintf("must be at least %d", atLeast)
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

// MaxItems allows lists of that many items.
func (p Property) MaxItems(atMost int) Property {
	return p.addRule(func(v, _ property.Value) string {
		if n := v.AsArray().Len(); n > atMost {
			return fmt.Sprintf("must have at most %d items, has %d", atMost, n)
		}
		return ""
	})
}

// CIDR allows an IPv4 or IPv6 range, or a single address.
func (p Property) CIDR() Property {
	return p.stringRule(func(s string) string {
		if _, ok := canonicalCIDR(s); !ok {
			return "must be an IPv4 or IPv6 range such as 203.0.113.0/24, or a single address"
		}
		return ""
	})
}

// HTTPURL allows absolute URLs with one of the schemes http and https.
func (p Property) HTTPURL() Property {
	return p.stringRule(func(s string) string {
		u, err := url.Parse(s)
		if err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") {
			return "must be an absolute URL that begins with https://, such as https://example.com/hooks/pgbeam"
		}
		return ""
	})
}

// Satisfies allows strings that a function finds nothing wrong with. Its errors
// begin with "must".
func (p Property) Satisfies(check func(string) error) Property {
	return p.stringRule(func(s string) string {
		if err := check(s); err != nil {
			return err.Error()
		}
		return ""
	})
}

// Timestamp allows RFC 3339 timestamps, which compare as instants to the second.
func (p Property) Timestamp() Property {
	return p.ComparedBy(SameTimestamp).stringRule(func(s string) string {
		if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
			return "must be a timestamp such as 2027-01-01T00:00:00Z (RFC 3339)"
		}
		return ""
	})
}

// FutureWhenNew refuses a timestamp in the past, but for one that the object
// has already: what has expired since must not stand in the way of the next update.
func (p Property) FutureWhenNew(now func() time.Time) Property {
	return p.addRule(func(v, before property.Value) string {
		if before.IsString() && SameTimestamp(v, before) {
			return ""
		}
		if at, err := time.Parse(time.RFC3339Nano, v.AsString()); err == nil && !at.After(now()) {
			return "must be in the future"
		}
		return ""
	})
}

// What may be a password in a URL or in another form of the address of a server.
// Its characters need not be escaped as they should be, so more is hidden rather
// than less.
var (
	inAuthority = regexp.MustCompile(`(?s)//.*@`) // scheme://user:password@host
	inSettings  = regexp.MustCompile(`(?is)((?:pass|pwd|secret|token|key|auth|sig)[a-z_.-]*\s*=\s*).*`)
	inAddress   = regexp.MustCompile(`(?s)[^\s/@]*:.*@`) // user:password@host
)

// redactCredentials hides what may be a password in a value that is no secret.
func redactCredentials(s string) string {
	if inAuthority.MatchString(s) {
		s = inAuthority.ReplaceAllString(s, "//[hidden]@")
	} else {
		s = inAddress.ReplaceAllString(s, "[hidden]@")
	}
	return inSettings.ReplaceAllString(s, "${1}[hidden]")
}

// formatValue writes a value for an error message.
func formatValue(v property.Value) string {
	const limit = 80
	switch {
	case v.IsString():
		s := redactCredentials(v.AsString())
		if utf8.RuneCountInString(s) > limit {
			s = string([]rune(s)[:limit]) + "…"
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
		return "another kind of value"
	}
}
