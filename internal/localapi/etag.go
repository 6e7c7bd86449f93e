// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// entityTag returns the strong entity tag of a representation.
func entityTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// etagMatches tells whether one of the tags in the header values is current, or "*". The weak comparison, of If-None-Match,
// ignores W/; under the strong one, of If-Match, a weak tag never matches.
func etagMatches(values []string, current string, weak bool) bool {
	for _, value := range values {
		for tag := range strings.SplitSeq(value, ",") {
			tag = strings.TrimSpace(tag)
			if weak {
				tag = strings.TrimPrefix(tag, "W/")
			}
			if tag == "*" || tag == current {
				return true
			}
		}
	}
	return false
}
