using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Tokens.Mix;

/// <summary>Mix files: the settings of <see cref="MixOptions"/> as YAML, and weights alone.</summary>
public static class MixFile
{
    private const string Key = "weights";

    private static readonly Variables None = new(new Dictionary<string, string>());

    /// <summary>The mix of a file, or null when <paramref name="mistakes"/> says what is wrong with it.</summary>
    public static MixOptions? Load(string path, Mistakes mistakes)
    {
        int before = mistakes.Count;
        YamlMapping? settings = YamlLoader.Load(path, None, mistakes);
        if (settings is null || mistakes.Count > before)
            return null;
        return new YamlBinder(new StageCatalog([], []), mistakes).Bind<MixOptions>(settings);
    }

    /// <summary>Weights by source from a file of YAML or JSON: <c>name: weight</c>, alone or under the key <c>weights</c>, beside which anything may stand.</summary>
    /// <exception cref="ConfigurationException">Every mistake in it, as <c>file:line:column: message</c>.</exception>
    public static IReadOnlyDictionary<string, double> Weights(string path)
    {
        var mistakes = new Mistakes();
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        YamlMapping? file = YamlLoader.Load(path, None, mistakes);
        foreach ((YamlScalar name, YamlNode value) in (file?.Entries.FirstOrDefault(entry => entry.Key.Value == Key).Value as YamlMapping ?? file)?.Entries ?? [])
        {
            if (value is YamlScalar scalar && double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight))
                weights[name.Value] = weight;
            else
                mistakes.Add(value.At, $"expected the weight of {name.Value}, a number, found {value.Kind}");
        }
        mistakes.ThrowIfAny();
        return weights.Count > 0 ? weights : throw new ConfigurationException($"{path}: no weights in it");
    }

    internal static string Text(string? path) => path is not null && File.Exists(path) ? $" {File.ReadAllText(path)}" : "";
}
