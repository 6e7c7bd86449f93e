// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

import DefaultTheme from "vitepress/theme";
import { useData, useRoute } from "vitepress";
import { nextTick, onMounted, watch } from "vue";
import { renderDiagrams } from "./diagrams.mjs";
import "./style.css";

export default {
    extends: DefaultTheme,
    setup() {
        const route = useRoute();
        const { isDark } = useData();
        const render = () => nextTick(() => renderDiagrams(isDark.value));
        onMounted(render);
        watch([() => route.path, isDark], render);
    },
};
