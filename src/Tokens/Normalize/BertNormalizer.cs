namespace DataPipeline.Tokens.Normalize;

/// <summary>BERT's own normalization (Devlin 2018): controls go, white space becomes one kind, ideographs stand apart, accents and capitals go.</summary>
/// <remarks>No step looks across an ASCII character, so without places stretches of ASCII go through a table and only what is between them through the steps.</remarks>
internal sealed class BertNormalizer : Normalizer
{
    private const byte Gone = 0xFF;

    private readonly List<Normalizer> _steps = [];
    private readonly byte[] _ascii = new byte[128];

    [ThreadStatic]
    private static NormalizedText? _between;


    /// <param name="cleanText">Takes controls away and makes every white space a space.</param>
    /// <param name="chineseCharacters">Puts spaces around CJK ideographs.</param>
    /// <param name="stripAccents">Decomposes and takes nonspacing marks away; null: as <paramref name="lowercase"/>.</param>
    /// <param name="lowercase">Lower case.</param>
    public BertNormalizer(bool cleanText, bool chineseCharacters, bool? stripAccents, bool lowercase)
    {
        if (cleanText)
            _steps.Add(new Cleaner());
        if (chineseCharacters)
            _steps.Add(new IdeographSpacer());
        if (stripAccents ?? lowercase)
        {
            _steps.Add(new FormNormalizer(Core.Unicode.UnicodeForm.Nfd));
            _steps.Add(new NonspacingStripper());
        }
        if (lowercase)
            _steps.Add(new LowercaseNormalizer());
        NormalizedText one = new();
        for (byte value = 0; value < 128; value++)
        {
            one.Load([value], 0, tracked: false);
            ApplySteps(one);
            _ascii[value] = one.Length == 0 ? Gone : one.Bytes[0];
        }
    }

    public override void Apply(NormalizedText text)
    {
        if (text.Tracked)
        {
            ApplySteps(text);
            return;
        }
        ReadOnlySpan<byte> bytes = text.Bytes;
        NormalizedText between = _between ??= new NormalizedText();
        for (int at = 0; at < bytes.Length;)
        {
            int ascii = bytes[at..].IndexOfAnyExceptInRange((byte)0, (byte)0x7F), end = ascii < 0 ? bytes.Length : at + ascii;
            text.Map(at, end, _ascii, Gone);
            if (end == bytes.Length)
                break;
            int other = bytes[end..].IndexOfAnyInRange((byte)0, (byte)0x7F);
            at = other < 0 ? bytes.Length : end + other;
            between.Load(bytes[end..at], 0, tracked: false);
            ApplySteps(between);
            text.Replace(between.Bytes, end);
        }
        text.Commit();
        between.Trim();
    }

    private void ApplySteps(NormalizedText text)
    {
        foreach (Normalizer step in _steps)
            step.Apply(text);
    }

    private sealed class Cleaner : CharacterNormalizer
    {
        protected override int Map(int point)
        {
            if (point is >= ' ' and < 0x7F)
                return point;
            if (point is '\t' or '\n' or '\r')
                return ' ';
            return point is 0 or 0xFFFD || UnicodeVersions.IsBertControl(point) ? Removed
                : Patterns.UnicodeProperties.Space.Contains(point) ? ' ' : point;
        }
    }

    private sealed class NonspacingStripper : CharacterNormalizer
    {
        protected override int Map(int point) => UnicodeVersions.IsBertNonspacing(point) ? Removed : point;
    }

    private sealed class IdeographSpacer : Normalizer
    {
        public override void Apply(NormalizedText text)
        {
            ReadOnlySpan<byte> bytes = text.Bytes;
            int kept = 0;
            for (int at = 0; at < bytes.Length;)
            {
                int point = Patterns.Utf8Point.At(bytes, at, out int length);
                if (IsIdeograph(point))
                {
                    text.Keep(kept, at);
                    text.Replace(" "u8, at);
                    text.Keep(at, at + length);
                    text.Insert(" "u8, at + length);
                    kept = at + length;
                }
                at += length;
            }
            if (kept == 0)
                return;
            text.Keep(kept, bytes.Length);
            text.Commit();
        }

        // Extension D and the start of E are missing in the reference, so they are missing here.
        private static bool IsIdeograph(int point) => point is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
            or (>= 0x2A700 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
    }
}
