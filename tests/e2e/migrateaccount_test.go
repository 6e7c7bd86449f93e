// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

func TestScratch(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	scenario.CreateAccount(env, 4)
	folder := os.Getenv("SCRATCH")
	root, err := pulumicli.Root()
	require.NoError(t, err)
	require.NoError(t, pulumicli.Build(context.Background(), root, folder, "pgbeam-migrate"))
	s := clitest.New(t, env.Local, "name: pgbeam-account\nruntime: yaml\n")
	migrate := func(args ...string) {
		c := exec.Command(filepath.Join(folder, "pgbeam-migrate"), append([]string{"account"}, args...)...)
		c.Dir = folder
		c.Env = append(os.Environ(), s.Env...)
		var out bytes.Buffer
		c.Stderr, c.Stdout = &out, &out
		err := c.Run()
		t.Log(out.String())
		require.NoError(t, err)
	}
	os.Remove(folder + "/program.yaml")
	args := []string{"--org", env.Local.OrgID, "--out", "import.json", "--program", "program.yaml"}
	if os.Getenv("COMPONENTS") != "" {
		args = append(args, "--components")
	}
	migrate(args...)
	imp := s.Must("import", "--file", filepath.Join(folder, "import.json"), "--yes", "--generate-code=false")
	os.WriteFile(folder+"/import.out", []byte(imp), 0o600)
	code, err := os.ReadFile(folder + "/program.yaml")
	require.NoError(t, err)
	if os.Getenv("CLI") != "" {
		code, err = os.ReadFile(folder + "/cli.yaml")
		require.NoError(t, err)
		code = []byte("name: pgbeam-account\nruntime: yaml\n" + strings.ReplaceAll(string(code), `password: ""`, "password: x"))
	}
	for line := range strings.Lines(string(code)) {
		if name, ok := strings.CutSuffix(strings.TrimSpace(line), "Password:"); ok {
			s.Must("config", "set", "--secret", name+"Password", enginetest.DatabaseInputs["password"].(string))
		}
	}
	s.WriteProgram(string(code))
	out, err := s.Try("preview", "--diff")
	os.WriteFile(folder+"/preview.out", []byte(out), 0o600)
	assert.NoError(t, err)
	export, _ := s.Try("stack", "export")
	os.WriteFile(folder+"/export.json", []byte(export), 0o600)
	out, err = s.Try("up", "--yes", "--skip-preview")
	os.WriteFile(folder+"/up.out", []byte(out), 0o600)
	assert.NoError(t, err)
	out, err = s.Try("up", "--yes", "--refresh", "--diff")
	os.WriteFile(folder+"/up2.out", []byte(out), 0o600)
	assert.NoError(t, err)
	env.Local.ResetRequests()
	out, err = s.Try("destroy", "--yes", "--skip-preview")
	os.WriteFile(folder+"/destroy.out", []byte(out), 0o600)
	assert.NoError(t, err)
	s.AssertEmpty()
}
