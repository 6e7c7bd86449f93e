// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// java deploys the Java example.
var java = newDrivers(func() (*exec.Cmd, error) {
	if err := compileJava(); err != nil {
		return nil, err
	}
	driver := filepath.Join(javaFolder(), "driver", "target")
	classpath, err := os.ReadFile(filepath.Join(driver, "classpath"))
	if err != nil {
		return nil, err
	}
	return exec.Command("java", "-cp", filepath.Join(driver, "classes")+string(os.PathListSeparator)+strings.TrimSpace(string(classpath)),
		"driver.Driver"), nil
})

func javaFolder() string { return filepath.Join(tools.Work, "java") }

// compileJava compiles the SDK, the example and the driver with Maven, without
// the network: what they need was fetched by the Makefile.
var compileJava = sync.OnceValue(func() error {
	for to, from := range map[string]string{"": "tests/languages/java", "sdk": "sdk/java", "example": "examples/java/secure-agent-project"} {
		if err := os.CopyFS(filepath.Join(javaFolder(), to), os.DirFS(filepath.Join(tools.Root, filepath.FromSlash(from)))); err != nil {
			return err
		}
	}
	return command(javaFolder(), "mvn", "--offline", "--quiet", "--batch-mode", "-Dmaven.repo.local="+tools.Maven, "compile")
})

func TestJavaTypoDoesNotCompile(t *testing.T) {
	t.Parallel()
	require.NoError(t, compileJava())
	classpath, err := os.ReadFile(filepath.Join(javaFolder(), "driver", "target", "classpath"))
	require.NoError(t, err)
	source, err := os.ReadFile(filepath.Join(tools.Root, "examples", "java", "secure-agent-project", "src", "main", "java", "shop", "App.java"))
	require.NoError(t, err)
	folder := t.TempDir()
	file := filepath.Join(folder, "App.java")
	require.NoError(t, os.WriteFile(file, misspelled(t, source, ".tableAllowlist(", ".tableAllowList("), 0o600))
	err = command(folder, "javac", "-d", folder, "-cp", strings.TrimSpace(string(classpath)), file)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "cannot find symbol")
	assert.Contains(t, err.Error(), "tableAllowList")
}
