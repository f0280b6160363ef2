namespace DataPipeline.Filters;

/// <summary>Reads a number written in groups: <c>4111 1111 1111 1111</c>, <c>+46 (0)8 928 571</c>. Digits and separators may be full-width.</summary>
internal static class DigitGroups
{
    /// <summary>Most groups and most digits that are read; a longer number is no value of any kind.</summary>
    public const int Most = 9, MostDigits = 24;

    /// <summary>Reads groups with one separator between them, and returns how many there are: 0 for a run of too many digits.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Place of the first digit.</param>
    /// <param name="digits">Takes the digits' values.</param>
    /// <param name="groups">Takes the groups.</param>
    /// <param name="separators">What may stand between groups, as ASCII; with <c>(</c> a group may stand in brackets.</param>
    /// <param name="isOpen">True when a bracket stands open before the first digit.</param>
    public static int Read(ReadOnlySpan<char> text, int start, Span<byte> digits, Span<DigitGroup> groups, ReadOnlySpan<char> separators, bool isOpen = false)
    {
        int count = 0, total = 0, at = start;
        bool brackets = separators.Contains('(');
        char before = isOpen ? '(' : '\0';
        while (count < groups.Length)
        {
            int first = at;
            for (; PiiText.IsDigit(text, at); at++)
            {
                if (total == digits.Length)
                    return count;
                digits[total++] = (byte)(PiiText.At(text, at) - '0');
            }
            if (at == first)
                break;
            // A bracket that is not closed behind its group ends the number before it.
            if (isOpen && PiiText.At(text, at) != ')')
                break;
            at += isOpen ? 1 : 0;
            groups[count++] = new DigitGroup(first, at, at - first - (isOpen ? 1 : 0), total, before);
            before = PiiText.At(text, at);
            if (before != '\0' && separators.Contains(before) && before != '(')
                at++;
            else if (isOpen)
                before = ')';
            else if (before != '(')
                break;
            isOpen = brackets && PiiText.At(text, at) == '(';
            if (isOpen)
                (before, at) = ('(', at + 1);
            if (!PiiText.IsDigit(text, at))
                break;
        }
        return count;
    }
}

/// <summary>A group of digits within a number.</summary>
/// <param name="Start">Place of its first digit.</param>
/// <param name="End">Place behind its last digit, or behind the bracket that closes it.</param>
/// <param name="Length">Number of its digits.</param>
/// <param name="DigitsSoFar">Number of digits up to its end.</param>
/// <param name="Before">What parts it from the group before, as ASCII: <c>(</c> when it stands in brackets.</param>
internal readonly record struct DigitGroup(int Start, int End, int Length, int DigitsSoFar, char Before);
