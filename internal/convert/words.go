// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"strings"
	"unicode"
)

// SplitWords returns the words of a name in camel case in lower case, with a separator in
// between: the API and Terraform have an underscore there, and flags of the CLI a dash.
func SplitWords(name string, separator byte) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte(separator)
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
