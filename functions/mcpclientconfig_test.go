// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
)

const (
	mcpURL   = "https://shop.example.com/mcp?a=1&b=<2>"
	mcpToken = `token-"1"&<2>`
)

// mcpConfig calls the function without an API key and decodes its JSON.
func mcpConfig(t *testing.T, inputs object) (config object, outputs property.Map) {
	t.Helper()
	outputs, failures, err := enginetest.New(t, nil).Invoke("mcpClientConfig", enginetest.Inputs(enginetest.With(object{"mcpUrl": mcpURL}, inputs)))
	require.Empty(t, failures)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(outputs.Get("json").AsString()), &config))
	return config, outputs
}

// TestMCPClientConfig has the formats of the clients' documentation.
func TestMCPClientConfig(t *testing.T) {
	t.Parallel()
	headers := func(token string) object { return object{"Authorization": "Bearer " + token} }
	tests := map[string]struct {
		servers  string
		server   func(token string) object
		variable string
		paths    []string // macOS, Windows, Linux; or one for all
	}{
		"claude-code": {
			"mcpServers", func(token string) object { return object{"type": "http", "url": mcpURL, "headers": headers(token)} },
			"${PGBEAM_TOKEN}",
			[]string{".mcp.json"},
		},
		"cursor": {
			"mcpServers", func(token string) object { return object{"url": mcpURL, "headers": headers(token)} },
			"${env:PGBEAM_TOKEN}",
			[]string{"~/.cursor/mcp.json"},
		},
		"vscode": {
			"servers", func(token string) object { return object{"type": "http", "url": mcpURL, "headers": headers(token)} },
			"${env:PGBEAM_TOKEN}",
			[]string{".vscode/mcp.json"},
		},
		"cline": {
			"mcpServers", func(token string) object {
				return object{"type": "streamableHttp", "url": mcpURL, "headers": headers(token)}
			},
			"${env:PGBEAM_TOKEN}",
			[]string{
				"~/Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
				`%APPDATA%\Code\User\globalStorage\saoudrizwan.claude-dev\settings\cline_mcp_settings.json`,
				"~/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
			},
		},
		"windsurf": {
			"mcpServers", func(token string) object { return object{"serverUrl": mcpURL, "headers": headers(token)} },
			"${env:PGBEAM_TOKEN}",
			[]string{"~/.codeium/windsurf/mcp_config.json"},
		},
		"claude-desktop": {
			"mcpServers", func(token string) object {
				if strings.HasPrefix(token, "${") {
					return object{"command": "npx", "args": []any{"-y", "mcp-remote", mcpURL, "--header", "Authorization: Bearer " + token}}
				}
				return object{
					"command": "npx", "args": []any{"-y", "mcp-remote", mcpURL, "--header", "Authorization:${PGBEAM_AUTHORIZATION}"},
					"env": object{"PGBEAM_AUTHORIZATION": "Bearer " + token},
				}
			},
			"${PGBEAM_TOKEN}",
			[]string{
				"~/Library/Application Support/Claude/claude_desktop_config.json", `%APPDATA%\Claude\claude_desktop_config.json`,
				"~/.config/Claude/claude_desktop_config.json",
			},
		},
	}
	assert.Len(t, tests, len(functions.MCPClient("").Values()))
	for client, test := range tests {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			config, outputs := mcpConfig(t, object{"client": client, "mcpToken": mcpToken, "serverName": "shop"})
			assert.Equal(t, object{test.servers: object{"shop": test.server(mcpToken)}}, config)
			assert.True(t, outputs.Get("json").Secret(), "the token is in it")
			assert.False(t, outputs.Get("path").Secret())

			config, outputs = mcpConfig(t, object{"client": client, "mcpTokenEnvVar": "PGBEAM_TOKEN"})
			assert.Equal(t, object{test.servers: object{"pgbeam": test.server(test.variable)}}, config)
			assert.False(t, outputs.Get("json").Secret(), "it contains no secret")
			assert.Equal(t, test.paths[0], outputs.Get("path").AsString(), "the default is macOS")

			for i, os := range []string{"macos", "windows", "linux"} {
				_, outputs = mcpConfig(t, object{"client": client, "mcpTokenEnvVar": "PGBEAM_TOKEN", "os": os})
				assert.Equal(t, test.paths[min(i, len(test.paths)-1)], outputs.Get("path").AsString(), os)
			}
		})
	}
}
