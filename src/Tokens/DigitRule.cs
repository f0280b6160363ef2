namespace DataPipeline.Tokens;

/// <summary>How numbers (Unicode's N: digits of all scripts, and such as U+2167 or U+00BD) are cut before the split pattern sees the text.</summary>
public enum DigitRule
{
    /// <summary>As the pattern has it.</summary>
    Pattern,
    /// <summary>Each is a piece of its own.</summary>
    Single,
    /// <summary>Groups of three from the left, the last of what is left, each a piece of its own.</summary>
    Triples,
}

/// <summary>How white space is cut before the split pattern sees the text.</summary>
public enum WhitespaceRule
{
    /// <summary>As the pattern has it.</summary>
    Pattern,
    /// <summary>Each character is a piece of its own, and so no word begins with a space.</summary>
    Single,
    /// <summary>Runs of CR and LF, and runs of other white space, are pieces of their own, and so no word begins with a space.</summary>
    Runs,
    /// <summary>Each line end (CR LF, LF or CR) is a piece of its own; other white space is as the pattern has it.</summary>
    Newlines,
}
