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

// etagMatches reports whether the header values contain the current tag or "*". If-None-Match uses weak comparison, which ignores
// the prefix W/; with strong comparison, of If-Match, weak tags never match.
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
