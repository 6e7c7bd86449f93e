// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package schemafile

import (
	"context"
	"fmt"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// Loader loads the schema of a single package without starting its plugin.
type Loader struct{ Package *schema.Package }

// LoadPackage implements schema.ReferenceLoader.
func (l Loader) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	if name != l.Package.Name {
		return nil, fmt.Errorf("programs can only use the package %s, not %s", l.Package.Name, name)
	}
	return l.Package, nil
}

// LoadPackageV2 implements schema.ReferenceLoader.
func (l Loader) LoadPackageV2(_ context.Context, descriptor *schema.PackageDescriptor) (*schema.Package, error) {
	return l.LoadPackage(descriptor.Name, descriptor.Version)
}

// LoadPackageReference implements schema.ReferenceLoader.
func (l Loader) LoadPackageReference(name string, version *semver.Version) (schema.PackageReference, error) {
	pkg, err := l.LoadPackage(name, version)
	if err != nil {
		return nil, err
	}
	return pkg.Reference(), nil
}

// LoadPackageReferenceV2 implements schema.ReferenceLoader.
func (l Loader) LoadPackageReferenceV2(_ context.Context, descriptor *schema.PackageDescriptor) (schema.PackageReference, error) {
	return l.LoadPackageReference(descriptor.Name, descriptor.Version)
}
