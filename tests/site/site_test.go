// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package site opens every page of the documentation's website in a headless browser. `make test-docs` builds the
// website and runs it. It is a module of its own, so that the provider does not depend on the browser's protocol.
package site

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// timeout only ends a test that would wait forever.
	timeout = 5 * time.Minute

	narrow, narrowHeight = 390, 844
	wide, wideHeight     = 1280, 800

	repositoryURL = "https://github.com/pgbeam/pulumi-pgbeam"
)

// website is the built website, served on a free port, and a browser.
type website struct {
	url     string
	pages   []string // such as /docs/limits.html
	browser context.Context
}

var site *website

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, chromium := os.Getenv("PGBEAM_SITE"), os.Getenv("PGBEAM_CHROMIUM")
	if folder == "" || chromium == "" {
		fmt.Fprintln(os.Stderr, "PGBEAM_SITE and PGBEAM_CHROMIUM name the folder of the built website and the browser: run `make test-docs`")
		return 1
	}
	server := httptest.NewServer(http.FileServer(http.Dir(folder)))
	defer server.Close()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(chromium),
		// Nor does the browser itself make a request.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("hide-scrollbars", true),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which refuses to run as root
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	browser, cancel := chromedp.NewContext(allocator)
	defer cancel()
	site = &website{url: server.URL, browser: browser}
	err := chromedp.Do(browser)
	if err == nil {
		err = fs.WalkDir(os.DirFS(folder), ".", func(name string, _ fs.DirEntry, err error) error {
			if path.Ext(name) == ".html" && name != "404.html" {
				site.pages = append(site.pages, "/"+name)
			}
			return err
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// tab is a tab of the browser that records what goes wrong in it.
type tab struct {
	context.Context
	t *testing.T

	mutex    sync.Mutex
	problems []string
}

// openTab opens a page, and waits until it works and its diagrams are drawn.
func openTab(t *testing.T, page string, width, height int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(site.browser)
	t.Cleanup(cancel)
	tab := &tab{Context: ctx, t: t}
	require.NoError(t, chromedp.Listen(ctx, tab.record))
	tab.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(site.url+page))
	tab.waitUntilReady()
	return tab
}

func (tab *tab) waitUntilReady() {
	tab.t.Helper()
	tab.waitFor(`document.readyState === "complete" && document.querySelector("#app").__vue_app__ !== undefined &&
		document.querySelectorAll(".diagram").length === document.querySelectorAll(".diagram svg").length &&
		document.fonts.status === "loaded"`)
}

func (tab *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab, timeout)
	defer cancel()
	require.NoError(tab.t, chromedp.Do(ctx, actions...))
}

// evaluate returns the value of a JavaScript expression.
func evaluate[T any](tab *tab, expression string) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab, timeout)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	require.NoError(tab.t, err)
	return value
}

// waitFor waits until a JavaScript expression is true.
func (tab *tab) waitFor(expression string) {
	tab.t.Helper()
	tab.do(chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(timeout)))
}

// record records a problem that an event of the browser is about.
func (tab *tab) record(event any) {
	problem := ""
	switch event := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeWarning {
			problem = "console:"
			for _, argument := range event.Args {
				problem += " " + string(argument.Value) + argument.Description
			}
		}
	case *runtime.EventExceptionThrown:
		problem = "exception: " + event.ExceptionDetails.Text
		if event.ExceptionDetails.Exception != nil {
			problem += " " + event.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError || event.Entry.Level == log.EntryLevelWarning {
			problem = "log: " + event.Entry.Text + " " + event.Entry.URL
		}
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(event.Request.URL, site.url+"/") && !strings.HasPrefix(event.Request.URL, "data:") {
			problem = "request to another host: " + event.Request.URL
		}
	case *network.EventResponseReceived:
		if event.Response.Status >= http.StatusBadRequest {
			problem = "response: " + event.Response.StatusText + " " + event.Response.URL
		}
	case *network.EventLoadingFailed:
		problem = "request failed: " + event.ErrorText
	}
	if problem != "" {
		tab.mutex.Lock()
		defer tab.mutex.Unlock()
		tab.problems = append(tab.problems, problem)
	}
}

func (tab *tab) assertNoProblems() {
	tab.t.Helper()
	tab.mutex.Lock()
	defer tab.mutex.Unlock()
	assert.Empty(tab.t, strings.Join(tab.problems, "\n"))
}

// content is what the test reads from a page.
type content struct {
	Headings []string // of the first level
	Words    int
	Links    []string // absolute
	Sidebar  []string // absolute
	Anchors  []string
	Diagrams []struct {
		Words         int
		Width, Height float64
		IsError       bool
		Clipped       []string // labels
	}
	// BrokenPictures are the addresses of pictures that are not shown.
	BrokenPictures []string
	// Markdown is text that should have been rendered, such as a shortcode.
	Markdown []string
}

const readContent = `(() => {
	const all = (selector) => [...document.querySelectorAll(selector)];
	const words = (element) => element.textContent.trim().split(/\s+/).length;
	const prose = document.querySelector(".vp-doc").cloneNode(true);
	for (const code of prose.querySelectorAll("pre, code, .diagram")) code.remove();
	return {
		headings: all("h1").map((heading) => heading.textContent.replace("\u200b", "").trim()),
		words: words(document.querySelector(".vp-doc")),
		links: all("a[href]").map((link) => link.href),
		sidebar: all(".VPSidebar a[href]").map((link) => link.href),
		anchors: all("[id]").map((element) => element.id),
		diagrams: all(".diagram svg").map((svg) => ({
			words: words(svg), width: svg.getBoundingClientRect().width, height: svg.getBoundingClientRect().height,
			isError: svg.querySelector(".error-icon, .error-text") !== null,
			clipped: [...svg.querySelectorAll("foreignObject > *")].filter((label) => {
				const inner = label.getBoundingClientRect(), outer = label.parentElement.getBoundingClientRect();
				return inner.width > outer.width + 1 || inner.height > outer.height + 1;
			}).map((label) => label.textContent),
		})),
		brokenPictures: all("img").filter((image) => !image.complete || image.naturalWidth === 0).map((image) => image.src),
		markdown: prose.textContent.match(/\{\{[<%].*|:::.*|` + "```" + `.*|^#+ .*|\]\(.*/gm) ?? [],
	};
})()`

// TestPages opens every page, in two sizes, and checks its links.
func TestPages(t *testing.T) {
	t.Parallel()
	var mutex sync.Mutex
	contents := map[string]content{}
	t.Run("pages", func(t *testing.T) {
		for _, page := range site.pages {
			t.Run(strings.Trim(page, "/"), func(t *testing.T) {
				t.Parallel()
				content := checkPage(t, page)
				mutex.Lock()
				defer mutex.Unlock()
				contents[page] = content
			})
		}
	})
	if t.Failed() || len(contents) < len(site.pages) { // with -run
		return
	}
	diagrams, sidebar := 0, pagesOf(t, contents["/index.html"].Sidebar)
	for page, content := range contents {
		for _, link := range content.Links {
			assertLinkWorks(t, page, link, contents)
		}
		assert.Equal(t, sidebar, pagesOf(t, content.Sidebar), page)
		diagrams += len(content.Diagrams)
	}
	assert.ElementsMatch(t, site.pages, sidebar, "the sidebar has every page once")
	assert.Greater(t, len(site.pages), 20)
	assert.Greater(t, diagrams, 10)
}

func checkPage(t *testing.T, page string) content {
	t.Helper()
	tab := openTab(t, page, narrow, narrowHeight)
	keep := slices.Contains(screenshots, page)
	if keep {
		tab.screenshot(page, narrow)
	}
	// What is hidden at first must fit, too.
	evaluate[chromedp.Void](tab, `for (const details of document.querySelectorAll("details")) details.open = true;
		for (const image of document.images) image.loading = "eager";`)
	tab.waitFor(`[...document.images].every((image) => image.complete)`)
	content := evaluate[content](tab, readContent)
	tab.assertFits(narrow)
	tab.do(chromedp.EmulateViewport(wide, wideHeight))
	tab.assertFits(wide)
	if keep {
		tab.screenshot(page, wide)
	}
	tab.assertNoProblems()

	assert.Len(t, content.Headings, 1, "headings of the first level")
	assert.Greater(t, content.Words, 50)
	assert.Empty(t, content.BrokenPictures)
	assert.Empty(t, content.Markdown)
	for _, diagram := range content.Diagrams {
		assert.False(t, diagram.IsError)
		assert.Empty(t, diagram.Clipped)
		assert.Greater(t, diagram.Words, 5)
		assert.Greater(t, diagram.Width, 100.0)
		assert.Greater(t, diagram.Height, 100.0)
	}
	return content
}

// assertFits requires that the page does not scroll sideways.
func (tab *tab) assertFits(width int) {
	tab.t.Helper()
	assert.LessOrEqual(tab.t, evaluate[int](tab, `document.documentElement.scrollWidth`), width, "width of the page")
	assert.Empty(tab.t, evaluate[[]string](tab, `[...document.querySelectorAll(".vp-doc :is(p, li, h1, h2, h3, h4, dt, summary, img)")]
		.filter((element) => element.closest("table, pre, .diagram") === null && element.getBoundingClientRect().right > innerWidth)
		.map((element) => element.outerHTML.slice(0, 200))`), "text that does not fit")
}

// pagesOf returns the pages that links refer to.
func pagesOf(t *testing.T, links []string) []string {
	t.Helper()
	pages := make([]string, 0, len(links))
	for _, link := range links {
		page, _, inSite := pageOf(t, link)
		assert.True(t, inSite, link)
		pages = append(pages, page)
	}
	return pages
}

// pageOf returns the page and the anchor that a link refers to, if it is one of the website.
func pageOf(t *testing.T, link string) (page, anchor string, inSite bool) {
	t.Helper()
	target, err := url.Parse(link)
	require.NoError(t, err)
	if target.Scheme+"://"+target.Host != site.url {
		return "", "", false
	}
	page = target.Path
	if strings.HasSuffix(page, "/") {
		page += "index.html"
	}
	return page, target.Fragment, true
}

// assertLinkWorks requires that a link refers to something that exists on the website or in the repository.
func assertLinkWorks(t *testing.T, from, link string, contents map[string]content) {
	t.Helper()
	if page, anchor, inSite := pageOf(t, link); inSite {
		target, found := contents[page]
		if assert.True(t, found, "%s links %s", from, link) && anchor != "" {
			assert.True(t, slices.Contains(target.Anchors, anchor), "%s links %s", from, link)
		}
		return
	}
	file, isFile := strings.CutPrefix(link, repositoryURL+"/blob/main/")
	folder, isFolder := strings.CutPrefix(link, repositoryURL+"/tree/main/")
	if !isFile && !isFolder {
		assert.Regexp(t, `^https://|^http://localhost:`, link, "%s links another site", from)
		return
	}
	name, _, _ := strings.Cut(file, "#")
	if isFolder {
		name = folder
	}
	info, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(name)))
	if assert.NoError(t, err, "%s links %s", from, link) {
		assert.Equal(t, isFolder, info.IsDir(), "%s links %s", from, link)
	}
	assert.NotContains(t, contents, "/"+strings.TrimSuffix(name, ".md")+".html", "%s links %s on GitHub, which is a page", from, link)
}

// TestSearch searches for words of different pages.
func TestSearch(t *testing.T) {
	t.Parallel()
	for words, page := range map[string]string{
		"maskDetectedPii":       "/docs/components.html",
		"pgbeam:requestTimeout": "/docs/installation-configuration.html",
		"verifyAuditChain":      "/docs/functions.html",
		"interrupted update":    "/docs/reliability.html",
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			tab := openTab(t, "/index.html", wide, wideHeight)
			tab.do(
				chromedp.Click(chromedp.CSS("#local-search button")),
				chromedp.SendKeys(chromedp.CSS(".VPLocalSearchBox .search-input"), words),
				chromedp.WaitVisible(chromedp.CSS(".VPLocalSearchBox a.result")),
			)
			results := pagesOf(t, evaluate[[]string](tab, `[...document.querySelectorAll(".VPLocalSearchBox a.result")].map((link) => link.href)`))
			assert.Contains(t, results, page)
			tab.do(chromedp.Click(chromedp.CSS(".VPLocalSearchBox a.result")))
			tab.waitFor(`document.querySelector(".VPLocalSearchBox") === null && location.pathname === "` + results[0] + `"`)
			tab.waitUntilReady()
			tab.assertNoProblems()
		})
	}
}

// TestTabs selects a language where a program is shown in several.
func TestTabs(t *testing.T) {
	t.Parallel()
	tab := openTab(t, "/docs/overview.html", wide, wideHeight)
	visible := func() []string {
		return evaluate[[]string](tab, `[...document.querySelectorAll(".vp-code-group div[class*=language-]")]
			.filter((block) => block.offsetHeight > 0).map((block) => block.className.split(" ")[0])`)
	}
	assert.Equal(t, []string{"language-typescript"}, visible())
	tab.do(chromedp.Click(chromedp.CSS(`.vp-code-group label[data-title="Python"]`)))
	assert.Equal(t, []string{"language-python"}, visible())
	tab.assertNoProblems()
}

// TestNavigation follows a link, which loads the content of the next page only, and draws its diagram again in the
// dark.
func TestNavigation(t *testing.T) {
	t.Parallel()
	tab := openTab(t, "/index.html", wide, wideHeight)
	tab.do(chromedp.Click(chromedp.CSS(`.VPSidebar a[href$="/CONTRIBUTING.html"]`)))
	tab.waitFor(`document.querySelector("h1").textContent.startsWith("Contributing") && document.querySelector(".diagram svg") !== null`)
	tab.waitUntilReady()
	const color = `getComputedStyle(document.querySelector(".diagram svg .node rect")).fill`
	light := evaluate[string](tab, color)
	_, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
	require.NoError(t, err)
	tab.waitFor(color + ` !== "` + light + `"`)
	tab.assertNoProblems()
}

// screenshots are the pages of which the test keeps pictures, for a reader to look at.
var screenshots = []string{"/index.html", "/docs/components.html", "/docs/installation-configuration.html"}

// screenshot writes a picture of the page to the folder that PGBEAM_SCREENSHOTS names.
func (tab *tab) screenshot(page string, width int) {
	tab.t.Helper()
	tab.waitFor(`document.getAnimations().length === 0`)
	picture, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	require.NoError(tab.t, err)
	if folder := os.Getenv("PGBEAM_SCREENSHOTS"); folder != "" {
		name := fmt.Sprintf("%s-%d.png", strings.TrimSuffix(path.Base(page), ".html"), width)
		require.NoError(tab.t, os.WriteFile(filepath.Join(folder, name), picture, 0o600))
	}
}
