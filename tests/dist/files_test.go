// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build dist

package dist

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var programs = []string{"pulumi-resource-pgbeam", "pgbeam-local", "pgbeam-migrate"}

// platforms are those that `make dist` has built for. By default, they are all.
func platforms() []string { return strings.Fields(os.Getenv("PGBEAM_TEST_PLATFORMS")) }

// TestChecksums verifies that SHA256SUMS has every file, and its digest.
func TestChecksums(t *testing.T) {
	t.Parallel()
	r := openRelease(t)
	check := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS")
	check.Dir = r.dist
	output, err := check.CombinedOutput()
	require.NoError(t, err, string(output))
	var files []string
	require.NoError(t, filepath.WalkDir(r.dist, func(file string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Name() != "SHA256SUMS" {
			name, _ := filepath.Rel(r.dist, file)
			files = append(files, filepath.ToSlash(name))
		}
		return err
	}))
	assert.ElementsMatch(t, files, slices.Collect(maps.Keys(checksums(t, r))))
}

// checksums returns the digests in SHA256SUMS by file.
func checksums(t *testing.T, r release) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for line := range strings.Lines(string(r.read(t, "SHA256SUMS"))) {
		digest, file, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		require.True(t, ok, line)
		sums[file] = digest
	}
	return sums
}

// TestArchives verifies the names of the archives, which the engine expects, and that each
// has a program for its platform with the version of the release.
func TestArchives(t *testing.T) {
	t.Parallel()
	r := openRelease(t)
	require.NotEmpty(t, platforms())
	var expected []string
	for _, platform := range platforms() {
		goos, goarch, _ := strings.Cut(platform, "/")
		for _, program := range programs {
			file := r.archive(program, goos, goarch)
			expected = append(expected, filepath.Base(file))
			binary := program
			if goos == "windows" {
				binary += ".exe"
			}
			files := readTar(t, file)
			assert.ElementsMatch(t, []string{"LICENSE", binary}, slices.Collect(maps.Keys(files)), file)
			info, err := buildinfo.Read(bytes.NewReader(files[binary]))
			require.NoError(t, err, file)
			assert.Equal(t, "github.com/pgbeam/pulumi-pgbeam/cmd/"+program, info.Path)
			settings := map[string]string{}
			for _, setting := range info.Settings {
				settings[setting.Key] = setting.Value
			}
			assert.Equal(t, goos, settings["GOOS"], file)
			assert.Equal(t, goarch, settings["GOARCH"], file)
			assert.Equal(t, "0", settings["CGO_ENABLED"], file)
			assert.Equal(t, "true", settings["-trimpath"], file)
			assert.Equal(t, platform, platformOf(t, files[binary]), file)
			assert.Contains(t, string(files[binary]), r.version, file)
		}
	}
	archives, err := filepath.Glob(r.file("*.tar.gz"))
	require.NoError(t, err)
	for i, archive := range archives {
		archives[i] = filepath.Base(archive)
	}
	assert.ElementsMatch(t, expected, archives)
}

// platformOf returns the platform of an executable file from its header.
func platformOf(t *testing.T, binary []byte) string {
	t.Helper()
	reader := bytes.NewReader(binary)
	if file, err := elf.NewFile(reader); err == nil {
		return "linux/" + map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64"}[file.Machine]
	}
	if file, err := macho.NewFile(reader); err == nil {
		return "darwin/" + map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[file.Cpu]
	}
	file, err := pe.NewFile(reader)
	require.NoError(t, err)
	return "windows/" + map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64"}[file.Machine]
}

// readTar returns the files of an archive by path.
func readTar(t *testing.T, file string) map[string][]byte {
	t.Helper()
	compressed, err := os.Open(file)
	require.NoError(t, err)
	defer func() { _ = compressed.Close() }()
	unpacked, err := gzip.NewReader(compressed)
	require.NoError(t, err)
	files := map[string][]byte{}
	for reader := tar.NewReader(unpacked); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return files
		}
		require.NoError(t, err)
		if header.Typeflag == tar.TypeReg {
			content, err := io.ReadAll(reader)
			require.NoError(t, err)
			files[path.Clean(header.Name)] = content
		}
	}
}

// readZip returns the files of an archive by path.
func readZip(t *testing.T, file string) map[string][]byte {
	t.Helper()
	archive, err := zip.OpenReader(file)
	require.NoError(t, err)
	defer func() { _ = archive.Close() }()
	files := map[string][]byte{}
	for _, entry := range archive.File {
		reader, err := entry.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(reader)
		require.NoError(t, err)
		files[entry.Name] = content
	}
	return files
}

// TestPackages verifies what each package for a registry has to contain.
func TestPackages(t *testing.T) {
	t.Parallel()
	r := openRelease(t)
	contains := func(files map[string][]byte, names ...string) {
		t.Helper()
		for _, name := range names {
			_, ok := files[name]
			assert.True(t, ok, "%s; there are %v", name, slices.Sorted(maps.Keys(files)))
		}
	}
	// requires asserts the version of the plugin that the engine reads from a package.
	requires := func(manifest []byte) {
		t.Helper()
		var plugin struct {
			Resource              bool
			Name, Version, Server string
		}
		require.NoError(t, json.Unmarshal(manifest, &plugin))
		assert.True(t, plugin.Resource)
		assert.Equal(t, []string{"pgbeam", r.version, "github://api.github.com/pgbeam/pulumi-pgbeam"}, []string{plugin.Name, plugin.Version, plugin.Server})
	}

	npm := readTar(t, r.file("nodejs", "pgbeam-pulumi-"+r.version+".tgz"))
	contains(npm, "package/LICENSE", "package/README.md", "package/index.js", "package/index.d.ts", "package/configure.js", "package/types/input.d.ts", "package/config/index.js")
	for name := range npm {
		assert.False(t, strings.HasSuffix(name, ".ts") && !strings.HasSuffix(name, ".d.ts"), name)
	}
	var manifest struct {
		Version, Main, Types string
		Exports              map[string]any
		PublishConfig        struct{ Provenance bool }
		Pulumi               json.RawMessage
	}
	require.NoError(t, json.Unmarshal(npm["package/package.json"], &manifest))
	assert.Equal(t, r.version, manifest.Version)
	contains(npm, path.Join("package", manifest.Main), path.Join("package", manifest.Types))
	for name, export := range manifest.Exports {
		conditions, ok := export.(map[string]any)
		if !ok {
			conditions = map[string]any{"default": export}
		}
		for _, file := range conditions {
			contains(npm, path.Join("package", strings.Replace(file.(string), "*", "input", 1)))
		}
		assert.NotEmpty(t, conditions, name)
	}
	assert.True(t, manifest.PublishConfig.Provenance)
	requires(manifest.Pulumi)

	// PEP 440 spells 1.2.3-rc.1 as 1.2.3rc1.
	python := strings.Replace(r.version, "-rc.", "rc", 1)
	wheel := readZip(t, r.file("python", "pulumi_pgbeam-"+python+"-py3-none-any.whl"))
	contains(wheel, "pulumi_pgbeam/__init__.py", "pulumi_pgbeam/py.typed", "pulumi_pgbeam-"+python+".dist-info/METADATA", "pulumi_pgbeam-"+python+".dist-info/licenses/LICENSE")
	requires(wheel["pulumi_pgbeam/pulumi-plugin.json"])
	sources := readTar(t, r.file("python", "pulumi_pgbeam-"+python+".tar.gz"))
	folder := "pulumi_pgbeam-" + python
	contains(sources, folder+"/PKG-INFO", folder+"/pyproject.toml", folder+"/LICENSE", folder+"/pulumi_pgbeam/__init__.py")

	module := readZip(t, r.file("go", "github.com", "pgbeam", "pulumi-pgbeam", "sdk", "go", "pgbeam", "@v", "v"+r.version+".zip"))
	root := "github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam@v" + r.version
	contains(module, root+"/go.mod", root+"/LICENSE", root+"/doc.go")
	requires(module[root+"/pulumi-plugin.json"])

	maven := func(suffix string) string {
		return r.file("maven", "com", "pgbeam", "pulumi", r.version, "pulumi-"+r.version+suffix)
	}
	classes := readZip(t, maven(".jar"))
	contains(classes, "com/pgbeam/pulumi/SecureAgentProject.class", "LICENSE")
	assert.Equal(t, r.version, strings.TrimSpace(string(classes["com/pgbeam/pgbeam/version.txt"])))
	contains(readZip(t, maven("-sources.jar")), "com/pgbeam/pulumi/SecureAgentProject.java")
	contains(readZip(t, maven("-javadoc.jar")), "index.html")
	pom := string(r.read(t, "maven", "com", "pgbeam", "pulumi", r.version, "pulumi-"+r.version+".pom"))
	// What Maven Central requires.
	for _, element := range []string{"<version>" + r.version + "</version>", "<name>", "<description>", "<url>", "<license>", "<developer>", "<connection>"} {
		assert.Contains(t, pom, element)
	}
	assert.NotContains(t, pom, "${revision}")

	dotnet := string(r.read(t, "dotnet", "PgBeam.Pulumi.csproj"))
	assert.Contains(t, dotnet, "<Version>"+r.version+"</Version>")
	requires(r.read(t, "dotnet", "pulumi-plugin.json"))
	for _, name := range []string{"SecureAgentProject.cs", "README.md", "LICENSE", "logo.png"} {
		assert.FileExists(t, r.file("dotnet", name))
	}
}

// TestSBOM verifies that each program has a bill of materials with the modules that it is built from.
func TestSBOM(t *testing.T) {
	t.Parallel()
	r := openRelease(t)
	for _, program := range programs {
		var bom struct {
			BOMFormat  string
			Metadata   struct{ Component struct{ Name string } }
			Components []struct{ Name, Version string }
		}
		require.NoError(t, json.Unmarshal(r.read(t, fmt.Sprintf("%s-v%s.cdx.json", program, r.version)), &bom))
		assert.Equal(t, "CycloneDX", bom.BOMFormat)
		listed := map[string]string{}
		for _, component := range bom.Components {
			listed[component.Name] = component.Version
		}
		info, err := buildinfo.Read(bytes.NewReader(readTar(t, r.archive(program, "linux", "amd64"))[program]))
		require.NoError(t, err)
		require.NotEmpty(t, info.Deps)
		for _, dependency := range info.Deps {
			assert.Equal(t, dependency.Version, listed[dependency.Path], "%s of %s", dependency.Path, program)
		}
	}
}

// TestReproducible builds the release again, from a clone of the repository in another folder,
// and compares it byte for byte. It builds the programs for this platform only.
func TestReproducible(t *testing.T) {
	r := openRelease(t)
	status, err := exec.CommandContext(t.Context(), "git", "-C", r.root, "status", "--porcelain").Output()
	require.NoError(t, err)
	require.Empty(t, string(status), "commit first: the release is built again from a clone")
	clone := filepath.Join(t.TempDir(), "clone")
	output, err := exec.CommandContext(t.Context(), "git", "clone", "--quiet", r.root, clone).CombinedOutput()
	require.NoError(t, err, string(output))
	again := release{root: clone, dist: filepath.Join(t.TempDir(), "dist"), version: r.version}
	build := exec.CommandContext(t.Context(), "make", "dist", "VERSION="+r.version, "DIST="+again.dist, "PLATFORMS="+runtime.GOOS+"/"+runtime.GOARCH,
		"TOOLS="+r.source(".tools"))
	build.Dir = clone
	output, err = build.CombinedOutput()
	require.NoError(t, err, string(output))
	first, second := checksums(t, r), checksums(t, again)
	require.NotEmpty(t, second)
	for file := range first {
		other := slices.ContainsFunc(platforms(), func(platform string) bool {
			return platform != runtime.GOOS+"/"+runtime.GOARCH && strings.HasSuffix(file, "-"+strings.Replace(platform, "/", "-", 1)+".tar.gz")
		})
		if other {
			delete(first, file)
		}
	}
	assert.Equal(t, first, second)
}
