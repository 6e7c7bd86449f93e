// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

// TestGoChildren checks that the package of the components has what registers a resource with its
// inputs and outputs, and nothing that only programs use.
func TestGoChildren(t *testing.T) {
	sdk, err := goChildren(nestedPackage(t))
	if err != nil {
		t.Fatal(err)
	}
	for file, expected := range map[string]struct{ has, hasNot []string }{
		"pgbeam/safeThing.go": {
			has: []string{
				"// A thing.\ntype SafeThing struct {", "func NewSafeThing(", "type SafeThingArgs struct {", "func (SafeThingArgs) ElementType()",
				"args.MainServer = markSecretsInServer(args.MainServer)", `"reflect"`,
			},
			hasNot: []string{"GetSafeThing", "SafeThingState", "safeThingState", "SafeThingInput", "SafeThingOutput", "(*SafeThing)", "func init()", `"context"`},
		},
		"pgbeam/provider.go": {
			has:    []string{"type Provider struct {"},
			hasNot: []string{"ProviderInput", "ProviderOutput"},
		},
		"pgbeam/pulumiTypes.go": {
			has: []string{
				"type LoginInput interface {", "type LoginArgs struct {", "type LoginOutput struct", "func (o LoginOutput) ToLoginOutput()",
				"func (LoginArrayOutput) ElementType()", "RegisterInputType(reflect.TypeOf((*LoginInput)(nil)).Elem(), LoginArgs{})", "RegisterOutputType(LoginOutput{})",
			},
			hasNot: []string{"LoginOutput) User()", "LoginArrayOutput) Index(", "ServerPtrOutput) Elem()"},
		},
	} {
		source := string(sdk[file])
		for _, text := range expected.has {
			if !strings.Contains(source, text) {
				t.Errorf("%s does not contain %q", file, text)
			}
		}
		for _, text := range expected.hasNot {
			if strings.Contains(source, text) {
				t.Errorf("%s contains %q", file, text)
			}
		}
	}
	if _, ok := sdk["pgbeam/config/config.go"]; ok {
		t.Error("the package of the configuration is there")
	}
}
