using System.Text.RegularExpressions;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Code;

/// <summary>The scanners of comments and of encoded data against expressions that say the same.</summary>
public sealed class CodeTwinTests
{
    private static readonly string[] Source =
        ["x", " ", "\n", "\n", "//", "/*", "*/", "/", "*", "#", "\"", "'", "`", "\"\"\"", "'''", "\\", "\\\"", "(", ")", "[", "]", "r", "--", "--[[", "]]", "{-", "-}", "(*", "*)", "中", "😀", "r\"\"\"", "\n    \"\"\"", "<!--", "-->", ";"];

    private static readonly string[] Data =
        ["A", "abcdefgh", "abcdefghijklmnopqrstuvwxyz012345", "+/==", "\n", " ", "\\u12aF", "\\u12aF\\u0000\\u4e2d", "\\uzzzz", "0x1f", "0xFF, 0x00,", "\\x41\\x42\\x43", "1f ", "de ad be ef ", ",", "0x123", "g", "中", "\\", "12", "\t"];

    [Theory]
    [InlineData("C", @"//[^\n]*|/\*.*?(?:\*/|\z)|(?<s>""(?:\\.|[^""\\\n])*(?:""|(?=\n)|\\?\z)|'(?:\\.|[^'\\\n])*(?:'|(?=\n)|\\?\z)|`(?:\\.|[^`\\])*(?:`|\\?\z))")]
    [InlineData("Python", @"#[^\n]*|(?<d>""""""(?:\\.|[^\\])*?(?:""""""|\\?\z)|'''(?:\\.|[^\\])*?(?:'''|\\?\z))|(?<s>""(?:\\.|[^""\\\n])*(?:""|(?=\n)|\\?\z)|'(?:\\.|[^'\\\n])*(?:'|(?=\n)|\\?\z))")]
    [InlineData("Lua", @"--\[\[.*?(?:\]\]|\z)|--[^\n]*|(?<s>""(?:\\.|[^""\\\n])*(?:""|(?=\n)|\\?\z)|'(?:\\.|[^'\\\n])*(?:'|(?=\n)|\\?\z))")]
    [InlineData("SQL", @"--[^\n]*|/\*.*?(?:\*/|\z)|(?<s>'[^']*(?:'|\z)|""[^""]*(?:""|\z))")]
    [InlineData("OCaml", @"\(\*(?>(?!\(\*|\*\)).|(?<open>\(\*)|(?<-open>\*\)))*(?(open)|(?:\*\)))|(?<s>""(?:\\.|[^""\\])*(?:""|\\?\z))")]
    [InlineData("HTML", @"<!--.*?(?:-->|\z)")]
    public void CommentScanner_AnyFile_EqualsTheExpression(string language, string expression)
    {
        // A comment of OCaml that is never closed is one to the end; the expression cannot say so.
        bool nests = language == "OCaml";
        CommentSyntax syntax = CommentSyntax.Of(language)!;
        var twin = new Regex(expression, RegexOptions.Singleline | RegexOptions.CultureInvariant);
        Texts.Check(Texts.Of(Source, 60), text =>
        {
            if (nests && Regex.Count(text, @"\(\*") > 0)
            {
                AssertNested(text, syntax);
                return;
            }
            var expected = new List<Slice>();
            int depth = 0, last = 0;
            foreach (Match match in twin.Matches(text))
            {
                foreach (char c in text[last..match.Index])
                    depth = Math.Max(0, depth + (c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0));
                last = match.Index + match.Length;
                string line = text[..match.Index].Split('\n')[^1].TrimStart(' ', '\t').TrimEnd('r', 'R', 'u', 'U', ' ', '\t');
                bool isDocstring = match.Groups["d"].Success && match.Value.Length >= 6 && (match.Value.EndsWith("\"\"\"", StringComparison.Ordinal) || match.Value.EndsWith("'''", StringComparison.Ordinal)) && depth == 0 && line.Length == 0;
                if (isDocstring || (!match.Groups["d"].Success && !match.Groups["s"].Success))
                    expected.Add(new Slice(match.Index, match.Length));
            }
            Assert.Equal(expected, Comments(text, syntax));
        });
    }

    [Fact]
    public void CommentSyntax_EveryLanguageOfTheTable_FindsItsComments()
    {
        foreach ((string path, string text, string comment) in new[]
        {
            ("a.rs", "let s = \"// no\"; // 注释", "// 注释"), ("a.hs", "x {- a {- b -} c -} y", "{- a {- b -} c -}"), ("a.rb", "x = '# no' # yes", "# yes"), ("a.sh", "echo \"#no\" '#no' #yes", "#yes"),
            ("a.ml", "let a = (* b (* c *) d *) 1", "(* b (* c *) d *)"), ("a.css", "a { } /* b */", "/* b */"), ("a.html", "<p><!-- c --></p>", "<!-- c -->"), ("a.f90", "x = 'a!b' ! c", "! c"), ("a.vim", "\" all of it", "\" all of it"),
            ("a.bat", ":: note", ":: note"), ("a.ps1", "<# a #> x", "<# a #>"), ("a.lisp", "(a \";\" ; b\n)", "; b"), ("a.php", "$a = \"//\n//\"; # b", "# b"), ("a.kt", "val a = \"\"\"\n// no\n\"\"\" // yes", "// yes"),
            ("a.go", "a := `\n// no` // yes", "// yes"), ("a.erl", "a() -> \"%\". % b", "% b"), ("Dockerfile", "# x", "# x"), ("a.jl", "#= a #= b =# c =#", "#= a #= b =# c =#"),
        })
        {
            CommentSyntax syntax = CommentSyntax.Of(CodeLanguages.Of(path))!;
            Slice found = Assert.Single(Comments(text, syntax));
            Assert.Equal((path, comment), (path, text.Substring(found.Start, found.Length)));
        }
    }

    [Fact]
    public void CodeEncoded_AnyFile_EqualsTheExpression()
    {
        const string Unit = @"(?:0[xX][0-9a-fA-F]{2}(?![A-Za-z0-9])|\\x[0-9a-fA-F]{2}|[0-9a-fA-F]{2}(?![A-Za-z0-9]))";
        var twins = new[] { @"[A-Za-z0-9+/=\n]{64,}", @"(?:\\u[0-9a-fA-F]{4}){8,}", $@"(?<![A-Za-z0-9]){Unit}(?:(?:[, \t\r\n]+|(?=\\x)){Unit}){{7,}}" }.Select(one => new Regex(one)).ToArray();
        Texts.Check(Texts.Of(Data, 60), text =>
        {
            int[] runs = [.. twins.SelectMany(twin => twin.Matches(text)).Select(match => match.Length)];
            Assert.Equal((runs.DefaultIfEmpty(0).Max(), (long)runs.Sum()), CodeEncoded.Measure(text));
        });
    }

    [Fact]
    public void CodeEncoded_Files_GiveTheReason()
    {
        string base64 = string.Concat(Enumerable.Repeat("QUJD", 100));
        Assert.Equal("code_too_much_encoded", new CodeEncoded().Judge(Golden.Document($"x = \"{base64}\";")).Reason);
        Assert.Equal("code_encoded_run_too_long", new CodeEncoded(maxRun: 399).Judge(Golden.Document($"x = \"{base64}\";")).Reason);
        Assert.True(new CodeEncoded().Judge(Golden.Document($"x = \"{base64}\"; {string.Concat(Enumerable.Repeat("y = z + 1; ", 60))}")).IsKept);
    }

    // Counts marks from the first opening one on.
    private static void AssertNested(string text, CommentSyntax syntax)
    {
        var expected = new List<Slice>();
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                for (at++; at < text.Length && text[at] != '"'; at++)
                    at += text[at] == '\\' ? 1 : 0;
                continue;
            }
            if (!text.AsSpan(at).StartsWith("(*"))
                continue;
            int start = at, depth = 1;
            for (at += 2; at < text.Length && depth > 0;)
            {
                int step = text.AsSpan(at).StartsWith("(*") ? 1 : text.AsSpan(at).StartsWith("*)") ? -1 : 0;
                depth += step;
                at += step == 0 ? 1 : 2;
            }
            expected.Add(new Slice(start, Math.Min(at, text.Length) - start));
            at--;
        }
        Assert.Equal(expected, Comments(text, syntax));
    }

    private static List<Slice> Comments(string text, CommentSyntax syntax)
    {
        var found = new List<Slice>();
        var scanner = new CommentScanner(text, syntax);
        while (scanner.MoveNext())
            found.Add(scanner.Current);
        return found;
    }
}
