using System.Text;

namespace DataPipeline.Core.Urls;

/// <summary>Labels of international hosts in ASCII (RFC 3492). .NET's IdnMapping asks the machine's ICU where there is one, so its answer may depend on the machine.</summary>
internal static class Punycode
{
    private const int Base = 36, Min = 1, Max = 26, Skew = 38, Damp = 700, FirstBias = 72, FirstCode = 0x80, LongestLabel = 255;

    /// <summary>Appends a label: as it stands when it is ASCII, else <c>xn--</c> and its Punycode.</summary>
    public static void AppendLabel(StringBuilder ascii, string label)
    {
        if (System.Text.Ascii.IsValid(label) || label.Length > LongestLabel)
        {
            ascii.Append(label);
            return;
        }
        int[] codes = [.. label.EnumerateRunes().Select(rune => rune.Value)];
        ascii.Append("xn--");
        int basic = 0;
        foreach (int code in codes)
        {
            if (code >= FirstCode)
                continue;
            ascii.Append((char)code);
            basic++;
        }
        if (basic > 0)
            ascii.Append('-');
        int next = FirstCode, delta = 0, bias = FirstBias;
        for (int done = basic; done < codes.Length; next++, delta++)
        {
            int least = codes.Where(code => code >= next).Min();
            delta += (least - next) * (done + 1);
            next = least;
            foreach (int code in codes)
            {
                if (code < next)
                    delta++;
                if (code != next)
                    continue;
                AppendNumber(ascii, delta, bias);
                bias = Adapt(delta, done + 1, done == basic);
                delta = 0;
                done++;
            }
        }
    }

    private static void AppendNumber(StringBuilder ascii, int number, int bias)
    {
        for (int k = Base; ; k += Base)
        {
            int threshold = Math.Clamp(k - bias, Min, Max);
            if (number < threshold)
                break;
            ascii.Append(Digit(threshold + (number - threshold) % (Base - threshold)));
            number = (number - threshold) / (Base - threshold);
        }
        ascii.Append(Digit(number));
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);

    private static int Adapt(int delta, int points, bool first)
    {
        delta = first ? delta / Damp : delta / 2;
        delta += delta / points;
        int k = 0;
        for (; delta > (Base - Min) * Max / 2; k += Base)
            delta /= Base - Min;
        return k + (Base - Min + 1) * delta / (delta + Skew);
    }
}
