// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import { withBase } from "vitepress";

let library;

// loadMermaid loads the library once, and only on pages with a diagram.
function loadMermaid() {
    library ??= new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = withBase("/mermaid.tiny.js");
        script.onload = () => resolve(globalThis.mermaid);
        script.onerror = () => reject(new Error(`${script.src} cannot be loaded`));
        document.head.append(script);
    });
    return library;
}

// renderDiagrams replaces the sources of the diagrams on the page with pictures. It can run again, in
// other colors.
export async function renderDiagrams(dark) {
    const diagrams = document.querySelectorAll(".diagram");
    if (diagrams.length === 0) {
        return;
    }
    const mermaid = await loadMermaid();
    mermaid.initialize({
        startOnLoad: false,
        theme: dark ? "dark" : "neutral",
        fontFamily: "inherit",
        flowchart: { inheritDir: true, wrappingWidth: 240 },
    });
    for (const [index, diagram] of diagrams.entries()) {
        diagram.source ??= diagram.textContent;
        const { svg } = await mermaid.render(`diagram-${index}`, diagram.source, diagram);
        diagram.innerHTML = svg;
        // A large diagram gets smaller, as long as its text can be read. Then it scrolls.
        const picture = diagram.firstElementChild;
        picture.style.minWidth = `${0.7 * picture.viewBox.baseVal.width}px`;
        const first = (picture.querySelector(".node") ?? picture).getBoundingClientRect();
        const frame = diagram.getBoundingClientRect();
        diagram.scrollLeft += (first.left + first.right - frame.left - frame.right) / 2;
    }
}
