// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// idAlphabet is the lower-case alphabet of ULIDs.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// newID returns prefix and 26 characters: ten of the time, sixteen random.
func newID(prefix string, now time.Time) string {
	id := make([]byte, 26)
	millis := now.UnixMilli()
	for i := 9; i >= 0; i-- {
		id[i] = idAlphabet[millis&31]
		millis >>= 5
	}
	copy(id[10:], randomText(16))
	return prefix + string(id)
}

// randomText returns n random characters of idAlphabet.
func randomText(n int) string {
	text := make([]byte, n)
	_, _ = rand.Read(text) // never fails: crypto/rand ends the program instead
	for i, b := range text {
		text[i] = idAlphabet[b&31]
	}
	return string(text)
}

// randomHex returns n random bytes as hex digits.
func randomHex(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}
