using DataPipeline.Core;

namespace DataPipeline.Tokens.Scaling;

/// <summary>Small training runs on different mixtures: the share of each source and the loss that came of it.</summary>
/// <param name="Sources">Names of the sources.</param>
/// <param name="Weights">For each run the share of each source.</param>
/// <param name="Losses">For each run the loss, or its mean over what was measured.</param>
public sealed record MixtureRuns(IReadOnlyList<string> Sources, double[][] Weights, double[] Losses)
{
    /// <summary>Reads runs from two CSV files whose rows are joined by their column <c>index</c>, or by their order where neither has one.</summary>
    /// <param name="mixtures">A column for each source.</param>
    /// <param name="losses">A column for each loss.</param>
    /// <param name="target">The loss to lower; null takes the mean of all.</param>
    /// <param name="prefix">What names of sources in the file begin with and sources do not.</param>
    /// <exception cref="InputException">A column or a run is missing, or a share is below zero.</exception>
    public static MixtureRuns Read(string mixtures, string losses, string? target = null, string prefix = "")
    {
        NumberTable mixed = NumberTable.Read(mixtures), measured = NumberTable.Read(losses);
        string[] columns = [.. mixed.Columns.Where(column => column != mixed.Find("index"))];
        string[] targets = target is null ? [.. measured.Columns.Where(column => column != measured.Find("index"))] : [target];
        if (columns.Length == 0 || targets.Length == 0)
            throw new InputException($"{(columns.Length == 0 ? mixtures : losses)}: no column beside index");
        double[][] shares = [.. columns.Select(mixed.Numbers)], values = [.. targets.Select(measured.Numbers)];
        string[] keys = Keys(mixed);
        string[] measuredKeys = Keys(measured);
        if (measuredKeys.FirstOrDefault(key => !keys.Contains(key)) is { } unknown)
            throw new InputException($"{losses}: run {unknown} is not in {mixtures}");
        var rowOf = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((int row, string key) in measuredKeys.Index())
        {
            if (!rowOf.TryAdd(key, row))
                throw new InputException($"{losses}: two rows are run {key}");
        }
        var weights = new List<double[]>();
        var means = new List<double>();
        foreach ((int row, string key) in keys.Index())
        {
            if (!rowOf.TryGetValue(key, out int at))
                throw new InputException($"{losses}: no loss of run {key}, which {mixtures} has");
            double[] run = [.. shares.Select(share => share[row])];
            if (run.Any(share => share < 0) || run.Sum() <= 0)
                throw new InputException($"{mixtures}: the shares of run {key} must be at least zero and not all zero");
            weights.Add(run);
            means.Add(values.Average(value => value[at]));
        }
        return new MixtureRuns([.. columns.Select(column => column.StartsWith(prefix, StringComparison.Ordinal) ? column[prefix.Length..] : column)], [.. weights], [.. means]);
    }

    /// <summary>Some of the runs.</summary>
    public MixtureRuns Where(Func<int, bool> isWanted)
    {
        int[] rows = [.. Enumerable.Range(0, Losses.Length).Where(isWanted)];
        return this with { Weights = [.. rows.Select(row => Weights[row])], Losses = [.. rows.Select(row => Losses[row])] };
    }

    private static string[] Keys(NumberTable table) =>
        table.Find("index") is { } index ? [.. table.Cells(index)] : [.. Enumerable.Range(0, table.RowCount).Select(row => row.ToString(System.Globalization.CultureInfo.InvariantCulture))];
}
