using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Models in a binary file of our own, 12 to 16 bytes for each n-gram, and any model by what its file begins with.</summary>
/// <remarks>Little-endian: <c>DPNGRAM1</c>, the order, the number of words and the words in UTF-8 with their lengths; for each order from 1 the number of n-grams,
/// from 2 on their contexts and words (two whole numbers each), their scores, and weights of backoff but for the last order.</remarks>
public static class NGramFile
{
    private static readonly byte[] Magic = "DPNGRAM1"u8.ToArray();

    /// <summary>Reads a model: binary, or ARPA text.</summary>
    /// <exception cref="InputException">The file is neither.</exception>
    public static NGramModel Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        var magic = new byte[Magic.Length];
        bool isBinary = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.AsSpan().SequenceEqual(Magic);
        stream.Position = 0;
        if (isBinary)
            return Read(stream, path);
        using var reader = new StreamReader(stream, new UTF8Encoding(false));
        return ArpaFile.Read(reader, path);
    }

    /// <summary>Writes a model: text where the name ends in <c>.arpa</c>, else binary.</summary>
    public static void Save(NGramModel model, string path)
    {
        string temporary = path + ".tmp";
        using (FileStream stream = File.Create(temporary))
        {
            if (path.EndsWith(".arpa", StringComparison.OrdinalIgnoreCase))
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(false));
                ArpaFile.Write(model, writer);
            }
            else
            {
                Write(model, stream);
            }
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Writes the binary form.</summary>
    public static void Write(NGramModel model, Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(model.Order);
        writer.Write(model.Words.Count);
        foreach (string word in model.Words)
            writer.Write(word);
        for (int n = 1; n <= model.Order; n++)
        {
            int count = model.Counts[n - 1];
            writer.Write(count);
            for (int i = 0; i < count && n > 1; i++)
            {
                writer.Write(model.Tables[n - 2].ContextOf(i));
                writer.Write(model.Tables[n - 2].WordOf(i));
            }
            foreach (float score in model.Scores[n - 1])
                writer.Write(score);
            foreach (float backoff in model.Backoffs[n - 1])
                writer.Write(backoff);
        }
    }

    /// <summary>Reads the binary form; <paramref name="name"/> stands in errors.</summary>
    /// <exception cref="InputException">The stream is no such file, or is cut.</exception>
    public static NGramModel Read(Stream stream, string name)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        InputException Broken(string why, Exception? inner = null) => new($"{name}: byte {stream.Position}: {why}: train the model again", inner);
        int Count(int bytesEach, string what) => reader.ReadInt32() is var count && count >= 0 && (long)count * bytesEach <= stream.Length - stream.Position
            ? count : throw Broken($"{count} {what} in a file of {stream.Length} bytes");
        try
        {
            if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic))
                throw Broken("not a model of n-grams");
            int order = reader.ReadInt32();
            if (order is < 1 or >= NGramModel.MaxOrder)
                throw Broken($"order {order}");
            var words = new string[Count(1, "words")];
            for (int i = 0; i < words.Length; i++)
                words[i] = reader.ReadString();
            if (words.Distinct(StringComparer.Ordinal).Count() != words.Length || !new[] { NGramModel.Unknown, NGramModel.Start, NGramModel.End }.All(words.Contains))
                throw Broken("a word stands twice, or <unk>, <s> or </s> is missing");
            var tables = new NGramTable[order - 1];
            float[][] scores = new float[order][], backoffs = new float[order][];
            for (int n = 1; n <= order; n++)
            {
                int count = Count(n == 1 ? 8 : n < order ? 16 : 12, "n-grams");
                if (n == 1 && count != words.Length)
                    throw Broken($"{count} scores for {words.Length} words");
                if (n > 1)
                    tables[n - 2] = new NGramTable();
                for (int i = 0; i < count && n > 1; i++)
                {
                    int context = reader.ReadInt32(), word = reader.ReadInt32();
                    if ((uint)context >= scores[n - 2].Length || (uint)word >= words.Length)
                        throw Broken($"an n-gram of context {context} and word {word}");
                    tables[n - 2].FindOrAdd(context, word, out bool isNew);
                    if (!isNew)
                        throw Broken("an n-gram stands twice");
                }
                scores[n - 1] = [.. Enumerable.Range(0, count).Select(_ => reader.ReadSingle())];
                backoffs[n - 1] = n == order ? [] : [.. Enumerable.Range(0, count).Select(_ => reader.ReadSingle())];
            }
            return new NGramModel(words, tables, scores, backoffs);
        }
        catch (Exception error) when (error is EndOfStreamException or FormatException or DecoderFallbackException)
        {
            throw Broken("it ends too early or is damaged", error);
        }
    }
}
