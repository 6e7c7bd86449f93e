// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

type region string

func TestOptionalValues(t *testing.T) {
	t.Parallel()
	text, number := "eu", int64(math.MaxInt64)
	assert.Equal(t, region("eu"), *StringOr[region](&text, "any"))
	assert.Equal(t, region("any"), *StringOr[region]((*string)(nil), "any"))
	assert.Equal(t, number, *Or(&number, 0))
	assert.False(t, *Or((*bool)(nil), false))
	eu := region("eu")
	assert.Equal(t, "eu", *String[string](&eu))
	assert.Nil(t, String[string]((*region)(nil)))
}

func TestLists(t *testing.T) {
	t.Parallel()
	var empty []string
	assert.Equal(t, []string{}, *List(&empty), "an empty list is not null in a request")
	assert.Nil(t, List[string](nil))
	assert.Equal(t, []string{}, *StringList[string](&[]region{}))
	assert.Nil(t, StringList[string, region](nil))
	assert.Nil(t, Changed(&empty, &[]string{}), "nil and empty lists are equal")
	assert.NotNil(t, Changed(&empty, &[]string{"a"}))
	assert.NotNil(t, Changed(nil, &empty))
}
