// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
)

func TestKeyedSetting(t *testing.T) {
	t.Parallel()
	setting := KeyedSetting("the note", []string{"shelf", "book"}, "text")
	name := func(pairs ...string) string {
		values := map[string]property.Value{}
		for i := 0; i < len(pairs); i += 2 {
			values[pairs[i]] = property.New(pairs[i+1])
		}
		return setting.Name("", property.NewMap(values))
	}
	assert.Equal(t, `the note with shelf "", book "go" of prj_1`, name("projectId", "prj_1", "shelf", "", "book", "Go"))
	assert.Equal(t, name("projectId", "prj_1", "book", "gO"), name("projectId", "prj_1", "shelf", "", "book", "Go"))
	assert.NotEqual(t, name("projectId", "prj_1", "shelf", `a", book "b`), name("projectId", "prj_1", "shelf", "a", "book", "b"))
	assert.Empty(t, name("book", "Go"), "the project is not known yet")
	assert.Empty(t, setting.Name("", property.NewMap(map[string]property.Value{
		"projectId": property.New("prj_1"), "book": property.New(property.Computed),
	})))
}

func TestFormatText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"pol_1":                  "pol_1",
		"":                       `""`,
		"two words":              `"two words"`,
		"a\nb":                   `"a\nb"`,
		strings.Repeat("é", 80):  `"` + strings.Repeat("é", 80) + `"`,
		strings.Repeat("é", 81):  `"` + strings.Repeat("é", 79) + `…"`,
		strings.Repeat("x", 200): `"` + strings.Repeat("x", 79) + `…"`,
	} {
		assert.Equal(t, want, formatText(text))
	}
}
