// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/redact"
)

func TestText(t *testing.T) {
	t.Parallel()
	const secret = `p@ss:/w"zzz'%20\1<&>`
	inJSON, _ := json.Marshal(map[string]string{"password": secret})
	for _, text := range []string{
		secret, string(inJSON), fmt.Sprintf("%q", secret), "https://x?p=" + url.QueryEscape(secret), "/" + url.PathEscape(secret),
		url.UserPassword("user", secret).String(), base64.StdEncoding.EncodeToString([]byte(secret)),
	} {
		redacted := redact.Text("before "+text+" after", "other", secret)
		assert.NotContains(t, redacted, "zzz", text)
		assert.Contains(t, redacted, redact.Hidden)
		assert.Regexp(t, "^before .*after$", redacted)
	}
	assert.Equal(t, "nothing here", redact.Text("nothing here", secret, ""))
	assert.Equal(t, "a [secret] b", redact.Text("a shorter-longer b", "shorter", "shorter-longer"))
}
