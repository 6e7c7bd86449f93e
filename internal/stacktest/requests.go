// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package stacktest

import (
	"net/http"
	"path"
	"slices"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// examinations are the ends of the paths of requests with which resources examine something.
// They change nothing, although they are no GET.
var examinations = []string{"policy-evaluations", "scan-pii"}

// Mutations returns the requests since the last reset that change something.
func Mutations(local *localapi.Local) []localapi.Request {
	return slices.DeleteFunc(local.Requests(), func(r localapi.Request) bool {
		return r.Method == http.MethodGet || slices.Contains(examinations, path.Base(r.Path))
	})
}
