// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

const day = 24 * time.Hour

// periodPattern has no month and no year, because their length varies, and no sign, no
// fraction, no space and no sum, because each period has one obvious notation.
var periodPattern = regexp.MustCompile(`^[1-9][0-9]*[mhdw]$`)

var periodUnits = map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': day, 'w': 7 * day}

// ParsePeriod returns the length of a period: a whole number above 0 with the unit m for
// minutes, h for hours, d for days of 24 hours, or w for weeks. ok is false for any other
// string, and for a period of more than 292 years.
func ParsePeriod(s string) (period time.Duration, ok bool) {
	if !periodPattern.MatchString(s) {
		return 0, false
	}
	unit := periodUnits[s[len(s)-1]]
	n, err := strconv.ParseInt(s[:len(s)-1], 10, 64)
	if err != nil || n > int64(math.MaxInt64/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// SamePeriod compares periods by their length.
func SamePeriod(a, b property.Value) bool {
	if !a.IsString() || !b.IsString() {
		return false
	}
	periodA, okA := ParsePeriod(a.AsString())
	periodB, okB := ParsePeriod(b.AsString())
	if !okA || !okB {
		return a.AsString() == b.AsString()
	}
	return periodA == periodB
}
