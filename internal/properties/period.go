// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

const day = 24 * time.Hour

// periodUnits has no month and no year, because their length varies.
var periodUnits = map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': day, 'w': 7 * day}

// Period allows periods that ParsePeriod accepts, up to a maximum of whole days. They are
// compared by their length: 14d is the same as 2w.
func (p Property) Period(maximum time.Duration) Property {
	return p.ComparedBy(SamePeriod).addStringRule(func(s string) string {
		switch period, ok := ParsePeriod(s); {
		case !ok:
			return "must be a whole number above 0 with a unit, one of m, h, d and w, such as 12h or 90d"
		case period > maximum:
			return fmt.Sprintf("must be at most %dd", maximum/day)
		}
		return ""
	})
}

// ParsePeriod returns the length of a period: a whole number above 0 with the unit m for
// minutes, h for hours, d for days of 24 hours, or w for weeks. Signs, fractions, leading
// zeros, spaces and sums are not allowed, so that each number has one notation. ok is false
// for any other string. A period that does not fit into a Duration has the greatest one.
func ParsePeriod(s string) (period time.Duration, ok bool) {
	if s == "" || s[0] == '0' {
		return 0, false
	}
	digits := s[:len(s)-1]
	unit, ok := periodUnits[s[len(s)-1]]
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n := time.Duration(0)
	for _, digit := range []byte(digits) {
		if n > (math.MaxInt64/unit-9)/10 {
			return math.MaxInt64, true
		}
		n = 10*n + time.Duration(digit-'0')
	}
	return n * unit, true
}

// SamePeriod compares periods by their length.
func SamePeriod(a, b property.Value) bool {
	if !a.IsString() || !b.IsString() {
		return false
	}
	periodA, okA := ParsePeriod(a.AsString())
	periodB, okB := ParsePeriod(b.AsString())
	if !okA || !okB || periodA == math.MaxInt64 {
		return a.AsString() == b.AsString()
	}
	return periodA == periodB
}
