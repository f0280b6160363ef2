using System.Text;
using System.Text.Json;
using DataPipeline.Parquet;
using DataPipeline.Tokens;

namespace DataPipeline.Bench.Parquet;

/// <summary>Documents of about 4 KiB with their GPT-2 token ids, in a Parquet file without compression that both sides load before the clock starts.</summary>
internal sealed record ParquetCorpus(string Path, long TextBytes, long Tokens)
{
    private const int DocumentBytes = 4096;

    // Below this a run takes a few milliseconds, and shows the opening of files and compilation. Less text is cut several times at other places, so that
    // no document comes twice; what was there before is further back than zstd looks.
    private const long LeastBytes = 48_000_000;

    /// <summary>Makes the file for a kind of text.</summary>
    public static ParquetCorpus Make(BenchSettings settings, string kind, string ranks)
    {
        TiktokenTokenizer tokenizer = TiktokenTokenizer.Create(ranks);
        string path = System.IO.Path.Combine(settings.Scratch, $"{kind}.parquet");
        long bytes = 0, tokens = 0;
        using ParquetWriter writer = ParquetWriter.Create(path, NewSchema(), new ParquetOptions { Compression = CompressionMethod.None });
        ColumnBuffer[] columns = writer.CreateBuffers();
        int number = 0;
        IReadOnlyList<byte[]> texts = settings.Corpora.Read(kind, settings.Quick ? 1 << 20 : 1 << 26);
        int pass = 0;
        do
        {
            int first = DocumentBytes - 500 * pass++;
            foreach (byte[] document in texts.SelectMany(text => Cut(text, first)))
            {
                ushort[] ids = [.. tokenizer.EncodeToIds(Encoding.UTF8.GetString(document)).Select(id => (ushort)id)];
                ((BinaryColumnBuffer)columns[0]).Add($"{kind}:{number++}");
                ((BinaryColumnBuffer)columns[1]).Add(document);
                ((ColumnBuffer<ushort>)columns[2]).AddList(ids);
                (bytes, tokens) = (bytes + document.Length, tokens + ids.Length);
            }
        }
        while (bytes < LeastBytes && !settings.Quick);

        writer.WriteRowGroup(columns);
        writer.Finish();
        return new ParquetCorpus(path, bytes, tokens);
    }

    public static ParquetSchema NewSchema() => new(
        new DataField<string>("id", isNullable: false), new DataField<string>("text", isNullable: false), new ListField("tokens", new DataField<ushort>("element")));

    /// <summary>GPT-2's ranks as a .tiktoken file, from the npm package tiktoken.</summary>
    public static string WriteRanks(string npm, string folder)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(npm, "tiktoken", "encoders", "r50k_base.json")));
        string path = System.IO.Path.Combine(folder, "r50k_base.tiktoken");
        using StreamWriter ranks = new(path);
        foreach (string line in json.RootElement.GetProperty("bpe_ranks").GetString()!.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // A line holds "!", the rank of its first token, and tokens in base64.
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int rank = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
            foreach (string token in parts[2..])
                ranks.WriteLine($"{token} {rank++}");
        }

        return path;
    }

    /// <summary>A text cut at line ends: the first document after about <paramref name="first"/> bytes, the others after <see cref="DocumentBytes"/>.</summary>
    private static IEnumerable<byte[]> Cut(byte[] text, int first)
    {
        for (int start = 0, wanted = Math.Max(first, 0); start < text.Length; wanted = DocumentBytes)
        {
            int line = start + wanted < text.Length ? text.AsSpan(start + wanted).IndexOf((byte)'\n') : -1;
            int end = line < 0 ? text.Length : start + wanted + line + 1;
            yield return text[start..end];
            start = end;
        }
    }
}
