// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// idAlphabet is Crockford's base32 alphabet, as used by ULIDs, in lower case.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// newID returns a prefix and a ULID in lower case: ten characters of time and sixteen random ones.
func newID(prefix string, now time.Time) string {
	id := make([]byte, 26)
	millis := now.UnixMilli()
	for i := 9; i >= 0; i-- {
		id[i] = idAlphabet[millis&31]
		millis >>= 5
	}
	copy(id[10:], randomString(16))
	return prefix + string(id)
}

// newID returns the ID of a new object. The IDs of kinds without a prefix are opaque.
func (k *kind) newID(now time.Time) string {
	if k.idPrefix == "" {
		return randomHex(16)
	}
	return newID(k.idPrefix, now)
}

// randomString returns n random characters of idAlphabet.
func randomString(n int) string {
	s := make([]byte, n)
	_, _ = rand.Read(s) // never returns an error
	for i, b := range s {
		s[i] = idAlphabet[b&31]
	}
	return string(s)
}

// randomHex returns n random bytes as hex digits.
func randomHex(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}
