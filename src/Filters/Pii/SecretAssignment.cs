using System.Buffers;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>What a program or a file of settings assigns to a secret's name: <c>api_key = "..."</c>, <c>"password": "..."</c>, <c>密码：...</c>. The value must look as
/// if drawn by chance: letters and digits, and many different ones for its length.</summary>
internal static class SecretAssignment
{
    private const int LongestName = 40, ShortestKey = 16, ShortestPassword = 8, LongestValue = 300;

    // Bits a character, by the counts within the value itself: words repeat letters, chance hardly does.
    private const double KeyEntropy = 3.0, PasswordEntropy = 2.5;

    private static readonly string[] KeyNames = ["apikey", "secret", "token", "accesskey", "privatekey", "authkey", "secretkey", "accountkey", "signingkey", "encryptionkey", "密钥", "密鑰", "令牌"];
    private static readonly string[] PasswordNames = ["password", "passwd", "passphrase", "pwd", "passwort", "密码", "密碼", "口令"];

    // Most names before a colon are ruled out by their last character.
    private static readonly SearchValues<char> LastOfNames = SearchValues.Create([.. KeyNames.Concat(PasswordNames).SelectMany(name => new[] { name[^1], char.ToUpperInvariant(name[^1]) })]);

    private static readonly SearchValues<char> ValueCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.~!@#$%^&*");

    /// <summary>The value behind a colon or an equals sign, or an empty slice.</summary>
    public static Slice Match(ReadOnlySpan<char> text, int sign, int floor)
    {
        bool? password = NameBefore(text, sign, floor);
        if (password is null)
            return default;
        int start = sign + 1;
        // => of Ruby and PHP, := of Go, == of a test.
        while (PiiText.At(text, start) is '=' or '>' && start - sign <= 2)
            start++;
        while (PiiText.At(text, start) is ' ' or '\t' && start - sign < 12)
            start++;
        if (PiiText.At(text, start) is '"' or '\'' or '`')
            start++;
        ReadOnlySpan<char> rest = text[start..Math.Min(text.Length, start + LongestValue + 1)];
        int length = rest.IndexOfAnyExcept(ValueCharacters);
        length = length < 0 ? rest.Length : length;
        // A point or a comma behind the value ends the sentence.
        while (length > 0 && rest[length - 1] is '.' or '!' && PiiText.At(rest, length) is not ('"' or '\'' or '`'))
            length--;
        ReadOnlySpan<char> value = rest[..length];
        // f(x), a[0], ${name} and {{name}} are programs, not values.
        bool program = PiiText.At(rest, length) is '(' or '[' or '{' or '<' || value.StartsWith("$");
        return !program && length <= LongestValue && (password.Value ? IsPassword(value) : IsKey(value)) ? new Slice(start, length) : default;
    }

    // True for a password's name, false for a key's, null for any other.
    private static bool? NameBefore(ReadOnlySpan<char> text, int sign, int floor)
    {
        int end = sign;
        while (end > floor && sign - end < 4 && text[end - 1] is ' ' or '"' or '\'' or ':' or ']')
            end--;
        if (end == floor || !LastOfNames.Contains(text[end - 1]))
            return null;
        Span<char> name = stackalloc char[LongestName];
        int length = 0;
        for (int at = end; at > floor && length < LongestName; at--)
        {
            char c = text[at - 1];
            if (c is '_' or '-')
                continue;
            if (!char.IsAsciiLetterOrDigit(c) && c < '\u3000')
                break;
            name[^++length] = char.ToLowerInvariant(c);
        }
        ReadOnlySpan<char> whole = name[^length..];
        return EndsWithAny(whole, PasswordNames) ? true : EndsWithAny(whole, KeyNames) ? false : null;
    }

    private static bool EndsWithAny(ReadOnlySpan<char> name, string[] ends)
    {
        foreach (string end in ends)
        {
            if (name.EndsWith(end))
                return true;
        }
        return false;
    }

    private static bool IsKey(ReadOnlySpan<char> value) =>
        value.Length >= ShortestKey && Classes(value) is { Letters: true, Digits: true } && !value.Contains("://", StringComparison.Ordinal) && Entropy(value) >= KeyEntropy;

    private static bool IsPassword(ReadOnlySpan<char> value) =>
        value.Length >= ShortestPassword && Classes(value) is { Letters: true, Digits: true } && Entropy(value) >= PasswordEntropy;

    private static (bool Letters, bool Digits) Classes(ReadOnlySpan<char> value)
    {
        (bool letters, bool digits) = (false, false);
        foreach (char c in value)
        {
            letters |= char.IsAsciiLetter(c);
            digits |= char.IsAsciiDigit(c);
        }
        return (letters, digits);
    }

    /// <summary>Shannon's entropy of a value's own characters, in bits a character.</summary>
    internal static double Entropy(ReadOnlySpan<char> value)
    {
        Span<byte> sorted = stackalloc byte[LongestValue];
        sorted = sorted[..value.Length];
        for (int i = 0; i < value.Length; i++)
            sorted[i] = (byte)value[i];
        sorted.Sort();
        double bits = 0;
        for (int i = 0, end; i < sorted.Length; i = end)
        {
            end = i + 1;
            while (end < sorted.Length && sorted[end] == sorted[i])
                end++;
            double share = (end - i) / (double)sorted.Length;
            bits -= share * Math.Log2(share);
        }
        return bits;
    }
}
