using System.Buffers;
using System.Text;

namespace DataPipeline.Core;

/// <summary>Names the licence of a text by a few words that only it holds, as SPDX identifiers (https://spdx.org/licenses).</summary>
/// <remarks>Licences are compared without case, punctuation, comment marks and line ends, so that a header of a source file reads like the licence itself.</remarks>
public static class LicenseText
{
    private const int TitleCharacters = 400, HeadCharacters = 16_384, BeforeHit = 400, BehindHit = 4_000;
    private const string SpdxTag = "SPDX-License-Identifier:";

    private static readonly SearchValues<string> Hints = SearchValues.Create(["licen", "copyright", "permission", "redistribution", "public domain", "copyleft"], StringComparison.OrdinalIgnoreCase);

    private static readonly HashSet<string> Permissive = new(StringComparer.OrdinalIgnoreCase)
    {
        "0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD", "BSD-1-Clause", "BSD-2-Clause", "BSD-2-Clause-Patent", "BSD-3-Clause", "BSD-3-Clause-Clear", "BSD-4-Clause", "BSD-Source-Code", "BSL-1.0", "CC0-1.0", "FTL", "HPND",
        "ICU", "ISC", "Libpng", "MIT", "MIT-0", "MIT-CMU", "MS-PL", "MulanPSL-2.0", "NCSA", "OFL-1.1", "OpenSSL", "PHP-3.01", "PostgreSQL", "PSF-2.0", "Python-2.0", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "UPL-1.0",
        "W3C", "WTFPL", "X11", "Zlib", "ZPL-2.1",
    };

    /// <summary>The licence that a licence file states; null when it is none of the known ones.</summary>
    public static string? OfLicense(string text)
    {
        string simple = Simplify(text);
        string title = simple[..Math.Min(simple.Length, TitleCharacters)];
        if (Has(title, "gnu affero general public license"))
            return "AGPL-3.0";
        if (Has(title, "gnu lesser general public license"))
            return Has(title, "version 2.1") ? "LGPL-2.1" : "LGPL-3.0";
        if (Has(title, "gnu general public license"))
            return Has(title, "version 2") ? "GPL-2.0" : "GPL-3.0";
        if (Has(title, "apache license") && Has(simple, "version 2.0"))
            return "Apache-2.0";
        if (Has(title, "mozilla public license"))
            return Has(simple, "2.0") ? "MPL-2.0" : "MPL-1.1";
        if (ByGrant(simple) is { } license)
            return license;
        if (Has(simple, "boost software license"))
            return "BSL-1.0";
        if (Has(title, "eclipse public license"))
            return "EPL-2.0";
        return Has(title, "cc0 1.0") ? "CC0-1.0" : null;
    }

    /// <summary>The licence that a source file states: an SPDX tag, a notice or the licence's own text in its first 16,384 characters; null where it states none.</summary>
    public static string? OfSource(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> head = text[..Math.Min(text.Length, HeadCharacters)];
        int hit = head.IndexOfAny(Hints);
        if (hit < 0)
            return null;
        int tag = head.IndexOf(SpdxTag, StringComparison.OrdinalIgnoreCase);
        if (tag >= 0 && Expression(head[(tag + SpdxTag.Length)..]) is { Length: > 0 } expression)
            return expression;
        int start = Math.Max(0, hit - BeforeHit);
        string simple = Simplify(head[start..Math.Min(head.Length, hit + BehindHit)]);
        return ByNotice(simple) ?? ByGrant(simple) ?? ByName(simple);
    }

    /// <summary>True when an SPDX expression allows use without copyleft: one side of an <c>OR</c> is enough, both of an <c>AND</c> have to.</summary>
    public static bool IsPermissive(string expression)
    {
        string[] words = expression.Replace("(", " ( ", StringComparison.Ordinal).Replace(")", " ) ", StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int at = 0;
        return Either(words, ref at);
    }

    // Notices of source files, which name the licence and say where its text is. The GPL's say "version 2 ... or any later version".
    private static string? ByNotice(string simple)
    {
        if (Has(simple, "affero general public license"))
            return "AGPL-3.0" + Later(simple);
        if (Has(simple, "lesser general public license") || Has(simple, "library general public license") || Has(simple, "gnu lgpl"))
            return (Has(simple, "version 3") ? "LGPL-3.0" : Has(simple, "library general") ? "LGPL-2.0" : "LGPL-2.1") + Later(simple);
        if (Has(simple, "general public license") || Has(simple, "gnu gpl") || Has(simple, "under the gpl") || Has(simple, "gpl v2") || Has(simple, "gplv2") || Has(simple, "gplv3"))
            return (Has(simple, "version 3") || Has(simple, "gplv3") ? "GPL-3.0" : "GPL-2.0") + Later(simple);
        if (Has(simple, "apache license version 2.0") || Has(simple, "apache.org licenses license 2.0") || Has(simple, "apache license 2.0"))
            return "Apache-2.0";
        if (Has(simple, "mozilla public license"))
            return Has(simple, "license v. 2.0") || Has(simple, "license v 2.0") || Has(simple, "license version 2.0") || Has(simple, "mpl 2.0") ? "MPL-2.0" : "MPL-1.1";
        if (Has(simple, "eclipse public license"))
            return Has(simple, "2.0") ? "EPL-2.0" : "EPL-1.0";
        if (Has(simple, "common development and distribution license"))
            return Has(simple, "1.1") ? "CDDL-1.1" : "CDDL-1.0";
        if (Has(simple, "boost software license"))
            return "BSL-1.0";
        return Has(simple, "creative commons zero") || Has(simple, "cc0 1.0") || Has(simple, "publicdomain zero 1.0") ? "CC0-1.0" : null;
    }

    // The sentences by which the short licences grant their rights.
    private static string? ByGrant(string simple)
    {
        if (Has(simple, "free and unencumbered software released into the public domain"))
            return "Unlicense";
        if (Has(simple, "permission is hereby granted free of charge to any person obtaining a copy"))
            return Has(simple, "above copyright notice and this permission notice shall be included") || Has(simple, "above copyright notice and this permission notice including the next paragraph") ? "MIT" : "MIT-0";
        if (Has(simple, "permission to use copy modify and or distribute this software for any purpose") || Has(simple, "permission to use copy modify and distribute this software for any purpose"))
            return Has(simple, "provided that the above copyright notice") ? "ISC" : "0BSD";
        if (Has(simple, "redistribution and use in source and binary forms"))
            return Has(simple, "all advertising materials") ? "BSD-4-Clause" : Has(simple, "endorse or promote products") ? "BSD-3-Clause" : "BSD-2-Clause";
        return Has(simple, "provided as is without any express or implied warranty") && Has(simple, "altered source versions must be plainly marked") ? "Zlib" : null;
    }

    private static string? ByName(string simple)
    {
        if (Has(simple, "mit license") || Has(simple, "mit licence") || Has(simple, "license mit") || Has(simple, "mit x11 license"))
            return "MIT";
        if (Has(simple, "3 clause bsd") || Has(simple, "bsd 3 clause") || Has(simple, "new bsd license") || Has(simple, "modified bsd license") || Has(simple, "bsd style license"))
            return "BSD-3-Clause";
        if (Has(simple, "2 clause bsd") || Has(simple, "bsd 2 clause") || Has(simple, "simplified bsd license"))
            return "BSD-2-Clause";
        if (Has(simple, "bsd license") || Has(simple, "license bsd"))
            return "BSD";
        if (Has(simple, "isc license") || Has(simple, "license isc"))
            return "ISC";
        if (Has(simple, "psf license agreement") || Has(simple, "python software foundation license") || Has(simple, "licensed to psf"))
            return "PSF-2.0";
        if (Has(simple, "the unlicense") || Has(simple, "unlicense.org"))
            return "Unlicense";
        return Has(simple, "zlib license") ? "Zlib" : null;
    }

    private static string Later(string simple) => Has(simple, "any later version") || Has(simple, "or later") || Has(simple, "or newer") ? "-or-later" : "-only";

    private static bool Has(string text, string words) => text.Contains(words, StringComparison.Ordinal);

    private static string Expression(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAny("\r\n");
        text = (end < 0 ? text : text[..end]).Trim();
        int length = text.IndexOfAnyExcept(ExpressionCharacters);
        text = (length < 0 ? text : text[..length]).TrimEnd(" -");
        // A line that goes on behind the expression is cut at the first word that joins nothing.
        string[] words = text.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int taken = 0;
        while (taken < words.Length && (taken == 0 || IsJoint(words[taken]) || IsJoint(words[taken - 1]) || words[taken][0] is '(' or ')' || words[taken - 1] == "("))
            taken++;
        return string.Join(' ', words[..taken]);
    }

    private static readonly SearchValues<char> ExpressionCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-+() ");

    private static bool IsJoint(string word) => word is "OR" or "AND" or "WITH" or "or" or "and" or "with";

    private static bool Either(string[] words, ref int at)
    {
        bool allowed = Both(words, ref at);
        while (at < words.Length && words[at].Equals("or", StringComparison.OrdinalIgnoreCase))
        {
            at++;
            allowed |= Both(words, ref at);
        }
        return allowed;
    }

    private static bool Both(string[] words, ref int at)
    {
        bool allowed = One(words, ref at);
        while (at < words.Length && words[at].Equals("and", StringComparison.OrdinalIgnoreCase))
        {
            at++;
            allowed &= One(words, ref at);
        }
        return allowed;
    }

    private static bool One(string[] words, ref int at)
    {
        if (at >= words.Length)
            return false;
        bool allowed;
        if (words[at] == "(")
        {
            at++;
            allowed = Either(words, ref at);
            at++;
        }
        else
        {
            allowed = Permissive.Contains(words[at++].TrimEnd('+'));
        }
        // An exception only ever allows more.
        if (at + 1 < words.Length && words[at].Equals("with", StringComparison.OrdinalIgnoreCase))
            at += 2;
        return allowed;
    }

    /// <summary>Small letters, digits and dots inside numbers; everything else is one space.</summary>
    private static string Simplify(ReadOnlySpan<char> text)
    {
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool point = c == '.' && i > 0 && i + 1 < text.Length && char.IsAsciiLetterOrDigit(text[i - 1]) && char.IsAsciiLetterOrDigit(text[i + 1]);
            if (char.IsLetterOrDigit(c) || point)
                result.Append(char.ToLowerInvariant(c));
            else if (result.Length > 0 && result[^1] != ' ')
                result.Append(' ');
        }
        return result.ToString();
    }
}
