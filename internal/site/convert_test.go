// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testSite is a small repository with a navigation.
func testSite() *site {
	repository := fstest.MapFS{}
	for _, name := range []string{
		"README.md", "LICENSE", "MIGRATING.md", "docs/_index.md", "docs/installation-configuration.md", "docs/limits.md",
		"docs/picture.svg", "docs/guides/README.md", "docs/guides/fleets.md", "examples/README.md", "examples/go/main.go",
	} {
		repository[name] = &fstest.MapFile{}
	}
	return newSite(repository, []section{
		{"Start", []page{{"README.md", "Introduction"}, {"MIGRATING.md", "Migrate"}}},
		{"Reference", []page{{"docs/_index.md", "Overview"}, {"docs/installation-configuration.md", "Installation"}, {"docs/limits.md", "Limits"}}},
		{"Guides", []page{{"docs/guides/README.md", "All guides"}, {"docs/guides/fleets.md", "Fleets"}}},
	})
}

func TestLinks(t *testing.T) {
	t.Parallel()
	const github = "https://github.com/pgbeam/pulumi-pgbeam"
	for _, test := range []struct{ source, link, expected string }{
		// To pages.
		{"README.md", "docs/limits.md", "./docs/limits.md"},
		{"README.md", "docs/limits.md#plans", "./docs/limits.md#plans"},
		{"README.md", "#here", "#here"},
		{"docs/limits.md", "../README.md#trying", "../index.md#trying"},
		{"docs/limits.md", "guides/fleets.md", "./guides/fleets.md"},
		{"docs/limits.md", "guides", "./guides/index.md"},
		{"docs/limits.md", "guides/", "./guides/index.md"},
		{"docs/limits.md", "_index.md", "./overview.md"},
		{"docs/guides/fleets.md", "README.md", "./index.md"},
		{"docs/guides/fleets.md", "../limits.md", "../limits.md"},
		{"docs/guides/fleets.md", "../../MIGRATING.md", "../../MIGRATING.md"},
		{"docs/guides/fleets.md", github + "/blob/main/docs/limits.md#plans", "../limits.md#plans"},
		{"docs/limits.md", github + "#trying", "../index.md#trying"},
		{"docs/_index.md", "./installation-configuration/", "./installation-configuration.md"},
		{"docs/_index.md", "./installation-configuration/#tls", "./installation-configuration.md#tls"},
		// To pictures.
		{"README.md", "docs/picture.svg", "./docs/picture.svg"},
		{"docs/guides/fleets.md", "../picture.svg", "../picture.svg"},
		// To files and folders on GitHub.
		{"README.md", "LICENSE", github + "/blob/main/LICENSE"},
		{"README.md", "examples", github + "/tree/main/examples"},
		{"docs/limits.md", "../examples/go/", github + "/tree/main/examples/go"},
		{"docs/limits.md", "../examples/README.md#go", github + "/blob/main/examples/README.md#go"},
		{"README.md", github + "/blob/main/examples", github + "/tree/main/examples"},
		// To other sites.
		{"README.md", "https://pgbeam.com/docs", "https://pgbeam.com/docs"},
		{"README.md", github + "/issues", github + "/issues"},
		{"README.md", "mailto:security@example.com", "mailto:security@example.com"},
	} {
		t.Run(test.source+" links "+test.link, func(t *testing.T) {
			t.Parallel()
			for _, markdown := range []string{
				"[text](%)", "![text](%)", "[`code`](%), [`a[0]`](%)", `[text](% "title")`, "[1]: %", `<a href="%">text</a>`, `<img alt="" src="%">`,
				"- [text](%)\n\n  ```sh\n  ls\n  ```\n\n  [text](%)",
			} {
				text, err := testSite().convert(test.source, replace(markdown, test.link))
				require.NoError(t, err)
				assert.Equal(t, replace(markdown, test.expected), text)
			}
		})
	}
}

func replace(markdown, link string) string { return strings.ReplaceAll(markdown, "%", link) }

func TestLinksInCode(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"`[text](missing.md)`",
		"``[`text`](missing.md)``",
		"```md\n[text](missing.md)\n```\n",
		"1. Step:\n\n   ~~~md\n   ```\n   [text](missing.md)\n   ~~~\n",
	} {
		converted, err := testSite().convert("README.md", text)
		require.NoError(t, err)
		assert.Equal(t, text, converted)
	}
}

func TestBrokenLinks(t *testing.T) {
	t.Parallel()
	for _, link := range []string{"missing.md", "docs/missing.md#anchor", "../outside", repositoryURL + "/blob/main/missing.go"} {
		_, err := testSite().convert("README.md", "[text]("+link+")")
		require.ErrorContains(t, err, "the link "+link+" refers to a file that does not exist")
	}
}

func TestFrontMatter(t *testing.T) {
	t.Parallel()
	text, err := testSite().convert("docs/_index.md", "---\ntitle: PgBeam\nmeta_desc: What it does.\nlayout: package\n---\n\nText.\n")
	require.NoError(t, err)
	assert.Equal(t, "---\ntitle: PgBeam\ndescription: What it does.\n---\n\n# PgBeam\n\nText.\n", text)
}

func TestChooser(t *testing.T) {
	t.Parallel()
	text, err := testSite().convert("docs/_index.md", `Before.

{{< chooser language "typescript,csharp" >}}

{{% choosable language typescript %}}

`+"```ts\nconst a = `{{`;\n```"+`

{{% /choosable %}}
{{% choosable language csharp %}}

Text.

`+"```csharp\nvar a = 1;\n```"+`

{{% /choosable %}}

{{< /chooser >}}

After.
`)
	require.NoError(t, err)
	assert.Equal(t, `Before.

<div class="vp-code-group"><div class="tabs">`+
		`<input type="radio" name="tabs-1" id="tab-1-1" checked><label data-title="TypeScript" for="tab-1-1">TypeScript</label>`+
		`<input type="radio" name="tabs-1" id="tab-1-2"><label data-title="C#" for="tab-1-2">C#</label></div>
<div class="blocks">
<div class="vp-block active">

`+"```ts\nconst a = `{{`;\n```"+`

</div>
<div class="vp-block">

Text.

`+"```csharp\nvar a = 1;\n```"+`

</div>
</div>
</div>

After.
`, text)
}

func TestInvalidShortcodes(t *testing.T) {
	t.Parallel()
	for text, message := range map[string]string{
		"{{< chooser language \"ts\" >}}\n{{% choosable language cobol %}}\nText.\n{{% /choosable %}}\n{{< /chooser >}}": `unknown language "cobol"`,
		"{{< chooser language \"go\" >}}\nText.\n{{< /chooser >}}":                                                       `a chooser contains something else than choosables: "Text."`,
		"Text.\n\n{{% notes %}}": "the website cannot show the shortcode {{% notes %}}",
	} {
		_, err := testSite().convert("docs/_index.md", text)
		require.ErrorContains(t, err, message)
	}
	_, err := testSite().convert("docs/limits.md", "`{{% notes %}}`")
	require.NoError(t, err)
}
