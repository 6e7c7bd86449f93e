// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// readWithTypo returns the source of a program with a typo in place of the only
// occurrence of a text.
func readWithTypo(t *testing.T, file, text, typo string) []byte {
	t.Helper()
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(source), text), text)
	return []byte(strings.Replace(string(source), text, typo, 1))
}

// example returns the path of the example secure-agent-project, or of a file in it.
func example(language string, path ...string) string {
	return filepath.Join(append([]string{tools.Root, "examples", language, "secure-agent-project"}, path...)...)
}

func TestTypoInTypeScript(t *testing.T) {
	t.Parallel()
	require.NoError(t, compileNode())
	arguments := []string{"--noEmit", "--strict", "--target", "es2022", "--module", "commonjs", "--moduleResolution", "node"}
	for name, typo := range map[string][2]string{
		"nested": {"tableAllowlist:", "tableAllowList:"}, "top": {"replicas:", "replica:"}, "enum": {`"redact"`, `"redacted"`},
	} {
		file := filepath.Join(nodeFolder(), "typo-"+name+".ts")
		require.NoError(t, os.WriteFile(file, readWithTypo(t, example("typescript", "index.ts"), typo[0], typo[1]), 0o600))
		arguments = append(arguments, file)
	}
	err := tsc(nodeFolder(), arguments...)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "'tableAllowList' does not exist in type 'AgentPolicyArgs")
	assert.Contains(t, err.Error(), "'replica' does not exist in type 'SecureAgentProjectArgs'")
	assert.Contains(t, err.Error(), `Type '"redacted"' is not assignable to type 'Input<MaskingKind>'`)
	assert.Equal(t, 3, strings.Count(err.Error(), "error TS"), err.Error())
}

// TestWrongFunctionCallInTypeScript checks that calls of a function with arguments that it
// does not take are not compiled, in each form that it has.
func TestWrongFunctionCallInTypeScript(t *testing.T) {
	t.Parallel()
	require.NoError(t, compileNode())
	calls := []string{
		`verifyCustomDomain("prj_1")`,
		`verifyCustomDomain("prj_1", { parent: undefined })`,
		`verifyCustomDomain("prj_1", "dom_1", "dom_2")`,
		`verifyCustomDomain({ projectId: "prj_1" })`,
		`verifyCustomDomain({ projectId: "prj_1", domainId: "dom_1" }, "dom_1")`,
		`verifyCustomDomain(pulumi.output("prj_1"), pulumi.output("dom_1"))`,
		`verifyCustomDomainOutput("prj_1", "dom_1")`,
		`evaluatePolicy({ projectId: "prj_1", statements: [], policy: { tableAllowList: [] } })`,
		`getRegions({ provider: "other" })`,
	}
	source := `import * as pgbeam from "@pgbeam/pulumi";` + "\n" + `import * as pulumi from "@pulumi/pulumi";` + "\n"
	for _, call := range calls {
		source += "pgbeam." + call + ";\n"
	}
	file := filepath.Join(nodeFolder(), "wrong-calls.ts")
	require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
	err := tsc(nodeFolder(), "--noEmit", "--strict", "--target", "es2022", "--module", "commonjs", "--moduleResolution", "node", file)
	require.Error(t, err)
	for i, call := range calls {
		assert.Contains(t, err.Error(), fmt.Sprintf("wrong-calls.ts(%d,", i+3), "%s is compiled", call)
	}
	assert.Equal(t, len(calls), strings.Count(err.Error(), "error TS"), err.Error())
}

func TestTypoInPython(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var files []string
	write := func(name string, source []byte) {
		files = append(files, filepath.Join(folder, name+".py"))
		require.NoError(t, os.WriteFile(files[len(files)-1], source, 0o600))
	}
	for name, typo := range map[string][2]string{
		"typo_nested": {`"table_allowlist"`, `"table_allow_list"`},
		"typo_top":    {"replicas=", "replica="},
		"typo_enum":   {"MaskingKind.REDACT", "MaskingKind.REDACTED"},
	} {
		write(name, readWithTypo(t, example("python", "__main__.py"), typo[0], typo[1]))
	}
	write("typo_function", []byte("import pulumi_pgbeam as pgbeam\n\n"+
		`pgbeam.evaluate_policy(project_id="prj_1", statements=[], policy={"table_allow_list": []})`+"\n"))
	write("typo_class", []byte("import pulumi_pgbeam as pgbeam\n\npgbeam.AgentPolicyArgs(table_allow_list=[])\n"))
	output, err := mypy(files...)
	require.Error(t, err)
	// If no overload of a constructor accepts a dictionary, mypy reports the call as a whole.
	assert.Regexp(t, `typo_nested\.py:\d+: error: No overload variant of "SecureAgentProject"`, output)
	assert.Regexp(t, `typo_top\.py:\d+: error: No overload variant of "SecureAgentProject"`, output)
	assert.Regexp(t, `typo_enum\.py:\d+: error: "type\[MaskingKind\]" has no attribute "REDACTED"`, output)
	assert.Regexp(t, `typo_function\.py:\d+: error: Argument "policy" to "evaluate_policy" has incompatible type`, output)
	assert.Regexp(t, `typo_class\.py:\d+: error: Unexpected keyword argument "table_allow_list" for "AgentPolicyArgs"`, output)
}

func TestTypoInGo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	overlay, replacement := filepath.Join(folder, "overlay.json"), filepath.Join(folder, "main.go")
	require.NoError(t, os.WriteFile(replacement, readWithTypo(t, example("go", "main.go"), "TableAllowlist:", "TableAllowList:"), 0o600))
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{example("go", "main.go"): replacement}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, text, 0o600))
	err = command(example("go"), "go", "build", "-overlay", overlay, "-o", os.DevNull, ".")
	require.Error(t, err)
	assert.Contains(t, err.Error(), "unknown field TableAllowList in struct literal")
}

func TestTypoInJava(t *testing.T) {
	t.Parallel()
	require.NoError(t, compileJava())
	classpath, err := os.ReadFile(filepath.Join(javaFolder(), "driver", "target", "classpath"))
	require.NoError(t, err)
	folder := t.TempDir()
	file := filepath.Join(folder, "App.java")
	require.NoError(t, os.WriteFile(file,
		readWithTypo(t, example("java", "src", "main", "java", "shop", "App.java"), ".tableAllowlist(", ".tableAllowList("), 0o600))
	err = command(folder, "javac", "-d", folder, "-cp", strings.TrimSpace(string(classpath)), file)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "cannot find symbol")
	assert.Contains(t, err.Error(), "tableAllowList")
}

// TestTypoInYAML checks the error of the YAML language host, which validates the
// program before the provider does, and reports the line.
func TestTypoInYAML(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	folder := filepath.Join(t.TempDir(), "source")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"),
		readWithTypo(t, example("yaml", "Pulumi.yaml"), "tableAllowlist:", "tableAllowList:"), 0o600))
	s := stacktest.New(t, tools.Tools, local, folder)
	s.Must(configArgs(local)...)
	output := s.MustFail("preview")
	assert.Contains(t, output, "Property tableAllowList does not exist on 'pgbeam:index:AgentPolicy'")
	assert.Regexp(t, `on Pulumi\.yaml line \d+:`, output)
	assert.Empty(t, local.Requests())
}

// configArgs returns the CLI command that configures the example.
func configArgs(local *localapi.Local) []string {
	return []string{
		"config", "set-all", "--plaintext", "orgId=" + local.OrgID, "--secret", "dbPassword=hunter2-canary", "--secret", "webhookSecret=x-canary",
	}
}

// TestMissingAPIKey checks that the error for a missing API key is the same in every
// language.
func TestMissingAPIKey(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	check := func(t *testing.T, output string) {
		_, diagnostics, _ := strings.Cut(output, "Diagnostics:")
		assert.Equal(t, 1, strings.Count(diagnostics, missingAPIKey+"\n"), "the error is reported once: %s", output)
		assert.Empty(t, local.Requests())
	}
	for name, test := range map[string]struct {
		language language
		file     string
	}{
		"typescript": {node, nodeExample("secure-agent-project")},
		"python":     {python, pythonExample("secure-agent-project")},
		"go":         {golang, ""},
		"java":       {java, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t, test.language, local, test.file, example(name), "PGBEAM_API_KEY=")
			p.Must(configArgs(local)...)
			r := p.run(p.language.failing, "up", false)
			require.NotEmpty(t, r.Error)
			check(t, r.Output)
		})
	}
	t.Run("yaml", func(t *testing.T) {
		t.Parallel()
		s := stacktest.New(t, tools.Tools, local, example("yaml"), "PGBEAM_API_KEY=")
		s.Must(configArgs(local)...)
		check(t, s.MustFail("up", "--yes", "--skip-preview"))
	})
}
