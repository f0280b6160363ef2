using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using DataPipeline.Tokens;

namespace DataPipeline.Bench.Tokens;

/// <summary>Our encoding of documents that are .NET strings. Arguments: tokenizer file, JSON lines, threads.</summary>
internal sealed class EncodingSide : Side
{
    private Tokenizer _tokenizer = null!;
    private string[] _texts = [];
    private int[][] _expected = [];
    private Outcome _outcome = new();
    private int _threads;

    public override void Prepare(string[] arguments)
    {
        _tokenizer = Tokenizer.Load(arguments[0]);
        _texts = [.. File.ReadLines(arguments[1]).Select(TextOf)];
        _threads = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        _expected = _tokenizer.EncodeBatch(_texts, threads: 1);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long tokens = 0;
        foreach (int[] ids in _expected)
        {
            hash.AppendData(BitConverter.GetBytes(ids.Length));
            hash.AppendData(MemoryMarshal.AsBytes<int>(ids));
            tokens += ids.Length;
        }
        _outcome = new Outcome(Convert.ToHexStringLower(hash.GetHashAndReset())[..16], new Dictionary<string, double> { ["tokens"] = tokens });
    }

    /// <summary>The digest is that of the preparation: comparing with its ids takes a thousandth of the time that hashing takes.</summary>
    public override Outcome Run()
    {
        int[][] ids = _tokenizer.EncodeBatch(_texts, _threads);
        for (int i = 0; i < ids.Length; i++)
        {
            if (!ids[i].AsSpan().SequenceEqual(_expected[i]))
                throw new InvalidOperationException($"document {i} has other ids than before");
        }
        return _outcome;
    }

    /// <summary>The text of a line.</summary>
    public static string TextOf(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("text").GetString()!;
    }
}
