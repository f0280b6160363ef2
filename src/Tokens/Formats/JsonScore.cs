using System.Text.Json;

namespace DataPipeline.Tokens.Formats;

/// <summary>A number of a tokenizer.json as Hugging Face tokenizers reads it: all digits as one whole number, divided by a power of ten.</summary>
/// <remarks>That rounds twice, so the result may be off by the last bit, and of two ways to cut a text whose scores are equal the last bit decides.</remarks>
internal static class JsonScore
{
    public static double Read(JsonElement number)
    {
        ReadOnlySpan<char> text = number.GetRawText();
        bool negative = text[0] == '-';
        ulong digits = 0;
        int exponent = 0, at = negative ? 1 : 0;
        bool point = false, full = false;
        for (; at < text.Length && text[at] is not ('e' or 'E'); at++)
        {
            if (text[at] == '.')
            {
                point = true;
                full = full && digits == 0;
                continue;
            }
            uint digit = (uint)(text[at] - '0');
            // Digits that no longer fit are left out.
            if (full || digits > (ulong.MaxValue - digit) / 10)
            {
                full = true;
                exponent += point ? 0 : 1;
                continue;
            }
            digits = digits * 10 + digit;
            exponent -= point ? 1 : 0;
        }
        if (at < text.Length)
            exponent += int.TryParse(text[(at + 1)..], out int given) ? Math.Clamp(given, -100_000, 100_000) : 0;
        double value = digits;
        for (; exponent < -308 && value != 0; exponent += 308)
            value /= 1e308;
        value = exponent >= 0 ? value * Power(Math.Min(exponent, 308)) : value / Power(Math.Min(-exponent, 308));
        return negative ? -value : value;
    }

    private static double Power(int exponent) => double.Parse($"1e{exponent}", System.Globalization.CultureInfo.InvariantCulture);
}
