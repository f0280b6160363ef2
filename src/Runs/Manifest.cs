using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DataPipeline.Runs;

/// <summary>What the files of a step are for the steps behind it.</summary>
public enum ArtifactKind
{
    /// <summary>Nothing another step looks for.</summary>
    Other,

    /// <summary>Document shards of one source, straight from its stages.</summary>
    Ingested,

    /// <summary>Document shards of the whole corpus in corpus order.</summary>
    Documents,

    /// <summary>A <c>tokenizer.json</c>.</summary>
    Tokenizer,

    /// <summary>Token shards in corpus order.</summary>
    Tokens,

    /// <summary>The tokens of each source to draw from, with the planned shares in the facts.</summary>
    Mix,

    /// <summary>A trained model with what it needs to go on.</summary>
    Model,
}

/// <summary>A file as a manifest names it.</summary>
/// <param name="Path">Relative to the folder of the manifest; for raw inputs as the pattern gave it.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Sha256">Lower-case hex; empty while unknown.</param>
/// <param name="Rows">Rows of a Parquet file, else 0.</param>
/// <param name="Tokens">Tokens of a token shard, else 0.</param>
/// <param name="Role">What it is among the step's files: empty for the main output, <c>dropped</c>, <c>removed</c>, ...</param>
public sealed record FileEntry(string Path, long Bytes, string Sha256 = "", long Rows = 0, long Tokens = 0, string Role = "")
{
    /// <summary>SHA-256 of a file as lower-case hex.</summary>
    public static string Digest(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}

/// <summary>The manifest.json beside the outputs of a step: counts, checksums, and what made them. No times and no machine names: equal runs write equal bytes.</summary>
public sealed record StepManifest
{
    /// <summary>Name of the step.</summary>
    public required string Step { get; init; }

    /// <summary>What its files are.</summary>
    public required ArtifactKind Makes { get; init; }

    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>The run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Canonical settings of the step.</summary>
    public required string Settings { get; init; }

    /// <summary>What it read: raw files, or files of earlier steps.</summary>
    public required IReadOnlyList<FileEntry> Inputs { get; init; }

    /// <summary>What it wrote, in corpus order.</summary>
    public required IReadOnlyList<FileEntry> Files { get; init; }

    /// <summary>Counts by source.</summary>
    public required IReadOnlyDictionary<string, SourceCounts> Sources { get; init; }

    /// <summary>Facts of its tasks beside the counts, by task and name.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonElement>> Facts { get; init; }

    /// <summary>A fact that is a number; NaN when no task states it.</summary>
    public double Number(string name) => Fact(name)?.GetDouble() ?? double.NaN;

    /// <summary>A fact of the only task that states it, or null.</summary>
    public JsonElement? Fact(string name)
    {
        foreach (IReadOnlyDictionary<string, JsonElement> facts in Facts.Values)
        {
            if (facts.TryGetValue(name, out JsonElement value))
                return value;
        }
        return null;
    }
}

/// <summary>JSON as manifests are written: snake_case, indented, sorted where order has no meaning, readable CJK.</summary>
public static class ManifestJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Writes under a temporary name, flushes to the disk, renames: a reader sees all of it or none.</summary>
    public static void Write<T>(string path, T value)
    {
        string temporary = path + ".tmp";
        using (FileStream file = File.Create(temporary))
        {
            JsonSerializer.Serialize(file, value, Options);
            file.WriteByte((byte)'\n');
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads what <see cref="Write"/> wrote; null when there is no such file or it holds something else.</summary>
    public static T? Read<T>(string path) where T : class
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using FileStream file = File.OpenRead(path);
            return JsonSerializer.Deserialize<T>(file, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A value as <see cref="Write"/> writes it.</summary>
    public static string Text<T>(T value) => JsonSerializer.Serialize(value, Options) + "\n";

    /// <summary>What <see cref="Element"/> made.</summary>
    public static T Value<T>(JsonElement element) => element.Deserialize<T>(Options)!;

    /// <summary>A value as manifests hold it.</summary>
    public static JsonElement Element(object value) => JsonSerializer.SerializeToElement(value, Options);
}
