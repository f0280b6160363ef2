using System.Globalization;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Reads and writes models in the ARPA format of text, which SRILM, KenLM and others share.</summary>
public static class ArpaFile
{
    /// <summary>Writes a model.</summary>
    public static void Write(NGramModel model, TextWriter writer)
    {
        writer.Write("\\data\\\n");
        for (int n = 1; n <= model.Order; n++)
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"ngram {n}={model.Counts[n - 1]}\n"));
        var words = new string[model.Order];
        for (int n = 1; n <= model.Order; n++)
        {
            writer.Write($"\n\\{n}-grams:\n");
            for (int i = 0; i < model.Counts[n - 1]; i++)
            {
                int number = i;
                for (int k = n; k > 1; k--)
                {
                    words[k - 1] = model.Words[model.Tables[k - 2].WordOf(number)];
                    number = model.Tables[k - 2].ContextOf(number);
                }
                words[0] = model.Words[number];
                writer.Write(model.Scores[n - 1][i].ToString("R", CultureInfo.InvariantCulture));
                writer.Write('\t');
                writer.Write(string.Join(' ', words.AsSpan(0, n).ToArray()));
                if (n < model.Order)
                    writer.Write("\t" + model.Backoffs[n - 1][i].ToString("R", CultureInfo.InvariantCulture));
                writer.Write('\n');
            }
        }
        writer.Write("\n\\end\\\n");
    }

    /// <summary>Reads a model; <paramref name="name"/> stands in errors.</summary>
    /// <exception cref="InputException">The text is no model, or an n-gram comes without the one that it begins with.</exception>
    public static NGramModel Read(TextReader reader, string name)
    {
        long number = 0;
        string Line()
        {
            number++;
            return reader.ReadLine() ?? throw Broken("the text ends before \\end\\");
        }
        InputException Broken(string why) => new($"{name}: line {number}: {why}: give a model in the ARPA format");
        string line;
        do
            line = Line().Trim();
        while (line != "\\data\\");
        int order = 0;
        while ((line = Line().Trim()).Length == 0 || line.StartsWith("ngram ", StringComparison.Ordinal))
            order += line.Length > 0 ? 1 : 0;
        if (order is < 1 or >= NGramModel.MaxOrder)
            throw Broken($"n-grams of up to {order} words");
        List<string> words = [];
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var tables = Enumerable.Range(2, order - 1).Select(_ => new NGramTable()).ToArray();
        var scores = Enumerable.Range(0, order).Select(_ => new List<float>()).ToArray();
        var backoffs = Enumerable.Range(0, order).Select(_ => new List<float>()).ToArray();
        for (int n = 1; n <= order; n++)
        {
            if (line != $"\\{n}-grams:")
                throw Broken($"\"{line}\" where \\{n}-grams: should stand");
            while (!(line = Line().Trim()).StartsWith('\\'))
            {
                if (line.Length == 0)
                    continue;
                string[] fields = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length < n + 1 || fields.Length > n + 2 || !float.TryParse(fields[0], CultureInfo.InvariantCulture, out float score) || !float.IsFinite(score))
                    throw Broken($"no score and {n} words");
                float backoff = 0;
                if (fields.Length == n + 2 && !(float.TryParse(fields[^1], CultureInfo.InvariantCulture, out backoff) && float.IsFinite(backoff)))
                    throw Broken($"\"{fields[^1]}\" is no weight");
                Add(n, fields, score, backoff);
            }
        }
        if (line != "\\end\\")
            throw Broken($"\"{line}\" where \\end\\ should stand");
        foreach (string needed in (string[])[NGramModel.Unknown, NGramModel.Start, NGramModel.End])
        {
            if (!ids.ContainsKey(needed))
                Add(1, ["", needed], NGramModel.NoUnknown, 0);
        }
        backoffs[^1].Clear();
        return new NGramModel(words, tables, [.. scores.Select(list => list.ToArray())], [.. backoffs.Select(list => list.ToArray())]);

        void Add(int n, string[] fields, float score, float backoff)
        {
            bool isNew;
            if (n == 1)
            {
                isNew = ids.TryAdd(fields[1], words.Count);
                words.Add(fields[1]);
            }
            else
            {
                int context = ids.GetValueOrDefault(fields[1], -1);
                for (int k = 2; k < n && context >= 0; k++)
                    context = ids.TryGetValue(fields[k], out int middle) ? tables[k - 2].Find(context, middle) : -1;
                if (context < 0 || !ids.TryGetValue(fields[n], out int last))
                    throw Broken("the n-gram without its last word, or a word of it, did not come before");
                tables[n - 2].FindOrAdd(context, last, out isNew);
            }
            if (!isNew)
                throw Broken("the n-gram stands twice");
            scores[n - 1].Add(score);
            backoffs[n - 1].Add(backoff);
        }
    }
}
