// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var _ kind.FunctionController[MCPClientConfigArgs, MCPClientConfigResult] = MCPClientConfig{}

// MCPClientConfig returns the configuration of an MCP client.
type MCPClientConfig struct{}

// MCPClientConfigArgs are the inputs of MCPClientConfig.
type MCPClientConfigArgs struct {
	Client         MCPClient        `pulumi:"client"`
	MCPURL         string           `pulumi:"mcpUrl"`
	MCPToken       *string          `pulumi:"mcpToken,optional"`
	MCPTokenEnvVar *string          `pulumi:"mcpTokenEnvVar,optional"`
	ServerName     *string          `pulumi:"serverName,optional"`
	OS             *OperatingSystem `pulumi:"os,optional"`
}

// MCPClientConfigResult is the result of MCPClientConfig.
type MCPClientConfigResult struct {
	JSON string `pulumi:"json"`
	Path string `pulumi:"path"`
}

// MCPClient is a program that connects an agent to MCP servers.
type MCPClient string

// Values implements infer.Enum.
func (MCPClient) Values() []infer.EnumValue[MCPClient] {
	return []infer.EnumValue[MCPClient]{
		{Name: "ClaudeCode", Value: "claude-code", Description: "Claude Code, for a project directory."},
		{Name: "ClaudeDesktop", Value: "claude-desktop", Description: "Claude Desktop, which needs Node.js to run the program `mcp-remote`."},
		{Name: "Cursor", Value: "cursor", Description: "Cursor, for all projects of a user."},
		{Name: "Vscode", Value: "vscode", Description: "Visual Studio Code, for a workspace."},
		{Name: "Cline", Value: "cline", Description: "Cline, the extension of Visual Studio Code."},
		{Name: "Windsurf", Value: "windsurf", Description: "Windsurf."},
	}
}

// OperatingSystem is the operating system of an agent's machine.
type OperatingSystem string

// Values implements infer.Enum.
func (OperatingSystem) Values() []infer.EnumValue[OperatingSystem] {
	return []infer.EnumValue[OperatingSystem]{
		{Name: "Macos", Value: "macos", Description: "macOS."},
		{Name: "Windows", Value: "windows", Description: "Windows."},
		{Name: "Linux", Value: "linux", Description: "Linux."},
	}
}

// Annotate describes the inputs.
func (r *MCPClientConfigArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.Client, "The MCP client.")
	a.Describe(&r.MCPURL, "The URL of the MCP server, such as the output `mcpUrl` of an `AgentCredential`.")
	a.Describe(&r.MCPToken, "The token for the MCP server, such as the output `mcpToken` of an `AgentCredential`. "+
		"The configuration contains it, and is therefore secret. Required unless `mcpTokenEnvVar` is set.")
	a.Describe(&r.MCPTokenEnvVar, "The name of the environment variable from which the client reads the token, instead of `mcpToken`. "+
		"The configuration then contains no secret.")
	a.Describe(&r.ServerName, "The name of the server in the client, up to 64 letters, digits, dashes and underscores.")
	a.Describe(&r.OS, "The operating system of the machine that the client runs on, on which the path can depend.")
}

// Annotate describes the outputs.
func (r *MCPClientConfigResult) Annotate(a infer.Annotator) {
	a.Describe(&r.JSON, "The configuration file as JSON. Secret if `mcpToken` is set. If the file exists, add the server to it instead of replacing it.")
	a.Describe(&r.Path, "The path of the configuration file. A relative path is inside the directory of the project, and `~` is the home directory of the user.")
}

// Definition implements kind.FunctionController.
func (MCPClientConfig) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Returns the configuration with which an MCP client, such as Claude Code or Cursor, connects to the hosted MCP server of a project. " +
			"It makes no request, writes no file, and needs no API key.",
		Properties: properties.Table{
			"client":         properties.Enum[MCPClient]().Required(),
			"mcpUrl":         properties.String().Required().HTTPURL(),
			"mcpToken":       properties.String().Length(1, 0).Secret(),
			"mcpTokenEnvVar": properties.String().Matches(`^[A-Za-z_][A-Za-z0-9_]*$`, "be the name of an environment variable"),
			"serverName":     properties.String().Matches(`^[A-Za-z0-9_-]{1,64}$`, "consist of up to 64 letters, digits, dashes and underscores").Default("pgbeam"),
			"os":             properties.Enum[OperatingSystem]().Default("macos"),
		},
		Validate: func(inputs property.Map) []p.CheckFailure {
			return properties.ExactlyOne(inputs, "mcpToken", "mcpTokenEnvVar")
		},
		Public:  []string{"path"},
		Offline: true,
	}
}

// Invoke implements kind.FunctionController.
func (MCPClientConfig) Invoke(_ context.Context, _ *client.Client, in MCPClientConfigArgs) (MCPClientConfigResult, error) {
	format := mcpClients[in.Client]
	name := convert.ValueOr(in.ServerName, "pgbeam")
	server := format.server(in)
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(map[string]any{format.servers: map[string]any{name: server}})
	return MCPClientConfigResult{text.String(), format.path[convert.ValueOr(in.OS, "macos")]}, err
}

// mcpClient describes the configuration file of a client.
type mcpClient struct {
	// servers is the key of the object that has the servers by name.
	servers string
	// transport is the type of a remote server. It is empty if servers have no type.
	transport string
	// usesServerURL is true if the key of the URL is serverUrl instead of url.
	usesServerURL bool
	// variable is the format of a reference to an environment variable.
	variable string
	// localServer returns the description of the server for a client without remote servers.
	// It is nil for all others.
	localServer func(in MCPClientConfigArgs, authorization string) any
	// path is the path of the file on each operating system.
	path map[OperatingSystem]string
}

// mcpServer is the description of a server in most clients.
type mcpServer struct {
	Type      string            `json:"type,omitempty"`
	URL       string            `json:"url,omitempty"`
	ServerURL string            `json:"serverUrl,omitempty"`
	Headers   map[string]string `json:"headers"`
}

// mcpProxy is the description of a local server, which forwards all messages to a remote one.
type mcpProxy struct {
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env,omitempty"`
}

// The formats are those of the documentation of the clients in 2026: how they name the servers,
// and how they refer to an environment variable.
var mcpClients = map[MCPClient]mcpClient{
	"claude-code": {servers: "mcpServers", transport: "http", variable: "${%s}", path: everywhere(".mcp.json")},
	"claude-desktop": {
		servers: "mcpServers", variable: "${%s}", localServer: claudeDesktopServer,
		path: map[OperatingSystem]string{
			"macos":   "~/Library/Application Support/Claude/claude_desktop_config.json",
			"windows": `%APPDATA%\Claude\claude_desktop_config.json`,
			"linux":   "~/.config/Claude/claude_desktop_config.json",
		},
	},
	"cursor": {servers: "mcpServers", variable: "${env:%s}", path: everywhere("~/.cursor/mcp.json")},
	"vscode": {servers: "servers", transport: "http", variable: "${env:%s}", path: everywhere(".vscode/mcp.json")},
	"cline": {
		servers: "mcpServers", transport: "streamableHttp", variable: "${env:%s}",
		path: map[OperatingSystem]string{
			"macos":   "~/Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
			"windows": `%APPDATA%\Code\User\globalStorage\saoudrizwan.claude-dev\settings\cline_mcp_settings.json`,
			"linux":   "~/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
		},
	},
	"windsurf": {servers: "mcpServers", usesServerURL: true, variable: "${env:%s}", path: everywhere("~/.codeium/windsurf/mcp_config.json")},
}

func everywhere(path string) map[OperatingSystem]string {
	return map[OperatingSystem]string{"macos": path, "windows": path, "linux": path}
}

// server returns the description of the server. Its header has the token, or a reference to the
// variable that has it.
func (c mcpClient) server(in MCPClientConfigArgs) any {
	reference := fmt.Sprintf(c.variable, convert.ValueOr(in.MCPTokenEnvVar, ""))
	authorization := "Bearer " + convert.ValueOr(in.MCPToken, reference)
	if c.localServer != nil {
		return c.localServer(in, authorization)
	}
	server := mcpServer{Type: c.transport, URL: in.MCPURL, Headers: map[string]string{"Authorization": authorization}}
	if c.usesServerURL {
		server.URL, server.ServerURL = "", in.MCPURL
	}
	return server
}

// claudeDesktopServer runs mcp-remote, because the configuration file of Claude Desktop has
// no remote servers. mcp-remote replaces variables in headers. A header without a space works
// around a fault of Claude Desktop on Windows, which splits arguments at spaces.
func claudeDesktopServer(in MCPClientConfigArgs, authorization string) any {
	proxy := mcpProxy{Command: "npx", Args: []string{"-y", "mcp-remote", in.MCPURL, "--header"}}
	if in.MCPToken == nil {
		proxy.Args = append(proxy.Args, "Authorization: "+authorization)
		return proxy
	}
	proxy.Args = append(proxy.Args, "Authorization:${PGBEAM_AUTHORIZATION}")
	proxy.Env = map[string]string{"PGBEAM_AUTHORIZATION": authorization}
	return proxy
}
