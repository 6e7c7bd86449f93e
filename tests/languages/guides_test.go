// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
)

// guideSDKs are the folders of the other providers' SDKs in the modules of Node.js, by the
// names of the plugins.
var guideSDKs = map[string]string{
	"aws": "@pulumi/aws", "github": "@pulumi/github", "kubernetes": "@pulumi/kubernetes", "vercel": "@pulumiverse/vercel",
}

// guide returns the folder of a program of the guides.
func guide(elements ...string) string {
	return filepath.Join(append([]string{tools.Root, "examples", "guides"}, elements...)...)
}

var buildEchoProvider = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(tools.Work, "echoprovider")
	return binary, command(tools.Root, "go", "build", "-o", binary, "./tests/languages/echoprovider")
})

// newGuide creates a stack for a program of a guide. Stand-ins replace the plugins of other providers.
func newGuide(t *testing.T, l language, local *localapi.Local, file, name string) *program {
	t.Helper()
	require.NoError(t, compileGuides())
	echo, err := buildEchoProvider()
	require.NoError(t, err)
	p := newProgram(t, l, local, file, guide(name))
	home := ""
	for _, setting := range p.Env {
		if value, ok := strings.CutPrefix(setting, "PULUMI_HOME="); ok {
			home = value
		}
	}
	require.NotEmpty(t, home)
	for provider, module := range guideSDKs {
		plugin := "pulumi-resource-" + provider
		folder := filepath.Join(home, "plugins", "resource-"+provider+"-v"+moduleVersion(t, module))
		require.NoError(t, os.MkdirAll(folder, 0o700))
		require.NoError(t, os.Symlink(echo, filepath.Join(folder, plugin)))
	}
	return p
}

// moduleVersion returns the version of an installed module of Node.js.
func moduleVersion(t *testing.T, module string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(tools.Node, "node_modules", module, "package.json"))
	require.NoError(t, err)
	var manifest struct{ Version string }
	require.NoError(t, json.Unmarshal(text, &manifest))
	return strings.TrimPrefix(manifest.Version, "v")
}

// configureShop sets what all programs with a database need.
func configureShop(p *program, settings ...string) {
	p.Helper()
	p.AddCanary("the database password", canaryPassword)
	p.Must("config", "set", "--secret", "dbPassword", canaryPassword)
	for _, setting := range append([]string{"orgId=" + p.Local.OrgID}, settings...) {
		p.Must("config", "set-all", "--plaintext", setting)
	}
}

// plainInputs returns the inputs of the resources of a name as JSON, with secrets in clear text.
// Resources of several types can have the same name.
func plainInputs(p *program, name string) string {
	p.Helper()
	var all strings.Builder
	for _, resource := range p.AllWithSecrets() {
		if strings.HasSuffix(resource.URN, "::"+name) {
			text, err := json.Marshal(plain(p, resource.Inputs))
			require.NoError(p, err)
			all.Write(text)
		}
	}
	return all.String()
}

// plain replaces the secrets in a value of the state by their clear text.
func plain(p *program, value any) any {
	switch value := value.(type) {
	case map[string]any:
		if text, ok := value["plaintext"].(string); ok {
			var content any
			require.NoError(p, json.Unmarshal([]byte(text), &content))
			return content
		}
		for key := range value {
			value[key] = plain(p, value[key])
		}
	case []any:
		for i := range value {
			value[i] = plain(p, value[i])
		}
	}
	return value
}

// agentSecret returns a secret of the only credential.
func agentSecret(t *testing.T, local *localapi.Local, field string) string {
	t.Helper()
	agents := local.Objects("agents")
	require.Len(t, agents, 1)
	secret := local.Secret("agents", agents[0]["id"].(string), field)
	require.NotEmpty(t, secret)
	return secret
}

// TestGuideSecrets deploys the programs that store the secrets of an agent in another system. The
// other system gets them, and the state has them encrypted only: that is what newProgram scans for.
func TestGuideSecrets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		language language
		file     string
		settings []string
		// outputs are the resources that get each output of the credential.
		outputs map[string]string
	}{
		"secrets-kubernetes": {
			settings: []string{"image=registry.example.com/support-bot:1"},
			outputs:  map[string]string{"connection_string": "support-bot", "mcp_token": "support-bot"},
		},
		"secrets-aws": {outputs: map[string]string{"connection_string": "support-bot", "mcp_token": "support-bot"}},
		"secrets-github": {
			settings: []string{"repository=support-bot"},
			outputs:  map[string]string{"connection_string": "database-url", "mcp_token": "mcp-token"},
		},
		"secrets-github-python": {
			language: python, file: guide("secrets-github-python", "__main__.py"),
			settings: []string{"repository=support-bot"},
			outputs:  map[string]string{"connection_string": "database-url", "mcp_token": "mcp-token"},
		},
		"secrets-vercel": {
			settings: []string{"vercelProjectId=prj_vercel"},
			outputs:  map[string]string{"connection_string": "DATABASE_URL", "mcp_token": "PGBEAM_MCP_TOKEN"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.file == "" {
				test.language, test.file = node, nodeGuide(name)
			}
			local := localapi.Start(t, localapi.Options{})
			p := newGuide(t, test.language, local, test.file, name)
			configureShop(p, test.settings...)
			p.up()
			p.AddCanaries()
			for field, resource := range test.outputs {
				assert.Contains(t, plainInputs(p, resource), agentSecret(t, local, field), "%s of %s", field, resource)
			}
		})
	}
}

// TestGuideEnvironment compares the environment for Pulumi ESC, which cannot be opened here, with the
// outputs of the program that it refers to.
func TestGuideEnvironment(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(guide("secrets-esc", "environment.yaml"))
	require.NoError(t, err)
	var environment struct {
		Values struct {
			Stacks map[string]struct {
				Stacks map[string]struct{ Stack string }
			}
			EnvironmentVariables map[string]string `yaml:"environmentVariables"`
		}
	}
	require.NoError(t, yaml.Unmarshal(text, &environment))
	stack := environment.Values.Stacks["fn::open::pulumi-stacks"].Stacks["shop"].Stack
	assert.Equal(t, "secure-agent-project/prod", stack)
	program, err := os.ReadFile(filepath.Join(tools.Root, "examples", "typescript", "secure-agent-project", "index.ts"))
	require.NoError(t, err)
	reference := regexp.MustCompile(`^\$\{stacks\.shop\.(\w+)\}$`)
	require.Len(t, environment.Values.EnvironmentVariables, 3)
	for name, value := range environment.Values.EnvironmentVariables {
		match := reference.FindStringSubmatch(value)
		require.NotNil(t, match, name)
		assert.Contains(t, string(program), "\nexport const "+match[1]+" = ")
	}
}

// TestGuideMCPClients deploys the configurations of MCP clients, and writes them to files as the guide does.
func TestGuideMCPClients(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newGuide(t, node, local, nodeGuide("mcp-clients"), "mcp-clients")
	configureShop(p)
	p.up()
	p.AddCanaries()
	token := agentSecret(t, local, "mcp_token")
	outputs := p.Outputs()
	assert.Equal(t, ".mcp.json", outputs["claudeCodePath"])
	assert.Equal(t, "~/.cursor/mcp.json", outputs["cursorPath"])
	assert.Equal(t, token, outputs["mcpToken"])
	assert.Contains(t, p.Must("stack", "output", "claudeCodeConfig"), "Bearer ${PGBEAM_MCP_TOKEN}")
	assert.Contains(t, p.Must("stack", "output", "cursorConfig"), "[secret]")

	// The file is what the commands of the guide write to it.
	stdout, _, err := p.Output(t.Context(), "stack", "output", "cursorConfig", "--show-secrets")
	require.NoError(t, err)
	var file struct {
		MCPServers map[string]struct{ Headers map[string]string }
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &file), "the output is the file itself")
	assert.Equal(t, "Bearer "+token, file.MCPServers["shop"].Headers["Authorization"])
}

// TestGuideEnvironments deploys one program to several stacks, and a program that refers to one of them.
func TestGuideEnvironments(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newGuide(t, node, local, nodeGuide("environments"), "environments")
	p.AddCanary("the database password", canaryPassword)
	selectNew := func(stack string) {
		p.InitStack(stack)
		p.stack = stack
		p.Must("config", "set", "--secret", "dbPassword", canaryPassword)
	}
	selectNew("dev")
	p.up()
	p.AddCanaries()
	assert.Len(t, local.Objects("policies"), 3)
	for _, policy := range local.Objects("policies") {
		assert.Empty(t, policy["masking_rules"], "the data of dev is synthetic")
		assert.Equal(t, 10000.0, policy["budget_queries_per_hour"])
	}
	selectNew("staging")
	assert.Equal(t, 6, p.preview().Changes["create"], "the stack, its project, and two policies and credentials")
	selectNew("prod")
	p.up()
	p.AddCanaries()
	projects := local.Objects("projects")
	require.Len(t, projects, 2)
	assert.NotEqual(t, projects[0]["name"], projects[1]["name"], "automatic names differ")
	assert.Len(t, local.Objects("agents"), 5)
	prod := findObject(local, "databases", "host", "db.example.com")
	masked := 0
	for _, policy := range local.Objects("policies") {
		if policy["project_id"] == prod["project_id"] && len(policy["masking_rules"].([]any)) == 2 {
			masked++
		}
	}
	assert.Equal(t, 1, masked, "only the agent that reads customers has masks")
	assert.Contains(t, p.MustFail("destroy", "--yes"), "protect")

	// The other project refers to the stack of the same environment.
	consumer := *p
	stack, workspace := *p.Stack, *p.Workspace
	workspace.Dir = filepath.Join(filepath.Dir(p.Dir), "consumer")
	stack.Workspace, consumer.Stack = &workspace, &stack
	require.NoError(t, os.CopyFS(workspace.Dir, os.DirFS(guide("environments-consumer"))))
	consumer.file, consumer.project = nodeGuide("environments-consumer"), "environments-consumer"
	consumer.InitStack("prod")
	consumer.up()
	assert.Contains(t, consumer.Must("stack", "output"), "[secret]")
	configuration := consumer.Outputs()["claudeCodeConfig"].(string)
	tokens := 0
	for _, agent := range local.Objects("agents") {
		if strings.Contains(configuration, local.Secret("agents", agent["id"].(string), "mcp_token")) {
			assert.Equal(t, prod["project_id"], agent["project_id"])
			tokens++
		}
	}
	assert.Equal(t, 1, tokens)
}

// TestGuideRotation rotates a credential. The secret of the other system is updated by the same update.
func TestGuideRotation(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newGuide(t, node, local, nodeGuide("rotation"), "rotation")
	configureShop(p, "repository=support-bot")
	p.up()
	p.AddCanaries()
	first, id := agentSecret(t, local, "mcp_token"), local.Objects("agents")[0]["id"]
	assert.Contains(t, plainInputs(p, "mcp-token"), first)
	p.requireNoChanges()
	assert.Zero(t, local.Count("POST", "/v1/projects/*/agents/*/rotate"))

	p.Env = append(p.Env, "PGBEAM_TEST_TIME="+time.Now().Add(90*24*time.Hour).UTC().Format(time.RFC3339))
	p.up() // the rotation is due
	p.AddCanaries()
	aged := agentSecret(t, local, "mcp_token")
	assert.NotEqual(t, first, aged)
	assert.Contains(t, plainInputs(p, "mcp-token"), aged)
	p.requireNoChanges()

	p.Must("config", "set", "rotation", "2027-02-11-laptop-stolen")
	preview := p.preview()
	assert.Equal(t, 3, preview.Changes["update"], "the inputs of the component, the credential, and the secret of the other system: %v", preview.Changes)
	p.up()
	p.AddCanaries()
	second := agentSecret(t, local, "mcp_token")
	assert.NotEqual(t, aged, second)
	assert.Equal(t, id, local.Objects("agents")[0]["id"])
	assert.Contains(t, plainInputs(p, "mcp-token"), second)
	assert.NotContains(t, plainInputs(p, "mcp-token"), aged)
	assert.Equal(t, 2, local.Count("POST", "/v1/projects/*/agents/*/rotate"))
	p.requireNoChanges()
}

// TestGuideRotationWithOverlap rotates the credential that is not in use, and switches to it.
func TestGuideRotationWithOverlap(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	o := createObjectsNamed(t, local, "shop")
	before := len(local.Objects("agents"))
	p := newGuide(t, node, local, nodeGuide("rotation-overlap"), "rotation-overlap")
	p.Must("config", "set-all", "--plaintext", "projectId="+o.project.ID, "--plaintext", "policyProfileId="+o.policy.ID)
	p.up()
	p.AddCanaries()
	assert.Len(t, local.Objects("agents"), before+2)
	blue := p.Outputs()["mcpToken"]
	p.Must("config", "set", "active", "green")
	p.up()
	p.AddCanaries()
	green := p.Outputs()["mcpToken"]
	assert.NotEqual(t, blue, green)
	assert.Zero(t, local.Count("POST", "/v1/projects/*/agents/*/rotate"))
	valid := map[any]bool{}
	for _, agent := range local.Objects("agents") {
		valid[local.Secret("agents", agent["id"].(string), "mcp_token")] = true
	}
	assert.True(t, valid[blue], "the token from before still works")
	assert.True(t, valid[green])

	p.Env = append(p.Env, "PGBEAM_TEST_TIME="+time.Now().Add(7*24*time.Hour).UTC().Format(time.RFC3339))
	p.up() // blue has been on standby for long enough
	p.AddCanaries()
	assert.Equal(t, green, p.Outputs()["mcpToken"])
	assert.Equal(t, 1, local.Count("POST", "/v1/projects/*/agents/*/rotate"))
}

// TestGuidePolicyTest deploys a policy that passes its test, and one that does not, which fails the update.
func TestGuidePolicyTest(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	o := createObjectsNamed(t, local, "shop")
	p := newGuide(t, node, local, nodeGuide("policy-test"), "policy-test")
	p.Must("config", "set", "projectId", o.project.ID)
	before := len(local.Objects("agents"))
	// The policy lets the agent read cards.
	p.Must("config", "set-all", "--path", "--plaintext", "tables[0]=public.orders", "--plaintext", "tables[1]=public.customers", "--plaintext", "tables[2]=public.payments")
	assert.Contains(t, p.upFails(), "reads no cards")
	assert.Len(t, local.Objects("agents"), before, "no credential is created")
	p.Must("config", "rm", "tables")
	p.up()
	p.AddCanaries()
	assert.Len(t, local.Objects("agents"), before+1)
	p.requireNoChanges()
}

// TestGuideTesting runs the test and the script of the guide about tests, which start pgbeam-local.
func TestGuideTesting(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	require.NoError(t, pulumicli.Build(t.Context(), tools.Root, bin, "pgbeam-local"))
	run := func(p *program, name string, args ...string) {
		command := exec.CommandContext(t.Context(), name, args...)
		command.Dir = p.Dir
		for _, setting := range p.Env {
			if path, ok := strings.CutPrefix(setting, "PATH="); ok {
				setting = "PATH=" + bin + string(os.PathListSeparator) + path
			}
			if !strings.HasPrefix(setting, "PGBEAM_") && !strings.HasPrefix(setting, "PULUMI_BACKEND_URL=") {
				command.Env = append(command.Env, setting)
			}
		}
		output, err := command.CombinedOutput()
		require.NoError(t, err, string(output))
	}
	t.Run("Automation API", func(t *testing.T) {
		t.Parallel()
		p := newGuide(t, node, localapi.Start(t, localapi.Options{}), nodeGuide("testing"), "testing")
		run(p, "node", "--test", filepath.Join(filepath.Dir(nodeGuide("testing")), "deploy.test.js"))
	})
	t.Run("CLI", func(t *testing.T) {
		t.Parallel()
		// The script depends on the configuration only. The tests have no language host except that of YAML.
		project := filepath.Join(t.TempDir(), "source")
		require.NoError(t, os.MkdirAll(project, 0o700))
		text, err := os.ReadFile(filepath.Join(tools.Root, "README.md"))
		require.NoError(t, err)
		_, program, _ := strings.Cut(string(text), "\n```yaml\n")
		program, _, _ = strings.Cut(program, "```\n")
		program = strings.Replace(program, "config:\n", "config:\n  orgId: { type: string }\n", 1)
		require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.yaml"), []byte(program), 0o600))
		p := newProgram(t, node, localapi.Start(t, localapi.Options{}), "", project)
		run(p, guide("testing", "check.sh"))
		assert.NoFileExists(t, filepath.Join(p.Dir, "Pulumi.ci.yaml"))
	})
}

// TestGuideManifests compares the dependencies of each program with its imports and with the versions
// whose types are checked.
func TestGuideManifests(t *testing.T) {
	t.Parallel()
	manifests, err := filepath.Glob(guide("*", "package.json"))
	require.NoError(t, err)
	require.NotEmpty(t, manifests)
	imported := regexp.MustCompile(`(?m)^import .* from "(@[\w-]+/[\w-]+)`)
	for _, file := range manifests {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var manifest struct {
			Name         string
			Dependencies map[string]string
		}
		require.NoError(t, json.Unmarshal(text, &manifest))
		assert.Equal(t, filepath.Base(filepath.Dir(file)), manifest.Name)
		program, err := os.ReadFile(filepath.Join(filepath.Dir(file), "index.ts"))
		require.NoError(t, err)
		var modules, dependencies []string
		for _, match := range imported.FindAllStringSubmatch(string(program), -1) {
			modules = append(modules, match[1])
		}
		for module, version := range manifest.Dependencies {
			dependencies = append(dependencies, module)
			if module != "@pgbeam/pulumi" {
				major, _, _ := strings.Cut(strings.TrimPrefix(version, "^"), ".")
				assert.Regexp(t, fmt.Sprintf(`^%s\.`, major), moduleVersion(t, module), "%s: %s", manifest.Name, module)
			}
		}
		slices.Sort(dependencies)
		assert.Equal(t, dependencies, modules, "%s: the imports are in alphabetical order", manifest.Name)
	}
}
