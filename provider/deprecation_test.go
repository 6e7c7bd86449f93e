// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

func TestDeprecationWarning(t *testing.T) {
	t.Parallel()
	const operation = "POST /v1/projects/{project_id}/agents"
	day := func(month time.Month) time.Time { return time.Date(2027, month, 1, 0, 0, 0, 0, time.UTC) }
	for want, d := range map[string]client.Deprecation{
		"The operation " + operation + " of the PgBeam API is deprecated. Version 1.2.3 of the pgbeam provider uses it: update to a newer release.": {},
		"The operation " + operation + " of the PgBeam API has been deprecated since 2027-02-01, and will be removed on 2027-09-01. " +
			"Version 1.2.3 of the pgbeam provider uses it: update to a newer release. " +
			"Its successor is https://api.pgbeam.com/v2. See https://pgbeam.com/docs.": {
			Since: day(time.February), Sunset: day(time.September), Successor: "https://api.pgbeam.com/v2", Documentation: "https://pgbeam.com/docs",
		},
		"The operation " + operation + " of the PgBeam API will be deprecated on 2027-05-01. " +
			"Version 1.2.3 of the pgbeam provider uses it: update to a newer release.": {Since: day(time.May)},
		"The operation " + operation + " of the PgBeam API is deprecated, and was to be removed on 2027-01-01. " +
			"Version 1.2.3 of the pgbeam provider uses it: update to a newer release.": {Sunset: day(time.January)},
	} {
		d.Operation = operation
		assert.Equal(t, want, deprecationWarning(d, "1.2.3", day(time.March)))
	}
}
