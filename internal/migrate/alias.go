// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// AliasProgram returns the lines of TypeScript that give each resource of a kind that
// @pgbeam/pulumi has the type of a dynamic resource as an alias, so that the program keeps
// the objects in the state.
func AliasProgram() string {
	kinds := slices.Sorted(maps.Values(kindsByPrefix))
	kinds = append(kinds, "CacheRule", "SpendLimit")
	slices.Sort(kinds)
	quoted := make([]string, len(kinds))
	for i, kind := range kinds {
		quoted[i] = fmt.Sprintf("%q", typeToken(kind))
	}
	return fmt.Sprintf(`// Before the first resource of the program. It can be removed after a pulumi up of every stack.
const pgbeamTypes = new Set([
    %s,
]);
pulumi.runtime.registerStackTransformation(({ type, props, opts }) =>
    pgbeamTypes.has(type) ? { props, opts: pulumi.mergeOptions(opts, { aliases: [{ type: %q }] }) } : undefined,
);
`, strings.Join(quoted, ",\n    "), dynamicType)
}
