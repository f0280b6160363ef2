using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Mix;

/// <summary>What a source of a mix is: a source, a language, or any column of the token shards, several of them together, or stretches of a number such as a quality.</summary>
public sealed class Slicing
{
    /// <summary>Name of a slice whose column is empty.</summary>
    public const string Unknown = "unknown";

    private const string Source = "source", Language = "language";

    /// <summary>The slices of a mix.</summary>
    /// <param name="by">Columns; names of slices are their values joined by <c>/</c>. Default: <c>source</c>.</param>
    /// <param name="buckets">Ascending bounds for columns of numbers: bounds 0.3 and 0.7 of <c>quality</c> make the slices <c>quality&lt;0.3</c>, <c>quality&lt;0.7</c> and <c>quality&gt;=0.7</c>.</param>
    /// <exception cref="ConfigurationException">Bounds do not ascend, or are of a column that is not in <paramref name="by"/>.</exception>
    public Slicing(IReadOnlyList<string>? by = null, IReadOnlyDictionary<string, IReadOnlyList<double>>? buckets = null)
    {
        By = by is null or [] ? [Source] : by;
        Buckets = buckets ?? new Dictionary<string, IReadOnlyList<double>>();
        if (By.GroupBy(column => column).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ConfigurationException($"by: {twice.Key} is named twice");
        foreach ((string column, IReadOnlyList<double> bounds) in Buckets)
        {
            if (!By.Contains(column))
                throw new ConfigurationException($"buckets: {column} is not in `by`");
            if (bounds.Count == 0 || bounds.Zip(bounds.Skip(1)).Any(pair => !(pair.First < pair.Second)))
                throw new ConfigurationException($"buckets: the bounds of {column} must ascend");
        }
    }

    /// <summary>The columns.</summary>
    public IReadOnlyList<string> By { get; }

    /// <summary>Bounds of columns of numbers.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Buckets { get; }

    /// <summary>True when slices are the documents' sources.</summary>
    public bool IsBySource => By is [Source] && Buckets.Count == 0;

    /// <summary>The slice of each document of a shard.</summary>
    /// <exception cref="ConfigurationException">The shard has no such column.</exception>
    /// <exception cref="InputException">From the function: a column to be divided into stretches holds no number.</exception>
    internal Func<TokenDocument, string> For(string path, TokenShardHeader header)
    {
        if (IsBySource)
            return document => document.Source;
        Func<TokenDocument, string>[] parts = [.. By.Select(column => Part(path, header, column))];
        return parts is [var only] ? only : document => string.Join('/', parts.Select(part => part(document)));
    }

    private Func<TokenDocument, string> Part(string path, TokenShardHeader header, string column)
    {
        int index = header.Columns.ToList().IndexOf(column);
        if (column is not (Source or Language) && index < 0)
        {
            throw new ConfigurationException($"mix: by: {path} has no column `{column}`{Config(column, header)}: add it to `columns` of the section `shards`");
        }
        Func<TokenDocument, string> value = column == Source ? document => document.Source
            : column == Language ? document => document.Language : document => document.Columns[index];
        if (!Buckets.TryGetValue(column, out IReadOnlyList<double>? bounds))
            return document => value(document) is { Length: > 0 } text ? text : Unknown;
        return document =>
        {
            string text = value(document);
            if (text.Length == 0)
                return $"{column}:{Unknown}";
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || double.IsNaN(number))
                throw new InputException($"{path}: {document.Id}: {column} is '{text}', not a number to divide into buckets");
            int bucket = bounds.TakeWhile(bound => number >= bound).Count();
            return bucket < bounds.Count ? string.Create(CultureInfo.InvariantCulture, $"{column}<{bounds[bucket]}") : string.Create(CultureInfo.InvariantCulture, $"{column}>={bounds[^1]}");
        };
    }

    private static string Config(string column, TokenShardHeader header) => Core.Config.Mistakes.Suggest(column, [Source, Language, .. header.Columns]);
}
