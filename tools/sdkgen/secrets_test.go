// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// nestedPackage returns a package with secrets at every depth: in objects, in
// objects of objects, in lists and in maps, required and optional.
func nestedPackage(t *testing.T) *schema.Package {
	t.Helper()
	text := schema.PropertySpec{TypeSpec: schema.TypeSpec{Type: "string"}}
	secret := schema.PropertySpec{TypeSpec: schema.TypeSpec{Type: "string"}, Secret: true}
	ref := func(name string) schema.TypeSpec { return schema.TypeSpec{Ref: "#/types/pgbeam:index:" + name} }
	list := func(item schema.TypeSpec) schema.PropertySpec {
		return schema.PropertySpec{TypeSpec: schema.TypeSpec{Type: "array", Items: &item}}
	}
	entries := func(entry schema.TypeSpec) schema.PropertySpec {
		return schema.PropertySpec{TypeSpec: schema.TypeSpec{Type: "object", AdditionalProperties: &entry}}
	}
	object := func(properties map[string]schema.PropertySpec, required ...string) schema.ComplexTypeSpec {
		return schema.ComplexTypeSpec{ObjectTypeSpec: schema.ObjectTypeSpec{Type: "object", Properties: properties, Required: required}}
	}
	spec := schema.PackageSpec{
		Name: "pgbeam", License: "Apache-2.0", Repository: "https://github.com/pgbeam/pulumi-pgbeam", PluginDownloadURL: "github://api.github.com/pgbeam/pulumi-pgbeam",
		Types: map[string]schema.ComplexTypeSpec{
			"pgbeam:index:Login": object(map[string]schema.PropertySpec{"user": text, "passWord": secret, "token": secret}, "passWord"),
			"pgbeam:index:Server": object(map[string]schema.PropertySpec{
				"host": text, "login": {TypeSpec: ref("Login")}, "more": list(ref("Login")), "named": entries(ref("Login")),
			}, "login"),
			"pgbeam:index:Open": object(map[string]schema.PropertySpec{"host": text, "tags": list(schema.TypeSpec{Type: "string"})}),
		},
		Resources: map[string]schema.ResourceSpec{"pgbeam:index:SafeThing": {
			ObjectTypeSpec: schema.ObjectTypeSpec{Description: "A thing."},
			InputProperties: map[string]schema.PropertySpec{
				"mainServer": {TypeSpec: ref("Server")}, "spare": {TypeSpec: ref("Server")}, "others": list(ref("Server")), "open": {TypeSpec: ref("Open")},
				"all": {TypeSpec: ref("Login"), Secret: true}, "key": secret,
			},
			RequiredInputs: []string{"mainServer"},
		}},
		Language: map[string]schema.RawMessage{
			"go":     schema.RawMessage(`{"importBasePath": "example.com/sdk/go/pgbeam", "generateResourceContainerTypes": false, "respectSchemaVersion": true}`),
			"nodejs": schema.RawMessage(`{"packageName": "@pgbeam/pulumi", "respectSchemaVersion": true}`),
			"python": schema.RawMessage(`{"packageName": "pulumi_pgbeam", "respectSchemaVersion": true, "pyproject": {"enabled": true}}`),
			"java":   schema.RawMessage(`{"basePackage": "com.pgbeam", "packages": {"pgbeam": "pulumi"}, "buildFiles": "none"}`),
		},
	}
	pkg, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{})
	if err != nil || diagnostics.HasErrors() {
		t.Fatal(err, diagnostics)
	}
	return pkg
}

// TestNestedSecrets checks that every SDK marks secrets at any depth, and nothing
// else.
func TestNestedSecrets(t *testing.T) {
	const login = `{"passWord": true, "token": true}`
	const server = `{"login": ` + login + `, "more": ` + login + `, "named": {"*": ` + login + `}}`
	pyLogin := `{"pass_word": True, "passWord": True, "token": True}`
	pyServer := `{"login": ` + pyLogin + `, "more": ` + pyLogin + `, "named": {"*": ` + pyLogin + `}}`
	for language, want := range map[string]map[string][]string{
		"nodejs": {
			"safeThing.ts": {
				`import { markSecrets } from "./secrets";`,
				`resourceInputs["mainServer"] = markSecrets(args?.mainServer, ` + server + `);`,
				`resourceInputs["spare"] = markSecrets(args?.spare, ` + server + `);`,
				`resourceInputs["others"] = markSecrets(args?.others, ` + server + `);`,
				`resourceInputs["open"] = args?.open;`,
				`resourceInputs["all"] = args?.all ? pulumi.secret(args.all) : undefined;`,
			},
			"secrets.ts": {"export function markSecrets("},
		},
		"python": {
			"pulumi_pgbeam/safe_thing.py": {
				"from . import _configure, _secrets, _utilities",
				`__props__.__dict__["main_server"] = _secrets.mark_secrets(main_server, ` + pyServer + `)`,
				`__props__.__dict__["spare"] = _secrets.mark_secrets(spare, ` + pyServer + `)`,
				`__props__.__dict__["others"] = _secrets.mark_secrets(others, ` + pyServer + `)`,
				`__props__.__dict__["open"] = open` + "\n",
				`__props__.__dict__["all"] = None if all is None else pulumi.Output.secret(all)`,
			},
			"pulumi_pgbeam/_secrets.py": {"def mark_secrets("},
		},
		"go": {
			"pgbeam/safeThing.go": {
				"args.MainServer = markSecretsInServer(args.MainServer)", "args.Spare = markSecretsInServer(args.Spare)",
				"args.Others = markSecretsInServerArray(args.Others)",
			},
			"pgbeam/secrets.go": {
				"args.Login = markSecretsInLogin(args.Login)", "args.More = markSecretsInLoginArray(args.More)", "args.Named = markSecretsInLoginMap(args.Named)",
				"args.PassWord = markSecret(args.PassWord)", "case *serverPtrType:", "marked := LoginMap{}", "marked := make(ServerArray, len(v))",
			},
		},
		"java": {
			"src/main/java/com/pgbeam/pulumi/inputs/LoginArgs.java": {"$.passWord = $.passWord.asSecret();", "$.token = $.token.asSecret();"},
			"src/main/java/com/pgbeam/pulumi/SafeThingArgs.java":    {"$.all = $.all.asSecret();", "$.key = $.key.asSecret();"},
		},
	} {
		t.Run(language, func(t *testing.T) {
			sdk, err := generators[language](nestedPackage(t))
			if err != nil {
				t.Fatal(err)
			}
			for file, texts := range want {
				for _, text := range texts {
					if !strings.Contains(string(sdk[file]), text) {
						t.Errorf("%s does not contain %s\n%s", file, text, sdk[file])
					}
				}
			}
			if language != "go" {
				return
			}
			if _, err := parser.ParseFile(token.NewFileSet(), "secrets.go", sdk["pgbeam/secrets.go"], 0); err != nil {
				t.Error(err)
			}
		})
	}
}
