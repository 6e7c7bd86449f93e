// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

func TestGetRegionsByProviderAndAvailability(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.answer("GET", "/v1/regions", `{"regions":[
		{"id":"us-east-1","name":"US East","provider":"aws","status":"active","available":true,"continent":"North America","country":"United States"},
		{"id":"eu-west-1","name":"Europe","provider":"aws","status":"draining","available":false},
		{"id":"westeurope","name":"West Europe","provider":"azure","status":"active","available":true}]}`)
	for _, test := range []struct {
		inputs object
		want   []string
	}{
		{nil, []string{"us-east-1", "eu-west-1", "westeurope"}},
		{object{"provider": "aws"}, []string{"us-east-1", "eu-west-1"}},
		{object{"available": true}, []string{"us-east-1", "westeurope"}},
		{object{"available": false}, []string{"eu-west-1"}},
		{object{"provider": "aws", "available": true}, []string{"us-east-1"}},
		{object{"provider": "gcp"}, []string{}},
	} {
		regions := env.invoke("getRegions", test.inputs)["regions"]
		ids := []string{}
		for _, region := range regions.([]any) {
			ids = append(ids, region.(object)["id"].(string))
		}
		assert.Equal(t, test.want, ids, "%v", test.inputs)
	}
	assert.Len(t, env.Local.Requests(), 1, "filters do not change the request")
	regions := env.invoke("getRegions", nil)["regions"].([]any)
	assert.Equal(t, object{
		"id": "us-east-1", "name": "US East", "provider": "aws", "status": "active", "available": true,
		"continent": "North America", "country": "United States",
	}, regions[0])
	assert.Equal(t, object{"id": "eu-west-1", "name": "Europe", "provider": "aws", "status": "draining", "available": false}, regions[1])
}
