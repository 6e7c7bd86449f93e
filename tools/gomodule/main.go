// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command gomodule adds a version of a module to a folder that the go command can use as a
// proxy (GOPROXY=file://…), with the archive that it would make of the tag. The folder of the
// module must contain the license, which that archive has from the root of the repository.
//
//	gomodule -module sdk/go/pgbeam -version v1.2.3 -time 2026-01-02T15:04:05Z -out proxy
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

func main() {
	folder := flag.String("module", "", "`folder` of the module")
	version := flag.String("version", "", "`version`, with a v")
	date := flag.String("time", "", "`time` of the commit, in RFC 3339 format")
	out := flag.String("out", "", "`folder` of the proxy")
	flag.Parse()
	if err := run(*folder, *version, *date, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gomodule:", err)
		os.Exit(1)
	}
}

func run(folder, version, date, out string) error {
	if folder == "" || version == "" || out == "" {
		return errors.New("usage: gomodule -module FOLDER -version VERSION -time TIME -out FOLDER")
	}
	at, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return fmt.Errorf("-time: %w", err)
	}
	mod, err := os.ReadFile(filepath.Join(folder, "go.mod")) //nolint:gosec // the caller's file
	if err != nil {
		return err
	}
	this := module.Version{Path: modfile.ModulePath(mod), Version: version}
	if err := module.Check(this.Path, this.Version); err != nil {
		return err
	}
	escaped, err := module.EscapePath(this.Path)
	if err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": version, "Time": at.UTC()})
	if err != nil {
		return err
	}
	proxy := filepath.Join(out, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(proxy, 0o755); err != nil { //nolint:gosec // as readable as the files of a release
		return err
	}
	for name, content := range map[string][]byte{version + ".info": info, version + ".mod": mod, "list": []byte(version + "\n")} {
		if err := os.WriteFile(filepath.Join(proxy, name), content, 0o644); err != nil { //nolint:gosec // as above
			return err
		}
	}
	archive, err := os.Create(filepath.Join(proxy, version+".zip")) //nolint:gosec // a file of the caller's folder
	if err != nil {
		return err
	}
	return errors.Join(zip.CreateFromDir(archive, this, folder), archive.Close())
}
