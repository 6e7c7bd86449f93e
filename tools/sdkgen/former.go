// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/cgstrings"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// acceptFormerPrograms makes the TypeScript SDK accept what programs of the former
// package pass to it. The types that they import are in the overlay compat.ts.
func acceptFormerPrograms(sdk files, pkg *schema.Package) {
	const number, nullableNumber = "pulumi.Input<number | undefined>", "pulumi.Input<number | null | undefined>"
	for _, resource := range pkg.Resources {
		file := cgstrings.Camel(nameOf(resource.Token)) + ".ts"
		// A name that the program omits is generated, so the output is never undefined. The former package required it.
		if optionalName := "declare public readonly name: pulumi.Output<string | undefined>;"; strings.Contains(string(sdk[file]), optionalName) {
			sdk.replace(file, optionalName, "declare public readonly name: pulumi.Output<string>;")
		}
		// The former package documented null for a number that is not set. The provider treats it as omitted.
		if !resource.IsComponent && strings.Contains(string(sdk[file]), number) {
			sdk.replaceAll(file, number, nullableNumber)
		}
	}
	if _, ok := pkg.GetResource("pgbeam:index:Project"); ok { // or it is the schema of a test
		sdk.replace("project.ts", "allowedCidrs?: pulumi.Input<pulumi.Input<string>[] | undefined>;", "allowedCidrs?: AllowedCidrs;")
		sdk.replace("project.ts", `            resourceInputs["allowedCidrs"] = args?.allowedCidrs;`+"\n", "")
		sdk.replace("project.ts", `            resourceInputs["cidrLabels"] = args?.cidrLabels;`+"\n", "            Object.assign(resourceInputs, cidrInputs(args));\n")
		sdk.replace("project.ts", `import * as utilities from "./utilities";`,
			`import * as utilities from "./utilities";`+"\n"+`import { AllowedCidrs, cidrInputs } from "./compat";`)
	}
	if _, ok := pkg.GetFunction("pgbeam:index:verifyCustomDomain"); ok {
		sdk.replace("verifyCustomDomain.ts",
			"export function verifyCustomDomain(args: VerifyCustomDomainArgs, opts?: pulumi.InvokeOptions): Promise<VerifyCustomDomainResult> {\n",
			positionalVerifyCustomDomain)
	}
}

// positionalVerifyCustomDomain is the declaration of a function that also takes its inputs
// one by one: the former package, which programs may come from, has only that form.
const positionalVerifyCustomDomain = `export function verifyCustomDomain(args: VerifyCustomDomainArgs, opts?: pulumi.InvokeOptions): Promise<VerifyCustomDomainResult>;
export function verifyCustomDomain(projectId: string, domainId: string, opts?: pulumi.InvokeOptions): Promise<VerifyCustomDomainResult>;
export function verifyCustomDomain(
    first: VerifyCustomDomainArgs | string, second?: string | pulumi.InvokeOptions, third?: pulumi.InvokeOptions,
): Promise<VerifyCustomDomainResult> {
    const args = typeof first === "string" ? { projectId: first, domainId: second as string } : first;
    let opts = typeof first === "string" ? third : (second as pulumi.InvokeOptions | undefined);
`
