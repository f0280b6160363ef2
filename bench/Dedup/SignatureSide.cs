using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Dedup.MinHash;

namespace DataPipeline.Bench.Dedup;

/// <summary>MinHash signatures, 14 bands of 8 rows over shingles of five words, of all texts of a file on one thread. Arguments: file, scheme, passes.</summary>
internal sealed class SignatureSide : Side
{
    private string[] _texts = [];
    private MinHashDedup _kind = new();
    private int _passes;

    public override void Prepare(string[] arguments)
    {
        _texts = [.. File.ReadLines(arguments[0]).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!)];
        _kind = new MinHashDedup(scheme: Enum.Parse<SchemeName>(arguments[1]));
        _passes = int.Parse(arguments[2], System.Globalization.CultureInfo.InvariantCulture);
    }

    public override Outcome Run()
    {
        ulong sum = 0;
        for (int pass = 0; pass < _passes; pass++)
        {
            foreach (string text in _texts)
            {
                // A new document each time: nothing that an earlier pass found is there.
                foreach (UInt128 key in _kind.Sign(new Document(new Origin("bench", 0), text)).Keys)
                    sum += (ulong)key;
            }
        }
        return new Outcome(Figures: new Dictionary<string, double> { ["sum of keys, low bits"] = sum & 0xFFFF });
    }
}
