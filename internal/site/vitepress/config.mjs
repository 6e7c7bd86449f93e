// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { defineConfig } from "vitepress";

const repository = "https://github.com/pgbeam/pulumi-pgbeam";

// anchor returns the anchor that GitHub gives to a heading, so that links work in both places.
function anchor(heading) {
    return heading
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-");
}

// markdown makes markdown-it render what GitHub renders.
function markdown(md) {
    // The page shows a diagram instead of its source, see theme/diagrams.mjs.
    const fence = md.renderer.rules.fence;
    md.renderer.rules.fence = (tokens, index, options, env, self) =>
        tokens[index].info.trim() === "mermaid"
            ? `<div class="diagram"><pre v-pre>${md.utils.escapeHtml(tokens[index].content)}</pre></div>\n`
            : fence(tokens, index, options, env, self);
    // Vue would evaluate what double braces enclose.
    for (const rule of ["text", "code_inline"]) {
        const render = md.renderer.rules[rule];
        md.renderer.rules[rule] = (...args) => render(...args).replaceAll("{{", "<span v-pre>{{</span>");
    }
}

export default defineConfig({
    lang: "en",
    title: "PgBeam for Pulumi",
    description: "The Pulumi provider of PgBeam, a PostgreSQL proxy for AI agents.",
    head: [["link", { rel: "icon", type: "image/svg+xml", href: "/logo.svg" }]],
    ignoreDeadLinks: "localhostLinks",
    markdown: { anchor: { slugify: anchor }, attrs: { disable: true }, config: markdown },
    themeConfig: {
        logo: "/logo.svg",
        sidebar: JSON.parse(readFileSync(new URL("sidebar.json", import.meta.url))),
        outline: { level: [2, 3] },
        search: { provider: "local" },
        socialLinks: [{ icon: "github", link: repository }],
        externalLinkIcon: true,
    },
});
