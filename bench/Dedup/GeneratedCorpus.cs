using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Bench.Dedup;

/// <summary>Documents of about 2,500 bytes, of which a share are copies of earlier ones with up to four in a hundred words replaced. Nothing is remembered: the
/// original of a copy is made again from its number.</summary>
internal sealed class GeneratedCorpus(ulong number, int copiesInHundred = 30)
{
    private const int Vocabulary = 50_000;

    private readonly Seed _seed = new(number);
    private readonly string[] _words = [.. Enumerable.Range(0, Vocabulary).Select(i => Word(new Seed(number).For("word").For((ulong)i)))];

    /// <summary>Writes JSON lines until a number of bytes of text; gives the number of documents.</summary>
    public long Write(string path, long bytes)
    {
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20);
        long written = 0, documents = 0;
        for (; written < bytes; documents++)
        {
            string text = Text((ulong)documents);
            file.Write("{\"id\": \"d");
            file.Write(documents);
            file.Write("\", \"text\": \"");
            file.Write(text);
            file.Write("\"}\n");
            written += text.Length;
        }
        return documents;
    }

    private string Text(ulong document)
    {
        ulong original = document;
        while (original > 0 && _seed.For(original).Below(100, 0) < (ulong)copiesInHundred)
            original = _seed.For(original).Below(original, 1);
        Seed own = _seed.For(document), from = _seed.For(original);
        int count = 250 + (int)from.Below(300, 2);
        var text = new StringBuilder(count * 8);
        ulong rate = own.Below(5, 3);
        for (int i = 0; i < count; i++)
        {
            bool edited = document != original && own.Below(100, (ulong)(2 * i + 11)) < rate;
            double place = edited ? own.Fraction((ulong)(2 * i + 10)) : from.Fraction((ulong)(2 * i + 10));
            // Word k about as often as 1 / k.
            text.Append(i > 0 ? " " : "").Append(_words[(int)Math.Pow(Vocabulary, place) - 1]);
        }
        return text.ToString();
    }

    private static string Word(Seed seed)
    {
        var letters = new char[2 + (int)seed.Below(9, 0)];
        for (int i = 0; i < letters.Length; i++)
            letters[i] = (char)('a' + (int)seed.Below(26, (ulong)i + 1));
        return new string(letters);
    }
}
