using System.Text;

namespace DataPipeline.Core.Unicode;

/// <summary>Combining classes, decompositions and compositions of Unicode 14.0.0, read once from normalization.bin (make_normalization.py wrote it).</summary>
internal sealed class NormalizationTable
{
    public static readonly NormalizationTable Instance = new();

    private readonly byte[] _bmpFlags = new byte[0x10000], _bmpClasses = new byte[0x10000];
    private readonly Dictionary<int, byte> _astralFlags = [], _astralClasses = [];
    private readonly Dictionary<int, int[]> _canonical = [], _compatibility = [];
    private readonly Dictionary<ulong, int> _compositions = [];

    private NormalizationTable()
    {
        using Stream stream = typeof(NormalizationTable).Assembly.GetManifestResourceStream("normalization.bin")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        int at = 0;
        int versionLength = Next();
        Version = Encoding.ASCII.GetString(bytes, at, versionLength);
        at += versionLength;
        for (int i = Next(), end = 0; i > 0; i--)
        {
            int start = end + Next(), length = Next(), combiningClass = Next();
            for (int c = start; c < start + length; c++)
                SetClass(c, (byte)combiningClass);
            end = start + length;
        }
        ReadDecompositions(_canonical);
        ReadDecompositions(_compatibility);
        var composites = new HashSet<int>();
        for (int i = Next(); i > 0; i--)
        {
            int first = Next(), second = Next(), composite = Next();
            _compositions[Pair(first, second)] = composite;
            composites.Add(composite);
            // A second part may combine with what stands before it.
            AddFlags(second, FlagOf(UnicodeForm.Nfc) | FlagOf(UnicodeForm.Nfkc));
        }
        foreach (int c in _canonical.Keys)
        {
            AddFlags(c, FlagOf(UnicodeForm.Nfd) | FlagOf(UnicodeForm.Nfkd));
            if (!composites.Contains(c))
                AddFlags(c, FlagOf(UnicodeForm.Nfc) | FlagOf(UnicodeForm.Nfkc));
        }
        foreach (int c in _compatibility.Keys)
            AddFlags(c, FlagOf(UnicodeForm.Nfkc) | FlagOf(UnicodeForm.Nfkd));
        for (int c = Hangul.SyllableBase; c < Hangul.SyllableBase + Hangul.SyllableCount; c++)
            AddFlags(c, FlagOf(UnicodeForm.Nfd) | FlagOf(UnicodeForm.Nfkd));
        for (int c = Hangul.VowelBase; c < Hangul.VowelBase + Hangul.VowelCount; c++)
            AddFlags(c, FlagOf(UnicodeForm.Nfc) | FlagOf(UnicodeForm.Nfkc));
        for (int c = Hangul.TrailBase + 1; c < Hangul.TrailBase + Hangul.TrailCount; c++)
            AddFlags(c, FlagOf(UnicodeForm.Nfc) | FlagOf(UnicodeForm.Nfkc));

        int Next()
        {
            int value = 0, shift = 0;
            for (; bytes[at] >= 0x80; shift += 7)
                value |= (bytes[at++] & 0x7F) << shift;
            return value | (bytes[at++] << shift);
        }

        void ReadDecompositions(Dictionary<int, int[]> into)
        {
            for (int i = Next(), c = 0; i > 0; i--)
            {
                c += Next();
                var parts = new int[Next()];
                for (int k = 0; k < parts.Length; k++)
                    parts[k] = Next();
                into[c] = parts;
            }
        }
    }

    /// <summary>The Unicode version of the table.</summary>
    public string Version { get; }

    /// <summary>One flag a character: zero for a form means that the character stays as it is in that form and begins something new.</summary>
    public ReadOnlySpan<byte> BmpFlags => _bmpFlags;

    public static int FlagOf(UnicodeForm form) => 1 << (int)form;

    public int Flags(int c) => c < 0x10000 ? _bmpFlags[c] : _astralFlags.GetValueOrDefault(c);

    public byte CombiningClass(int c) => c < 0x10000 ? _bmpClasses[c] : _astralClasses.GetValueOrDefault(c);

    /// <summary>The full decomposition, or null where the character is its own; Hangul syllables are left to the caller.</summary>
    public int[]? Decomposition(int c, bool compatibility) =>
        compatibility && _compatibility.TryGetValue(c, out int[]? parts) || _canonical.TryGetValue(c, out parts) ? parts : null;

    public bool TryCompose(int first, int second, out int composite) =>
        Hangul.TryCompose(first, second, out composite) || _compositions.TryGetValue(Pair(first, second), out composite);

    private static ulong Pair(int first, int second) => ((ulong)first << 32) | (uint)second;

    private void SetClass(int c, byte combiningClass)
    {
        if (c < 0x10000)
            _bmpClasses[c] = combiningClass;
        else
            _astralClasses[c] = combiningClass;
        AddFlags(c, 0xF);
    }

    private void AddFlags(int c, int flags)
    {
        if (c < 0x10000)
            _bmpFlags[c] |= (byte)flags;
        else
            _astralFlags[c] = (byte)(_astralFlags.GetValueOrDefault(c) | flags);
    }
}

/// <summary>The arithmetic of Hangul syllables (Unicode Standard, section 3.12).</summary>
internal static class Hangul
{
    public const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    public const int LeadCount = 19, VowelCount = 21, TrailCount = 28, SyllableCount = LeadCount * VowelCount * TrailCount;

    public static bool IsSyllable(int c) => (uint)(c - SyllableBase) < SyllableCount;

    public static bool TryCompose(int first, int second, out int syllable)
    {
        syllable = 0;
        if ((uint)(first - LeadBase) < LeadCount && (uint)(second - VowelBase) < VowelCount)
            syllable = SyllableBase + ((first - LeadBase) * VowelCount + second - VowelBase) * TrailCount;
        else if (IsSyllable(first) && (first - SyllableBase) % TrailCount == 0 && (uint)(second - TrailBase - 1) < TrailCount - 1)
            syllable = first + second - TrailBase;
        return syllable != 0;
    }
}
