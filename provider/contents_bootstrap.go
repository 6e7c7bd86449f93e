// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build bootstrap

package provider

import "github.com/pgbeam/pulumi-pgbeam/internal/kind"

// A plugin that is built with the tag bootstrap has only resources. Its schema describes the
// Go package with which the components register their children. They cannot be built without
// that package. The SDK for programs would also make the plugin larger by all that
// it registers for functions and components.

// goImportPath is the import path of that package.
const goImportPath = "github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"

func functionList() []kind.Function { return nil }

func componentList() []kind.Component { return nil }
