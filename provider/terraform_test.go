// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"encoding/json"
	"os"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

func TestDumpMapping(t *testing.T) {
	provider, err := New(Options{})
	require.NoError(t, err)
	raw, err := p.RawServer(Name, "0.0.1", provider)(nil)
	require.NoError(t, err)
	resp, err := withTerraformMapping{raw}.GetMapping(t.Context(), &pulumirpc.GetMappingRequest{Key: "terraform"})
	require.NoError(t, err)
	require.True(t, json.Valid(resp.GetData()))
	require.NoError(t, os.WriteFile("/tmp/tfscratch/mapping.json", resp.GetData(), 0o600))
}
