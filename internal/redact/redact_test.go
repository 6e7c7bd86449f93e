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
		assert.Contains(t, redacted, redact.Hidden)
		assert.Regexp(t, "^before .*after$", redacted)
	}
	assert.Equal(t, "nothing here", redact.Text("nothing here", secret, ""))
	assert.Equal(t, "a [secret] b", redact.Text("a shorter-longer b", "shorter", "shorter-longer"))
	assert.Equal(t, "a [secret] b", redact.Text("a shorter-longer b", "shorter", "ter-longer"), "two that overlap")
	assert.Equal(t, "a [secret] b", redact.Text(redact.Text("a secret b", "secret"), "secret", "cret"), "what is hidden is not hidden again")
}

// TestSpellings: each of these is the secret, and so is what APIs were seen to
// make of it.
func TestSpellings(t *testing.T) {
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

// TestBase64: alone, and as a part of what is encoded, at every alignment.
func TestBase64(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"hunter22", "p@ss", "0>>>???~~~", "a longer one, of 31 characters."} {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			alone := encoding.EncodeToString([]byte(secret))
			assert.Equal(t, "is [secret].", strings.TrimSuffix(redact.Text("is "+alone+".", secret), "="), "%s in %s", secret, alone)
			for _, before := range []string{"", "u:", "user:", "user1:", "agent:"} {
				for _, behind := range []string{"", "@h", "@host", "@host1"} {
					encoded := encoding.EncodeToString([]byte(before + secret + behind))
					for _, written := range []string{encoded, url.QueryEscape(encoded), strings.ReplaceAll(encoded, "/", `\/`)} {
						redacted := redact.Text("Basic "+written+".", secret)
						left := strings.ReplaceAll(redacted, redact.Hidden, "")
						assert.Contains(t, redacted, redact.Hidden, written)
						// What is left is no more than what is before and behind, encoded.
						assert.LessOrEqual(t, len(left), len("Basic .")+encoding.EncodedLen(len(before))+encoding.EncodedLen(len(behind))+6, redacted)
					}
				}
			}
		}
	}
}

// TestShortSecrets do not garble what they are a part of, which would tell what
// they are.
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
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // no secret of anybody
	var secrets, written []string
	for i := range 300 {
		secret := fmt.Sprintf("secret-%d-%d", i, random.Uint64())
		secrets = append(secrets, secret)
		written = append(written, escape(secret, random.Uint64()))
	}
	r := redact.New(secrets...)
	text := strings.Join(written, " | ")
	assert.Equal(t, strings.TrimSuffix(strings.Repeat(redact.Hidden+" | ", 300), " | "), r.Text(text))
	assert.Equal(t, "secret-", r.Text("secret-"))
	assert.Equal(t, "nothing", redact.New().Text("nothing"))
}

// TestLongTextsOfEscapes take no more than a time that grows with their length:
// this test would not end.
func TestLongTextsOfEscapes(t *testing.T) {
	t.Parallel()
	r := redact.New(`\\\\\\\\`, "%%%%", "&&&&&&", "++++", "aaaaaaaaaaaaaaaaaaaa", "planted-secret")
	for _, part := range []string{`\`, "%", "&", "+", "&amp;", "%25", `\u005c`, "&#97;", "&#0", "&aaaaaaaaaaaaaaaaaaaa", `\x5c`, "a", `&\u0061`, `\&%+`} {
		text := strings.Repeat(part, (16<<10)/len(part)) + ` planted-secret`
		assert.NotContains(t, r.Text(text), "planted")
	}
}

// escape writes each character of a text in a way that the choices pick.
func escape(secret string, choices uint64) string {
	random := rand.New(rand.NewPCG(choices, 0)) //nolint:gosec // no secret of anybody
	var b strings.Builder
	for at := 0; at < len(secret); {
		r, size := utf8.DecodeRuneInString(secret[at:])
		encoded := secret[at : at+size]
		at += size
		ways := []func() string{
			func() string { return encoded },
			func() string { return eachByte(encoded, "%%%02x") },
			func() string { return eachByte(encoded, "%%%02X") },
			func() string { return eachByte(encoded, `\x%02x`) },
			func() string { return eachByte(encoded, "%%25%02x") },
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
			func() string { return html.EscapeString(encoded) },
			func() string { return url.QueryEscape(encoded) },
			func() string { return url.PathEscape(encoded) },
			func() string {
				quoted := strconv.Quote(encoded)
				return quoted[1 : len(quoted)-1]
			},
			func() string {
				text, _ := json.Marshal(encoded)
				return string(text[1 : len(text)-1])
			},
			func() string {
				if r < utf8.RuneSelf && strings.ContainsRune(`/"'\.:;,=@!?-_()[]{}<>`, r) {
					return `\` + encoded
				}
				return encoded
			},
		}
		b.WriteString(ways[random.IntN(len(ways))]())
	}
	return b.String()
}

func eachByte(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

// FuzzText: whatever escapes a secret is written in, none of it is left.
func FuzzText(f *testing.F) {
	f.Add("P@ssw0rd!", uint64(1))
	f.Add("ß and 😀 in \"one\"", uint64(2))
	f.Add(`back\slash\\`, uint64(3))
	f.Add("100%25&amp;+ +", uint64(4))
	f.Fuzz(func(t *testing.T, secret string, choices uint64) {
		if !utf8.ValidString(secret) || utf8.RuneCountInString(secret) < 4 || len(secret) > 200 || strings.ContainsAny(secret, "\x00\ufffd") ||
			strings.Contains("["+redact.Hidden+"]", secret) || numericReferencesDiffer(secret) {
			return
		}
		written := escape(secret, choices)
		redacted := redact.Text("before| "+written+" |behind", secret)
		require.True(t, strings.HasPrefix(redacted, "before| ") || strings.Contains("before| ", secret[:1]), redacted)
		left := strings.ReplaceAll(redacted, redact.Hidden, "")
		assert.Contains(t, redacted, redact.Hidden, "%q as %q (%s)", secret, written, hex.EncodeToString([]byte(written)))
		assert.LessOrEqual(t, len(left), len("before|   |behind"), "%q as %q is %q", secret, written, redacted)
	})
}

// numericReferencesDiffer tells whether HTML reads the number of a character as
// another one: of controls, which its texts cannot have.
func numericReferencesDiffer(s string) bool {
	for _, r := range s {
		if html.UnescapeString(fmt.Sprintf("&#%d;", r)) != string(r) {
			return true
		}
	}
	return false
}
