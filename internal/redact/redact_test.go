// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/redact"
)

func TestText(t *testing.T) {
	t.Parallel()
	const secret = `p@ss:/w"zzz'%20\1<&>`
	inJSON, _ := json.Marshal(map[string]string{"password": secret})
	twice, _ := json.Marshal(string(inJSON))
	inHTML, _ := json.Marshal(html.EscapeString(secret))
	for _, text := range []string{
		secret, string(inJSON), string(twice), fmt.Sprintf("%q", secret), "https://x?p=" + url.QueryEscape(secret), "/" + url.PathEscape(secret),
		url.UserPassword("user", secret).String(), base64.StdEncoding.EncodeToString([]byte(secret)),
		html.EscapeString(secret), string(inHTML), url.QueryEscape(string(inJSON)), url.QueryEscape(url.QueryEscape(secret)),
	} {
		redacted := redact.Text("before "+text+" after", "other", secret)
		assert.NotContains(t, redacted, "zzz", text)
		assert.Contains(t, redacted, redact.Placeholder)
		assert.Regexp(t, "^before .*after$", redacted)
	}
	assert.Equal(t, "nothing here", redact.Text("nothing here", secret, ""))
	assert.Equal(t, "a [secret] b", redact.Text("a shorter-longer b", "shorter", "shorter-longer"))
	assert.Equal(t, "a [secret] b", redact.Text("a shorter-longer b", "shorter", "ter-longer"), "overlapping secrets")
	assert.Equal(t, "a [secret] b", redact.Text(redact.Text("a secret b", "secret"), "secret", "cret"), "a placeholder is not redacted again")
}

// TestEscapes covers escape sequences that servers and logs were seen to produce.
func TestEscapes(t *testing.T) {
	t.Parallel()
	const secret = "P@ss w0rd!ß😀/\"\\"
	for _, text := range []string{
		`P@ss w0rd!ß😀/"\`,
		`P%40ss w0rd!ß😀/"\`, `P%40ss+w0rd!%c3%9f%F0%9f%98%80/"%5c`, `%50%40%73%73%20%77%30%72%64%21ß😀%2f%22%5C`, `P@ss%20w0rd!%u00df%ud83d%ude00/"\`,
		`P\u0040ss w0rd\u0021\u00df\ud83d\ude00\/\"\\`, `P@ss w0rd!\u00DF\uD83D\uDE00/\u0022\u005c`, `P\x40ss\x20w0rd!\xc3\x9f\xf0\x9f\x98\x80/\"\\`,
		`P@ss w0rd!\xdf\U0001F600/\x22\x5C`, `P@ss w0rd!\u{df}\u{1F600}/\"\\`, `\120@ss w0rd!\303\237😀/\"\134`,
		`P&#64;ss w0rd!&szlig;&#128512;/&quot;&bsol;`, `P&commat;ss w0rd!ß😀/"\`, `P&#x40;ss w0rd&excl;&#223;&#x1f600;&sol;&QUOT;&#92;`,
		`P&#0000064;ss w0rd&#x00021;&#xDF;&#X1F600;/&#34;&#x5C`, `P&amp;#64;ss w0rd!ß😀/&amp;quot;\`, `P\u0026#64;ss w0rd!ß😀/\u0026#34;\\`,
		`P%2540ss%2520w0rd!ß😀/%2522%255C`, `P@ss w0rd!ß😀/\\\"\\\\`, `P%5Cu0040ss w0rd!ß😀/%5C%22%5C%5C`,
	} {
		assert.Equal(t, `detail: "[secret]".`, redact.Text(`detail: "`+text+`".`, secret), text)
	}
}

// TestBase64 covers secrets encoded on their own and as a part of a text, at every
// alignment.
func TestBase64(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"hunter22", "p@ss", "0>>>???~~~", "a longer one, of 31 characters."} {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			alone := encoding.EncodeToString([]byte(secret))
			assert.Equal(t, "is [secret].", strings.TrimSuffix(redact.Text("is "+alone+".", secret), "="), "%s in %s", secret, alone)
			for _, before := range []string{"", "u:", "user:", "user1:", "agent:"} {
				for _, after := range []string{"", "@h", "@host", "@host1"} {
					encoded := encoding.EncodeToString([]byte(before + secret + after))
					for _, form := range []string{encoded, url.QueryEscape(encoded), strings.ReplaceAll(encoded, "/", `\/`)} {
						redacted := redact.Text("Basic "+form+".", secret)
						rest := strings.ReplaceAll(redacted, redact.Placeholder, "")
						assert.Contains(t, redacted, redact.Placeholder, form)
						// The rest encodes no more than the adjacent text.
						assert.LessOrEqual(t, len(rest), len("Basic .")+encoding.EncodedLen(len(before))+encoding.EncodedLen(len(after))+6, redacted)
					}
				}
			}
		}
	}
}

// TestShortSecrets checks that short secrets are not replaced within words, which
// would reveal them.
func TestShortSecrets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, secret, redacted string }{
		{"applying a property of the project", "p", "applying a property of the project"},
		{`the password "p" is too short`, "p", `the password "[secret]" is too short`},
		{"postgres://u:p@host/p", "p", "postgres://u:[secret]@host/[secret]"},
		{"u%3Ap%40host", "p", "u%3A[secret]%40host"},
		{`{"password":"p\n"}`, "p", `{"password":"[secret]\n"}`},
		{`line\np\nline`, "p", `line\n[secret]\nline`},
		{`"\u0070" and "&#112;" and %70`, "p", `"[secret]" and "[secret]" and [secret]`},
		{"abc abcd xabc", "abc", "[secret] abcd xabc"},
		{"äabc abcö 1abc abc1", "abc", "äabc abcö 1abc abc1"},
		{"the base64 cA== and YWJj", "p", "the base64 [secret] and YWJj"},
		{"Authorization: Basic dXNlcjpw, and more", "p", "Authorization: Basic [secret], and more"},
		{"Authorization: Basic dXNlcjpw==", "q", "Authorization: Basic dXNlcjpw=="},
		{"äöü", "äöü", "[secret]"},
		{"xäöü", "äöü", "xäöü"},
	} {
		assert.Equal(t, test.redacted, redact.Text(test.text, test.secret), "%q without %q", test.text, test.secret)
	}
}

func TestManySecrets(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // not security-sensitive
	var secrets, escaped []string
	for i := range 300 {
		secret := fmt.Sprintf("secret-%d-%d", i, random.Uint64())
		secrets = append(secrets, secret)
		escaped = append(escaped, escape(secret, random.Uint64()))
	}
	r := redact.New(secrets...)
	text := strings.Join(escaped, " | ")
	assert.Equal(t, strings.TrimSuffix(strings.Repeat(redact.Placeholder+" | ", 300), " | "), r.Text(text))
	assert.Equal(t, "secret-", r.Text("secret-"))
	assert.Equal(t, "nothing", redact.New().Text("nothing"))
}

// TestLongEscapes would time out if the running time were quadratic or worse.
func TestLongEscapes(t *testing.T) {
	t.Parallel()
	r := redact.New(`\\\\\\\\`, "%%%%", "&&&&&&", "++++", "aaaaaaaaaaaaaaaaaaaa", "planted-secret")
	for _, part := range []string{`\`, "%", "&", "+", "&amp;", "%25", `\u005c`, "&#97;", "&#0", "&aaaaaaaaaaaaaaaaaaaa", `\x5c`, "a", `&\u0061`, `\&%+`} {
		text := strings.Repeat(part, (16<<10)/len(part)) + ` planted-secret`
		assert.NotContains(t, r.Text(text), "planted")
	}
}

// escape escapes each character of a secret in a random way.
func escape(secret string, seed uint64) string {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // not security-sensitive
	var b strings.Builder
	for pos := 0; pos < len(secret); {
		r, size := utf8.DecodeRuneInString(secret[pos:])
		char := secret[pos : pos+size]
		pos += size
		escapes := []func() string{
			func() string { return char },
			func() string { return formatBytes(char, "%%%02x") },
			func() string { return formatBytes(char, "%%%02X") },
			func() string { return formatBytes(char, `\x%02x`) },
			func() string { return formatBytes(char, "%%25%02x") },
			func() string { return fmt.Sprintf(`\U%08x`, r) },
			func() string { return fmt.Sprintf(`\u{%x}`, r) },
			func() string { return fmt.Sprintf("&#%d;", r) },
			func() string { return fmt.Sprintf("&#%06d;", r) },
			func() string { return fmt.Sprintf("&#x%X;", r) },
			func() string { return fmt.Sprintf("&#X000%x;", r) },
			func() string { return fmt.Sprintf("&amp;#%d;", r) },
			func() string {
				var units string
				for _, unit := range utf16.Encode([]rune{r}) {
					units += fmt.Sprintf(`\u%04x`, unit)
				}
				return units
			},
			func() string { return html.EscapeString(char) },
			func() string { return url.QueryEscape(char) },
			func() string { return url.PathEscape(char) },
			func() string {
				quoted := strconv.Quote(char)
				return quoted[1 : len(quoted)-1]
			},
			func() string {
				text, _ := json.Marshal(char)
				return string(text[1 : len(text)-1])
			},
			func() string {
				if r < utf8.RuneSelf && strings.ContainsRune(`/"'\.:;,=@!?-_()[]{}<>`, r) {
					return `\` + char
				}
				return char
			},
		}
		b.WriteString(escapes[random.IntN(len(escapes))]())
	}
	return b.String()
}

func formatBytes(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

// FuzzText checks that nothing of a secret is left, however it is escaped.
func FuzzText(f *testing.F) {
	f.Add("P@ssw0rd!", uint64(1))
	f.Add("ß and 😀 in \"one\"", uint64(2))
	f.Add(`back\slash\\`, uint64(3))
	f.Add("100%25&amp;+ +", uint64(4))
	f.Fuzz(func(t *testing.T, secret string, seed uint64) {
		if !utf8.ValidString(secret) || utf8.RuneCountInString(secret) < 4 || len(secret) > 200 || strings.ContainsAny(secret, "\x00\ufffd") ||
			strings.Contains("["+redact.Placeholder+"]", secret) || numericReferencesDiffer(secret) {
			return
		}
		escaped := escape(secret, seed)
		redacted := redact.Text("before| "+escaped+" |behind", secret)
		require.True(t, strings.HasPrefix(redacted, "before| ") || strings.Contains("before| ", secret[:1]), redacted)
		rest := strings.ReplaceAll(redacted, redact.Placeholder, "")
		assert.Contains(t, redacted, redact.Placeholder, "%q as %q (%s)", secret, escaped, hex.EncodeToString([]byte(escaped)))
		assert.LessOrEqual(t, len(rest), len("before|   |behind"), "%q as %q is %q", secret, escaped, redacted)
	})
}

// numericReferencesDiffer reports whether s has a control character whose numeric
// character reference means another character in HTML.
func numericReferencesDiffer(s string) bool {
	for _, r := range s {
		if html.UnescapeString(fmt.Sprintf("&#%d;", r)) != string(r) {
			return true
		}
	}
	return false
}
