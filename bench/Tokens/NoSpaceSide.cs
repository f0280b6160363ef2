using System.Diagnostics;
using System.Globalization;
using DataPipeline.Tokens;

namespace DataPipeline.Bench.Tokens;

/// <summary>Our encoding of one document without any white space. Arguments: tokenizer file, kind, bytes, and for the kinds that are made from real text a file of it.</summary>
internal sealed class NoSpaceSide : Side
{
    /// <summary>What such documents are made of.</summary>
    public static readonly string[] Kinds = ["one letter", "small letters", "letters of both cases", "letters and digits", EnglishLetters, CodeWithoutSpace, "Chinese characters", "emoji", "emoji run", "mixed scripts", "any bytes"];

    /// <summary>The letters of English texts, which is one piece.</summary>
    public const string EnglishLetters = "English, letters only";

    /// <summary>Code from which all white space is taken.</summary>
    public const string CodeWithoutSpace = "code without white space";

    private readonly IdBuffer _ids = new();
    private Tokenizer _tokenizer = null!;
    private byte[] _text = [];

    public override void Prepare(string[] arguments)
    {
        _tokenizer = Tokenizer.Load(arguments[0]);
        int bytes = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        _text = arguments[1] switch
        {
            EnglishLetters => Repeat(File.ReadAllBytes(arguments[3]), bytes, char.IsAsciiLetter),
            CodeWithoutSpace => Repeat(File.ReadAllBytes(arguments[3]), bytes, value => value > ' '),
            var kind => Make(kind, bytes),
        };
    }

    public override Outcome Run()
    {
        _ids.Clear();
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        _tokenizer.Encode(_text, _ids);
        double seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        return new Outcome(null, new Dictionary<string, double> { ["tokens"] = _ids.Count, ["MB a second of CPU"] = _text.Length / 1e6 / seconds });
    }

    /// <summary>The bytes of a text that are to be kept, over and over.</summary>
    private static byte[] Repeat(byte[] source, int bytes, Func<char, bool> keep)
    {
        byte[] kept = [.. source.Where(value => keep((char)value))];
        byte[] text = new byte[bytes];
        for (int at = 0; at < bytes; at += kept.Length)
            kept.AsSpan(0, Math.Min(kept.Length, bytes - at)).CopyTo(text.AsSpan(at));
        return text;
    }

    private static byte[] Make(string kind, int bytes)
    {
        byte[] text = new byte[bytes];
        ulong state = 7;
        for (int at = 0, script = 0, left = 0; at < bytes;)
        {
            if (left-- == 0)
                (script, left) = (Next(5), Next(40));
            switch (kind)
            {
                case "one letter":
                    text[at++] = (byte)'a';
                    break;
                case "any bytes":
                    text[at++] = (byte)Next(256);
                    break;
                default:
                    System.Text.Rune rune = new(kind switch
                    {
                        "small letters" => 'a' + Next(26),
                        "letters of both cases" => (Next(2) == 0 ? 'a' : 'A') + Next(26),
                        "Chinese characters" => 0x4E00 + Next(0x5200),
                        "letters and digits" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[Next(62)],
                        "emoji" => 0x1F300 + Next(0x300),
                        "emoji run" => 0x1F600,
                        _ => script switch { 0 => 'a' + Next(26), 1 => 0x430 + Next(32), 2 => 0x4E00 + Next(0x2000), 3 => 0xAC00 + Next(0x2BA4), _ => 0x10400 + Next(80) },
                    });
                    at = rune.Utf8SequenceLength <= bytes - at ? at + rune.EncodeToUtf8(text.AsSpan(at)) : bytes;
                    break;
            }
        }
        return text;

        int Next(int below)
        {
            state = (state * 6364136223846793005UL) + 1442695040888963407UL;
            return (int)((state >> 33) % (ulong)below);
        }
    }
}
