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
)

// java deploys programs in Java.
var java = newLanguage(func() (*exec.Cmd, error) {
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

// compileJava compiles the SDK, the example and the driver with Maven. Maven runs
// offline, because the Makefile has downloaded the dependencies.
var compileJava = sync.OnceValue(func() error {
	for to, from := range map[string]string{"": "tests/languages/java", "sdk": "sdk/java", "example": "examples/java/secure-agent-project"} {
		if err := os.CopyFS(filepath.Join(javaFolder(), to), os.DirFS(filepath.Join(tools.Root, filepath.FromSlash(from)))); err != nil {
			return err
		}
	}
	return command(javaFolder(), "mvn", "--offline", "--quiet", "--batch-mode", "-Dmaven.repo.local="+tools.Maven, "compile")
})
