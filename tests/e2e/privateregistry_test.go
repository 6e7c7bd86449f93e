// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// TestPrivateRegistryGuide requires that the commands of docs/guides/private-registry.md have
// the flags that the CLI has, and downloads the plugin from another server as the guide does.
func TestPrivateRegistryGuide(t *testing.T) {
	t.Parallel()
	guide := repotest.Read(t, "docs", "guides", "private-registry.md")
	archive := fmt.Sprintf("/pgbeam/pulumi-resource-pgbeam-v1.0.0-rc.1-%s-%s.tar.gz", runtime.GOOS, runtime.GOARCH)
	var requests []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.URL.Path)
		if r.URL.Path != archive {
			http.NotFound(w, r)
			return
		}
		compressed := gzip.NewWriter(w)
		files := tar.NewWriter(compressed)
		assert.NoError(t, files.WriteHeader(&tar.Header{Name: "pulumi-resource-pgbeam", Mode: 0o755, Size: 6}))
		_, err := files.Write([]byte("plugin"))
		assert.NoError(t, err)
		assert.NoError(t, files.Close())
		assert.NoError(t, compressed.Close())
	}))
	t.Cleanup(server.Close)

	override := regexp.MustCompile(`(?m)^export (PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES)='(.*)'$`).FindStringSubmatch(guide)
	require.NotNil(t, override)
	value := strings.Replace(override[2], "https://plugins.acme.example", server.URL, 1)
	s := clitest.New(t, contracttest.Start(t, localapi.Options{}), "name: registry\nruntime: yaml\n", override[1]+"="+value)

	commands := regexp.MustCompile(`(?m)^pulumi (package|plugin) (\w+) .*$`).FindAllStringSubmatch(guide, -1)
	require.Len(t, commands, 3)
	for _, command := range commands {
		help := s.Must(command[1], command[2], "--help")
		for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(command[0], -1) {
			assert.Contains(t, help, " "+flag+" ", command[0])
		}
	}

	s.Must("plugin", "install", "resource", "pgbeam", "v1.0.0-rc.1", "--server", "github://api.github.com/pgbeam/pulumi-pgbeam")
	assert.Equal(t, []string{archive}, requests)
	assert.FileExists(t, filepath.Join(s.Home(), "plugins", "resource-pgbeam-v1.0.0-rc.1", "pulumi-resource-pgbeam"))
}
