// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
)

// TestGatewayConfigurations checks the configuration of the proxies of a region, with values
// that have a meaning in one of the formats.
func TestGatewayConfigurations(t *testing.T) {
	t.Parallel()
	_, response, err := construct(t, "SelfHostedGateway", enginetest.Inputs(object{
		"orgId": "org_1", "image": "proxy:$TAG", "regions": object{"eu": object{}},
		"environment": object{"PRICE": "5 $USD", "QUOTE": `it's "quoted"`, "LINES": "a\nb"},
	}), false)
	require.NoError(t, err)
	token := mockOutput("shop-region-eu", "token", true)
	text := func(output string) string {
		return response.State.Get(output).AsMap().Get("eu").AsString()
	}
	assert.Equal(t, "GRPC_AUTH_TOKEN='"+token+"'\nLINES='a\nb'\nPRICE='5 $USD'\nQUOTE='it'\\''s \"quoted\"'\n", text("environments"))
	var compose struct {
		Services map[string]struct {
			Image       string
			Environment map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text("composeFiles")), &compose))
	proxy := compose.Services["pgbeam-proxy"]
	assert.Equal(t, "proxy:$$TAG", proxy.Image, "Compose replaces variables")
	assert.Equal(t, map[string]string{"GRPC_AUTH_TOKEN": token, "PRICE": "5 $$USD", "QUOTE": `it's "quoted"`, "LINES": "a\nb"}, proxy.Environment)
	var values struct {
		Image string
		Env   map[string]string
	}
	require.NoError(t, json.Unmarshal([]byte(text("helmValues")), &values))
	assert.Equal(t, "proxy:$TAG", values.Image)
	assert.Equal(t, map[string]string{"GRPC_AUTH_TOKEN": token, "PRICE": "5 $USD", "QUOTE": `it's "quoted"`, "LINES": "a\nb"}, values.Env)
}

// TestInvalidGateway checks what is refused before anything is created.
func TestInvalidGateway(t *testing.T) {
	t.Parallel()
	database := object{"host": "db.example.com", "name": "shop", "username": "pgbeam", "password": "p"}
	minimal := object{"orgId": "org_1", "image": "proxy:1", "regions": object{"eu": object{}}}
	assertValidation(t, "SelfHostedGateway", minimal, map[string]validation{
		"no region":                    {object{"regions": object{}}, "", "regions must contain a region"},
		"no image":                     {object{"image": ""}, "", "image must not be empty"},
		"an invalid period":            {object{"regions": object{"eu": object{"rotateAfter": "soon"}}}, "", "regions.eu.rotateAfter must"},
		"a name with a space":          {object{"regions": object{"a b": object{}}}, "", `regions["a b"] is not a valid name`},
		"the token in the environment": {object{"environment": object{"GRPC_AUTH_TOKEN": "t"}}, "", "environment.GRPC_AUTH_TOKEN cannot be set"},
		"the name of a variable":       {object{"environment": object{"A=B": "t"}}, "", `environment["A=B"] is not the name of an environment variabl`},
		"TLS preferred":                {object{"project": object{"database": with(database, object{"sslMode": "prefer"})}}, "allowInsecureTransport", "project.database.sslMode is prefer"},
		"a label of no range":          {object{"project": object{"database": database, "cidrLabels": object{"10.0.0.0/8": "l"}}}, "", `project.cidrLabels["10.0.0.0/8"] is the label of a range`},
	})
}
