// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// withDefault returns an input, or a default if it is not set. Whether it is set is
// known even if its value is not.
func withDefault(v pulumi.IntPtrInput, defaultValue int) pulumi.IntOutput {
	if v == nil {
		return pulumi.Int(defaultValue).ToIntOutput()
	}
	return v.ToIntPtrOutput().ApplyT(func(v *int) int {
		if v == nil {
			return defaultValue
		}
		return *v
	}).(pulumi.IntOutput)
}

// withDefaultList is withDefault for a list of strings. An empty list is set.
func withDefaultList(v pulumi.StringArrayInput, defaults []string) pulumi.StringArrayInput {
	if v == nil {
		return pulumi.ToStringArray(defaults)
	}
	return v.ToStringArrayOutput().ApplyT(func(v []string) []string {
		if v == nil {
			return defaults
		}
		return v
	}).(pulumi.StringArrayOutput)
}

// sslMode returns a TLS mode, or the default if it is not set.
func sslMode(mode pulumi.StringPtrInput) pulumi.StringPtrInput {
	if mode == nil {
		return pulumi.String(defaultSSLMode)
	}
	return mode
}

// optional converts a pointer to an input, or returns nil if it is nil.
func optional[I any, T any](v *T) (input I) {
	if v == nil {
		return input
	}
	return any(*v).(I)
}

// withSuffix adds a suffix to a string, unless that is not set.
func withSuffix(v pulumi.StringPtrInput, suffix string) pulumi.StringPtrInput {
	if v == nil {
		return nil
	}
	return v.ToStringPtrOutput().ApplyT(func(v *string) *string {
		if v == nil {
			return nil
		}
		return new(*v + suffix)
	}).(pulumi.StringPtrOutput)
}

// noString returns an output without a value.
func noString() pulumi.StringPtrOutput {
	return pulumi.String("").ToStringOutput().ApplyT(func(string) *string { return nil }).(pulumi.StringPtrOutput)
}

// secretUnlessEmpty marks an output as secret. The outputs of a child are not marked in
// every case. An update with --target does not create children that are not targets;
// their outputs are empty, and the SDK cannot send a secret without a value.
func secretUnlessEmpty(v pulumi.StringOutput) pulumi.StringOutput {
	return v.ApplyT(func(s string) pulumi.StringOutput {
		if s == "" {
			return pulumi.String("").ToStringOutput()
		}
		return pulumi.ToSecret(pulumi.String(s)).(pulumi.StringOutput)
	}).(pulumi.StringOutput)
}
