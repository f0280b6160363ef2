using System.Globalization;

namespace DataPipeline.Dedup;

/// <summary>How often a survivor is repeated, by the size of its cluster (re-hydration, FineWeb-2: Penedo et al. 2025): text that the web repeats a few times is
/// better than text that stands there once or thousands of times.</summary>
internal sealed class Rehydration
{
    private readonly (int From, int Copies)[] _steps;

    /// <param name="copies">Copies by the smallest size they hold for, as in YAML; sizes below all of them give 1.</param>
    /// <exception cref="ArgumentException">A size or a number of copies is out of bounds.</exception>
    public Rehydration(IReadOnlyDictionary<string, int> copies)
    {
        _steps = [.. copies.Select(step => (From: int.TryParse(step.Key, NumberStyles.None, CultureInfo.InvariantCulture, out int from) && from >= 1
            ? from : throw new ArgumentException($"`{step.Key}` is no size of a cluster; write sizes and copies, such as {{ 2: 2, 100: 8, 1000: 1 }}", nameof(copies)), Copies: step.Value))
            .OrderBy(step => step.From)];
        if (_steps.FirstOrDefault(step => step.Copies is < 1 or > 1000) is { From: > 0 } wrong)
            throw new ArgumentException($"{wrong.Copies} copies from size {wrong.From}: between 1 and 1000 are allowed", nameof(copies));
    }

    /// <summary>Copies of the survivor of a cluster.</summary>
    public int Copies(int size)
    {
        int copies = 1;
        foreach ((int from, int value) in _steps)
            copies = size >= from ? value : copies;
        return copies;
    }
}
