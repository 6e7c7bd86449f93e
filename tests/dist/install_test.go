// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build dist

package dist

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// TestInstall installs a release, deploys the example secure-agent-project with it in every
// language, upgrades the stacks of earlier releases, and uninstalls everything.
func TestInstall(t *testing.T) {
	m := newMachine(t, openRelease(t))
	m.installProgram("pgbeam-local")
	m.installProgram("pgbeam-migrate")
	m.installPlugin()
	url, api := m.startAPI()
	m.setenv("PGBEAM_API_URL", url)
	m.setenv("PGBEAM_API_KEY", apiKey)

	for language, install := range map[string]func(*machine) (deploy func(*stack), uninstall func()){
		"yaml": installYAML, "typescript": installTypeScript, "python": installPython, "go": installGo, "java": installJava,
	} {
		t.Run(language, func(t *testing.T) {
			m := *m
			m.T = t
			deploy, uninstall := install(&m)
			m.deployExample(language, api, deploy)
			uninstall()
		})
	}
	t.Run("upgrade", func(t *testing.T) {
		m := *m
		m.T = t
		m.upgrade()
	})

	m.run(m.folder, "pulumi", "plugin", "rm", "resource", "pgbeam", "--yes")
	assert.Empty(t, m.plugins())
	assert.NoDirExists(t, m.path("pulumi", "plugins", "resource-pgbeam-v"+m.version))
}

// deployExample deploys the example secure-agent-project, and destroys it.
func (m *machine) deployExample(language string, api *client.Client, deploy func(*stack)) {
	m.Helper()
	dir := m.mkdir("projects", language)
	m.copy(filepath.Join(dir, "Pulumi.yaml"), m.source("examples", language, "secure-agent-project", "Pulumi.yaml"))
	s := m.newStack(dir, language) // all projects have the same name
	s.pulumi("config", "set", "orgId", orgID)
	s.pulumi("config", "set", "--secret", "dbPassword", canaryPassword)
	s.pulumi("config", "set", "--secret", "webhookSecret", canaryWebhookSecret)
	deploy(s)
	output := s.up(false)
	assert.Contains(m, output, "+ 8 created")

	projects := m.projects(api)
	require.Len(m, projects, 1)
	var outputs map[string]string
	require.NoError(m, json.Unmarshal([]byte(s.pulumi("stack", "output", "--json", "--show-secrets")), &outputs))
	assert.Equal(m, projects[0].ID, outputs["projectId"])
	assert.NotEmpty(m, outputs["mcpToken"])
	assert.NotEmpty(m, outputs["agentConnectionString"])

	state := s.pulumi("stack", "export")
	for _, secret := range []string{canaryPassword, canaryWebhookSecret, outputs["mcpToken"], outputs["agentConnectionString"]} {
		text, err := json.Marshal(secret)
		require.NoError(m, err)
		assert.NotContains(m, state, strings.Trim(string(text), `"`))
		assert.NotContains(m, output, secret)
	}
	m.assertProviders(state, language)

	s.up(true)
	s.pulumi("destroy", "--yes", "--skip-preview")
	assert.Empty(m, m.projects(api))
	s.pulumi("stack", "rm", "--yes")
}

// projects returns the projects that the API holds.
func (m *machine) projects(api *client.Client) []client.Project {
	m.Helper()
	var projects []client.Project
	for project, err := range api.Projects().List(m.Context(), orgID) {
		require.NoError(m, err)
		projects = append(projects, project)
	}
	return projects
}

// assertProviders verifies that programs and components request the plugin of the release. A
// program in YAML requests no version.
func (m *machine) assertProviders(state, language string) {
	m.Helper()
	var document struct {
		Deployment struct {
			Resources []struct {
				URN, Type, Provider string
				Inputs              map[string]any
			}
		}
	}
	require.NoError(m, json.Unmarshal([]byte(state), &document))
	versions := map[string]any{}
	for _, resource := range document.Deployment.Resources {
		if resource.Type == "pulumi:providers:pgbeam" {
			versions[resource.URN] = resource.Inputs["version"]
		}
	}
	children := 0
	for _, resource := range document.Deployment.Resources {
		if strings.HasPrefix(resource.Type, "pgbeam:index:") && resource.Provider != "" {
			urn := resource.Provider[:strings.LastIndex(resource.Provider, "::")]
			require.Contains(m, versions, urn)
			if language != "yaml" || resource.Type != "pgbeam:index:SecureAgentProject" {
				assert.Equal(m, m.version, versions[urn], resource.URN)
			}
			children++
		}
	}
	assert.GreaterOrEqual(m, children, 6)
}

func installYAML(*machine) (deploy func(*stack), uninstall func()) {
	return func(*stack) {}, func() {}
}

// oldestSDK returns the oldest version of the Pulumi SDK that the packages permit.
func (m *machine) oldestSDK() string {
	m.Helper()
	var manifest struct{ Dependencies map[string]string }
	require.NoError(m, json.Unmarshal([]byte(m.run(m.folder, "tar", "--extract", "--to-stdout", "--file", m.npmPackage(), "package/package.json")), &manifest))
	oldest, ok := strings.CutPrefix(manifest.Dependencies["@pulumi/pulumi"], "^")
	require.True(m, ok, manifest.Dependencies)
	return oldest
}

func (m *machine) npmPackage() string { return m.file("nodejs", "pgbeam-pulumi-"+m.version+".tgz") }

func installTypeScript(m *machine) (deploy func(*stack), uninstall func()) {
	dir := m.mkdir("typescript")
	m.write(filepath.Join(dir, "package.json"), `{"private": true}`)
	m.run(dir, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", m.npmPackage(), "@pulumi/pulumi@"+m.oldestSDK())
	m.run(dir, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-dev", "typescript@5.9.3", "@types/node@20")
	m.copy(filepath.Join(dir, "index.ts"), m.source("examples", "typescript", "secure-agent-project", "index.ts"))
	m.copy(filepath.Join(dir, "tsconfig.json"), m.source("examples", "typescript", "secure-agent-project", "tsconfig.json"))
	m.copy(filepath.Join(dir, "driver.ts"), m.source("tests", "languages", "nodejs", "driver.ts"))
	// The exports of the package: what a program can import, and nothing else.
	m.write(filepath.Join(dir, "imports.ts"), `import * as inputs from "@pgbeam/pulumi/types/input";
import { apiKey } from "@pgbeam/pulumi/config";
import { SecureAgentProject } from "@pgbeam/pulumi";
export const database: inputs.PrimaryDatabaseArgs | undefined = undefined;
export { apiKey, SecureAgentProject };
`)
	m.write(filepath.Join(dir, "tests.json"), `{"extends": "./tsconfig.json", "compilerOptions": {"outDir": "out", "rootDir": "."}, "files": ["index.ts", "driver.ts", "imports.ts"]}`)
	m.run(dir, filepath.Join(dir, "node_modules", ".bin", "tsc"), "--project", "tests.json")
	m.run(dir, "node", "-e", `require("@pgbeam/pulumi/types/input"); require("@pgbeam/pulumi/config"); require("@pgbeam/pulumi/package.json")`)
	_, stderr, err := m.try(dir, "node", "-e", `require("@pgbeam/pulumi/utilities")`)
	require.Error(m, err)
	assert.Contains(m, stderr, "ERR_PACKAGE_PATH_NOT_EXPORTED")
	return func(s *stack) {
			s.driven(filepath.Join(dir, "out", "index.js"), func() *exec.Cmd { return exec.Command("node", filepath.Join(dir, "out", "driver.js")) })
		}, func() {
			m.run(dir, "npm", "uninstall", "--ignore-scripts", "--no-audit", "--no-fund", "@pgbeam/pulumi")
			assert.NoDirExists(m, filepath.Join(dir, "node_modules", "@pgbeam", "pulumi"))
		}
}

func installPython(m *machine) (deploy func(*stack), uninstall func()) {
	dir := m.mkdir("python")
	m.run(dir, "python3", "-m", "venv", "venv")
	python := filepath.Join(dir, "venv", "bin", "python")
	wheels, err := filepath.Glob(m.file("python", "*.whl"))
	require.NoError(m, err)
	require.Len(m, wheels, 1)
	m.run(dir, python, "-m", "pip", "install", "--quiet", wheels[0], "pulumi=="+m.oldestSDK())
	sources, err := filepath.Glob(m.file("python", "*.tar.gz"))
	require.NoError(m, err)
	require.Len(m, sources, 1)
	// The archive of the sources makes the same package.
	m.run(dir, python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", "wheels", sources[0])
	assert.FileExists(m, filepath.Join(dir, "wheels", filepath.Base(wheels[0])))
	m.copy(filepath.Join(dir, "example", "__main__.py"), m.source("examples", "python", "secure-agent-project", "__main__.py"))
	m.copy(filepath.Join(dir, "driver.py"), m.source("tests", "languages", "python", "driver.py"))
	return func(s *stack) {
			s.driven(filepath.Join(dir, "example", "__main__.py"), func() *exec.Cmd { return exec.Command(python, filepath.Join(dir, "driver.py")) })
		}, func() {
			m.run(dir, python, "-m", "pip", "uninstall", "--yes", "--quiet", "pulumi_pgbeam")
			_, _, err := m.try(dir, python, "-c", "import pulumi_pgbeam")
			assert.Error(m, err)
		}
}

func installGo(m *machine) (deploy func(*stack), uninstall func()) {
	dir := m.mkdir("go")
	m.copy(dir, m.source("tests", "languages", "golang"))
	require.NoError(m, os.Remove(filepath.Join(dir, "go.sum")))
	m.write(filepath.Join(dir, "go.mod"), "module shop\n\ngo "+m.oldestGo()+"\n")
	m.copy(filepath.Join(dir, "example.go"), m.source("examples", "go", "secure-agent-project", "main.go"))
	gate, err := os.ReadFile(m.source("examples", "go", "policy-gate", "main.go"))
	require.NoError(m, err)
	m.write(filepath.Join(dir, "policygate.go"), strings.Replace(string(gate), "func main()", "func _()", 1))
	m.run(dir, "go", "get", "github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam@v"+m.version)
	m.run(dir, "go", "build", "-tags", "driver", "-o", "shop", ".")
	modules := m.run(dir, "go", "list", "-m", "all")
	assert.Contains(m, modules, "github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam v"+m.version+"\n")
	assert.Contains(m, modules, "github.com/pulumi/pulumi/sdk/v3 v"+m.oldestSDK()+"\n")
	assert.NotContains(m, modules, "pulumi-go-provider")
	return func(s *stack) {
			s.driven("", func() *exec.Cmd { return exec.Command(filepath.Join(dir, "shop")) })
		}, func() {
			m.run(dir, "go", "clean", "-modcache")
			assert.NoDirExists(m, m.path("go-modules"))
		}
}

// oldestGo returns the oldest version of Go that the module of the SDK permits.
func (m *machine) oldestGo() string {
	m.Helper()
	mod := string(m.read(m.T, "go", "github.com", "pgbeam", "pulumi-pgbeam", "sdk", "go", "pgbeam", "@v", "v"+m.version+".mod"))
	_, version, ok := strings.Cut(mod, "\ngo ")
	require.True(m, ok, mod)
	version, _, _ = strings.Cut(version, "\n")
	return version
}

func installJava(m *machine) (deploy func(*stack), uninstall func()) {
	dir := m.mkdir("java")
	m.copy(dir, m.source("tests", "languages", "java"))
	m.copy(filepath.Join(dir, "example"), m.source("examples", "java", "secure-agent-project"))
	edit := func(file, old, replacement string) {
		content, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(m, err)
		require.Equal(m, 1, strings.Count(string(content), old), file)
		m.write(filepath.Join(dir, file), strings.Replace(string(content), old, replacement, 1))
	}
	edit("pom.xml", "        <module>sdk</module>\n", "")
	repository := "<repositories><repository><id>pgbeam</id><url>file://" + m.file("maven") + "</url></repository></repositories>\n"
	for _, file := range []string{filepath.Join("example", "pom.xml"), filepath.Join("driver", "pom.xml")} {
		edit(file, "    <dependencies>\n", repository+"    <dependencies>\n")
	}
	edit(filepath.Join("example", "pom.xml"), "<pgbeam.version>0.0.0<", "<pgbeam.version>"+m.version+"<")
	m.run(dir, "mvn", "--quiet", "--batch-mode", "-Dmaven.repo.local="+m.path("maven"), "compile")
	driver := filepath.Join(dir, "driver", "target")
	classpath, err := os.ReadFile(filepath.Join(driver, "classpath"))
	require.NoError(m, err)
	installed := m.path("maven", "com", "pgbeam", "pulumi", m.version, "pulumi-"+m.version+".jar")
	assert.Contains(m, string(classpath), installed)
	return func(s *stack) {
			s.driven("", func() *exec.Cmd {
				return exec.Command("java", "-cp", filepath.Join(driver, "classes")+string(os.PathListSeparator)+strings.TrimSpace(string(classpath)), "driver.Driver")
			})
		}, func() {
			require.NoError(m, os.RemoveAll(m.path("maven", "com", "pgbeam")))
		}
}
