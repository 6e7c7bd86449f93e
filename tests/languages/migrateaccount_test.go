// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// buildTakeover builds pgbeam-migrate and the generator of programs, and writes the schema
// that the generator needs.
var buildTakeover = sync.OnceValue(func() error {
	if err := command(tools.Root, "go", "build", "-o", filepath.Join(tools.Work, "pgbeam-migrate"), "./cmd/pgbeam-migrate"); err != nil {
		return err
	}
	if err := command(filepath.Join(tools.Root, "tools"), "go", "build", "-o", filepath.Join(tools.Work, "takeover"), "./takeover"); err != nil {
		return err
	}
	schema := exec.Command("go", "run", "./internal/schema")
	schema.Dir = tools.Root
	text, err := schema.Output()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(tools.Work, "schema.json"), text, 0o600)
})

// output runs a command of buildTakeover in a folder, and returns its standard output.
func (p *program) output(folder, name string, args ...string) []byte {
	p.Helper()
	c := exec.CommandContext(p.Context(), filepath.Join(tools.Work, name), args...) //nolint:gosec // a command of this repository
	var stderr bytes.Buffer
	c.Dir, c.Env, c.Stderr = folder, append(os.Environ(), p.Env...), &stderr
	stdout, err := c.Output()
	require.NoError(p, err, stderr.String())
	return stdout
}

// takenOver is a language that programs of accounts are generated in.
type takenOver struct {
	language
	name string
	// compile makes a program of the source, and returns its file.
	compile func(t *testing.T, name string, source []byte) string
	// secret is an expression for a secret.
	secret string
}

var takenOverLanguages = []takenOver{
	{node, "typescript", compileTakenOver, "pulumi.secret(%s)"},
	{python, "python", func(t *testing.T, name string, source []byte) string {
		t.Helper()
		file := filepath.Join(tools.Work, name+".py")
		require.NoError(t, os.WriteFile(file, source, 0o600))
		return file
	}, "pulumi.Output.secret(%s)"},
}

// compileTakenOver compiles a program in TypeScript, which checks its types as well.
func compileTakenOver(t *testing.T, name string, source []byte) string {
	t.Helper()
	require.NoError(t, compileNode())
	folder := filepath.Join(nodeFolder(), name)
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "index.ts"), source, 0o600))
	config, err := json.Marshal(map[string]any{
		"extends":         "./examples/secure-agent-project/tsconfig.json",
		"compilerOptions": map[string]any{"rootDir": name, "outDir": filepath.Join("out", name), "noUnusedLocals": false},
		"files":           []string{name + "/index.ts"},
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(nodeFolder(), name+".tsconfig.json"), config, 0o600))
	require.NoError(t, tsc(nodeFolder(), "--project", name+".tsconfig.json"))
	return filepath.Join(nodeFolder(), "out", name, "index.js")
}

// TestMigrateAccount takes over an account in TypeScript and Python, with the program that the
// CLI generates and with that of pgbeam-migrate. Only passwords change after the import.
func TestMigrateAccount(t *testing.T) {
	t.Parallel()
	require.NoError(t, buildTakeover())
	for _, l := range takenOverLanguages {
		for source, flags := range map[string][]string{
			"generated":  nil,
			"program":    {"--program", "Pulumi.yaml"},
			"components": {"--program", "Pulumi.yaml", "--components"},
		} {
			t.Run(l.name+"/"+source, func(t *testing.T) {
				t.Parallel()
				takeOver(t, l, source, flags)
			})
		}
	}
}

func takeOver(t *testing.T, l takenOver, name string, flags []string) {
	t.Helper()
	const projectName = "pgbeam-account"
	env := enginetest.NewEnv(t, localapi.Options{})
	scenario.CreateAccount(env, 2) // tests/e2e has the large one
	project := filepath.Join(t.TempDir(), "source")
	require.NoError(t, os.MkdirAll(project, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(project, "Pulumi.yaml"), []byte("name: "+projectName+"\nruntime: yaml\n"), 0o600))
	p := newProgram(t, l.language, env.Local, "", project)
	p.AddCanaries()

	folder := t.TempDir()
	p.output(folder, "pgbeam-migrate", append([]string{"account", "--out", "import.json"}, flags...)...)
	env.Local.ResetRequests()
	// An import needs the language host of the project, which only YAML has here.
	p.Must("import", "--file", filepath.Join(folder, "import.json"), "--yes", "--protect=false", "--generate-code=false")
	require.NoError(t, os.WriteFile(filepath.Join(p.Dir, "Pulumi.yaml"), []byte("name: "+projectName+"\nruntime: nodejs\n"), 0o600))
	args := []string{"-schema", filepath.Join(tools.Work, "schema.json"), "-language", l.name}
	password := enginetest.DatabaseInputs["password"].(string)
	var code string
	if flags == nil {
		export := p.Must("stack", "export", "--show-secrets")
		require.NoError(t, os.WriteFile(filepath.Join(folder, "export.json"), []byte(export), 0o600))
		code = string(p.output(folder, "takeover", append(args, "-state", "export.json")...))
		quoted, err := json.Marshal(password)
		require.NoError(t, err)
		code = regexp.MustCompile(`(password"?: |password=)""`).ReplaceAllString(code, "${1}"+fmt.Sprintf(l.secret, quoted))
	} else {
		text, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
		require.NoError(t, err)
		config := []string{"config", "set-all"}
		for _, match := range regexp.MustCompile(`(?m)^  (\w+Password):$`).FindAllStringSubmatch(string(text), -1) {
			config = append(config, "--secret", match[1]+"="+password)
		}
		p.Must(config...)
		code = string(p.output(folder, "takeover", append(args, "-yaml", folder)...))
	}
	p.file = l.compile(t, "account-"+name, []byte(code))

	databases := 0
	for _, database := range env.Local.Objects("databases") {
		if _, ok := database["id"]; ok {
			databases++
		}
	}
	changes := p.preview().Changes
	assert.Empty(t, stacktest.Mutations(env.Local))
	assert.Zero(t, changes["create"]+changes["delete"]+changes["replace"], changes)
	p.up()
	for _, request := range stacktest.Mutations(env.Local) {
		assert.Equal(t, "PATCH", request.Method)
		assert.Contains(t, request.Path, "/databases/")
		assert.JSONEq(t, fmt.Sprintf(`{"password": %q}`, password), string(request.RequestBody))
	}
	assert.Len(t, stacktest.Mutations(env.Local), databases)
	env.Local.ResetRequests()
	p.Must("refresh", "--yes", "--skip-preview", "--expect-no-changes")
	p.requireNoChanges()
	assert.Empty(t, stacktest.Mutations(env.Local))
	p.Must("destroy", "--yes", "--skip-preview", "--continue-on-error")
	assert.Empty(t, env.Local.Objects("projects"))
}
